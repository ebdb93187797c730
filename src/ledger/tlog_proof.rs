//! Proofs as text (C2SP `tlog-proof`): an entry, its place, the path to a root, and a signed checkpoint, in one file.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use thiserror::Error;

use crate::ledger::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::ledger::leaf::Leaf;
use crate::ledger::merkle::{Hash, included_root, leaf_hash};
use crate::ledger::note::NoteKeys;

/// An entry that was proved to be in a ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct ProvedEntry {
    /// Its place in the ledger, from 0.
    pub index: u64,
    /// The entry.
    pub leaf: Leaf,
    /// The leaf's hash (RFC 6962): what a receipt names.
    pub leaf_hash: Hash,
    /// The checkpoint it was proved against.
    pub checkpoint: Checkpoint,
}

/// Why a text proves nothing.
#[derive(Debug, Error)]
pub enum ProofTextError {
    /// It is not of the form.
    #[error("line {line} is not what a proof has there: {expected}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// The checkpoint in it is not to be believed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The path does not lead from the entry to the root that was signed.
    #[error("the path does not lead from the entry at {index} to the root signed over {size} entries")]
    NotIncluded {
        /// The index the text gives.
        index: u64,
        /// The size of the signed tree.
        size: u64,
    },
    /// What it proves is no entry of a vault's ledger.
    #[error("what it proves is no entry of a vault's ledger")]
    NoEntry,
}

/// Writes the proof of a leaf; the leaf itself stands in the line `extra`, and its hash is what is proved.
#[must_use]
pub fn write(leaf: &[u8], index: u64, path: &[Hash], checkpoint: &SignedCheckpoint) -> String {
    let mut text = format!("{HEAD}\n{EXTRA}{}\n{INDEX}{index}\n", STANDARD.encode(leaf));
    for hash in path {
        // A string takes whatever is written into it.
        let _ = writeln!(text, "{}", STANDARD.encode(hash));
    }
    text.push('\n');
    text.push_str(checkpoint.note());
    text
}

/// Checks a proof; nothing is needed for it but a key under which the ledger signs or has signed.
pub fn check(text: &str, keys: &NoteKeys) -> Result<ProvedEntry, ProofTextError> {
    let (proof, note) = text.split_once("\n\n").ok_or(malformed(1, "a blank line before the checkpoint"))?;
    let mut lines = (1..).zip(proof.lines());
    let mut next = |expected| lines.next().ok_or(malformed(0, expected));
    let (line, head) = next(HEAD)?;
    if head != HEAD {
        return Err(malformed(line, HEAD));
    }
    let (line, extra) = next(LEAF_EXPECTED)?;
    let leaf = extra.strip_prefix(EXTRA).and_then(|leaf| STANDARD.decode(leaf).ok());
    let leaf = leaf.ok_or(malformed(line, LEAF_EXPECTED))?;
    let (line, index) = next(INDEX_EXPECTED)?;
    let index = index.strip_prefix(INDEX).and_then(canonical_number).ok_or(malformed(line, INDEX_EXPECTED))?;
    let hash = |(line, text): (usize, &str)| {
        let hash = STANDARD.decode(text).ok().and_then(|bytes| Hash::try_from(bytes).ok());
        hash.ok_or(malformed(line, "the base64 of a hash of 32 bytes"))
    };
    let path = lines.map(hash).collect::<Result<Vec<_>, _>>()?;
    let checkpoint = SignedCheckpoint::open(note, keys)?.checkpoint().clone();
    let hash = leaf_hash(&leaf);
    if included_root(&hash, index, checkpoint.size, &path) != Some(checkpoint.root) {
        return Err(ProofTextError::NotIncluded { index, size: checkpoint.size });
    }
    let leaf = Leaf::decode(leaf.as_slice()).map_err(|_| ProofTextError::NoEntry)?;
    Ok(ProvedEntry { index, leaf, leaf_hash: hash, checkpoint })
}

fn canonical_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

const fn malformed(line: usize, expected: &'static str) -> ProofTextError {
    ProofTextError::Malformed { line, expected }
}

const HEAD: &str = "c2sp.org/tlog-proof@v1";
const EXTRA: &str = "extra ";
const INDEX: &str = "index ";
const LEAF_EXPECTED: &str = "`extra`, and the base64 of the entry";
const INDEX_EXPECTED: &str = "`index`, and the entry's place as a number";

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use fubako_keys::{Keyring, Month};
    use proptest::prelude::*;
    use ring::rand::SystemRandom;

    use crate::ledger::note::NoteKey;
    use crate::ledger::tree::Tree;

    /// The proof of entry 5 of 9, and the key.
    fn proved() -> (String, NoteKeys) {
        let keyring = Keyring::create([1; 16], Month::new(202_611).unwrap(), 0, &SystemRandom::new()).unwrap();
        let key = NoteKey::new("fubako/test".to_owned(), keyring.verifying_key().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(folder.path(), 0).unwrap();
        let leaf = |n: u64| Leaf { caller: format!("caller-{n}"), ..Leaf::default() }.encode_to_vec();
        for n in 0..9 {
            tree.push(leaf_hash(&leaf(n))).unwrap();
        }
        tree.sync().unwrap();
        let checkpoint = Checkpoint { origin: key.name().to_owned(), size: 9, root: tree.root() };
        let signed = checkpoint.sign(&keyring).unwrap();
        (write(&leaf(5), 5, &tree.reader().inclusion(5, 9).unwrap(), &signed), key.into())
    }

    #[test]
    fn a_proof_shows_the_entry_its_place_and_the_ledger() {
        let (text, key) = proved();
        let proved = check(&text, &key).unwrap();
        assert_eq!((proved.index, proved.leaf.caller.as_str(), proved.checkpoint.size), (5, "caller-5", 9));
    }

    #[test]
    fn a_proof_is_refused_whatever_byte_of_it_is_changed() {
        let (text, key) = proved();
        for at in 0..text.len() {
            for flip in [1, 2, 0x20] {
                let mut bytes = text.clone().into_bytes();
                *bytes.get_mut(at).unwrap() ^= flip;
                let checked = String::from_utf8(bytes).map(|text| check(&text, &key));
                assert!(!matches!(checked, Ok(Ok(_))), "{flip} at {at}");
            }
        }
    }

    #[test]
    fn a_proof_cut_anywhere_is_refused() {
        let (text, key) = proved();
        for (end, _) in text.char_indices() {
            assert!(check(text.get(..end).unwrap(), &key).is_err(), "{end}");
        }
    }

    #[test]
    fn a_proof_of_another_ledger_and_a_wrong_key_are_told_apart() {
        let (text, key) = proved();
        let other = NoteKey::new("fubako/other".into(), [3; 32]);
        let refused = check(&text, &other.into()).unwrap_err();
        assert!(matches!(refused, ProofTextError::Checkpoint(CheckpointError::OtherLedger { .. })), "{refused}");
        let wrong = NoteKey::new(key.name().into(), [3; 32]);
        let refused = check(&text, &wrong.into()).unwrap_err();
        assert!(matches!(refused, ProofTextError::Checkpoint(CheckpointError::Note(_))), "{refused}");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(c2sp.org/tlog-proof@v1\n)?(extra [A-Za-z=]*\n)?(index [0-9]*\n)?\\PC*") {
            let _ = check(&text, &proved().1);
        }
    }
}
