//! A file that is only appended to, into space made ready beforehand, and synced with every append.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use thiserror::Error;

/// An append-only file whose written part is always durable.
///
/// Space is made ready in chunks of written zeros, so that the `fdatasync` of an append has no metadata to write. What
/// lies after [`end`](Self::end) is zeros or nothing.
#[derive(Debug)]
pub(crate) struct AppendFile {
    file: File,
    end: u64,
    ready: u64,
    chunk: u64,
    state: State,
}

/// Why an append did not happen.
#[derive(Debug, Error)]
pub(crate) enum AppendError {
    /// No room on the disk, or the quota is used up: nothing was kept, and a later append may succeed.
    #[error("no space left on the disk")]
    NoSpace(#[source] io::Error),
    /// A sync failed. Nobody knows what is on disk, and asking again would be answered wrongly: the file is stopped.
    #[error("a sync to disk failed")]
    SyncFailed(#[source] io::Error),
    /// Writing failed for another reason than space: the file is stopped.
    #[error("a write to disk failed")]
    WriteFailed(#[source] io::Error),
    /// An earlier failure stopped the file.
    #[error("stopped by an earlier failure")]
    Stopped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Stopped,
}

impl AppendFile {
    /// Creates the file, for its owner alone; fails where it exists. Its folder must still be synced.
    pub(crate) fn create(path: &Path, chunk: u64) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        Ok(Self { file, end: 0, ready: 0, chunk, state: State::Running })
    }

    /// Opens a file whose first `end` bytes are durable and right; what lies after them is cut off.
    pub(crate) fn open(path: &Path, end: u64, chunk: u64) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        file.set_len(end)?;
        Ok(Self { file, end, ready: end, chunk, state: State::Running })
    }

    /// Where the durable part ends and the next append begins.
    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    /// Writes the bytes at the end and syncs them: when this returns `Ok`, they are durable.
    ///
    /// After [`AppendError::NoSpace`] the file is as before; after every other error it is stopped for good.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), AppendError> {
        if self.state == State::Stopped {
            return Err(AppendError::Stopped);
        }
        let end = self.end.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.make_ready(end)?;
        self.file.write_all_at(bytes, self.end).map_err(|error| self.take_back(error))?;
        self.file.sync_data().map_err(|error| self.stop(AppendError::SyncFailed(error)))?;
        self.end = end;
        Ok(())
    }

    /// Syncs the file as it is, with its length.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Gives the unused space back; a later append makes some ready again.
    pub(crate) fn trim(&mut self) -> io::Result<()> {
        self.file.set_len(self.end)?;
        self.ready = self.end;
        Ok(())
    }

    /// Refuses every further append.
    pub(crate) const fn stop_here(&mut self) {
        self.state = State::Stopped;
    }

    /// Writes zeros up to the chunk that holds `end`, and syncs them with the file's length.
    fn make_ready(&mut self, end: u64) -> Result<(), AppendError> {
        if end <= self.ready {
            return Ok(());
        }
        let target = end.checked_next_multiple_of(self.chunk).unwrap_or(end);
        let mut at = self.ready;
        while at < target {
            let length = usize::try_from(target - at).map_or(ZEROS.len(), |left| left.min(ZEROS.len()));
            let zeros = ZEROS.split_at_checked(length).map_or(ZEROS.as_slice(), |(zeros, _)| zeros);
            self.file.write_all_at(zeros, at).map_err(|error| self.take_back(error))?;
            at = at.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        }
        self.file.sync_all().map_err(|error| self.stop(AppendError::SyncFailed(error)))?;
        self.ready = target;
        Ok(())
    }

    /// Cuts off what a failed write left behind.
    fn take_back(&mut self, error: io::Error) -> AppendError {
        if !is_full(&error) {
            return self.stop(AppendError::WriteFailed(error));
        }
        match self.trim() {
            Ok(()) => AppendError::NoSpace(error),
            Err(error) => self.stop(AppendError::WriteFailed(error)),
        }
    }

    const fn stop(&mut self, error: AppendError) -> AppendError {
        self.stop_here();
        error
    }
}

/// Makes the names in a folder durable: after creating, renaming or removing files in it.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Creates a folder for its owner alone, with those above it, and makes its name durable.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    folder.parent().filter(|above| !above.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

static ZEROS: [u8; 256 * 1024] = [0; 256 * 1024];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::ledger::journal::faults;

    use std::thread;

    const CHUNK: u64 = 4096;

    #[test]
    fn what_follows_the_appended_bytes_is_zeros_to_the_end_of_the_chunk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = AppendFile::create(&path, CHUNK).unwrap();
        file.append(b"letter").unwrap();
        file.append(b" box").unwrap();
        let mut expected = b"letter box".to_vec();
        expected.resize(4096, 0);
        assert_eq!(fs::read(&path).unwrap(), expected);
        assert_eq!(file.end(), 10);
    }

    #[test]
    fn opening_cuts_what_lies_after_the_durable_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"letter torn").unwrap();
        let mut file = AppendFile::open(&path, 6, CHUNK).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"letter");
        file.append(b"!").unwrap();
        assert!(fs::read(&path).unwrap().starts_with(b"letter!\0"));
    }

    #[test]
    fn a_full_disk_keeps_nothing_and_the_next_append_succeeds() {
        faults::isolated(concat!(module_path!(), "::a_full_disk_keeps_nothing_and_the_next_append_succeeds"), || {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            let mut file = AppendFile::create(&path, CHUNK).unwrap();
            file.append(b"kept").unwrap();
            for size in [1, 5000] {
                let full = thread::scope(|scope| {
                    let append = || {
                        faults::fail(libc::SYS_pwrite64, libc::ENOSPC);
                        file.append(&vec![7; size])
                    };
                    scope.spawn(append).join().unwrap()
                });
                assert!(matches!(full, Err(AppendError::NoSpace(_))), "{full:?}");
                assert_eq!(fs::read(&path).unwrap(), b"kept");
            }
            file.append(b" too").unwrap();
            assert!(fs::read(&path).unwrap().starts_with(b"kept too\0"));
        });
    }

    #[test]
    fn a_failed_sync_stops_the_file_for_good() {
        faults::isolated(concat!(module_path!(), "::a_failed_sync_stops_the_file_for_good"), || {
            let folder = tempfile::tempdir().unwrap();
            let mut file = AppendFile::create(&folder.path().join("file"), CHUNK).unwrap();
            file.append(b"durable").unwrap();
            let failed = thread::scope(|scope| {
                let append = || {
                    faults::fail(libc::SYS_fdatasync, libc::EIO);
                    file.append(b"lost")
                };
                scope.spawn(append).join().unwrap()
            });
            assert!(matches!(failed, Err(AppendError::SyncFailed(_))), "{failed:?}");
            // The disk works again, but what the failed sync left behind is unknown.
            assert!(matches!(file.append(b"never"), Err(AppendError::Stopped)));
            assert_eq!(file.end(), 7);
        });
    }
}
