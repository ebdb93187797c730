//! The trunk: tree and checkpoint as the last run left them, checked before anything is added.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use fubako_keys::Keyring;
use jiff::Timestamp;
use thiserror::Error;

use crate::ledger::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, note_keys};
use crate::ledger::journal::append_file::create_folder;
use crate::ledger::journal::{JournalId, JournalReader};
use crate::ledger::merkle::{StoredHashes, empty_root};
use crate::ledger::opened::OpenedFrame;
use crate::ledger::reader;
use crate::ledger::tree::recount::{Recount, RecountError};
use crate::ledger::tree::{Tree, TreeError, level};

/// Tree and checkpoint of the last run; of a ledger that has none yet, the empty ones.
#[derive(Debug)]
pub struct Trunk {
    pub(in crate::ledger) checkpoint_file: PathBuf,
    pub(in crate::ledger) checkpoint: SignedCheckpoint,
    pub(in crate::ledger) tree: Tree,
    /// How many leaf hashes lie on the disk: those beyond the checkpoint were of durable entries, too.
    stored: u64,
}

/// Why the ledger cannot go on from what the last run left.
#[derive(Debug, Error)]
pub enum TrunkError {
    /// The tree is not in order.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The checkpoint is not in order.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The ledger could not be read.
    #[error("the ledger does not read back")]
    Reader(#[from] reader::Error),
    /// There is no checkpoint, though there was one.
    #[error("the checkpoint `{}` is gone", file.display())]
    Gone {
        /// The file.
        file: PathBuf,
    },
    /// The checkpoint is older than one this vault has used.
    #[error(
        "the checkpoint covers {found} entries, but one that covers {known} was there before: an old copy was put in \
         its place"
    )]
    Older {
        /// How many entries it covers.
        found: u64,
        /// How many entries one before it covered.
        known: u64,
    },
    /// The tree holds hashes of entries the journal does not have.
    #[error("the ledger was cut: it has {entries} entries, and its tree the hashes of {stored}")]
    Cut {
        /// How many entries there are.
        entries: u64,
        /// How many hashes there are.
        stored: u64,
    },
    /// An entry is not the one the tree holds.
    #[error("the ledger differs from its tree; the first entry that does is {index}")]
    Differs {
        /// The entry's index.
        index: u64,
    },
    /// A stored hash above the leaves is not that of those below it.
    #[error("the hashes of the ledger's tree do not come to the root that was signed")]
    Node(#[from] RecountError),
    /// The stored hashes do not come to the root that was signed.
    #[error("the hashes of the ledger's tree do not come to the root that was signed over {size} entries")]
    RootDiffers {
        /// How many entries the checkpoint covers.
        size: u64,
    },
}

impl Trunk {
    /// Reads what lies in the tree's folder. `known` is how many entries a checkpoint covered that was there before.
    pub fn load(folder: &Path, ledger: JournalId, keyring: &Keyring, known: u64) -> Result<Self, TrunkError> {
        let keys = note_keys(ledger, keyring);
        create_folder(folder).map_err(|source| TreeError::Io { folder: folder.to_owned(), source })?;
        let checkpoint_file = folder.join(CHECKPOINT);
        let checkpoint = match SignedCheckpoint::load(&checkpoint_file, &keys)? {
            Some(checkpoint) => checkpoint,
            None if known > 0 || level::path(folder, 0).exists() => {
                return Err(TrunkError::Gone { file: checkpoint_file });
            }
            None => first(keys.name(), &checkpoint_file, keyring)?,
        };
        let found = checkpoint.checkpoint().size;
        if found < known {
            return Err(TrunkError::Older { found, known });
        }
        let io = |source| TreeError::Io { folder: folder.to_owned(), source };
        let stored = level::stored(folder, 0).map_err(io)?;
        let tree = Tree::open(folder, found)?;
        Ok(Self { checkpoint_file, checkpoint, tree, stored })
    }

    /// How many entries the checkpoint covers.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.checkpoint.checkpoint().size
    }

    /// Compares with the journal: its last segment, and all of it where the tree is not what was signed.
    pub fn compare(&self, journal: &JournalReader, keyring: &Keyring) -> Result<(), TrunkError> {
        let (size, entries) = (self.size(), journal.next_index());
        if self.stored > entries {
            return Err(TrunkError::Cut { entries, stored: self.stored });
        }
        let as_signed = self.tree.root() == self.checkpoint.checkpoint().root;
        let last = journal.segments().last().map_or(0, |segment| segment.first_index);
        let hashes = self.tree.reader();
        for frame in journal.forward(if as_signed { last } else { 0 }) {
            let frame = frame.map_err(reader::Error::from)?;
            if frame.first_index() >= size {
                break;
            }
            let covered = frame.next_index().min(size) - frame.first_index();
            let stored = hashes.read(0, frame.first_index(), covered)?;
            if let Some(index) = OpenedFrame::open(&frame, keyring)?.first_unlike(&stored) {
                return Err(TrunkError::Differs { index });
            }
        }
        if as_signed { Ok(()) } else { Err(self.first_wrong_hash()) }
    }

    /// Which of the stored hashes is the first that is wrong, where every leaf is right.
    fn first_wrong_hash(&self) -> TrunkError {
        let (folder, size) = (self.checkpoint_file.parent().unwrap_or(Path::new("")), self.size());
        let recounted = Recount::open(folder, size)
            .and_then(|mut recount| (0..size).try_for_each(|index| recount.count_stored(index)));
        recounted.map_or_else(TrunkError::Node, |()| TrunkError::RootDiffers { size })
    }
}

/// The checkpoint of a ledger without entries, saved before there is anything else of the tree.
fn first(origin: &str, file: &Path, keyring: &Keyring) -> Result<SignedCheckpoint, CheckpointError> {
    let signed = Checkpoint { origin: origin.to_owned(), size: 0, root: empty_root() }.sign(keyring)?;
    signed.save(file)?;
    Ok(signed)
}

/// When the last checkpoint of the tree in a folder was written, by the file system's clock.
pub fn checkpoint_time(folder: &Path) -> io::Result<Timestamp> {
    let written = fs::metadata(folder.join(CHECKPOINT))?.modified()?;
    Timestamp::try_from(written).map_err(io::Error::other)
}

/// The name of the checkpoint's file.
pub(in crate::ledger) const CHECKPOINT: &str = "checkpoint";
