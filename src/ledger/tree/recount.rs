//! The recount: the tree worked out anew from its leaves, and compared with what is stored of it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::ledger::merkle::Hash;
use crate::ledger::tree::edge::Edge;
use crate::ledger::tree::hashes_of_level;
use crate::ledger::tree::level::{self, HASH};

/// A tree worked out anew, leaf by leaf.
#[derive(Debug)]
pub(in crate::ledger) struct Recount {
    folder: PathBuf,
    covered: u64,
    edge: Edge,
    root_at_covered: Option<Hash>,
    levels: Vec<Stored>,
}

/// The stored hashes of one level, read in large pieces.
#[derive(Debug)]
struct Stored {
    file: File,
    path: PathBuf,
    length: u64,
    /// How many bytes of it the checkpoint rests on; what lies behind them is made again at the next start.
    covered: u64,
    compared: u64,
    piece: Vec<u8>,
    piece_at: u64,
}

/// What is stored of the tree is not what its leaves come to.
#[derive(Debug, Error)]
pub enum RecountError {
    /// A leaf's hash is another.
    #[error("entry {index} has another hash in the ledger than in the tree")]
    Leaf {
        /// The entry.
        index: u64,
    },
    /// A hash above the leaves is another.
    #[error("hash {index} of level {level} of the tree is not that of the hashes below it")]
    Node {
        /// The level.
        level: usize,
        /// The hash's place in it.
        index: u64,
    },
    /// A level is shorter than the checkpoint needs.
    #[error("`{}` is {bytes} bytes long, and the checkpoint rests on {needed}", file.display())]
    Short {
        /// The level's file.
        file: PathBuf,
        /// How long it is.
        bytes: u64,
        /// How long it has to be.
        needed: u64,
    },
    /// A file of the tree could not be read.
    #[error("cannot read `{}`", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Recount {
    /// Begins with no leaf; a checkpoint covers the first `covered` of those to come.
    pub(in crate::ledger) fn open(folder: &Path, covered: u64) -> Result<Self, RecountError> {
        let edge = Edge::default();
        let root_at_covered = (covered == 0).then(|| edge.root());
        let mut recount = Self { folder: folder.to_owned(), covered, edge, root_at_covered, levels: Vec::new() };
        for number in 0..LEVELS {
            let needed = hashes_of_level(covered, u32::try_from(number).unwrap_or(u32::MAX)) * HASH;
            let path = level::path(folder, number);
            let file = match File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && needed == 0 => break,
                file => file.map_err(failed(&path))?,
            };
            let length = file.metadata().map_err(failed(&path))?.len();
            if length < needed {
                return Err(RecountError::Short { file: path, bytes: length, needed });
            }
            let (compared, piece, piece_at) = (0, Vec::new(), 0);
            recount.levels.push(Stored { file, path, length, covered: needed, compared, piece, piece_at });
        }
        Ok(recount)
    }

    /// Counts the next leaf, and compares every hash it completes with the one that is stored.
    pub(in crate::ledger) fn count(&mut self, leaf: Hash) -> Result<(), RecountError> {
        let mut wrong = None;
        let levels = &mut self.levels;
        self.edge.push(leaf, |number, hash| {
            if wrong.is_none()
                && let Some(stored) = levels.get_mut(number)
            {
                wrong = stored.compare(number, &hash).err();
            }
        });
        if self.edge.size() == self.covered {
            self.root_at_covered = Some(self.edge.root());
        }
        wrong.map_or(Ok(()), Err)
    }

    /// Counts the next leaf by its stored hash, since nobody can read it any more.
    pub(in crate::ledger) fn count_stored(&mut self, index: u64) -> Result<(), RecountError> {
        let path = level::path(&self.folder, 0);
        let stored = self.levels.first_mut().map(|stored| stored.read(index * HASH)).transpose()?.flatten();
        let hash = stored.ok_or(RecountError::Short { file: path, bytes: index * HASH, needed: (index + 1) * HASH })?;
        self.count(hash)
    }

    /// The root over the leaves the checkpoint covers, once they have been counted.
    pub(in crate::ledger) const fn root_at_covered(&self) -> Option<Hash> {
        self.root_at_covered
    }
}

impl Stored {
    /// Compares the next hash; behind what the checkpoint rests on there is nothing to compare.
    fn compare(&mut self, number: usize, hash: &Hash) -> Result<(), RecountError> {
        let index = self.compared;
        let offset = index * HASH;
        if offset >= self.covered {
            return Ok(());
        }
        self.compared += 1;
        if self.read(offset)?.as_ref() == Some(hash) {
            return Ok(());
        }
        Err(if number == 0 { RecountError::Leaf { index } } else { RecountError::Node { level: number, index } })
    }

    /// The hash at an offset; none if the file ends within it.
    fn read(&mut self, offset: u64) -> Result<Option<Hash>, RecountError> {
        let within = |stored: &Self| {
            let from = usize::try_from(offset.checked_sub(stored.piece_at)?).ok()?;
            stored.piece.get(from..)?.first_chunk().copied()
        };
        if within(self).is_none() {
            let length = self.length.saturating_sub(offset).min(PIECE);
            self.piece.resize(usize::try_from(length).unwrap_or(0), 0);
            self.piece_at = offset;
            self.file.read_exact_at(&mut self.piece, offset).map_err(failed(&self.path))?;
        }
        Ok(within(self))
    }
}

fn failed(file: &Path) -> impl FnOnce(io::Error) -> RecountError {
    move |source| RecountError::Io { file: file.to_owned(), source }
}

/// More levels than a tree can have: 256 to the power of 8 is beyond every index.
const LEVELS: usize = 8;
const PIECE: u64 = 256 * 1024;
