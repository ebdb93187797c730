//! A desk to tamper at: two members' sealed records, the keys, and as many accounted grants as attempts are made.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use fubako::field::email::Email;
use fubako::field::payment_card::{CardAccountPart, CardParts, PaymentCard};
use fubako::field::phone::Phone;
use fubako::field::postal_address::{AddressParts, PostalAddress};
use fubako::field::text::Text;
use fubako::field::value::{Shown, Value};
use fubako::ledger::accounted::Accounted;
use fubako::ledger::draft::Draft;
use fubako::ledger::entry::{Entry, RANDOM_BYTES};
use fubako::ledger::event::Event;
use fubako::ledger::journal::{Journal, JournalId};
use fubako::ledger::writer::{Group, Writer, month_of};
use fubako::model::form::Form;
use fubako::model::ids::{FieldId, MemberId, PolicyVersion, Slot, VaultId};
use fubako::model::preferences::Preferences;
use fubako::model::recipient::{Recipient, RecipientClass};
use fubako::model::source::Source;
use fubako::policy::ask::{Ask, Holding, MemberFacts, Register, Stated};
use fubako::policy::authorise::authorise;
use fubako::policy::decide::Decision;
use fubako::policy::grant::Grant;
use fubako::policy::table::Policy;
use fubako::record::collected::Collected;
use fubako::record::edit::Editor;
use fubako::record::open::open;
use fubako::record::sealed::SealedRecord;
use fubako_keys::{Keyring, Manifest, SealedSlot};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use tempfile::TempDir;

use crate::support::MARKETPLACE;
use crate::support::callers::nothing;

/// Everything it takes to seal, tamper with and open records.
pub(crate) struct Desk {
    pub(crate) keyring: Keyring,
    pub(crate) policy: Policy,
    writer: Writer,
    group: u64,
    _folder: TempDir,
}

/// What a view shows: field, slot, form and the value's bytes.
pub(crate) type Seen = Vec<(String, u16, Form, Vec<u8>)>;

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (vault, month) = (VaultId([5; 16]), month_of(now()).unwrap());
        let journal = JournalId { vault, origin: [6; 16] };
        let journal = Journal::create(&folder.path().join("journal"), journal, month).unwrap();
        Self {
            keyring: Keyring::create(vault.0, month, now().as_millisecond(), &SystemRandom::new()).unwrap(),
            policy: Policy::parse(MARKETPLACE).unwrap(),
            writer: Writer::new(journal),
            group: 0,
            _folder: folder,
        }
    }

    pub(crate) fn field(&self, name: &str) -> FieldId {
        self.policy.field_named(name).unwrap().id()
    }

    /// A record with a value of every class but the password's, two of them addresses.
    pub(crate) fn record(&self, member: MemberId, mark: &str) -> SealedRecord {
        let mut editor = Editor::create(&self.keyring, member);
        for (field, slot, value) in values(mark) {
            self.put(&mut editor, field, slot, value);
        }
        editor.finish().unwrap().0
    }

    /// The record with another e-mail address.
    pub(crate) fn corrected(&self, record: &SealedRecord, email: &str) -> SealedRecord {
        let mut editor = Editor::change(&self.keyring, record);
        self.put(&mut editor, "email", 0, Value::Email(Email::parse(email).unwrap()));
        editor.finish().unwrap().0
    }

    fn put(&self, editor: &mut Editor<'_>, field: &str, slot: u16, value: Value) {
        let field = self.policy.field_named(field).unwrap();
        let collected = Collected { value, source: Source::Website, time: now(), policy: PolicyVersion(1) };
        editor.put(field.class(), (field.id(), Slot(slot)), &collected.encode(), &SystemRandom::new()).unwrap();
    }

    /// What the member's own view shows of these bytes; nothing, if they are refused anywhere on the way.
    pub(crate) fn open(&self, bytes: Vec<u8>, grant: Accounted<Grant>) -> Option<Seen> {
        let record = SealedRecord::parse(bytes).ok()?;
        let released = open(&record, grant, &self.keyring, &self.policy).ok()?;
        let mut seen = Vec::new();
        for field in released.into_fields() {
            let (name, slot) = (field.name().to_string(), field.slot().0);
            for (form, shown) in field.into_shown() {
                let bytes = match shown {
                    Shown::Value(value) => value.encode().to_vec(),
                    Shown::Text(text) => text.as_bytes().to_vec(),
                };
                seen.push((name.clone(), slot, form, bytes));
            }
        }
        Some(seen)
    }

    /// Grants of the member's own view of everything `record` holds, each with a durable entry of its own.
    pub(crate) fn grants(&mut self, record: &SealedRecord, count: usize) -> Vec<Accounted<Grant>> {
        let grant = self.grant(record);
        let mut accounted = Vec::with_capacity(count);
        while accounted.len() < count {
            let mut drafts = Vec::new();
            let mut pending = Vec::new();
            for number in accounted.len()..count.min(accounted.len() + 1000) {
                let mut random = [7; RANDOM_BYTES];
                random[..8].copy_from_slice(&number.to_be_bytes());
                let entry = Entry::new(Event::Released, "portal", now(), &random).about(record.member());
                let (draft, waiting) = Draft::pending(entry, grant.clone());
                drafts.push(draft);
                pending.push(waiting);
            }
            self.group += 1;
            let group = Group { number: self.group, drafts, redo: None };
            let durable = self.writer.append(group, now(), &self.keyring, &SystemRandom::new()).unwrap();
            accounted
                .extend(pending.into_iter().zip(durable).map(|(waiting, durable)| waiting.account(durable).unwrap()));
        }
        accounted
    }

    /// Something with a durable entry of its own.
    pub(crate) fn account<T: Debug>(&mut self, event: Event, member: MemberId, what: T) -> Accounted<T> {
        let entry = Entry::new(event, "desk", now(), &[7; RANDOM_BYTES]).about(member);
        let (draft, pending) = Draft::pending(entry, what);
        self.group += 1;
        let group = Group { number: self.group, drafts: vec![draft], redo: None };
        let mut durable = self.writer.append(group, now(), &self.keyring, &SystemRandom::new()).unwrap();
        pending.account(durable.remove(0)).unwrap()
    }

    pub(crate) fn grant_of(&mut self, record: &SealedRecord) -> Accounted<Grant> {
        self.grants(record, 1).remove(0)
    }

    fn grant(&self, record: &SealedRecord) -> Grant {
        let mut caller = nothing("portal");
        caller.purposes = BTreeSet::from([crate::support::callers::purpose("self-review")]);
        caller.classes = BTreeSet::from([RecipientClass::Member]);
        let ask = Ask {
            caller: Arc::new(caller),
            purpose: Stated::parse("self-review"),
            recipient: Recipient::Member,
            bases: Vec::new(),
            member: record.member(),
            narrowing: None,
            asserted: Some(record.member()),
        };
        let register = Register { party: None, bases: &[], caller_suspended: false, now: now() };
        let holdings: Vec<_> = record.slots().map(|slot| Holding { field: slot.field, slot: slot.slot }).collect();
        let preferences = Preferences::default();
        let facts = MemberFacts { holdings: Some(&holdings), preferences: &preferences, told: None, held: None };
        match authorise(&self.policy, &ask, &register).unwrap().decide(&facts) {
            Decision::Grant(grant) => grant,
            Decision::Refuse(refusal) => panic!("{refusal}"),
        }
    }

    /// A record's bytes put together by hand, with a manifest that holds: what a thief of the manifest key could write.
    pub(crate) fn forge(&self, member: MemberId, revision: u64, slots: &[ForgedSlot]) -> Vec<u8> {
        let covered: Vec<_> =
            slots.iter().map(|slot| SealedSlot::new(slot.field.0, slot.slot.0, slot.seal, &slot.envelope)).collect();
        let manifest = self.keyring.manifest(member.as_bytes(), revision, covered.into_iter()).unwrap();
        Self::write(member, revision, &manifest, slots)
    }

    /// A record's bytes put together by hand, under any manifest.
    pub(crate) fn write(member: MemberId, revision: u64, manifest: &Manifest, slots: &[ForgedSlot]) -> Vec<u8> {
        let mut bytes = vec![1];
        bytes.extend(member.as_bytes());
        bytes.extend(revision.to_be_bytes());
        bytes.extend(manifest.key_version().to_be_bytes());
        bytes.extend(manifest.mac());
        bytes.extend(u16::try_from(slots.len()).unwrap().to_be_bytes());
        for slot in slots {
            bytes.extend(slot.field.0.to_be_bytes());
            bytes.extend(slot.slot.0.to_be_bytes());
            bytes.extend(slot.seal.to_be_bytes());
            bytes.extend(u16::try_from(slot.envelope.len()).unwrap().to_be_bytes());
            bytes.extend(&slot.envelope);
        }
        bytes
    }
}

