//! `fubako bench`: the load generator. Real gRPC over mutual TLS to a server in a process of its own, members made up from
//! a seed, a set number of calls under way, latencies in a histogram.

mod asker;
mod disclose;
mod echo;
mod figures;
mod load;
mod process;
mod random;
mod roster;
mod stage;
mod sync;

use clap::Subcommand;

use crate::cli::bench::disclose::Disclose;
use crate::cli::bench::echo::{EchoBench, EchoServing};
use crate::cli::error::Error;
use crate::cli::screen::Screen;
use crate::cli::signals::{Hangup, Signals};

/// What can be measured.
#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) enum BenchCommand {
    /// Single releases: a seller's view of three fields, each durable in the ledger before it is opened
    Disclose(Disclose),
    /// The floor: a bare server over the same TLS that answers with the same bytes
    Echo(EchoBench),
    /// The process that `echo` measures
    #[command(hide = true)]
    EchoServer(EchoServing),
}

impl BenchCommand {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let work = async {
            match self {
                Self::Disclose(disclose) => Box::pin(disclose.run(screen)).await,
                Self::Echo(echo) => Box::pin(echo.run(screen)).await,
                Self::EchoServer(serving) => serving.run(screen).await,
            }
        };
        let mut signals = Signals::listen()?;
        tokio::select! {
            done = work => done,
            // What was started ends, and a temporary folder goes, as the work is dropped.
            () = signals.arrived(Hangup::Ends) => Ok(()),
        }
    }
}

const EXAMPLE: &str = "Examples:
  fubako bench disclose                                   # 10,000 members, 64 in flight, 10 seconds
  fubako bench disclose --members 100000 --seconds 30 --against-echo 3
  fubako bench disclose --in-flight 1 --folder kept       # the vault is made once, and used again

Figures drift from run to run on a machine that others use too: compare what was measured by turns in one run. The vault
lies below TMPDIR unless --folder says otherwise; in memory a sync costs nothing, so it has to be a real disk.";
