//! Findings: what is broken in the store, each by its table and member, and never by a value.

use std::fmt;

use thiserror::Error;

use crate::model::ids::{BasisId, FieldId, MemberId, Revision, Slot};
use crate::store::key::Key;
use crate::store::table::Table;

/// What a check of the store found.
#[derive(Debug, Default)]
pub struct Findings {
    /// How many records there are.
    pub records: u64,
    /// How many values they hold.
    pub fields: u64,
    /// How many of them the scoped keyring of this node cannot open: no fault, and nothing is said of them.
    pub not_held: u64,
    /// How many rows there are beside them.
    pub rows: u64,
    breaks: Vec<Break>,
    /// How many more breaks there are than are named.
    pub further: u64,
}

/// Something that is not as it was written.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("{place}: {fault}")]
pub struct Break {
    /// Where.
    pub place: Place,
    /// What is wrong there.
    pub fault: Fault,
}

/// Where something is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A member's row of a table.
    Member(Table, MemberId),
    /// A row of a table.
    Row(Table, Key),
    /// A whole table.
    Table(Table),
}

/// What is wrong at a place.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The row does not open.
    #[error("the row does not open: it was changed, moved here, or is of another revision")]
    Unopened,
    /// The row is not in the format of its table.
    #[error("the row is malformed")]
    Malformed,
    /// The record is another member's or of another revision.
    #[error("the record is another member's, or of another revision than its row")]
    Misplaced,
    /// The manifest does not hold.
    #[error("the manifest does not hold: a value was changed, dropped, added or exchanged")]
    Manifest,
    /// A value does not open.
    #[error("the value of field {0}, slot {1} does not open")]
    Slot(FieldId, Slot),
    /// The places in the blind index do not open.
    #[error("its places in the blind index do not open")]
    Listings,
    /// The index does not list the member where the record says so.
    #[error("the index of `{0}` does not list the member where the record says so")]
    NotListed(&'static str),
    /// The index lists a member whose record does not say so.
    #[error("lists member {0}, whose record does not say so")]
    Unasked(MemberId),
    /// A member without preferences.
    #[error("the member has no row of preferences")]
    NoPreferences,
    /// Preferences of nobody.
    #[error("there is no such member")]
    NoMember,
    /// Preferences that say when the member is erased, and nothing will.
    #[error("the member is to be erased by them, but no erasure is pending")]
    NotPending,
    /// A pending erasure that the preferences, which releases rest on, do not tell of.
    #[error("the erasure is pending, but the member's preferences do not say that, or say another time")]
    PendingUnsaid,
    /// A basis is not listed under what it binds.
    #[error("the basis is not listed under the {0} it binds")]
    BasisNotListed(&'static str),
    /// A note names a basis that says otherwise or is not there.
    #[error("lists basis {0}, which does not say so or is not there")]
    BasisUnasked(BasisId),
    /// The record is older than what the ledger says.
    #[error(
        "the record is at revision {record}, but entry {entry} of the ledger made revision {ledger}: it was rolled back"
    )]
    RolledBack {
        /// The record's revision.
        record: Revision,
        /// The revision the ledger tells of.
        ledger: Revision,
        /// The entry that does.
        entry: u64,
    },
    /// The record is newer than anything the ledger tells of.
    #[error("the record is at revision {record}, which no entry of the ledger made")]
    Untold {
        /// The record's revision.
        record: Revision,
    },
    /// The record is not the one that the ledger says was made at its revision.
    #[error("the record is not the one that entry {entry} of the ledger made")]
    Other {
        /// The entry.
        entry: u64,
    },
    /// The record is gone, and no erasure explains it.
    #[error("the record that entry {entry} of the ledger made is gone, and no erasure explains it")]
    Gone {
        /// The entry.
        entry: u64,
    },
    /// The record of an erased member is there.
    #[error("the record is there, but entry {entry} of the ledger erased the member")]
    Returned {
        /// The entry.
        entry: u64,
    },
}

impl Findings {
    /// Whether nothing is broken.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.breaks.is_empty()
    }

    /// What is broken; at most a thousand are named.
    #[must_use]
    pub fn breaks(&self) -> &[Break] {
        &self.breaks
    }

    pub(super) fn add(&mut self, place: Place, fault: Fault) {
        if self.breaks.len() < MOST {
            self.breaks.push(Break { place, fault });
        } else {
            self.further += 1;
        }
    }

    pub(super) fn extend(&mut self, found: impl IntoIterator<Item = (Place, Fault)>) {
        for (place, fault) in found {
            self.add(place, fault);
        }
    }
}

impl Place {
    /// The row under a key.
    pub(super) fn of(table: Table, key: &Key) -> Self {
        key.member().map_or_else(|| Self::Row(table, key.clone()), |member| Self::Member(table, member))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(table, member) => write!(f, "table `{}`, member {member}", table.name()),
            Self::Row(Table::Basis, key) => match key.basis_id() {
                Some(basis) => write!(f, "table `bases`, basis {basis}"),
                None => write!(f, "table `bases`, key {}", hex::encode(key.as_bytes())),
            },
            Self::Row(table, key) => match key.name() {
                Some(name) => write!(f, "table `{}`, `{name}`", table.name()),
                None => write!(f, "table `{}`, key {}", table.name(), hex::encode(key.as_bytes())),
            },
            Self::Table(table) => write!(f, "table `{}`", table.name()),
        }
    }
}

/// A folder that is damaged all over says no more with a million lines.
const MOST: usize = 1000;
