//! Scoped keyrings: the keys of some classes, for a node that can open nothing else whatever happens to its code.
//!
//! ```text
//! held by every scoped keyring   register  manifest  pseudonym  request-digest  ledger  ledger-YYYYMM  signing
//! held with identity or contact  index
//! held as chosen                 identity  contact  card  bank  credential
//! never held                     retention
//! ```
//!
//! Of what is not held there are names, versions and states, so that a node knows what it cannot open. A scoped keyring never
//! changes: whatever changes keys happens to the keyring it was taken of.

use std::collections::BTreeSet;

use super::Keyring;
use super::describe::KeyName;
use super::roots::RootHistory;
use crate::bytes::Reader;
use crate::class::KeyClass;

/// What a scoped keyring was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    export: [u8; 16],
    until_ms: i64,
    classes: BTreeSet<KeyClass>,
}

impl Scope {
    /// A scope of these classes, under the id the export is registered by, for use before `until_ms` (milliseconds since
    /// 1970 UTC).
    #[must_use]
    pub const fn new(export: [u8; 16], until_ms: i64, classes: BTreeSet<KeyClass>) -> Self {
        Self { export, until_ms, classes }
    }

    /// The id the export is registered by.
    #[must_use]
    pub const fn export(&self) -> &[u8; 16] {
        &self.export
    }

    /// The first instant at which it is not to be used any more, in milliseconds since 1970 UTC. Who holds the file is not
    /// bound by it.
    #[must_use]
    pub const fn until_ms(&self) -> i64 {
        self.until_ms
    }

    /// The classes it holds.
    #[must_use]
    pub const fn classes(&self) -> &BTreeSet<KeyClass> {
        &self.classes
    }

    /// Whether a keyring of this scope holds a key.
    #[must_use]
    pub fn has(&self, key: KeyName) -> bool {
        match key {
            KeyName::Class(class) => self.classes.contains(&class),
            KeyName::Index => [KeyClass::Identity, KeyClass::Contact].iter().any(|class| self.classes.contains(class)),
            KeyName::Retention => false,
            KeyName::Register
            | KeyName::Manifest
            | KeyName::Pseudonym
            | KeyName::RequestDigest
            | KeyName::LongLivedLedger
            | KeyName::Signing
            | KeyName::Ledger(_) => true,
        }
    }

    /// Appends `export 16 | until i64 | class count u8 | class u8*`, classes rising; none if that cannot be counted.
    pub(super) fn encode(&self, into: &mut Vec<u8>) -> Option<()> {
        into.extend_from_slice(&self.export);
        into.extend_from_slice(&self.until_ms.to_be_bytes());
        into.push(u8::try_from(self.classes.len()).ok()?);
        into.extend(self.classes.iter().map(|class| class.number()));
        Some(())
    }

    /// Reads what [`Scope::encode`] wrote.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let (export, until_ms) = (*reader.array()?, reader.i64()?);
        let mut classes = BTreeSet::new();
        for _ in 0..reader.u8()? {
            let class = KeyClass::from_number(reader.u8()?)?;
            if classes.last().is_some_and(|last| *last >= class) {
                return None;
            }
            classes.insert(class);
        }
        Some(Self { export, until_ms, classes })
    }
}

impl Keyring {
    /// The keys a scope has, of this generation, to be saved under a root key of its own.
    ///
    /// What was sealed under which root key stays behind: a scoped keyring has nothing to say of it.
    #[must_use]
    pub fn scoped(&self, scope: Scope) -> Self {
        let held = |key| scope.has(key);
        let classes = self
            .classes
            .iter()
            .map(|(class, line)| (*class, if held(KeyName::Class(*class)) { line.clone() } else { line.withheld() }));
        Self {
            vault: self.vault,
            generation: self.generation,
            previous_root: None,
            classes: classes.collect(),
            register: self.register.clone(),
            manifest: self.manifest.clone(),
            index: if held(KeyName::Index) { self.index.clone() } else { self.index.withheld() },
            pseudonym: self.pseudonym.clone(),
            request_digest: self.request_digest.clone(),
            long_lived: self.long_lived.clone(),
            retention: self.retention.withheld(),
            signing: self.signing.clone(),
            months: self.months.clone(),
            roots: RootHistory::default(),
            scope: Some(scope),
        }
    }

    /// What this keyring was made for; none for one with every key.
    #[must_use]
    pub fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// Whether the keys of every version of a key are here but for those that were destroyed.
    #[must_use]
    pub fn holds(&self, key: KeyName) -> bool {
        self.line(key).is_some_and(super::line::Line::is_held)
    }

