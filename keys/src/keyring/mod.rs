//! The keyring: an immutable snapshot of every key of a vault, and all that is done with them.

mod codec;
mod describe;
mod error;
mod field;
mod file;
mod header;
mod ledger;
mod life;
mod line;
mod manifest;
mod register;
mod retained;
mod roots;
mod scope;
mod state;
mod tags;

use std::collections::BTreeMap;
use std::fmt;

use ring::rand::SecureRandom;

use crate::class::KeyClass;
use crate::material::{SigningKey, TaggingKey};
use crate::month::Month;
use crate::root::RootId;
use crate::seal::{NoActiveKey, SealingKey};
use crate::secret::RandomFailed;

pub use self::describe::{KeyDescription, KeyName, UnknownKey};
pub use self::error::KeyringError;
pub use self::header::KeyringHeader;
pub use self::life::LifeError;
pub use self::manifest::{Manifest, ManifestError, SealedSlot};
pub use self::roots::FormerRoot;
pub use self::scope::Scope;
pub use self::state::KeyState;
pub use self::tags::{IndexKind, IndexTag, InvalidTagBits, TagBits};

use self::line::{KeyLine, Line};
use self::roots::RootHistory;

/// Every key of one vault at one generation.
///
/// A snapshot never changes: what changes keys answers with the next one, whose generation is one higher. Snapshots
/// share their keys, so that making one copies no key byte, and a key is wiped with the last snapshot that holds it.
/// Every key is random; none is derived from another, so that each can be destroyed for itself.
pub struct Keyring {
    vault: [u8; 16],
    generation: u64,
    /// The root key it was sealed under before the one it is sealed under now.
    previous_root: Option<RootId>,
    /// Every root key it was sealed under.
    roots: RootHistory,
    /// What it was made for; a keyring without a scope has every key.
    scope: Option<Scope>,
    classes: BTreeMap<KeyClass, KeyLine<SealingKey>>,
    register: KeyLine<SealingKey>,
    manifest: KeyLine<TaggingKey>,
    index: KeyLine<TaggingKey>,
    pseudonym: KeyLine<TaggingKey>,
    request_digest: KeyLine<TaggingKey>,
    long_lived: KeyLine<SealingKey>,
    retention: KeyLine<SealingKey>,
    signing: KeyLine<SigningKey>,
    months: BTreeMap<Month, KeyLine<SealingKey>>,
}

impl Keyring {
    /// The first keyring of a vault: generation 1, every key random and active, ledger keys for `month` and the three
    /// after it. Not saved yet.
    pub fn create(vault: [u8; 16], month: Month, now_ms: i64, rng: &dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut classes = BTreeMap::new();
        for class in KeyClass::ALL {
            classes.insert(class, KeyLine::generate(FIRST, now_ms, rng)?);
        }
        let mut months = BTreeMap::new();
        for month in month.and_ahead() {
            months.insert(month, KeyLine::generate(FIRST, now_ms, rng)?);
        }
        Ok(Self {
            vault,
            generation: FIRST,
            previous_root: None,
            roots: RootHistory::default(),
            scope: None,
            classes,
            register: KeyLine::generate(FIRST, now_ms, rng)?,
            manifest: KeyLine::generate(FIRST, now_ms, rng)?,
            index: KeyLine::generate(FIRST, now_ms, rng)?,
            pseudonym: KeyLine::generate(FIRST, now_ms, rng)?,
            request_digest: KeyLine::generate(FIRST, now_ms, rng)?,
            long_lived: KeyLine::generate(FIRST, now_ms, rng)?,
            retention: KeyLine::generate(FIRST, now_ms, rng)?,
            signing: KeyLine::generate(FIRST, now_ms, rng)?,
            months,
        })
    }

    /// The vault whose keys these are.
    #[must_use]
    pub fn vault(&self) -> &[u8; 16] {
        &self.vault
    }

    /// Refuses a keyring that belongs to another vault.
    pub fn expect_vault(&self, vault: &[u8; 16]) -> Result<(), KeyringError> {
        if self.vault == *vault {
            Ok(())
        } else {
            Err(KeyringError::OtherVault { found: hex::encode(self.vault), expected: hex::encode(vault) })
        }
    }

    /// How often the keys were changed, counted from 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The version of a key that is used for what is new; none if this keyring has no such version.
    ///
    /// An envelope, a manifest or an index tag of any other version is to be made anew before it is stored.
    #[must_use]
    pub fn active_version(&self, key: KeyName) -> Option<u32> {
        self.line(key)?.active_number()
    }

    /// The months that have or had a ledger key, rising.
    pub fn ledger_months(&self) -> impl Iterator<Item = Month> {
        self.months.keys().copied()
    }

