//! The directory of a run's file: which keys each sealed block begins with, and by which tag it is known.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::ledger::index::header::{RunHeader, RunPlace};
use crate::ledger::journal::take::take;
use crate::ledger::varint;

/// A directory being written.
///
/// `segment u64 | next index u64 | ( key length | first key | sealed length | tag 16 )*`, the lengths as
/// [`varint`]s. Segment and next index are those of the header, which with them is under the directory's seal: the rest of
/// it is bound into that seal, or can have no other value. The tag, the end of a sealed block, tells it from one that was
/// sealed for the same place at another time.
#[derive(Default)]
pub(super) struct DirectoryDraft(Vec<u8>);

/// An opened directory.
pub(super) struct Directory {
    plain: Zeroizing<Vec<u8>>,
    blocks: Vec<Listed>,
}

/// A block, as the directory lists it.
pub(super) struct Listed {
    /// Its number, from 0.
    pub(super) number: u32,
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// How many bytes it has, sealed.
    pub(super) length: usize,
    tag: [u8; TAG],
    /// Where its first key is in the directory.
    key: Range<usize>,
}

impl DirectoryDraft {
    /// A directory without blocks.
    pub(super) fn new(place: &RunPlace) -> Self {
        Self([place.segment.to_be_bytes(), place.next_index.to_be_bytes()].concat())
    }

    /// Lists the next block.
    pub(super) fn list(&mut self, first_key: &[u8], sealed: &[u8]) {
        varint::write_slice(first_key, &mut self.0);
        varint::write(sealed.len() as u64, &mut self.0);
        self.0.extend_from_slice(tag(sealed).as_slice());
    }

    /// The directory's bytes, before they are sealed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Directory {
    /// Reads the opened directory of the file with that header; none if it is not that file's.
    pub(super) fn parse(plain: Zeroizing<Vec<u8>>, header: &RunHeader) -> Option<Self> {
        let whole = plain.as_slice();
        let mut rest = whole;
        let segment = u64::from_be_bytes(take(&mut rest)?);
        let next_index = u64::from_be_bytes(take(&mut rest)?);
        if (segment, next_index) != (header.place.segment, header.place.next_index) {
            return None;
        }
        let mut blocks = Vec::new();
        let mut offset = header.blocks_offset();
        for number in 0.. {
            if rest.is_empty() {
                break;
            }
            let key_length = varint::read_slice(&mut rest)?.len();
            let key_end = whole.len() - rest.len();
            let length = varint::read(&mut rest)?;
            let key = key_end - key_length..key_end;
            blocks.push(Listed { number, offset, length: usize::try_from(length).ok()?, tag: take(&mut rest)?, key });
            offset = offset.checked_add(length)?;
        }
        (offset == header.file_length()).then_some(Self { plain, blocks })
    }

    /// The block of that number.
    pub(super) fn block(&self, number: u32) -> Option<&Listed> {
        self.blocks.get(usize::try_from(number).ok()?)
    }

    /// The blocks that may list something under a key, in order.
    pub(super) fn blocks_with(&self, key: &[u8]) -> &[Listed] {
        let before = self.blocks.partition_point(|block| self.first_key(block) < key);
        let after = self.blocks.partition_point(|block| self.first_key(block) <= key);
        // The list may begin in the block before the first that begins with its key.
        self.blocks.get(before.saturating_sub(1)..after).unwrap_or_default()
    }

    /// The directory's bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.plain
    }

    fn first_key(&self, block: &Listed) -> &[u8] {
        self.plain.get(block.key.clone()).unwrap_or_default()
    }
}

impl Listed {
    /// Whether these are the bytes that were listed.
    pub(super) fn is(&self, sealed: &[u8]) -> bool {
        sealed.len() == self.length && tag(sealed) == self.tag
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("blocks", &self.blocks.len()).finish_non_exhaustive()
    }
}

fn tag(sealed: &[u8]) -> [u8; TAG] {
    sealed.last_chunk().copied().unwrap_or_default()
}

