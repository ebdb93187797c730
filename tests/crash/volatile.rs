//! A store in memory that can be thrown back to an earlier moment, as a crash does to one that was not flushed.

use std::collections::BTreeMap;
use std::sync::Mutex;

use fubako::store::key::{Key, KeyPrefix};
use fubako::store::row::{Change, Row};
use fubako::store::{Position, Store, StoreError};

/// What a store holds at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moment {
    rows: BTreeMap<Key, Row>,
    position: Position,
}

/// Rows in memory, never flushed, so that the redo log keeps every group.
#[derive(Debug, Default)]
pub(crate) struct Volatile(Mutex<Moment>);

impl Volatile {
    pub(crate) fn moment(&self) -> Moment {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn at(moment: &Moment) -> Self {
        Self(Mutex::new(moment.clone()))
    }
}

impl Store for Volatile {
    fn get(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        Ok(self.0.lock().unwrap().rows.get(key).cloned())
    }

    fn scan(&self, within: &KeyPrefix, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Row)>, StoreError> {
        let moment = self.0.lock().unwrap();
        let rows = moment.rows.iter().filter(|(key, _)| within.holds(key.as_bytes()));
        let rows = rows.filter(|(key, _)| after.is_none_or(|after| *key > after));
        Ok(rows.take(limit).map(|(key, row)| (key.clone(), row.clone())).collect())
    }

    fn apply(&self, changes: &[Change], position: Position) -> Result<(), StoreError> {
        let mut moment = self.0.lock().unwrap();
        for change in changes {
            match change.row() {
                Some(row) => moment.rows.insert(change.key().clone(), row.clone()),
                None => moment.rows.remove(change.key()),
            };
        }
        moment.position = position;
        Ok(())
    }

    fn position(&self) -> Position {
        self.0.lock().unwrap().position
    }

    fn flush(&self) -> Result<Position, StoreError> {
        Ok(Position::START)
    }

    fn size_on_disk(&self) -> Result<u64, StoreError> {
        Ok(0)
    }
}
