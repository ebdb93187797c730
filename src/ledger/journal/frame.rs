//! The bytes of a frame: one commit group's entries, sealed by the caller, chained to the frame before.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::ledger::journal::Hash;
use crate::ledger::journal::take::{take, take_slice};

/// What the caller gives for one frame; index, chain and hash are the journal's.
#[derive(Clone, PartialEq, Eq)]
pub struct FrameDraft {
    /// The commit group; greater than that of the frame before.
    pub group: u64,
    /// How many entries the parts hold together; at least one.
    pub entries: u32,
    /// When the group was committed.
    pub time: Timestamp,
    /// The hash of the group's redo, if it changes rows.
    pub redo: Option<Hash>,
    /// The sealed parts: one or two, each kind at most once, in the order of their numbers.
    pub parts: Vec<(PartKind, Vec<u8>)>,
}

/// Under which key a part is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// The ledger key of the segment's month.
    Month,
    /// The long-lived ledger key.
    LongLived,
}

/// The fields of a frame apart from its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) group: u64,
    pub(super) first_index: u64,
    pub(super) entries: u32,
    pub(super) time: Timestamp,
    pub(super) redo: Option<Hash>,
    pub(super) previous: Hash,
    pub(super) hash: Hash,
}

/// The sealed parts of a frame, still where they were read.
pub(super) type Parts<'a> = Vec<(PartKind, &'a [u8])>;

/// What is wrong with the bytes where a frame should stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameFault {
    /// The length is none a frame can have, or the file ends before it.
    #[error("no frame has that length here")]
    Length,
    /// There are bytes after the end of the written part.
    #[error("bytes after the end of the written part")]
    Leftover,
    /// The length fits, but the fields inside don't.
    #[error("fields that are no frame's")]
    Shape,
    /// The frame's hash is not that of its bytes.
    #[error("bytes that differ from the frame's hash")]
    Hash,
    /// A whole frame that names another frame as the one before it.
    #[error("a frame that belongs elsewhere")]
    Chain,
    /// A whole frame whose index or group does not follow.
    #[error("a frame whose index or group does not follow")]
    Sequence,
}

/// The draft has no entry or no part, or its parts are not one of each kind in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a frame has at least one entry, and one part of each kind at most, in order")]
pub struct InvalidDraft;

/// The most bytes a frame can have.
pub const MAX_FRAME: usize = 4 * 1024 * 1024;

/// How many bytes of a frame are needed for [`peek`].
pub(super) const PEEK: usize = 4 + 8 + 8 + 4 + 8;
/// How many bytes of a frame are needed for [`is_plausible`].
pub(super) const FRONT: usize = FIXED + PART_HEAD;

impl FrameDraft {
    /// How many bytes the frame will have.
    pub(super) fn length(&self) -> usize {
        let parts = self.parts.iter().map(|(_, sealed)| sealed.len().saturating_add(PART_HEAD));
        parts.fold(FIXED + HASH, usize::saturating_add)
    }

    /// Writes the frame into the buffer, in place of what it held, and returns the frame's hash.
    ///
    /// `length u32 | group u64 | first index u64 | entries u32 | time i64 (micros) | redo hash 32 (zeros: none) | previous
    /// hash 32 | part count u8 | parts (kind u8 | length u32 | sealed bytes) | SHA-256 of all before 32`, big-endian.
    pub(super) fn encode(&self, first_index: u64, previous: &Hash, into: &mut Vec<u8>) -> Result<Hash, InvalidDraft> {
        let in_order = self.parts.iter().zip(self.parts.iter().skip(1)).all(|((a, _), (b, _))| a < b);
        if self.entries == 0 || self.parts.is_empty() || !in_order {
            return Err(InvalidDraft);
        }
        into.clear();
        into.extend_from_slice(&length_of(self.length())?);
        into.extend_from_slice(&self.group.to_be_bytes());
        into.extend_from_slice(&first_index.to_be_bytes());
        into.extend_from_slice(&self.entries.to_be_bytes());
        into.extend_from_slice(&self.time.as_microsecond().to_be_bytes());
        into.extend_from_slice(&self.redo.unwrap_or(NO_REDO));
        into.extend_from_slice(previous);
        into.push(u8::try_from(self.parts.len()).map_err(|_| InvalidDraft)?);
        for (kind, sealed) in &self.parts {
            into.push(kind.number());
            into.extend_from_slice(&length_of(sealed.len())?);
            into.extend_from_slice(sealed);
        }
        let hash = Hash::from(Sha256::digest(&into));
        into.extend_from_slice(&hash);
        Ok(hash)
    }
}

