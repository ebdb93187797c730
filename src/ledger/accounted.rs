//! Accounted: the proof, as a type, that something was durably written down before it takes effect.

use crate::ledger::draft::Draft;
use crate::ledger::journal::Synced;
use crate::model::ids::{EntryId, PolicyVersion};

/// The name of a durable entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
    entry: EntryId,
    index: u64,
    leaf_hash: [u8; 32],
    policy_version: PolicyVersion,
    time_micros: i64,
}

/// Proof that one entry is durable; the journal's finished sync makes it, and nothing else can.
///
/// It is spent by [`crate::ledger::draft::Pending::account`], so one entry accounts for one thing.
#[derive(Debug)]
#[must_use]
pub struct Durable(Receipt);

/// Something whose entry is durable.
#[derive(Debug)]
#[must_use]
pub struct Accounted<T> {
    what: T,
    receipt: Receipt,
}

impl Receipt {
    /// A receipt that was given out before and stored; it is a name, and proves nothing to the vault itself.
    pub(crate) const fn recall(
        entry: EntryId,
        index: u64,
        leaf_hash: [u8; 32],
        policy_version: PolicyVersion,
        time_micros: i64,
    ) -> Self {
        Self { entry, index, leaf_hash, policy_version, time_micros }
    }

    /// The entry's id.
    #[must_use]
    pub const fn entry(&self) -> EntryId {
        self.entry
    }

    /// The entry's place in the ledger, from 0.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The hash of its leaf (RFC 6962).
    #[must_use]
    pub const fn leaf_hash(&self) -> &[u8; 32] {
        &self.leaf_hash
    }

    /// The policy version it names.
    #[must_use]
    pub const fn policy_version(&self) -> PolicyVersion {
        self.policy_version
    }

    /// When it happened, in microseconds since 1970 (UTC).
    #[must_use]
    pub const fn time_micros(&self) -> i64 {
        self.time_micros
    }
}

impl Durable {
    /// The proofs for the drafts of one finished sync, in their order.
    pub(super) fn of_group(synced: &Synced, drafts: &[Draft]) -> Vec<Self> {
        let places = synced.first_index()..;
        let proof = |(index, draft): (u64, &Draft)| {
            Self(Receipt {
                entry: draft.id(),
                index,
                leaf_hash: *draft.hash(),
                policy_version: draft.policy_version(),
                time_micros: draft.time_micros(),
            })
        };
        places.zip(drafts).map(proof).collect()
    }

    /// The entry's receipt.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.0
    }
}

impl<T> Accounted<T> {
    pub(super) fn new(what: T, Durable(receipt): Durable) -> Self {
        Self { what, receipt }
    }

    /// What was accounted for.
    #[must_use]
    pub const fn what(&self) -> &T {
        &self.what
    }

    /// The entry's receipt.
    #[must_use]
    pub const fn receipt(&self) -> Receipt {
        self.receipt
    }
}
