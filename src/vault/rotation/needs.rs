//! Needs: how much of what is stored rests on which version of a key, found by looking at all of it.

use std::collections::BTreeMap;

use fubako_keys::KeyName;

use crate::record::refresh::needs;
use crate::record::sealed::SealedRecord;
use crate::store::key::{Key, KeyPrefix};
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::error::Error;

/// How many rows need each version of each key.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Needs {
    rows: BTreeMap<(KeyName, u32), u64>,
    /// How many records there are.
    pub records: u64,
    /// How many of them are damaged beyond telling; they may need any version.
    pub unread: u64,
}

impl Needs {
    /// How many rows need a version.
    #[must_use]
    pub fn of(&self, key: KeyName, version: u32) -> u64 {
        self.rows.get(&(key, version)).copied().unwrap_or(0)
    }

    /// How many rows need some version of a key before the given one.
    #[must_use]
    pub fn before(&self, key: KeyName, version: u32) -> u64 {
        self.rows.range((key, 0)..(key, version)).map(|(_, rows)| rows).sum()
    }

    fn count(&mut self, mut needed: Vec<(KeyName, u32)>) {
        needed.sort_unstable();
        needed.dedup();
        for version in needed {
            *self.rows.entry(version).or_default() += 1;
        }
    }
}

impl Vault {
    /// Looks through every record and every row of the blind index; takes a second or two for a million members.
    ///
    /// What is written meanwhile cannot be missed: a row keeps its key, and nothing new is taken under an older version.
    pub(in crate::vault) fn key_needs(&self) -> Result<Needs, Error> {
        let mut needed = Needs::default();
        self.each_row(Table::Record, |_, value| match SealedRecord::parse(value) {
            Ok(record) => {
                needed.records += 1;
                needed.count(needs(&record).collect());
            }
            Err(_) => needed.unread += 1,
        })?;
        self.each_row(Table::Index, |key, _| {
            needed.count(key.index_version().map(|version| (KeyName::Index, version)).into_iter().collect());
        })?;
        Ok(needed)
    }

    /// How many members there are.
    pub(super) fn count_records(&self) -> Result<u64, Error> {
        let mut records = 0;
        self.each_row(Table::Record, |_, _| records += 1)?;
        Ok(records)
    }

    fn each_row(&self, table: Table, mut visit: impl FnMut(&Key, Vec<u8>)) -> Result<(), Error> {
        let prefix = KeyPrefix::table(table);
        let mut after: Option<Key> = None;
        loop {
            let rows = self.store.scan(&prefix, after.as_ref(), PAGE).map_err(Error::StoreUnavailable)?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            after = Some(last.clone());
            for (key, row) in rows {
                visit(&key, row.into_value());
            }
        }
    }
}

const PAGE: usize = 1024;
