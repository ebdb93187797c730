//! Work: what the committer is asked to make durable, and what it must find unchanged to do so.

use fubako_keys::KeyName;
use jiff::Timestamp;

use crate::commit::remembered::Remember;
use crate::ledger::draft::Draft;
use crate::model::ids::Revision;
use crate::store::key::Key;
use crate::store::row::Row;

/// One entry, the changes it tells of, and the premise both rest on.
#[derive(Debug)]
pub struct Work {
    pub(super) draft: Draft,
    pub(super) premise: Premise,
    pub(super) writes: Vec<Write>,
    pub(super) touches: Vec<Key>,
    pub(super) sealed_under: Vec<(KeyName, u32)>,
    pub(super) remember: Option<Remember>,
    pub(super) redo: Redo,
}

/// What becomes of the redo log behind a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redo {
    /// It is dropped in time.
    Kept,
    /// The store is flushed and the log dropped before the work is answered.
    Dropped,
}

/// What a decision was read from.
#[derive(Debug, Default)]
pub struct Premise {
    /// The group up to which changes were visible when the rows were read.
    pub read_at: u64,
    /// The rows that were read.
    pub rows: Vec<Key>,
    /// When the decision lapses by itself.
    pub until: Option<Timestamp>,
}

/// One changed row.
#[derive(Debug)]
pub struct Write {
    /// The row's key.
    pub key: Key,
    /// The revision it must have now; [`Revision::ABSENT`] if it must not be there.
    pub expected: Revision,
    /// The row it becomes; none removes it.
    pub row: Option<Row>,
}

impl Work {
    /// Only an entry.
    #[must_use]
    pub fn entry(draft: Draft) -> Self {
        Self {
            draft,
            premise: Premise::default(),
            writes: Vec::new(),
            touches: Vec::new(),
            sealed_under: Vec::new(),
            remember: None,
            redo: Redo::Kept,
        }
    }

    /// Commits only if nothing the decision rested on has changed.
    #[must_use]
    pub fn resting_on(mut self, premise: Premise) -> Self {
        self.premise = premise;
        self
    }

    /// Changes these rows along with the entry.
    #[must_use]
    pub fn writing(mut self, writes: Vec<Write>) -> Self {
        self.writes = writes;
        self
    }

    /// Makes whoever read these rows before read them again, though they do not change: a listing under them did.
    #[must_use]
    pub fn touching(mut self, touches: Vec<Key>) -> Self {
        self.touches = touches;
        self
    }

    /// Commits only while these key versions still seal, so that a rotation's proof cannot be overtaken.
    #[must_use]
    pub fn sealed_under(mut self, versions: Vec<(KeyName, u32)>) -> Self {
        self.sealed_under = versions;
        self
    }

    /// Says what becomes of the redo log behind it: before a key is destroyed, what lies there under it goes.
    #[must_use]
    pub const fn with_redo(mut self, redo: Redo) -> Self {
        self.redo = redo;
        self
    }

    /// Remembers the request along with its changes.
    #[must_use]
    pub fn remembering(mut self, remember: Remember) -> Self {
        self.remember = Some(remember);
        self
    }

    /// About how many bytes it adds to a group.
    pub(super) fn size(&self) -> usize {
        let row = |write: &Write| write.row.as_ref().map_or(0, |row| row.value().len());
        let writes = self.writes.iter().map(|write| row(write) + write.key.as_bytes().len() + CHANGE_BYTES);
        let remembered = if self.remember.is_some() { REMEMBERED_BYTES } else { 0 };
        writes.sum::<usize>() + self.draft.leaf().len() + remembered
    }
}

impl Write {
    /// Puts a row in place of the one at the revision before it.
    #[must_use]
    pub fn put(key: Key, row: Row) -> Self {
        Self { key, expected: Revision(row.revision().0.saturating_sub(1)), row: Some(row) }
    }

    /// Removes the row at that revision.
    #[must_use]
    pub const fn remove(key: Key, expected: Revision) -> Self {
        Self { key, expected, row: None }
    }
}

/// What a change takes beside its key and value, and what a remembered request takes.
const CHANGE_BYTES: usize = 16;
const REMEMBERED_BYTES: usize = 256;
