//! `fubako member erase`: a member's data, gone, at once or when a grace period is over; and that taken back.

use clap::Args;
use fubako_proto::v1::{CancelErasureRequest, EraseMemberRequest};
use serde_json::json;

use crate::cli::connection::MemberConnection;
use crate::cli::error::Error;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// Erases a member, or takes that back.
#[derive(Args, Debug)]
pub(in crate::cli) struct Erase {
    /// The member
    id: String,
    /// Why, for the ledger, without personal data: it outlives the member's record
    #[arg(long)]
    reason: String,
    /// Erase also where what the law wants kept does not open, since the record is damaged: then what opens is kept; for
    /// an officer
    #[arg(long)]
    even_if_unreadable: bool,
    /// Take the erasure back, while its grace period lasts
    #[arg(long, conflicts_with = "even_if_unreadable")]
    cancel: bool,
    #[command(flatten)]
    connection: MemberConnection,
}

impl Erase {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        if self.cancel {
            return self.take_back(screen).await;
        }
        let client = self.connection.open().await?;
        let (member_id, reason, even_if_unreadable) = (self.id.clone(), self.reason, self.even_if_unreadable);
        let request = EraseMemberRequest { member_id, reason, even_if_unreadable, ..EraseMemberRequest::default() };
        let answer = client.erase_member(request).await?;
        let (level, receipt) = (wire::erasure_level(answer.level()), answer.receipt.as_ref());
        let due = wire::time(answer.due_time.as_ref());
        let when = if due.is_empty() { String::new() } else { format!(", and erased on {due}") };
        screen.show(
            || json!({ "member": self.id, "level": level, "due_time": due, "receipt": wire::receipt_json(receipt) }),
            || format!("member {} is {level}{when}: {}", self.id, wire::receipt_words(receipt)),
        )
    }

    async fn take_back(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let (member_id, reason) = (self.id.clone(), self.reason);
        let answer = client.cancel_erasure(CancelErasureRequest { member_id, reason, ..Default::default() }).await?;
        let receipt = answer.receipt.as_ref();
        screen.show(
            || json!({ "member": self.id, "cancelled": true, "receipt": wire::receipt_json(receipt) }),
            || format!("member {} is not to be erased any more: {}", self.id, wire::receipt_words(receipt)),
        )
    }
}