const TAG: usize = 16;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use fubako_keys::Month;
    use proptest::prelude::*;

    use crate::ledger::journal::JournalId;
    use crate::ledger::lifetime::Lifetime;
    use crate::model::ids::VaultId;

    fn header(blocks_length: u64) -> RunHeader {
        let id = JournalId { vault: VaultId([1; 16]), origin: [2; 16] };
        let month = Month::new(202_611).unwrap();
        let place = RunPlace { segment: 3, month, first_index: 40, next_index: 50 };
        RunHeader { directory_length: 100, blocks_length, ..RunHeader::new(id, Lifetime::Long, place) }
    }

    /// A directory of blocks of 30, 31, .. bytes with the given first keys.
    fn written(keys: &[&[u8]]) -> (DirectoryDraft, u64) {
        let header = header(0);
        let mut draft = DirectoryDraft::new(&header.place);
        let mut length = 0;
        for (key, at) in keys.iter().zip(0_u8..) {
            let sealed = vec![at; 30 + usize::from(at)];
            draft.list(key, &sealed);
            length += sealed.len() as u64;
        }
        (draft, length)
    }

    fn parse(bytes: &[u8], header: &RunHeader) -> Option<Directory> {
        Directory::parse(Zeroizing::new(bytes.to_vec()), header)
    }

    #[test]
    fn blocks_lie_one_behind_the_other_and_are_known_by_length_and_tag() {
        let (draft, length) = written(&[b"a", b"b"]);
        let directory = parse(draft.bytes(), &header(length)).unwrap();
        let blocks: Vec<_> = directory.blocks.iter().map(|block| (block.number, block.offset, block.length)).collect();
        assert_eq!(blocks, [(0, 219, 30), (1, 249, 31)]);
        let block = directory.block(0).unwrap();
        assert!(block.is(&[0; 30]));
        assert!(!block.is(&[0; 31]) && !block.is(&[1; 30]));
    }

    #[test]
    fn a_key_is_looked_for_in_every_block_that_may_list_it_and_in_no_other() {
        let (draft, length) = written(&[b"b", b"d", b"d", b"f"]);
        let directory = parse(draft.bytes(), &header(length)).unwrap();
        let looked_in = |key: &[u8]| directory.blocks_with(key).iter().map(|block| block.number).collect::<Vec<_>>();
        assert_eq!(looked_in(b"a"), [0; 0]);
        assert_eq!(looked_in(b"b"), [0]);
        assert_eq!(looked_in(b"c"), [0]);
        assert_eq!(looked_in(b"d"), [0, 1, 2]);
        assert_eq!(looked_in(b"e"), [2]);
        assert_eq!(looked_in(b"f"), [2, 3]);
        assert_eq!(looked_in(b"g"), [3]);
    }

    #[test]
    fn the_directory_of_another_segment_end_or_length_is_refused() {
        let (draft, length) = written(&[b"a"]);
        let ours = header(length);
        assert!(parse(draft.bytes(), &ours).is_some());
        let other_segment = RunHeader { place: RunPlace { segment: 4, ..ours.place }, ..ours.clone() };
        let other_end = RunHeader { place: RunPlace { next_index: 51, ..ours.place }, ..ours };
        for other in [other_segment, other_end, header(length - 1), header(length + 1)] {
            assert!(parse(draft.bytes(), &other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_cut_directory_is_refused() {
        let (draft, length) = written(&[b"a", b"bc"]);
        for cut in 0..draft.bytes().len() {
            assert!(parse(draft.bytes().split_at(cut).0, &header(length)).is_none(), "{cut}");
        }
    }

    #[test]
    fn debug_names_no_member() {
        let (draft, length) = written(&[b"\x01member"]);
        assert_eq!(format!("{:?}", parse(draft.bytes(), &header(length)).unwrap()), "Directory { blocks: 1, .. }");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(after: Vec<u8>, length: u64) {
            let bytes = [written(&[]).0.bytes(), &after].concat();
            let _ = parse(&bytes, &header(length));
            let _ = parse(&after, &header(length));
        }
    }
}
