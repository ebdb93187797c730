//! Can an erasure be taken back while its grace period lasts, does it freeze what a restriction freezes, and does the vault
//! erase by itself once it is over, unless something stands in the way?

use std::sync::Arc;
use std::time::Duration;

use fubako_proto::Reason;
use fubako_proto::client::Error;
use fubako_proto::v1::{
    CancelErasureRequest, EraseMemberRequest, EraseMemberResponse, ErasureLevel, GetErasureRequest, GetErasureResponse,
    ListEntriesRequest, Recipient, SetHoldRequest,
};
use jiff::SignedDuration;
use tokio::time::{sleep, timeout};

use crate::support::callers::{ASKER, AUDITOR, LEGAL, OFFICER, SHOP};
use crate::support::member::hanako;
use crate::support::place::Place;
use crate::support::world::{World, ask, reason};

async fn patient() -> (World, String) {
    let world = World::at(Place::with_grace(14)).await;
    let member = world.collect(hanako()).await;
    (world, member)
}

fn erasure(member: &str) -> EraseMemberRequest {
    EraseMemberRequest { member_id: member.into(), reason: "member-request".into(), ..Default::default() }
}

async fn erase(world: &World, member: &str) -> Result<EraseMemberResponse, Error> {
    world.client(OFFICER).await.erase_member(erasure(member)).await
}

fn cancellation(member: &str) -> CancelErasureRequest {
    CancelErasureRequest { member_id: member.into(), reason: "changed-mind".into(), ..Default::default() }
}

async fn standing(world: &World, member: &str) -> Result<GetErasureResponse, Error> {
    world.client(AUDITOR).await.get_erasure(GetErasureRequest { member_id: member.into(), slot: None }).await
}

async fn level(world: &World, member: &str) -> ErasureLevel {
    standing(world, member).await.unwrap().level()
}

async fn hold(world: &World, member: &str, held: bool) {
    let request =
        SetHoldRequest { member_id: member.into(), held, reason: "case 2026-77".into(), ..Default::default() };
    world.client(LEGAL).await.set_hold(request).await.unwrap();
}

async fn releases(world: &World, purpose: &str, member: &str) -> bool {
    match world.disclose(ask(purpose, Recipient::marketplace(), member, &[])).await {
        Ok(_) => true,
        refused => {
            assert_eq!(reason(refused), Reason::Restricted);
            false
        }
    }
}

async fn events_about(world: &World, member: &str) -> Vec<String> {
    let filter = fubako_proto::v1::EntryFilter { member_id: member.into(), ..Default::default() };
    let request = ListEntriesRequest { page_size: 1000, order: 2, filter: Some(filter), ..Default::default() };
    let entries = world.client(AUDITOR).await.list_entries(request).await.unwrap().entries;
    entries.into_iter().map(|entry| entry.event).filter(|event| event != "released" && event != "refused").collect()
}

