//! One level of the tree on disk: a file of hashes, one behind the other, only appended to.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ledger::merkle::{Hash, LEVEL_WIDTH};

/// A level's file, and its hashes that are not written yet.
///
/// Tile `n` of the level (C2SP `tlog-tiles`) is the stretch of 8,192 bytes at `n * 8192`, or what there is of it.
#[derive(Debug)]
pub(super) struct Level {
    file: Arc<File>,
    /// How many hashes are in the file and durable.
    stored: u64,
    pending: Vec<Hash>,
}

/// Why pending hashes are not durable.
#[derive(Debug)]
pub(super) enum SyncError {
    /// They could not be written.
    NotWritten(io::Error),
    /// They could not be synced: nobody knows what is on disk.
    NotSynced(io::Error),
}

impl Level {
    /// Opens the level's file, or makes it, to go on behind its first `count` hashes; what lies there is written over.
    ///
    /// None if there are fewer.
    pub(super) fn open(folder: &Path, number: usize, count: u64) -> io::Result<Option<Self>> {
        let path = path(folder, number);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(count == 0).truncate(false).mode(0o600).open(&path);
        let file = match file {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        if file.metadata()?.len() < count * HASH {
            return Ok(None);
        }
        Ok(Some(Self { file: Arc::new(file), stored: count, pending: Vec::new() }))
    }

    /// Adds a hash.
    pub(super) fn push(&mut self, hash: Hash) {
        self.pending.push(hash);
    }

    /// The durable hashes that no hash of the level above covers.
    pub(super) fn uncovered(&self) -> io::Result<Vec<Hash>> {
        let count = self.stored % LEVEL_WIDTH;
        read(&self.file, self.stored - count, count)
    }

    /// Writes what is pending, and makes it durable. After a failed write it may be tried again, after a failed sync not.
    pub(super) fn sync(&mut self) -> Result<(), SyncError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.file.write_all_at(self.pending.as_flattened(), self.stored * HASH).map_err(SyncError::NotWritten)?;
        self.file.sync_data().map_err(SyncError::NotSynced)?;
        self.stored += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    /// The file, for readers of what is durable.
    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }
}

/// How many whole hashes a level's file holds; none, where there is no file.
pub(in crate::ledger) fn stored(folder: &Path, number: usize) -> io::Result<u64> {
    match fs::metadata(path(folder, number)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        metadata => Ok(metadata?.len() / HASH),
    }
}

/// Where a level's hashes lie.
pub(in crate::ledger) fn path(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("level-{number}"))
}

/// `count` hashes from the one at `first` on.
pub(in crate::ledger) fn read(file: &File, first: u64, count: u64) -> io::Result<Vec<Hash>> {
    let count = usize::try_from(count).map_err(io::Error::other)?;
    let mut hashes = vec![[0; 32]; count];
    file.read_exact_at(hashes.as_flattened_mut(), first * HASH)?;
    Ok(hashes)
}

/// How many bytes a hash takes.
pub(in crate::ledger) const HASH: u64 = 32;
