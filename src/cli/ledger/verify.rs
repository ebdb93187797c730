//! `fubako ledger verify`: the whole ledger checked, through a server or where none runs.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use fubako_proto::v1::{LedgerVerdict, VerifyLedgerRequest};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::ledger::proof::verifier_keys;
use crate::cli::ledger::since::compare;
use crate::cli::progress::Progress;
use crate::cli::root::root_key;
use crate::cli::screen::Screen;
use crate::config;
use crate::config::environment::Environment;
use crate::vault::audit::audit_at_rest;

/// Where the ledger is.
#[derive(Args, Debug)]
pub(in crate::cli) struct Verify {
    /// Check the vault of this configuration, which must be stopped, instead of asking a server
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Also compare with a checkpoint kept from earlier: the ledger has to begin with all it covers
    #[arg(long, value_name = "CHECKPOINT", requires = "ledger_key", conflicts_with = "config")]
    since: Option<PathBuf>,
    /// The ledger's verifier key, or the file it stands in
    #[arg(long, env = "FUBAKO_LEDGER_KEY", value_name = "KEY|FILE")]
    ledger_key: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl Verify {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let verdict = match &self.config {
            Some(config) => at_rest(config.clone()).await?,
            None => self.ask().await?,
        };
        screen.show(|| verdict_json(&verdict), || told(&verdict))?;
        if !verdict.ok {
            return Err(Error::Broken(verdict.breaks.len()));
        }
        let (Some(since), Some(key)) = (&self.since, &self.ledger_key) else { return Ok(()) };
        let covered = compare(&self.connection.open().await?, since, &verifier_keys("--ledger-key", key)?).await?;
        screen.note(&format!("it begins with the {covered} entries that `{}` covers", since.display()));
        Ok(())
    }

    async fn ask(&self) -> Result<LedgerVerdict, Error> {
        let client = self.connection.open().await?;
        let mut answers = client.verify_ledger(VerifyLedgerRequest {}).await?;
        let mut progress = Progress::of(0, "checking entries");
        let mut verdict = None;
        while let Some(answer) = answers.next().await? {
            progress.reach(answer.checked, answer.entries);
            verdict = answer.verdict.or(verdict);
        }
        verdict.ok_or(Error::NoVerdict)
    }
}

/// Checks the ledger of a vault that no process has open.
async fn at_rest(config: PathBuf) -> Result<LedgerVerdict, Error> {
    let config = config::load(&config, &Environment::read())?;
    let folder = config.vault().folder().to_owned();
    let root = root_key(config.root(), &folder)?;
    let checked = spawn_blocking(move || {
        let mut progress = Progress::of(0, "checking entries");
        audit_at_rest(&folder, &root, |checked, entries| progress.reach(checked, entries))
    });
    let found = checked.await.map_err(|_| Error::NoVerdict)?.map_err(|error| Error::Audit(Box::new(error)))?;
    Ok(LedgerVerdict::from(&found))
}

/// A verdict for programs.
fn verdict_json(verdict: &LedgerVerdict) -> Value {
    json!({
        "ok": verdict.ok,
        "entries": verdict.entries,
        "forgotten": verdict.forgotten,
        "tree_size": verdict.tree_size,
        "root": STANDARD.encode(&verdict.root),
        "past_ledgers": verdict.past_ledgers,
        "past_entries": verdict.past_entries,
        "breaks": verdict.breaks,
    })
}

fn told(verdict: &LedgerVerdict) -> String {
    let LedgerVerdict { entries, tree_size, forgotten, root, .. } = verdict;
    if !verdict.ok {
        return verdict.breaks.iter().fold(String::new(), |text, broken| format!("{text}broken: {broken}\n"));
    }
    let past = if *forgotten == 0 { String::new() } else { format!(", {forgotten} of them past retention") };
    let before = match verdict.past_ledgers {
        0 => String::new(),
        ledgers => format!("\nwhole too: {ledgers} from before restores, with {} entries", verdict.past_entries),
    };
    format!(
        "the ledger is whole: {entries} entries{past}, {tree_size} under the checkpoint\nroot {}{before}",
        STANDARD.encode(root)
    )
}

pub(super) const EXAMPLE: &str = "Examples:
  fubako ledger verify
  fubako ledger verify --json
  fubako ledger verify --since checkpoint-2026-10 --ledger-key ledger.vkey
  fubako ledger verify --config /srv/fubako/fubako.toml     # the server is stopped, or refuses to start

Checks every frame, every entry against the tree, the tree against the signed checkpoint, the index, the store's \
position, and the ledgers from before a restore in the same way. Exits with 1 and names the place if anything is broken. A folder that was put back as a whole to an earlier time is \
whole too: only a checkpoint that was kept elsewhere (`fubako ledger checkpoint`) shows that it is not the newest, and that is \
what --since is for.";
