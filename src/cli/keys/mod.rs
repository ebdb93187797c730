//! `fubako keys`: the keys of a vault.

mod rotate_root;

use clap::Subcommand;

use crate::cli::error::Error;
use crate::cli::keys::rotate_root::RotateRoot;
use crate::cli::screen::Screen;

/// What to do with the keys of a vault.
#[derive(Subcommand, Debug)]
pub(super) enum KeysCommand {
    /// The root key, which the keyring is sealed under
    #[command(subcommand)]
    Root(RootCommand),
}

/// What to do with the root key.
#[derive(Subcommand, Debug)]
pub(super) enum RootCommand {
    /// Seal a stopped vault's keyring under a new root key
    Rotate(Box<RotateRoot>),
}

impl KeysCommand {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        match self {
            Self::Root(RootCommand::Rotate(rotate)) => rotate.run(screen).await,
        }
    }
}
