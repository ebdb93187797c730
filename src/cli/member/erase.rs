//! `fubako member erase`: a member's data, gone.

use clap::Args;
use fubako_proto::v1::EraseMemberRequest;
use serde_json::json;

use crate::cli::connection::MemberConnection;
use crate::cli::error::Error;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// Erases a member.
#[derive(Args, Debug)]
pub(in crate::cli) struct Erase {
    /// The member
    id: String,
    /// Why, for the ledger, without personal data: it outlives the member's record
    #[arg(long)]
    reason: String,
    /// Erase also where what the law wants kept does not open, since the record is damaged: then nothing is kept; for an
    /// officer
    #[arg(long)]
    even_if_unreadable: bool,
    #[command(flatten)]
    connection: MemberConnection,
}

impl Erase {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let (member_id, reason, even_if_unreadable) = (self.id.clone(), self.reason, self.even_if_unreadable);
        let request = EraseMemberRequest { member_id, reason, even_if_unreadable, ..EraseMemberRequest::default() };
        let answer = client.erase_member(request).await?;
        let (level, receipt) = (wire::erasure_level(answer.level()), answer.receipt.as_ref());
        screen.show(
            || json!({ "member": self.id, "level": level, "receipt": wire::receipt_json(receipt) }),
            || format!("member {} is {level}: {}", self.id, wire::receipt_words(receipt)),
        )
    }
}
