//! `fubako member`: everything about one member's data.

mod assertion;
mod change;
mod collect;
mod disclose;
mod erase;
mod fields;
mod find;
mod import;
mod preferences;
mod retained;
mod review;
mod standing;
mod verify;

use clap::Subcommand;

use crate::cli::account;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::screen::Screen;

/// What to do with a member's data.
#[derive(Subcommand, Debug)]
pub(super) enum MemberCommand {
    /// Create a member from a JSON file
    #[command(after_help = collect::EXAMPLE)]
    Collect(collect::Collect),
    /// Create many members from a file of JSON lines or CSV; goes on where it was interrupted
    #[command(after_help = import::EXAMPLE)]
    Import(import::Import),
    /// Show members what the vault holds about them
    Review(review::Review),
    /// Find members by e-mail address, phone number or reference; the answer is ids
    Find(find::Find),
    /// Release a member's view to a recipient, for a purpose
    #[command(after_help = disclose::EXAMPLE)]
    Disclose(disclose::Disclose),
    /// Hold claims about a member against what is stored; the answers are yes or no
    #[command(after_help = verify::EXAMPLE)]
    Verify(verify::Verify),
    /// Store values in the place of others, from a JSON file like that of `collect`
    Correct(change::Correct),
    /// Remove values
    Remove(change::Remove),
    /// Erase a member: values, preferences and bases; there is no way back but in a grace period, with --cancel
    Erase(erase::Erase),
    /// Tell how gone an erased member is, with a signed certificate
    #[command(after_help = standing::ERASURE_EXAMPLE)]
    Erasure(standing::Erasure),
    /// Put a legal hold on a member, so that nothing of theirs is erased, or lift it
    #[command(after_help = standing::HOLD_EXAMPLE)]
    Hold(standing::Hold),
    /// Show what the law has kept of an erased member
    #[command(after_help = retained::EXAMPLE)]
    Retained(retained::Retained),
    /// Show every release about a member: who received what, for what, when
    #[command(after_help = account::MEMBER_EXAMPLE)]
    Disclosures(account::OfMember),
    /// Show or change what a member allows and refuses
    Preferences(preferences::Preferences),
    /// Freeze all but the mandatory purposes for a member, or lift that
    Restrict(preferences::Restrict),
    /// Sign an assertion that a member asks, with an issuer's private key; for development
    #[command(after_help = assertion::EXAMPLE)]
    Assertion(assertion::Assertion),
}

impl MemberCommand {
    pub(super) async fn run(self, screen: Screen) -> Result<Exit, Error> {
        let done = match self {
            Self::Find(command) => return command.run(screen).await,
            Self::Import(command) => return command.run(screen).await,
            Self::Verify(command) => return command.run(screen).await,
            Self::Collect(command) => command.run(screen).await,
            Self::Review(command) => command.run(screen).await,
            Self::Disclose(command) => command.run(screen).await,
            Self::Correct(command) => command.run(screen).await,
            Self::Remove(command) => command.run(screen).await,
            Self::Erase(command) => command.run(screen).await,
            Self::Erasure(command) => command.run(screen).await,
            Self::Hold(command) => command.run(screen).await,
            Self::Retained(command) => command.run(screen).await,
            Self::Disclosures(command) => command.run(screen).await,
            Self::Preferences(command) => command.run(screen).await,
            Self::Restrict(command) => command.run(screen).await,
            Self::Assertion(command) => command.run(screen),
        };
        done.map(|()| Exit::Done)
    }
}
