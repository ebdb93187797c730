//! `fubako ledger list`: entries of the ledger, a page after the other.

use clap::Args;
use fubako_proto::v1::{EntryOrder, LedgerEntry, ListEntriesRequest};
use serde_json::{Value, json};

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::ledger::filter::Filter;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// Which entries to list.
#[derive(Args, Debug)]
pub(in crate::cli) struct List {
    /// How many at most; 0 for all
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Begin with the first entry
    #[arg(long)]
    oldest_first: bool,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    connection: Connection,
}

impl List {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let order = if self.oldest_first { EntryOrder::OldestFirst } else { EntryOrder::NewestFirst };
        let filter = self.filter.into_wire();
        let mut entries = Vec::new();
        let mut page_token = String::new();
        while entries.len() < limit {
            let page_size = i32::try_from(limit - entries.len()).unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
            let filter = Some(filter.clone());
            let mut request = ListEntriesRequest { page_size, page_token, filter, ..ListEntriesRequest::default() };
            request.set_order(order);
            let page = client.list_entries(request).await?;
            entries.extend(page.entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        screen.show(|| entries.iter().map(entry_json).collect(), || table(screen, &entries))
    }
}

fn table(screen: Screen, entries: &[LedgerEntry]) -> String {
    let mut table =
        screen.table(&["#", "time", "event", "caller", "about", "purpose -> recipient", "outcome", "fields"]);
    for entry in entries {
        let outcome = wire::entry_outcome(entry.outcome());
        table.add_row([
            entry.index.to_string(),
            wire::time(entry.entry_time.as_ref()),
            entry.event.clone(),
            entry.caller.clone(),
            if entry.member_id.is_empty() { entry.subject.clone() } else { entry.member_id.clone() },
            arrow(&entry.purpose, &entry.recipient),
            if entry.reason.is_empty() { outcome.to_owned() } else { format!("{outcome}: {}", entry.reason) },
            fields(entry).join(", "),
        ]);
    }
    format!("{table}\n{} entries", entries.len())
}

fn arrow(purpose: &str, recipient: &str) -> String {
    if recipient.is_empty() { purpose.to_owned() } else { format!("{purpose} -> {recipient}") }
}

/// `address@1 full`, one for each slot.
fn fields(entry: &LedgerEntry) -> Vec<String> {
    let slot = |slot: u32| if slot == 0 { String::new() } else { format!("@{slot}") };
    let one = |field: &fubako_proto::v1::EntryField| {
        format!("{}{} {}", field.field, slot(field.slot), field.forms.join("+")).trim_end().to_owned()
    };
    entry.fields.iter().map(one).collect()
}

/// An entry for programs.
pub(super) fn entry_json(entry: &LedgerEntry) -> Value {
    json!({
        "index": entry.index,
        "entry_id": entry.entry_id,
        "time": wire::time(entry.entry_time.as_ref()),
        "event": entry.event,
        "caller": entry.caller,
        "purpose": entry.purpose,
        "recipient": entry.recipient,
        "recipient_class": entry.recipient_class,
        "bases": entry.basis_ids,
        "basis_kinds": entry.basis_kinds,
        "member": entry.member_id,
        "fields": fields(entry),
        "outcome": wire::entry_outcome(entry.outcome()),
        "reason": entry.reason,
        "policy_version": entry.policy_version,
        "leaf_hash": hex::encode(&entry.leaf_hash),
        "subject": entry.subject,
        "revision": entry.revision,
        "count": entry.count,
    })
}

/// An entry on a line of its own.
pub(super) fn line(entry: &LedgerEntry) -> String {
    let outcome = wire::entry_outcome(entry.outcome());
    let about = if entry.member_id.is_empty() { &entry.subject } else { &entry.member_id };
    let arrow = arrow(&entry.purpose, &entry.recipient);
    let parts = [
        entry.index.to_string(),
        wire::time(entry.entry_time.as_ref()),
        entry.event.clone(),
        format!("by {}", entry.caller),
        if about.is_empty() { String::new() } else { format!("about {about}") },
        if arrow.is_empty() { String::new() } else { format!("for {arrow}") },
        if entry.reason.is_empty() { outcome.to_owned() } else { format!("{outcome}: {}", entry.reason) },
        fields(entry).join(", "),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

pub(super) const EXAMPLE: &str = "Examples:
  fubako ledger list
  fubako ledger list --oldest-first --limit 1000 --json
  fubako ledger list --member ID --outcome granted
  fubako ledger list --to aoyama-books --from 2026-11-01T00:00:00Z --limit 0";

const LARGEST_PAGE: i32 = 1000;
