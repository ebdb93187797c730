//! The embedded store: sled 0.34.7, held so that what it says is flushed is on disk.
//!
//! Why each measure is there stands beside it; together they are: a real flush ([`filter`]), a thread that watches it,
//! errors that sled only logs (`telemetry` watches for them), a second descriptor for syncs, one batch per commit group
//! in one tree, values of at most 4 KiB, and leftovers of a crash removed before opening.

pub mod engine_error;
pub mod fatal;
pub mod filter;

mod flusher;

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use thiserror::Error;

use crate::ledger::journal::append_file::{create_folder, sync_folder};
use crate::store::folder::DataFolder;
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::{Change, Row};
use crate::store::sled::engine_error::EngineError;
use crate::store::sled::fatal::{Fatal, OnFatal};
use crate::store::sled::filter::FilterError;
use crate::store::sled::flusher::{Failure, Flusher};
use crate::store::{Position, Store, StoreError};

/// The embedded store of one data folder.
pub struct SledStore {
    flusher: Flusher,
    database: sled::Db,
    position: AtomicU64,
    stopped: AtomicBool,
    options: SledOptions,
    _folder: DataFolder,
}

/// What can be chosen of the embedded store; everything else is pinned.
#[derive(Clone)]
pub struct SledOptions {
    /// How much memory sled's page cache may take; decides the speed of reads.
    pub cache_bytes: u64,
    /// How long a flush may take before the process must stop.
    pub flush_limit: Duration,
    /// Whom to tell that the process must stop.
    pub on_fatal: OnFatal,
}

/// Why the embedded store cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Its flush could not be made a real one.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// A file or folder of it cannot be made, opened or synced.
    #[error("cannot open the store's files")]
    Io(#[from] io::Error),
    /// sled cannot open what is there.
    #[error("the store's engine cannot open its files")]
    Engine(#[source] EngineError),
    /// The row with the store's position is none this version wrote.
    #[error("the store's position is damaged")]
    DamagedPosition,
}

impl OpenError {
    fn engine(error: sled::Error) -> Self {
        Self::Engine(error.into())
    }
}

impl SledStore {
    /// Opens the store of a data folder, or makes an empty one.
    ///
    /// From here on the whole process is held to the system call filter of [`filter`].
    pub fn open(folder: &DataFolder, options: SledOptions) -> Result<Self, OpenError> {
        let path = folder.store();
        create_folder(&path)?;
        remove_unfinished_snapshots(&path)?;
        // Before sled writes anything: see `Flusher::start`.
        let mut options_of_own = OpenOptions::new();
        options_of_own.read(true).write(true).create(true).truncate(false).mode(0o600);
        let own = options_of_own.open(path.join("db"))?;
        filter::ensure(&own)?;
        let database = open_engine(&path, options.cache_bytes).map_err(OpenError::engine)?;
        // sled syncs neither its settings nor the names of its files.
        File::open(path.join("conf"))?.sync_all()?;
        sync_folder(&path)?;
        let position = read_position(&database)?;
        let flusher = Flusher::start(database.clone(), own, options.flush_limit)?;
        let (position, stopped) = (AtomicU64::new(position.group()), AtomicBool::new(false));
        Ok(Self { flusher, database, position, stopped, options, _folder: folder.clone() })
    }

    fn ensure_running(&self) -> Result<(), StoreError> {
        if self.stopped.load(Ordering::Acquire) { Err(StoreError::Stopped) } else { Ok(()) }
    }

    /// Refuses everything from now on, and tells whom it concerns.
    fn stop(&self, fatal: &Fatal) {
        self.stopped.store(true, Ordering::Release);
        (self.options.on_fatal)(fatal);
    }
}

impl Store for SledStore {
    fn get(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        self.ensure_running()?;
        let found = self.database.get(key.as_bytes()).map_err(engine)?;
        found.map(|bytes| row(key.as_bytes(), &bytes)).transpose()
    }

    fn scan(&self, within: &KeyPrefix, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Row)>, StoreError> {
        self.ensure_running()?;
        let first = after.map_or(Bound::Included(within.as_bytes()), |after| Bound::Excluded(after.as_bytes()));
        let mut rows = Vec::new();
        for found in self.database.range::<&[u8], _>((first, Bound::Unbounded)).take(limit) {
            let (key, bytes) = found.map_err(engine)?;
            if !within.holds(&key) {
                break;
            }
            let row = row(&key, &bytes)?;
            rows.push((Key::from_bytes(&key).ok_or_else(|| damaged(&key))?, row));
        }
        Ok(rows)
    }

    fn apply(&self, changes: &[Change], position: Position) -> Result<(), StoreError> {
        self.ensure_running()?;
        let applied = self.position();
        if position < applied {
            return Err(StoreError::Behind { group: position.group(), applied: applied.group() });
        }
        let mut batch = sled::Batch::default();
        for change in changes {
            match change.row() {
                Some(row) => batch.insert(change.key().as_bytes(), row.to_bytes()),
                None => batch.remove(change.key().as_bytes()),
            }
        }
        batch.insert(POSITION_KEY, &position.group().to_be_bytes());
        self.database.apply_batch(batch).map_err(|error| {
            self.stop(&Fatal::ApplyFailed);
            engine(error)
        })?;
        self.position.store(position.group(), Ordering::Release);
        Ok(())
    }

    fn position(&self) -> Position {
        Position::after(self.position.load(Ordering::Acquire))
    }

    fn flush(&self) -> Result<Position, StoreError> {
        self.ensure_running()?;
        // Read first: what is applied while the flush runs may not be covered.
        let covered = self.position();
        let limit = self.options.flush_limit;
        self.flusher.flush().map_err(|failure| {
            let (fatal, error) = match failure {
                Failure::Engine(error) => (Fatal::FlushFailed, engine(error)),
                Failure::Sync(error) => (Fatal::FlushFailed, StoreError::SyncFailed(error)),
                Failure::Hung => (Fatal::FlushHung(limit), StoreError::FlushHung { limit }),
            };
            self.stop(&fatal);
            error
        })?;
        Ok(covered)
    }

    fn size_on_disk(&self) -> Result<u64, StoreError> {
        self.database.size_on_disk().map_err(engine)
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        if self.stopped.load(Ordering::Acquire) {
            self.flusher.abandon();
        } else {
            self.flusher.finish();
        }
    }
}

impl fmt::Debug for SledStore {
    /// sled's own would print every row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SledStore({:?})", self.position())
    }
}

