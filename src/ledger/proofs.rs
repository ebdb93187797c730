//! Proofs: what the ledger can show of itself, up to its last checkpoint.

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::watch;

use crate::ledger::checkpoint::SignedCheckpoint;
use crate::ledger::merkle::{Hash, LEVEL_WIDTH, StoredHashes};
use crate::ledger::tree::{TreeError, TreeReader, hashes_of_level};

/// Shows what is in the ledger; cheap to clone.
#[derive(Debug, Clone)]
pub struct Proofs {
    tree: TreeReader,
    latest: watch::Receiver<Arc<SignedCheckpoint>>,
}

/// Why there is no such proof.
#[derive(Debug, Error)]
pub enum ProofError {
    /// The entry is not in the tree of that size.
    #[error("entry {index} is not in the tree of size {size}")]
    NotIncluded {
        /// The entry's index.
        index: u64,
        /// The tree's size.
        size: u64,
    },
    /// No checkpoint covers so many entries.
    #[error("a tree of size {size} is beyond the last checkpoint, which covers {covered} entries")]
    BeyondCheckpoint {
        /// The size asked for.
        size: u64,
        /// What the last checkpoint covers.
        covered: u64,
    },
    /// The tree's files do not come to what was signed: they were changed since.
    #[error("the tree does not lead from entry {index} to the root that the checkpoint of size {size} signs")]
    Unproved {
        /// The entry's index.
        index: u64,
        /// The tree's size.
        size: u64,
    },
    /// The sizes are in the wrong order.
    #[error("the tree of size {old} is not the beginning of one of size {new}: it is larger")]
    SizesReversed {
        /// The size that should be the smaller.
        old: u64,
        /// The size that should be the larger.
        new: u64,
    },
    /// There is no such tile.
    #[error("there is no tile {index} of {width} hashes on level {level}")]
    NoTile {
        /// The level.
        level: u32,
        /// The tile's index in it.
        index: u64,
        /// How many hashes it should have.
        width: u64,
    },
    /// The tree could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Nothing makes checkpoints any more.
    #[error("no checkpoint will cover entry {index}: the ledger is closing")]
    Closing {
        /// The entry's index.
        index: u64,
    },
}

impl Proofs {
    pub(super) const fn new(tree: TreeReader, latest: watch::Receiver<Arc<SignedCheckpoint>>) -> Self {
        Self { tree, latest }
    }

    /// The last checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> Arc<SignedCheckpoint> {
        Arc::clone(&self.latest.borrow())
    }

    /// The first checkpoint from now on that covers an entry; a durable entry waits about half a second for it.
    pub async fn covering(&self, index: u64) -> Result<Arc<SignedCheckpoint>, ProofError> {
        let mut latest = self.latest.clone();
        let covering = latest.wait_for(|checkpoint| checkpoint.checkpoint().size > index).await;
        covering.map(|checkpoint| Arc::clone(&checkpoint)).map_err(|_| ProofError::Closing { index })
    }

    /// The inclusion proof of an entry in the tree of a size no checkpoint is short of (RFC 6962, 2.1.1).
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
        self.check_size(size)?;
        if index >= size {
            return Err(ProofError::NotIncluded { index, size });
        }
        Ok(self.tree.inclusion(index, size)?)
    }

    /// The consistency proof between two sizes no checkpoint is short of (RFC 6962, 2.1.2).
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, ProofError> {
        self.check_size(new)?;
        if old > new {
            return Err(ProofError::SizesReversed { old, new });
        }
        Ok(self.tree.consistency(old, new)?)
    }

    /// The leaf hashes of neighbouring entries a checkpoint covers.
    pub fn leaf_hashes(&self, first: u64, count: u64) -> Result<Vec<Hash>, ProofError> {
        self.check_size(first.saturating_add(count))?;
        Ok(self.tree.read(0, first, count)?)
    }

    /// A tile of 1 to 256 hashes (C2SP `tlog-tiles`), as far as the last checkpoint covers it.
    pub fn tile(&self, level: u32, index: u64, width: u64) -> Result<Vec<Hash>, ProofError> {
        let hashes = hashes_of_level(self.checkpoint().checkpoint().size, level);
        let first = index.checked_mul(LEVEL_WIDTH);
        let there = first.zip(Some(width)).filter(|(first, width)| {
            (1..=LEVEL_WIDTH).contains(width) && first.checked_add(*width).is_some_and(|end| end <= hashes)
        });
        let (first, width) = there.ok_or(ProofError::NoTile { level, index, width })?;
        Ok(self.tree.read(level, first, width)?)
    }

    fn check_size(&self, size: u64) -> Result<(), ProofError> {
        let covered = self.checkpoint().checkpoint().size;
        if size > covered { Err(ProofError::BeyondCheckpoint { size, covered }) } else { Ok(()) }
    }
}
