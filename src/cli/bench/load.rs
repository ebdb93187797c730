//! A load: so many callers that ask again as soon as they are answered, or at a rate of their own, timed once they are warm.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use fubako_proto::client;
use hdrhistogram::Histogram;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cli::bench::process::{Process, Taken, own};
use crate::cli::error::Error;
use crate::cli::progress::Progress;

/// How many call at a time.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Load")]
pub(super) struct Width {
    /// How many calls are under way at any time
    #[arg(long, value_name = "CALLS", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(super) in_flight: u32,
    /// How many connections they are spread over
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(super) connections: u32,
}

/// How hard a server is pressed, and for how long.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Load")]
pub(super) struct Pressure {
    #[command(flatten)]
    pub(super) width: Width,
    /// How many seconds are counted, after as many of warming up, but three at most
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) seconds: u64,
}

/// One of those who call.
pub(super) trait Caller: Send + 'static {
    /// Asks once, and waits for the answer.
    fn call(&mut self) -> impl Future<Output = Result<(), client::Error>> + Send;
}

/// What was counted.
pub(super) struct Timed {
    /// How long each answer took, in microseconds.
    pub(super) latencies: Histogram<u64>,
    /// How long it was counted.
    pub(super) span: Duration,
    /// Calls that fell due and that nobody was free to make.
    pub(super) unasked: u64,
    /// What failed, and what the first failure was.
    pub(super) errors: u64,
    pub(super) first_error: Option<client::Error>,
    /// What the server took meanwhile; its memory is that of the end.
    pub(super) server: Taken,
    /// What this process took.
    pub(super) client: Taken,
}

/// From when to when is counted.
#[derive(Clone, Copy)]
struct Span {
    from: Instant,
    until: Instant,
}

/// What one caller saw.
pub(super) struct Tally {
    pub(super) latencies: Histogram<u64>,
    pub(super) errors: u64,
    pub(super) first_error: Option<client::Error>,
}

/// When the next call is made.
#[derive(Clone)]
pub(super) enum Pace {
    /// As soon as the last is answered.
    Closed,
    /// So many in a second, answered or not; how long a call waits for somebody to make it counts.
    Open(NonZeroU32),
}

/// What says to each caller when its next call was due.
#[derive(Clone)]
enum Cue {
    Now,
    Tickets(Arc<Mutex<UnboundedReceiver<Instant>>>),
}

/// Lets everyone call until the time is over.
pub(super) async fn press<C: Caller>(
    callers: Vec<C>,
    pace: Pace,
    seconds: u64,
    server: &Process,
) -> Result<Timed, Error> {
    let warming_up = Duration::from_secs(seconds).min(WARMING_UP);
    let from = Instant::now() + warming_up;
    let span = Span { from, until: from + Duration::from_secs(seconds) };
    let cue = Cue::of(&pace, span.until);
    let mut calling = JoinSet::new();
    for caller in callers {
        calling.spawn(keep_calling(caller, cue.clone(), span));
    }
    sleep(warming_up).await;
    let (server_before, client_before) = (server.taken()?, own()?);
    watch(span).await;
    let (server_after, client_after) = (server.taken()?, own()?);
    let mut all = Tally::new()?;
    while let Some(tally) = calling.join_next().await {
        all.add(tally.map_err(|panicked| Error::Serve(Box::new(panicked)))??)?;
    }
    Ok(Timed {
        latencies: all.latencies,
        span: span.until.duration_since(span.from),
        unasked: cue.left().await,
        errors: all.errors,
        first_error: all.first_error,
        server: server_after.since(server_before),
        client: client_after.since(client_before),
    })
}

/// Shows how much of the time is over, until it is.
async fn watch(span: Span) {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let whole = millis(span.until.duration_since(span.from));
    let mut progress = Progress::of(whole, "measuring, ms");
    while let left = span.until.saturating_duration_since(Instant::now())
        && !left.is_zero()
    {
        progress.reach(whole.saturating_sub(millis(left)), whole);
        sleep(left.min(TICK)).await;
    }
}

async fn keep_calling<C: Caller>(mut caller: C, cue: Cue, span: Span) -> Result<Tally, Error> {
    let mut tally = Tally::new()?;
    loop {
        if Instant::now() >= span.until {
            return Ok(tally);
        }
        let Some(began) = cue.next().await else { return Ok(tally) };
        let answer = caller.call().await;
        match answer {
            Ok(()) => tally.count(began, span),
            Err(error) => {
                tally.fail(error);
                // A server that has gone refuses at once, again and again.
                sleep(BREATH).await;
            }
        }
    }
}

impl Cue {
    fn of(pace: &Pace, until: Instant) -> Self {
        let Pace::Open(rate) = pace else { return Self::Now };
        let (tickets, due) = unbounded_channel();
        let gap = Duration::from_secs(1) / rate.get();
        // A thread of its own, since timers of the runtime are too coarse.
        thread::spawn(move || {
            let mut next = Instant::now();
            while next < until && tickets.send(next).is_ok() {
                next += gap;
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        });
        Self::Tickets(Arc::new(Mutex::new(due)))
    }

    /// How many calls fell due that nobody made.
    async fn left(&self) -> u64 {
        match self {
            Self::Now => 0,
            Self::Tickets(due) => due.lock().await.len() as u64,
        }
    }

    async fn next(&self) -> Option<Instant> {
        match self {
            Self::Now => Some(Instant::now()),
            Self::Tickets(due) => due.lock().await.recv().await,
        }
    }
}

impl Tally {
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self { latencies: histogram()?, errors: 0, first_error: None })
    }

    /// Counts an answer, if it came in the time that counts.
    fn count(&mut self, began: Instant, span: Span) {
        let ended = Instant::now();
        if ended >= span.from && ended < span.until {
            self.record(ended.saturating_duration_since(began));
        }
    }

    /// Counts an answer that took so long.
    pub(super) fn record(&mut self, took: Duration) {
        self.latencies.saturating_record(in_micros(took));
    }

    pub(super) fn fail(&mut self, error: client::Error) {
        self.errors += 1;
        self.first_error.get_or_insert(error);
    }

    pub(super) fn add(&mut self, other: Self) -> Result<(), Error> {
        self.latencies.add(other.latencies).map_err(|error| Error::Serve(Box::new(error)))?;
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
        Ok(())
    }
}

/// Three digits of every latency from a microsecond to a minute.
pub(super) fn histogram() -> Result<Histogram<u64>, Error> {
    Histogram::new_with_bounds(1, LONGEST_MICROS, 3).map_err(|error| Error::Serve(Box::new(error)))
}

/// As histograms count.
pub(super) fn in_micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

impl Taken {
    /// What was taken after `before`; memory is what it is.
    pub(super) fn since(self, before: Self) -> Self {
        Self { processor: self.processor.saturating_sub(before.processor), ..self }
    }
}

/// Caches fill, connections find their windows.
const WARMING_UP: Duration = Duration::from_secs(3);
const BREATH: Duration = Duration::from_millis(10);
const TICK: Duration = Duration::from_millis(250);
const LONGEST_MICROS: u64 = 60_000_000;
