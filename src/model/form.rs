//! Forms: how a field may be shown, and sets of them that can be intersected.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::model::label::Label;

/// How a field is shown. Which forms a field has, and which lie below which, its kind says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Form {
    /// Everything that is stored.
    Full = 0,
    /// The first letter of each part of a name.
    Initials = 1,
    /// Enough to recognise one's own, too little to use.
    Masked = 2,
    /// Region and locality of an address.
    Locality = 3,
    /// The region (prefecture, state) of an address.
    Region = 4,
    /// The first digits of a postal code.
    PostalPrefix = 5,
    /// The domain of an e-mail address.
    Domain = 6,
    /// The last four digits or characters.
    Last4 = 7,
    /// The country of a phone number.
    Country = 8,
    /// The year of a date.
    Year = 9,
    /// The band of ages, as the policy cuts them, an age falls into.
    AgeBand = 10,
    /// Whether the policy's age of majority is reached.
    Adult = 11,
    /// First six and last four digits of a card (PCI DSS 4, 3.4.1).
    Truncated = 12,
    /// The card network.
    Brand = 13,
    /// Month and year a card expires.
    Expiry = 14,
    /// The bank alone.
    BankOnly = 15,
    /// The last three digits of an account.
    Last3 = 16,
    /// How often the service is used, in bands.
    FrequencyBand = 17,
    /// An access trace without what singles out a device.
    Coarse = 18,
}

impl Form {
    /// Every form there is.
    pub const ALL: [Self; 19] = [
        Self::Full,
        Self::Initials,
        Self::Masked,
        Self::Locality,
        Self::Region,
        Self::PostalPrefix,
        Self::Domain,
        Self::Last4,
        Self::Country,
        Self::Year,
        Self::AgeBand,
        Self::Adult,
        Self::Truncated,
        Self::Brand,
        Self::Expiry,
        Self::BankOnly,
        Self::Last3,
        Self::FrequencyBand,
        Self::Coarse,
    ];

    /// The form's name in policies, requests and entries.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Initials => "initials",
            Self::Masked => "masked",
            Self::Locality => "locality",
            Self::Region => "region",
            Self::PostalPrefix => "postal-prefix",
            Self::Domain => "domain",
            Self::Last4 => "last4",
            Self::Country => "country",
            Self::Year => "year",
            Self::AgeBand => "age-band",
            Self::Adult => "adult",
            Self::Truncated => "truncated",
            Self::Brand => "brand",
            Self::Expiry => "expiry",
            Self::BankOnly => "bank-only",
            Self::Last3 => "last3",
            Self::FrequencyBand => "frequency-band",
            Self::Coarse => "coarse",
        }
    }

    /// The form of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    const fn bit(self) -> u32 {
        1 << self as u8
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of forms of one field.
///
/// Decisions work on sets closed downwards (a form and all that can be derived from it), because then the meet of two
/// grants is their intersection; what is shown are the topmost forms of the result.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct FormSet(#[n(0)] u32);

impl FormSet {
    /// No form at all.
    pub const NONE: Self = Self(0);

    /// The set of these forms.
    #[must_use]
    pub fn of(forms: &[Form]) -> Self {
        forms.iter().copied().collect()
    }

    /// Whether the form is in the set.
    #[must_use]
    pub const fn contains(self, form: Form) -> bool {
        self.0 & form.bit() != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every form of this set is in the other.
    #[must_use]
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The forms in both.
    #[must_use]
    pub const fn meet(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The forms in either.
    #[must_use]
    pub const fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The forms, in the order of [`Form::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Form> {
        Form::ALL.into_iter().filter(move |form| self.contains(*form))
    }
}

impl FromIterator<Form> for FormSet {
    fn from_iter<I: IntoIterator<Item = Form>>(forms: I) -> Self {
        Self(forms.into_iter().fold(0, |bits, form| bits | form.bit()))
    }
}

impl fmt::Display for FormSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, form) in self.iter().enumerate() {
            if position > 0 {
                f.write_str("+")?;
            }
            f.write_str(form.name())?;
        }
        Ok(())
    }
}

impl From<FormSet> for Label {
    fn from(forms: FormSet) -> Self {
        let mut each = forms.iter();
        match (each.next(), each.next()) {
            (None, _) => Self::default(),
            (Some(form), None) => form.name().into(),
            (Some(_), Some(_)) => forms.to_string().into(),
        }
    }
}

impl fmt::Debug for FormSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_its_own_name_and_bit() {
        for form in Form::ALL {
            assert_eq!(Form::parse(form.name()), Some(form));
            assert_eq!(FormSet::of(&[form]).iter().collect::<Vec<_>>(), [form]);
        }
        assert_eq!(Form::ALL.into_iter().collect::<FormSet>().iter().count(), Form::ALL.len());
    }

    #[test]
    fn a_set_reads_as_its_forms() {
        for (forms, text) in [(&[][..], ""), (&[Form::Full], "full"), (&[Form::Brand, Form::Last4], "last4+brand")] {
            let forms = FormSet::of(forms);
            assert_eq!((forms.to_string().as_str(), Label::from(forms).as_str()), (text, text));
        }
    }
}
