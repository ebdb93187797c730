//! The life of one key version: states and legal transitions of NIST SP 800-57.

use std::fmt;

/// Where a key version stands in its life (NIST SP 800-57 part 1 rev. 5, section 7, without suspension).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Made ahead; neither seals nor opens yet.
    PreActive,
    /// Seals and opens.
    Active,
    /// Opens what it sealed, never seals again.
    Deactivated,
    /// Known or feared to be in other hands; opens, so that what it sealed can be sealed anew, never seals again.
    Compromised,
    /// Its bytes are gone; only this description stays.
    Destroyed,
}

impl KeyState {
    /// Every state, in the order of its numbers.
    pub const ALL: [Self; 5] = [Self::PreActive, Self::Active, Self::Deactivated, Self::Compromised, Self::Destroyed];

    /// Whether a version in this state may come into the state `next`.
    ///
    /// Stricter than the standard in one place: an active version is not destroyed before it is deactivated.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::PreActive => matches!(next, Self::Active | Self::Compromised | Self::Destroyed),
            Self::Active => matches!(next, Self::Deactivated | Self::Compromised),
            Self::Deactivated => matches!(next, Self::Compromised | Self::Destroyed),
            Self::Compromised => matches!(next, Self::Destroyed),
            Self::Destroyed => false,
        }
    }

    /// Whether a version in this state opens what it sealed.
    #[must_use]
    pub const fn opens(self) -> bool {
        matches!(self, Self::Active | Self::Deactivated | Self::Compromised)
    }

    /// The name shown to people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreActive => "pre-active",
            Self::Active => "active",
            Self::Deactivated => "deactivated",
            Self::Compromised => "compromised",
            Self::Destroyed => "destroyed",
        }
    }

    /// The number that stands for this state in a keyring; never changes.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::PreActive => 1,
            Self::Active => 2,
            Self::Deactivated => 3,
            Self::Compromised => 4,
            Self::Destroyed => 5,
        }
    }

    /// The state with this number, if there is one.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_legal_transitions_are_allowed() {
        use KeyState::{Active, Compromised, Deactivated, Destroyed, PreActive};
        let legal = [
            (PreActive, Active),
            (PreActive, Compromised),
            (PreActive, Destroyed),
            (Active, Deactivated),
            (Active, Compromised),
            (Deactivated, Compromised),
            (Deactivated, Destroyed),
            (Compromised, Destroyed),
        ];
        for from in KeyState::ALL {
            for next in KeyState::ALL {
                assert_eq!(from.may_become(next), legal.contains(&(from, next)), "{from} to {next}");
            }
        }
    }

    #[test]
    fn numbers_never_change() {
        assert_eq!(KeyState::ALL.map(KeyState::number), [1, 2, 3, 4, 5]);
        assert_eq!(KeyState::from_number(0), None);
        assert_eq!(KeyState::from_number(6), None);
    }
}
