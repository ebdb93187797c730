//! `fubako keys root destroy`: a root key that was replaced, destroyed by its keeper.

use std::path::PathBuf;

use clap::Args;
use fubako_keys::{FormerRoot, RootDestroyer, RootId};
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::cli::clock::sound_now;
use crate::cli::error::Error;
use crate::cli::host::open_vault;
use crate::cli::root::keeper::{hsm, transit};
use crate::cli::root::plan::{KeeperArgs, NewKind, RootPlan};
use crate::cli::root::root_key_with;
use crate::cli::screen::Screen;
use crate::cli::stop::Stop;
use crate::config;
use crate::config::environment::Environment;
use crate::vault::create::expect_vault;

/// Which root key, and who keeps it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(in crate::cli) struct DestroyRoot {
    /// The vault's configuration; no server may be running by it
    #[arg(long, env = "FUBAKO_CONFIG", value_name = "FILE", default_value = "fubako.toml")]
    config: PathBuf,
    /// The root key, by the name `fubako keys root rotate` told as the one before
    #[arg(long, value_name = "ID")]
    root_id: String,
    /// Who keeps it: pkcs11 or transit. Of no other kind can anybody prove that it is destroyed
    #[arg(long, value_enum)]
    of: NewKind,
    /// A file with shares of the present root key, one a line; may be given several times [default: they are asked for]
    #[arg(long, value_name = "FILE")]
    share_file: Vec<PathBuf>,
    #[command(flatten)]
    keeper: KeeperArgs,
}

impl DestroyRoot {
    pub(in crate::cli) async fn run(self, screen: Screen) -> Result<(), Error> {
        let keeper: Box<dyn RootDestroyer> = match self.keeper.plan(Some(self.of))? {
            Some(RootPlan::Pkcs11(source)) => Box::new(hsm(&source)?),
            Some(RootPlan::Transit(source)) => Box::new(transit(&source)?),
            Some(_) | None => {
                let why = "only an HSM or a transit engine can prove that it is destroyed";
                return Err(Error::argument("the root key", why));
            }
        };
        sound_now()?;
        let config = config::load(&self.config, &Environment::read())?;
        expect_vault(config.vault().folder())?;
        let root = root_key_with(config.root(), config.vault().folder(), &self.share_file)?;
        let opened = open_vault(&config, root, &Stop::new(screen)).await?;
        let id = opened.vault.former_roots().iter().map(FormerRoot::id).find(|id| id.to_string() == self.root_id);
        let done = match id {
            Some(id) => destroy(&opened.vault, id, keeper.as_ref()).await,
            None => Err(Error::argument("the root key", format!("`{}` never was this vault's", self.root_id))),
        };
        drop(spawn_blocking(|| opened.close()).await);
        done?;
        let id = self.root_id;
        screen.show(
            || json!({ "root_id": id, "destroyed": true }),
            || format!("root key {id} is destroyed: no copy of the keyring that was sealed under it opens any more"),
        )
    }
}

async fn destroy(vault: &crate::vault::Vault, id: RootId, keeper: &dyn RootDestroyer) -> Result<(), Error> {
    Ok(vault.destroy_root(id, keeper).await.map_err(Box::new)?)
}

const EXAMPLE: &str = "Example:
  fubako keys root destroy --root-id 9f2c... --of pkcs11 --pkcs11-module /usr/lib/softhsm/libsofthsm2.so \\
      --pkcs11-token vault --pkcs11-key fubako-2026

The HSM's or engine's key is destroyed, and whatever else it wrapped with it: the root key in force has to be under another. \
Backups of the HSM or the engine are yours to destroy; the level `final` of an erasure rests on both.";
