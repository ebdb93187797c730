//! What a node with a scoped keyring does, what it refuses, and that the vault it is of goes on with what it did.

use std::fs;

use fubako::vault::error::Error as VaultError;
use fubako::vault::open::Error as OpenError;
use fubako::vault::restore::{Erasures, Error, Restore, restore};
use fubako::vault::rotation::Schedule;
use fubako_keys::{KeyClass, KeyName, KeyringHeader, Passphrase, RootProvider as _};
use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::find_member_request::Key;
use fubako_proto::v1::{
    CollectMemberRequest, CorrectMemberRequest, DestroyKeyRequest, DiscloseRequest, EraseMemberRequest,
    ExportKeyringRequest, ExportScopeRequest, FieldRequest, FieldValue, FindMemberRequest, GetKeysRequest,
    GetRetainedRequest, GetStatusRequest, KeyVersionState, ListEntriesRequest, Narrowing, Recipient,
    RemoveFieldsRequest, ReviewMemberRequest, RotateKeyRequest, SetKeyStateRequest, SlotName, VerifyClaim,
    VerifyOutcome, VerifyRequest,
};
use jiff::SignedDuration;
use ring::rand::SystemRandom;

use crate::off_site::{check, keep, ship};
use crate::register::{NODE, export};
use crate::support::callers::{APPROVER, ASKER, AUDITOR, LEGAL, OFFICER, OPERATOR, SHOP};
use crate::support::member::{EMAIL, PASSWORD, address, card, hanako, slot_value, text};
use crate::support::place::Place;
use crate::support::register::{about, party};
use crate::support::view::shown;
use crate::support::world::{World, ask, reason};

const SALE: &str = "transaction-with-seller";

/// Puts a scoped keyring in the place of the vault's own, and answers that.
fn scope_to(place: &mut Place, keyring: &[u8]) -> Vec<u8> {
    let file = place.data().join("keyring");
    let whole = fs::read(&file).unwrap();
    fs::write(file, keyring).unwrap();
    place.passphrase = Some(NODE);
    whole
}

fn put_back(place: &mut Place, whole: &[u8]) {
    fs::write(place.data().join("keyring"), whole).unwrap();
    place.passphrase = None;
}

async fn correct(world: &World, member: &str, field: &str, value: Value) -> Result<(), Reason> {
    let values = vec![slot_value(field, 0, value)];
    let correction = CorrectMemberRequest { member_id: member.into(), values, ..Default::default() };
    world.client(SHOP).await.correct_member(correction).await.map(drop).map_err(|error| error.reason().clone())
}

async fn find(world: &World, key: Key) -> Result<Vec<String>, Reason> {
    let request = FindMemberRequest { purpose: "member-search".into(), key: Some(key) };
    let found = world.client(ASKER).await.find_member(request).await;
    found.map(|found| found.member_ids).map_err(|error| error.reason().clone())
}

async fn verify(
    world: &World,
    member: &str,
    field: &str,
    form: &str,
    value: FieldValue,
) -> Result<VerifyOutcome, Reason> {
    let claims = vec![VerifyClaim { field: field.into(), form: form.into(), slot: 0, value: Some(value) }];
    let request = VerifyRequest { purpose: "identity-verification".into(), member_id: member.into(), claims };
    let verified = world.client(ASKER).await.verify(request).await;
    verified.map(|verified| verified.answers[0].outcome()).map_err(|error| error.reason().clone())
}

/// What is asked for payments: a name, and what is left of a card and of an account.
fn payment(member: &str, fields: Option<&[&str]>) -> DiscloseRequest {
    let wanted = |field: &&str| FieldRequest { field: (*field).into(), forms: vec!["full".into()] };
    let narrowing = fields.map(|fields| Narrowing { fields: fields.iter().map(wanted).collect() });
    DiscloseRequest { narrowing, ..ask("payment", Recipient::marketplace(), member, &[]) }
}

