//! The tree over all entries: its levels on disk, its right edge in memory, and proofs out of them.
//!
//! ```text
//! tree/level-0      leaf hashes, one behind the other: tile n is bytes n*8192 to (n+1)*8192
//! tree/level-1      the root of every full tile of level 0; and so on
//! tree/checkpoint   size and root, signed: never ahead of what is durable
//! ```

pub(in crate::ledger) mod edge;
pub(in crate::ledger) mod level;
pub(in crate::ledger) mod recount;
pub mod trunk;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use thiserror::Error;

use crate::ledger::journal::append_file::{create_folder, sync_folder};
use crate::ledger::merkle::{self, Hash, LEVEL_HEIGHT, StoredHashes};
use crate::ledger::tree::edge::Edge;
use crate::ledger::tree::level::{Level, SyncError};

/// The tree of a ledger, and the only one who adds to it.
#[derive(Debug)]
pub struct Tree {
    folder: PathBuf,
    edge: Edge,
    levels: Vec<Level>,
    files: Arc<RwLock<Vec<Arc<File>>>>,
}

/// Reads what is durable of a tree; cheap to clone.
#[derive(Debug, Clone)]
pub struct TreeReader {
    folder: PathBuf,
    files: Arc<RwLock<Vec<Arc<File>>>>,
}

/// Why the tree did not do what was asked.
#[derive(Debug, Error)]
pub enum TreeError {
    /// A file could not be read or written.
    #[error("cannot read or write the ledger's tree in `{}`", folder.display())]
    Io {
        /// The tree's folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A sync failed; the process must stop.
    #[error("a sync of the ledger's tree in `{}` to disk failed", folder.display())]
    SyncFailed {
        /// The tree's folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A level holds fewer hashes than the checkpoint rests on.
    #[error("the ledger's tree has shrunk: `{}` holds fewer than {hashes} hashes", file.display())]
    Shrunk {
        /// The level's file.
        file: PathBuf,
        /// How many there must be.
        hashes: u64,
    },
}

impl Tree {
    /// Opens the tree as it was at that size, and makes it where the size is 0.
    pub fn open(folder: &Path, size: u64) -> Result<Self, TreeError> {
        let io = |source| TreeError::Io { folder: folder.to_owned(), source };
        create_folder(folder).map_err(io)?;
        let mut tree =
            Self { folder: folder.to_owned(), edge: Edge::default(), levels: Vec::new(), files: Arc::default() };
        let mut uncovered = Vec::new();
        for number in 0.. {
            let hashes = hashes_of_level(size, number);
            if number > 0 && hashes == 0 {
                break;
            }
            tree.open_level(hashes)?;
            let level = tree.levels.last().map_or_else(|| Ok(Vec::new()), Level::uncovered);
            uncovered.push(level.map_err(io)?);
        }
        tree.edge = Edge::of(size, uncovered);
        Ok(tree)
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Adds a leaf by its hash; it is durable after the next [`sync`](Self::sync).
    pub fn push(&mut self, leaf: Hash) -> Result<(), TreeError> {
        // Before anything is added: what fails here may be tried again, and must find the tree as it was.
        while self.levels.len() < levels_of(self.edge.size().saturating_add(1)) {
            self.open_level(0)?;
        }
        let levels = &mut self.levels;
        self.edge.push(leaf, |number, hash| {
            if let Some(level) = levels.get_mut(number) {
                level.push(hash);
            }
        });
        Ok(())
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.edge.root()
    }

    /// Makes every leaf added so far durable.
    pub fn sync(&mut self) -> Result<(), TreeError> {
        let folder = || self.folder.clone();
        for level in &mut self.levels {
            level.sync().map_err(|error| match error {
                SyncError::NotWritten(source) => TreeError::Io { folder: folder(), source },
                SyncError::NotSynced(source) => TreeError::SyncFailed { folder: folder(), source },
            })?;
        }
        Ok(())
    }

    /// A reader of what is durable.
    #[must_use]
    pub fn reader(&self) -> TreeReader {
        TreeReader { folder: self.folder.clone(), files: Arc::clone(&self.files) }
    }

    fn open_level(&mut self, hashes: u64) -> Result<(), TreeError> {
        let number = self.levels.len();
        let opened = Level::open(&self.folder, number, hashes);
        let opened = opened.map_err(|source| TreeError::Io { folder: self.folder.clone(), source })?;
        if hashes == 0 {
            // A level that has just been made needs its name to last before a checkpoint rests on it.
            sync_folder(&self.folder)
                .map_err(|source| TreeError::SyncFailed { folder: self.folder.clone(), source })?;
        }
        let file = level::path(&self.folder, number);
        let level = opened.ok_or(TreeError::Shrunk { file, hashes })?;
        self.files.write().unwrap_or_else(PoisonError::into_inner).push(level.file());
        self.levels.push(level);
        Ok(())
    }
}

impl TreeReader {
    /// The root of the first `size` leaves.
    pub fn root(&self, size: u64) -> Result<Hash, TreeError> {
        merkle::root(self, size)
    }

    /// The inclusion proof of a leaf in the tree of that size.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, TreeError> {
        merkle::inclusion(self, index, size)
    }

    /// The consistency proof between two sizes.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, TreeError> {
        merkle::consistency(self, old, new)
    }
}

impl StoredHashes for TreeReader {
    type Error = TreeError;

