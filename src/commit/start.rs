//! Starting: store, redo log and journal brought to one state, whatever moment the last run ended at.

use std::fmt;
use std::mem;
use std::process;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::{self, JoinHandle};

use arc_swap::ArcSwap;
use fubako_keys::Keyring;
use jiff::Timestamp;
use ring::rand::SecureRandom;
use thiserror::Error;

use crate::commit::engine::Engine;
use crate::commit::flusher::Flusher;
use crate::commit::meter::Meter;
use crate::commit::post;
use crate::commit::recent::Recent;
use crate::commit::tally::Tally;
use crate::commit::tee::Tees;
use crate::commit::{Committer, Fatal, OnFatal, Running};
use crate::ledger::follower::{Followed, Follower};
use crate::ledger::handover::handover;
use crate::ledger::index::{Index, IndexError};
use crate::ledger::journal::{Expectations, Journal, JournalError, Recovery};
use crate::ledger::proofs::Proofs;
use crate::ledger::reader::Reader;
use crate::ledger::tree::trunk::{Trunk, TrunkError};
use crate::ledger::writer::Writer;
use crate::model::ids::VaultId;
use crate::model::time::Clock;
use crate::store::folder::DataFolder;
use crate::store::redo::{RedoError, RedoGroup, RedoLog};
use crate::store::space::DiskReserve;
use crate::store::{Position, Store, StoreError};

/// What a committer is started with.
pub struct Parts {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The keys entries are sealed under.
    pub keyring: Arc<ArcSwap<Keyring>>,
    /// Randomness.
    pub random: Arc<dyn SecureRandom + Send + Sync>,
    /// The time.
    pub clock: Clock,
    /// The free space below which nothing is written.
    pub reserve: DiskReserve,
    /// How many entries a checkpoint covered that was there before; 0 if none was.
    pub checkpointed: u64,
    /// Called when nothing may be written any more.
    pub on_fatal: OnFatal,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

/// A started committer.
#[derive(Debug)]
pub struct Started {
    /// The way in.
    pub committer: Committer,
    /// The thread.
    pub running: Running,
    /// A reader of the ledger it writes.
    pub reader: Reader,
    /// What the ledger can prove.
    pub proofs: Proofs,
    /// What had to be done to get to one state.
    pub recovered: Recovered,
    /// When the last group of the run before was committed.
    pub last_time: Option<Timestamp>,
}

/// What a start had to mend.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Recovered {
    /// Bytes of a torn, never acknowledged frame that were cut.
    pub cut_bytes: u64,
    /// Groups applied again from the redo log.
    pub reapplied: u64,
    /// Whether a redo group without a frame, never acknowledged, was discarded.
    pub discarded_redo: bool,
}

