//! `fubako unseal` and `fubako seal`: a running server's vault opened with what people bring, and sealed again.

use std::path::PathBuf;

use clap::Args;
use fubako_keys::RootError;
use fubako_proto::v1::unseal_request::Key;
use fubako_proto::v1::{ConfiguredRoot, SealProgress, SealRequest, SealState, UnsealRequest};
use serde_json::{Value, json};

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::passphrase;
use crate::cli::root::share_lines;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// Opens a sealed vault, with one share or what else it takes.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct Unseal {
    /// A file with shares, one a line, that is its owner's alone [default: one share is asked for]
    #[arg(long, value_name = "FILE")]
    share_file: Option<PathBuf>,
    /// Bring the passphrase, which is asked for
    #[arg(long, conflicts_with = "share_file")]
    passphrase: bool,
    /// Have the server use the root key its configuration names
    #[arg(long, conflicts_with_all = ["share_file", "passphrase"])]
    configured: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Seals a running vault.
#[derive(Args, Debug)]
pub(super) struct Seal {
    #[command(flatten)]
    connection: Connection,
}

impl Unseal {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let keys = self.keys()?;
        let client = self.connection.open().await?;
        let mut progress = SealProgress::default();
        for key in keys {
            let answer = client.unseal(UnsealRequest { key: Some(key) }).await?;
            progress = answer.progress.unwrap_or_default();
            if progress.seal_state() == SealState::Unsealed {
                break;
            }
        }
        screen.show(|| progress_json(&progress), || told(&progress))
    }

    /// What is to be brought, read and checked before anything is sent.
    fn keys(&self) -> Result<Vec<Key>, Error> {
        if self.configured {
            return Ok(vec![Key::Configured(ConfiguredRoot {})]);
        }
        if self.passphrase {
            return Ok(vec![Key::Passphrase(passphrase::asked("Passphrase: ")?.to_sent().to_string())]);
        }
        let shares = if let Some(file) = &self.share_file {
            share_lines(file)?
        } else {
            vec![passphrase::asked("Share: ").map_err(Error::Share)?.as_share().map_err(RootError::from)?]
        };
        if shares.is_empty() {
            return Err(Error::argument("--share-file", "there is no share in it"));
        }
        Ok(shares.iter().map(|share| Key::Share(share.to_line().to_string())).collect())
    }
}

impl Seal {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        client.seal(SealRequest {}).await?;
        screen.show(
            || json!({ "sealed": true }),
            || "the vault seals itself as soon as the open calls have ended; `fubako status` tells when".to_owned(),
        )
    }
}

/// How far unsealing has come, for programs.
pub(super) fn progress_json(progress: &SealProgress) -> Value {
    json!({
        "seal_state": wire::seal_state(progress.seal_state()), "root_kind": progress.root_kind,
        "shares_needed": progress.shares_needed, "shares_dealt": progress.shares_dealt,
        "shares_brought": progress.shares_brought,
    })
}

/// The same in words.
pub(super) fn told(progress: &SealProgress) -> String {
    let state = wire::seal_state(progress.seal_state());
    if progress.shares_needed == 0 {
        return format!("the vault is {state}");
    }
    format!(
        "the vault is {state}: {} of the {} shares that are needed are there, of {} that were dealt",
        progress.shares_brought, progress.shares_needed, progress.shares_dealt
    )
}

const EXAMPLE: &str = "Examples:
  fubako unseal                       # asks for one share; each holder does this from their own machine
  fubako unseal --share-file my.share
  fubako unseal --configured          # a vault that was sealed, and whose root key is a file, an HSM or a transit key";
