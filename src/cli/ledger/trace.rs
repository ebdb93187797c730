//! `fubako ledger trace`: what a caller, a party or a key version could have seen between two times.

use clap::{ArgGroup, Args};
use fubako_proto::v1::trace_exposure_request::Subject;
use fubako_proto::v1::{ExposureSummary, KeyVersion, LedgerEntry, TraceExposureRequest};
use serde_json::{Value, json};

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::gaps::before_restore;
use crate::cli::ledger::list::{entry_json, line};
use crate::cli::screen::{Screen, print};
use crate::cli::wire;

/// Whose sight to trace, and when.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("subject").required(true).args(["caller", "party", "key_version"])))]
pub(in crate::cli) struct Trace {
    /// What this caller was given
    #[arg(long, value_name = "CALLER")]
    caller: Option<String>,
    /// What was given to this party
    #[arg(long, value_name = "PARTY")]
    party: Option<String>,
    /// What was given or stored under this version of a class key, such as card:2
    #[arg(long, value_name = "CLASS:VERSION", value_parser = key_version)]
    key_version: Option<KeyVersion>,
    /// The earliest instant, such as 2026-11-23T09:00:00+09:00
    #[arg(long, value_name = "TIME", value_parser = wire::instant)]
    from: prost_types::Timestamp,
    /// The instant all of it has to be before; now, if it is not given
    #[arg(long, value_name = "TIME", value_parser = wire::instant)]
    until: Option<prost_types::Timestamp>,
    /// Only the sum
    #[arg(long)]
    summary: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Trace {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let subject = self.caller.map(Subject::Caller);
        let subject = subject.or(self.party.map(Subject::PartyId)).or(self.key_version.map(Subject::Key));
        let request = TraceExposureRequest { subject, from_time: Some(self.from), until_time: self.until };
        let mut answers = client.trace_exposure(request).await?;
        let mut entries: Vec<LedgerEntry> = Vec::new();
        let mut summary = ExposureSummary::default();
        while let Some(answer) = answers.next().await? {
            if let Some(sum) = answer.summary {
                summary = sum;
            }
            if self.summary {
                continue;
            }
            if screen.is_json() {
                entries.extend(answer.entries);
            } else {
                let lines = answer.entries.iter().map(|entry| format!("{}\n", line(entry)));
                print(&lines.collect::<String>())?;
            }
        }
        screen.show(|| to_json(&entries, &summary), || table(screen, &summary))
    }
}

fn to_json(entries: &[LedgerEntry], summary: &ExposureSummary) -> Value {
    let forms = summary.forms.iter().map(
        |form| json!({ "field": form.field, "form": form.form, "entries": form.entries, "members": form.members }),
    );
    json!({
        "entries": entries.iter().map(entry_json).collect::<Vec<_>>(),
        "summary": {
            "releases": summary.releases,
            "members": summary.members,
            "forms": forms.collect::<Vec<_>>(),
            "forgotten": summary.forgotten,
            "resealed": summary.resealed,
            "previous_origin": summary.previous_origin,
        },
    })
}

fn table(screen: Screen, summary: &ExposureSummary) -> String {
    let mut table = screen.table(&["field", "form", "members", "entries"]);
    for form in &summary.forms {
        let name = if form.form.is_empty() { "(stored)" } else { &form.form };
        table.add_row([&form.field, name, &form.members.to_string(), &form.entries.to_string()]);
    }
    let forgotten = match summary.forgotten {
        0 => String::new(),
        forgotten => format!("; {forgotten} entries of that time are past retention and not in this"),
    };
    let resealed = match summary.resealed {
        0 => String::new(),
        resealed => format!(
            "\na rotation sealed {resealed} records again under this version in that time: any member with a value of the \
             class may be among them"
        ),
    };
    let before = match summary.previous_origin.as_str() {
        "" => String::new(),
        origin => format!("\n{}", before_restore(origin)),
    };
    format!("{table}\n{} releases about {} members{forgotten}{resealed}{before}", summary.releases, summary.members)
}

fn key_version(text: &str) -> Result<KeyVersion, String> {
    let parts = text.split_once(':').and_then(|(class, version)| Some((class, version.parse().ok()?)));
    let (class, version) = parts.ok_or_else(|| "write a class and a version such as `card:2`".to_owned())?;
    Ok(KeyVersion { key_class: class.to_owned(), version })
}

pub(super) const EXAMPLE: &str = "Examples:
  fubako ledger trace --caller shop --from 2026-11-23T00:00:00Z
  fubako ledger trace --party aoyama-books --from 2026-11-01T00:00:00Z --until 2026-12-01T00:00:00Z --summary
  fubako ledger trace --key-version card:1 --from 2026-01-01T00:00:00Z --json

An entry says what may have been received: it is durable before the view exists. For a key it also tells \
what was stored under it in that time, and how many records a rotation sealed again under it, whose members no entry names. \
What a caller searched for, compared or read in the ledger is in `fubako ledger list --caller`.";
