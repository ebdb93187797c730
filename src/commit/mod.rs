//! The committer: one thread that orders every change and makes each group of them durable with as few syncs as it takes.

mod engine;
mod flusher;
mod group;
pub mod meter;
pub mod post;
mod recent;
pub mod remembered;
pub mod rows;
pub mod start;
pub mod tally;
pub mod tee;
pub mod work;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use thiserror::Error;
use tokio::sync::oneshot;

use crate::commit::meter::Meter;
use crate::commit::post::Queue;
use crate::commit::tee::{Following, Tees};
use crate::commit::work::Work;
use crate::ledger::accounted::Durable;
use crate::ledger::tree::trunk::TrunkError;
use crate::ledger::writer;
use crate::store::StoreError;
use crate::store::key::Key;
use crate::store::redo::RedoError;
use crate::store::sled::fatal::Fatal as EngineFatal;

/// The way into the committer; cheap to clone.
#[derive(Clone, Debug)]
pub struct Committer {
    queue: Queue,
    applied: Arc<AtomicU64>,
    register_changes: Arc<AtomicU64>,
    tees: Arc<Tees>,
    meter: Meter,
}

/// Why work was not committed; nothing of it happened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// What the work rested on has changed, lapsed, or can no longer be told; read it again and decide again.
    #[error("what this rested on has changed since it was read")]
    Stale,
    /// A row is not at the revision the work expected.
    #[error("a row has been changed by someone else")]
    Conflict(Key),
    /// The request was done before, or is being done.
    #[error("the request was done before")]
    Remembered,
    /// There is no room on the disk; writes go on when there is.
    #[error("the disk is full up to its reserve")]
    NoSpace,
    /// The queue is full.
    #[error("too much work is waiting to be written down")]
    Overloaded,
    /// The committer has stopped.
    #[error("the vault is stopping")]
    Stopped,
}

/// What the committer thread tells of a failure after which nothing may be written any more.
#[derive(Debug, Error)]
pub enum Fatal {
    /// The redo log could not be made durable.
    #[error("the redo log could not be made durable: {0}")]
    Redo(#[source] RedoError),
    /// The ledger could not be made durable.
    #[error("the ledger could not be made durable: {0}")]
    Ledger(#[source] writer::Error),
    /// The ledger's tree could not be made durable, or the ledger does not read back.
    #[error("the ledger's tree cannot go on: {0}")]
    Tree(#[source] TrunkError),
    /// The store's engine failed beside the committer.
    #[error(transparent)]
    Engine(EngineFatal),
    /// What was sealed could not be tallied.
    #[error("what was sealed could not be tallied: {0}")]
    Tally(#[source] rows::Error),
    /// A group could not be gathered.
    #[error("the store could not be read: {0}")]
    Gather(#[source] group::Failure),
    /// The store did not take what is already durable.
    #[error("the store did not take a durable change: {0}")]
    Store(#[source] StoreError),
}

/// Called once with what went wrong, after which the process must stop without answering anyone.
pub type OnFatal = Arc<dyn Fn(&Fatal) + Send + Sync>;

impl Committer {
    /// The last group whose changes can be read; take it before reading what a decision rests on.
    #[must_use]
    pub fn applied(&self) -> u64 {
        self.applied.load(Ordering::Acquire)
    }

    /// How many groups have changed parties or what is recorded of callers; take it before reading such a row that is to
    /// be kept in mind.
    #[must_use]
    pub fn register_changes(&self) -> u64 {
        self.register_changes.load(Ordering::Acquire)
    }

    /// How many pieces of work wait to be taken into a group.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// What it has committed, in numbers.
    #[must_use]
    pub const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Follows what is applied from now on.
    #[must_use]
    pub fn follow(&self) -> Following {
        self.tees.follow()
    }

    /// Queues work nobody waits for; it is durable some time later, or never if the process ends first.
    pub fn submit(&self, work: Work) -> Result<(), Error> {
        let (waiting, _) = oneshot::channel();
        self.queue.ask(work, waiting)
    }

    /// Commits the work; its entry and its changes are durable when this returns.
    pub async fn commit(&self, work: Work) -> Result<Durable, Error> {
        let (waiting, answer) = oneshot::channel();
        self.queue.ask(work, waiting)?;
        answer.await.map_err(|_| Error::Stopped)?
    }
}

/// The running threads; they end when every [`Committer`] is gone, what was queued is durable and under a
/// checkpoint, and the store is flushed.
#[derive(Debug)]
pub struct Running {
    committer: JoinHandle<()>,
    flusher: JoinHandle<()>,
    follower: JoinHandle<()>,
}

impl Running {
    /// Waits for the threads to end; every [`Committer`] must have been dropped.
    pub fn join(self) {
        // A panic of a thread has been reported by the panic hook; there is nothing left to save here.
        let _ = self.committer.join();
        let _ = self.flusher.join();
        let _ = self.follower.join();
    }
}
