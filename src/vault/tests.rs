//! The use cases end to end, without a network: from an empty folder to a released view, and back after a restart.

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use fubako_keys::RootKey;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use tempfile::TempDir;

use crate::commit::Fatal;
use crate::field::email::Email;
use crate::field::value::{Shown, Value};
use crate::ledger::query::{Filter, Order};
use crate::ledger::reader::ReadEntry;
use crate::model::caller::{Caller, Identity, Role};
use crate::model::form::Form;
use crate::model::ids::{CallerName, FieldName, MemberId, PartyId, PurposeId, RequestId, Revision, Slot};
use crate::model::recipient::{Recipient, RecipientClass};
use crate::model::source::Source;
use crate::policy::ask::{Ask, Stated};
use crate::record::collected::Collected;
use crate::vault::Vault;
use crate::vault::collect::{NewMember, NewValue};
use crate::vault::create::{NewVault, create};
use crate::vault::erase::{Erasure, Unreadable};
use crate::vault::error::Error;
use crate::vault::find::Clue;
use crate::vault::mutation::{Done, Method, Request};
use crate::vault::open::{OpenVault, Opened, open};
use crate::vault::rotation::Schedule;

const POLICY: &str = include_str!("../../policies/imacocokara.toml");

pub(super) struct Place {
    pub(super) folder: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = RootKey::create_file(&folder.path().join("root"), &SystemRandom::new()).unwrap();
        let new = NewVault {
            folder: &folder.path().join("data"),
            policy_text: POLICY,
            policy_file: Path::new("imacocokara.toml"),
        };
        create(&new, &root, now(), &SystemRandom::new()).unwrap();
        Self { folder }
    }

    pub(super) async fn open(&self) -> Opened {
        self.try_open().await.unwrap()
    }

    async fn try_open(&self) -> Result<Opened, crate::vault::open::Error> {
        open(OpenVault {
            folder: self.folder.path().join("data"),
            root: RootKey::load_file(&self.folder.path().join("root")).unwrap(),
            policy_text: POLICY.to_owned(),
            policy_file: "imacocokara.toml".into(),
            // As few buckets as there can be, so that one outgrows its row soon.
            expected_members: 2,
            cache_bytes: 16 << 20,
            retention_months: 36,
            backup_keep_days: 35,
            erasure_grace_days: 0,
            schedule: Schedule::default(),
            disk_reserve_bytes: 0,
            clock: Arc::new(now),
            random: Arc::new(SystemRandom::new()),
            // A test that is over takes the folder from under the ledger's tree; that is no failure of it.
            on_fatal: Arc::new(|fatal| assert!(matches!(fatal, Fatal::Tree(_)), "{fatal}")),
        })
        .await
    }
}

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

pub(super) fn caller() -> Caller {
    Caller {
        name: CallerName::parse("shop").unwrap(),
        identity: Identity::parse("spiffe://market.example/shop").unwrap(),
        roles: BTreeSet::from(Role::ALL),
        purposes: ["transaction-notice", "member-search", "delivery"]
            .map(|name| PurposeId::parse(name).unwrap())
            .into(),
        classes: BTreeSet::from([RecipientClass::Marketplace]),
        parties: BTreeSet::new(),
        records: BTreeSet::new(),
    }
}

pub(super) fn entries(vault: &Vault) -> Vec<ReadEntry> {
    let page = vault.entries(&caller(), &Filter::default(), Order::NewestFirst, (None, 1000));
    page.unwrap().entries
}

fn entry_at(vault: &Vault, index: u64) -> ReadEntry {
    entries(vault).into_iter().find(|entry| entry.index == index).unwrap()
}

pub(super) fn request(caller: &Caller, method: Method, id: u8) -> Request<'_> {
    let id = RequestId::parse(&format!("7d444840-9dc0-4ad1-9245-5ffdce74fa{id:02x}")).unwrap();
    Request { caller, method, id, digest: [id.as_bytes()[15]; 32] }
}

