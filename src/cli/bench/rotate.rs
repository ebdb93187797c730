//! `fubako bench rotate`: how fast members are sealed anew under a new key, and what that costs those who ask meanwhile.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use fubako_proto::Reason;
use fubako_proto::client::Client;
use fubako_proto::v1::{RotateKeyRequest, RotationStage, WatchRotationRequest};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::cli::bench::asker::askers;
use crate::cli::bench::figures::{Figures, as_float, tell_errors, thousandths};
use crate::cli::bench::load::{Pace, Pressure, press};
use crate::cli::bench::roster::of_many;
use crate::cli::bench::stage::{Population, Stage};
use crate::cli::error::Error;
use crate::cli::screen::Screen;

/// Measures rotations.
#[derive(Args, Debug)]
#[command(mut_arg("in_flight", |argument| argument.default_value("256").help("How many calls may be under way at a time")))]
pub(in crate::cli) struct Rotate {
    #[command(flatten)]
    pressure: Pressure,
    #[command(flatten)]
    population: Population,
    /// How many releases a second are asked for while a key rotates, whether they are answered or not
    #[arg(long, value_name = "CALLS", default_value = "5000")]
    rate: NonZeroU32,
}

/// What came of it.
struct Told {
    resealed: u64,
    took: Duration,
    without: Figures,
    with: Figures,
    /// Members sealed anew in a second while releases were asked for.
    meanwhile: f64,
}

/// Rotations, one after the other, until it is dropped.
struct Rotating {
    resealed: Arc<AtomicU64>,
    task: JoinHandle<Result<(), Error>>,
}

impl Rotate {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let stage = Stage::set(&self.population, screen).await?;
        let operator = of_many(&stage.clients("operator", 1).await?, 0)?;
        let counted = AtomicU64::new(0);
        let began = Instant::now();
        rotate(&operator, KEY, &counted).await?;
        let (resealed, took) = (counted.into_inner(), began.elapsed());
        let without = self.measure(&stage, 0, screen).await?;
        let rotating = Rotating::begin(operator);
        let began = Instant::now();
        let with = self.measure(&stage, 1, screen).await?;
        let meanwhile = as_float(rotating.resealed.load(Ordering::Relaxed)) / began.elapsed().as_secs_f64();
        rotating.ensure_running().await?;
        stage.clear().await?;
        let told = Told { resealed, took, without, with, meanwhile };
        screen.show(|| told.json(), || told.words())
    }

    async fn measure(&self, stage: &Stage, round: u32, screen: Screen) -> Result<Figures, Error> {
        let clients = stage.clients("shop", self.pressure.width.connections).await?;
        let askers = askers(&clients, stage.roster(), self.pressure.width.in_flight, (self.population.seed, round))?;
        let timed = press(askers, Pace::Open(self.rate), self.pressure.seconds, stage.server()).await?;
        tell_errors(screen, &timed);
        Ok(Figures::of("disclose", self.pressure, stage.roster().len(), &timed))
    }
}

impl Rotating {
    fn begin(operator: Client) -> Self {
        let resealed = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&resealed);
        let task = tokio::spawn(async move {
            loop {
                rotate(&operator, KEY, &counted).await?;
            }
        });
        Self { resealed, task }
    }

    /// Fails if they have ended, which only a failure makes them.
    async fn ensure_running(self) -> Result<(), Error> {
        if self.task.is_finished() {
            return self.task.await.unwrap_or_else(|panicked| Err(Error::Serve(Box::new(panicked))));
        }
        self.task.abort();
        Ok(())
    }
}

/// Rotates the key, follows it to its end, and counts whom it sealed anew.
async fn rotate(operator: &Client, key: &str, counted: &AtomicU64) -> Result<(), Error> {
    let request = RotateKeyRequest { key: key.to_owned(), ..Default::default() };
    let begun = loop {
        match operator.rotate_key(request.clone()).await {
            Ok(begun) => break begun.subject,
            // The last one's end is told a moment before its job is gone.
            Err(error) if *error.reason() == Reason::RotationRunning => sleep(MOMENT).await,
            Err(error) => return Err(error.into()),
        }
    };
    let mut so_far = 0;
    // A moment after it was asked for, what is told may still be the rotation before, or nothing.
    loop {
        let mut told = operator.watch_rotation(WatchRotationRequest {}).await?;
        while let Some(now) = told.next().await? {
            if format!("{} {}", now.key, now.version) == begun {
                counted.fetch_add(now.resealed_count.saturating_sub(so_far), Ordering::Relaxed);
                so_far = now.resealed_count.max(so_far);
                if is_over(now.stage()) {
                    return Ok(());
                }
            }
        }
        sleep(MOMENT).await;
    }
}

const fn is_over(stage: RotationStage) -> bool {
    match stage {
        RotationStage::Complete | RotationStage::Incomplete => true,
        RotationStage::Unspecified | RotationStage::Sweeping | RotationStage::Proving => false,
    }
}

impl Told {
    fn idle(&self) -> f64 {
        as_float(self.resealed) / self.took.as_secs_f64()
    }

    fn ratio(&self) -> f64 {
        as_float(self.with.latency.ninety_nine) / as_float(self.without.latency.ninety_nine.max(1))
    }

    fn json(&self) -> Value {
        json!({
            "workload": "rotate",
            "resealed": self.resealed,
            "seconds": thousandths(self.took.as_secs_f64()),
            "resealed_per_second": self.idle().round(),
            "resealed_per_second_while_serving": self.meanwhile.round(),
            "serving_without": self.without.json(),
            "serving_with": self.with.json(),
            "p99_ratio": thousandths(self.ratio()),
        })
    }

    fn words(&self) -> String {
        format!(
            "rotate     {} members sealed anew in {:.1} s, {:.0} a second\n\nwithout a rotation\n{}\nwith one, of {:.0} members \
             a second\n{}\n{:.2} times the p99\n",
            self.resealed,
            self.took.as_secs_f64(),
            self.idle(),
            self.without.words(),
            self.meanwhile,
            self.with.words(),
            self.ratio()
        )
    }
}

const MOMENT: Duration = Duration::from_millis(5);
/// Address, e-mail and telephone number.
const KEY: &str = "contact";
