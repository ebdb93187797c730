//! Copying the store while it is written to, so that what comes of it is the store as it was after one commit group.
//!
//! Pages of rows and the groups applied meanwhile go into one stream. A group comes out only once it can be read, so a row read
//! behind it is no older than it; and what was read before it is brought up to it by the group itself. Applied in order, the
//! stream ends with every row as the last group left it.

use std::sync::Arc;

use thiserror::Error;

use crate::commit::tee::{FallenBehind, Following};
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Change;
use crate::store::table::Table;
use crate::store::{Store, StoreError};

/// A store being copied.
#[derive(Debug)]
pub(super) struct StoreCopy {
    store: Arc<dyn Store>,
    following: Following,
    tables: Vec<Table>,
    after: Option<Key>,
}

/// Why a store could not be copied.
#[derive(Debug, Error)]
pub(super) enum Error {
    /// It could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was written meanwhile was too much for who copies.
    #[error(transparent)]
    FallenBehind(#[from] FallenBehind),
}

impl StoreCopy {
    /// `following` must have begun before this.
    pub(super) fn new(store: Arc<dyn Store>, following: Following) -> Self {
        let tables = Table::ALL.into_iter().rev().collect();
        Self { store, following, tables, after: None }
    }

    /// The next rows, and the changes applied meanwhile, to be applied in this order; none once every row was read.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Change>>, Error> {
        let Some(table) = self.tables.last() else { return Ok(None) };
        let rows = self.store.scan(&KeyPrefix::table(*table), self.after.as_ref(), PAGE)?;
        self.after = rows.last().map(|(key, _)| key.clone());
        if rows.is_empty() {
            self.tables.pop();
        }
        let mut changes: Vec<Change> = rows.into_iter().map(|(key, row)| Change::put(key, row)).collect();
        for applied in self.following.drain()? {
            changes.extend(applied.changes);
        }
        Ok(Some(changes))
    }

    /// The changes that lead to the group of an entry, which must have been answered for, and that group's number.
    pub(super) fn up_to(&mut self, entry: u64) -> Result<(u64, Vec<Change>), Error> {
        let mut changes = Vec::new();
        for applied in self.following.drain()? {
            changes.extend(applied.changes);
            if applied.next_index > entry {
                return Ok((applied.group, changes));
            }
        }
        Err(FallenBehind.into())
    }
}

