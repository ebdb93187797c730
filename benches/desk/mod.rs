//! A desk with what a release is made of: a seller's ask, a member's record of six values, and the keys; the parts of a release
//! as the server runs them, one by one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark")]

use std::sync::Arc;

use fubako::field::email::Email;
use fubako::field::payment_card::{CardAccountPart, CardParts, PaymentCard};
use fubako::field::person_name::{NameParts, PersonName};
use fubako::field::phone::Phone;
use fubako::field::postal_address::{AddressParts, PostalAddress};
use fubako::field::text::Text;
use fubako::field::value::{Shown, Value};
use fubako::ledger::accounted::{Accounted, Durable};
use fubako::ledger::draft::{Draft, Pending};
use fubako::ledger::entry::{Entry, RANDOM_BYTES};
use fubako::ledger::event::Event;
use fubako::ledger::journal::{Journal, JournalId};
use fubako::ledger::leaf::FieldDraft;
use fubako::ledger::writer::{Group, Writer, month_of};
use fubako::model::basis::{Basis, BasisKind, BasisState, Scope};
use fubako::model::caller::{Caller, Identity, Role};
use fubako::model::form::Form;
use fubako::model::ids::{BasisId, CallerName, MemberId, PartyId, PolicyVersion, PurposeId, Slot, VaultId};
use fubako::model::party::{Party, PartyState};
use fubako::model::preferences::Preferences;
use fubako::model::recipient::{Recipient, RecipientClass};
use fubako::model::source::Source;
use fubako::model::time::Validity;
use fubako::policy::ask::{Ask, Holding, MemberFacts, Register, Stated};
use fubako::policy::authorise::authorise;
use fubako::policy::decide::Decision;
use fubako::policy::grant::Grant;
use fubako::policy::table::Policy;
use fubako::record::collected::Collected;
use fubako::record::edit::Editor;
use fubako::record::open::{Released, open};
use fubako::record::sealed::SealedRecord;
use fubako_keys::Keyring;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use tempfile::TempDir;

const POLICY: &str = include_str!("../../policies/imacocokara.toml");
const PURPOSE: &str = "transaction-with-seller";
const MEMBER: MemberId = MemberId::from_bytes([1; 16]);
const BASIS: BasisId = BasisId::from_bytes([9; 16]);

/// Everything on it is made once, and stays as it is.
pub(crate) struct Desk {
    policy: Policy,
    keyring: Keyring,
    ask: Ask,
    party: Party,
    bases: Vec<Basis>,
    values: Vec<(&'static str, Collected)>,
    record: SealedRecord,
    writer: Writer,
    group: u64,
    _folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let policy = Policy::parse(POLICY).unwrap();
        let (vault, month) = (VaultId([5; 16]), month_of(now()).unwrap());
        let keyring = Keyring::create(vault.0, month, now().as_millisecond(), &SystemRandom::new()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let journal = JournalId { vault, origin: [6; 16] };
        let journal = Journal::create(&folder.path().join("journal"), journal, month).unwrap();
        let values = values();
        let record = sealed(&keyring, &policy, &values);
        Self {
            ask: ask(),
            party: party(),
            bases: vec![basis()],
            writer: Writer::new(journal),
            group: 0,
            policy,
            keyring,
            values,
            record,
            _folder: folder,
        }
    }

    /// What the seller may see of the member: three fields.
    #[inline(never)]
    pub(crate) fn decide(&self) -> Grant {
        let register = Register { party: Some(&self.party), bases: &self.bases, caller_suspended: false, now: now() };
        let holdings: Vec<_> = self.record.slots().map(|it| Holding { field: it.field, slot: it.slot }).collect();
        let preferences = Preferences::default();
        let facts =
            MemberFacts { holdings: Some(&holdings), preferences: &preferences, told: Some(&self.policy), held: None };
        match authorise(&self.policy, &self.ask, &register).unwrap().decide(&facts) {
            Decision::Grant(grant) => grant,
            Decision::Refuse(refusal) => panic!("{refusal}"),
        }
    }

    /// A new record: every value sealed on its own, and the manifest over them.
    #[inline(never)]
    pub(crate) fn seal(&self) -> SealedRecord {
        sealed(&self.keyring, &self.policy, &self.values)
    }

    /// The bytes of the record, as a row has them.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.record.as_bytes().to_vec()
    }

    /// The record out of a row's bytes.
    #[inline(never)]
    pub(crate) fn parse(bytes: Vec<u8>) -> SealedRecord {
        SealedRecord::parse(bytes).unwrap()
    }

    /// Three fields in full: the manifest, three seals, three values decoded and shown.
    #[inline(never)]
    pub(crate) fn open(&self, grant: Accounted<Grant>) -> Released {
        open(&self.record, grant, &self.keyring, &self.policy).unwrap_or_else(|failed| panic!("{failed:?}"))
    }

    /// Every value in every form it has but the whole.
    #[inline(never)]
    pub(crate) fn show(&self) -> Vec<Shown> {
        let presentation = self.policy.presentation();
        let forms = |value: &Value| value.kind().forms().iter().filter(|form| *form != Form::Full).collect::<Vec<_>>();
        let shown = |value: &Value| {
            forms(value).into_iter().filter_map(|form| value.show(form, presentation, now()).ok()).collect::<Vec<_>>()
        };
        self.values.iter().flat_map(|(_, collected)| shown(&collected.value)).collect()
    }

