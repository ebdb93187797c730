//! Field classes: which fields share class keys, in the words policies use.

use std::fmt;

/// The group of fields a field is sealed with; a node may hold the keys of only some.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FieldClass {
    /// Who someone is.
    Identity,
    /// Where someone is reached.
    Contact,
    /// Payment cards.
    Card,
    /// Bank accounts.
    Bank,
    /// What is only ever verified.
    Credential,
}

impl From<FieldClass> for fubako_keys::KeyClass {
    fn from(class: FieldClass) -> Self {
        Self::from_number(class.number()).unwrap_or(Self::Identity)
    }
}

impl FieldClass {
    /// Every class there is.
    pub const ALL: [Self; 5] = [Self::Identity, Self::Contact, Self::Card, Self::Bank, Self::Credential];

    /// The class's name in policies.
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

    /// The class of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// The number of the class; the same as that of the key class of this name, and it never changes.
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

    /// Whether the `full` form leaves only into the recipient's own hands, never through another caller.
    #[must_use]
    pub const fn is_handed_over_in_person(self) -> bool {
        matches!(self, Self::Card | Self::Bank)
    }
}

impl fmt::Display for FieldClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_its_own_name() {
        for class in FieldClass::ALL {
            assert_eq!(FieldClass::parse(class.name()), Some(class));
        }
    }

    #[test]
    fn numbers_never_change() {
        assert_eq!(FieldClass::ALL.map(FieldClass::number), [1, 2, 3, 4, 5]);
    }
}
