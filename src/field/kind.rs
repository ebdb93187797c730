//! Kinds of field: which forms each has, and which of them can be derived from which.

use std::fmt;

use crate::model::form::{Form, FormSet};

/// What sort of value a field holds; a policy gives each of its fields one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Free text: a login, a nickname, a status.
    Text,
    /// A person's name, kept exactly as given.
    PersonName,
    /// A password; only ever verified.
    Credential,
    /// A postal address.
    PostalAddress,
    /// An e-mail address.
    Email,
    /// A telephone number (E.164).
    Phone,
    /// A calendar date.
    Date,
    /// A payment card, or a payment provider's token in its place.
    PaymentCard,
    /// A bank account, Japanese or IBAN.
    BankAccount,
    /// When and for what the service was used.
    UsageHistory,
    /// What a visit to the site left behind.
    AccessTrace,
    /// Who the member is to one recipient; derived from a secret of the record, never given by anyone.
    Pseudonym,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 12] = [
        Self::Text,
        Self::PersonName,
        Self::Credential,
        Self::PostalAddress,
        Self::Email,
        Self::Phone,
        Self::Date,
        Self::PaymentCard,
        Self::BankAccount,
        Self::UsageHistory,
        Self::AccessTrace,
        Self::Pseudonym,
    ];

    /// The kind's name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::PersonName => "person-name",
            Self::Credential => "credential",
            Self::PostalAddress => "postal-address",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Date => "date",
            Self::PaymentCard => "payment-card",
            Self::BankAccount => "bank-account",
            Self::UsageHistory => "usage-history",
            Self::AccessTrace => "access-trace",
            Self::Pseudonym => "pseudonym",
        }
    }

    /// The kind of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The forms the kind can be shown in; none for what is only verified.
    #[must_use]
    pub fn forms(self) -> FormSet {
        self.edges().iter().map(|(form, _)| *form).collect()
    }

    /// The form and everything that can be derived from it; nothing, if the kind does not have it.
    #[must_use]
    pub fn down_from(self, form: Form) -> FormSet {
        self.edges()
            .iter()
            .find(|(upper, _)| *upper == form)
            .map_or(FormSet::NONE, |(_, below)| FormSet::of(below).join(FormSet::of(&[form])))
    }

    /// The set closed downwards: with every form, all that can be derived from it.
    #[must_use]
    pub fn close(self, forms: FormSet) -> FormSet {
        forms.iter().fold(FormSet::NONE, |closed, form| closed.join(self.down_from(form)))
    }

    /// The topmost forms of a set: those no other form of the set implies.
    #[must_use]
    pub fn topmost(self, forms: FormSet) -> FormSet {
        let implied = |form: Form| forms.iter().any(|upper| upper != form && self.down_from(upper).contains(form));
        forms.iter().filter(|form| !implied(*form)).collect()
    }

    /// Whether a member can be found by a value of this kind.
    #[must_use]
    pub const fn is_findable(self) -> bool {
        matches!(self, Self::Email | Self::Phone)
    }

    /// The longest encoded value, in bytes.
    #[must_use]
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::Text => 128,
            Self::Credential | Self::BankAccount => 256,
            // A token and a holder of 128 bytes each, and the expiry between them.
            Self::PaymentCard => 264,
            // A name in a three-byte script, whole and in parts, with its reading: nobody's real name is refused.
            Self::PersonName | Self::PostalAddress => 512,
            Self::Email => 254,
            Self::Phone => 16,
            Self::Date => 8,
            Self::UsageHistory => 640,
            Self::AccessTrace => 448,
            Self::Pseudonym => 32,
        }
    }

    /// Every form of the kind with the forms below it, transitively.
    const fn edges(self) -> &'static [(Form, &'static [Form])] {
        match self {
            Self::Text => &[(Form::Full, &[Form::Masked]), (Form::Masked, &[])],
            Self::PersonName => &[(Form::Full, &[Form::Initials]), (Form::Initials, &[])],
            Self::Credential => &[],
            Self::PostalAddress => &[
                (Form::Full, &[Form::Locality, Form::Region, Form::PostalPrefix]),
                (Form::Locality, &[Form::Region]),
                (Form::Region, &[]),
                (Form::PostalPrefix, &[]),
            ],
            Self::Email => {
                &[(Form::Full, &[Form::Masked, Form::Domain]), (Form::Masked, &[Form::Domain]), (Form::Domain, &[])]
            }
            Self::Phone => &[(Form::Full, &[Form::Last4, Form::Country]), (Form::Last4, &[]), (Form::Country, &[])],
            Self::Date => &[
                (Form::Full, &[Form::Year, Form::AgeBand, Form::Adult]),
                (Form::Year, &[]),
                (Form::AgeBand, &[]),
                (Form::Adult, &[]),
            ],
            Self::PaymentCard => &[
                (Form::Full, &[Form::Truncated, Form::Last4, Form::Brand, Form::Expiry]),
                (Form::Truncated, &[Form::Last4, Form::Brand]),
                (Form::Last4, &[]),
                (Form::Brand, &[]),
                (Form::Expiry, &[]),
            ],
            Self::BankAccount => {
                &[(Form::Full, &[Form::BankOnly, Form::Last3]), (Form::BankOnly, &[]), (Form::Last3, &[])]
            }
            Self::UsageHistory => &[(Form::Full, &[Form::FrequencyBand]), (Form::FrequencyBand, &[])],
            Self::AccessTrace => &[(Form::Full, &[Form::Coarse]), (Form::Coarse, &[])],
            Self::Pseudonym => &[(Form::Full, &[])],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivation_is_transitive() {
        for kind in Kind::ALL {
            for form in kind.forms().iter() {
                let below = kind.down_from(form);
                assert_eq!(kind.close(below), below, "{kind} {form}");
            }
        }
    }

    #[test]
    fn the_meet_of_two_grants_is_the_highest_form_below_both() {
        let kind = Kind::PostalAddress;
        let meet = |a: Form, b: Form| kind.topmost(kind.down_from(a).meet(kind.down_from(b)));
        assert_eq!(meet(Form::Full, Form::Region), FormSet::of(&[Form::Region]));
        assert_eq!(meet(Form::Locality, Form::Region), FormSet::of(&[Form::Region]));
        assert_eq!(meet(Form::PostalPrefix, Form::Region), FormSet::NONE);
    }

    #[test]
    fn a_password_has_no_form_to_release() {
        assert_eq!(Kind::Credential.forms(), FormSet::NONE);
    }
}
