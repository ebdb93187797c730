//! Is the level of an erasure never over-claimed while a key may lie somewhere, and when is the next said to be due?

use fubako::vault::restore::Erasures;
use fubako::vault::root::NotDestroyed;
use fubako_keys::{RootClaim, RootDestroyer, RootError, RootKey, RootKind};
use fubako_proto::Reason;
use fubako_proto::v1::{
    CopyKind, DestroyKeyRequest, EraseMemberRequest, ErasureLevel, ForgetCopyRequest, GetCopiesRequest,
    GetErasureRequest, GetErasureResponse, ListEntriesRequest, RemoveFieldsRequest, SlotName,
};
use jiff::SignedDuration;
use ring::rand::SystemRandom;

use crate::off_site::{keep, keep_keyring, restore_at};
use crate::register::{TERM, destroy, export, rotate};
use crate::support::MARKETPLACE;
use crate::support::callers::{APPROVER, AUDITOR, OFFICER, OPERATOR, SECOND, SHOP};
use crate::support::member::hanako;
use crate::support::place::Place;
use crate::support::world::World;

pub(crate) const KEYS: [&str; 6] = ["identity", "contact", "card", "bank", "credential", "index"];

pub(crate) async fn erase(world: &World, member: &str) {
    let erase = EraseMemberRequest { member_id: member.into(), reason: "asked".into(), ..Default::default() };
    world.client(OFFICER).await.erase_member(erase).await.unwrap();
}

/// Rotates every key that can have sealed a member, and has the versions before destroyed.
pub(crate) async fn renew_all(world: &World, lose_what_needs_it: bool) {
    for key in KEYS {
        rotate(world, key).await;
        destroy(world, key, lose_what_needs_it).await.unwrap();
    }
}

pub(crate) async fn standing(world: &World, member: &str, slot: Option<SlotName>) -> GetErasureResponse {
    let request = GetErasureRequest { member_id: member.into(), slot };
    world.client(AUDITOR).await.get_erasure(request).await.unwrap()
}

#[tokio::test]
async fn nobody_is_shredded_while_an_export_holds_a_key_of_theirs() {
    let world = World::new().await;
    let hana = world.collect(hanako()).await;
    let copy = export(&world, &["contact"]).await.copy.unwrap();
    erase(&world, &hana).await;
    // Both approvers say that what needs the versions is lost, the node with it.
    renew_all(&world, true).await;
    let told = standing(&world, &hana, None).await;
    assert!(told.keys.iter().all(|key| key.left_count == 0));
    assert_eq!((told.level(), told.next_level()), (ErasureLevel::Erased, ErasureLevel::Shredded));
    let holding: Vec<_> = told.copies.iter().map(|copy| (copy.copy_id.as_str(), copy.exported)).collect();
    assert_eq!(holding, [(copy.copy_id.as_str(), true)]);
    assert_eq!(told.next_level_time, copy.keep_until_time);
    assert!(told.next_level_needs.contains(&copy.copy_id), "{}", told.next_level_needs);
    assert!(told.certificate.contains(&format!("export {} may hold one", copy.copy_id)), "{}", told.certificate);
    // With the term over, it is as good as its holder's word.
    world.place.clock.advance(SignedDuration::from_hours(24 * TERM));
    assert_eq!(standing(&world, &hana, None).await.level(), ErasureLevel::Shredded);
}