#[tokio::test]
async fn a_node_opens_its_classes_and_refuses_the_others_by_name() {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let collect =
        CollectMemberRequest { external_reference: Some(text("m-1")), values: hanako(), ..Default::default() };
    let hana = world.client(SHOP).await.collect_member(collect).await.unwrap().member_id;
    let basis = world.record(about("transaction", &hana, "potter", SALE)).await;
    let scoped = export(&world, &["contact", "identity"]).await;
    let mut place = world.close().await;
    let whole = scope_to(&mut place, &scoped.keyring);

    let world = World::at(place).await;
    let status = world.client(OPERATOR).await.get_status(GetStatusRequest {}).await.unwrap();
    assert_eq!(status.held_classes, ["identity", "contact"]);
    let sale = world.disclose(ask(SALE, Recipient::party("potter"), &hana, &[&basis])).await.unwrap().view.unwrap();
    assert!(shown(&sale, "address/0:full").unwrap().contains("Jinbocho 1-2-3"));

    // A view that needs another class is refused as a whole, and written down; the part that does not is given.
    let refused = world.disclose(payment(&hana, None)).await.unwrap_err();
    assert_eq!(*refused.reason(), Reason::ClassNotHeld);
    assert!(refused.to_string().contains("`card`, `bank`"), "{refused}");
    let given = world.disclose(payment(&hana, Some(&["name", "payment_status"]))).await.unwrap().view.unwrap();
    assert_eq!(given.fields.len(), 2);
    let review = ReviewMemberRequest { member_id: hana.clone(), purpose: String::new() };
    let reviewed = world.client_for(ASKER, &hana).await.review_member(review).await;
    assert_eq!(reason(reviewed), Reason::ClassNotHeld);
    let entries = world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await.unwrap().entries;
    let refusals = entries.iter().filter(|entry| entry.event == "refused" && entry.reason == "CLASS_NOT_HELD");
    assert_eq!(refusals.count(), 2);
    assert!(entries.iter().all(|entry| entry.event != "not-released"), "nothing was tried in vain");

    let password = verify(&world, &hana, "password", "", FieldValue::password(PASSWORD)).await;
    assert_eq!(password, Err(Reason::ClassNotHeld));
    let born = verify(&world, &hana, "birth_date", "full", FieldValue::date("1990-04-23")).await;
    assert_eq!(born, Ok(VerifyOutcome::Match));
    assert_eq!(find(&world, Key::Email(text(EMAIL))).await, Ok(vec![hana.clone()]));
    assert_eq!(find(&world, Key::ExternalReference(text("m-1"))).await, Ok(vec![hana.clone()]));

    // Its own classes are written, the others not, and a new member has some of each.
    assert_eq!(correct(&world, &hana, "address", Value::Address(address("Kanda 9"))).await, Ok(()));
    assert_eq!(correct(&world, &hana, "email", Value::Email(text("new@example.jp"))).await, Ok(()));
    let other_card = correct(&world, &hana, "card", Value::Card(card("5555555555554444"))).await;
    assert_eq!(other_card, Err(Reason::ClassNotHeld));
    let collect = |values| CollectMemberRequest { values, ..Default::default() };
    let shop = world.client(SHOP).await;
    assert_eq!(reason(shop.collect_member(collect(hanako())).await), Reason::ClassNotHeld);
    let email_only = hanako().into_iter().filter(|value| value.field == "email").collect();
    shop.collect_member(collect(email_only)).await.unwrap();

    let verdict = check(&world).await;
    assert_eq!(verdict.breaks(), Vec::<String>::new());
    assert_eq!(verdict.store.not_held, 3, "card, account and password of one member");

    // With its own keyring the vault goes on from there.
    let mut place = world.close().await;
    put_back(&mut place, &whole);
    let world = World::at(place).await;
    let sale = world.disclose(ask(SALE, Recipient::party("potter"), &hana, &[&basis])).await.unwrap().view.unwrap();
    assert!(shown(&sale, "address/0:full").unwrap().contains("Kanda 9"));
    assert!(world.disclose(payment(&hana, None)).await.is_ok());
    assert_eq!(find(&world, Key::Email(text("new@example.jp"))).await, Ok(vec![hana]));
    let verdict = check(&world).await;
    assert_eq!((verdict.breaks(), verdict.store.not_held), (Vec::new(), 0));
    drop(world.close().await);
}

#[tokio::test]
async fn a_node_neither_erases_nor_changes_or_gives_out_keys() {
    let world = World::new().await;
    let hana = world.collect(hanako()).await;
    let scoped = export(&world, &["contact", "identity", "card", "bank", "credential"]).await;
    let mut place = world.close().await;
    scope_to(&mut place, &scoped.keyring);
    let world = World::at(place).await;
    let (operator, generation) = (world.client(OPERATOR).await, scoped.copy.unwrap().keyring_generation);
    let (key, member_id) = (|| "contact".to_owned(), || hana.clone());
    let erase = EraseMemberRequest { member_id: member_id(), reason: "asked".into(), ..Default::default() };
    assert_eq!(reason(world.client(OFFICER).await.erase_member(erase).await), Reason::KeyringScoped);
    let retained = GetRetainedRequest { member_id: member_id(), reason: "case 1".into() };
    assert_eq!(reason(world.client(LEGAL).await.get_retained(retained).await), Reason::KeyringScoped);
    let rotate = RotateKeyRequest { key: key(), ..Default::default() };
    assert_eq!(reason(operator.rotate_key(rotate).await), Reason::KeyringScoped);
    let mut take_out = SetKeyStateRequest { key: key(), version: 1, ..Default::default() };
    take_out.set_state(KeyVersionState::Deactivated);
    assert_eq!(reason(operator.set_key_state(take_out).await), Reason::KeyringScoped);
    let destroy = DestroyKeyRequest { key: key(), version: 1, ..Default::default() };
    assert_eq!(reason(world.client(APPROVER).await.destroy_key(destroy).await), Reason::KeyringScoped);
    assert_eq!(reason(operator.export_keyring(ExportKeyringRequest {}).await), Reason::KeyringScoped);
    let again = ExportScopeRequest {
        classes: vec![key()],
        holder: "another".into(),
        until_time: Some(crate::support::register::wire_time(world.place.clock.now() + SignedDuration::from_hours(1))),
        passphrase: NODE.into(),
    };
    assert_eq!(reason(world.client(APPROVER).await.export_scope(again).await), Reason::KeyringScoped);
    // Ledger keys of months to come it has already, and makes none.
    world.place.clock.advance(SignedDuration::from_hours(24 * 60));
    let status = operator.get_status(GetStatusRequest {}).await.unwrap();
    assert_eq!(status.keyring_generation, generation);
    world.collect(hanako()).await;
    drop(world.close().await);
}