pub(super) async fn collect(vault: &Vault, id: u8, email: &str) -> Result<Done, Error> {
    collect_as(vault, request(&caller(), Method::CollectMember, id), None, email).await
}

async fn collect_as(vault: &Vault, request: Request<'_>, member: Option<MemberId>, email: &str) -> Result<Done, Error> {
    let field = vault.policy().field_named("email").unwrap().id();
    let value = Value::Email(Email::parse(email).unwrap());
    let policy = vault.policy().version();
    let collected = Collected { value, source: Source::Website, time: now(), policy };
    let values = vec![NewValue { field, slot: Slot(0), collected }];
    vault.collect(request, &NewMember { member, reference: None, values }).await
}

fn ask(member: MemberId, purpose: &str) -> Ask {
    Ask {
        caller: Arc::new(caller()),
        purpose: Stated::parse(purpose),
        recipient: Recipient::Marketplace,
        bases: Vec::new(),
        member,
        narrowing: None,
        asserted: None,
    }
}

pub(super) async fn released_email(vault: &Vault, member: MemberId) -> Result<String, Error> {
    let released = vault.disclose(&ask(member, "transaction-notice")).await?;
    let email = FieldName::parse("email").unwrap();
    let field = released.into_fields().into_iter().find(|field| *field.name() == email).unwrap();
    match field.into_shown().remove(0) {
        (Form::Full, Shown::Value(Value::Email(email))) => Ok(email.expose().to_owned()),
        other => panic!("{other:?}"),
    }
}

pub(super) fn erasure(member: MemberId) -> Erasure {
    let (reason, unreadable) = ("member-request".into(), Unreadable::Stop);
    Erasure { member, asserted: None, expected: Revision::ABSENT, reason, unreadable }
}

pub(super) fn member_of(done: &Done) -> MemberId {
    MemberId::parse(&done.outcome.subject).unwrap()
}

#[tokio::test]
async fn what_was_collected_is_released_also_after_a_restart() {
    let place = Place::new();
    let opened = place.open().await;
    let done = collect(&opened.vault, 1, "hana@example.jp").await.unwrap();
    let member = member_of(&done);
    assert_eq!(released_email(&opened.vault, member).await.unwrap(), "hana@example.jp");
    opened.close();
    let opened = place.open().await;
    assert_eq!(released_email(&opened.vault, member).await.unwrap(), "hana@example.jp");
}

#[tokio::test]
async fn a_retry_is_answered_and_not_done_again() {
    let place = Place::new();
    let opened = place.open().await;
    let first = collect(&opened.vault, 1, "hana@example.jp").await.unwrap();
    let entries = entries(&opened.vault).len();
    let again = collect(&opened.vault, 1, "hana@example.jp").await.unwrap();
    assert_eq!(first, again);
    assert_eq!(self::entries(&opened.vault).len(), entries);
    let listed = entry_at(&opened.vault, first.receipt.index());
    assert_eq!((listed.index, listed.leaf_hash), (first.receipt.index(), *first.receipt.leaf_hash()));
}

#[tokio::test]
async fn a_member_is_found_until_erased() {
    let place = Place::new();
    let opened = place.open().await;
    let vault = &opened.vault;
    let hana = member_of(&collect(vault, 1, "hana@example.jp").await.unwrap());
    collect(vault, 2, "ken@example.jp").await.unwrap();
    let normal = || Value::Email(Email::parse("Hana@Example.jp").unwrap()).normal_form().unwrap();
    let find = async || {
        let purpose = Stated::parse("member-search");
        vault.find(&caller(), &purpose, &Clue::Email(normal())).await.unwrap().members
    };
    assert_eq!(find().await, [hana]);
    vault.erase(request(&caller(), Method::EraseMember, 3), &erasure(hana)).await.unwrap();
    assert_eq!(find().await, []);
    let refused = released_email(vault, hana).await.unwrap_err();
    assert!(matches!(&refused, Error::Refused { refusal, .. } if refusal.reason().name() == "MEMBER_NOT_FOUND"));
}

