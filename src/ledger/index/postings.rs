//! Postings: for each key the entries listed under it, in memory, and the blocks they are sealed in.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use foldhash::quality::RandomState;

use crate::ledger::index::term::{Kind, write_key};
use crate::ledger::varint;

/// The entries listed under each key, as offsets from the first entry of a run, rising.
///
/// Nearly every entry is about another member, and the names are few: members are only noted, and sorted at the end, since
/// a table of them would be most of what indexing costs. To look one up is to go through them all, a millisecond in a
/// full run.
#[derive(Default)]
pub(super) struct Postings {
    /// The members, each with an entry; the offsets rise.
    members: Vec<(MemberBytes, u32)>,
    /// Under all other keys.
    names: HashMap<Box<[u8]>, Vec<u32>, RandomState>,
    /// The key being looked up, so that adding to a list allocates nothing.
    key: Vec<u8>,
}

/// A stretch of the postings, sorted by key; a block is opened at once.
///
/// `( key length | key | gaps length | gap* )*`, each number as a [`varint`]. The first gap is the offset itself, the others
/// what is added to the offset before. A list that does not fit goes on in the next block under the same key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The first key in it.
    pub(super) first_key: Vec<u8>,
    /// Its bytes, before they are sealed.
    pub(super) plain: Vec<u8>,
}

impl Postings {
    /// Lists an entry under a term; its offset is greater than those added before.
    pub(super) fn add(&mut self, kind: Kind, term: &[u8], offset: u32) {
        self.key.clear();
        write_key(kind, term, &mut self.key);
        if let Some(member) = member(&self.key) {
            self.members.push((member, offset));
        } else if let Some(list) = self.names.get_mut(self.key.as_slice()) {
            list.push(offset);
        } else {
            self.names.insert(self.key.as_slice().into(), vec![offset]);
        }
    }

    /// The entries listed under a key.
    pub(super) fn list(&self, key: &[u8]) -> Cow<'_, [u32]> {
        match member(key) {
            Some(member) => self.members.iter().filter(|(id, _)| *id == member).map(|(_, offset)| *offset).collect(),
            None => self.names.get(key).map(Vec::as_slice).unwrap_or_default().into(),
        }
    }

    /// The blocks, in order. The same postings always give the same blocks.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut members = self.members.clone();
        members.sort_unstable();
        let mut names: Vec<(&[u8], &[u32])> = self.names.iter().map(|(key, list)| (&**key, list.as_slice())).collect();
        names.sort_unstable_by_key(|(key, _)| *key);
        let mut blocks = Blocks::default();
        let mut offsets = Vec::new();
        // The kind of members comes first, and none but them is of it.
        for entries in members.chunk_by(|(one, _), (other, _)| one == other) {
            offsets.clear();
            offsets.extend(entries.iter().map(|(_, offset)| *offset));
            let id = entries.first().map(|(id, _)| *id).unwrap_or_default();
            blocks.list(&[&[Kind::Member as u8], id.as_slice()].concat(), &offsets);
        }
        for (key, offsets) in names {
            blocks.list(key, offsets);
        }
        blocks.end()
    }
}

/// Blocks being written; lists come in the order of their keys.
#[derive(Default)]
struct Blocks {
    full: Vec<Block>,
    open: Option<Block>,
    gaps: Vec<u8>,
}

impl Blocks {
    fn list(&mut self, key: &[u8], mut offsets: &[u32]) {
        while !offsets.is_empty() {
            let new = || Block { first_key: key.to_vec(), plain: Vec::new() };
            let mut block = self.open.take().unwrap_or_else(new);
            offsets = write_gaps(offsets, BLOCK_BYTES.saturating_sub(block.plain.len()), &mut self.gaps);
            varint::write_slice(key, &mut block.plain);
            varint::write_slice(&self.gaps, &mut block.plain);
            if block.plain.len() < BLOCK_BYTES {
                self.open = Some(block);
            } else {
                self.full.push(block);
            }
        }
    }

    fn end(mut self) -> Vec<Block> {
        self.full.extend(self.open);
        self.full
    }
}