/// Why the committer refuses to start.
#[derive(Debug, Error)]
pub enum Error {
    /// The journal is not in order.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The redo log is not in order.
    #[error(transparent)]
    Redo(#[from] RedoError),
    /// The store could not be brought to the ledger's state.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store has changes the journal does not tell of.
    #[error(
        "the store is at group {store}, but the ledger ends at group {ledger}: one of them is not of this time; \
         restore both from one backup"
    )]
    StoreAhead {
        /// The store's group.
        store: u64,
        /// The journal's last group.
        ledger: u64,
    },
    /// The journal tells of changes that neither the store nor the redo log has.
    #[error(
        "the ledger tells of changes in group {group}, which neither the store nor the redo log has: the redo log is \
         gone or was cut, or the store is an older copy; restore both with the journal from one backup"
    )]
    StoreBehind {
        /// The group.
        group: u64,
    },
    /// The ledger's tree is not in order.
    #[error(transparent)]
    Tree(#[from] TrunkError),
    /// The ledger's index could not be opened.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A thread could not be started.
    #[error("a thread could not be started")]
    Thread(#[source] std::io::Error),
}

/// Brings store, redo log, journal and tree in `folder` to one state and starts the committer on them.
pub fn start(folder: &DataFolder, vault: VaultId, parts: Parts) -> Result<Started, Error> {
    let position = parts.store.position();
    let ledger = Journal::identity(&folder.journal(), vault)?;
    let trunk = Trunk::load(&folder.tree(), ledger, &parts.keyring.load(), parts.checkpointed)?;
    let expected = Expectations { applied_group: position.group(), checkpoint: trunk.size() };
    let (journal, recovery) = Journal::open(&folder.journal(), vault, expected)?;
    let mut redo = RedoLog::open(folder)?;
    let recovered = recover(parts.store.as_ref(), &mut redo, &recovery, position)?;
    let segments = journal.reader().segments();
    let index = Index::open(&folder.index(), ledger, &segments, &parts.keyring.load())?;
    let (giver, taker) = handover();
    let what = Followed { journal: journal.reader(), trunk, index, taker };
    let follower = Follower::resume(what, Arc::clone(&parts.keyring), Arc::clone(&parts.random))?;
    let (reader, proofs) = (follower.reader(), follower.proofs());
    let ledger = Writer::followed(journal, giver);
    let tally = Tally::resume(parts.store.as_ref(), &parts.keyring.load())?;
    let written = Written { ledger, redo, tally, last_group: recovery.last_group };
    let (committer, running) = run(parts, written, follower)?;
    Ok(Started { committer, running, reader, proofs, recovered, last_time: recovery.last_time })
}

/// Where the run before left off, and what this one goes on with.
struct Written {
    ledger: Writer,
    redo: RedoLog,
    tally: Tally,
    last_group: u64,
}

/// Starts the threads. Those that come after the committer end when it has ended, and cover all that was committed.
fn run(parts: Parts, written: Written, follower: Follower) -> Result<(Committer, Running), Error> {
    let Written { ledger, redo, tally, last_group } = written;
    let applied = Arc::new(AtomicU64::new(last_group));
    let covered = Arc::new(AtomicU64::new(0));
    let register_changes = Arc::default();
    let (tees, meter) = (Arc::new(Tees::default()), Meter::default());
    let (sender, queue) = post::queue();
    let (until_flushed, end) = std::sync::mpsc::channel();
    let flushing = Flusher {
        store: Arc::clone(&parts.store),
        applied: Arc::clone(&applied),
        flushed: Arc::clone(&covered),
        end,
        on_fatal: Arc::clone(&parts.on_fatal),
    };
    let flusher = spawn("flusher", move || flushing.run())?;
    let on_fatal = Arc::clone(&parts.on_fatal);
    let follower = spawn("follower", move || {
        if let Err(error) = follower.run() {
            on_fatal(&Fatal::Tree(error));
        }
    })?;
    let engine = Engine {
        queue,
        store: parts.store,
        redo,
        ledger,
        keyring: parts.keyring,
        random: parts.random,
        clock: parts.clock,
        reserve: parts.reserve,
        recent: Recent::new(last_group, RECENT_CHANGES),
        tally,
        next_group: last_group + 1,
        applied: Arc::clone(&applied),
        register_changes: Arc::clone(&register_changes),
        tees: Arc::clone(&tees),
        meter: meter.clone(),
        flushed: covered,
        on_fatal: parts.on_fatal,
    };
    let committer = spawn("committer", move || {
        engine.run();
        drop(until_flushed);
    })?;
    let committer_of = Committer { queue: sender, applied, register_changes, tees, meter };
    Ok((committer_of, Running { committer, flusher, follower }))
}

/// Applies again what is durable but not in the store, and discards what no frame names.
fn recover(store: &dyn Store, redo: &mut RedoLog, recovery: &Recovery, position: Position) -> Result<Recovered, Error> {
    let (store_group, ledger_group) = (position.group(), recovery.last_group);
    if store_group > ledger_group {
        return Err(Error::StoreAhead { store: store_group, ledger: ledger_group });
    }
    let groups: Vec<RedoGroup> = redo.read_from(store_group + 1).collect::<Result<_, _>>()?;
    let mut recovered = Recovered {
        cut_bytes: recovery.cut.as_ref().map_or(0, |cut| cut.bytes),
        discarded_redo: groups.iter().any(|group| group.group() > ledger_group),
        ..Recovered::default()
    };
    let changing = recovery.above_applied.iter().filter_map(|(group, redo)| Some((*group, (*redo)?)));
    for (number, hash) in changing {
        let named = |group: &&RedoGroup| group.group() == number && *group.hash() == hash;
        let group = groups.iter().find(named).ok_or(Error::StoreBehind { group: number })?;
        store.apply(group.changes(), Position::after(number))?;
        recovered.reapplied += 1;
    }
    redo.truncate_after(ledger_group)?;
    Ok(recovered)
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    let guarded = move || {
        let alarm = Alarm;
        run();
        mem::forget(alarm);
    };
    thread::Builder::new().name(name.to_owned()).spawn(guarded).map_err(Error::Thread)
}

/// Ends the process when a thread it stands guard in panics: a vault that can commit nothing more must not look alive.
struct Alarm;

impl Drop for Alarm {
    fn drop(&mut self) {
        process::abort();
    }
}

/// Rows whose last change is kept in mind; about 10 MB.
const RECENT_CHANGES: usize = 100_000;
