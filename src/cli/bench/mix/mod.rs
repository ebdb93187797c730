//! `fubako bench mix`: the mixes of GDPRbench's public repository, so many operations of each.

mod counted;
mod desk;
mod operation;
mod plan;
mod zipf;

use clap::Args;
use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

use crate::cli::bench::batch::release_each;
use crate::cli::bench::collect::Numbers;
use crate::cli::bench::figures::{Figures, Latency, tell_errors, thousandths};
use crate::cli::bench::load::{Pressure, Width};
use crate::cli::bench::mix::counted::Counted;
use crate::cli::bench::mix::desk::Desk;
use crate::cli::bench::mix::operation::{HELP, Workload};
use crate::cli::bench::mix::plan::{Cast, Draft};
use crate::cli::bench::roster::of_many;
use crate::cli::bench::stage::{Population, Stage};
use crate::cli::clock::sound_now;
use crate::cli::error::Error;
use crate::cli::screen::Screen;
use crate::cli::screen::facts;

/// Measures a mix.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(in crate::cli) struct Mix {
    /// Whose mix
    #[arg(long, value_enum)]
    workload: Workload,
    /// How many operations are counted, after a tenth as many of warming up
    // Requests are made beforehand, and a member's assertion is good for five minutes.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    operations: u32,
    #[command(flatten)]
    width: Width,
    #[command(flatten)]
    population: Population,
}

/// What came of it.
struct Told {
    workload: Workload,
    figures: Figures,
    seconds: f64,
    each: Vec<Histogram<u64>>,
}

impl Mix {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let mut stage = Stage::set(&self.population, screen).await?;
        let members = stage.roster().len();
        let counted = self.measure(&mut stage).await?;
        tell_errors(screen, &counted.timed);
        stage.settle().await?;
        let Counted { timed, each } = counted;
        let pressure = Pressure { width: self.width, seconds: timed.span.as_secs() };
        let figures = Figures::of(self.workload.name(), pressure, members, &timed).on_disk(stage.disk_bytes());
        stage.clear().await?;
        let told = Told { workload: self.workload, figures, seconds: timed.span.as_secs_f64(), each };
        screen.show(|| told.json(), || told.words())
    }

    async fn measure(&self, stage: &mut Stage) -> Result<Counted, Error> {
        let warming_up = self.operations as usize / 10;
        let draft = Draft::of(self.workload, warming_up + self.operations as usize, self.population.seed);
        let (erasures, members) = (draft.erasures(), stage.roster().len());
        if erasures > members / 2 {
            let why = format!("they would erase {erasures} of {members} members, and half of them have to stay");
            return Err(Error::argument("--operations", why));
        }
        // Everybody's view, so that everybody has an account to tell of, and the record is in the cache.
        release_each(&of_many(&stage.clients("shop", 1).await?, 0)?, stage.roster()).await?;
        stage.settle().await?;
        let parting = stage.part_with(erasures)?;
        let numbers = Numbers::beyond(stage, self.population.seed).await?;
        let desks = Desk::for_each(stage, self.workload, self.width).await?;
        let issuer = stage.kit().issuer_key()?;
        let cast = Cast { staying: stage.roster(), parting, numbers, issuer, now: sound_now()? };
        let mut steps = draft.steps(cast)?;
        let counted = steps.split_off(warming_up);
        counted::run(&desks, self.workload, (steps, counted), stage.server()).await
    }
}

impl Told {
    fn json(&self) -> Value {
        let mut whole = self.figures.json();
        let each = self.workload.operations().iter().zip(&self.each).map(|(operation, latencies)| {
            let mut told = Latency::of(latencies).json();
            told.insert("call".to_owned(), json!(operation.call.name()));
            told.insert("requests".to_owned(), json!(latencies.len()));
            (operation.name.to_owned(), Value::Object(told))
        });
        if let Some(object) = whole.as_object_mut() {
            object.insert("seconds".to_owned(), json!(thousandths(self.seconds)));
            object.insert("distribution".to_owned(), json!(self.workload.distribution().name()));
            object.insert("operations".to_owned(), Value::Object(each.collect::<Map<_, _>>()));
        }
        whole
    }

    fn words(&self) -> String {
        let each = self.workload.operations().iter().zip(&self.each).map(|(operation, latencies)| {
            let Latency { half, ninety_nine, .. } = Latency::of(latencies);
            let (calls, call) = (latencies.len(), operation.call.name());
            (operation.name, format!("{calls} {call}, p50 {half} µs, p99 {ninety_nine} µs"))
        });
        format!("{}\n{}", self.figures.words(), facts(&each.collect::<Vec<_>>()))
    }
}
