//! Does the vault rotate by itself what its schedule says, and does it count what was sealed under each version, over restarts?

use std::sync::Arc;

use fubako::vault::rotation::Schedule;
use fubako_keys::{KeyClass, KeyName};
use fubako_proto::client::Client;
use fubako_proto::v1::{
    GetKeysRequest, KeyDescription, KeyVersionState, ListEntriesRequest, RotateKeyRequest, RotationStage,
    WatchRotationRequest,
};
use jiff::SignedDuration;

use crate::support::callers::{AUDITOR, OPERATOR};
use crate::support::member::hanako;
use crate::support::place::Place;
use crate::support::register::wire_time;
use crate::support::world::World;

const CONTACT: KeyName = KeyName::Class(KeyClass::Contact);

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

async fn scheduled() -> World {
    let mut place = Place::new();
    place.schedule = Schedule::new(vec![(CONTACT, 90), (KeyName::Manifest, 365)]);
    World::at(place).await
}

async fn versions(world: &World, key: &str) -> Vec<KeyDescription> {
    let keys = world.client(OPERATOR).await.get_keys(GetKeysRequest {}).await.unwrap();
    keys.versions.into_iter().filter(|version| version.key == key).collect()
}

async fn sealed(world: &World, key: &str) -> Vec<u64> {
    versions(world, key).await.into_iter().map(|version| version.sealed_count.unwrap()).collect()
}

/// The stages that whoever watches from now on is told of, until the rotation is over.
async fn watched(operator: &Client) -> Vec<(String, RotationStage)> {
    let mut answers = operator.watch_rotation(WatchRotationRequest {}).await.unwrap();
    let mut told = Vec::new();
    while let Some(answer) = answers.next().await.unwrap() {
        told.push((format!("{} {}", answer.key, answer.version), answer.stage()));
    }
    told
}

#[tokio::test]
async fn a_key_is_rotated_by_itself_once_its_days_are_over_and_not_before() {
    let world = scheduled().await;
    for _ in 0..5 {
        world.collect(hanako()).await;
    }
    let [first] = versions(&world, "contact").await.try_into().unwrap();
    let due = world.place.clock.now() + days(90);
    assert!(first.rotation_due_time.unwrap().seconds <= wire_time(due).seconds);
    assert!(versions(&world, "card").await.iter().all(|version| version.rotation_due_time.is_none()));

    world.place.clock.advance(days(89));
    world.vault().keep_keys_once().await.unwrap();
    assert_eq!(versions(&world, "contact").await.len(), 1);

    world.place.clock.advance(days(1));
    world.vault().keep_keys_once().await.unwrap();
    let [before, after] = versions(&world, "contact").await.try_into().unwrap();
    assert_eq!((before.state(), after.state()), (KeyVersionState::Deactivated, KeyVersionState::Active));
    assert!(before.rotation_due_time.is_none());
    assert!(after.rotation_due_time.unwrap().seconds > wire_time(world.place.clock.now() + days(89)).seconds);
    assert_eq!(after.sealed_count, before.sealed_count, "what there was is under the new version");
    world.vault().keep_keys_once().await.unwrap();
    assert_eq!(versions(&world, "contact").await.len(), 2, "once is enough");

    let request = ListEntriesRequest { page_size: 100, ..Default::default() };
    let entries = world.client(AUDITOR).await.list_entries(request).await.unwrap().entries;
    let begun = entries.iter().find(|entry| entry.reason == "schedule").unwrap();
    assert_eq!((begun.caller.as_str(), begun.subject.as_str()), ("vault", "contact 2"));
}

#[tokio::test]
async fn rotations_that_are_due_wait_for_the_one_under_way_and_for_each_other() {
    let world = scheduled().await;
    world.collect(hanako()).await;
    world.place.clock.advance(days(365));
    let operator = world.client(OPERATOR).await;
    operator.rotate_key(RotateKeyRequest { key: "card".into(), ..Default::default() }).await.unwrap();
    world.vault().keep_keys_once().await.unwrap();

    let request = ListEntriesRequest { page_size: 100, ..Default::default() };
    let mut entries = world.client(AUDITOR).await.list_entries(request).await.unwrap().entries;
    entries.sort_by_key(|entry| entry.index);
    let rotations = entries.iter().filter(|entry| matches!(entry.event.as_str(), "key-rotating" | "key-rotated"));
    let told: Vec<_> =
        rotations.map(|entry| [&entry.event, &entry.subject, &entry.reason].map(String::as_str)).collect();
    let expected = [
        ["key-rotating", "card 2", ""],
        ["key-rotated", "card 2", "complete"],
        ["key-rotating", "contact 2", "schedule"],
        ["key-rotated", "contact 2", "complete"],
        ["key-rotating", "manifest 2", "schedule"],
        ["key-rotated", "manifest 2", "complete"],
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_was_sealed_is_counted_under_each_version_and_never_less_after_a_restart() {
    let world = World::new().await;
    world.collect(hanako()).await;
    let [once] = sealed(&world, "contact").await.try_into().unwrap();
    let [register] = sealed(&world, "register").await.try_into().unwrap();
    assert!(once > 0 && register > 0);
    world.collect(hanako()).await;
    assert_eq!(sealed(&world, "contact").await, [2 * once]);
    assert!(versions(&world, "index").await.iter().all(|version| version.sealed_count.is_none()));

    let world = World::at(world.close().await).await;
    let [again] = sealed(&world, "contact").await.try_into().unwrap();
    assert!((2 * once..=2 * once + 4096).contains(&again), "{again}");
    let operator = world.client(OPERATOR).await;
    operator.rotate_key(RotateKeyRequest { key: "contact".into(), ..Default::default() }).await.unwrap();
    world.vault().advance_rotation().await.unwrap();
    assert_eq!(sealed(&world, "contact").await, [again, 2 * once], "both members are under the new version");

    let world = World::at(world.close().await).await;
    let [first, second] = sealed(&world, "contact").await.try_into().unwrap();
    assert!(first >= again && second >= 2 * once);
}

#[tokio::test]
async fn whoever_watches_right_after_a_rotation_was_asked_for_is_told_of_that_one() {
    let world = World::new().await;
    world.collect(hanako()).await;
    let operator = world.client(OPERATOR).await;
    for (key, subject) in [("card", "card 2"), ("bank", "bank 2")] {
        operator.rotate_key(RotateKeyRequest { key: key.into(), ..Default::default() }).await.unwrap();
        let vault = Arc::clone(world.vault());
        let (told, advanced) = tokio::join!(watched(&operator), async move { vault.advance_rotation().await });
        advanced.unwrap();
        assert_eq!(told.first().unwrap().0, subject);
        assert_eq!(told.last().unwrap(), &(subject.to_owned(), RotationStage::Complete));
    }
}
