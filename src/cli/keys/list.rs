//! `fubako keys list`: every version of every key.

use clap::Args;
use fubako_proto::v1::{GetKeysRequest, KeyDescription};
use serde_json::{Value, json};

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::keys::state_name;
use crate::cli::screen::Screen;
use crate::cli::wire;

/// Lists the keys.
#[derive(Args, Debug)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    connection: Connection,
}

impl List {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let versions = client.get_keys(GetKeysRequest {}).await?.versions;
        screen.show(
            || versions.iter().map(version_json).collect(),
            || {
                let mut table = screen.table(&["key", "version", "state", "made", "rotation due", "sealed"]);
                for version in &versions {
                    let made = wire::time(version.create_time.as_ref());
                    let (number, state) = (version.version.to_string(), state_name(version.state()).to_owned());
                    let due = wire::time(version.rotation_due_time.as_ref());
                    let sealed = version.sealed_count.map(|sealed| sealed.to_string()).unwrap_or_default();
                    table.add_row([version.key.clone(), number, state, made, due, sealed]);
                }
                table.to_string()
            },
        )
    }
}

fn version_json(version: &KeyDescription) -> Value {
    json!({
        "key": version.key,
        "version": version.version,
        "state": state_name(version.state()),
        "create_time": wire::time(version.create_time.as_ref()),
        "rotation_due_time": version.rotation_due_time.as_ref().map(|due| wire::time(Some(due))),
        "sealed_count": version.sealed_count,
    })
}

pub(super) const EXAMPLE: &str = "Examples:
  fubako keys list
  fubako keys list --json

Versions that were destroyed stay listed. `rotation due` is when the server replaces a version by itself (`[keys] \
rotate_every_days`), `sealed` how much was sealed under it at most. Keys named `ledger-202611` seal the entries of a month; `fubako ledger retire` \
destroys them when retention is over.";