#[tokio::test]
async fn an_export_that_a_restore_knows_nothing_of_is_reckoned_with_until_its_term_is_over() {
    let world = World::new().await;
    let hana = world.collect(hanako()).await;
    let kept = keep(&world, "nightly").await;
    // After the backup, and lost with the host.
    export(&world, &["contact"]).await;
    let place = world.close().await;
    restore_at(&place, &kept, Erasures::Accepted).unwrap();

    let world = World::at(place).await;
    let operator = world.client(OPERATOR).await;
    let copies = operator.get_copies(GetCopiesRequest {}).await.unwrap().copies;
    let unknown: Vec<_> = copies.iter().filter(|copy| copy.kind() == CopyKind::ScopedKeyring).collect();
    let classes: Vec<_> = unknown.iter().flat_map(|copy| &copy.classes).collect();
    assert_eq!(classes, ["identity", "contact", "card", "bank", "credential"]);
    let (now, year) = (world.place.clock.now().as_second(), 366 * 24 * 3600);
    assert!(unknown.iter().all(|copy| copy.keep_until_time.is_some_and(|until| until.seconds == now + year)));
    for id in copies.iter().filter(|copy| copy.kind() == CopyKind::Vault).map(|copy| copy.copy_id.clone()) {
        let forget = ForgetCopyRequest { copy_id: id, reason: "shredded".into(), ..Default::default() };
        operator.forget_copy(forget).await.unwrap();
    }
    erase(&world, &hana).await;
    rotate(&world, "contact").await;
    assert_eq!(destroy(&world, "contact", false).await, Err(Reason::KeyVersionInUse));
    destroy(&world, "contact", true).await.unwrap();
    for key in KEYS.into_iter().filter(|key| *key != "contact") {
        rotate(&world, key).await;
        destroy(&world, key, true).await.unwrap();
    }
    assert_eq!(standing(&world, &hana, None).await.level(), ErasureLevel::Erased);
    // What was made after the restore is in no such export.
    rotate(&world, "contact").await;
    for approver in [APPROVER, SECOND] {
        let destroy = DestroyKeyRequest { key: "contact".into(), version: 2, ..Default::default() };
        world.client(approver).await.destroy_key(destroy).await.unwrap();
    }
    // Somebody who knows that there was none says so, class by class.
    for copy in unknown {
        let forget = ForgetCopyRequest { copy_id: copy.copy_id.clone(), reason: "none".into(), ..Default::default() };
        operator.forget_copy(forget).await.unwrap();
    }
    assert_eq!(standing(&world, &hana, None).await.level(), ErasureLevel::Shredded);
    drop(world.close().await);
}

#[tokio::test]
async fn an_export_of_other_classes_is_in_nobodys_way() {
    let world = World::new().await;
    let hana = world.collect(hanako()).await;
    let copy_id = export(&world, &["card"]).await.copy.unwrap().copy_id;
    let email = SlotName { field: "email".into(), slot: 0 };
    let remove = RemoveFieldsRequest { member_id: hana.clone(), slots: vec![email.clone()], ..Default::default() };
    world.client(SHOP).await.remove_fields(remove).await.unwrap();
    erase(&world, &hana).await;
    for key in ["contact", "index"] {
        rotate(&world, key).await;
        destroy(&world, key, false).await.unwrap();
    }
    rotate(&world, "card").await;
    destroy(&world, "card", true).await.unwrap();
    assert_eq!(standing(&world, &hana, None).await.copies.len(), 1);
    let forget = ForgetCopyRequest { copy_id, reason: "wiped".into(), ..Default::default() };
    world.client(OPERATOR).await.forget_copy(forget).await.unwrap();
    assert_eq!(standing(&world, &hana, None).await.copies, []);
}

#[tokio::test]
async fn final_is_out_of_reach_under_a_root_key_whose_end_nobody_can_prove() {
    let world = World::new().await;
    let hana = world.collect(hanako()).await;
    keep_keyring(&world, "before").await;
    erase(&world, &hana).await;
    renew_all(&world, false).await;
    let told = standing(&world, &hana, None).await;
    assert_eq!((told.level(), told.next_level()), (ErasureLevel::Shredded, ErasureLevel::Final));
    assert_eq!(told.copies.iter().map(|copy| copy.exported).collect::<Vec<_>>(), [false]);
    let roots: Vec<_> = told.roots.iter().map(|root| (root.root_kind.as_str(), root.in_force, root.provable)).collect();
    assert_eq!(roots, [("file", true, false)]);
    assert_eq!(told.next_level_time, None);
    assert!(told.next_level_needs.starts_with("none; final is out of reach"), "{}", told.next_level_needs);
    assert!(told.certificate.contains("level: shredded\n"), "{}", told.certificate);
    // Nor once every copy on record is past its time: whoever copied the file needs only the root key.
    world.place.clock.advance(SignedDuration::from_hours(24 * 36));
    let told = standing(&world, &hana, None).await;
    assert_eq!((told.level(), told.copies.len(), told.roots.len()), (ErasureLevel::Shredded, 0, 1));
    // Who comes after the versions were destroyed begins again, at the first level.
    let ken = world.collect(hanako()).await;
    erase(&world, &ken).await;
    assert_eq!(standing(&world, &ken, None).await.level(), ErasureLevel::Erased);
}

/// A keeper of a test's own, which destroys whatever it is asked to.
#[derive(Debug)]
struct Obliging;

impl RootDestroyer for Obliging {
    fn destroy(&self, _: &RootClaim) -> Result<(), RootError> {
        Ok(())
    }
}

