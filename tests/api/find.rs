//! Is a member found by e-mail, phone or reference, and by nobody who may not search?

use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::find_member_request::Key;
use fubako_proto::v1::{CollectMemberRequest, CorrectMemberRequest, EraseMemberRequest, FindMemberRequest};

use crate::support::callers::{ASKER, NARROW, OFFICER, SHOP};
use crate::support::member::{EMAIL, PHONE, hanako, slot_value, text};
use crate::support::world::{World, reason};

fn find(purpose: &str, key: Key) -> FindMemberRequest {
    FindMemberRequest { purpose: purpose.into(), key: Some(key) }
}

async fn found(world: &World, key: Key) -> Vec<String> {
    world.client(ASKER).await.find_member(find("member-search", key)).await.unwrap().member_ids
}

#[tokio::test]
async fn a_member_is_found_by_each_clue_among_members_of_the_same_bucket() {
    let world = World::new().await;
    let shop = world.client(SHOP).await;
    let request = CollectMemberRequest {
        external_reference: Some(text("market-77")),
        values: hanako(),
        ..CollectMemberRequest::default()
    };
    let member = shop.collect_member(request).await.unwrap().member_id;
    // The index of this vault is so small that some of these share Hanako's buckets.
    for number in 0..40 {
        let value = slot_value("email", 0, Value::Email(text(&format!("member{number}@example.jp"))));
        let phone = slot_value("phone", 0, Value::Phone(text(&format!("+8190111122{number:02}"))));
        world.collect(vec![value, phone]).await;
    }
    assert_eq!(found(&world, Key::Email(text(EMAIL))).await, std::slice::from_ref(&member));
    assert_eq!(found(&world, Key::Email(text("HANAKO@Example.JP"))).await, std::slice::from_ref(&member));
    assert_eq!(found(&world, Key::Phone(text(PHONE))).await, std::slice::from_ref(&member));
    assert_eq!(found(&world, Key::Phone(text("+81 90-1234-5678"))).await, std::slice::from_ref(&member));
    assert_eq!(found(&world, Key::ExternalReference(text("market-77"))).await, [member]);
    assert_eq!(found(&world, Key::Email(text("nobody@example.jp"))).await, Vec::<String>::new());
    assert_eq!(found(&world, Key::ExternalReference(text("market-78"))).await, Vec::<String>::new());
}

#[tokio::test]
async fn two_members_of_one_address_are_both_found() {
    let world = World::new().await;
    let mut members = vec![world.collect(hanako()).await, world.collect(hanako()).await];
    let mut both = found(&world, Key::Email(text(EMAIL))).await;
    both.sort_unstable();
    members.sort_unstable();
    assert_eq!(both, members);
}

#[tokio::test]
async fn a_corrected_address_is_found_by_the_new_one_only_and_an_erased_member_by_none() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let correction = CorrectMemberRequest {
        member_id: member.clone(),
        values: vec![slot_value("email", 0, Value::Email(text("new@example.jp")))],
        ..Default::default()
    };
    world.client(SHOP).await.correct_member(correction).await.unwrap();
    assert_eq!(found(&world, Key::Email(text(EMAIL))).await, Vec::<String>::new());
    assert_eq!(found(&world, Key::Email(text("new@example.jp"))).await, std::slice::from_ref(&member));
    let erasure = EraseMemberRequest { member_id: member, reason: "member-request".into(), ..Default::default() };
    world.client(OFFICER).await.erase_member(erasure).await.unwrap();
    assert_eq!(found(&world, Key::Email(text("new@example.jp"))).await, Vec::<String>::new());
    assert_eq!(found(&world, Key::Phone(text(PHONE))).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_erased_members_reference_can_be_used_again() {
    let world = World::new().await;
    let shop = world.client(SHOP).await;
    let request = || CollectMemberRequest {
        external_reference: Some(text("market-77")),
        values: hanako(),
        ..CollectMemberRequest::default()
    };
    let first = shop.collect_member(request()).await.unwrap().member_id;
    assert_eq!(reason(shop.collect_member(request()).await), Reason::AlreadyExists);
    let erasure =
        EraseMemberRequest { member_id: first.clone(), reason: "member-request".into(), ..Default::default() };
    world.client(OFFICER).await.erase_member(erasure).await.unwrap();
    assert_ne!(shop.collect_member(request()).await.unwrap().member_id, first);
}

#[tokio::test]
async fn who_may_not_search_finds_nobody_and_a_clue_has_to_be_one() {
    let world = World::new().await;
    world.collect(hanako()).await;
    let (asker, narrow) = (world.client(ASKER).await, world.client(NARROW).await);
    let key = || Key::Email(text(EMAIL));
    assert_eq!(reason(narrow.find_member(find("member-search", key())).await), Reason::PurposeNotHeld);
    assert_eq!(reason(asker.find_member(find("", key())).await), Reason::PurposeMissing);
    assert_eq!(reason(asker.find_member(find("payment", key())).await), Reason::NothingToRelease);
    assert_eq!(reason(world.client(SHOP).await.find_member(find("member-search", key())).await), Reason::RoleMissing);
    for bad in [Key::Email(text("no address")), Key::Phone(text("12")), Key::ExternalReference(text(""))] {
        assert_eq!(reason(asker.find_member(find("member-search", bad)).await), Reason::ValueInvalid);
    }
    let nothing = FindMemberRequest { purpose: "member-search".into(), key: None };
    assert_eq!(reason(asker.find_member(nothing).await), Reason::ValueInvalid);
}
