//! What can be wrong with the index: with writing it, and with a run that is read.

use std::io;
use std::path::{Path, PathBuf};

use fubako_keys::{SealError, Unopened};
use thiserror::Error;

use crate::ledger::index::draft::OutOfPlace;

/// Why the index did not do what was asked.
#[derive(Debug, Error)]
pub enum IndexError {
    /// Reading, writing or removing failed.
    #[error("cannot read or write `{}`", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A run could not be sealed.
    #[error("a run of the ledger's index could not be sealed")]
    Seal(#[from] SealError),
    /// The entry is not the next one.
    #[error(transparent)]
    OutOfPlace(#[from] OutOfPlace),
}

/// What is wrong with a run: nothing is looked up in it, and its entries are to be scanned instead.
#[derive(Debug, Error)]
pub enum RunFault {
    /// The file could not be read, or ends too early.
    #[error("cannot read `{}`", file.display())]
    Unreadable {
        /// The run's file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file does not begin with the header it was opened with.
    #[error("`{}` does not begin with the header it was opened with", file.display())]
    Header {
        /// The run's file.
        file: PathBuf,
    },
    /// The directory or a block does not open under the keys of this vault.
    #[error("a part of `{}` does not open", file.display())]
    Unopened {
        /// The run's file.
        file: PathBuf,
        /// The opaque failure.
        #[source]
        source: Unopened,
    },
    /// A block is not the one that the directory lists.
    #[error("a block of `{}` is not the one its directory lists", file.display())]
    Replaced {
        /// The run's file.
        file: PathBuf,
    },
    /// The directory or a block opens, but is not what this vault writes.
    #[error("a part of `{}` opens, but is malformed", file.display())]
    Malformed {
        /// The run's file.
        file: PathBuf,
    },
    /// The file does not list the entries of the ledger.
    #[error("`{}` does not list the entries of the ledger", file.display())]
    Differs {
        /// The run's file.
        file: PathBuf,
    },
}

impl IndexError {
    pub(super) fn io(file: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { file: file.to_owned(), source }
    }
}

impl RunFault {
    pub(super) fn io(file: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Unreadable { file: file.to_owned(), source }
    }
}
