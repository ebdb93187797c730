//! Files of a backup: policies and ledgers of the past to where they were, those of the ledger to the past.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::ledger::journal::append_file::{create_folder, sync_folder};
use crate::vault::create::{PAST, POLICIES};

/// Writes file after file; the bytes of one come in order.
pub(super) struct Files {
    folder: PathBuf,
    open: Option<(PathBuf, File)>,
}

impl Files {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), open: None }
    }

    pub(super) fn append(&mut self, name: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_none_or(|(open, _)| open != name) {
            self.close()?;
            self.open = Some((name.to_owned(), self.create(name)?));
        }
        self.open.as_mut().map_or(Ok(()), |(_, file)| file.write_all(bytes))
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.close()
    }

    fn create(&self, name: &Path) -> io::Result<File> {
        let in_place = name.starts_with(POLICIES) || name.starts_with(PAST);
        let path = if in_place { self.folder.join(name) } else { past(&self.folder).join(name) };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
            create_folder(parent)?;
        }
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
    }

    fn close(&mut self) -> io::Result<()> {
        let Some((_, file)) = self.open.take() else { return Ok(()) };
        file.sync_all()
    }
}

/// Where the ledger of a backup is put until it has its name.
pub(super) fn past(folder: &Path) -> PathBuf {
    folder.join(PAST).join("unnamed")
}

/// Names it after its origin.
pub(super) fn name_past(folder: &Path, origin: &[u8; 16]) -> io::Result<()> {
    fs::rename(past(folder), folder.join(PAST).join(hex::encode(origin)))?;
    sync_folder(&folder.join(PAST))
}
