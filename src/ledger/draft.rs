//! Drafts: an entry's final bytes before it has a place in the ledger, and what waits for that place.

use crate::ledger::accounted::{Accounted, Durable};
use crate::ledger::entry::{Beside, Entry};
use crate::ledger::event::Event;
use crate::ledger::leaf::LeafDraft;
use crate::ledger::lifetime::Lifetime;
use crate::ledger::merkle::leaf_hash;
use crate::model::ids::{EntryId, PolicyVersion};
use crate::model::label::Label;

/// An entry ready to be appended.
#[derive(Debug)]
pub struct Draft {
    id: EntryId,
    policy_version: PolicyVersion,
    time_micros: i64,
    leaf: Vec<u8>,
    hash: [u8; 32],
    beside: Option<Beside>,
    event: Event,
    names: Names,
}

/// The names an entry is listed under; empty for none.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) caller: Label,
    pub(super) purpose: Label,
    pub(super) recipient: Label,
}

/// Something that may take effect only once its entry is durable.
///
/// It gives the thing back as [`Accounted`] for the [`Durable`] of its own entry, and for no other.
#[derive(Debug)]
#[must_use]
pub struct Pending<T> {
    what: T,
    entry: EntryId,
}

/// The entry made durable is not the one that was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the entry made durable belongs to something else")]
pub struct ForeignEntry;

impl Draft {
    /// Fixes the bytes of an entry.
    #[must_use]
    pub fn new(entry: Entry) -> Self {
        let (beside, leaf) = (entry.beside(), entry.leaf.encode());
        let (id, event, time_micros) = (entry.id(), entry.event(), entry.time().as_microsecond());
        let LeafDraft { policy_version, caller, purpose, recipient, .. } = entry.leaf;
        Self {
            id,
            policy_version: PolicyVersion(policy_version),
            time_micros,
            hash: leaf_hash(&leaf),
            leaf,
            beside,
            event,
            names: Names { caller, purpose, recipient },
        }
    }

    /// Fixes the bytes of the entry that tells of `what`, which waits until they are durable.
    pub fn pending<T>(entry: Entry, what: T) -> (Self, Pending<T>) {
        let id = entry.id();
        (Self::new(entry), Pending { what, entry: id })
    }

    /// The entry's id.
    #[must_use]
    pub const fn id(&self) -> EntryId {
        self.id
    }

    /// The policy version the entry names.
    #[must_use]
    pub const fn policy_version(&self) -> PolicyVersion {
        self.policy_version
    }

    /// When it happened, in microseconds since 1970 (UTC).
    #[must_use]
    pub const fn time_micros(&self) -> i64 {
        self.time_micros
    }

    /// The leaf's bytes.
    #[must_use]
    pub fn leaf(&self) -> &[u8] {
        &self.leaf
    }

    /// The leaf's hash (RFC 6962).
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// What lies beside the leaf.
    #[must_use]
    pub const fn beside(&self) -> Option<&Beside> {
        self.beside.as_ref()
    }

    /// Which key seals it.
    #[must_use]
    pub const fn lifetime(&self) -> Lifetime {
        self.event.lifetime()
    }

    /// What happened.
    pub(super) const fn event(&self) -> Event {
        self.event
    }

    /// The names it is listed under.
    pub(super) const fn names(&self) -> &Names {
        &self.names
    }
}

impl<T> Pending<T> {
    /// Lets it take effect, given the proof that its own entry is durable.
    pub fn account(self, durable: Durable) -> Result<Accounted<T>, ForeignEntry> {
        if durable.receipt().entry() == self.entry { Ok(Accounted::new(self.what, durable)) } else { Err(ForeignEntry) }
    }
}
