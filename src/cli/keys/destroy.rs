//! `fubako keys destroy`: a version that goes for good.

use clap::Args;
use fubako_proto::v1::{DestroyKeyRequest, KeyVersionState};
use serde_json::json;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::keys::{Choice, state_name};
use crate::cli::screen::Screen;
use crate::cli::wire;

/// A version to destroy.
#[derive(Args, Debug)]
pub(in crate::cli) struct Destroy {
    #[command(flatten)]
    key: Choice,
    /// The version, as `fubako keys list` shows it
    #[arg(long)]
    version: u32,
    /// Destroy it though something still needs it, which can never be read again; both approvers have to say so
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Destroy {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let (key, version, lose_what_needs_it) = (self.key.into_name(), self.version, self.force);
        let request =
            DestroyKeyRequest { key: key.clone(), version, lose_what_needs_it, ..DestroyKeyRequest::default() };
        let answer = client.destroy_key(request).await?;
        let (state, receipt) = (answer.state(), answer.receipt.as_ref());
        screen.show(
            || {
                let receipt = wire::receipt_json(receipt);
                json!({ "key": key, "version": version, "state": state_name(state), "receipt": receipt })
            },
            || {
                let receipt = wire::receipt_words(receipt);
                if state == KeyVersionState::Destroyed {
                    format!("`{key} {version}` is destroyed: {receipt}")
                } else {
                    format!("approved; within a day another approver has to say the same, and `{key} {version}` is gone: {receipt}")
                }
            },
        )
    }
}

pub(super) const EXAMPLE: &str = "Example, by two approvers with a certificate each:
  fubako keys destroy --class contact --version 1

Refused while a rotation runs, while anything stored or a backup needs the version, or a scoped keyring holds it. The redo log is dropped first; the keyring is \
written anew and the file before it overwritten, which on many disks is a best effort.";
