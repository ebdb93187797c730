//! Answers of the ledger that come piece by piece: read on a thread of their own, as fast as they are taken.

use std::ops::ControlFlow;
use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::trace_exposure_request::Subject;
use tokio::sync::mpsc::{self, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::ledger::checkpoint::SignedCheckpoint;
use crate::ledger::query::{Filter, Order};
use crate::ledger::reader::Reader;
use crate::model::caller::Caller;
use crate::rpc::convert::{argument, entry, exposure, filter, time, verdict};
use crate::rpc::error::Error;
use crate::rpc::gate::{Call, Gate};
use crate::vault::Vault;
use crate::vault::audit::Before;
use crate::vault::error::Error as VaultError;
use crate::vault::exposure::{Seer, Trace};

/// Answers as they come to be known.
pub(in crate::rpc) type Answers<T> = ReceiverStream<Result<T, Status>>;

/// Begins to tell entries as they are made.
pub(super) async fn tail(
    (gate, seats): (&Arc<Gate>, &Seats),
    call: &Call<v1::TailEntriesRequest>,
) -> Result<Answers<v1::TailEntriesResponse>, Error> {
    let wanted = filter::parse(call.message.filter.as_ref())?;
    let vault = gate.vault();
    let reader = vault.reader(&call.caller)?;
    let from = from_index(call.message.from_index, reader.entries())?;
    vault.begin_reading(&call.caller).await?;
    let seat = seat(seats)?;
    let wanted = heard_of(gate, "filter.", wanted).await?;
    let (answers, told) = mpsc::channel(AHEAD);
    let (gate, caller) = (Arc::clone(gate), Arc::clone(&call.caller));
    tokio::spawn(async move {
        tell_new(gate, caller, (reader, wanted, from), answers).await;
        drop(seat);
    });
    Ok(ReceiverStream::new(told))
}

/// Where to begin: with the next entry, if nothing is said.
fn from_index(asked: Option<u64>, entries: u64) -> Result<u64, Error> {
    match asked {
        Some(index) if index > entries => {
            let problem = format!("the ledger has {entries} entries, so that {entries} is the next one's place");
            Err(Error::invalid("from_index", problem))
        }
        asked => Ok(asked.unwrap_or(entries)),
    }
}

/// Refuses a filter by a name that is not known.
async fn heard_of(gate: &Arc<Gate>, path: &'static str, filter: Filter) -> Result<Filter, Error> {
    let gate = Arc::clone(gate);
    let looked = spawn_blocking(move || {
        gate.vault().expect_heard_of(path, &filter, |name| gate.is_caller(name)).map(|()| filter)
    });
    Ok(looked.await.map_err(|_| Error::BrokenOff)??)
}

/// Tells what is new, whenever a checkpoint covers more, until nobody listens, or the caller may not any more.
async fn tell_new(
    gate: Arc<Gate>,
    caller: Arc<Caller>,
    (reader, wanted, mut from): (Reader, Filter, u64),
    answers: Sender<Result<v1::TailEntriesResponse, Status>>,
) {
    loop {
        let covered = tokio::select! {
            covered = covering(&gate, &caller, from) => covered,
            () = answers.closed() => return,
        };
        let until = match covered {
            Ok(checkpoint) => checkpoint.checkpoint().size,
            Err(error) => return drop(answers.send(Err(error.into())).await),
        };
        let (reader, wanted, told) = (reader.clone(), wanted.clone(), answers.clone());
        let (gate, caller) = (Arc::clone(&gate), Arc::clone(&caller));
        let read = spawn_blocking(move || {
            let allowed = || may_read(&gate, &caller);
            let mut batch = Batch::new(&told, &allowed, |entries| v1::TailEntriesResponse { entries });
            let walked = reader.walk(&wanted, Order::OldestFirst, from..until, |read| {
                if wanted.admits(&read) { batch.add(entry::of(read)) } else { ControlFlow::Continue(()) }
            });
            batch.end(walked.map_err(Error::from))
        });
        if !matches!(read.await, Ok(ControlFlow::Continue(()))) {
            return;
        }
        from = until;
    }
}

/// Waits for a checkpoint beyond an index, for a caller that may still read.
async fn covering(gate: &Gate, caller: &Caller, index: u64) -> Result<Arc<SignedCheckpoint>, Error> {
    let covering = gate.vault().proofs(caller)?.covering(index).await?;
    // While it waited, it may have been suspended, or lost the role.
    may_read(gate, caller)?;
    Ok(covering)
}

/// Begins to trace what could have been seen.
pub(super) async fn trace(
    (gate, seats): (&Arc<Gate>, &Seats),
    call: &Call<v1::TraceExposureRequest>,
) -> Result<Answers<v1::TraceExposureResponse>, Error> {
    let (vault, message) = (gate.vault(), &call.message);
    let seer = match message.subject.as_ref().ok_or_else(|| Error::missing("subject"))? {
        Subject::Caller(caller) => Seer::Caller(argument::caller("caller", caller)?),
        Subject::PartyId(party) => Seer::Party(argument::party("party_id", party)?),
        Subject::Key(key) => Seer::Key(argument::key_class("key.key_class", &key.key_class)?, key.version),
    };
    let from = message.from_time.as_ref().ok_or_else(|| Error::missing("from_time"))?;
    let from = time::parse(|| "from_time".to_owned(), from)?;
    let until = message.until_time.as_ref().map(|until| time::parse(|| "until_time".to_owned(), until));
    let until = until.transpose()?.unwrap_or_else(|| vault.now());
    time::in_order("until_time", Some(from), Some(until))?;
    let trace = Trace { seer, from, until };
    let reader = vault.reader(&call.caller)?;
    vault.begin_reading(&call.caller).await?;
    let seat = seat(seats)?;
    vault.expect_seer(&trace.seer)?;
    heard_of(gate, "", trace.filter()).await?;
    let (answers, told) = mpsc::channel(AHEAD);
    let (gate, caller) = (Arc::clone(gate), Arc::clone(&call.caller));
    spawn_blocking(move || {
        let allowed = || may_read(&gate, &caller);
        tell_trace(&answers, &allowed, |tell| {
            let traced = gate.vault().trace(&reader, &trace, |read| tell(entry::of(read)));
            Ok(exposure::of(&traced?))
        });
        drop(seat);
    });
    Ok(ReceiverStream::new(told))
}

/// Tells the entries of a trace as they are found, and its summary, unless that came to nothing: a trace that failed, or
/// whose reader was turned away, ends with why, and must not look complete.
fn tell_trace(
    answers: &Sender<Result<v1::TraceExposureResponse, Status>>,
    allowed: &dyn Fn() -> Result<(), Error>,
    trace: impl FnOnce(&mut dyn FnMut(v1::LedgerEntry) -> ControlFlow<()>) -> Result<v1::ExposureSummary, Error>,
) {
    let mut batch = Batch::new(answers, allowed, |entries| v1::TraceExposureResponse { entries, summary: None });
    let traced = trace(&mut |entry| batch.add(entry));
    let (done, summary) = traced.map_or_else(|error| (Err(error), None), |summary| (Ok(()), Some(summary)));
    if batch.end(done).is_continue() {
        // Whoever asked may have gone.
        let _ = answers.blocking_send(Ok(v1::TraceExposureResponse { entries: Vec::new(), summary }));
    }
}

/// Begins to give leaves.
pub(super) async fn export(
    (gate, seats): (&Arc<Gate>, &Seats),
    call: &Call<v1::ExportLeavesRequest>,
) -> Result<Answers<v1::ExportLeavesResponse>, Error> {
    let vault = gate.vault();
    let covered = vault.proofs(&call.caller)?.checkpoint().checkpoint().size;
    let v1::ExportLeavesRequest { from_index, until_index } = call.message;
    let until = if until_index == 0 { covered } else { until_index };
    if until > covered || from_index > until {
        let problem = format!("the range has to lie within the {covered} entries a checkpoint covers");
        return Err(Error::invalid("until_index", problem));
    }
    let reader = vault.reader(&call.caller)?;
    vault.begin_reading(&call.caller).await?;
    let seat = seat(seats)?;
    let (answers, told) = mpsc::channel(AHEAD);
    let (gate, caller) = (Arc::clone(gate), Arc::clone(&call.caller));
    spawn_blocking(move || {
        let allowed = || may_read(&gate, &caller);
        let mut batch = Batch::new(&answers, &allowed, |leaves| v1::ExportLeavesResponse { leaves });
        let read = reader.places(from_index..until, |index, entry| {
            batch.add(v1::ExportedLeaf { index, leaf: entry.map(|entry| entry.bytes) })
        });
        // Whoever asked may have gone.
        let _ = batch.end(read.map_err(Error::from));
        drop(seat);
    });
    Ok(ReceiverStream::new(told))
}

/// Begins to check the ledger.
pub(super) fn verify(
    vault: &Arc<Vault>,
    before: Before,
    seat: OwnedSemaphorePermit,
) -> Answers<v1::VerifyLedgerResponse> {
    let (answers, told) = mpsc::channel(AHEAD);
    let vault = Arc::clone(vault);
    spawn_blocking(move || {
        let mut said = 0;
        let verdict = vault.audit(before, |checked, entries| {
            // A ledger of the past begins anew.
            if checked.abs_diff(said) >= PROGRESS_EVERY {
                said = checked;
                // Whoever asked may have gone, and the check is worth finishing all the same.
                let _ = answers.blocking_send(Ok(v1::VerifyLedgerResponse { checked, entries, verdict: None }));
            }
        });
        let last = verdict.map(|found| verdict::of(&found)).map_err(|error| Status::from(Error::from(error)));
        let _ = answers.blocking_send(last);
        drop(seat);
    });
    ReceiverStream::new(told)
}

/// Whether a caller that began to read still may: it may have been suspended meanwhile, or lost the role by a reload.
fn may_read(gate: &Gate, caller: &Caller) -> Result<(), Error> {
    Ok(gate.vault().reader(&*gate.present(caller)?).map(drop)?)
}

/// A seat for an answer that is read at length, so that slow readers do not take every thread there is.
pub(in crate::rpc) fn seat(seats: &Seats) -> Result<OwnedSemaphorePermit, Error> {
    Arc::clone(seats).try_acquire_owned().map_err(|_| Error::Vault(VaultError::Overloaded))
}

/// Items on their way to the caller, a message's worth at a time, for as long as it may have them.
struct Batch<'a, T, R, F: Fn(Vec<T>) -> R> {
    answers: &'a Sender<Result<R, Status>>,
    allowed: &'a dyn Fn() -> Result<(), Error>,
    items: Vec<T>,
    message: F,
    /// Whether it has ended early: nobody listens, or why was told.
    over: bool,
}