    /// The Ed25519 signature of `message` under the active signing key. The message says itself what it is.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoActiveKey> {
        let (_, key) = self.signing.active()?;
        Ok(key.sign(message))
    }

    /// The Ed25519 public key that verifies what [`Keyring::sign`] signs.
    pub fn verifying_key(&self) -> Result<[u8; 32], NoActiveKey> {
        let (_, key) = self.signing.active()?;
        Ok(key.verifying_key())
    }

    /// The number of the newest version of a key, whatever its state; none if this keyring does not hold the key.
    #[must_use]
    pub fn newest_version(&self, key: KeyName) -> Option<u32> {
        self.line(key)?.newest_number()
    }

    /// The Ed25519 public keys of the versions that signed or sign, the newest first; none of a compromised one, whose
    /// signature says nothing.
    #[must_use]
    pub fn verifying_keys(&self) -> Vec<[u8; 32]> {
        let trusted = |state| matches!(state, KeyState::Active | KeyState::Deactivated);
        self.signing.all_in(trusted).map(|(_, key)| key.verifying_key()).collect()
    }

    fn line(&self, key: KeyName) -> Option<&dyn Line> {
        Some(match key {
            KeyName::Class(class) => self.classes.get(&class)?,
            KeyName::Register => &self.register,
            KeyName::Manifest => &self.manifest,
            KeyName::Index => &self.index,
            KeyName::Pseudonym => &self.pseudonym,
            KeyName::RequestDigest => &self.request_digest,
            KeyName::LongLivedLedger => &self.long_lived,
            KeyName::Retention => &self.retention,
            KeyName::Signing => &self.signing,
            KeyName::Ledger(month) => self.months.get(&month)?,
        })
    }

    /// Every key in the order of its name.
    fn lines(&self) -> impl Iterator<Item = (KeyName, &dyn Line)> {
        let classes = self.classes.iter().map(|(class, line)| (KeyName::Class(*class), line as &dyn Line));
        let single: [(KeyName, &dyn Line); 8] = [
            (KeyName::Register, &self.register),
            (KeyName::Manifest, &self.manifest),
            (KeyName::Index, &self.index),
            (KeyName::Pseudonym, &self.pseudonym),
            (KeyName::RequestDigest, &self.request_digest),
            (KeyName::LongLivedLedger, &self.long_lived),
            (KeyName::Retention, &self.retention),
            (KeyName::Signing, &self.signing),
        ];
        let months = self.months.iter().map(|(month, line)| (KeyName::Ledger(*month), line as &dyn Line));
        classes.chain(single).chain(months)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("generation", &self.generation).finish_non_exhaustive()
    }
}

/// The generation of a new vault's keyring.
const FIRST: u64 = 1;

/// A keyring for tests.
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
pub(crate) mod fixture {
    use ring::rand::SystemRandom;

    use super::*;

    /// When the fixture's keys were made.
    pub(crate) const NOW_MS: i64 = 1_763_856_000_000;

    /// A fresh keyring of vault `[1; 16]` with ledger keys from November 2026 on.
    pub(crate) fn keyring() -> Keyring {
        let month = Month::new(202_611).unwrap();
        Keyring::create([1; 16], month, NOW_MS, &SystemRandom::new()).unwrap()
    }

    /// The same keys under another vault id: what a thief would have to forge.
    pub(crate) fn moved_to(keyring: Keyring, vault: [u8; 16]) -> Keyring {
        Keyring { vault, ..keyring }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_snapshot_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Keyring>();
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", fixture::keyring()), "Keyring { generation: 1, .. }");
    }

    #[test]
    fn a_new_keyring_seals_every_class() {
        let keyring = fixture::keyring();
        for class in KeyClass::ALL {
            assert!(keyring.holds(KeyName::Class(class)));
            assert_eq!(keyring.active_version(KeyName::Class(class)), Some(1));
        }
    }

    #[test]
    fn another_vaults_keyring_is_told() {
        let keyring = fixture::keyring();
        assert!(keyring.expect_vault(&[1; 16]).is_ok());
        let refused = keyring.expect_vault(&[2; 16]).unwrap_err().to_string();
        assert!(refused.contains(&"01".repeat(16)) && refused.contains(&"02".repeat(16)));
    }

    #[test]
    fn a_signature_verifies_only_for_its_message() {
        let keyring = fixture::keyring();
        let signature = keyring.sign(b"checkpoint").unwrap();
        let verifier = UnparsedPublicKey::new(&ED25519, keyring.verifying_key().unwrap());
        assert!(verifier.verify(b"checkpoint", &signature).is_ok());
        assert!(verifier.verify(b"checkpoinT", &signature).is_err());
    }

    #[test]
    fn former_signing_keys_verify_until_they_are_compromised() {
        let keyring = fixture::keyring();
        let first = keyring.verifying_key().unwrap();
        let keyring = keyring.rotate(KeyName::Signing, 1, &ring::rand::SystemRandom::new()).unwrap();
        let second = keyring.verifying_key().unwrap();
        assert_eq!(keyring.verifying_keys(), [second, first]);
        let keyring = keyring.transition(KeyName::Signing, 1, KeyState::Compromised).unwrap();
        assert_eq!(keyring.verifying_keys(), [second]);
    }

    #[test]
    fn nothing_is_signed_without_an_active_key() {
        let keyring = fixture::keyring().transition(KeyName::Signing, 1, KeyState::Compromised).unwrap();
        assert_eq!(keyring.sign(b""), Err(NoActiveKey));
        assert_eq!(keyring.verifying_key(), Err(NoActiveKey));
    }
}
