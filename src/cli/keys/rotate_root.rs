//! `fubako keys root rotate`: a new root key for a stopped vault, of any kind.

use std::path::PathBuf;

use clap::Args;
use fubako_keys::RootKey;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::cli::clock::sound_now;
use crate::cli::error::Error;
use crate::cli::host::open_vault;
use crate::cli::root::plan::{KeeperArgs, NewKind, Root, RootPlan};
use crate::cli::root::{root_key_with, whereabouts};
use crate::cli::screen::{Screen, facts};
use crate::cli::stop::Stop;
use crate::config;
use crate::config::environment::Environment;
use crate::config::settings::Config;
use crate::vault::create::expect_vault;
use crate::vault::root::{self, RootRotated};

/// Which vault, and what its new root key is made of.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(in crate::cli) struct RotateRoot {
    /// The vault's configuration; no server may be running by it
    #[arg(long, env = "FUBAKO_CONFIG", value_name = "FILE", default_value = "fubako.toml")]
    config: PathBuf,
    /// What the new root key is made of
    #[arg(long, value_enum)]
    to: NewKind,
    /// Where to put the new root key, with --to file; there must be no file yet
    #[arg(long, value_name = "FILE")]
    new_root_file: Option<PathBuf>,
    /// A file with the new passphrase on its first line, with --to passphrase [default: it is asked for]
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// A file with shares of the present root key, one a line; may be given several times [default: they are asked for]
    #[arg(long, value_name = "FILE")]
    share_file: Vec<PathBuf>,
    #[command(flatten)]
    keeper: KeeperArgs,
}

impl RotateRoot {
    pub(in crate::cli) async fn run(self, screen: Screen) -> Result<(), Error> {
        // Whatever can refuse this comes before anything is made.
        let plan = self.plan()?;
        sound_now()?;
        let config = config::load(&self.config, &Environment::read())?;
        expect_vault(config.vault().folder())?;
        let old = root_key_with(config.root(), config.vault().folder(), &self.share_file)?;
        let opened = open_vault(&config, old, &Stop::new(screen)).await?;
        let done = match Self::prepare(plan, screen) {
            Ok((key, told)) => Ok((opened.vault.rotate_root(key).await, told)),
            Err(error) => Err(error),
        };
        // Also where it failed: the vault is closed in order, with the root key it has.
        drop(spawn_blocking(|| opened.close()).await);
        match done? {
            (Ok(rotated), told) => tell(screen, &config, rotated, &told),
            (Err(error), told) => {
                if let root::Error::NotNoted { rotated, .. } = &error {
                    tell(screen, &config, *rotated, &told)?;
                }
                Err(error.into())
            }
        }
    }

    /// Makes the new root key, and hands out its shares while the old one still opens the vault: were it the other way
    /// round, a terminal that closed in between would lose the vault.
    fn prepare(plan: RootPlan, screen: Screen) -> Result<(RootKey, Told), Error> {
        let root = plan.carry_out()?;
        let shares = root.shares();
        if !shares.is_empty() {
            let id = root.made.key().id().to_string();
            screen.show(|| json!({ "root_id": id, "in_force": false, "shares": shares }), || handed_out(&shares))?;
        }
        let Root { made, setting, advice } = root;
        Ok((made.into_key(), Told { setting, advice }))
    }

    fn plan(&self) -> Result<RootPlan, Error> {
        let refused = |why| Err(Error::argument("the new root key", why));
        if self.new_root_file.is_some() && self.to != NewKind::File {
            return refused("--new-root-file is for --to file only");
        }
        if self.new_passphrase_file.is_some() && self.to != NewKind::Passphrase {
            return refused("--new-passphrase-file is for --to passphrase only");
        }
        if let Some(plan) = self.keeper.plan(Some(self.to))? {
            return Ok(plan);
        }
        match (self.to, &self.new_root_file, &self.new_passphrase_file) {
            (NewKind::File, Some(file), _) => Ok(RootPlan::NewFile(file.clone())),
            (NewKind::File, None, _) => refused("--to file needs --new-root-file, which says where to put it"),
            (_, _, Some(file)) => Ok(RootPlan::PassphraseFile(file.clone())),
            (_, _, None) => Ok(RootPlan::Prompt),
        }
    }
}

/// What is told of a new root key besides its name.
struct Told {
    setting: String,
    advice: String,
}

fn handed_out(shares: &[String]) -> String {
    let shares = shares.iter().fold(String::new(), |lines, share| format!("{lines}  {share}\n"));
    format!(
        "The new shares. Note them down now; they hold once this command says that the root key was replaced.\n\n{shares}"
    )
}

fn tell(screen: Screen, config: &Config, rotated: RootRotated, told: &Told) -> Result<(), Error> {
    let (file, before) = (config.file().display(), whereabouts(config.root()));
    screen.show(
        || -> Value {
            json!({
                "root_id": rotated.current.to_string(), "previous_root_id": rotated.previous.to_string(),
                "in_force": true, "setting": told.setting, "keep": told.advice,
            })
        },
        || {
            let facts = facts(&[
                ("root key", rotated.current.to_string()),
                ("before", rotated.previous.to_string()),
                ("it was", before),
            ]);
            format!(
                "the root key was replaced\n{facts}\nIn `{file}`, put this under [root] in the place of what is there:\n\n\
                 {}\n\n{}\nThe old root key still opens old copies of the keyring, such as those in backups: keep it as long \
                 as those, then destroy it.",
                told.setting, told.advice
            )
        },
    )
}

const EXAMPLE: &str = "Examples:
  fubako keys root rotate --to file --new-root-file /mnt/keys/fubako-2.key
  fubako keys root rotate --to shares --shares 5 --threshold 3

It changes the keyring and nothing else: every value stays sealed as it is. The server must be stopped.";