/// One slot of a record that is put together by hand.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ForgedSlot {
    pub(crate) field: FieldId,
    pub(crate) slot: Slot,
    pub(crate) seal: u64,
    pub(crate) envelope: Vec<u8>,
}

/// The slots of a record, to be moved about.
pub(crate) fn slots_of(record: &SealedRecord) -> Vec<ForgedSlot> {
    let slot = |slot: fubako::record::sealed::SealedSlot<'_>| ForgedSlot {
        field: slot.field,
        slot: slot.slot,
        seal: slot.seal,
        envelope: slot.envelope.to_vec(),
    };
    record.slots().map(slot).collect()
}

pub(crate) const fn member(number: u8) -> MemberId {
    MemberId::from_bytes([number; 16])
}

pub(crate) fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn values(mark: &str) -> Vec<(&'static str, u16, Value)> {
    let address = |line: &str| {
        let parts = AddressParts {
            country: "JP",
            postal_code: "101-0051",
            region: "Tokyo",
            locality: "Chiyoda-ku",
            lines: &[line],
            addressee: "",
        };
        Value::Address(PostalAddress::parse(parts).unwrap())
    };
    let pan = CardAccountPart::Pan("4242424242424242");
    let card = CardParts { account: pan, expiry_month: 12, expiry_year: 2031, holder: mark, cvv: "" };
    vec![
        ("login_id", 0, Value::Text(Text::parse(mark).unwrap())),
        ("nickname", 0, Value::Text(Text::parse(&format!("nick {mark}")).unwrap())),
        ("address", 0, address(&format!("{mark} home"))),
        ("address", 1, address(&format!("{mark} gift"))),
        ("email", 0, Value::Email(Email::parse(&format!("{mark}@example.jp")).unwrap())),
        ("phone", 0, Value::Phone(Phone::parse("+819012345678").unwrap())),
        ("card", 0, Value::Card(PaymentCard::parse(card).unwrap())),
    ]
}
