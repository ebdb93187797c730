//! `fubako member retained`: what the law has kept of an erased member.

use clap::Args;
use fubako_proto::v1::{GetRetainedRequest, GetRetainedResponse};
use serde_json::{Value, json};

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::screen::{Screen, facts};
use crate::cli::value::write;
use crate::cli::view::{field_json, place};
use crate::cli::wire;

/// Shows what is kept.
#[derive(Args, Debug)]
pub(in crate::cli) struct Retained {
    /// The member who was erased
    id: String,
    /// What it is read for, for the ledger, without personal data, such as the number of an order
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    connection: Connection,
}

impl Retained {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let request = GetRetainedRequest { member_id: self.id.clone(), reason: self.reason };
        let kept = client.get_retained(request).await?;
        screen.show(|| kept_json(&self.id, &kept), || kept_words(screen, &kept))
    }
}

fn kept_json(member: &str, kept: &GetRetainedResponse) -> Value {
    json!({
        "member": member,
        "fields": kept.fields.iter().map(field_json).collect::<Vec<_>>(),
        "erase_time": wire::time(kept.erase_time.as_ref()),
        "erasure_entry_id": kept.erasure_entry_id,
        "keep_until_time": wire::time(kept.keep_until_time.as_ref()),
        "receipt": wire::receipt_json(kept.receipt.as_ref()),
    })
}

fn kept_words(screen: Screen, kept: &GetRetainedResponse) -> String {
    let mut table = screen.table(&["field", "value"]);
    for field in &kept.fields {
        for value in &field.values {
            let shown = value.value.as_ref().map(write::words).unwrap_or_default();
            table.add_row([place(&field.field, field.slot), shown]);
        }
    }
    let facts = facts(&[
        ("erased", format!("{} (entry {})", wire::time(kept.erase_time.as_ref()), kept.erasure_entry_id)),
        ("kept until", wire::time(kept.keep_until_time.as_ref())),
        ("written down", wire::receipt_words(kept.receipt.as_ref())),
    ]);
    format!("{table}\n{facts}")
}

/// How to use it.
pub(super) const EXAMPLE: &str = "Example:
  fubako member retained ID --reason \"court order 2026-77\"

As one with the role `legal`. Which fields are kept, and for how long, is told by `fubako policy show`. The reading is written \
down before anything is opened, and the member's account tells of it. When the term is over, nothing is left.";
