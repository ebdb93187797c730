//! `fubako status`: how a running vault is.

use clap::Args;
use fubako_proto::v1::{GetSealStatusRequest, GetStatusRequest, GetStatusResponse, SealState};
use serde_json::json;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::screen::{Screen, facts};
use crate::cli::unseal::{progress_json, told};
use crate::cli::wire;

/// Asks a running vault how it is.
#[derive(Args, Debug)]
pub(super) struct Status {
    #[command(flatten)]
    connection: Connection,
}

impl Status {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let status = client.get_status(GetStatusRequest {}).await?;
        let (seal, start) = (wire::seal_state(status.seal_state()), wire::time(status.start_time.as_ref()));
        let progress = if status.seal_state() == SealState::Sealed {
            client.get_seal_status(GetSealStatusRequest {}).await?.progress
        } else {
            None
        };
        screen.show(
            || {
                json!({ "unsealing": progress.as_ref().map(progress_json),
                    "vault": status.vault_id, "server_version": status.server_version, "seal_state": seal,
                    "policy_version": status.policy_version, "entries": status.entry_count,
                    "keyring_generation": status.keyring_generation,
                    "suspended_callers": status.suspended_callers, "start_time": start,
                    "held_classes": status.held_classes, "scope_until": wire::time(status.scope_until_time.as_ref()),
                })
            },
            || {
                if let Some(progress) = &progress {
                    return facts(&[
                        ("vault", status.vault_id.clone()),
                        ("server", status.server_version.clone()),
                        ("state", told(progress)),
                        ("since", start.clone()),
                    ]);
                }
                facts(&[
                    ("vault", status.vault_id.clone()),
                    ("server", status.server_version.clone()),
                    ("state", seal.to_owned()),
                    ("policy", format!("version {}", status.policy_version)),
                    ("ledger", entries(status.entry_count)),
                    ("keyring", keyring(&status)),
                    ("suspended", status.suspended_callers.join(" ")),
                    ("since", start.clone()),
                ])
            },
        )
    }
}

fn keyring(status: &GetStatusResponse) -> String {
    let generation = format!("generation {}", status.keyring_generation);
    if status.held_classes.is_empty() {
        return generation;
    }
    let (classes, until) = (status.held_classes.join(" "), wire::time(status.scope_until_time.as_ref()));
    format!("{generation}, scoped: {classes}, until {until}")
}

fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}
