//! Remembered requests: what a mutation did, kept for a day beside its changes, so that a retry is answered and not done again.

use fubako_keys::Keyring;
use minicbor::{Decode, Encode};
use ring::rand::SecureRandom;

use crate::commit::rows;
use crate::ledger::accounted::Receipt;
use crate::ledger::draft::Draft;
use crate::model::ids::{EntryId, PolicyVersion, Revision};
use crate::store::key::Key;
use crate::store::row::Row;

/// What a mutation did.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Outcome {
    /// The member, basis, party or caller it was done to.
    #[n(0)]
    pub subject: String,
    /// The revision it made.
    #[n(1)]
    pub revision: Revision,
}

/// A request that was done, as it is stored.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Remembered {
    #[cbor(n(0), with = "minicbor::bytes")]
    digest: [u8; 32],
    #[n(1)]
    outcome: Outcome,
    #[n(2)]
    entry: EntryId,
    #[n(3)]
    index: u64,
    #[cbor(n(4), with = "minicbor::bytes")]
    leaf_hash: [u8; 32],
    #[n(5)]
    policy_version: PolicyVersion,
    #[n(6)]
    time_micros: i64,
}

/// A request to be remembered once its entry has a place.
#[derive(Debug)]
pub struct Remember {
    pub(super) key: Key,
    pub(super) before: Revision,
    content: Remembered,
}

impl Remember {
    /// Remembers, under `key`, that the request with this keyed digest had this outcome.
    ///
    /// `before` is the revision of an older row of that key that is out of date, else [`Revision::ABSENT`].
    #[must_use]
    pub fn new(key: Key, before: Revision, digest: [u8; 32], outcome: Outcome, draft: &Draft) -> Self {
        let content = Remembered {
            digest,
            outcome,
            entry: draft.id(),
            index: 0,
            leaf_hash: *draft.hash(),
            policy_version: draft.policy_version(),
            time_micros: draft.time_micros(),
        };
        Self { key, before, content }
    }

    /// The row, now that the entry's place is known.
    pub(super) fn into_row(
        mut self,
        index: u64,
        keyring: &Keyring,
        random: &dyn SecureRandom,
    ) -> Result<Row, rows::Error> {
        self.content.index = index;
        rows::seal(keyring, &self.key, self.before.next(), &self.content, random)
    }
}

impl Remembered {
    /// The keyed digest of the request.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// What it did.
    #[must_use]
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// When, in microseconds since 1970 (UTC).
    #[must_use]
    pub const fn time_micros(&self) -> i64 {
        self.time_micros
    }

    /// The entry that tells of it.
    #[must_use]
    pub const fn receipt(&self) -> Receipt {
        Receipt::recall(self.entry, self.index, self.leaf_hash, self.policy_version, self.time_micros)
    }
}
