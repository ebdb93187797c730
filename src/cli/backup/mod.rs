//! `fubako backup`: copies of a vault and of its keyring, made beside the running server, and checked without it.

pub(super) mod create;
mod list;
mod verify;

use clap::Subcommand;

use crate::cli::backup::create::{Create, KeyringCopy};
use crate::cli::backup::list::{Forget, List};
use crate::cli::backup::verify::Verify;
use crate::cli::error::Error;
use crate::cli::screen::Screen;

/// What to do with copies.
#[derive(Subcommand, Debug)]
pub(super) enum BackupCommand {
    /// Write a backup of everything but the keyring into a new file, while the server goes on
    #[command(after_help = create::EXAMPLE)]
    Create(Create),
    /// Write the sealed keyring into a new file; keep it apart from backups, and both apart from the root key
    Keyring(KeyringCopy),
    /// Read a whole backup and check every piece of it, without a server
    #[command(after_help = verify::EXAMPLE)]
    Verify(Verify),
    /// List the copies on record
    List(List),
    /// Attest that a copy was destroyed
    #[command(after_help = list::EXAMPLE)]
    Forget(Forget),
}

impl BackupCommand {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        match self {
            Self::Create(create) => create.run(screen).await,
            Self::Keyring(keyring) => keyring.run(screen).await,
            Self::Verify(verify) => verify.run(screen).await,
            Self::List(list) => list.run(screen).await,
            Self::Forget(forget) => forget.run(screen).await,
        }
    }
}
