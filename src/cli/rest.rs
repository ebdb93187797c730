//! At rest: a vault that no process has open, opened for one command.

use std::sync::Arc;

use ring::rand::SystemRandom;

use crate::cli::clock::clock;
use crate::cli::error::Error;
use crate::cli::root::root_key;
use crate::cli::screen::Screen;
use crate::cli::stop::Stop;
use crate::config::settings::Config;
use crate::vault::open::{self, OpenVault, Opened, kept_policy};

/// Opens it as a start does, but under the policy it has kept: a command puts no new one into force.
pub(super) async fn open_at_rest(config: &Config, screen: Screen) -> Result<(Opened, Stop), Error> {
    let (vault, stop) = (config.vault(), Stop::new(screen));
    let opened = open::open(OpenVault {
        folder: vault.folder().to_owned(),
        root: root_key(config.root(), vault.folder())?,
        policy_text: kept_policy(vault.folder())?,
        policy_file: vault.policy_file().to_owned(),
        expected_members: vault.expected_members(),
        cache_bytes: vault.cache().get(),
        retention_months: config.ledger().retention_months(),
        backup_keep_days: config.backup().keep_days(),
        disk_reserve_bytes: vault.disk_reserve().get(),
        clock: clock(),
        random: Arc::new(SystemRandom::new()),
        on_fatal: stop.on_fatal(),
    })
    .await?;
    stop.vault_is_open();
    Ok((opened, stop))
}