/// Rows read in one go: with values of at most 4 KiB, some two megabytes.
const PAGE: usize = 512;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    use std::collections::BTreeMap;
    use std::sync::{Mutex, MutexGuard};

    use proptest::prelude::*;

    use crate::commit::tee::Tees;
    use crate::model::ids::Revision;
    use crate::store::Position;
    use crate::store::memory::MemoryStore;
    use crate::store::row::Row;

    /// What happens beside a copy.
    #[derive(Debug, Clone)]
    enum Event {
        /// A group is applied, and can be read.
        Applied(Vec<(u16, Option<u8>)>),
        /// Whoever follows is told of the groups that were applied.
        Told,
        /// The copy takes its next step.
        Copied,
    }

    fn key(number: u16) -> Key {
        // Over several tables, so that a copy is in the middle of them.
        let name = format!("{:03}", number / 3);
        let tables = [Table::Party, Table::Caller, Table::Catalogue];
        Key::from_bytes(&[&[tables[usize::from(number % 3)].number()], name.as_bytes()].concat()).unwrap()
    }

    fn changes(written: &[(u16, Option<u8>)]) -> Vec<Change> {
        let change = |(number, value): &(u16, Option<u8>)| match value {
            Some(value) => Change::put(key(*number), Row::new(Revision(1), vec![*value]).unwrap()),
            None => Change::delete(key(*number)),
        };
        written.iter().map(change).collect()
    }

    fn apply(rows: &mut BTreeMap<Key, Row>, changes: &[Change]) {
        for change in changes {
            match change.row() {
                Some(row) => rows.insert(change.key().clone(), row.clone()),
                None => rows.remove(change.key()),
            };
        }
    }

    fn group() -> impl Strategy<Value = Vec<(u16, Option<u8>)>> {
        proptest::collection::vec((0_u16..2000, proptest::option::of(any::<u8>())), 1..20)
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let event = prop_oneof![
            3 => group().prop_map(Event::Applied),
            2 => Just(Event::Told),
            2 => Just(Event::Copied),
        ];
        proptest::collection::vec(event, 0..60)
    }

    /// A store with rows in it, groups applied to it, and everybody told of them in order, some time later.
    #[derive(Debug, Default)]
    struct Bench {
        store: MemoryStore,
        tees: Tees,
        state: Mutex<State>,
    }

    #[derive(Debug, Default)]
    struct State {
        group: u64,
        untold: Vec<(u64, Vec<Change>)>,
        model: BTreeMap<Key, Row>,
        /// Groups that are applied and told of between the next readings and whatever comes after them.
        between: Vec<Vec<Change>>,
    }

    impl Bench {
        fn state(&self) -> MutexGuard<'_, State> {
            self.state.lock().unwrap()
        }

        fn commit(&self, changes: Vec<Change>) -> u64 {
            let mut state = self.state();
            state.group += 1;
            let group = state.group;
            self.store.apply(&changes, Position::after(group)).unwrap();
            apply(&mut state.model, &changes);
            state.untold.push((group, changes));
            group
        }

        fn tell(&self) {
            for (group, changes) in self.state().untold.drain(..) {
                // One entry a group.
                self.tees.tell(group, group, &changes);
            }
        }
    }

    impl Store for Bench {
        fn scan(&self, within: &KeyPrefix, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Row)>, StoreError> {
            let rows = self.store.scan(within, after, limit);
            let between = self.state().between.pop();
            if let Some(changes) = between {
                self.commit(changes);
                self.tell();
            }
            rows
        }

        fn get(&self, key: &Key) -> Result<Option<Row>, StoreError> {
            self.store.get(key)
        }

        fn apply(&self, changes: &[Change], position: Position) -> Result<(), StoreError> {
            self.store.apply(changes, position)
        }

        fn position(&self) -> Position {
            self.store.position()
        }

        fn flush(&self) -> Result<Position, StoreError> {
            self.store.flush()
        }

        fn size_on_disk(&self) -> Result<u64, StoreError> {
            self.store.size_on_disk()
        }
    }

    proptest! {
        #[test]
        fn a_copy_is_the_store_after_one_group_whatever_was_written_meanwhile(
            before in events(),
            meanwhile in events(),
            between in proptest::collection::vec(group(), 0..10),
            behind in events(),
        ) {
            let bench = Arc::new(Bench::default());
            bench.commit(changes(&(0..2000).map(|number| (number, Some(0))).collect::<Vec<_>>()));
            for event in before {
                if let Event::Applied(written) = event {
                    bench.commit(changes(&written));
                }
            }
            // Some of those groups have not been told of yet: they come out, and were read as well.
            let mut copy = StoreCopy::new(Arc::<Bench>::clone(&bench), bench.tees.follow());
            bench.state().between = between.iter().map(|written| changes(written)).collect();
            let mut copied = BTreeMap::new();
            for event in meanwhile {
                match event {
                    Event::Applied(written) => drop(bench.commit(changes(&written))),
                    Event::Told => bench.tell(),
                    Event::Copied => apply(&mut copied, &copy.next().unwrap().unwrap_or_default()),
                }
            }
            while let Some(next) = copy.next().unwrap() {
                apply(&mut copied, &next);
            }
            let last = bench.commit(changes(&[(7, Some(9))]));
            bench.tell();
            let expected = bench.state().model.clone();
            for event in behind {
                if let Event::Applied(written) = event {
                    bench.commit(changes(&written));
                }
            }
            bench.tell();
            let (group, rest) = copy.up_to(last - 1).unwrap();
            apply(&mut copied, &rest);
            prop_assert_eq!(group, last);
            prop_assert_eq!(copied, expected);
        }
    }
}
