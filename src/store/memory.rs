//! A store in memory, for tests: what the embedded one must be told apart from by nobody.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::key::{Key, KeyPrefix};
use crate::store::row::{Change, Row};
use crate::store::{Position, Store, StoreError};

/// Rows in memory; durable as long as the process.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<Key, Row>,
    position: Position,
}

impl MemoryStore {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        Ok(self.state().rows.get(key).cloned())
    }

    fn scan(&self, within: &KeyPrefix, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Row)>, StoreError> {
        let state = self.state();
        let first = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = state.rows.range((first, Bound::Unbounded)).filter(|(key, _)| within.holds(key.as_bytes()));
        Ok(rows.take(limit).map(|(key, row)| (key.clone(), row.clone())).collect())
    }

    fn apply(&self, changes: &[Change], position: Position) -> Result<(), StoreError> {
        let mut state = self.state();
        if position < state.position {
            return Err(StoreError::Behind { group: position.group(), applied: state.position.group() });
        }
        for change in changes {
            match change.row() {
                Some(row) => state.rows.insert(change.key().clone(), row.clone()),
                None => state.rows.remove(change.key()),
            };
        }
        state.position = position;
        Ok(())
    }

    fn position(&self) -> Position {
        self.state().position
    }

    fn flush(&self) -> Result<Position, StoreError> {
        Ok(self.position())
    }

    fn size_on_disk(&self) -> Result<u64, StoreError> {
        Ok(0)
    }
}