#[tokio::test]
async fn without_identity_a_node_writes_what_nobody_is_found_by() {
    let world = World::new().await;
    let hana = world.collect(hanako()).await;
    let scoped = export(&world, &["contact"]).await;
    let mut place = world.close().await;
    scope_to(&mut place, &scoped.keyring);
    let world = World::at(place).await;
    assert_eq!(correct(&world, &hana, "address", Value::Address(address("Kanda 9"))).await, Ok(()));
    let email = correct(&world, &hana, "email", Value::Email(text("new@example.jp"))).await;
    assert_eq!(email, Err(Reason::ClassNotHeld));
    let slots = vec![SlotName { field: "email".into(), slot: 0 }];
    let remove = RemoveFieldsRequest { member_id: hana.clone(), slots, ..Default::default() };
    assert_eq!(reason(world.client(SHOP).await.remove_fields(remove).await), Reason::ClassNotHeld);
    assert_eq!(find(&world, Key::Email(text(EMAIL))).await, Ok(vec![hana.clone()]));
    assert_eq!(find(&world, Key::ExternalReference(text("m-1"))).await, Err(Reason::ClassNotHeld));
    let verdict = check(&world).await;
    assert_eq!(verdict.breaks(), Vec::<String>::new());
    assert!(verdict.store.not_held > 3, "{}", verdict.store.not_held);
    drop(world.close().await);
}

#[tokio::test]
async fn a_node_on_a_restored_copy_serves_until_its_term_is_over() {
    let world = World::new().await;
    let (hana, ken) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let scoped = export(&world, &["contact"]).await;
    let early = keep(&world, "early").await;
    let erase = EraseMemberRequest { member_id: ken.clone(), reason: "asked".into(), ..Default::default() };
    world.client(OFFICER).await.erase_member(erase).await.unwrap();
    let late = keep(&world, "late").await;
    let shipped = world.place.beside("shipped");
    ship(&world, &shipped).await;
    let mut place = world.close().await;
    let keyring = place.beside("node.keyring");
    fs::write(&keyring, &scoped.keyring).unwrap();
    let folder = place.data();
    let restored = |backup: &std::path::Path| {
        let root = Passphrase::new(NODE.to_owned()).unwrap();
        let root = root.open(KeyringHeader::read(&keyring).unwrap().root()).unwrap();
        let how = Restore { folder: &folder, backup, keyring: &keyring, erasures: Erasures::Shipped(&shipped) };
        restore(&how, &root, (place.clock.now(), &SystemRandom::new()), &mut |_, _| {})
    };
    fs::remove_dir_all(&folder).unwrap();
    // What it could not do again it does not take on.
    assert!(matches!(restored(&early.backup), Err(Error::ScopedErasures { erased: 1 })));
    fs::remove_dir_all(&folder).unwrap();
    restored(&late.backup).unwrap();

    place.passphrase = Some(NODE);
    let world = World::at(place).await;
    let notice = |member: &str| ask("maintenance-notice", Recipient::marketplace(), member, &[]);
    assert!(world.disclose(notice(&hana)).await.is_ok());
    assert_eq!(world.refusal(notice(&ken)).await, Reason::MemberNotFound);
    assert_eq!(world.refusal(payment(&hana, None)).await, Reason::ClassNotHeld);
    world.place.clock.advance(SignedDuration::from_hours(24 * 91));
    assert_eq!(world.refusal(notice(&hana)).await, Reason::KeyringScoped);
    let place = world.close().await;
    let refused = place.try_open().await.unwrap_err();
    assert!(matches!(refused, OpenError::Vault(VaultError::ScopeOver)), "{refused}");
}

#[tokio::test]
async fn a_node_rotates_nothing_by_itself_and_says_so() {
    let mut place = Place::new();
    place.schedule = Schedule::new(vec![(KeyName::Class(KeyClass::Contact), 30)]);
    let world = World::at(place).await;
    let scoped = export(&world, &["contact", "identity"]).await;
    let versions = async |world: &World| {
        let keys = world.client(OPERATOR).await.get_keys(GetKeysRequest {}).await.unwrap();
        keys.versions.into_iter().filter(|version| version.key == "contact").collect::<Vec<_>>()
    };
    assert!(versions(&world).await[0].rotation_due_time.is_some());
    let mut place = world.close().await;
    scope_to(&mut place, &scoped.keyring);
    place.clock.advance(SignedDuration::from_hours(24 * 31));

    let world = World::at(place).await;
    world.vault().keep_keys_once().await.unwrap();
    let [only] = versions(&world).await.try_into().unwrap();
    assert_eq!((only.version, only.state(), only.rotation_due_time), (1, KeyVersionState::Active, None));
}
