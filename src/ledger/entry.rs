//! The entry: one event of the ledger as a Merkle leaf, and the member's name beside it.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::ledger::event::Event;
use crate::ledger::leaf::LeafDraft;
use crate::model::ids::{EntryId, MemberId};
use crate::model::label::Label;

/// An entry being written: the leaf, and what lies beside it in the sealed frame.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(crate) leaf: LeafDraft,
    member: Option<Beside>,
    member_salt: [u8; 16],
}

/// What lies beside a leaf: who the commitment in it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Beside {
    /// The member.
    pub member: MemberId,
    /// The salt of the commitment.
    pub salt: [u8; 16],
}

impl Entry {
    /// Starts an entry; `random` becomes its id and its two salts.
    #[must_use]
    pub fn new(event: Event, caller: impl Into<Label>, now: Timestamp, random: &[u8; RANDOM_BYTES]) -> Self {
        let (for_id, salts) = random.split_first_chunk().unwrap_or((&[0; 10], &[]));
        let (leaf_salt, rest) = salts.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let member_salt = rest.first_chunk::<16>().copied().unwrap_or_default();
        let id = EntryId::new(now, for_id);
        let leaf = LeafDraft::new(*leaf_salt, id, now, event, caller.into());
        Self { leaf, member: None, member_salt }
    }

    /// Says which member the event is about.
    #[must_use]
    pub fn about(mut self, member: MemberId) -> Self {
        let beside = Beside { member, salt: self.member_salt };
        self.leaf.member_commitment = Some(beside.commitment());
        self.member = Some(beside);
        self
    }

    /// Says which basis, party, caller or key the event is about.
    #[must_use]
    pub fn of_subject(mut self, subject: &dyn fmt::Display) -> Self {
        self.leaf.subject = subject.to_string().into();
        self
    }

    /// Says what came of it, by a stable name.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.leaf.reason = reason.to_owned().into();
        self
    }

    /// Says the rest of what the leaf has to tell.
    #[must_use]
    pub fn telling(mut self, tell: impl FnOnce(&mut LeafDraft)) -> Self {
        tell(&mut self.leaf);
        self
    }

    /// What happened.
    #[must_use]
    pub const fn event(&self) -> Event {
        self.leaf.event()
    }

    /// When it happened, to the microsecond.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.leaf.time()
    }

    /// The entry's id.
    #[must_use]
    pub const fn id(&self) -> EntryId {
        self.leaf.id()
    }

    /// The member the event is about, with the salt of the commitment.
    #[must_use]
    pub const fn beside(&self) -> Option<Beside> {
        self.member
    }
}

impl Beside {
    /// The commitment the leaf carries in the member's place.
    #[must_use]
    pub fn commitment(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"fubako/member/v1");
        hash.update(self.salt);
        hash.update(self.member.as_bytes());
        hash.finalize().into()
    }
}

/// How many random bytes an entry needs.
pub const RANDOM_BYTES: usize = 10 + 16 + 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leaf_does_not_carry_the_members_id() {
        let member = MemberId::from_bytes([0xab; 16]);
        let entry = Entry::new(Event::Released, "shop", Timestamp::UNIX_EPOCH, &[7; RANDOM_BYTES]).about(member);
        let bytes = entry.leaf.encode();
        assert!(!bytes.windows(16).any(|window| window == member.as_bytes()));
    }

    #[test]
    fn the_commitment_names_one_member_only() {
        let one = Beside { member: MemberId::from_bytes([1; 16]), salt: [9; 16] };
        let other = Beside { member: MemberId::from_bytes([2; 16]), salt: [9; 16] };
        assert_ne!(one.commitment(), other.commitment());
    }
}