impl fmt::Debug for FrameDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrameDraft(group {}, {} entries)", self.group, self.entries)
    }
}

impl PartKind {
    /// The number that stands for it in a frame.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Month => 1,
            Self::LongLived => 2,
        }
    }

    const fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Month),
            2 => Some(Self::LongLived),
            _ => None,
        }
    }
}

impl FrameFault {
    /// Whether a whole frame with a right hash stands there, only not the one that should: no torn write does that.
    pub(super) const fn is_whole_frame(self) -> bool {
        matches!(self, Self::Chain | Self::Sequence)
    }
}

/// The length a frame declares in its first four bytes, if a frame can have it.
pub(super) fn declared_length(bytes: &[u8]) -> Option<usize> {
    let length = usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    (FIXED + PART_HEAD + HASH..=MAX_FRAME).contains(&length).then_some(length)
}

/// What a frame's first [`PEEK`] bytes say of it, unchecked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Peek {
    pub(super) length: u64,
    pub(super) group: u64,
    pub(super) first_index: u64,
    /// The index after its last entry.
    pub(super) next_index: u64,
    pub(super) time: Timestamp,
}

/// Reads length, indexes and time of a frame without its hash, for finding a way through frames that are checked later.
pub(super) fn peek(mut bytes: &[u8]) -> Option<Peek> {
    let length = u64::try_from(declared_length(bytes)?).ok()?;
    let _length: [u8; 4] = take(&mut bytes)?;
    let (group, first_index) = (u64::from_be_bytes(take(&mut bytes)?), u64::from_be_bytes(take(&mut bytes)?));
    let next_index = first_index.checked_add(u64::from(u32::from_be_bytes(take(&mut bytes)?)))?;
    let time = Timestamp::from_microsecond(i64::from_be_bytes(take(&mut bytes)?)).ok()?;
    Some(Peek { length, group, first_index, next_index, time })
}

/// Whether a frame could begin with these [`FRONT`] bytes: cheap, and true of hardly any that don't.
pub(super) fn is_plausible(front: &[u8]) -> bool {
    let room = declared_length(front).and_then(|length| length.checked_sub(FIXED + PART_HEAD + HASH));
    let part = front.split_at_checked(FIXED - 1).and_then(|(_, mut part)| {
        let [count, kind] = take(&mut part)?;
        PartKind::of(kind)?;
        Some((count, usize::try_from(u32::from_be_bytes(take(&mut part)?)).ok()?))
    });
    match (room, part) {
        (Some(room), Some((1, length))) => length == room,
        (Some(room), Some((2, length))) => length.saturating_add(PART_HEAD) <= room,
        _ => false,
    }
}

/// Reads one frame of exactly these bytes, and its sealed parts.
pub(super) fn parse(bytes: &[u8]) -> Result<(Head, Parts<'_>), FrameFault> {
    let (covered, hash) = split_hash(bytes)?;
    if Hash::from(Sha256::digest(covered)) != *hash {
        return Err(FrameFault::Hash);
    }
    fields(covered, *hash).ok_or(FrameFault::Shape)
}

/// The same, without a look at the hash: for whoever opens every part, whose seal says all that the hash would of them.
pub(super) fn parse_unhashed(bytes: &[u8]) -> Result<(Head, Parts<'_>), FrameFault> {
    let (covered, hash) = split_hash(bytes)?;
    fields(covered, *hash).ok_or(FrameFault::Shape)
}

/// A frame of exactly these bytes as what its hash covers, and the hash.
fn split_hash(bytes: &[u8]) -> Result<(&[u8], &Hash), FrameFault> {
    let whole = declared_length(bytes) == Some(bytes.len());
    bytes.split_last_chunk::<HASH>().filter(|_| whole).ok_or(FrameFault::Length)
}

