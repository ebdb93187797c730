//! What a keyring says of its keys: names, versions and states, never a byte.

use std::fmt;
use std::ops::RangeInclusive;

use super::Keyring;
use super::state::KeyState;
use crate::class::KeyClass;
use crate::month::Month;

/// Names one key of a keyring, through all its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyName {
    /// Seals the fields of one class.
    Class(KeyClass),
    /// Seals the rows of the register.
    Register,
    /// Authenticates whole records.
    Manifest,
    /// Makes blind index tags.
    Index,
    /// Makes a member's name for one recipient.
    Pseudonym,
    /// Digests requests, to recognise retries.
    RequestDigest,
    /// Seals ledger parts that are readable as long as the vault lives.
    LongLivedLedger,
    /// Seals what the law wants kept of the erased.
    Retention,
    /// Signs checkpoints.
    Signing,
    /// Seals one month's ledger parts.
    Ledger(Month),
}

impl KeyName {
    /// Reads a name as it is displayed; case matters.
    pub fn parse(name: &str) -> Result<Self, UnknownKey> {
        let single = [
            Self::Register,
            Self::Manifest,
            Self::Index,
            Self::Pseudonym,
            Self::RequestDigest,
            Self::LongLivedLedger,
            Self::Retention,
            Self::Signing,
        ];
        let month = || Month::new(name.strip_prefix("ledger-")?.parse().ok()?).ok().map(Self::Ledger);
        let class = || KeyClass::parse(name).ok().map(Self::Class);
        let known = single.into_iter().find(|key| key.to_string() == name).or_else(class).or_else(month);
        known.ok_or_else(|| UnknownKey(name.to_owned()))
    }
}

/// There is no key of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no key `{0}`")]
pub struct UnknownKey(String);

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class(class) => f.pad(class.name()),
            Self::Register => f.pad("register"),
            Self::Manifest => f.pad("manifest"),
            Self::Index => f.pad("index"),
            Self::Pseudonym => f.pad("pseudonym"),
            Self::RequestDigest => f.pad("request-digest"),
            Self::LongLivedLedger => f.pad("ledger"),
            Self::Retention => f.pad("retention"),
            Self::Signing => f.pad("signing"),
            Self::Ledger(month) => f.pad(&format!("ledger-{month}")),
        }
    }
}

/// One version of one key, as far as anybody may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyDescription {
    pub(super) name: KeyName,
    pub(super) version: u32,
    pub(super) state: KeyState,
    pub(super) created_ms: i64,
    pub(super) made_in: u64,
    pub(super) destroyed_in: u64,
    pub(super) sealed: u64,
}

impl KeyDescription {
    /// The key it is a version of.
    #[must_use]
    pub fn name(&self) -> KeyName {
        self.name
    }

    /// The version, counted from 1.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Where the version stands in its life.
    #[must_use]
    pub fn state(&self) -> KeyState {
        self.state
    }

    /// When it was made, in milliseconds since 1970 UTC.
    #[must_use]
    pub fn created_ms(&self) -> i64 {
        self.created_ms
    }

    /// How much was sealed under it, as far as [`Keyring::count_from`] told; none for keys that do not seal rows of the store.
    #[must_use]
    pub fn sealed(&self) -> Option<u64> {
        matches!(self.name, KeyName::Class(_) | KeyName::Register | KeyName::Retention).then_some(self.sealed)
    }

    /// Whether the keyring held it in any of these generations, as far as anybody can rule it out.
    #[must_use]
    pub fn may_be_in(&self, generations: RangeInclusive<u64>) -> bool {
        let (first, last) = generations.into_inner();
        self.made_in <= last && self.destroyed_in().is_none_or(|destroyed_in| first < destroyed_in)
    }

    /// The first generation of the keyring that no longer held it; none while it does, and where nobody wrote it down.
    #[must_use]
    pub fn destroyed_in(&self) -> Option<u64> {
        (self.destroyed_in != 0).then_some(self.destroyed_in)
    }

    /// The generation of the keyring that first held it; 0 where nobody wrote it down.
    #[must_use]
    pub fn made_in(&self) -> u64 {
        self.made_in
    }
}

impl Keyring {
    /// Every version of every key, destroyed ones too, ordered by name and version.
    #[must_use]
    pub fn describe(&self) -> Vec<KeyDescription> {
        let mut descriptions = Vec::new();
        for (name, line) in self.lines() {
            line.describe(name, &mut descriptions);
        }
        descriptions
    }

    /// Takes it that at least so much was sealed under a version of a key, before this keyring was loaded.
    ///
    /// Counts live in memory and are shared by the snapshots of one keyring; whoever loads it says what was counted before.
    pub fn count_from(&self, key: KeyName, version: u32, sealed: u64) {
        if let Some(line) = self.line(key) {
            line.count_from(version, sealed);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;
    use crate::binding::FieldBinding;
    use crate::keyring::fixture;

    #[test]
    fn what_is_sealed_is_counted_under_its_version_in_every_snapshot() {
        let (keyring, random) = (fixture::keyring(), SystemRandom::new());
        let place = FieldBinding::new([7; 16], 5, 1, 3);
        let seal =
            |keyring: &Keyring| keyring.seal_field(KeyClass::Contact, &place, b"value", &random).map(drop).unwrap();
        let counts = |keyring: &Keyring| -> Vec<Option<u64>> {
            let described = keyring.describe().into_iter();
            described.filter(|key| key.name() == KeyName::Class(KeyClass::Contact)).map(|key| key.sealed()).collect()
        };
        keyring.count_from(KeyName::Class(KeyClass::Contact), 1, 40);
        seal(&keyring);
        let rotated = keyring.rotate(KeyName::Class(KeyClass::Contact), 0, &random).unwrap();
        seal(&rotated);
        seal(&keyring);
        assert_eq!((counts(&keyring), counts(&rotated)), (vec![Some(42)], vec![Some(42), Some(1)]));
        rotated.count_from(KeyName::Class(KeyClass::Contact), 1, 7);
        assert_eq!(counts(&rotated), [Some(42), Some(1)], "a count never falls");
        assert!(keyring.describe().iter().all(|key| key.name() != KeyName::Index || key.sealed().is_none()));
    }

    #[test]
    fn every_key_is_found_by_its_name_and_no_other() {
        for key in fixture::keyring().describe() {
            assert_eq!(KeyName::parse(&key.name().to_string()), Ok(key.name()));
        }
        for wrong in ["", "Contact", "contact ", "ledger-", "ledger-2026-13", "ledger-202611x", "month"] {
            assert!(KeyName::parse(wrong).is_err(), "{wrong}");
        }
    }
}
