//! Checkpoints (C2SP `tlog-checkpoint`): size and root of the tree, signed, in a file that is replaced whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fubako_keys::{Keyring, NoActiveKey, replace_file};
use thiserror::Error;

use crate::ledger::journal::JournalId;
use crate::ledger::merkle::Hash;
use crate::ledger::note::{NoteError, NoteKey, NoteKeys};

/// What a checkpoint says: how many entries there were, and the root over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger: the name under which it signs.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root (RFC 6962).
    pub root: Hash,
}

/// A checkpoint with the note it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: String,
}

/// Why there is no checkpoint to rest on.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("cannot read or write the checkpoint `{}`", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is not signed by the key it is checked against.
    #[error("the checkpoint does not verify")]
    Note(#[from] NoteError),
    /// It is signed, but says nothing a checkpoint says.
    #[error("the signed note is no checkpoint")]
    Malformed,
    /// It is another ledger's.
    #[error("the checkpoint is of the ledger `{found}`, not of `{expected}`")]
    OtherLedger {
        /// The ledger it is of.
        found: String,
        /// The ledger it should be of.
        expected: String,
    },
    /// There is no key to sign with.
    #[error("the keyring has no active signing key")]
    NoKey(#[from] NoActiveKey),
}

impl Checkpoint {
    /// Signs the checkpoint.
    pub fn sign(self, keyring: &Keyring) -> Result<SignedCheckpoint, NoActiveKey> {
        let text = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root));
        let key = NoteKey::new(self.origin.clone(), keyring.verifying_key()?);
        let note = key.note(&text, &keyring.sign(text.as_bytes())?);
        Ok(SignedCheckpoint { checkpoint: self, note })
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        // Lines behind these three may be there, and say nothing here.
        let canonical = !origin.is_empty() && number.to_string() == size && lines.all(|line| !line.is_empty());
        canonical.then(|| Self { origin: origin.to_owned(), size: number, root })
    }
}

impl SignedCheckpoint {
    /// Reads a note, once it verifies under a key of the ledger it has to be of.
    pub fn open(note: &str, keys: &NoteKeys) -> Result<Self, CheckpointError> {
        let text = match keys.open(note) {
            Err(NoteError::OtherKey) => return Err(other_ledger(note, keys).unwrap_or(NoteError::OtherKey.into())),
            opened => opened?,
        };
        let checkpoint = Checkpoint::parse(text).ok_or(CheckpointError::Malformed)?;
        if checkpoint.origin != keys.name() {
            return Err(CheckpointError::OtherLedger { found: checkpoint.origin, expected: keys.name().to_owned() });
        }
        Ok(Self { checkpoint, note: note.to_owned() })
    }

    /// Reads the file, if it is there.
    pub fn load(file: &Path, keys: &NoteKeys) -> Result<Option<Self>, CheckpointError> {
        match fs::read_to_string(file) {
            Ok(note) => Self::open(&note, keys).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(NoteError::Malformed.into()),
            Err(source) => Err(CheckpointError::Io { file: file.to_owned(), source }),
        }
    }

    /// Puts it in the place of the one before, whole or not at all; it is durable when this returns.
    pub fn save(&self, file: &Path) -> Result<(), CheckpointError> {
        replace_file(file, self.note.as_bytes()).map_err(|source| CheckpointError::Io { file: file.to_owned(), source })
    }

    /// What it says.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signed note.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// The keys that verify the checkpoints of a ledger; their name is the ledger's.
#[must_use]
pub fn note_keys(ledger: JournalId, keyring: &Keyring) -> NoteKeys {
    let JournalId { vault, origin } = ledger;
    NoteKeys::new(format!("fubako/{vault}/{}", hex::encode(origin)), keyring.verifying_keys())
}

/// Says which ledger an unknown key signed for, if that is another.
fn other_ledger(note: &str, keys: &NoteKeys) -> Option<CheckpointError> {
    let found = note.lines().next().filter(|origin| *origin != keys.name())?;
    Some(CheckpointError::OtherLedger { found: found.to_owned(), expected: keys.name().to_owned() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use fubako_keys::{KeyName, KeyState, Month};
    use ring::rand::SystemRandom;

    use crate::model::ids::VaultId;

    fn keyring() -> Keyring {
        Keyring::create([1; 16], Month::new(202_611).unwrap(), 0, &SystemRandom::new()).unwrap()
    }

    fn signed(keyring: &Keyring) -> (SignedCheckpoint, NoteKeys) {
        let key = note_keys(JournalId { vault: VaultId([1; 16]), origin: [2; 16] }, keyring);
        let checkpoint = Checkpoint { origin: key.name().to_owned(), size: 7, root: [3; 32] };
        (checkpoint.sign(keyring).unwrap(), key)
    }

    #[test]
    fn a_checkpoint_reads_as_it_was_written_and_is_replaced_whole() {
        let (signed, key) = signed(&keyring());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checkpoint");
        assert!(SignedCheckpoint::load(&file, &key).unwrap().is_none());
        signed.save(&file).unwrap();
        assert_eq!(SignedCheckpoint::load(&file, &key).unwrap().as_ref(), Some(&signed));
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let (signed, key) = signed(&keyring());
        for bit in 0..signed.note().len() * 8 {
            let mut bytes = signed.note().as_bytes().to_vec();
            *bytes.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
            let opened = String::from_utf8(bytes).map(|note| SignedCheckpoint::open(&note, &key));
            assert!(!matches!(opened, Ok(Ok(_))), "{bit}");
        }
    }

    #[test]
    fn another_ledgers_checkpoint_is_named_and_another_key_refused() {
        let keyring = keyring();
        let (signed, key) = signed(&keyring);
        let other = note_keys(JournalId { vault: VaultId([9; 16]), origin: [2; 16] }, &keyring);
        let refused = SignedCheckpoint::open(signed.note(), &other).unwrap_err();
        assert!(matches!(refused, CheckpointError::OtherLedger { found, .. } if found == key.name()));
        let wrong_key = NoteKeys::new(key.name().to_owned(), [[7; 32]]);
        let refused = SignedCheckpoint::open(signed.note(), &wrong_key).unwrap_err();
        assert!(matches!(refused, CheckpointError::Note(NoteError::OtherKey)));
    }

    #[test]
    fn a_checkpoint_of_a_former_key_verifies_until_that_is_compromised() {
        let keyring = keyring();
        let (signed, _) = signed(&keyring);
        let keys = |keyring: &Keyring| note_keys(JournalId { vault: VaultId([1; 16]), origin: [2; 16] }, keyring);
        let keyring = keyring.rotate(KeyName::Signing, 1, &SystemRandom::new()).unwrap();
        assert!(SignedCheckpoint::open(signed.note(), &keys(&keyring)).is_ok());
        let keyring = keyring.transition(KeyName::Signing, 1, KeyState::Compromised).unwrap();
        assert!(SignedCheckpoint::open(signed.note(), &keys(&keyring)).is_err());
    }

    #[test]
    fn numbers_and_roots_are_read_in_one_form_only() {
        let root = STANDARD.encode([3; 32]);
        assert!(Checkpoint::parse(&format!("origin\n7\n{root}\n")).is_some());
        assert!(Checkpoint::parse(&format!("origin\n7\n{root}\nextension\n")).is_some());
        for wrong in ["\n7\n", "origin\n07\n", "origin\n+7\n", "origin\n-7\n", "origin\n\n"] {
            assert_eq!(Checkpoint::parse(&format!("{wrong}{root}\n")), None, "{wrong:?}");
        }
        assert_eq!(Checkpoint::parse("origin\n7\nAAAA\n"), None);
    }
}
