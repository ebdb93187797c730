//! A counted load: so many steps, taken by whoever is free, timed from the first to the last answer once they are warm.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use std::vec::IntoIter;

use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::cli::bench::load::{Tally, Timed, histogram, in_micros};
use crate::cli::bench::mix::desk::Desk;
use crate::cli::bench::mix::operation::Workload;
use crate::cli::bench::mix::plan::Step;
use crate::cli::bench::process::{Process, own};
use crate::cli::error::Error;

/// What was counted.
pub(super) struct Counted {
    pub(super) timed: Timed,
    /// How long answers took by operation, in the order of the workload.
    pub(super) each: Vec<Histogram<u64>>,
}

/// What was seen so far.
struct Seen {
    all: Tally,
    each: Vec<Histogram<u64>>,
}

/// The steps that nobody has taken yet.
#[derive(Clone)]
struct Queue(Arc<Mutex<IntoIter<Step>>>);

/// Makes all the calls, first those to warm up with, of which only failures count.
pub(super) async fn run(
    desks: &[Desk],
    workload: Workload,
    (warming_up, counted): (Vec<Step>, Vec<Step>),
    server: &Process,
) -> Result<Counted, Error> {
    let mut warm = take_all(desks, workload, warming_up).await?;
    warm.all.latencies.reset();
    let (server_before, client_before, began) = (server.taken()?, own()?, Instant::now());
    let Seen { mut all, each } = take_all(desks, workload, counted).await?;
    let (span, server_after, client_after) = (began.elapsed(), server.taken()?, own()?);
    all.add(warm.all)?;
    let timed = Timed {
        latencies: all.latencies,
        span,
        unasked: 0,
        errors: all.errors,
        first_error: all.first_error,
        server: server_after.since(server_before),
        client: client_after.since(client_before),
    };
    Ok(Counted { timed, each })
}

async fn take_all(desks: &[Desk], workload: Workload, steps: Vec<Step>) -> Result<Seen, Error> {
    let queue = Queue(Arc::new(Mutex::new(steps.into_iter())));
    let mut taking = JoinSet::new();
    for desk in desks {
        taking.spawn(take(desk.clone(), queue.clone(), Seen::nothing(workload)?));
    }
    let mut seen = Seen::nothing(workload)?;
    while let Some(own) = taking.join_next().await {
        seen.add(own.map_err(|panicked| Error::Serve(Box::new(panicked)))?)?;
    }
    Ok(seen)
}

/// Takes steps until none is left.
async fn take(desk: Desk, queue: Queue, mut seen: Seen) -> Seen {
    while let Some(step) = queue.next() {
        let (operation, began) = (step.operation, Instant::now());
        match desk.make(step).await {
            Ok(()) => {
                let took = began.elapsed();
                seen.all.record(took);
                if let Some(latencies) = seen.each.get_mut(operation) {
                    latencies.saturating_record(in_micros(took));
                }
            }
            Err(error) => seen.all.fail(error),
        }
    }
    seen
}

impl Queue {
    fn next(&self) -> Option<Step> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}

impl Seen {
    fn nothing(workload: Workload) -> Result<Self, Error> {
        let each = workload.operations().iter().map(|_| histogram()).collect::<Result<_, _>>()?;
        Ok(Self { all: Tally::new()?, each })
    }

    fn add(&mut self, other: Self) -> Result<(), Error> {
        self.all.add(other.all)?;
        for (own, others) in self.each.iter_mut().zip(other.each) {
            own.add(others).map_err(|error| Error::Serve(Box::new(error)))?;
        }
        Ok(())
    }
}