impl fmt::Debug for Postings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postings")
            .field("members", &self.members.len())
            .field("names", &self.names.len())
            .finish_non_exhaustive()
    }
}

/// The member whose key it is.
fn member(key: &[u8]) -> Option<MemberBytes> {
    let (kind, id) = key.split_first()?;
    (*kind == Kind::Member as u8).then_some(id.try_into().ok()?)
}

/// Appends the offsets that a block lists under a key; none if the bytes are no block, or do not rise above those before.
pub(super) fn search_block(mut block: &[u8], key: &[u8], offsets: &mut Vec<u32>) -> Option<()> {
    while !block.is_empty() {
        let listed = varint::read_slice(&mut block)?;
        let gaps = varint::read_slice(&mut block)?;
        if listed == key {
            return read_gaps(gaps, offsets);
        }
        if listed > key {
            break;
        }
    }
    Some(())
}

/// The entries that are in the lists of all keys; none of them, if there is no key.
pub(super) fn common<'a, E>(
    keys: &[Vec<u8>],
    mut list: impl FnMut(&[u8]) -> Result<Cow<'a, [u32]>, E>,
) -> Result<Vec<u32>, E> {
    let Some((first, others)) = keys.split_first() else {
        return Ok(Vec::new());
    };
    let mut found = list(first)?.into_owned();
    for key in others {
        if found.is_empty() {
            break;
        }
        let list = list(key)?;
        let mut rest = list.iter().copied().peekable();
        found.retain(|offset| {
            while rest.next_if(|other| other < offset).is_some() {}
            rest.next_if_eq(offset).is_some()
        });
    }
    Ok(found)
}

/// Puts gaps for at least one offset, and about as many as there is room for, in place of those before; the offsets left.
fn write_gaps<'a>(mut offsets: &'a [u32], room: usize, gaps: &mut Vec<u8>) -> &'a [u32] {
    gaps.clear();
    let mut previous = 0;
    while let Some((offset, rest)) = offsets.split_first() {
        varint::write(offset.saturating_sub(previous).into(), gaps);
        previous = *offset;
        offsets = rest;
        if gaps.len() >= room {
            break;
        }
    }
    offsets
}

fn read_gaps(mut gaps: &[u8], offsets: &mut Vec<u32>) -> Option<()> {
    let mut next = 0_u32;
    while !gaps.is_empty() {
        let gap = u32::try_from(varint::read(&mut gaps)?).ok()?;
        next = next.checked_add(gap)?;
        if offsets.last().is_some_and(|last| *last >= next) {
            return None;
        }
        offsets.push(next);
    }
    Some(())
}

/// A member's id.
type MemberBytes = [u8; 16];