    /// Whether a key is missing that the scope has, or all keys where there is none.
    pub(super) fn is_complete(&self) -> bool {
        self.lines().all(|(key, line)| {
            let held = self.scope.as_ref().is_none_or(|scope| scope.has(key));
            // A key whose versions are all destroyed is held by whoever asks.
            line.is_held() || !held
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;
    use crate::binding::FieldBinding;
    use crate::keyring::{KeyState, fixture};
    use crate::root::RootKey;
    use crate::seal::{NoActiveKey, SealError, Unopened};
    use crate::secret::KEY_LEN;

    const PLACE: FieldBinding = FieldBinding::new([7; 16], 5, 1, 3);

    fn scope(classes: &[KeyClass]) -> Scope {
        Scope::new([9; 16], 1_800_000_000_000, classes.iter().copied().collect())
    }

    #[test]
    fn a_scoped_keyring_opens_its_classes_and_no_other() {
        let random = SystemRandom::new();
        let whole = fixture::keyring().rotate(KeyName::Class(KeyClass::Card), 1, &random).unwrap();
        let scoped = whole.scoped(scope(&[KeyClass::Contact]));
        for class in KeyClass::ALL {
            let envelope = whole.seal_field(class, &PLACE, b"value", &random).unwrap();
            let opened = scoped.open_field(class, &PLACE, &envelope);
            let sealed = scoped.seal_field(class, &PLACE, b"value", &random);
            assert_eq!(scoped.holds(KeyName::Class(class)), class == KeyClass::Contact);
            if class == KeyClass::Contact {
                assert!(opened.is_ok() && sealed.is_ok());
            } else {
                assert_eq!(opened, Err(Unopened), "{class}");
                assert_eq!(sealed, Err(SealError::NoActiveKey(NoActiveKey)), "{class}");
                assert_eq!(scoped.active_version(KeyName::Class(class)), None);
            }
        }
        assert!(scoped.holds(KeyName::Index) && !scoped.holds(KeyName::Retention));
        assert!(!whole.scoped(scope(&[KeyClass::Card])).holds(KeyName::Index));
    }

    #[test]
    fn what_is_not_held_is_described_all_the_same() {
        let whole = fixture::keyring().rotate(KeyName::Class(KeyClass::Card), 1, &SystemRandom::new()).unwrap();
        let scoped = whole.scoped(scope(&[KeyClass::Contact]));
        assert_eq!(scoped.describe(), whole.describe());
        assert_eq!(scoped.newest_version(KeyName::Class(KeyClass::Card)), Some(2));
        assert_eq!(scoped.generation(), whole.generation());
    }

    #[test]
    fn it_is_read_as_it_was_saved_and_the_file_holds_no_other_key() {
        let folder = tempfile::tempdir().unwrap();
        let random = SystemRandom::new();
        let root = RootKey::create_file(&folder.path().join("root"), &random).unwrap();
        let whole = fixture::keyring();
        let scoped = whole.scoped(scope(&[KeyClass::Bank, KeyClass::Identity]));
        let plain = scoped.encode().unwrap();
        for (key, line) in whole.lines() {
            let mut bytes = Vec::new();
            line.encode_into(&mut bytes).unwrap();
            // Of its one version, the key.
            let key_bytes = bytes.last_chunk::<KEY_LEN>().unwrap();
            let found = plain.windows(KEY_LEN).any(|window| window == key_bytes);
            assert_eq!(found, scoped.scope().unwrap().has(key), "{key}");
        }
        let path = folder.path().join("keyring");
        scoped.save(&path, &root, &random).unwrap();
        let again = Keyring::load(&path, &root).unwrap();
        assert_eq!(again.scope(), Some(&scope(&[KeyClass::Bank, KeyClass::Identity])));
        assert_eq!(again.describe(), whole.describe());
        assert!(again.holds(KeyName::Class(KeyClass::Bank)) && !again.holds(KeyName::Class(KeyClass::Card)));
    }

    #[test]
    fn a_keyring_that_lacks_keys_without_a_scope_is_malformed() {
        let mut keyring = fixture::keyring().scoped(scope(&[KeyClass::Bank]));
        keyring.scope = None;
        assert!(!keyring.is_complete());
        keyring.scope = Some(scope(&[KeyClass::Bank, KeyClass::Card]));
        assert!(!keyring.is_complete());
        keyring.scope = Some(scope(&[KeyClass::Bank]));
        assert!(keyring.is_complete());
    }

    #[test]
    fn scopes_whose_classes_do_not_rise_are_refused() {
        let mut bytes = Vec::new();
        scope(&[KeyClass::Identity, KeyClass::Bank]).encode(&mut bytes).unwrap();
        assert!(Scope::decode(&mut Reader::new(&bytes)).is_some());
        let last = bytes.len() - 1;
        bytes.swap(last, last - 1);
        assert!(Scope::decode(&mut Reader::new(&bytes)).is_none());
    }

    #[test]
    fn a_key_of_which_everything_was_destroyed_is_missed_by_nobody() {
        let name = KeyName::Class(KeyClass::Bank);
        let keyring = fixture::keyring().transition(name, 1, KeyState::Deactivated).unwrap();
        let keyring = keyring.transition(name, 1, KeyState::Destroyed).unwrap();
        assert!(keyring.scoped(scope(&[KeyClass::Bank])).is_complete());
    }
}