#[tokio::test]
async fn a_refusal_is_an_entry() {
    let place = Place::new();
    let opened = place.open().await;
    let member = member_of(&collect(&opened.vault, 1, "hana@example.jp").await.unwrap());
    let refused = opened.vault.disclose(&ask(member, "delivery")).await.unwrap_err();
    let Error::Refused { receipt: Some(receipt), .. } = refused else { panic!("{refused}") };
    let entry = entry_at(&opened.vault, receipt.index());
    assert_eq!((entry.leaf.reason.as_str(), entry.member()), ("BASIS_MISSING", Some(member)));
}

#[tokio::test]
async fn text_that_names_nothing_on_record_does_not_reach_the_ledger() {
    let place = Place::new();
    let opened = place.open().await;
    let member = member_of(&collect(&opened.vault, 1, "hana@example.jp").await.unwrap());
    let stranger = Recipient::Party(PartyId::parse("4242424242424242").unwrap());
    let asked = Ask { recipient: stranger, ..ask(member, "090-0000-1024") };
    let Error::Refused { receipt: Some(receipt), .. } = opened.vault.disclose(&asked).await.unwrap_err() else {
        panic!("it was not refused by the policy");
    };
    let leaf = entry_at(&opened.vault, receipt.index()).leaf;
    assert_eq!((leaf.purpose.as_str(), leaf.recipient.as_str()), ("", ""));
}

#[tokio::test]
async fn a_second_opener_is_refused() {
    let place = Place::new();
    let _opened = place.open().await;
    assert!(matches!(place.try_open().await, Err(crate::vault::open::Error::Folder(_))));
}

#[tokio::test]
async fn the_id_of_an_erased_member_is_never_given_to_another() {
    let place = Place::new();
    let opened = place.open().await;
    let hana = member_of(&collect(&opened.vault, 1, "hana@example.jp").await.unwrap());
    opened.vault.erase(request(&caller(), Method::EraseMember, 2), &erasure(hana)).await.unwrap();
    let caller = caller();
    let again = request(&caller, Method::CollectMember, 3);
    let refused = collect_as(&opened.vault, again, Some(hana), "ken@example.jp").await;
    assert!(matches!(refused, Err(Error::AlreadyExists(_))));
}

#[tokio::test]
async fn who_looks_through_the_whole_index_lets_others_by() {
    let place = Place::new();
    let opened = place.open().await;
    let hana = member_of(&collect(&opened.vault, 1, "hana@example.jp").await.unwrap());
    collect(&opened.vault, 2, "ken@example.jp").await.unwrap();
    let mut looking = pin!(opened.vault.rows_listing(hana));
    let first = looking.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(first.is_pending());
    assert_eq!(looking.await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_bucket_that_outgrows_its_row_still_finds_everyone() {
    let place = Place::new();
    let opened = place.open().await;
    let (vault, caller) = (&opened.vault, caller());
    let mut members = Vec::new();
    for number in 0..450_u16 {
        let id = format!("7d444840-9dc0-4ad1-9245-5ffdce74{number:04x}");
        let id = RequestId::parse(&id).unwrap();
        let request = Request { caller: &caller, method: Method::CollectMember, id, digest: [0; 32] };
        let done = collect_as(vault, request, None, &format!("member{number}@example.jp")).await.unwrap();
        members.push(member_of(&done));
    }
    for (number, member) in members.iter().enumerate().step_by(50) {
        let email = Email::parse(&format!("member{number}@example.jp")).unwrap();
        let clue = Clue::Email(Value::Email(email).normal_form().unwrap());
        let found = vault.find(&caller, &Stated::parse("member-search"), &clue).await.unwrap();
        assert_eq!(found.members, [*member]);
    }
}