/// Lets the vault do what it does by itself until what is waited for is true.
async fn keep_house(world: &World, mut until: impl AsyncFnMut() -> bool) {
    let vault = Arc::clone(world.vault());
    let house = tokio::spawn(async move { vault.keep_house().await });
    let waiting = async {
        while !until().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_mins(1), waiting).await.unwrap();
    house.abort();
    drop(house.await);
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

#[tokio::test]
async fn a_pending_member_is_frozen_and_erased_when_the_time_is_over_also_after_a_restart() {
    let (world, member) = patient().await;
    assert!(releases(&world, "mailing", &member).await);
    let first = erase(&world, &member).await.unwrap();
    assert_eq!(first.level(), ErasureLevel::Pending);
    let pending = standing(&world, &member).await.unwrap();
    assert_eq!((pending.level(), pending.next_level()), (ErasureLevel::Pending, ErasureLevel::Erased));
    assert_eq!(pending.next_level_time, first.due_time);
    assert_eq!(pending.erasure_entry_id, first.receipt.unwrap().entry_id);
    assert_eq!((pending.erase_time, pending.certificate.as_str()), (None, ""));
    assert_eq!(reason(erase(&world, &member).await), Reason::ErasurePending);
    // What the member may refuse is frozen; what a restriction leaves goes on, and so does what they ask for themselves.
    assert!(!releases(&world, "mailing", &member).await);
    assert!(releases(&world, "transaction-notice", &member).await);
    let own = world.client_for(ASKER, &member).await;
    let review = fubako_proto::v1::ReviewMemberRequest { member_id: member.clone(), ..Default::default() };
    assert!(own.review_member(review).await.is_ok());

    // Not a day early.
    world.place.clock.advance(days(13));
    let other = world.collect(hanako()).await;
    let vault = Arc::clone(world.vault());
    let house = tokio::spawn(async move { vault.keep_house().await });
    sleep(Duration::from_millis(300)).await;
    house.abort();
    drop(house.await);
    assert_eq!(level(&world, &member).await, ErasureLevel::Pending);
    let place = world.close().await;
    place.clock.advance(days(1));
    let world = World::at(place).await;
    keep_house(&world, async || level(&world, &member).await == ErasureLevel::Erased).await;
    assert_eq!(events_about(&world, &member).await, ["collected", "erasure-scheduled", "erasing", "erased"]);
    assert_eq!(reason(standing(&world, &other).await), Reason::ErasureNotFound);
    assert_eq!(reason(erase(&world, &member).await), Reason::MemberNotFound);
}

#[tokio::test]
async fn an_erasure_is_taken_back_by_the_member_or_an_officer_and_by_nobody_else() {
    let (world, member) = patient().await;
    let officer = world.client(OFFICER).await;
    assert_eq!(reason(officer.cancel_erasure(cancellation(&member)).await), Reason::StateConflict);
    erase(&world, &member).await.unwrap();
    assert_eq!(reason(world.client(SHOP).await.cancel_erasure(cancellation(&member)).await), Reason::AssertionInvalid);
    assert_eq!(reason(world.client(LEGAL).await.cancel_erasure(cancellation(&member)).await), Reason::RoleMissing);
    let own = world.client_for(SHOP, &member).await;
    own.cancel_erasure(cancellation(&member)).await.unwrap();
    assert!(releases(&world, "mailing", &member).await);
    assert_eq!(reason(standing(&world, &member).await), Reason::ErasureNotFound);

    // Asked for and taken back again, this time by the officer; the first term is forgotten.
    world.place.clock.advance(days(10));
    erase(&world, &member).await.unwrap();
    officer.cancel_erasure(cancellation(&member)).await.unwrap();
    world.place.clock.advance(days(30));
    let due = world.collect(hanako()).await;
    erase(&world, &due).await.unwrap();
    world.place.clock.advance(days(14));
    keep_house(&world, async || level(&world, &due).await == ErasureLevel::Erased).await;
    assert!(releases(&world, "mailing", &member).await);
    let told = ["erasure-scheduled", "erasure-cancelled"];
    assert_eq!(events_about(&world, &member).await, [&["collected"][..], &told, &told].concat());
}

#[tokio::test]
async fn a_hold_stops_an_erasure_that_is_due_and_it_goes_on_once_the_hold_is_lifted() {
    let (world, member) = patient().await;
    erase(&world, &member).await.unwrap();
    hold(&world, &member, true).await;
    assert!(standing(&world, &member).await.unwrap().next_level_needs.contains("legal hold"));
    world.place.clock.advance(days(15));
    let told = async || events_about(&world, &member).await.contains(&"erasure-stopped".to_owned());
    keep_house(&world, told).await;
    // Said once, however often it is looked at, and nothing was opened for it.
    keep_house(&world, told).await;
    assert_eq!(level(&world, &member).await, ErasureLevel::Pending);
    assert_eq!(reason(erase(&world, &member).await), Reason::LegalHold);
    // What puts it off is the hold alone: it can no longer be taken back.
    let cancel = CancelErasureRequest { member_id: member.clone(), reason: "late".into(), ..Default::default() };
    assert_eq!(reason(world.client(OFFICER).await.cancel_erasure(cancel).await), Reason::StateConflict);
    hold(&world, &member, false).await;
    assert!(!standing(&world, &member).await.unwrap().next_level_needs.contains("legal hold"));
    keep_house(&world, async || level(&world, &member).await == ErasureLevel::Erased).await;
    let events = events_about(&world, &member).await;
    let told = ["erasure-scheduled", "hold-set", "erasure-stopped", "hold-lifted", "erasing", "erased"];
    assert_eq!(events, [&["collected"][..], &told].concat());
}

#[tokio::test]
async fn a_repeat_is_answered_with_the_same_term_and_a_held_member_is_not_put_on_the_list() {
    let (world, member) = patient().await;
    hold(&world, &member, true).await;
    assert_eq!(reason(erase(&world, &member).await), Reason::LegalHold);
    hold(&world, &member, false).await;
    let id = "7d444840-9dc0-4ad1-9245-5ffdce74fad2".to_owned();
    let request = EraseMemberRequest { request_id: id, ..erasure(&member) };
    let officer = world.client(OFFICER).await;
    let first = officer.erase_member(request.clone()).await.unwrap();
    assert_eq!(officer.erase_member(request).await.unwrap(), first);
    // A grace period that is over is not begun again.
    world.place.clock.advance(days(14));
    assert_eq!(erase(&world, &member).await.unwrap().level(), ErasureLevel::Erased);
    assert_eq!(level(&world, &member).await, ErasureLevel::Erased);
}

#[tokio::test]
async fn without_a_grace_period_also_whoever_was_pending_is_erased_at_once() {
    let (world, member) = patient().await;
    erase(&world, &member).await.unwrap();
    let mut place = world.close().await;
    place.erasure_grace_days = 0;
    let world = World::at(place).await;
    assert_eq!(level(&world, &member).await, ErasureLevel::Pending);
    assert_eq!(erase(&world, &member).await.unwrap().level(), ErasureLevel::Erased);
}
