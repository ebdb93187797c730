//! `fubako bench`: the load generator. Real gRPC over mutual TLS to a server in a process of its own, members made up from
//! a seed, a set number of calls under way, latencies in a histogram.

mod asker;
mod batch;
mod collect;
mod disclose;
mod echo;
mod figures;
mod inside;
mod load;
mod mix;
mod process;
mod random;
mod roster;
mod rotate;
mod stage;
mod sync;

use clap::Subcommand;

use crate::cli::bench::batch::Batch;
use crate::cli::bench::collect::Collect;
use crate::cli::bench::disclose::Disclose;
use crate::cli::bench::echo::{EchoBench, EchoServing};
use crate::cli::bench::mix::Mix;
use crate::cli::bench::rotate::Rotate;
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
    /// New members of ten fields, each durable before it is acknowledged
    Collect(Collect),
    /// A thousand members' views in a call, against the same releases inside one process
    Batch(Batch),
    /// A key's rotation, alone and beside releases at a steady rate
    Rotate(Rotate),
    /// GDPRbench's mixes: what controllers, customers and processors ask for, so many operations of each
    Mix(Mix),
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
                Self::Collect(collect) => Box::pin(collect.run(screen)).await,
                Self::Batch(batch) => Box::pin(batch.run(screen)).await,
                Self::Rotate(rotate) => Box::pin(rotate.run(screen)).await,
                Self::Mix(mix) => Box::pin(mix.run(screen)).await,
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
  fubako bench rotate --members 1000000 --seconds 30
  fubako bench mix --workload customer --members 100000

Figures drift from run to run on a machine that others use too: compare what was measured by turns in one run. The vault \
lies below TMPDIR unless --folder says otherwise; in memory a sync costs nothing, so it has to be a real disk.";
