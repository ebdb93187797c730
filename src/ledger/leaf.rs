//! The leaf: what the ledger says of an event, as it is written and as it is read.

use jiff::Timestamp;
use prost::Message;

use crate::ledger::event::Event;
use crate::ledger::varint;
use crate::model::ids::{BasisId, EntryId};
use crate::model::label::Label;

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

/// A leaf being written: every release waits for it, so that names are shared and written once, into their bytes.
///
/// What is left empty or 0 is not written, as in [`Leaf`].
#[derive(Clone, Debug)]
pub struct LeafDraft {
    salt: [u8; 16],
    id: EntryId,
    time: Timestamp,
    event: Event,
    pub(super) caller: Label,
    /// The purpose stated.
    pub purpose: Label,
    /// The recipient: a party's id, or a built-in class.
    pub recipient: Label,
    /// The recipient's class.
    pub recipient_class: Label,
    /// The revision of the party's row the decision rested on.
    pub recipient_revision: u64,
    /// The bases the decision rested on.
    pub bases: Vec<BasisId>,
    /// The fields concerned.
    pub fields: Vec<FieldDraft>,
    /// The version of the policy in force.
    pub policy_version: u32,
    pub(super) reason: Label,
    pub(super) member_commitment: Option<[u8; 32]>,
    pub(super) subject: Label,
    /// The revision the event made.
    pub revision: u64,
    /// The manifest of the record the event made.
    pub manifest: Option<[u8; 32]>,
    /// How many events the entry stands for, where it counts them.
    pub count: u64,
    /// The kinds of the bases, in the order of `bases`.
    pub basis_kinds: Vec<&'static str>,
}

/// One field of a leaf being written: a [`LeafField`].
#[derive(Clone, Debug)]
pub struct FieldDraft {
    /// The field's name in the policy version of the entry.
    pub name: Label,
    /// The slot.
    pub slot: u32,
    /// The forms, joined by `+`; empty where the event shows none.
    pub forms: Label,
    /// Under which version of its class key the value was sealed; 0 where the entry does not say.
    pub key_version: u32,
}

impl LeafDraft {
    /// Starts a leaf.
    pub(super) fn new(salt: [u8; 16], id: EntryId, time: Timestamp, event: Event, caller: Label) -> Self {
        Self {
            salt,
            id,
            time,
            event,
            caller,
            purpose: Label::default(),
            recipient: Label::default(),
            recipient_class: Label::default(),
            recipient_revision: 0,
            bases: Vec::new(),
            fields: Vec::new(),
            policy_version: 0,
            reason: Label::default(),
            member_commitment: None,
            subject: Label::default(),
            revision: 0,
            manifest: None,
            count: 0,
            basis_kinds: Vec::new(),
        }
    }

    /// The entry's id.
    pub(super) const fn id(&self) -> EntryId {
        self.id
    }

    /// What happened.
    pub(super) const fn event(&self) -> Event {
        self.event
    }

    /// When it happened.
    pub(super) const fn time(&self) -> Timestamp {
        self.time
    }

    /// The leaf's bytes: the message [`Leaf`], in the order of its field numbers.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(USUAL);
        let into = &mut bytes;
        write_bytes(1, &self.salt, into);
        write_bytes(2, self.id.as_bytes(), into);
        write_number(3, self.time.as_microsecond().cast_unsigned(), into);
        write_number(4, self.event.number().into(), into);
        write_text(5, &self.caller, into);
        write_text(6, &self.purpose, into);
        write_text(7, &self.recipient, into);
        write_text(8, &self.recipient_class, into);
        write_number(9, self.recipient_revision, into);
        self.bases.iter().for_each(|basis| write_bytes(10, basis.as_bytes(), into));
        self.fields.iter().for_each(|field| field.write(11, into));
        write_number(12, self.policy_version.into(), into);
        write_text(13, &self.reason, into);
        self.member_commitment.iter().for_each(|commitment| write_bytes(14, commitment, into));
        write_text(15, &self.subject, into);
        write_number(16, self.revision, into);
        self.manifest.iter().for_each(|manifest| write_bytes(17, manifest, into));
        write_number(18, self.count, into);
        self.basis_kinds.iter().for_each(|kind| write_bytes(19, kind.as_bytes(), into));
        bytes
    }
}

impl FieldDraft {
    fn write(&self, number: u64, into: &mut Vec<u8>) {
        varint::write(number << 3 | LENGTH, into);
        varint::write(self.length(), into);
        write_text(1, &self.name, into);
        write_number(2, self.slot.into(), into);
        write_text(3, &self.forms, into);
        write_number(4, self.key_version.into(), into);
    }

