//! `fubako caller`: stopping a service at once, and letting it in again.

use clap::{Args, Subcommand};
use fubako_proto::v1::{Receipt, ResumeCallerRequest, SuspendCallerRequest};
use serde_json::json;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// What to do with a caller.
#[derive(Subcommand, Debug)]
pub(super) enum CallerCommand {
    /// Refuse everything to a caller from now on, also on connections that are open, and over restarts
    #[command(after_help = "Example:\n  fubako caller suspend shop --reason \"its key may be stolen\"")]
    Suspend(Suspend),
    /// Let a suspended caller in again
    Resume(Resume),
}

/// A caller to suspend.
#[derive(Args, Debug)]
pub(super) struct Suspend {
    /// The caller's name in the server's configuration
    name: String,
    /// Why, for the ledger, without personal data
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    connection: Connection,
}

/// A caller to let in again.
#[derive(Args, Debug)]
pub(super) struct Resume {
    /// The caller's name in the server's configuration
    name: String,
    #[command(flatten)]
    connection: Connection,
}

impl CallerCommand {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        match self {
            Self::Suspend(suspend) => {
                let client = suspend.connection.open().await?;
                let (caller, reason) = (suspend.name.clone(), suspend.reason);
                let request = SuspendCallerRequest { caller, reason, ..SuspendCallerRequest::default() };
                let answer = client.suspend_caller(request).await?;
                tell(screen, &suspend.name, "suspended", answer.receipt.as_ref())
            }
            Self::Resume(resume) => {
                let client = resume.connection.open().await?;
                let request = ResumeCallerRequest { caller: resume.name.clone(), ..ResumeCallerRequest::default() };
                let answer = client.resume_caller(request).await?;
                tell(screen, &resume.name, "let in again", answer.receipt.as_ref())
            }
        }
    }
}

fn tell(screen: Screen, caller: &str, state: &str, receipt: Option<&Receipt>) -> Result<(), Error> {
    screen.show(
        || json!({ "caller": caller, "state": state, "receipt": wire::receipt_json(receipt) }),
        || format!("caller `{caller}` is {state}: {}", wire::receipt_words(receipt)),
    )
}
