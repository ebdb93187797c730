//! Rotations end to end: nothing unreadable, nothing left under an older version, taken up wherever they were cut short.

use std::future::ready;
use std::sync::Arc;

use fubako_keys::{KeyClass, KeyName, KeyState};

use crate::field::email::Email;
use crate::field::value::Value;
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Identity};
use crate::model::ids::{CallerName, MemberId};
use crate::policy::ask::Stated;
use crate::vault::Vault;
use crate::vault::destroy::{Destruction, Needed};
use crate::vault::error::Error;
use crate::vault::find::Clue;
use crate::vault::keys::TakenOut;
use crate::vault::mutation::Method;
use crate::vault::rotation::Stage;
use crate::vault::tests::{Place, caller, collect, entries, erasure, member_of, released_email, request};

const CONTACT: KeyName = KeyName::Class(KeyClass::Contact);

fn email_of(number: u8) -> String {
    format!("member{number}@example.jp")
}

async fn filled(vault: &Vault, members: u8) -> Vec<MemberId> {
    let mut filled = Vec::new();
    for number in 0..members {
        filled.push(member_of(&collect(vault, number, &email_of(number)).await.unwrap()));
    }
    filled
}

async fn rotate(vault: &Vault, key: KeyName, id: u8) -> Result<(), Error> {
    vault.rotate_key(request(&caller(), Method::RotateKey, id), key).await.map(drop)
}

async fn find(vault: &Vault, number: u8) -> Vec<MemberId> {
    let normal = Value::Email(Email::parse(&email_of(number)).unwrap()).normal_form().unwrap();
    vault.find(&caller(), &Stated::parse("member-search"), &Clue::Email(normal)).await.unwrap().members
}

fn stage(vault: &Vault) -> Option<Stage> {
    vault.watch_rotation(&caller()).unwrap().borrow().map(|progress| progress.stage)
}

fn approver(name: &str) -> Caller {
    let identity = Identity::parse(&format!("spiffe://market.example/{name}")).unwrap();
    Caller { name: CallerName::parse(name).unwrap(), identity, ..caller() }
}

async fn destroy(vault: &Arc<Vault>, by: &str, id: u8, needed: Needed) -> Result<KeyState, Error> {
    let approver = approver(by);
    let what = Destruction { key: CONTACT, version: 1, needed };
    let request = request(&approver, Method::DestroyKey, id);
    vault.destroy_key(request, what).await.map(|(_, state)| state)
}

#[tokio::test]
async fn after_a_rotation_everything_reads_and_nothing_needs_the_version_before() {
    let place = Place::new();
    let opened = place.open().await;
    let vault = &opened.vault;
    let members = filled(vault, 40).await;
    assert_eq!(vault.key_needs().unwrap().of(CONTACT, 1), 40);
    rotate(vault, CONTACT, 1).await.unwrap();
    let late = member_of(&collect(vault, 100, &email_of(100)).await.unwrap());
    assert_eq!(vault.key_needs().unwrap().of(CONTACT, 2), 1);
    vault.advance_rotation().await.unwrap();
    let needs = vault.key_needs().unwrap();
    assert_eq!((needs.before(CONTACT, 2), needs.of(CONTACT, 2), needs.records), (0, 41, 41));
    assert_eq!(stage(vault), Some(Stage::Complete));
    for (number, member) in (0..).zip(&members) {
        assert_eq!(released_email(vault, *member).await.unwrap(), email_of(number));
    }
    assert_eq!(released_email(vault, late).await.unwrap(), email_of(100));
    let ended = entries(vault)
        .into_iter()
        .find(|entry| Event::from_number(entry.leaf.event) == Some(Event::KeyRotated))
        .unwrap();
    let leaf = ended.leaf;
    assert_eq!((leaf.subject.as_str(), leaf.reason.as_str(), leaf.count), ("contact 2", "complete", 40));
}

