//! Is nobody erased by a restored vault who had taken that back after the backup was made?

use std::sync::Arc;
use std::time::Duration;

use fubako::vault::restore::Erasures;
use fubako_proto::Reason;
use fubako_proto::v1::{CancelErasureRequest, EraseMemberRequest, ErasureLevel, GetErasureRequest, GetErasureResponse};
use jiff::SignedDuration;
use tokio::time::{sleep, timeout};

use crate::off_site::{keep, restore_at};
use crate::support::callers::OFFICER;
use crate::support::member::hanako;
use crate::support::place::Place;
use crate::support::world::{World, reason};

async fn standing(world: &World, member: &str) -> GetErasureResponse {
    let request = GetErasureRequest { member_id: member.to_owned(), slot: None };
    world.client(OFFICER).await.get_erasure(request).await.unwrap()
}

#[tokio::test]
async fn the_grace_period_begins_again_after_a_restore() {
    let world = World::at(Place::with_grace(14)).await;
    let member = world.collect(hanako()).await;
    let officer = world.client(OFFICER).await;
    let (member_id, reason) = (member.clone(), "asked".to_owned());
    let erase = EraseMemberRequest { member_id: member.clone(), reason: reason.clone(), ..Default::default() };
    officer.erase_member(erase).await.unwrap();
    let kept = keep(&world, "nightly").await;
    officer.cancel_erasure(CancelErasureRequest { member_id, reason, ..Default::default() }).await.unwrap();
    world.place.clock.advance(SignedDuration::from_hours(24 * 30));
    let place = world.close().await;
    restore_at(&place, &kept, Erasures::Accepted).unwrap();
    let world = World::at(place).await;
    let due = standing(&world, &member).await.next_level_time.unwrap().seconds;
    assert!(due < world.place.clock.now().as_second());
    let vault = Arc::clone(world.vault());
    let house = tokio::spawn(async move { vault.keep_house().await });
    let begun_again = async {
        while standing(&world, &member).await.next_level_time.is_none_or(|due| due.seconds < later(&world)) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_mins(1), begun_again).await.unwrap();
    assert_eq!(standing(&world, &member).await.level(), ErasureLevel::Pending);
    house.abort();
    drop(house.await);
    drop(world.close().await);
}

#[tokio::test]
async fn an_erasure_that_was_due_at_a_restore_can_be_taken_back_before_its_period_begins_again() {
    let world = World::at(Place::with_grace(14)).await;
    let member = world.collect(hanako()).await;
    let erase = EraseMemberRequest { member_id: member.clone(), reason: "asked".into(), ..Default::default() };
    world.client(OFFICER).await.erase_member(erase.clone()).await.unwrap();
    let kept = keep(&world, "nightly").await;
    world.place.clock.advance(SignedDuration::from_hours(24 * 30));
    let place = world.close().await;
    restore_at(&place, &kept, Erasures::Accepted).unwrap();
    // Nobody has kept house yet, and it is past the time of then.
    let world = World::at(place).await;
    assert!(standing(&world, &member).await.next_level_time.unwrap().seconds < world.place.clock.now().as_second());
    let officer = world.client(OFFICER).await;
    // Nor is it erased at once because somebody asks again.
    assert_eq!(reason(officer.erase_member(erase.clone()).await), Reason::ErasurePending);
    let cancel = CancelErasureRequest { member_id: member, reason: "stays".into(), ..Default::default() };
    officer.cancel_erasure(cancel).await.unwrap();
    officer.erase_member(erase).await.unwrap();
    drop(world.close().await);
}

fn later(world: &World) -> i64 {
    world.place.clock.now().as_second() + 13 * 24 * 3600
}
