//! `fubako backup verify`: a whole backup read and checked, with the keys of its vault.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use fubako_keys::{Keyring, KeyringHeader};
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::cli::error::Error;
use crate::cli::progress::Progress;
use crate::cli::root::root_key_of;
use crate::cli::screen::Screen;
use crate::config;
use crate::config::environment::Environment;
use crate::vault::backup::reading::read;
use crate::vault::create::keyring_file;

/// Which backup, and with which keys.
#[derive(Args, Debug)]
pub(in crate::cli) struct Verify {
    /// The backup
    file: PathBuf,
    /// The vault's configuration, which says where its root key and keyring are; the server may run
    #[arg(long, value_name = "FILE", env = "FUBAKO_CONFIG", default_value = "fubako.toml")]
    config: PathBuf,
    /// Another copy of the keyring than the data folder's
    #[arg(long, value_name = "FILE")]
    keyring: Option<PathBuf>,
}

impl Verify {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let config = config::load(&self.config, &Environment::read())?;
        let keyring = self.keyring.unwrap_or_else(|| keyring_file(config.vault().folder()));
        let root = root_key_of(config.root(), &KeyringHeader::read(&keyring)?)?;
        let keyring = Arc::new(Keyring::load(&keyring, &root)?);
        let file = self.file.clone();
        let checked = spawn_blocking(move || {
            let mut progress = Progress::of(0, "checking pieces");
            read(&file, &keyring, &mut |_, at, length| {
                progress.reach(at, length);
                Ok(())
            })
        });
        let found = checked.await.map_err(|_| Error::NoVerdict)?.map_err(|error| Error::Backup(Box::new(error)))?;
        let (made, end) = (found.made(), &found.end);
        screen.show(
            || {
                json!({
                    "ok": true, "copy_id": found.id.to_string(), "vault": found.vault.to_string(),
                    "begin_time": made.to_string(), "keyring_generation": found.head.keyring_generation,
                    "group": end.group, "entries": end.entries, "origin": hex::encode(end.origin),
                    "changes": end.changes, "file_bytes": end.file_bytes,
                })
            },
            || {
                format!(
                    "the backup is whole: {} of vault {}, begun at {made:.0}, group {}, {} entries; it needs generation {} of \
                     the keyring or a later one",
                    found.id, found.vault, end.group, end.entries, found.head.keyring_generation
                )
            },
        )
    }
}

pub(super) const EXAMPLE: &str = "Example:
  fubako backup verify /mnt/backups/0192f3a4-....fubako-backup --config /srv/fubako/fubako.toml

Every piece is sealed for its place: one that was changed, moved, left out or added is told with its place, and so is a file \
that was cut. It exits with 1 then.";