/// A keeper that does nothing.
#[derive(Debug)]
struct Stubborn;

impl RootDestroyer for Stubborn {
    fn destroy(&self, _: &RootClaim) -> Result<(), RootError> {
        Err(RootError::OtherKind { wanted: RootKind::Pkcs11, given: RootKind::File })
    }
}

#[tokio::test]
async fn that_a_root_key_is_to_be_destroyed_is_written_down_before_its_keeper_is_asked() {
    let world = World::new().await;
    let second = RootKey::create_file(&world.place.beside("second.root"), &SystemRandom::new()).unwrap();
    let first = world.vault().rotate_root(second).await.unwrap().previous;
    assert!(matches!(world.vault().destroy_root(first, &Stubborn).await, Err(NotDestroyed::Keeper(_))));
    let entries = world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await.unwrap().entries;
    let newest = entries.iter().find(|entry| entry.event == "keys-changing").unwrap();
    assert_eq!(newest.reason, format!("root key {first} (file) is to be destroyed by its keeper"));
    assert!(entries.iter().all(|entry| entry.event != "root-destroyed"));
    // It can be asked again.
    world.vault().destroy_root(first, &Obliging).await.unwrap();
}

#[tokio::test]
async fn final_needs_every_copy_past_its_time_and_every_root_key_destroyed() {
    // What is kept under the retention key would be in its way.
    let (keeps_nothing, _) = MARKETPLACE.split_once("[retained]\n").unwrap();
    let world = World::at(Place::under(keeps_nothing)).await;
    let hana = world.collect(hanako()).await;
    keep_keyring(&world, "before").await;
    erase(&world, &hana).await;
    renew_all(&world, false).await;
    let (vault, random) = (world.vault(), SystemRandom::new());
    let new_root = |name: &str| RootKey::create_file(&world.place.beside(name), &random).unwrap();
    let first = vault.rotate_root(new_root("second.root")).await.unwrap().previous;
    let level = async || standing(&world, &hana, None).await;
    // The root key in force never sealed any of them; the one before did.
    let told = level().await;
    let roots: Vec<_> = told.roots.iter().map(|root| (root.root_id.clone(), root.in_force)).collect();
    assert_eq!((told.level(), roots), (ErasureLevel::Shredded, vec![(first.to_string(), false)]));
    vault.destroy_root(first, &Obliging).await.unwrap();
    assert!(matches!(vault.destroy_root(first, &Obliging).await, Err(NotDestroyed::Unknown(_))));
    let told = level().await;
    assert_eq!((told.level(), told.roots.len(), told.copies.len()), (ErasureLevel::Shredded, 0, 1));
    assert_eq!(told.next_level_time, told.copies[0].keep_until_time);
    world.place.clock.advance(SignedDuration::from_hours(24 * 36));
    let told = level().await;
    assert_eq!((told.level(), told.next_level()), (ErasureLevel::Final, ErasureLevel::Unspecified));
    assert!(told.certificate.contains("level: final\n"), "{}", told.certificate);

    // Whoever lived under the first root key, and is erased now, has that of today above them.
    let ken = world.collect(hanako()).await;
    erase(&world, &ken).await;
    assert_eq!(standing(&world, &ken, None).await.level(), ErasureLevel::Erased);
    assert!(standing(&world, &ken, None).await.roots.iter().all(|root| root.in_force));
}

#[tokio::test]
async fn an_export_under_a_passphrase_keeps_final_out_of_reach_for_ever() {
    let world = World::new().await;
    let hana = world.collect(hanako()).await;
    let copy_id = export(&world, &["contact"]).await.copy.unwrap().copy_id;
    let forget = ForgetCopyRequest { copy_id, reason: "wiped".into(), ..Default::default() };
    world.client(OPERATOR).await.forget_copy(forget).await.unwrap();
    erase(&world, &hana).await;
    renew_all(&world, false).await;
    let (vault, random) = (world.vault(), SystemRandom::new());
    let second = RootKey::create_file(&world.place.beside("second.root"), &random).unwrap();
    let first = vault.rotate_root(second).await.unwrap().previous;
    vault.destroy_root(first, &Obliging).await.unwrap();
    let told = standing(&world, &hana, None).await;
    assert_eq!(told.level(), ErasureLevel::Shredded);
    let roots: Vec<_> = told.roots.iter().map(|root| (root.root_kind.as_str(), root.provable)).collect();
    assert_eq!(roots, [("passphrase", false)]);
}
