//! `fubako member review`: what the vault holds about a member, for the member.

use clap::Args;
use fubako_proto::v1::ReviewMemberRequest;
use serde_json::json;

use crate::cli::connection::MemberConnection;
use crate::cli::error::Error;
use crate::cli::screen::Screen;
use crate::cli::view::{view_json, view_words};
use crate::cli::wire;

/// Shows a member's own view; it takes the member's assertion.
#[derive(Args, Debug)]
pub(in crate::cli) struct Review {
    /// The member
    id: String,
    /// The purpose; `self-export` for a copy to take away
    #[arg(long, default_value = "self-review")]
    purpose: String,
    #[command(flatten)]
    connection: MemberConnection,
}

impl Review {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let answer = client.review_member(ReviewMemberRequest { member_id: self.id, purpose: self.purpose }).await?;
        let view = wire::sent(answer.view, "view")?;
        let receipt = answer.receipt.as_ref();
        screen.show(
            || json!({ "view": view_json(&view), "revision": answer.revision, "receipt": wire::receipt_json(receipt) }),
            || view_words(screen, &view, receipt),
        )
    }
}
