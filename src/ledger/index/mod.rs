//! The ledger's index: entries are looked up by member, recipient, caller and purpose without reading the journal.
//!
//! ```text
//! index/00000000000000000000-month.run   what entries 0 to 262,143 are listed under, sealed under their month's key
//! index/00000000000000000000-long.run    the same for entries of the long-lived key; written last
//! index/00000000000000262144-month.run   and so on; a run never crosses a segment of the journal
//! ```
//!
//! It says nothing that the journal does not: what is lost or damaged is made again from there. Destroying a month's key
//! hides its part of the index with its entries.

mod directory;
mod draft;
mod error;
mod file;
mod folder;
mod header;
mod postings;
mod reader;
mod run;
mod term;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use fubako_keys::Keyring;
use ring::rand::SecureRandom;

use crate::ledger::index::reader::{Shared, read, write};
use crate::ledger::index::run::Run;
use crate::ledger::journal::{JournalId, SegmentPlace};

pub use crate::ledger::index::draft::{OutOfPlace, RunDraft};
pub use crate::ledger::index::error::{IndexError, RunFault};
pub use crate::ledger::index::reader::{IndexReader, Span};
pub use crate::ledger::index::term::{Indexed, Term};

/// The index of a ledger, and the only one who adds to it.
#[derive(Debug)]
pub struct Index {
    folder: PathBuf,
    id: JournalId,
    run_entries: u64,
    next: u64,
    shared: Arc<RwLock<Shared>>,
    /// The draft that is shared as the tail.
    tail: Option<Arc<RwLock<RunDraft>>>,
}

impl Index {
    /// Opens the index of the journal with these segments; the folder is made where it is missing.
    ///
    /// Runs that are there without a gap are kept. What lies behind a gap or is damaged, unfinished or another ledger's is
    /// removed, and with it what is left of forgotten months.
    pub fn open(
        folder: &Path,
        id: JournalId,
        segments: &[SegmentPlace],
        keyring: &Keyring,
    ) -> Result<Self, IndexError> {
        let runs = folder::open_runs(folder, id, segments, keyring)?;
        let next = runs.last().map_or_else(|| folder::first_index(segments), |run| run.place().next_index);
        let shared = Arc::new(RwLock::new(Shared { runs, tail: None }));
        Ok(Self { folder: folder.to_owned(), id, run_entries: RUN_ENTRIES, next, shared, tail: None })
    }

    /// A reader of an index that nobody adds to, and the files in its folder that seem to be complete runs and are none:
    /// damaged, out of their place, or another ledger's. Nothing is changed.
    pub fn inspect(
        folder: &Path,
        id: JournalId,
        segments: &[SegmentPlace],
        keyring: &Keyring,
    ) -> Result<(IndexReader, Vec<PathBuf>), IndexError> {
        let (runs, others) = folder::inspect_runs(folder, id, segments, keyring)?;
        let shared = Arc::new(RwLock::new(Shared { runs, tail: None }));
        Ok((IndexReader::new(folder.to_owned(), shared), others))
    }

    /// The index of the next entry to be added.
    #[must_use]
    pub const fn next_index(&self) -> u64 {
        self.next
    }

    /// Adds the next entry, and before it seals a run where one is full or its segment is over.
    ///
    /// What is not sealed yet is in memory only, and is added again after the next [`open`](Self::open). After an error
    /// nothing is added, and the same entry may be added again.
    pub fn add(&mut self, entry: &Indexed<'_>, keyring: &Keyring, random: &dyn SecureRandom) -> Result<(), IndexError> {
        if entry.index != self.next {
            return Err(OutOfPlace { expected: self.next, found: entry.index }.into());
        }
        if let Some(tail) = self.tail.take_if(|tail| !read(tail).takes(entry, self.run_entries)) {
            self.seal(tail, keyring, random)?;
        }
        let tail = self.tail.get_or_insert_with(|| {
            let tail = Arc::new(RwLock::new(RunDraft::begin(entry.segment, entry.month, entry.index)));
            write(&self.shared).tail = Some(Arc::clone(&tail));
            tail
        });
        write(tail).add(entry)?;
        self.next = entry.index.saturating_add(1);
        Ok(())
    }

    /// A reader, which may be used beside this writer.
    #[must_use]
    pub fn reader(&self) -> IndexReader {
        IndexReader::new(self.folder.clone(), Arc::clone(&self.shared))
    }

    /// Puts a sealed run in the place of the tail; after an error the tail is as before.
    fn seal(
        &mut self,
        tail: Arc<RwLock<RunDraft>>,
        keyring: &Keyring,
        random: &dyn SecureRandom,
    ) -> Result<(), IndexError> {
        let sealed = Run::write(&self.folder, self.id, &read(&tail), keyring, random);
        match sealed {
            Ok(run) => {
                let mut shared = write(&self.shared);
                shared.runs.push(Arc::new(run));
                shared.tail = None;
                Ok(())
            }
            Err(error) => {
                self.tail = Some(tail);
                Err(error)
            }
        }
    }
}

/// How many entries a run lists at most.
const RUN_ENTRIES: u64 = 262_144;
