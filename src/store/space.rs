//! Free space on the disk, and the reserve of it below which nothing is written.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::statvfs;
use thiserror::Error;

/// A reserve of free space: writes stop above it cleanly, before the engine meets a full disk.
#[derive(Debug, Clone)]
pub struct DiskReserve {
    folder: PathBuf,
    bytes: u64,
    /// When there was room last.
    seen: Option<Instant>,
}

/// Why nothing may be written.
#[derive(Debug, Error)]
pub enum SpaceError {
    /// Less is free than the reserve.
    #[error("only {free} bytes are free on the disk, of which {reserve} are kept in reserve")]
    NoSpace {
        /// How many bytes are free.
        free: u64,
        /// The reserve.
        reserve: u64,
    },
    /// The system did not say how much is free.
    #[error("cannot tell how much space is free on the disk")]
    Unknown(#[source] io::Error),
}

impl DiskReserve {
    /// Keeps that many bytes free on the disk of the folder.
    #[must_use]
    pub const fn new(folder: PathBuf, bytes: u64) -> Self {
        Self { folder, bytes, seen: None }
    }

    /// How many bytes are kept free.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes are free, the reserve among them. Costs one system call.
    pub fn free(&self) -> io::Result<u64> {
        free_space(&self.folder)
    }

    /// Whether there is room to write; there still is for a moment after there was, in which a reserve is not used up.
    pub fn check(&mut self) -> Result<(), SpaceError> {
        if self.seen.is_some_and(|seen| seen.elapsed() < STILL_TRUE) {
            return Ok(());
        }
        self.seen = None;
        let free = self.free().map_err(SpaceError::Unknown)?;
        if free < self.bytes {
            return Err(SpaceError::NoSpace { free, reserve: self.bytes });
        }
        self.seen = Some(Instant::now());
        Ok(())
    }
}

/// How long there is room after there was: no disk takes more in that time than a reserve holds.
const STILL_TRUE: Duration = Duration::from_millis(10);

/// How many bytes an unprivileged process can still write on the disk of the folder.
pub fn free_space(folder: &Path) -> io::Result<u64> {
    let disk = statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_larger_than_what_is_free_refuses_writes() {
        let folder = tempfile::tempdir().unwrap();
        assert!(DiskReserve::new(folder.path().into(), 0).check().is_ok());
        let refused = DiskReserve::new(folder.path().into(), u64::MAX).check();
        assert!(matches!(refused, Err(SpaceError::NoSpace { reserve: u64::MAX, .. })), "{refused:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_no_free_space() {
        let refused = DiskReserve::new("not/there".into(), 0).check();
        assert!(matches!(refused, Err(SpaceError::Unknown(_))), "{refused:?}");
    }
}