    /// The entry of that release, with the grant that waits for it.
    #[inline(never)]
    pub(crate) fn draft(number: usize, grant: Grant) -> (Draft, Pending<Grant>) {
        let mut random = [7; RANDOM_BYTES];
        random[..8].copy_from_slice(&number.to_be_bytes());
        let entry = Entry::new(Event::Released, "shop", now(), &random).about(MEMBER).telling(|leaf| {
            leaf.purpose = PURPOSE.into();
            leaf.recipient = "aoyama-books".into();
            leaf.recipient_class = "seller".into();
            leaf.bases = vec![BASIS];
            leaf.basis_kinds = vec!["transaction"];
            leaf.fields = ["name", "address", "phone"]
                .map(|name| FieldDraft { name: name.into(), slot: 0, forms: "full".into(), key_version: 1 })
                .into();
        });
        Draft::pending(entry, grant)
    }

    /// So many grants, each durable with an entry of its own.
    pub(crate) fn grants(&mut self, count: usize) -> Vec<Accounted<Grant>> {
        let grant = self.decide();
        let mut accounted = Vec::with_capacity(count);
        while accounted.len() < count {
            let numbers = accounted.len()..count.min(accounted.len() + GROUP);
            let (drafts, waiting): (_, Vec<_>) = numbers.map(|number| Self::draft(number, grant.clone())).unzip();
            let durable = self.append(drafts);
            accounted.extend(waiting.into_iter().zip(durable).map(|(waiting, it)| waiting.account(it).unwrap()));
        }
        accounted
    }

    /// A commit group of the journal, sealed and synced.
    #[inline(never)]
    pub(crate) fn append(&mut self, drafts: Vec<Draft>) -> Vec<Durable> {
        self.group += 1;
        let group = Group { number: self.group, drafts, redo: None };
        self.writer.append(group, now(), &self.keyring, &SystemRandom::new()).unwrap()
    }
}

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn sealed(keyring: &Keyring, policy: &Policy, values: &[(&'static str, Collected)]) -> SealedRecord {
    let mut editor = Editor::create(keyring, MEMBER);
    for (name, collected) in values {
        let field = policy.field_named(name).unwrap();
        editor.put(field.class(), (field.id(), Slot(0)), &collected.encode(), &SystemRandom::new()).unwrap();
    }
    editor.finish().unwrap().0
}

fn values() -> Vec<(&'static str, Collected)> {
    let address = AddressParts {
        country: "JP",
        postal_code: "101-0051",
        region: "Tokyo",
        locality: "Chiyoda-ku",
        lines: &["Kanda-Jimbocho 1-2-3", "Room 4"],
        addressee: "",
    };
    let card = CardParts {
        account: CardAccountPart::Pan("4242424242424242"),
        expiry_month: 12,
        expiry_year: 2031,
        holder: "HANA MORI",
        cvv: "",
    };
    let name = NameParts { whole: "Mori Hana", family: "Mori", given: "Hana", ..NameParts::default() };
    let values = [
        ("nickname", Value::Text(Text::parse("hana").unwrap())),
        ("name", Value::Name(PersonName::parse(name).unwrap())),
        ("address", Value::Address(PostalAddress::parse(address).unwrap())),
        ("email", Value::Email(Email::parse("hana@example.jp").unwrap())),
        ("phone", Value::Phone(Phone::parse("+819012345678").unwrap())),
        ("card", Value::Card(PaymentCard::parse(card).unwrap())),
    ];
    let collected = |value| Collected { value, source: Source::Website, time: now(), policy: PolicyVersion(1) };
    values.map(|(name, value)| (name, collected(value))).into()
}

fn ask() -> Ask {
    let caller = Caller {
        name: CallerName::parse("shop").unwrap(),
        identity: Identity::parse("shop.example").unwrap(),
        roles: [Role::Discloser].into(),
        purposes: [PurposeId::parse(PURPOSE).unwrap()].into(),
        classes: [RecipientClass::Seller].into(),
        parties: [].into(),
        records: [].into(),
    };
    Ask {
        caller: Arc::new(caller),
        purpose: Stated::parse(PURPOSE),
        recipient: Recipient::Party(PartyId::parse("aoyama-books").unwrap()),
        bases: vec![BASIS],
        member: MEMBER,
        narrowing: None,
        asserted: None,
    }
}

fn party() -> Party {
    Party {
        id: PartyId::parse("aoyama-books").unwrap(),
        class: RecipientClass::Seller,
        name: "Aoyama Books".to_owned(),
        legal_name: "Aoyama Books KK".to_owned(),
        address: "Tokyo".to_owned(),
        representative: "A. Oyama".to_owned(),
        country: "JP".to_owned(),
        identity: None,
        hpke_key: None,
        state: PartyState::Active,
        registered: Timestamp::UNIX_EPOCH,
    }
}

/// The member bought something of the seller.
fn basis() -> Basis {
    Basis {
        id: BASIS,
        kind: BasisKind::Transaction,
        member: Some(MEMBER),
        party: Some(PartyId::parse("aoyama-books").unwrap()),
        scope: Scope::Unnarrowed,
        purposes: vec![PurposeId::parse(PURPOSE).unwrap()],
        validity: Validity::new(Timestamp::UNIX_EPOCH, None).unwrap(),
        approvals_needed: 0,
        approvals: Vec::new(),
        reference: "order 7".to_owned(),
        secrecy_agreement: None,
        state: BasisState::Live,
        policy_version: PolicyVersion(1),
        recorded_by: CallerName::parse("registry").unwrap(),
        recorded: Timestamp::UNIX_EPOCH,
    }
}

/// Entries of a commit group, as many as there are calls under way.
pub(crate) const GROUP: usize = 64;
