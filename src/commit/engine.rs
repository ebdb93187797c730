//! The committer's thread: redo log, journal, store, answers, in that order for every group.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwap;
use fubako_keys::Keyring;
use ring::rand::SecureRandom;

use crate::commit::group::{self, Bench, Group};
use crate::commit::meter::Meter;
use crate::commit::post::{self, Order, Queued, Reply};
use crate::commit::recent::Recent;
use crate::commit::tally::{Raised, Tally};
use crate::commit::tee::Tees;
use crate::commit::{Error, Fatal, OnFatal};
use crate::ledger::accounted::Durable;
use crate::ledger::writer::{self, Writer};
use crate::model::time::Clock;
use crate::store::redo::RedoLog;
use crate::store::row::Change;
use crate::store::space::DiskReserve;
use crate::store::table::Table;
use crate::store::{Position, Store};

/// Everything the thread owns.
pub(super) struct Engine {
    pub(super) queue: Queued,
    pub(super) store: Arc<dyn Store>,
    pub(super) redo: RedoLog,
    pub(super) ledger: Writer,
    pub(super) keyring: Arc<ArcSwap<Keyring>>,
    pub(super) random: Arc<dyn SecureRandom + Send + Sync>,
    pub(super) clock: Clock,
    pub(super) reserve: DiskReserve,
    pub(super) recent: Recent,
    pub(super) tally: Tally,
    pub(super) next_group: u64,
    pub(super) applied: Arc<AtomicU64>,
    pub(super) register_changes: Arc<AtomicU64>,
    pub(super) tees: Arc<Tees>,
    pub(super) meter: Meter,
    pub(super) flushed: Arc<AtomicU64>,
    pub(super) on_fatal: OnFatal,
}

impl Engine {
    /// Commits group after group until nobody can ask any more.
    pub(super) fn run(mut self) {
        while let Some(first) = self.queue.wait() {
            let keyring = self.keyring.load_full();
            let mut group = match self.gather(first, &keyring) {
                Ok(group) => group,
                Err(failure) => return self.stop(&Fatal::Gather(failure)),
            };
            if group.replies.is_empty() {
                continue;
            }
            match self.make_durable(&mut group, &keyring) {
                Ok(outcome) => self.answer(group, outcome),
                Err(fatal) => {
                    self.stop(&fatal);
                    // Nobody can say whether the group is durable, so nobody who waits for it is told anything.
                    return mem::forget(group);
                }
            }
        }
        if let Err(error) = self.ledger.close() {
            tracing::warn!(%error, "the space made ready in the ledger was left; the next start gives it back");
        }
    }

    /// Tells whom it concerns that nothing may be written any more; the process ends there.
    fn stop(&self, fatal: &Fatal) {
        tracing::error!(error = %fatal, "stopping: what was acknowledged is safe, nothing more can be");
        (self.on_fatal)(fatal);
    }

    /// Answers everyone in the group.
    fn answer(&mut self, group: Group, outcome: Result<Vec<Durable>, Error>) {
        match outcome {
            Ok(durable) => {
                let (now, queued) = (Instant::now(), group.replies.iter().map(Reply::queued).collect::<Vec<_>>());
                post::give_all(group.replies.into_iter().zip(durable.into_iter().map(Ok)));
                // Behind the answers, so that nobody waits for it.
                self.meter.committed(&queued, now);
            }
            Err(refused) => {
                // The group's changes were noted as recent under its number: skip it, or what they touched would count
                // as changed until something else is written.
                self.applied.store(self.next_group, Ordering::Release);
                self.next_group += 1;
                post::give_all(group.replies.into_iter().map(|reply| (reply, Err(refused.clone()))));
            }
        }
    }

    /// Takes what is waiting, up to what fits one batch of the store.
    fn gather(&mut self, first: Order, keyring: &Keyring) -> Result<Group, group::Failure> {
        let mut group = Group::default();
        let mut bytes = 0;
        let mut next = Some(first);
        let mut bench = Bench {
            store: self.store.as_ref(),
            keyring,
            recent: &mut self.recent,
            random: self.random.as_ref(),
            number: self.next_group,
            first_index: self.ledger.next_index(),
            now: (self.clock)(),
        };
        while let Some(order) = next {
            bytes += order.work.size();
            group.admit(order, &mut bench)?;
            let full = group.replies.len() >= MAX_ORDERS || bytes >= MAX_BYTES;
            next = if full { None } else { self.queue.next() };
        }
        Ok(group)
    }

    /// Redo, then journal, then store; the inner error is for those who wait, the outer one for everybody.
    fn make_durable(&mut self, group: &mut Group, keyring: &Keyring) -> Result<Result<Vec<Durable>, Error>, Fatal> {
        if let Err(error) = self.reserve.check() {
            tracing::warn!(%error, "nothing is written until there is room again");
            return Ok(Err(Error::NoSpace));
        }
        let number = self.next_group;
        let raised = self.tally(group, keyring)?;
        let redo = if group.changes.is_empty() {
            None
        } else {
            self.redo.drop_until(self.flushed.load(Ordering::Acquire)).map_err(Fatal::Redo)?;
            match self.redo.append(number, &group.changes) {
                Ok(hash) => Some(hash),
                Err(error) if error.is_no_space() => return Ok(Err(Error::NoSpace)),
                Err(error) => return Err(Fatal::Redo(error)),
            }
        };
        let frame = writer::Group { number, drafts: mem::take(&mut group.drafts), redo };
        let durable = match self.ledger.append(frame, (self.clock)(), keyring, self.random.as_ref()) {
            Ok(durable) => durable,
            Err(error) if error.is_no_space() => {
                // No frame names the redo group, so it must not be found by the next start either.
                self.redo.truncate_after(number - 1).map_err(Fatal::Redo)?;
                return Ok(Err(Error::NoSpace));
            }
            Err(error) => return Err(Fatal::Ledger(error)),
        };
        self.next_group += 1;
        if !group.changes.is_empty() {
            self.tally.adopt(raised);
            self.store.apply(&group.changes, Position::after(number)).map_err(Fatal::Store)?;
            // Before `applied`: who sees the group applied must not trust what was kept in mind before it.
            if group.changes.iter().any(changes_register) {
                self.register_changes.fetch_add(1, Ordering::AcqRel);
            }
            self.applied.store(number, Ordering::Release);
            self.tees.tell(number, self.ledger.next_index(), &group.changes);
        }
        if group.drops_redo {
            self.drop_redo(number)?;
        }
        Ok(Ok(durable))
    }

    /// Adds what the tally needs to a group that changes rows; they were sealed before they came here.
    fn tally(&self, group: &mut Group, keyring: &Keyring) -> Result<Raised, Fatal> {
        if group.changes.is_empty() {
            return Ok(Raised::new());
        }
        let (raised, changes) = self.tally.raise(keyring, self.random.as_ref()).map_err(Fatal::Tally)?;
        group.changes.extend(changes);
        Ok(raised)
    }

    /// Drops the redo log up to a group, once two flushes have covered it.
    fn drop_redo(&mut self, number: u64) -> Result<(), Fatal> {
        for _ in 0..2 {
            self.store.flush().map_err(Fatal::Store)?;
        }
        self.redo.drop_until(number).map_err(Fatal::Redo)
    }
}

/// Whether it changes a party, or what is recorded of a caller.
fn changes_register(change: &Change) -> bool {
    matches!(change.key().table(), Some(Table::Party | Table::Caller))
}

/// Bounds of a group that fit the store's write buffer.
const MAX_ORDERS: usize = 1024;
const MAX_BYTES: usize = 256 * 1024;
