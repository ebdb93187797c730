//! Is the level of an erasure never more than the keys bear out, is it given in writing, and does a legal hold stop one?

use std::sync::Arc;

use fubako::ledger::note::NoteKey;
use fubako_proto::Reason;
use fubako_proto::client::{Client, Error};
use fubako_proto::v1::{
    DestroyKeyRequest, EraseMemberRequest, EraseMemberResponse, ErasureLevel, GetCheckpointRequest, GetErasureRequest,
    GetErasureResponse, RemoveFieldsRequest, RotateKeyRequest, SetHoldRequest, SlotName,
};
use uuid::Uuid;

use crate::support::callers::{APPROVER, ASKER, AUDITOR, LEGAL, OFFICER, OPERATOR, SECOND, SHOP};
use crate::support::member::hanako;
use crate::support::world::{World, reason};

async fn erase(world: &World, member: &str) -> Result<EraseMemberResponse, Error> {
    let (member_id, reason) = (member.to_owned(), "member-request".to_owned());
    world.client(OFFICER).await.erase_member(EraseMemberRequest { member_id, reason, ..Default::default() }).await
}

async fn standing(client: &Client, member: &str, slot: Option<SlotName>) -> Result<GetErasureResponse, Error> {
    client.get_erasure(GetErasureRequest { member_id: member.to_owned(), slot }).await
}

/// Rotates a key to the end, and has its first version destroyed.
async fn renew(world: &World, key: &str) {
    let rotate = RotateKeyRequest { key: key.into(), ..Default::default() };
    world.client(OPERATOR).await.rotate_key(rotate).await.unwrap();
    Arc::clone(world.vault()).advance_rotation().await.unwrap();
    for approver in [APPROVER, SECOND] {
        let destroy = DestroyKeyRequest { key: key.into(), version: 1, ..Default::default() };
        world.client(approver).await.destroy_key(destroy).await.unwrap();
    }
}

#[tokio::test]
async fn somebody_is_shredded_only_once_every_key_that_can_have_sealed_them_is_gone() {
    let world = World::new().await;
    let (hana, ken) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let auditor = world.client(AUDITOR).await;
    assert_eq!(reason(standing(&auditor, &hana, None).await), Reason::ErasureNotFound);
    erase(&world, &hana).await.unwrap();
    for key in ["identity", "contact", "card", "bank", "credential"] {
        assert_eq!(standing(&auditor, &hana, None).await.unwrap().level(), ErasureLevel::Erased, "before {key}");
        renew(&world, key).await;
    }
    let erased = standing(&auditor, &hana, None).await.unwrap();
    assert_eq!(erased.level(), ErasureLevel::Erased);
    assert_eq!(erased.keys.iter().filter(|key| key.left_count > 0).map(|key| &key.key).collect::<Vec<_>>(), ["index"]);
    renew(&world, "index").await;
    let shredded = standing(&auditor, &hana, None).await.unwrap();
    assert_eq!(shredded.level(), ErasureLevel::Shredded);
    assert!(shredded.keep_until_time.is_some(), "the sample policy has the name kept");

    // In writing, under the ledger's own key.
    let checkpoint = auditor.get_checkpoint(GetCheckpointRequest {}).await.unwrap().checkpoint.unwrap();
    let key = NoteKey::parse(&checkpoint.verifier_key).unwrap();
    let text = key.open(&shredded.certificate).unwrap();
    assert!(text.starts_with("fubako erasure certificate v1\n"), "{text}");
    assert!(text.contains(&format!("member: {hana}\n")) && text.contains("level: shredded\n"), "{text}");

    // Who was not erased is read as before; who is erased from now on begins again.
    erase(&world, &ken).await.unwrap();
    assert_eq!(standing(&auditor, &ken, None).await.unwrap().level(), ErasureLevel::Erased);
}

#[tokio::test]
async fn a_removed_value_has_the_levels_of_its_own_class() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let email = SlotName { field: "email".into(), slot: 0 };
    let remove = RemoveFieldsRequest { member_id: member.clone(), slots: vec![email.clone()], ..Default::default() };
    world.client(SHOP).await.remove_fields(remove).await.unwrap();
    let officer = world.client(OFFICER).await;
    assert_eq!(standing(&officer, &member, Some(email.clone())).await.unwrap().level(), ErasureLevel::Erased);
    assert_eq!(reason(standing(&officer, &member, None).await), Reason::ErasureNotFound);
    for key in ["contact", "index"] {
        renew(&world, key).await;
    }
    assert_eq!(standing(&officer, &member, Some(email)).await.unwrap().level(), ErasureLevel::Shredded);
}

#[tokio::test]
async fn a_hold_keeps_a_member_from_being_erased_until_it_is_lifted() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let legal = world.client(LEGAL).await;
    let hold = |held: bool, member: &str| SetHoldRequest {
        member_id: member.to_owned(),
        held,
        reason: "case 2026-77".into(),
        ..Default::default()
    };
    assert_eq!(reason(legal.set_hold(hold(false, &member)).await), Reason::StateConflict);
    assert_eq!(reason(legal.set_hold(hold(true, &Uuid::now_v7().to_string())).await), Reason::MemberNotFound);
    assert_eq!(reason(world.client(ASKER).await.set_hold(hold(true, &member)).await), Reason::RoleMissing);
    legal.set_hold(hold(true, &member)).await.unwrap();
    assert_eq!(reason(erase(&world, &member).await), Reason::LegalHold);
    let email = SlotName { field: "email".into(), slot: 0 };
    let remove = RemoveFieldsRequest { member_id: member.clone(), slots: vec![email], ..Default::default() };
    assert_eq!(reason(world.client(SHOP).await.remove_fields(remove).await), Reason::LegalHold);
    legal.set_hold(hold(false, &member)).await.unwrap();
    erase(&world, &member).await.unwrap();
}
