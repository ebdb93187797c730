//! The data folder: where everything of one vault lies, held by one process at a time.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;

use fubako_keys::remove_left_behind;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use thiserror::Error;

use crate::ledger::journal::append_file::create_folder;

/// A data folder that no other process holds, for as long as this value or a clone of it lives.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
    _lock: Arc<File>,
}

/// Why the data folder cannot be had.
#[derive(Debug, Error)]
pub enum FolderError {
    /// Another process holds it.
    #[error("`{}` is open in another process{holder}; stop that one, or ask it through its API", path.display())]
    AlreadyOpen {
        /// The folder.
        path: PathBuf,
        /// ` (process 123)`, where it is known.
        holder: String,
    },
    /// The folder or its lock cannot be made or opened.
    #[error("cannot open the data folder `{}`", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl DataFolder {
    /// Takes the folder for this process; makes it, for its owner alone, where it is missing.
    ///
    /// To be called before anything in it is opened.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let failed = |source| FolderError::Io { path: path.to_owned(), source };
        create_folder(path).map_err(failed)?;
        let mut options = OpenOptions::new();
        let lock = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let lock = lock.open(path.join("lock")).map_err(failed)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(FolderError::AlreadyOpen { path: path.to_owned(), holder: holder(&lock) });
            }
            Err(error) => return Err(failed(error.into())),
        }
        // Only for the message above, so a full disk does not matter: the lock is what holds.
        let named = lock.set_len(0).and_then(|()| lock.write_all_at(process::id().to_string().as_bytes(), 0));
        named.unwrap_or_default();
        remove_left_behind(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), _lock: Arc::new(lock) })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the journal lies.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// Where the ledger's tree lies.
    #[must_use]
    pub fn tree(&self) -> PathBuf {
        self.path.join("tree")
    }

    /// Where the ledger's index lies.
    #[must_use]
    pub fn index(&self) -> PathBuf {
        self.path.join("index")
    }

    /// Where the redo log lies.
    #[must_use]
    pub fn redo(&self) -> PathBuf {
        self.path.join("redo")
    }

    /// Where the store lies.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.path.join("store")
    }
}

fn holder(lock: &File) -> String {
    let mut bytes = [0; 10];
    let length = lock.read_at(&mut bytes, 0).unwrap_or(0);
    let text = bytes.get(..length).and_then(|bytes| str::from_utf8(bytes).ok());
    let process = text.and_then(|text| text.parse::<u32>().ok());
    process.map_or_else(String::new, |process| format!(" (process {process})"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_until_the_last_clone_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        let clone = {
            let held = DataFolder::open(&path).unwrap();
            held.clone()
        };
        let refused = DataFolder::open(&path).unwrap_err();
        let message = format!(
            "`{}` is open in another process (process {}); stop that one, or ask it through its API",
            path.display(),
            process::id()
        );
        assert_eq!(refused.to_string(), message);
        drop(clone);
        assert!(DataFolder::open(&path).is_ok());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = DataFolder::open(&file.path().join("vault")).unwrap_err();
        assert!(matches!(refused, FolderError::Io { .. }), "{refused:?}");
    }
}