#[tokio::test]
async fn a_rotation_cut_short_anywhere_goes_on_after_a_restart() {
    let place = Place::new();
    let opened = place.open().await;
    filled(&opened.vault, 40).await;
    let plan = opened.vault.plan_rotation(request(&caller(), Method::RotateKey, 1), CONTACT).unwrap();
    // As if the process had died behind the entry, before the keyring.
    opened.vault.commit_own(plan.entry, plan.writes).await.unwrap();
    opened.close();
    let opened = place.open().await;
    let vault = &opened.vault;
    assert_eq!(vault.keyring.load().active_version(CONTACT), Some(1));
    assert!(matches!(rotate(vault, KeyName::Manifest, 2).await, Err(Error::RotationUnderWay { key: CONTACT })));
    let job = vault.job().unwrap().unwrap();
    vault.begin_version(&job.content).await.unwrap();
    let permit = vault.permit_reseal(&job.content).await.unwrap();
    let batch = vault.refresh_batch(&permit, CONTACT, None, 16).unwrap();
    assert_eq!((batch.checked, batch.resealed), (16, 16));
    let mut next = job.content.clone();
    next.move_to(batch.last.unwrap());
    assert!(vault.commit_batch(batch, &job, &next).await.unwrap());
    assert_eq!(vault.key_needs().unwrap().of(CONTACT, 1), 24);
    opened.close();
    let opened = place.open().await;
    opened.vault.advance_rotation().await.unwrap();
    assert_eq!(opened.vault.key_needs().unwrap().before(CONTACT, 2), 0);
    assert_eq!(opened.vault.keyring.load().active_version(CONTACT), Some(2));
    assert_eq!(stage(&opened.vault), Some(Stage::Complete));
}

#[tokio::test]
async fn a_change_made_while_a_batch_was_read_is_not_undone_by_it() {
    let place = Place::new();
    let opened = place.open().await;
    let vault = &opened.vault;
    let members = filled(vault, 2).await;
    rotate(vault, CONTACT, 1).await.unwrap();
    let job = vault.job().unwrap().unwrap();
    let permit = vault.permit_reseal(&job.content).await.unwrap();
    let batch = vault.refresh_batch(&permit, CONTACT, None, 16).unwrap();
    let erasure = erasure(members[0]);
    vault.erase(request(&caller(), Method::EraseMember, 3), &erasure).await.unwrap();
    assert!(!vault.commit_batch(batch, &job, &job.content).await.unwrap());
    vault.advance_rotation().await.unwrap();
    let needs = vault.key_needs().unwrap();
    assert_eq!((needs.records, needs.before(CONTACT, 2)), (1, 0));
}

#[tokio::test]
async fn members_are_found_before_during_and_after_a_rotation_of_the_index_key() {
    let place = Place::new();
    let opened = place.open().await;
    let vault = &opened.vault;
    let members = filled(vault, 40).await;
    rotate(vault, KeyName::Index, 1).await.unwrap();
    let late = member_of(&collect(vault, 100, &email_of(100)).await.unwrap());
    assert_eq!(find(vault, 7).await, [members[7]]);
    assert_eq!(find(vault, 100).await, [late]);
    vault.advance_rotation().await.unwrap();
    let needs = vault.key_needs().unwrap();
    assert_eq!(needs.before(KeyName::Index, 2), 0);
    assert!(needs.of(KeyName::Index, 2) > 0);
    for (number, member) in (0..).zip(&members) {
        assert_eq!(find(vault, number).await, [*member]);
    }
}

#[tokio::test]
async fn manifest_pseudonym_and_signing_keys_rotate_and_the_vault_starts_again() {
    let place = Place::new();
    let opened = place.open().await;
    let members = filled(&opened.vault, 5).await;
    for (id, key) in (1..).zip([KeyName::Manifest, KeyName::Pseudonym, KeyName::Signing]) {
        rotate(&opened.vault, key, id).await.unwrap();
        opened.vault.advance_rotation().await.unwrap();
        assert_eq!(stage(&opened.vault), Some(Stage::Complete));
    }
    assert_eq!(opened.vault.key_needs().unwrap().of(KeyName::Manifest, 2), 5);
    opened.close();
    let opened = place.open().await;
    assert_eq!(released_email(&opened.vault, members[4]).await.unwrap(), email_of(4));
}

#[tokio::test]
async fn keys_that_do_not_rotate_and_second_rotations_are_refused() {
    let place = Place::new();
    let opened = place.open().await;
    let vault = &opened.vault;
    assert!(matches!(rotate(vault, KeyName::Register, 1).await, Err(Error::NotRotated { .. })));
    rotate(vault, CONTACT, 2).await.unwrap();
    let generation = vault.keyring.load().generation();
    assert!(matches!(rotate(vault, CONTACT, 3).await, Err(Error::RotationUnderWay { key: CONTACT })));
    // A repeat of the first is the first.
    rotate(vault, CONTACT, 2).await.unwrap();
    assert_eq!(vault.keyring.load().generation(), generation);
    // Without its new version it could never end.
    let by = caller();
    let retire = request(&by, Method::SetKeyState, 4);
    let retired = vault.take_out_key(retire, (CONTACT, 2), TakenOut::Deactivated).await;
    assert!(matches!(retired, Err(Error::RotationUnderWay { key: CONTACT })));
}