impl fmt::Debug for SledOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SledOptions({} bytes of cache, flush within {:?})", self.cache_bytes, self.flush_limit)
    }
}

/// Removes the snapshots that a kill during an earlier start left half written: sled would take them for corruption.
fn remove_unfinished_snapshots(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Opens sled with everything pinned but the cache.
///
/// An instance this process closed a moment ago may still hold sled's lock: its threads end after it. Nobody else can,
/// as the data folder is held.
fn open_engine(folder: &Path, cache_bytes: u64) -> sled::Result<sled::Db> {
    let config = || {
        let config = sled::Config::new().path(folder).cache_capacity(cache_bytes).mode(sled::Mode::HighThroughput);
        // Without its thread, which also syncs, sled would never collect garbage.
        config.use_compression(false).flush_every_ms(Some(500))
    };
    for _ in 0..LOCK_ATTEMPTS {
        match config().open() {
            Err(sled::Error::Io(error)) if error.to_string().starts_with("could not acquire lock") => {
                thread::sleep(LOCK_PAUSE);
            }
            opened => return opened,
        }
    }
    config().open()
}

fn read_position(database: &sled::Db) -> Result<Position, OpenError> {
    let Some(bytes) = database.get(POSITION_KEY).map_err(OpenError::engine)? else {
        return Ok(Position::START);
    };
    let group = bytes.as_ref().try_into().map_err(|_| OpenError::DamagedPosition)?;
    Ok(Position::after(u64::from_be_bytes(group)))
}

fn row(key: &[u8], bytes: &[u8]) -> Result<Row, StoreError> {
    Row::from_bytes(bytes).ok_or_else(|| damaged(key))
}

fn damaged(key: &[u8]) -> StoreError {
    StoreError::DamagedRow { table: key.first().copied().unwrap_or_default() }
}

fn engine(error: sled::Error) -> StoreError {
    StoreError::Engine(Box::new(EngineError::from(error)))
}

/// Where the position is kept: before every table.
const POSITION_KEY: &[u8] = &[0];
const LOCK_ATTEMPTS: usize = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
