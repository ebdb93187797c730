//! `fubako keys`: the keys of a vault through their whole life.

mod destroy;
mod destroy_root;
mod export_scope;
mod list;
mod rotate;
mod rotate_root;
mod take_out;

use clap::{Args, Subcommand};
use fubako_proto::v1::KeyVersionState;

use crate::cli::error::Error;
use crate::cli::keys::destroy::Destroy;
use crate::cli::keys::destroy_root::DestroyRoot;
use crate::cli::keys::export_scope::ExportScope;
use crate::cli::keys::list::List;
use crate::cli::keys::rotate::{Rotate, Watch};
use crate::cli::keys::rotate_root::RotateRoot;
use crate::cli::keys::take_out::TakeOut;
use crate::cli::screen::Screen;

/// What to do with the keys of a vault.
#[derive(Subcommand, Debug)]
pub(super) enum KeysCommand {
    /// List every version of every key, with its state
    #[command(after_help = list::EXAMPLE)]
    List(List),
    /// Give a key a new version, and bring everything that is stored under it
    #[command(after_help = rotate::EXAMPLE)]
    Rotate(Rotate),
    /// Tell how far the last rotation is
    Status(Watch),
    /// Follow the last rotation to its end
    Watch(Watch),
    /// Deactivate a class key's version: it seals nothing new, what it sealed still opens
    #[command(after_help = take_out::RETIRE_EXAMPLE)]
    Retire(TakeOut),
    /// Write down that somebody may have a version
    #[command(after_help = take_out::COMPROMISE_EXAMPLE)]
    Compromise(TakeOut),
    /// Approve that a version is destroyed for good; the second approver's word does it
    #[command(after_help = destroy::EXAMPLE)]
    Destroy(Destroy),
    /// Approve that a keyring is given out that opens some classes and no other, for another node; with the second approver's
    /// word it is written into a new file
    #[command(after_help = export_scope::EXAMPLE)]
    ExportScope(ExportScope),
    /// The root key, which the keyring is sealed under
    #[command(subcommand)]
    Root(RootCommand),
}

/// What to do with the root key.
#[derive(Subcommand, Debug)]
pub(super) enum RootCommand {
    /// Seal a stopped vault's keyring under a new root key
    Rotate(Box<RotateRoot>),
    /// Have an HSM or a transit engine destroy the root key a stopped vault had before, and remember that
    Destroy(Box<DestroyRoot>),
}

/// Which key is meant.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Choice {
    /// The key of a class of fields: identity, contact, card, bank or credential
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// Another key: manifest, index, pseudonym or signing
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl KeysCommand {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        match self {
            Self::List(list) => list.run(screen).await,
            Self::Rotate(rotate) => rotate.run(screen).await,
            Self::Status(watch) => watch.once(screen).await,
            Self::Watch(watch) => watch.run(screen).await,
            Self::Retire(version) => version.run(KeyVersionState::Deactivated, screen).await,
            Self::Compromise(version) => version.run(KeyVersionState::Compromised, screen).await,
            Self::Destroy(destroy) => destroy.run(screen).await,
            Self::ExportScope(export) => export.run(screen).await,
            Self::Root(RootCommand::Rotate(rotate)) => rotate.run(screen).await,
            Self::Root(RootCommand::Destroy(destroy)) => destroy.run(screen).await,
        }
    }
}

impl Choice {
    /// The key's name.
    fn into_name(self) -> String {
        self.class.or(self.name).unwrap_or_default()
    }
}

/// A state in a word.
const fn state_name(state: KeyVersionState) -> &'static str {
    match state {
        KeyVersionState::Unspecified => "unknown",
        KeyVersionState::PreActive => "pre-active",
        KeyVersionState::Active => "active",
        KeyVersionState::Deactivated => "deactivated",
        KeyVersionState::Compromised => "compromised",
        KeyVersionState::Destroyed => "destroyed",
    }
}
