//! `fubako verify`: everything that is stored checked, through a server or where none runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use fubako_proto::v1::{LedgerVerdict, VaultVerdict, VerifyStage, VerifyVaultRequest};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::progress::Progress;
use crate::cli::rest::open_at_rest;
use crate::cli::root::root_key;
use crate::cli::screen::Screen;
use crate::config;
use crate::config::environment::Environment;
use crate::config::settings::Config;
use crate::vault::audit::audit_at_rest;
use crate::vault::integrity::Stage;
use crate::vault::open;

/// Where the vault is.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct Verify {
    /// Check the vault of this configuration, which must be stopped, instead of asking a server
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl Verify {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let verdict = match &self.config {
            Some(config) => at_rest(config, screen).await?,
            None => self.ask().await?,
        };
        screen.show(|| verdict_json(&verdict), || told(&verdict))?;
        if verdict.ok { Ok(()) } else { Err(Error::VaultBroken(broken(&verdict))) }
    }

    async fn ask(&self) -> Result<VaultVerdict, Error> {
        let client = self.connection.open().await?;
        let mut answers = client.verify_vault(VerifyVaultRequest {}).await?;
        let mut bar = Bar::new();
        while let Some(answer) = answers.next().await? {
            bar.reach(answer.stage(), answer.checked, answer.total);
            if let Some(verdict) = answer.verdict {
                return Ok(verdict);
            }
        }
        Err(Error::NoVerdict)
    }
}

/// Checks a vault that no process has open: its ledger first, so that a start that refuses has been looked into.
async fn at_rest(config: &Path, screen: Screen) -> Result<VaultVerdict, Error> {
    let config = config::load(config, &Environment::read())?;
    let folder = config.vault().folder().to_owned();
    let root = root_key(config.root(), &folder)?;
    let audited = spawn_blocking(move || {
        let mut progress = Progress::of(0, "checking entries");
        audit_at_rest(&folder, &root, |checked, entries| progress.reach(checked, entries))
    });
    let ledger = audited.await.map_err(|_| Error::NoVerdict)?.map_err(|error| Error::Audit(Box::new(error)))?;
    if !ledger.is_ok() {
        let LedgerVerdict { entries, forgotten, breaks, .. } = LedgerVerdict::from(&ledger);
        return Ok(VaultVerdict { entries, forgotten, breaks, ..VaultVerdict::default() });
    }
    checked(&config, screen).await
}

/// Opens the vault as a start does, since an entry comes before anything is opened, checks it, and closes it.
async fn checked(config: &Config, screen: Screen) -> Result<VaultVerdict, Error> {
    let (opened, _) = open_at_rest(config, screen).await?;
    let (permit, before) = opened.vault.begin_check_at_rest().await.map_err(open::Error::from)?;
    let vault = Arc::clone(&opened.vault);
    let found = spawn_blocking(move || {
        let mut bar = Bar::new();
        vault.check((&permit, before), &mut |stage, checked, total| bar.reach(on_wire(stage), checked, total))
    });
    let found = found.await.map_err(|_| Error::NoVerdict)?;
    spawn_blocking(move || opened.close()).await.map_err(|_| Error::NoVerdict)?;
    Ok(VaultVerdict::from(&found.map_err(open::Error::from)?))
}

/// The bar of the stage that is under way.
struct Bar {
    stage: VerifyStage,
    progress: Progress,
}

impl Bar {
    fn new() -> Self {
        Self { stage: VerifyStage::History, progress: Progress::of(0, words(VerifyStage::History)) }
    }

    fn reach(&mut self, stage: VerifyStage, checked: u64, total: u64) {
        if self.stage != stage {
            *self = Self { stage, progress: Progress::of(total, words(stage)) };
        }
        self.progress.reach(checked, total);
    }
}

const fn on_wire(stage: Stage) -> VerifyStage {
    match stage {
        Stage::History => VerifyStage::History,
        Stage::Store => VerifyStage::Store,
        Stage::Ledger => VerifyStage::Ledger,
    }
}

const fn words(stage: VerifyStage) -> &'static str {
    match stage {
        VerifyStage::Unspecified | VerifyStage::History => "reading what the ledger says",
        VerifyStage::Store => "checking rows",
        VerifyStage::Ledger => "checking entries",
    }
}

fn broken(verdict: &VaultVerdict) -> u64 {
    verdict.breaks.len() as u64 + verdict.further_breaks
}

/// A verdict for programs.
fn verdict_json(verdict: &VaultVerdict) -> Value {
    json!({
        "ok": verdict.ok,
        "records": verdict.records,
        "fields": verdict.fields,
        "not_held": verdict.not_held,
        "rows": verdict.rows,
        "entries": verdict.entries,
        "forgotten": verdict.forgotten,
        "breaks": verdict.breaks,
        "further_breaks": verdict.further_breaks,
    })
}

fn told(verdict: &VaultVerdict) -> String {
    let VaultVerdict { records, fields, rows, entries, further_breaks, .. } = verdict;
    if !verdict.ok {
        let named = verdict.breaks.iter().fold(String::new(), |text, broken| format!("{text}broken: {broken}\n"));
        let further = if *further_breaks == 0 { String::new() } else { format!("and {further_breaks} more\n") };
        return named + &further;
    }
    let past =
        if verdict.forgotten == 0 { String::new() } else { format!(", {} of them past retention", verdict.forgotten) };
    let not_held = if verdict.not_held == 0 {
        String::new()
    } else {
        format!(
            "\n{} values were not opened: the scoped keyring of this node does not hold their keys, and says nothing of them",
            verdict.not_held
        )
    };
    format!(
        "the vault is whole: {records} records with {fields} values, {rows} other rows, {entries} entries{past}{not_held}"
    )
}

const EXAMPLE: &str = "Examples:
  fubako verify
  fubako verify --json
  fubako verify --config /srv/fubako/fubako.toml     # the server is stopped

Opens every row and every value, and keeps none; compares the indexes with what they list, from both sides, and every record \
with the entry of the ledger that made it; then checks the ledger as `fubako ledger verify` does. An entry says so first, also \
where the server is stopped. Exits with 1 and names table and member if anything is broken.";
