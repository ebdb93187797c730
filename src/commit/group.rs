//! A commit group being gathered: each piece of work is checked against the store and the group so far, in order.

use std::collections::HashMap;

use fubako_keys::Keyring;
use jiff::Timestamp;
use ring::rand::SecureRandom;
use thiserror::Error;

use crate::commit;
use crate::commit::post::{Order, Reply};
use crate::commit::recent::Recent;
use crate::commit::rows;
use crate::commit::work::{Redo, Work, Write};
use crate::ledger::draft::Draft;
use crate::model::ids::Revision;
use crate::store::key::Key;
use crate::store::row::{Change, Row};
use crate::store::{Store, StoreError};

/// What has been admitted to the group.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) drafts: Vec<Draft>,
    /// Where the answers go.
    pub(super) replies: Vec<Reply>,
    /// The rows as this group leaves them, in the order they were first changed.
    pub(super) changes: Vec<Change>,
    /// Whether the redo log is to be dropped behind it.
    pub(super) drops_redo: bool,
    /// Where in `changes` a row stands.
    places: HashMap<Key, usize>,
}

/// What an order is checked against.
pub(super) struct Bench<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) keyring: &'a Keyring,
    pub(super) recent: &'a mut Recent,
    pub(super) random: &'a dyn SecureRandom,
    pub(super) number: u64,
    /// The place in the ledger of the group's first entry.
    pub(super) first_index: u64,
    pub(super) now: Timestamp,
}

/// Why no group could be gathered; nothing has been written of it.
#[derive(Debug, Error)]
pub enum Failure {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A remembered request could not be made a row.
    #[error(transparent)]
    Remember(#[from] rows::Error),
}

impl Group {
    /// Admits an order, or answers it at once.
    pub(super) fn admit(&mut self, order: Order, bench: &mut Bench<'_>) -> Result<(), Failure> {
        if let Err(refused) = self.check(&order.work, bench)? {
            order.reply.give(Err(refused));
            return Ok(());
        }
        self.take(order, bench)
    }

    fn check(&self, work: &Work, bench: &Bench<'_>) -> Result<Result<(), commit::Error>, StoreError> {
        let lapsed = work.premise.until.is_some_and(|until| bench.now >= until);
        let retired =
            work.sealed_under.iter().any(|(key, version)| bench.keyring.active_version(*key) != Some(*version));
        if lapsed || retired || !bench.recent.upholds(&work.premise) {
            return Ok(Err(commit::Error::Stale));
        }
        if let Some(remember) = &work.remember
            && self.revision(&remember.key, bench.store)? != remember.before
        {
            return Ok(Err(commit::Error::Remembered));
        }
        for Write { key, expected, .. } in &work.writes {
            if self.revision(key, bench.store)? != *expected {
                return Ok(Err(commit::Error::Conflict(key.clone())));
            }
        }
        Ok(Ok(()))
    }

    /// The row's revision as this group would leave it.
    fn revision(&self, key: &Key, store: &dyn Store) -> Result<Revision, StoreError> {
        let row = match self.places.get(key).and_then(|place| self.changes.get(*place)) {
            Some(change) => change.row().map(Row::revision),
            None => store.get(key)?.as_ref().map(Row::revision),
        };
        Ok(row.unwrap_or(Revision::ABSENT))
    }

    fn take(&mut self, order: Order, bench: &mut Bench<'_>) -> Result<(), Failure> {
        let Order { work, reply } = order;
        let index = bench.first_index + self.drafts.len() as u64;
        self.drops_redo |= work.redo == Redo::Dropped;
        if let Some(remember) = work.remember {
            let key = remember.key.clone();
            let row = remember.into_row(index, bench.keyring, bench.random)?;
            self.change(Change::put(key, row));
        }
        for key in work.touches {
            bench.recent.note(key, bench.number);
        }
        for Write { key, row, .. } in work.writes {
            // INVARIANT (premise): noted before the next order is checked, so a release behind a revocation in the
            // same group already sees it.
            bench.recent.note(key.clone(), bench.number);
            self.change(row.map_or_else(|| Change::delete(key.clone()), |row| Change::put(key.clone(), row)));
        }
        self.drafts.push(work.draft);
        self.replies.push(reply);
        Ok(())
    }

    fn change(&mut self, change: Change) {
        if let Some(earlier) = self.places.get(change.key()).and_then(|place| self.changes.get_mut(*place)) {
            *earlier = change;
        } else {
            self.places.insert(change.key().clone(), self.changes.len());
            self.changes.push(change);
        }
    }
}
