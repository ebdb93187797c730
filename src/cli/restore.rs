//! `fubako restore`: a vault made again of a backup, in an empty folder.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use fubako_keys::{KeyringHeader, RootKey};
use ring::rand::SystemRandom;
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::cli::clock::sound_now;
use crate::cli::error::Error;
use crate::cli::progress::Progress;
use crate::cli::rest::open_at_rest;
use crate::cli::root::root_key_of;
use crate::cli::screen::Screen;
use crate::config;
use crate::config::environment::Environment;
use crate::vault::restore::{self, Erasures, Restored};

/// What a vault is restored from, and where.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE, group = ArgGroup::new("erasures").required(true))]
pub(super) struct Restore {
    /// The backup
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The newest copy of the keyring
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// The vault's configuration; its data folder must be empty or not there
    #[arg(long, value_name = "FILE", env = "FUBAKO_CONFIG", default_value = "fubako.toml")]
    config: PathBuf,
    /// The folder erasures were shipped into: who and what was erased since the backup is erased again
    #[arg(long, value_name = "DIR", group = "erasures")]
    shipped: Option<PathBuf>,
    /// Let members come back who were erased since the backup; it is written into the ledger
    #[arg(long, group = "erasures")]
    accept_resurrection: bool,
}

impl Restore {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let config = config::load(&self.config, &Environment::read())?;
        let now = sound_now()?;
        let root = root_key_of(config.root(), &KeyringHeader::read(&self.keyring)?)?;
        let folder = config.vault().folder().to_owned();
        let restored = spawn_blocking(move || self.restore(&folder, &root, now));
        let restored =
            restored.await.map_err(|_| Error::NoVerdict)?.map_err(|error| Error::Restore(Box::new(error)))?;
        // The first start says what was restored and erases again, so that no later one serves what must not be there.
        let (opened, _) = open_at_rest(&config, screen).await?;
        spawn_blocking(move || opened.close()).await.map_err(|_| Error::NoVerdict)?;
        tell(screen, &restored)
    }

    fn restore(&self, folder: &Path, root: &RootKey, now: jiff::Timestamp) -> Result<Restored, restore::Error> {
        let erasures = self.shipped.as_deref().map_or(Erasures::Accepted, Erasures::Shipped);
        let how = restore::Restore { folder, backup: &self.from, keyring: &self.keyring, erasures };
        let mut progress = Progress::of(0, "restoring");
        restore::restore(&how, root, (now, &SystemRandom::new()), &mut |done, all| progress.reach(done, all))
    }
}

fn tell(screen: Screen, restored: &Restored) -> Result<(), Error> {
    let (contents, lost) = (&restored.contents, restored.lost);
    screen.show(
        || {
            json!({
                "copy_id": contents.id.to_string(), "vault": contents.vault.to_string(), "group": contents.end.group,
                "entries": contents.end.entries, "erased_again": restored.erased, "entries_lost": lost,
                "members_with_values_removed_again": restored.removed,
            })
        },
        || {
            let lost = lost.map_or_else(|| "nobody knows how many".to_owned(), |lost| format!("at least {lost}"));
            format!(
                "vault {} is restored as it was at entry {}; entries lost behind it: {lost}; erasures done again: {}, and \
                 removals of values of {} others\nnext: fubako verify --config FILE, then start it",
                contents.vault, contents.end.entries, restored.erased, restored.removed
            )
        },
    )
}

const EXAMPLE: &str = "Examples:
  fubako restore --from FILE.fubako-backup --keyring keyring-2026-11 --shipped /mnt/elsewhere/erasures --config fubako.toml
  fubako restore --from FILE.fubako-backup --keyring keyring-2026-11 --accept-resurrection --config fubako.toml

The whole backup is read before anything is written. The ledger begins anew: its first entry names the old one's last checkpoint \
and what is lost behind it; the old one is kept under `past/` in the data folder.";
