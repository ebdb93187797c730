//! The bytes of a redo group: the changes of one commit group, with a hash that the journal's frame names.

use sha2::{Digest, Sha256};

use crate::ledger::journal::Hash;
use crate::ledger::journal::take::{take, take_slice};
use crate::model::ids::Revision;
use crate::store::key::Key;
use crate::store::row::{Change, Row};

/// The changes of one commit group, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedoGroup {
    group: u64,
    hash: Hash,
    changes: Vec<Change>,
}

impl RedoGroup {
    /// The commit group.
    #[must_use]
    pub const fn group(&self) -> u64 {
        self.group
    }

    /// The hash that the group's frame names.
    #[must_use]
    pub const fn hash(&self) -> &Hash {
        &self.hash
    }

    /// The changes, in order.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }
}

/// The most bytes a group can have.
pub(super) const MAX_GROUP: usize = 16 * 1024 * 1024;

/// What the bytes at some place in a redo file are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A whole group, and how many bytes it has.
    Group(RedoGroup, usize),
    /// Only zeros: the end of the written part.
    End,
    /// Something else.
    Bad,
}

/// Writes the group into the buffer, in place of what it held, and returns its hash; `None` for one that is too long.
///
/// `magic 7 | format u8 | group u64 | payload length u32 | changes | SHA-256 of all before 32`, each change
/// `key length u16 | key | 0` for a deleted row or `key length u16 | key | 1 | revision u64 | value length u16 | value`,
/// big-endian.
pub(super) fn encode(group: u64, changes: &[Change], into: &mut Vec<u8>) -> Option<Hash> {
    into.clear();
    into.extend_from_slice(MAGIC);
    into.extend_from_slice(&group.to_be_bytes());
    into.extend_from_slice(&[0; 4]);
    for change in changes {
        encode_change(change, into)?;
    }
    let payload = u32::try_from(into.len().checked_sub(HEAD)?).ok()?;
    into.get_mut(HEAD - 4..HEAD)?.copy_from_slice(&payload.to_be_bytes());
    let hash = Hash::from(Sha256::digest(&into));
    into.extend_from_slice(&hash);
    (into.len() <= MAX_GROUP).then_some(hash)
}

/// Reads what the bytes begin with.
pub(super) fn read(bytes: &[u8]) -> Found {
    match parse(bytes) {
        Some((group, length)) => Found::Group(group, length),
        None if bytes.iter().all(|byte| *byte == 0) => Found::End,
        None => Found::Bad,
    }
}

/// Whether a whole group begins anywhere in the bytes.
pub(super) fn any_in(bytes: &[u8]) -> bool {
    let begins = bytes.windows(MAGIC.len()).enumerate().filter(|(_, window)| window == MAGIC);
    begins.map(|(at, _)| at).any(|at| bytes.get(at..).and_then(parse).is_some())
}

fn parse(bytes: &[u8]) -> Option<(RedoGroup, usize)> {
    let mut rest = bytes;
    if &take::<8>(&mut rest)? != MAGIC {
        return None;
    }
    let group = u64::from_be_bytes(take(&mut rest)?);
    let payload = usize::try_from(u32::from_be_bytes(take(&mut rest)?)).ok()?;
    let mut payload = take_slice(&mut rest, payload)?;
    let length = HEAD.checked_add(payload.len())?;
    let hash: Hash = take(&mut rest)?;
    if length > MAX_GROUP || Hash::from(Sha256::digest(bytes.get(..length)?)) != hash {
        return None;
    }
    let mut changes = Vec::new();
    while !payload.is_empty() {
        changes.push(parse_change(&mut payload)?);
    }
    Some((RedoGroup { group, hash, changes }, length.checked_add(hash.len())?))
}

fn encode_change(change: &Change, into: &mut Vec<u8>) -> Option<()> {
    let key = change.key().as_bytes();
    into.extend_from_slice(&u16::try_from(key.len()).ok()?.to_be_bytes());
    into.extend_from_slice(key);
    let Some(row) = change.row() else {
        into.push(DELETED);
        return Some(());
    };
    into.push(WRITTEN);
    into.extend_from_slice(&row.revision().0.to_be_bytes());
    into.extend_from_slice(&u16::try_from(row.value().len()).ok()?.to_be_bytes());
    into.extend_from_slice(row.value());
    Some(())
}

fn parse_change(rest: &mut &[u8]) -> Option<Change> {
    let key = u16::from_be_bytes(take(rest)?);
    let key = Key::from_bytes(take_slice(rest, key.into())?)?;
    match take(rest)? {
        [DELETED] => Some(Change::delete(key)),
        [WRITTEN] => {
            let revision = Revision(u64::from_be_bytes(take(rest)?));
            let value = u16::from_be_bytes(take(rest)?);
            let value = take_slice(rest, value.into())?.to_vec();
            Some(Change::put(key, Row::new(revision, value).ok()?))
        }
        _ => None,
    }
}

/// The last byte is the format.
const MAGIC: &[u8; 8] = b"FUBAKOR\x01";
/// Everything before the changes.
const HEAD: usize = 8 + 8 + 4;
const DELETED: u8 = 0;
const WRITTEN: u8 = 1;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    prop_compose! {
        fn changes()(name in "[a-z]{0,60}", row in option::of((any::<u64>(), vec(any::<u8>(), 0..200)))) -> Change {
            let key = Key::catalogue(&name);
            match row {
                Some((revision, value)) => Change::put(key, Row::new(Revision(revision), value).unwrap()),
                None => Change::delete(key),
            }
        }
    }

    proptest! {
        #[test]
        fn a_group_survives_its_bytes(group: u64, changes in vec(changes(), 0..20)) {
            let mut bytes = Vec::new();
            let hash = encode(group, &changes, &mut bytes).unwrap();
            let length = bytes.len();
            bytes.extend_from_slice(&[0; 50]);
            prop_assert_eq!(read(&bytes), Found::Group(RedoGroup { group, hash, changes }, length));
        }

        #[test]
        fn a_group_with_a_flipped_bit_is_bad(changes in vec(changes(), 0..5), at: prop::sample::Index) {
            let mut bytes = Vec::new();
            encode(7, &changes, &mut bytes).unwrap();
            let at = at.index(bytes.len() * 8);
            bytes[at / 8] ^= 1 << (at % 8);
            prop_assert_eq!(read(&bytes), Found::Bad);
        }

        #[test]
        fn bytes_that_are_no_group_are_bad(bytes in vec(1_u8.., 1..300)) {
            prop_assert_eq!(read(&bytes), Found::Bad);
            prop_assert!(!any_in(&bytes));
        }
    }

    #[test]
    fn a_whole_group_is_found_behind_a_torn_one() {
        let mut group = Vec::new();
        encode(7, &[Change::delete(Key::catalogue("a"))], &mut group).unwrap();
        let torn = [&group[..20], &group].concat();
        assert!(any_in(&torn));
        assert!(!any_in(&torn[..torn.len() - 1]));
    }
}
