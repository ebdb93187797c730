//! `fubako backup create` and `fubako backup keyring`: what the vault gives out, written into new files.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use fubako_proto::v1::{Copy, ExportBackupRequest, ExportKeyringRequest, MadeBackup};
use serde_json::json;
use tempfile::NamedTempFile;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::progress::Progress;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// Where a backup goes.
#[derive(Args, Debug)]
pub(in crate::cli) struct Create {
    /// A new file, or a folder in which it is named after the backup
    #[arg(value_name = "FILE|DIR")]
    place: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

/// Where a copy of the keyring goes.
#[derive(Args, Debug)]
pub(in crate::cli) struct KeyringCopy {
    /// A new file
    file: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

impl Create {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let mut file = Unfinished::at(&self.place)?;
        let client = self.connection.open().await?;
        let mut pieces = client.export_backup(ExportBackupRequest {}).await?;
        let mut progress = Progress::of(0, "copying rows");
        let mut made = None;
        while let Some(answer) = pieces.next().await? {
            file.write(&answer.piece)?;
            progress.reach(answer.rows, answer.total.max(answer.rows));
            made = answer.made.or(made);
        }
        progress.finish();
        let made = made.ok_or(Error::BackupCutOff)?;
        let copy = made.copy.clone().unwrap_or_default();
        let (path, bytes) = file.finish(&format!("{}.{EXTENSION}", copy.copy_id))?;
        tell(screen, (&path, bytes), &copy, Some(&made))
    }
}

impl KeyringCopy {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        if self.file.exists() {
            return Err(Error::Exists(self.file));
        }
        let mut file = Unfinished::at(&self.file)?;
        let client = self.connection.open().await?;
        let answer = client.export_keyring(ExportKeyringRequest {}).await?;
        file.write(&answer.keyring)?;
        let copy = answer.copy.unwrap_or_default();
        let (path, bytes) = file.finish(&format!("{}.keyring", copy.copy_id))?;
        tell(screen, (&path, bytes), &copy, None)
    }
}

/// A file that bears its name once it is whole and durable; until then a failure leaves nothing behind.
pub(in crate::cli) struct Unfinished {
    file: NamedTempFile,
    bytes: u64,
    place: PathBuf,
}

impl Unfinished {
    /// Beside where it is to be; what is there is never replaced.
    pub(in crate::cli) fn at(place: &Path) -> Result<Self, Error> {
        if place.exists() && !place.is_dir() {
            return Err(Error::Exists(place.to_owned()));
        }
        let folder = if place.is_dir() { place } else { folder_of(place) };
        let file = NamedTempFile::new_in(folder).map_err(|source| Error::Write { path: folder.to_owned(), source })?;
        Ok(Self { file, bytes: 0, place: place.to_owned() })
    }

    pub(in crate::cli) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|source| Error::Write { path: self.place.clone(), source })
    }

    /// Gives it its name: its own, or this one where it goes into a folder.
    pub(in crate::cli) fn finish(self, name: &str) -> Result<(PathBuf, u64), Error> {
        let path = if self.place.is_dir() { self.place.join(name) } else { self.place };
        let failed = |source| Error::Write { path: path.clone(), source };
        self.file.as_file().sync_all().map_err(failed)?;
        self.file.persist_noclobber(&path).map_err(|error| failed(error.error))?;
        fs::File::open(folder_of(&path)).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok((path, self.bytes))
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn tell(screen: Screen, (path, bytes): (&Path, u64), copy: &Copy, made: Option<&MadeBackup>) -> Result<(), Error> {
    let until = wire::time(copy.keep_until_time.as_ref());
    screen.show(
        || {
            json!({
                "copy_id": copy.copy_id, "file": path, "bytes": bytes, "keyring_generation": copy.keyring_generation,
                "keep_until": until, "group": made.map(|made| made.group), "entries": made.map(|made| made.entries),
            })
        },
        || {
            let what = if made.is_some() { "backup" } else { "copy of the keyring" };
            let id = &copy.copy_id;
            format!(
                "{what} {id}, {bytes} bytes in `{}`\nto be destroyed by {until}; then say so: fubako backup forget {id}",
                path.display()
            )
        },
    )
}

/// How names of backups in a folder end.
const EXTENSION: &str = "fubako-backup";

pub(super) const EXAMPLE: &str = "Examples:
  fubako backup create /mnt/backups
  fubako backup keyring /mnt/elsewhere/keyring-2026-11

The backup holds what is sealed, and no key: without a keyring at least as new and the root key it opens nothing. What it holds \
is the store as it was after one commit group, with the ledger up to it. The file bears its name once it is whole.";
