//! `fubako ledger`: what happened, and the proof of it.

mod checkpoint;
mod export;
mod filter;
mod list;
mod proof;
mod retire;
mod ship;
mod since;
mod tail;
mod trace;
mod verify;

use clap::Subcommand;

use crate::cli::error::Error;
use crate::cli::report::{self, Report};
use crate::cli::screen::Screen;

/// What to do with the ledger.
#[derive(Subcommand, Debug)]
pub(super) enum LedgerCommand {
    /// List entries, newest first
    #[command(after_help = list::EXAMPLE)]
    List(list::List),
    /// Print entries as they are made
    #[command(after_help = tail::EXAMPLE)]
    Tail(tail::Tail),
    /// Tell what a caller, a party or a key version could have seen: the question of an incident
    #[command(after_help = trace::EXAMPLE)]
    Trace(trace::Trace),
    /// Print the signed checkpoint, and the key that verifies it
    #[command(after_help = checkpoint::EXAMPLE)]
    Checkpoint(checkpoint::Checkpoint),
    /// Write the proof that an entry is in the ledger
    #[command(after_help = proof::PROVE_EXAMPLE)]
    Prove(proof::Prove),
    /// Check a proof, with nothing but the ledger's key
    #[command(after_help = proof::CHECK_EXAMPLE)]
    CheckProof(proof::CheckProof),
    /// Write tiles, entry bundles and checkpoint for an auditor's own tools
    #[command(after_help = export::EXAMPLE)]
    Export(export::Export),
    /// Check the whole ledger
    #[command(after_help = verify::EXAMPLE)]
    Verify(verify::Verify),
    /// Keep who was erased off the host, in sealed lines, so that a restore brings nobody back
    #[command(after_help = ship::EXAMPLE)]
    Ship(ship::Ship),
    /// Report what was given to third parties, and what is done for which purpose, as the law wants it recorded
    #[command(after_help = report::EXAMPLES)]
    Report(Box<Report>),
    /// Destroy the keys of months past retention
    #[command(after_help = retire::EXAMPLE)]
    Retire(retire::Retire),
}

impl LedgerCommand {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        match self {
            Self::List(list) => list.run(screen).await,
            Self::Tail(tail) => tail.run(screen).await,
            Self::Trace(trace) => trace.run(screen).await,
            Self::Checkpoint(checkpoint) => checkpoint.run(screen).await,
            Self::Prove(prove) => prove.run(screen).await,
            Self::CheckProof(check) => check.run(screen),
            Self::Export(export) => export.run(screen).await,
            Self::Verify(verify) => verify.run(screen).await,
            Self::Ship(ship) => ship.run(screen).await,
            Self::Report(report) => report.run(screen).await,
            Self::Retire(retire) => retire.run(screen).await,
        }
    }
}
