//! The entry: one event of the ledger as the bytes of a Merkle leaf, and the member's name beside it.

use std::fmt;

use jiff::Timestamp;
use prost::Message;
use sha2::{Digest, Sha256};

use crate::ledger::event::Event;
use crate::model::ids::{EntryId, MemberId};

/// The leaf: a protobuf message that names no value, no digest of one, and the member only by a salted commitment.
///
/// Its bytes are what RFC 6962 hashes; field numbers are part of the format (`docs/format.md`).
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Leaf {
    /// 16 random bytes, so that nobody can guess a leaf from its hash.
    #[prost(bytes = "vec", tag = "1")]
    pub salt: Vec<u8>,
    /// The entry's id, 16 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub entry_id: Vec<u8>,
    /// When, in microseconds since 1970 (UTC).
    #[prost(int64, tag = "3")]
    pub time_micros: i64,
    /// What happened: [`Event::number`].
    #[prost(uint32, tag = "4")]
    pub event: u32,
    /// The caller's name; `vault` for what the vault does by itself.
    #[prost(string, tag = "5")]
    pub caller: String,
    /// The purpose stated.
    #[prost(string, tag = "6")]
    pub purpose: String,
    /// The recipient: a party's id, or a built-in class.
    #[prost(string, tag = "7")]
    pub recipient: String,
    /// The recipient's class.
    #[prost(string, tag = "8")]
    pub recipient_class: String,
    /// The revision of the party's row the decision rested on.
    #[prost(uint64, tag = "9")]
    pub recipient_revision: u64,
    /// The bases the decision rested on, 16 bytes each.
    #[prost(bytes = "vec", repeated, tag = "10")]
    pub bases: Vec<Vec<u8>>,
    /// The fields concerned.
    #[prost(message, repeated, tag = "11")]
    pub fields: Vec<LeafField>,
    /// The version of the policy in force.
    #[prost(uint32, tag = "12")]
    pub policy_version: u32,
    /// Why it was refused, or what came of it: a stable name.
    #[prost(string, tag = "13")]
    pub reason: String,
    /// SHA-256 over `"fubako/member/v1" | salt 16 | member id 16`, with the salt that lies beside the leaf.
    #[prost(bytes = "vec", tag = "14")]
    pub member_commitment: Vec<u8>,
    /// The basis, party, caller or key the event is about.
    #[prost(string, tag = "15")]
    pub subject: String,
    /// The revision the event made.
    #[prost(uint64, tag = "16")]
    pub revision: u64,
    /// The manifest of the record the event made, 32 bytes.
    #[prost(bytes = "vec", tag = "17")]
    pub manifest: Vec<u8>,
    /// How many events the entry stands for, where it counts them.
    #[prost(uint64, tag = "18")]
    pub count: u64,
    /// The kinds of the bases, in the order of `bases`: an account has to be readable after they are erased.
    #[prost(string, repeated, tag = "19")]
    pub basis_kinds: Vec<String>,
}

/// One field of an entry.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct LeafField {
    /// The field's name in the policy version of the entry.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The slot.
    #[prost(uint32, tag = "2")]
    pub slot: u32,
    /// The forms, joined by `+`; empty where the event shows none.
    #[prost(string, tag = "3")]
    pub forms: String,
    /// Under which version of its class key the value was sealed; 0 where the entry does not say.
    #[prost(uint32, tag = "4")]
    pub key_version: u32,
}

/// An entry being written: the leaf, and what lies beside it in the sealed frame.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(crate) leaf: Leaf,
    id: EntryId,
    event: Event,
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
    pub fn new(event: Event, caller: &str, now: Timestamp, random: &[u8; RANDOM_BYTES]) -> Self {
        let (for_id, salts) = random.split_first_chunk().unwrap_or((&[0; 10], &[]));
        let (leaf_salt, rest) = salts.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let member_salt = rest.first_chunk::<16>().copied().unwrap_or_default();
        let id = EntryId::new(now, for_id);
        let leaf = Leaf {
            salt: leaf_salt.to_vec(),
            entry_id: id.as_bytes().to_vec(),
            time_micros: now.as_microsecond(),
            event: event.number().into(),
            caller: caller.to_owned(),
            ..Leaf::default()
        };
        Self { leaf, id, event, member: None, member_salt }
    }

    /// Says which member the event is about.
    #[must_use]
    pub fn about(mut self, member: MemberId) -> Self {
        let beside = Beside { member, salt: self.member_salt };
        self.leaf.member_commitment = beside.commitment().to_vec();
        self.member = Some(beside);
        self
    }

    /// Says which basis, party, caller or key the event is about.
    #[must_use]
    pub fn of_subject(mut self, subject: &dyn fmt::Display) -> Self {
        self.leaf.subject = subject.to_string();
        self
    }

    /// Says what came of it, by a stable name.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.leaf.reason);
        self
    }

    /// Says the rest of what the leaf has to tell.
    #[must_use]
    pub fn telling(mut self, tell: impl FnOnce(&mut Leaf)) -> Self {
        tell(&mut self.leaf);
        self
    }

    /// What happened.
    #[must_use]
    pub const fn event(&self) -> Event {
        self.event
    }

    /// When it happened, to the microsecond.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        Timestamp::from_microsecond(self.leaf.time_micros).unwrap_or_default()
    }

    /// The entry's id.
    #[must_use]
    pub const fn id(&self) -> EntryId {
        self.id
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
        let bytes = entry.leaf.encode_to_vec();
        assert!(!bytes.windows(16).any(|window| window == member.as_bytes()));
    }

    #[test]
    fn the_commitment_names_one_member_only() {
        let one = Beside { member: MemberId::from_bytes([1; 16]), salt: [9; 16] };
        let other = Beside { member: MemberId::from_bytes([2; 16]), salt: [9; 16] };
        assert_ne!(one.commitment(), other.commitment());
    }
}
