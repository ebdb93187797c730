//! The right edge of a tree: of each level the hashes that no hash of the level above covers yet; enough for its root.

use crate::ledger::merkle::{self, Hash, LEVEL_WIDTH};

/// The edge of a tree that grows leaf by leaf.
#[derive(Debug, Default)]
pub(in crate::ledger) struct Edge {
    /// Fewer than 256 hashes a level.
    levels: Vec<Vec<Hash>>,
    size: u64,
}

impl Edge {
    /// The edge of a tree of that size, given the hashes of each level that are not covered by the one above.
    pub(super) fn of(size: u64, levels: Vec<Vec<Hash>>) -> Self {
        Self { levels, size }
    }

    /// How many leaves there are.
    pub(in crate::ledger) const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; `added` is told every hash that some level gets by it, the leaf's own first.
    pub(in crate::ledger) fn push(&mut self, leaf: Hash, mut added: impl FnMut(usize, Hash)) {
        self.size += 1;
        let mut carried = Some(leaf);
        let mut number = 0;
        while let Some(hash) = carried {
            added(number, hash);
            carried = self.add(number, hash);
            number += 1;
        }
    }

    /// The root over all leaves.
    pub(in crate::ledger) fn root(&self) -> Hash {
        let edge = self.levels.iter().fold(None, |right, level| merkle::fold(subtrees(level), right));
        edge.unwrap_or_else(merkle::empty_root)
    }

    /// Adds a hash to a level; the 256th makes one of the level above.
    fn add(&mut self, number: usize, hash: Hash) -> Option<Hash> {
        if number == self.levels.len() {
            self.levels.push(Vec::new());
        }
        let level = self.levels.get_mut(number)?;
        level.push(hash);
        (level.len() as u64 == LEVEL_WIDTH).then(|| std::mem::take(level)).and_then(merkle::whole_root)
    }
}

/// The roots of the whole subtrees that neighbouring hashes, fewer than 256, come to; from the largest to the smallest.
fn subtrees(hashes: &[Hash]) -> impl DoubleEndedIterator<Item = Hash> {
    let mut rest = hashes;
    let mut roots = Vec::new();
    let mut width = usize::try_from(LEVEL_WIDTH / 2).unwrap_or(0);
    while width > 0 {
        if let Some((whole, after)) = rest.split_at_checked(width) {
            roots.extend(merkle::whole_root(whole.to_vec()));
            rest = after;
        }
        width /= 2;
    }
    roots.into_iter()
}