#[tokio::test]
async fn a_repeat_brings_in_the_version_that_a_request_cut_short_behind_its_entry_did_not() {
    let place = Place::new();
    let opened = place.open().await;
    let (vault, by) = (&opened.vault, caller());
    filled(vault, 2).await;
    let cut = request(&by, Method::RotateKey, 1);
    vault.mutate(cut, || ready(vault.plan_rotation(cut, CONTACT))).await.unwrap();
    assert_eq!((vault.keyring.load().active_version(CONTACT), stage(vault)), (Some(1), None));
    rotate(vault, CONTACT, 1).await.unwrap();
    assert_eq!((vault.keyring.load().active_version(CONTACT), stage(vault)), (Some(2), Some(Stage::Sweeping)));
    vault.advance_rotation().await.unwrap();
    // A repeat of one that is over brings in nothing and is told of as what it is.
    rotate(vault, CONTACT, 1).await.unwrap();
    assert_eq!((vault.keyring.load().active_version(CONTACT), stage(vault)), (Some(2), Some(Stage::Complete)));
}

#[tokio::test]
async fn a_version_goes_once_two_approvers_say_so_and_nothing_needs_it() {
    let place = Place::new();
    let opened = place.open().await;
    let vault = &opened.vault;
    let members = filled(vault, 3).await;
    let active = destroy(vault, "ana", 1, Needed::Refuse).await.unwrap_err();
    assert!(matches!(active, Error::RotateFirst { key: CONTACT }), "{active}");
    rotate(vault, CONTACT, 2).await.unwrap();
    assert!(matches!(destroy(vault, "ana", 3, Needed::Refuse).await, Err(Error::RotationUnderWay { .. })));
    vault.advance_rotation().await.unwrap();
    assert_eq!(destroy(vault, "ana", 4, Needed::Refuse).await.unwrap(), KeyState::Deactivated);
    assert!(matches!(destroy(vault, "ana", 5, Needed::Refuse).await, Err(Error::SameApprover)));
    // The same certificate under another name, as a reload may give it one, and the same name with another certificate.
    let (renamed, renewed) = (approver("ana").identity, approver("ana").name);
    for same in [Caller { identity: renamed, ..approver("ben") }, Caller { name: renewed, ..approver("ben") }] {
        let what = Destruction { key: CONTACT, version: 1, needed: Needed::Refuse };
        let refused = vault.destroy_key(request(&same, Method::DestroyKey, 7), what).await;
        assert!(matches!(refused, Err(Error::SameApprover)));
    }
    assert_eq!(vault.state_of(CONTACT, 1).unwrap(), KeyState::Deactivated);
    assert_eq!(destroy(vault, "ben", 6, Needed::Refuse).await.unwrap(), KeyState::Destroyed);
    assert_eq!(released_email(vault, members[2]).await.unwrap(), email_of(2));
    opened.close();
    let opened = place.open().await;
    assert_eq!(opened.vault.state_of(CONTACT, 1).unwrap(), KeyState::Destroyed);
    assert_eq!(released_email(&opened.vault, members[0]).await.unwrap(), email_of(0));
}

#[tokio::test]
async fn a_version_something_needs_goes_only_where_both_say_that_it_is_lost() {
    let place = Place::new();
    let opened = place.open().await;
    let vault = &opened.vault;
    let members = filled(vault, 3).await;
    // Deactivated without a successor: nothing is under another version.
    let by = caller();
    let take_out = request(&by, Method::SetKeyState, 1);
    vault.take_out_key(take_out, (CONTACT, 1), TakenOut::Deactivated).await.unwrap();
    assert!(matches!(destroy(vault, "ana", 2, Needed::Refuse).await, Err(Error::KeyNeeded { rows: 3 })));
    assert_eq!(destroy(vault, "ana", 3, Needed::Lose).await.unwrap(), KeyState::Deactivated);
    assert!(matches!(destroy(vault, "ben", 4, Needed::Refuse).await, Err(Error::KeyNeeded { rows: 3 })));
    assert_eq!(destroy(vault, "ben", 5, Needed::Lose).await.unwrap(), KeyState::Destroyed);
    assert!(released_email(vault, members[0]).await.is_err());
}

