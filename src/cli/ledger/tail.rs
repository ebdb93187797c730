//! `fubako ledger tail`: entries as they are made, a line each, for people and for log collectors.

use clap::Args;
use fubako_proto::v1::TailEntriesRequest;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::ledger::filter::Filter;
use crate::cli::ledger::list::{entry_json, line};
use crate::cli::screen::{Screen, print};

/// What to follow.
#[derive(Args, Debug)]
pub(in crate::cli) struct Tail {
    /// Begin with the entry at this place instead of the next one that is made
    #[arg(long, value_name = "INDEX")]
    from_index: Option<u64>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    connection: Connection,
}

impl Tail {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let request = TailEntriesRequest { from_index: self.from_index, filter: Some(self.filter.into_wire()) };
        let mut answers = client.tail_entries(request).await?;
        while let Some(answer) = answers.next().await? {
            for entry in &answer.entries {
                let line = if screen.is_json() { entry_json(entry).to_string() } else { line(entry) };
                print(&format!("{line}\n"))?;
            }
        }
        Ok(())
    }
}

pub(super) const EXAMPLE: &str = "Examples:
  fubako ledger tail
  fubako ledger tail --outcome refused
  fubako ledger tail --json --from-index 0 >> ledger.jsonl     # a line of JSON for each entry

An entry is printed within about a second, once a signed checkpoint covers it. Ctrl-C ends it; --from-index with the \
index after the last one goes on without a gap.";
