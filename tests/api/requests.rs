//! Is a change done once however often it is sent, and refused when it was made from an old revision?

use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{
    CollectMemberRequest, CorrectMemberRequest, EraseMemberRequest, ListEntriesRequest, SetRestrictionRequest,
};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::support::callers::{AUDITOR, OFFICER, SHOP};
use crate::support::member::{hanako, slot_value, text};
use crate::support::world::{World, reason};

fn nickname(name: &str) -> Vec<fubako_proto::v1::SlotValue> {
    vec![slot_value("nickname", 0, Value::Text(text(name)))]
}

/// How many changes of members' records the ledger tells of.
async fn changes(world: &World) -> usize {
    let request = ListEntriesRequest { page_size: 1000, ..Default::default() };
    let entries = world.client(AUDITOR).await.list_entries(request).await.unwrap().entries;
    entries.iter().filter(|entry| entry.event == "collected" || entry.event == "corrected").count()
}

#[tokio::test]
async fn a_retry_answers_the_same_and_does_nothing_again() {
    let world = World::new().await;
    let shop = world.client(SHOP).await;
    let request =
        CollectMemberRequest { request_id: Uuid::new_v4().to_string(), values: hanako(), ..Default::default() };
    let first = shop.collect_member(request.clone()).await.unwrap();
    let before = changes(&world).await;
    let second = shop.collect_member(request.clone()).await.unwrap();
    assert_eq!(
        (&first.member_id, first.revision, &first.receipt),
        (&second.member_id, second.revision, &second.receipt)
    );
    assert_eq!((changes(&world).await, before), (1, 1));
    let correction = CorrectMemberRequest {
        request_id: Uuid::new_v4().to_string(),
        member_id: first.member_id.clone(),
        expected_revision: 1,
        values: nickname("Hanachan"),
    };
    for _ in 0..3 {
        assert_eq!(shop.correct_member(correction.clone()).await.unwrap().revision, 2);
    }
    let place = world.close().await;
    let world = World::at(place).await;
    let third = world.client(SHOP).await.collect_member(request).await.unwrap();
    assert_eq!((first.member_id, first.receipt), (third.member_id, third.receipt));
}

#[tokio::test]
async fn another_request_under_the_same_id_is_refused() {
    let world = World::new().await;
    let shop = world.client(SHOP).await;
    let request = |name: &str, request_id: &str| CollectMemberRequest {
        request_id: request_id.into(),
        values: nickname(name),
        ..Default::default()
    };
    let id = Uuid::new_v4().to_string();
    let first = shop.collect_member(request("Hana", &id)).await.unwrap();
    assert_eq!(reason(shop.collect_member(request("Hanabi", &id)).await), Reason::RequestIdReused);
    // Ids belong to one caller and one call: the same id elsewhere is another.
    let correction = CorrectMemberRequest {
        request_id: id.clone(),
        member_id: first.member_id.clone(),
        values: nickname("Hanabi"),
        ..Default::default()
    };
    assert!(shop.correct_member(correction).await.is_ok());
    let restriction = SetRestrictionRequest {
        request_id: id.clone(),
        member_id: first.member_id.clone(),
        restriction: 2,
        ..Default::default()
    };
    assert!(world.client(OFFICER).await.set_restriction(restriction).await.is_ok());
    world.place.clock.advance(SignedDuration::from_hours(24));
    let later = shop.collect_member(request("Hanabi", &id)).await.unwrap();
    assert_ne!(later.member_id, first.member_id);
}

#[tokio::test]
async fn a_request_id_that_is_no_uuid_is_refused() {
    let world = World::new().await;
    let shop = world.client(SHOP).await;
    for id in ["1", "not-a-uuid", "{7d444840-9dc0-4ad1-9245-5ffdce74fad2}"] {
        let request = CollectMemberRequest { request_id: id.into(), values: nickname("Hana"), ..Default::default() };
        assert_eq!(reason(shop.collect_member(request).await), Reason::ValueInvalid, "{id}");
    }
}

#[tokio::test]
async fn a_change_made_from_an_old_revision_is_refused() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let shop = world.client(SHOP).await;
    let correction = |expected_revision| CorrectMemberRequest {
        member_id: member.clone(),
        expected_revision,
        values: nickname("Hanachan"),
        ..Default::default()
    };
    assert_eq!(shop.correct_member(correction(1)).await.unwrap().revision, 2);
    assert_eq!(reason(shop.correct_member(correction(1)).await), Reason::RevisionStale);
    assert_eq!(reason(shop.correct_member(correction(3)).await), Reason::RevisionStale);
    assert_eq!(shop.correct_member(correction(0)).await.unwrap().revision, 3);
    let erasure = |expected_revision| EraseMemberRequest {
        member_id: member.clone(),
        expected_revision,
        reason: "member-request".into(),
        ..Default::default()
    };
    let officer = world.client(OFFICER).await;
    assert_eq!(reason(officer.erase_member(erasure(2)).await), Reason::RevisionStale);
    assert!(officer.erase_member(erasure(3)).await.is_ok());
    assert_eq!(reason(officer.erase_member(erasure(0)).await), Reason::MemberNotFound);
}

#[tokio::test]
async fn of_corrections_from_one_revision_exactly_one_wins() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let shop = world.client(SHOP).await;
    let mut racing = tokio::task::JoinSet::new();
    for number in 0..20 {
        let correction = CorrectMemberRequest {
            member_id: member.clone(),
            expected_revision: 1,
            values: nickname(&format!("Hana {number}")),
            ..Default::default()
        };
        let shop = shop.clone();
        racing.spawn(async move { shop.correct_member(correction).await.map_err(|error| error.reason().clone()) });
    }
    let outcomes = racing.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().err().is_none_or(|why| *why == Reason::RevisionStale)));
}

#[tokio::test]
async fn of_members_with_one_external_reference_exactly_one_is_made() {
    let world = World::new().await;
    let shop = world.client(SHOP).await;
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let request = CollectMemberRequest {
            external_reference: Some(text("market-77")),
            values: nickname("Hana"),
            ..Default::default()
        };
        let shop = shop.clone();
        racing.spawn(async move { shop.collect_member(request).await.map_err(|error| error.reason().clone()) });
    }
    let outcomes = racing.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let lost = |why: &Reason| matches!(why, Reason::AlreadyExists | Reason::Overloaded);
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().err().is_none_or(lost)), "{outcomes:?}");
}

#[tokio::test]
async fn a_member_id_is_used_once_and_the_clients_own_is_kept() {
    let world = World::new().await;
    let shop = world.client(SHOP).await;
    let id = Uuid::now_v7().to_string();
    let request =
        || CollectMemberRequest { member_id: Some(id.clone()), values: nickname("Hana"), ..Default::default() };
    assert_eq!(shop.collect_member(request()).await.unwrap().member_id, id);
    assert_eq!(reason(shop.collect_member(request()).await), Reason::AlreadyExists);
}