/// A block is closed when it has so many bytes: small enough to be opened for one list, large enough to make few of them.
const BLOCK_BYTES: usize = 8 * 1024;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    fn postings(lists: &BTreeMap<Vec<u8>, BTreeSet<u32>>) -> Postings {
        let mut postings = Postings::default();
        for (term, offsets) in lists {
            for offset in offsets {
                postings.add(Kind::Caller, term, *offset);
            }
        }
        postings
    }

    fn key(term: &[u8]) -> Vec<u8> {
        [&[3], term].concat()
    }

    /// What the blocks list under a key.
    fn listed(blocks: &[Block], key: &[u8]) -> Vec<u32> {
        let mut offsets = Vec::new();
        for block in blocks {
            search_block(&block.plain, key, &mut offsets).unwrap();
        }
        offsets
    }

    proptest! {
        #[test]
        fn every_list_survives_its_blocks_and_no_other_is_found(
            members in prop::collection::btree_map(
                any::<[u8; 16]>(), prop::collection::btree_set(any::<u32>(), 1..5), 0..600,
            ),
            lists in prop::collection::btree_map(
                prop::collection::vec(any::<u8>(), 0..4), prop::collection::btree_set(any::<u32>(), 1..20), 0..30,
            ),
            absent in prop::collection::vec(any::<u8>(), 0..4),
        ) {
            let mut postings = postings(&lists);
            for (member, offset) in members.iter().flat_map(|(id, offsets)| offsets.iter().map(move |at| (id, *at))) {
                postings.add(Kind::Member, member, offset);
            }
            let blocks = postings.blocks();
            prop_assert!(blocks.is_sorted_by_key(|block| &block.first_key));
            for (member, offsets) in &members {
                let key = [&[1], member.as_slice()].concat();
                prop_assert_eq!(listed(&blocks, &key), offsets.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!(postings.list(&key).into_owned(), offsets.iter().copied().collect::<Vec<_>>());
            }
            for (term, offsets) in &lists {
                prop_assert_eq!(listed(&blocks, &key(term)), offsets.iter().copied().collect::<Vec<_>>());
            }
            if !lists.contains_key(&absent) {
                prop_assert!(listed(&blocks, &key(&absent)).is_empty());
            }
        }

        #[test]
        fn no_bytes_make_the_search_panic(bytes: Vec<u8>, key in prop::collection::vec(any::<u8>(), 0..2)) {
            let _ = search_block(&bytes, &key, &mut Vec::new());
        }

        #[test]
        fn entries_in_all_lists_are_those_in_their_intersection(
            lists in prop::collection::vec(prop::collection::btree_set(0_u32..40, 0..30), 1..4),
        ) {
            let keys: Vec<Vec<u8>> = (0..).map(|at| vec![at]).take(lists.len()).collect();
            let list = |key: &[u8]| {
                let list: Vec<u32> = lists[usize::from(key[0])].iter().copied().collect();
                Ok::<_, ()>(Cow::from(list))
            };
            let in_all = (0..40).filter(|offset| lists.iter().all(|list| list.contains(offset)));
            prop_assert_eq!(common(&keys, list), Ok(in_all.collect()));
        }
    }

    #[test]
    fn a_list_longer_than_a_block_goes_on_in_the_next() {
        let all: BTreeSet<u32> = (0..100_000).collect();
        let lists = [(b"a".to_vec(), [5].into()), (b"b".to_vec(), all.clone()), (b"c".to_vec(), [7].into())].into();
        let blocks = postings(&lists).blocks();
        assert!((12..=15).contains(&blocks.len()), "{}", blocks.len());
        assert!(blocks.iter().all(|block| block.plain.len() < BLOCK_BYTES + 20));
        assert_eq!(listed(&blocks, &key(b"b")), all.into_iter().collect::<Vec<_>>());
        assert_eq!(listed(&blocks, &key(b"c")), [7]);
    }

    #[test]
    fn a_name_longer_than_a_block_lies_whole_in_one() {
        let long = vec![b'x'; BLOCK_BYTES + 1];
        let all: BTreeSet<u32> = (0..4_000).map(|at| at * 700_000).collect();
        let lists = [(b"a".to_vec(), [1].into()), (long.clone(), all.clone()), (b"z".to_vec(), [2].into())].into();
        let blocks = postings(&lists).blocks();
        assert_eq!(listed(&blocks, &key(&long)), all.into_iter().collect::<Vec<_>>());
        assert_eq!(listed(&blocks, &key(b"z")), [2]);
    }

    #[test]
    fn the_same_postings_give_the_same_blocks_in_whatever_order_their_terms_came() {
        let (mut one, mut other) = (Postings::default(), Postings::default());
        for offset in 0..500_u32 {
            let terms = [(Kind::Caller, offset % 7), (Kind::Purpose, offset % 3)];
            for (kind, term) in terms {
                one.add(kind, &term.to_be_bytes(), offset);
            }
            for (kind, term) in terms.into_iter().rev() {
                other.add(kind, &term.to_be_bytes(), offset);
            }
        }
        assert_eq!(one.blocks(), other.blocks());
    }

    #[test]
    fn a_list_that_does_not_rise_is_refused() {
        let block = [1, b'k', 2, 5, 0];
        assert_eq!(search_block(&block, b"k", &mut Vec::new()), None);
        assert_eq!(search_block(&[1, b'k', 1, 5], b"k", &mut vec![5]), None);
    }

    #[test]
    fn debug_names_no_member() {
        let mut postings = Postings::default();
        postings.add(Kind::Member, &[0xab; 16], 0);
        assert_eq!(format!("{postings:?}"), "Postings { members: 1, names: 0, .. }");
    }
}
