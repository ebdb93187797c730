//! The inside of a journal frame: the entries of one commit group, as the two parts that are sealed.

use std::ops::Range;

use crate::ledger::draft::Draft;
use crate::ledger::entry::Beside;
use crate::ledger::lifetime::Lifetime;
use crate::model::ids::MemberId;

/// One entry as it lies in a frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FramedEntry {
    /// Its place in the frame, from 0.
    pub offset: u16,
    /// Where the leaf's bytes are in the part.
    pub leaf: Range<usize>,
    /// Who it is about.
    pub beside: Option<Beside>,
}

/// The part's bytes are not what this vault writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame's part is malformed")]
pub struct MalformedPart;

/// Writes the plaintext of the part with that lifetime in place of what the buffer held; nothing when no draft has it.
///
/// Each entry: `offset u16 | leaf length u32 | leaf | beside u8 | member id 16, salt 16 if beside is 1`, big-endian.
pub fn encode_part(drafts: &[Draft], lifetime: Lifetime, bytes: &mut Vec<u8>) {
    let with_lifetime = || (0_u16..).zip(drafts).filter(|(_, draft)| draft.lifetime() == lifetime);
    bytes.clear();
    bytes.reserve(with_lifetime().map(|(_, draft)| draft.leaf().len() + BESIDE_LEAF).sum());
    for (offset, draft) in with_lifetime() {
        let length = u32::try_from(draft.leaf().len()).unwrap_or(u32::MAX);
        bytes.extend(offset.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        bytes.extend(draft.leaf());
        bytes.push(u8::from(draft.beside().is_some()));
        if let Some(beside) = draft.beside() {
            bytes.extend(beside.member.as_bytes());
            bytes.extend(beside.salt);
        }
    }
}

/// The entries of a part.
pub fn decode_part(part: &[u8]) -> Result<Vec<FramedEntry>, MalformedPart> {
    let mut bytes = part;
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let offset = u16::from_be_bytes(take(&mut bytes)?);
        let length = u32::from_be_bytes(take(&mut bytes)?);
        let length = usize::try_from(length).map_err(|_| MalformedPart)?;
        let start = part.len() - bytes.len();
        let (_, rest) = bytes.split_at_checked(length).ok_or(MalformedPart)?;
        bytes = rest;
        let beside = match take(&mut bytes)? {
            [0] => None,
            [1] => Some(Beside { member: MemberId::from_bytes(take(&mut bytes)?), salt: take(&mut bytes)? }),
            _ => return Err(MalformedPart),
        };
        entries.push(FramedEntry { offset, leaf: start..start + length, beside });
    }
    Ok(entries)
}

/// The most bytes beside a leaf: offset, length, whether a name follows, the name.
const BESIDE_LEAF: usize = 2 + 4 + 1 + 32;

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], MalformedPart> {
    let (head, rest) = bytes.split_first_chunk().ok_or(MalformedPart)?;
    *bytes = rest;
    Ok(*head)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::entry::{Entry, RANDOM_BYTES};
    use crate::ledger::event::Event;

    fn draft(event: Event, member: Option<u8>) -> Draft {
        let entry = Entry::new(event, "shop", Timestamp::UNIX_EPOCH, &[3; RANDOM_BYTES]);
        match member {
            Some(byte) => Draft::new(entry.about(MemberId::from_bytes([byte; 16]))),
            None => Draft::new(entry),
        }
    }

    fn part_of(drafts: &[Draft], lifetime: Lifetime) -> Vec<u8> {
        let mut part = b"of the group before".to_vec();
        encode_part(drafts, lifetime, &mut part);
        part
    }

    #[test]
    fn each_entry_lies_in_the_part_of_its_lifetime() {
        let drafts = [draft(Event::Released, Some(1)), draft(Event::Erased, Some(2)), draft(Event::Started, None)];
        let offsets = |lifetime| {
            decode_part(&part_of(&drafts, lifetime)).map(|entries| entries.iter().map(|e| e.offset).collect())
        };
        assert_eq!(offsets(Lifetime::Retention), Ok(vec![0, 2]));
        assert_eq!(offsets(Lifetime::Long), Ok(vec![1]));
    }

    #[test]
    fn a_leaf_is_found_where_it_lies() {
        let drafts = [draft(Event::Released, Some(1)), draft(Event::Released, None)];
        let part = part_of(&drafts, Lifetime::Retention);
        let entries = decode_part(&part).unwrap_or_default();
        let leaves: Vec<_> = entries.into_iter().map(|entry| part.get(entry.leaf)).collect();
        assert_eq!(leaves, drafts.each_ref().map(|draft| Some(draft.leaf())));
    }

    #[test]
    fn a_part_cut_anywhere_is_refused() {
        let bytes = part_of(&[draft(Event::Released, Some(1))], Lifetime::Retention);
        for length in 1..bytes.len() {
            assert_eq!(decode_part(bytes.get(..length).unwrap_or_default()), Err(MalformedPart), "{length}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>) {
            let _ = decode_part(&bytes);
        }
    }
}