fn fields(covered: &[u8], hash: Hash) -> Option<(Head, Parts<'_>)> {
    let (_length, mut rest) = covered.split_first_chunk::<4>()?;
    let head = Head {
        group: u64::from_be_bytes(take(&mut rest)?),
        first_index: u64::from_be_bytes(take(&mut rest)?),
        entries: u32::from_be_bytes(take(&mut rest)?),
        time: Timestamp::from_microsecond(i64::from_be_bytes(take(&mut rest)?)).ok()?,
        redo: Some(take(&mut rest)?).filter(|hash| *hash != NO_REDO),
        previous: take(&mut rest)?,
        hash,
    };
    let [count] = take(&mut rest)?;
    let mut parts: Parts<'_> = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let [kind] = take(&mut rest)?;
        let kind = PartKind::of(kind).filter(|kind| parts.last().is_none_or(|(last, _)| last < kind))?;
        let length = usize::try_from(u32::from_be_bytes(take(&mut rest)?)).ok()?;
        parts.push((kind, take_slice(&mut rest, length)?));
    }
    (rest.is_empty() && head.entries > 0 && !parts.is_empty()).then_some((head, parts))
}

fn length_of(length: usize) -> Result<[u8; 4], InvalidDraft> {
    u32::try_from(length).map(u32::to_be_bytes).map_err(|_| InvalidDraft)
}

const HASH: usize = 32;
const NO_REDO: Hash = [0; HASH];
/// Everything before the first part.
const FIXED: usize = 4 + 8 + 8 + 4 + 8 + HASH + HASH + 1;
/// Kind and length of a part.
const PART_HEAD: usize = 5;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    use proptest::array::uniform32;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    fn parts() -> impl Strategy<Value = Vec<(PartKind, Vec<u8>)>> {
        let sealed = || vec(any::<u8>(), 0..300);
        prop_oneof![
            sealed().prop_map(|month| vec![(PartKind::Month, month)]),
            sealed().prop_map(|long| vec![(PartKind::LongLived, long)]),
            (sealed(), sealed()).prop_map(|(a, b)| vec![(PartKind::Month, a), (PartKind::LongLived, b)]),
        ]
    }

    prop_compose! {
        fn drafts()(
            group: u64, entries in 1_u32.., micros in 0_i64..4_000_000_000_000_000,
            redo in option::of(uniform32(1_u8..)), parts in parts(),
        ) -> FrameDraft {
            FrameDraft { group, entries, time: Timestamp::from_microsecond(micros).unwrap(), redo, parts }
        }
    }

    fn entries_of(draft: &FrameDraft) -> u64 {
        draft.entries.into()
    }

    proptest! {
        #[test]
        fn a_frame_survives_its_bytes(draft in drafts(), first_index: u64, previous: [u8; 32]) {
            let mut bytes = vec![9; 3];
            let hash = draft.encode(first_index, &previous, &mut bytes).unwrap();
            prop_assert_eq!(bytes.len(), draft.length());
            prop_assert!(is_plausible(&bytes[..FRONT]));
            let seen = peek(&bytes[..PEEK]);
            let next_index = first_index.checked_add(entries_of(&draft));
            let length = u64::try_from(bytes.len()).unwrap();
            let FrameDraft { group, time, .. } = draft;
            prop_assert_eq!(seen, next_index.map(|next_index| Peek { length, group, first_index, next_index, time }));
            let (head, parts) = parse(&bytes).unwrap();
            let FrameDraft { group, entries, time, redo, .. } = draft;
            prop_assert_eq!(head, Head { group, first_index, entries, time, redo, previous, hash });
            let parts: Vec<_> = parts.into_iter().map(|(kind, sealed)| (kind, sealed.to_vec())).collect();
            prop_assert_eq!(parts, draft.parts);
        }

        #[test]
        fn a_frame_with_a_flipped_bit_is_refused(draft in drafts(), at: prop::sample::Index) {
            let mut bytes = Vec::new();
            draft.encode(7, &[1; 32], &mut bytes).unwrap();
            let at = at.index(bytes.len() * 8);
            bytes[at / 8] ^= 1 << (at % 8);
            prop_assert!(parse(&bytes).is_err());
        }

        #[test]
        fn bytes_that_are_no_frame_are_refused(bytes in vec(any::<u8>(), 0..400)) {
            prop_assert!(parse(&bytes).is_err());
        }
    }

    #[test]
    fn drafts_no_frame_can_hold_are_refused() {
        let draft = |entries, kinds: &[PartKind]| FrameDraft {
            group: 1,
            entries,
            time: Timestamp::UNIX_EPOCH,
            redo: None,
            parts: kinds.iter().map(|kind| (*kind, vec![1])).collect(),
        };
        let (month, long) = (PartKind::Month, PartKind::LongLived);
        for wrong in [draft(0, &[month]), draft(1, &[]), draft(1, &[month, month]), draft(1, &[long, month])] {
            assert_eq!(wrong.encode(0, &[0; 32], &mut Vec::new()), Err(InvalidDraft));
        }
    }
}
