//! What can be wrong with a journal, and where.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::ledger::journal::append_file::AppendError;
use crate::ledger::journal::frame::{FrameFault, InvalidDraft, MAX_FRAME};
use crate::model::ids::VaultId;

/// Why the journal did not do what was asked.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The disk is full. Nothing was kept; the same append may succeed when there is room.
    #[error("no space left on the disk of the journal")]
    NoSpace(#[source] io::Error),
    /// A sync failed: what it covered may or may not be on disk. The process must stop; the journal takes no more.
    #[error("a sync of the journal to disk failed")]
    SyncFailed(#[source] io::Error),
    /// An earlier failure stopped this journal; the process must stop.
    #[error("the journal was stopped by an earlier failure")]
    Stopped,
    /// A frame over [`MAX_FRAME`] bytes.
    #[error("a frame of {bytes} bytes is over the limit of {MAX_FRAME}")]
    TooLarge {
        /// How many bytes it would have.
        bytes: usize,
    },
    /// The group is not greater than the last one.
    #[error("group {group} does not follow group {last_group}")]
    GroupOutOfOrder {
        /// The group of the draft.
        group: u64,
        /// The last group of the journal.
        last_group: u64,
    },
    /// The draft can be no frame.
    #[error(transparent)]
    InvalidDraft(#[from] InvalidDraft),
    /// Reading or writing failed.
    #[error("cannot read or write `{}`", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A journal is there already.
    #[error("`{}` already holds a journal", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no journal.
    #[error("`{}` holds no journal", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// The segment belongs to another vault.
    #[error("`{}` belongs to another vault, {found}", file.display())]
    OtherVault {
        /// The segment's file.
        file: PathBuf,
        /// The vault it belongs to.
        found: VaultId,
    },
    /// The segment's header is damaged, or of a format this version does not know.
    #[error("`{}` does not begin with the header of a journal segment", file.display())]
    BadHeader {
        /// The segment's file.
        file: PathBuf,
    },
    /// The segment does not continue the one before it: one is missing, renamed, or from another copy.
    #[error("`{}` does not continue the segment before it", file.display())]
    SegmentOutOfPlace {
        /// The segment's file.
        file: PathBuf,
    },
    /// A frame is damaged in a way that no torn write explains, or that was promised to be there.
    #[error("`{}` is damaged at byte {offset}: {fault}; it is not cut, because {kept}", file.display())]
    Damaged {
        /// The segment's file.
        file: PathBuf,
        /// Where the frame begins.
        offset: u64,
        /// What is wrong there.
        fault: FrameFault,
        /// Why it is not taken for a torn tail.
        kept: Kept,
    },
    /// The journal is whole, but ends before what others rest on: it was cut, or is an older copy.
    #[error(
        "the journal ends at group {last_group} and entry {next_index}, but the store holds group {applied_group} and \
         the last checkpoint covers {checkpoint} entries"
    )]
    Behind {
        /// The last group of the journal.
        last_group: u64,
        /// How many entries it has.
        next_index: u64,
        /// The last group applied to the store.
        applied_group: u64,
        /// How many entries the last checkpoint covers.
        checkpoint: u64,
    },
}

/// Why a bad frame is not cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Kept {
    /// A valid frame or segment follows it.
    #[error("a valid frame follows")]
    Followed,
    /// So much looks like frames after it that whether one is valid was not decided.
    #[error("what follows cannot be told from frames")]
    Undecided,
    /// A whole frame stands there, but not the one that should.
    #[error("a torn write leaves no whole frame")]
    Misplaced,
    /// The store or the last checkpoint rests on it.
    #[error("the store or the last checkpoint rests on it")]
    RestedOn,
}

impl JournalError {
    /// Whether the process must stop: going on would promise what may not be on disk.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::SyncFailed(_) | Self::Stopped)
    }

    pub(super) fn io(file: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { file: file.to_owned(), source }
    }
}

impl From<AppendError> for JournalError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::NoSpace(source) => Self::NoSpace(source),
            // A write that failed leaves as much in doubt as a sync that did.
            AppendError::SyncFailed(source) | AppendError::WriteFailed(source) => Self::SyncFailed(source),
            AppendError::Stopped => Self::Stopped,
        }
    }
}
