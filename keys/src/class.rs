//! Key classes: the groups of fields that share class keys.

use std::fmt;

/// A group of fields sealed under the same key; a node may be given only some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyClass {
    /// Who someone is: names, birth date, login, history.
    Identity,
    /// Where someone is reached: address, e-mail, phone.
    Contact,
    /// Payment cards.
    Card,
    /// Bank accounts.
    Bank,
    /// Verifiers of passwords.
    Credential,
}

impl KeyClass {
    /// Every class, in the order of its numbers.
    pub const ALL: [Self; 5] = [Self::Identity, Self::Contact, Self::Card, Self::Bank, Self::Credential];

    /// The number that stands for this class in sealed bytes; never changes.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Identity => 1,
            Self::Contact => 2,
            Self::Card => 3,
            Self::Bank => 4,
            Self::Credential => 5,
        }
    }

    /// The class with this number, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.number() == number)
    }

    /// The name used in policies and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Contact => "contact",
            Self::Card => "card",
            Self::Bank => "bank",
            Self::Credential => "credential",
        }
    }

    /// Reads a name as written by [`KeyClass::name`]; case matters.
    pub fn parse(name: &str) -> Result<Self, UnknownClass> {
        Self::ALL.into_iter().find(|class| class.name() == name).ok_or_else(|| UnknownClass(name.to_owned()))
    }
}

impl fmt::Display for KeyClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No key class has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a key class; there are identity, contact, card, bank and credential")]
pub struct UnknownClass(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_never_change() {
        let numbers = KeyClass::ALL.map(KeyClass::number);
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn names_and_numbers_lead_back_to_their_class() {
        for class in KeyClass::ALL {
            assert_eq!(KeyClass::parse(class.name()), Ok(class));
            assert_eq!(KeyClass::from_number(class.number()), Some(class));
        }
    }

    #[test]
    fn unknown_names_and_numbers_are_refused() {
        for name in ["", "Card", "card ", "cards", "6"] {
            assert_eq!(KeyClass::parse(name), Err(UnknownClass(name.to_owned())));
        }
        for number in (6..=u8::MAX).chain([0]) {
            assert_eq!(KeyClass::from_number(number), None);
        }
    }
}
