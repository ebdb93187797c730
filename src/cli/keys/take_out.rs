//! `fubako keys retire` and `compromise`: a version taken out of use.

use clap::Args;
use fubako_proto::v1::{KeyVersionState, SetKeyStateRequest};
use serde_json::json;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::keys::{Choice, state_name};
use crate::cli::screen::Screen;
use crate::cli::wire;

/// A version to take out of use.
#[derive(Args, Debug)]
pub(in crate::cli) struct TakeOut {
    #[command(flatten)]
    key: Choice,
    /// The version, as `fubako keys list` shows it
    #[arg(long)]
    version: u32,
    #[command(flatten)]
    connection: Connection,
}

impl TakeOut {
    pub(super) async fn run(self, state: KeyVersionState, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let (key, version) = (self.key.into_name(), self.version);
        let mut request = SetKeyStateRequest { key: key.clone(), version, ..SetKeyStateRequest::default() };
        request.set_state(state);
        let answer = client.set_key_state(request).await?;
        let (state, receipt) = (state_name(state), answer.receipt.as_ref());
        screen.show(
            || json!({ "key": key, "version": version, "state": state, "receipt": wire::receipt_json(receipt) }),
            || format!("`{key} {version}` is {state}: {}", wire::receipt_words(receipt)),
        )
    }
}

pub(super) const RETIRE_EXAMPLE: &str = "Example:
  fubako keys retire --class card --version 1

Without an active version nothing new is taken in of the fields of this class, until the key is rotated. A rotation retires \
the version before by itself. No way leads back.";

pub(super) const COMPROMISE_EXAMPLE: &str = "Example:
  fubako keys rotate --class contact
  fubako keys compromise --class contact --version 1

An active version is rotated first, so that there is one in its place; what it sealed still opens, to be sealed anew. `fubako \
ledger trace --key contact:1` then tells what could have been seen with it. No way leads back.";