    /// How many bytes its fields take; each of their keys is one.
    fn length(&self) -> u64 {
        let number = |number: u64| if number == 0 { 0 } else { 1 + varint::length(number) };
        let text = |text: &Label| match text.as_str().len() as u64 {
            0 => 0,
            length => 1 + varint::length(length) + length,
        };
        text(&self.name) + number(self.slot.into()) + text(&self.forms) + number(self.key_version.into())
    }
}

fn write_number(number: u64, value: u64, into: &mut Vec<u8>) {
    if value != 0 {
        varint::write(number << 3 | VARINT, into);
        varint::write(value, into);
    }
}

fn write_text(number: u64, text: &Label, into: &mut Vec<u8>) {
    if !text.as_str().is_empty() {
        write_bytes(number, text.as_str().as_bytes(), into);
    }
}

fn write_bytes(number: u64, bytes: &[u8], into: &mut Vec<u8>) {
    varint::write(number << 3 | LENGTH, into);
    varint::write_slice(bytes, into);
}

// Protobuf's wire types.
const VARINT: u64 = 0;
const LENGTH: u64 = 2;
/// More bytes than the leaf of a view of a few fields has.
const USUAL: usize = 384;

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::collection::vec;
    use proptest::prelude::*;

    /// The leaf with these texts, and the message it has to be.
    fn both(texts: [String; 6], numbers: [u64; 3], fields: Vec<(String, u32, String, u32)>) -> (LeafDraft, Leaf) {
        let [caller, purpose, recipient, recipient_class, reason, subject] = texts;
        let [recipient_revision, revision, count] = numbers;
        let id = EntryId::from_bytes([2; 16]);
        let time = Timestamp::from_microsecond(-5).unwrap_or_default();
        let draft = LeafDraft {
            purpose: purpose.clone().into(),
            recipient: recipient.clone().into(),
            recipient_class: recipient_class.clone().into(),
            recipient_revision,
            bases: vec![BasisId::from_bytes([9; 16]), BasisId::from_bytes([0; 16])],
            fields: (fields.iter().cloned())
                .map(|(name, slot, forms, key_version)| FieldDraft {
                    name: name.into(),
                    slot,
                    forms: forms.into(),
                    key_version,
                })
                .collect(),
            policy_version: 7,
            reason: reason.clone().into(),
            member_commitment: Some([14; 32]),
            subject: subject.clone().into(),
            revision,
            manifest: Some([17; 32]),
            count,
            basis_kinds: vec!["transaction", ""],
            ..LeafDraft::new([1; 16], id, time, Event::Released, caller.clone().into())
        };
        let leaf = Leaf {
            salt: vec![1; 16],
            entry_id: vec![2; 16],
            time_micros: -5,
            event: Event::Released.number().into(),
            caller,
            purpose,
            recipient,
            recipient_class,
            recipient_revision,
            bases: vec![vec![9; 16], vec![0; 16]],
            fields: (fields.into_iter())
                .map(|(name, slot, forms, key_version)| LeafField { name, slot, forms, key_version })
                .collect(),
            policy_version: 7,
            reason,
            member_commitment: vec![14; 32],
            subject,
            revision,
            manifest: vec![17; 32],
            count,
            basis_kinds: vec!["transaction".into(), String::new()],
        };
        (draft, leaf)
    }

    proptest! {
        #[test]
        fn a_leaf_is_written_byte_for_byte_as_prost_writes_it(
            texts: [String; 6],
            numbers: [u64; 3],
            fields in vec((".{0,200}", any::<u32>(), ".{0,200}", any::<u32>()), 0..4),
        ) {
            let (draft, leaf) = both(texts, numbers, fields);
            prop_assert_eq!(draft.encode(), leaf.encode_to_vec());
        }
    }

    #[test]
    fn what_is_not_told_is_not_written() {
        let id = EntryId::from_bytes([2; 16]);
        let draft = LeafDraft::new([1; 16], id, Timestamp::UNIX_EPOCH, Event::Started, "vault".into());
        let leaf = Leaf {
            salt: vec![1; 16],
            entry_id: vec![2; 16],
            event: Event::Started.number().into(),
            caller: "vault".into(),
            ..Leaf::default()
        };
        assert_eq!(draft.encode(), leaf.encode_to_vec());
    }
}
