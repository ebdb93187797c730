//! At rest: a vault that no process has open, opened for one command.

use crate::cli::error::Error;
use crate::cli::host::open_vault_under;
use crate::cli::root::root_key;
use crate::cli::screen::Screen;
use crate::cli::stop::Stop;
use crate::config::settings::Config;
use crate::vault::open::{Opened, kept_policy};

/// Opens it as a start does, but under the policy it has kept: a command puts no new one into force.
pub(super) async fn open_at_rest(config: &Config, screen: Screen) -> Result<(Opened, Stop), Error> {
    let (folder, stop) = (config.vault().folder(), Stop::new(screen));
    let opened = open_vault_under(kept_policy(folder)?, config, root_key(config.root(), folder)?, &stop).await?;
    Ok((opened, stop))
}
