//! `fubako ledger checkpoint`: the signed statement of how long the ledger is and what is in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use fubako_proto::v1::GetCheckpointRequest;
use serde_json::json;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::screen::Screen;

/// Nothing to choose but the vault, and what to print.
#[derive(Args, Debug)]
pub(in crate::cli) struct Checkpoint {
    /// Only the key that verifies it
    #[arg(long)]
    key_only: bool,
    /// Only the keys under which this ledger signs and has signed, one a line
    #[arg(long, conflicts_with = "key_only")]
    all_keys: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Checkpoint {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let answer = client.get_checkpoint(GetCheckpointRequest {}).await?;
        let checkpoint = answer.checkpoint.unwrap_or_default();
        if !self.key_only && !self.all_keys && !screen.is_json() {
            // Beside the note, so that what is kept of the output is a note.
            screen.note(&format!("verifier key: {}", checkpoint.verifier_key));
        }
        screen.show(
            || {
                json!({
                    "checkpoint": checkpoint.note,
                    "verifier_key": checkpoint.verifier_key,
                    "other_verifier_keys": checkpoint.other_verifier_keys,
                    "tree_size": checkpoint.size,
                    "root": STANDARD.encode(&checkpoint.root),
                })
            },
            || {
                if self.all_keys {
                    let others = checkpoint.other_verifier_keys.iter().map(String::as_str);
                    [checkpoint.verifier_key.as_str()].into_iter().chain(others).collect::<Vec<_>>().join("\n")
                } else if self.key_only {
                    checkpoint.verifier_key.clone()
                } else {
                    checkpoint.note.clone()
                }
            },
        )
    }
}

pub(super) const EXAMPLE: &str = "Examples:
  fubako ledger checkpoint > checkpoint-2026-11
  fubako ledger checkpoint --key-only > ledger.vkey
  fubako ledger checkpoint --all-keys > ledger.vkey     # after `fubako keys rotate --name signing`

Keep the key where the vault cannot change it: whoever has it can check proofs and checkpoints without the vault. The \
checkpoint is a C2SP signed note; keep one now and then, and `fubako ledger verify --since` shows whether the ledger still begins with all it covers. \
After the signing key was rotated, the key you kept has to be among --all-keys; a file of all of them checks what was signed \
before and after.";