#[tokio::test]
async fn a_destruction_cut_short_behind_the_second_approval_is_finished() {
    let place = Place::new();
    let opened = place.open().await;
    let vault = &opened.vault;
    filled(vault, 2).await;
    rotate(vault, CONTACT, 1).await.unwrap();
    vault.advance_rotation().await.unwrap();
    destroy(vault, "ana", 2, Needed::Refuse).await.unwrap();
    let ben = approver("ben");
    let what = Destruction { key: CONTACT, version: 1, needed: Needed::Refuse };
    let plan = vault.plan_destruction(request(&ben, Method::DestroyKey, 3), what).unwrap();
    vault.commit_own(plan.entry, plan.writes).await.unwrap();
    opened.close();
    let opened = place.open().await;
    assert_eq!(opened.vault.state_of(CONTACT, 1).unwrap(), KeyState::Deactivated);
    opened.vault.finish_destructions().await.unwrap();
    assert_eq!(opened.vault.state_of(CONTACT, 1).unwrap(), KeyState::Destroyed);
    let described = opened.vault.keys(&caller()).unwrap();
    assert_eq!(described.iter().filter(|key| key.described.name() == CONTACT).count(), 2);
}

#[tokio::test]
async fn a_destruction_is_done_once_whoever_else_looks_for_it_meanwhile() {
    let place = Place::new();
    let opened = place.open().await;
    let vault = &opened.vault;
    filled(vault, 2).await;
    rotate(vault, CONTACT, 1).await.unwrap();
    vault.advance_rotation().await.unwrap();
    destroy(vault, "ana", 2, Needed::Refuse).await.unwrap();
    let ben = approver("ben");
    let what = Destruction { key: CONTACT, version: 1, needed: Needed::Refuse };
    let plan = vault.plan_destruction(request(&ben, Method::DestroyKey, 3), what).unwrap();
    vault.commit_own(plan.entry, plan.writes).await.unwrap();
    let (one, other) = tokio::join!(vault.finish_destructions(), vault.finish_destructions());
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    let destroyed = entries(vault);
    let destroyed = destroyed.iter().filter(|entry| Event::from_number(entry.leaf.event) == Some(Event::KeyDestroyed));
    assert_eq!(destroyed.count(), 1);
}

#[tokio::test]
async fn a_repeat_of_taking_a_version_out_is_answered_though_it_is_gone_by_now() {
    let place = Place::new();
    let opened = place.open().await;
    let (vault, by) = (&opened.vault, caller());
    let take_out = async || {
        let request = request(&by, Method::SetKeyState, 9);
        vault.take_out_key(request, (CONTACT, 1), TakenOut::Compromised).await
    };
    rotate(vault, CONTACT, 1).await.unwrap();
    vault.advance_rotation().await.unwrap();
    let first = take_out().await.unwrap();
    destroy(vault, "ana", 2, Needed::Refuse).await.unwrap();
    destroy(vault, "ben", 3, Needed::Refuse).await.unwrap();
    assert_eq!(take_out().await.unwrap(), first);
    assert_eq!(vault.state_of(CONTACT, 1).unwrap(), KeyState::Destroyed);
}

#[tokio::test]
async fn an_active_version_is_not_compromised_before_there_is_another() {
    let place = Place::new();
    let opened = place.open().await;
    let vault = &opened.vault;
    let by = caller();
    let compromise = async |id, version| {
        let request = request(&by, Method::SetKeyState, id);
        vault.take_out_key(request, (CONTACT, version), TakenOut::Compromised).await
    };
    assert!(matches!(compromise(1, 1).await, Err(Error::RotateFirst { .. })));
    assert!(matches!(compromise(2, 9).await, Err(Error::KeyNotFound)));
    rotate(vault, CONTACT, 3).await.unwrap();
    compromise(4, 1).await.unwrap();
    assert_eq!(vault.state_of(CONTACT, 1).unwrap(), KeyState::Compromised);
    // What was sealed under it still opens, to be sealed anew.
    vault.advance_rotation().await.unwrap();
    assert_eq!(stage(vault), Some(Stage::Complete));
}