impl<'a, T, R, F: Fn(Vec<T>) -> R> Batch<'a, T, R, F> {
    fn new(answers: &'a Sender<Result<R, Status>>, allowed: &'a dyn Fn() -> Result<(), Error>, message: F) -> Self {
        Self { answers, allowed, items: Vec::new(), message, over: false }
    }

    /// Adds an item; breaks off where nobody listens any more.
    fn add(&mut self, item: T) -> ControlFlow<()> {
        self.items.push(item);
        if self.items.len() < AT_ONCE { ControlFlow::Continue(()) } else { self.send() }
    }

    /// Sends what is left, or what went wrong.
    fn end<D>(mut self, done: Result<D, Error>) -> ControlFlow<()> {
        match done {
            // Whatever came of the reading since, the answer has ended.
            _ if self.over => ControlFlow::Break(()),
            Ok(_) if self.items.is_empty() => ControlFlow::Continue(()),
            Ok(_) => self.send(),
            Err(error) => {
                let _ = self.answers.blocking_send(Err(error.into()));
                ControlFlow::Break(())
            }
        }
    }

    fn send(&mut self) -> ControlFlow<()> {
        let items = std::mem::take(&mut self.items);
        let (message, goes_on) = match (self.allowed)() {
            Ok(()) => (Ok((self.message)(items)), true),
            Err(error) => (Err(error.into()), false),
        };
        self.over = self.answers.blocking_send(message).is_err() || !goes_on;
        if self.over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Seats for answers that are read at length.
pub(in crate::rpc) type Seats = Arc<Semaphore>;

/// How many such answers there may be at once.
pub(in crate::rpc) const SEATS: usize = 32;
/// Messages made ready before they are taken.
const AHEAD: usize = 4;
/// Items of one message.
const AT_ONCE: usize = 256;
/// Entries between two words of progress.
const PROGRESS_EVERY: u64 = 50_000;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