    fn read(&self, level: u32, first: u64, count: u64) -> Result<Vec<Hash>, TreeError> {
        let failed = |source| TreeError::Io { folder: self.folder.clone(), source };
        let number = usize::try_from(level).unwrap_or(usize::MAX);
        let file = self.files.read().unwrap_or_else(PoisonError::into_inner).get(number).map(Arc::clone);
        let file = file.ok_or_else(|| failed(io::ErrorKind::UnexpectedEof.into()))?;
        level::read(&file, first, count).map_err(failed)
    }
}

/// How many levels a tree of that size has.
fn levels_of(size: u64) -> usize {
    let highest = size.checked_ilog2().map(|bits| bits / LEVEL_HEIGHT);
    highest.and_then(|level| usize::try_from(level).ok()).map_or(0, |level| level + 1)
}

/// How many hashes a level of a tree of that size has.
#[must_use]
pub fn hashes_of_level(size: u64, number: u32) -> u64 {
    size.checked_shr(LEVEL_HEIGHT.saturating_mul(number)).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use std::fs;

    fn leaf(index: u64) -> Hash {
        merkle::leaf_hash(&index.to_be_bytes())
    }

    fn grow(tree: &mut Tree, to: u64) {
        while tree.size() < to {
            tree.push(leaf(tree.size())).unwrap();
        }
        tree.sync().unwrap();
    }

    #[test]
    fn the_edge_in_memory_and_the_hashes_on_disk_give_one_root_at_every_size() {
        let folder = tempfile::tempdir().unwrap();
        let mut tree = Tree::open(&folder.path().join("tree"), 0).unwrap();
        assert_eq!(tree.root(), merkle::empty_root());
        let mut roots = Vec::new();
        for size in 1..=1030 {
            grow(&mut tree, size);
            roots.push(tree.root());
            assert_eq!(tree.reader().root(size).unwrap(), tree.root(), "{size}");
        }
        for (size, root) in (1..).zip(&roots) {
            assert_eq!(tree.reader().root(size).unwrap(), *root, "{size} of a larger tree");
        }
    }

    #[test]
    fn a_tree_goes_on_from_any_size_it_once_had() {
        let folder = tempfile::tempdir().unwrap();
        let mut whole = Tree::open(&folder.path().join("whole"), 0).unwrap();
        grow(&mut whole, 70_000);
        for size in [0, 1, 255, 256, 257, 511, 65_535, 65_536, 65_537, 69_999] {
            let copy = folder.path().join(size.to_string());
            fs::create_dir(&copy).unwrap();
            for number in 0..3 {
                fs::copy(level::path(&folder.path().join("whole"), number), level::path(&copy, number)).unwrap();
            }
            let mut tree = Tree::open(&copy, size).unwrap();
            assert_eq!(tree.root(), whole.reader().root(size).unwrap(), "{size}");
            grow(&mut tree, 70_000);
            assert_eq!(tree.root(), whole.root(), "{size}");
        }
    }

    #[test]
    fn a_level_that_is_short_or_gone_is_named() {
        let folder = tempfile::tempdir().unwrap();
        grow(&mut Tree::open(folder.path(), 0).unwrap(), 600);
        for number in [1, 0] {
            let file = level::path(folder.path(), number);
            let bytes = fs::read(&file).unwrap();
            fs::write(&file, bytes.split_last().unwrap().1).unwrap();
            let short = Tree::open(folder.path(), 600);
            assert!(matches!(&short, Err(TreeError::Shrunk { file: named, .. }) if *named == file), "{short:?}");
            fs::remove_file(&file).unwrap();
            assert!(matches!(Tree::open(folder.path(), 600), Err(TreeError::Shrunk { .. })));
        }
    }
}
