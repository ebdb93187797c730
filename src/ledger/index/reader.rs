//! Looking entries up, beside the writer of the index.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use fubako_keys::{Keyring, Month};

use crate::ledger::index::draft::RunDraft;
use crate::ledger::index::error::{IndexError, RunFault};
use crate::ledger::index::folder;
use crate::ledger::index::run::Run;
use crate::ledger::index::term::Term;
use crate::ledger::journal::append_file::sync_folder;

/// Looks entries up by their terms; cheap to clone.
#[derive(Debug, Clone)]
pub struct IndexReader {
    folder: PathBuf,
    shared: Arc<RwLock<Shared>>,
}

/// A stretch of neighbouring entries that are looked up together.
#[derive(Debug, Clone)]
pub struct Span {
    first_index: u64,
    next_index: u64,
    source: Source,
}

/// What the writer publishes: sealed runs without a gap, and the draft of the run that follows them.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) runs: Vec<Arc<Run>>,
    pub(super) tail: Option<Arc<RwLock<RunDraft>>>,
}

#[derive(Debug, Clone)]
enum Source {
    Run(Arc<Run>),
    Tail(Arc<RwLock<RunDraft>>),
}

impl IndexReader {
    pub(super) const fn new(folder: PathBuf, shared: Arc<RwLock<Shared>>) -> Self {
        Self { folder, shared }
    }

    /// What is indexed now, in rising order and without a gap: the sealed runs, then what is in memory.
    ///
    /// Entries from the last span's next index on are not indexed yet.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let shared = read(&self.shared);
        let mut spans: Vec<Span> = shared.runs.iter().map(Span::of_run).collect();
        spans.extend(shared.tail.as_ref().map(Span::of_tail).filter(|tail| tail.first_index < tail.next_index));
        spans
    }

    /// Files in the folder that seem to be complete runs and are none; the writer may be about to make one of them known.
    pub fn strays(&self) -> Result<Vec<PathBuf>, IndexError> {
        let runs = read(&self.shared).runs.clone();
        folder::strays(&self.folder, &runs)
    }

    /// Deletes the files of a month whose key is destroyed, and drops what is listed of it in memory.
    ///
    /// Nobody can open those files any more; spans handed out before may answer with a fault. It may be called again.
    pub fn forget(&self, month: Month) -> Result<(), IndexError> {
        let runs = read(&self.shared).runs.clone();
        for file in runs.iter().filter(|run| run.place().month == month).filter_map(|run| run.month_file()) {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(IndexError::io(file)(error)),
                _ => (),
            }
        }
        sync_folder(&self.folder).map_err(IndexError::io(&self.folder))?;
        let mut shared = write(&self.shared);
        for run in shared.runs.iter_mut().filter(|run| run.place().month == month) {
            *run = Arc::new(run.without_month());
        }
        if let Some(tail) = &shared.tail {
            write(tail).forget(month);
        }
        Ok(())
    }
}

impl Span {
    fn of_run(run: &Arc<Run>) -> Self {
        let place = run.place();
        Self { first_index: place.first_index, next_index: place.next_index, source: Source::Run(Arc::clone(run)) }
    }

    fn of_tail(tail: &Arc<RwLock<RunDraft>>) -> Self {
        let draft = read(tail);
        let place = draft.place();
        Self { first_index: place.first_index, next_index: place.next_index, source: Source::Tail(Arc::clone(tail)) }
    }

    /// The index of its first entry.
    #[must_use]
    pub const fn first_index(&self) -> u64 {
        self.first_index
    }

    /// The index after its last entry.
    #[must_use]
    pub const fn next_index(&self) -> u64 {
        self.next_index
    }

    /// The indexes of the entries that have all terms, rising; of all entries, if there is no term.
    ///
    /// Entries of a month that is forgotten have no terms any more. After a fault the caller scans the span's entries.
    pub fn find(&self, terms: &[Term], keyring: &Keyring) -> Result<Vec<u64>, RunFault> {
        if terms.is_empty() {
            return Ok((self.first_index..self.next_index).collect());
        }
        let mut keys: Vec<Vec<u8>> = terms.iter().map(Term::key).collect();
        // Keys of the kinds with short lists come first, so that the others need not be read when those have nothing.
        keys.sort_unstable();
        let offsets = match &self.source {
            Source::Run(run) => run.find(&keys, keyring)?,
            Source::Tail(tail) => read(tail).find(&keys, keyring),
        };
        let indexes = offsets.into_iter().map(|offset| self.first_index.saturating_add(offset.into()));
        // The tail may have grown meanwhile.
        Ok(indexes.take_while(|index| *index < self.next_index).collect())
    }

    /// Compares every byte of the span's files with what its entries, added anew to a draft, are sealed as.
    ///
    /// The file of a forgotten month, which does not open, is left out; of what is in memory there is nothing to check.
    pub fn check(&self, draft: &RunDraft, keyring: &Keyring) -> Result<(), RunFault> {
        match &self.source {
            Source::Run(run) => run.check(draft, keyring),
            Source::Tail(_) => Ok(()),
        }
    }
}

pub(super) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
