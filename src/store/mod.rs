//! The store: what the vault asks of storage, in rows it cannot read; and the redo log that makes every change durable.

pub mod folder;
pub mod key;
pub mod redo;
pub mod row;
pub mod sled;
pub mod space;
pub mod table;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
pub(crate) mod conformance;
#[cfg(test)]
pub(crate) mod memory;

use std::error;
use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::store::key::{Key, KeyPrefix};
use crate::store::row::{Change, Row};

/// Rows under keys, changed in groups.
///
/// One committer applies groups, in order; anyone reads, at any time. A change is seen once [`apply`](Self::apply)
/// returns and survives a crash once [`flush`](Self::flush) returned a position that covers it; until then the redo log
/// carries it. No engine's types and no closures cross this boundary, so that a store may be far away.
pub trait Store: Send + Sync + fmt::Debug {
    /// The row under the key.
    fn get(&self, key: &Key) -> Result<Option<Row>, StoreError>;

    /// The rows whose keys begin with the prefix, in the order of their keys, at most `limit` of them.
    ///
    /// The next page begins after the last key of this one. A page is not a snapshot: groups may be applied between its
    /// rows.
    fn scan(&self, within: &KeyPrefix, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Row)>, StoreError>;

    /// Applies the changes of a group, all or none, and with them the position.
    ///
    /// Applying a group again changes nothing. A position before the current one is refused.
    fn apply(&self, changes: &[Change], position: Position) -> Result<(), StoreError>;

    /// The last group applied.
    fn position(&self) -> Position;

    /// Makes durable what was applied before the call, and returns how far that is at least.
    fn flush(&self) -> Result<Position, StoreError>;

    /// How many bytes the store takes on disk.
    fn size_on_disk(&self) -> Result<u64, StoreError>;
}

/// How far a store has come: the last commit group applied to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position(u64);

impl Position {
    /// Before the first group.
    pub const START: Self = Self(0);

    /// After that group.
    #[must_use]
    pub const fn after(group: u64) -> Self {
        Self(group)
    }

    /// The last group; 0 before the first.
    #[must_use]
    pub const fn group(self) -> u64 {
        self.0
    }
}

/// Why a store did not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The engine failed.
    #[error("the store failed")]
    Engine(#[source] Box<dyn error::Error + Send + Sync>),
    /// A sync failed: what it covered may or may not be on disk.
    #[error("a sync of the store to disk failed")]
    SyncFailed(#[source] io::Error),
    /// A flush did not come back in time.
    #[error("a flush of the store took longer than {} seconds", limit.as_secs())]
    FlushHung {
        /// The time it was given.
        limit: Duration,
    },
    /// An earlier failure stopped the store; the process must stop.
    #[error("the store was stopped by an earlier failure")]
    Stopped,
    /// The group was applied before, and later ones after it.
    #[error("group {group} is behind the store, which holds group {applied}")]
    Behind {
        /// The group to apply.
        group: u64,
        /// The last group applied.
        applied: u64,
    },
    /// A key or row in the store is none this version wrote.
    #[error("a row of table {table} is damaged")]
    DamagedRow {
        /// The number of its table.
        table: u8,
    },
}
