//! `fubako bench disclose`: views of three fields for a seller, one call each, every one durable in the ledger first.

use std::fmt::Write as _;

use clap::Args;
use fubako_proto::client::Client;
use serde_json::{Value, json};

use crate::cli::bench::asker::askers;
use crate::cli::bench::echo::Echo;
use crate::cli::bench::figures::{Figures, as_float, median, tell_errors, thousandths};
use crate::cli::bench::load::{Pace, Pressure, press};
use crate::cli::bench::stage::{Population, Stage};
use crate::cli::bench::sync;
use crate::cli::error::Error;
use crate::cli::screen::Screen;

/// Measures single releases.
#[derive(Args, Debug)]
pub(in crate::cli) struct Disclose {
    #[command(flatten)]
    pressure: Pressure,
    #[command(flatten)]
    population: Population,
    /// Measure the echo and the vault by turns, so many times, and tell the ratio
    #[arg(long, value_name = "ROUNDS", value_parser = clap::value_parser!(u32).range(1..=100))]
    against_echo: Option<u32>,
}

/// The echo and the vault, one after the other.
struct Round {
    echo: Figures,
    vault: Figures,
    /// The median of one sync, in microseconds.
    sync: u64,
}

impl Disclose {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let stage = Stage::set(&self.population, screen).await?;
        let clients = stage.clients("shop", self.pressure.width.connections).await?;
        match self.against_echo {
            None => {
                let figures = self.measure(&stage, &clients, 0, screen).await;
                stage.clear().await?;
                let figures = figures?;
                screen.show(|| figures.json(), || figures.words())
            }
            Some(rounds) => {
                let rounds = self.by_turns(&stage, &clients, rounds, screen).await;
                stage.clear().await?;
                let rounds = rounds?;
                screen.show(|| json(&rounds), || words(&rounds))
            }
        }
    }

    async fn by_turns(
        &self,
        stage: &Stage,
        clients: &[Client],
        rounds: u32,
        screen: Screen,
    ) -> Result<Vec<Round>, Error> {
        let echo = Echo::start(stage, self.pressure.width.connections).await?;
        let mut done = Vec::new();
        for round in 0..rounds {
            let order = (self.population.seed, round);
            let echoed = echo.measure(self.pressure, stage.roster(), order, screen).await?;
            let vault = self.measure(stage, clients, round, screen).await?;
            done.push(Round { echo: echoed, vault, sync: sync::median(stage.folder()).await? });
        }
        echo.stop().await?;
        Ok(done)
    }

    async fn measure(&self, stage: &Stage, clients: &[Client], round: u32, screen: Screen) -> Result<Figures, Error> {
        let order = (self.population.seed, round);
        let askers = askers(clients, stage.roster(), self.pressure.width.in_flight, order)?;
        let timed = press(askers, Pace::Closed, self.pressure.seconds, stage.server()).await?;
        tell_errors(screen, &timed);
        stage.settle().await?;
        Ok(Figures::of("disclose", self.pressure, stage.roster().len(), &timed).on_disk(stage.disk_bytes()))
    }
}

/// The middle round's figures, and the ratios of all.
fn json(rounds: &[Round]) -> Value {
    let (ratios, over_sync) = ratios(rounds);
    let against = json!({
        "ratio": thousandths(median(ratios.clone())),
        "ratios": ratios.iter().copied().map(thousandths).collect::<Vec<_>>(),
        "p50_over_echo_and_sync": thousandths(median(over_sync)),
        "sync_p50_us": rounds.iter().map(|round| round.sync).collect::<Vec<_>>(),
        "echo": middle(rounds, |round| &round.echo).map(Figures::json),
    });
    let mut whole = middle(rounds, |round| &round.vault).map_or(Value::Null, Figures::json);
    if let Some(object) = whole.as_object_mut() {
        object.insert("against_echo".to_owned(), against);
    }
    whole
}

fn words(rounds: &[Round]) -> String {
    let (ratios, over_sync) = ratios(rounds);
    let mut text = String::new();
    for figures in [middle(rounds, |round| &round.vault), middle(rounds, |round| &round.echo)].into_iter().flatten() {
        text.push_str(&figures.words());
        text.push('\n');
    }
    let of_each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.3}")).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:.3} of the echo's calls a second, the median of {}", median(ratios), of_each.join(" "));
    let _ = writeln!(text, "{:.3} times the p50 of echo and one sync together", median(over_sync));
    text
}

/// Of each round: calls a second over the echo's, and the median latency over that of the echo and one sync.
fn ratios(rounds: &[Round]) -> (Vec<f64>, Vec<f64>) {
    let rate = |round: &Round| round.vault.rate / round.echo.rate;
    let latency = |round: &Round| {
        let floor = round.echo.latency.half + round.sync;
        as_float(round.vault.latency.half) / as_float(floor.max(1))
    };
    (rounds.iter().map(rate).collect(), rounds.iter().map(latency).collect())
}

/// The figures whose rate is in the middle.
fn middle(rounds: &[Round], of: fn(&Round) -> &Figures) -> Option<&Figures> {
    let mut all: Vec<&Figures> = rounds.iter().map(of).collect();
    all.sort_unstable_by(|one, other| one.rate.total_cmp(&other.rate));
    all.get(all.len().saturating_sub(1) / 2).copied()
}
