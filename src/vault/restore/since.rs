//! What was erased and removed after the backup was made, as it was shipped, and how it is left for the first start to do again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fubako_keys::Keyring;
use minicbor::{Decode, Encode};
use ring::rand::SecureRandom;

use crate::commit::rows;
use crate::model::ids::{MemberId, Revision};
use crate::store::Store as _;
use crate::store::key::Key;
use crate::store::row::Change;
use crate::store::sled::SledStore;
use crate::vault::backup::reading::Contents;
use crate::vault::backup::shipped::{ErasedMember, RemovedValues, read_shipped};
use crate::vault::restore::{Erasures, Error};

/// What is known of the time after the backup.
#[derive(Debug, Default)]
pub(super) struct Since {
    /// Who was erased.
    pub(super) erased: Vec<ErasedMember>,
    /// What was removed of others.
    pub(super) removed: BTreeMap<MemberId, Removed>,
    /// How far the old ledger is known to have gone.
    pub(super) until: Option<u64>,
}

/// Values of a member that were removed: fields by the names they had, with their slots.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub(in crate::vault) struct Removed {
    #[n(0)]
    pub(in crate::vault) values: BTreeSet<(String, u16)>,
}

impl Since {
    /// Reads what was shipped.
    pub(super) fn read(erasures: Erasures<'_>, keyring: &Keyring, contents: &Contents) -> Result<Self, Error> {
        let Erasures::Shipped(folder) = erasures else { return Ok(Self::default()) };
        Self::shipped(folder, keyring, contents)
    }

    fn shipped(folder: &Path, keyring: &Keyring, contents: &Contents) -> Result<Self, Error> {
        let shipped = read_shipped(folder, keyring, &contents.end.origin)?;
        let until = match shipped.covered {
            Some(covered) if covered >= contents.end.entries => Some(covered),
            covered => {
                let (covered, backup) = (covered.unwrap_or(0), contents.end.entries);
                return Err(Error::ShippedBehind { covered, backup });
            }
        };
        let mut since = Self { erased: shipped.erased, removed: BTreeMap::new(), until };
        let gone: BTreeSet<MemberId> = since.erased.iter().map(|erased| erased.member).collect();
        for (origin, removed) in shipped.removed {
            if is_after(contents, &origin, &removed) && !gone.contains(&removed.member) {
                since.removed.entry(removed.member).or_default().values.extend(removed.values);
            }
        }
        Ok(since)
    }

    /// The rows by which the first start knows what to do again.
    pub(super) fn left_to_do(&self, keyring: &Keyring, random: &dyn SecureRandom) -> Result<Vec<Change>, Error> {
        let first = Revision::ABSENT.next();
        let mut changes = Vec::with_capacity(self.erased.len() + self.removed.len());
        for erased in &self.erased {
            let key = Key::erased_since(erased.member);
            let row = rows::seal(keyring, &key, first, erased, random)?;
            changes.push(Change::put(key, row));
        }
        for (member, removed) in &self.removed {
            let key = Key::removed_since(*member);
            let row = rows::seal(keyring, &key, first, removed, random)?;
            changes.push(Change::put(key, row));
        }
        Ok(changes)
    }

    /// Refuses a backup with members whose data went since: a scoped keyring could not do that again.
    pub(super) fn check_nobody_is_left(&self, store: &SledStore) -> Result<(), Error> {
        let members = self.erased.iter().map(|erased| erased.member).chain(self.removed.keys().copied());
        let mut there = 0;
        for member in members {
            there += u64::from(store.get(&Key::record(member))?.is_some());
        }
        if there == 0 { Ok(()) } else { Err(Error::ScopedErasures { erased: there }) }
    }
}

/// Whether values were removed after the backup was made. What was removed before may have been collected anew.
fn is_after(contents: &Contents, origin: &[u8; 16], removed: &RemovedValues) -> bool {
    if *origin == contents.end.origin {
        removed.index >= contents.end.entries
    } else {
        // Of the ledger before this one, or after it: only the clock tells.
        removed.time.as_microsecond() >= contents.head.made_micros
    }
}
