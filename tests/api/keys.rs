//! Do keys rotate over the service while members are released, and does a version go only when two approvers say so?

use std::sync::Arc;

use fubako_proto::Reason;
use fubako_proto::client::{Client, Error};
use fubako_proto::v1::{
    DestroyKeyRequest, DestroyKeyResponse, GetKeysRequest, KeyVersionState, Recipient, RotateKeyRequest,
    RotateKeyResponse, RotationStage, SetKeyStateRequest, WatchRotationRequest,
};

use crate::support::callers::{APPROVER, ASKER, OPERATOR, SECOND};
use crate::support::member::hanako;
use crate::support::world::{World, ask, reason};

async fn rotate(operator: &Client, key: &str) -> Result<RotateKeyResponse, Error> {
    operator.rotate_key(RotateKeyRequest { key: key.into(), ..Default::default() }).await
}

/// Follows the rotation that is under way to its end.
async fn ended(operator: &Client) -> (String, RotationStage, u64) {
    let mut answers = operator.watch_rotation(WatchRotationRequest {}).await.unwrap();
    let mut last = None;
    while let Some(answer) = answers.next().await.unwrap() {
        last = Some(answer);
    }
    let last = last.unwrap();
    (format!("{} {}", last.key, last.version), last.stage(), last.resealed_count)
}

async fn states(client: &Client, key: &str) -> Vec<KeyVersionState> {
    let versions = client.get_keys(GetKeysRequest {}).await.unwrap().versions;
    versions.iter().filter(|version| version.key == key).map(fubako_proto::v1::KeyDescription::state).collect()
}

async fn destroy(world: &World, by: &str, key: &str, version: u32) -> Result<DestroyKeyResponse, Error> {
    let request = DestroyKeyRequest { key: key.into(), version, ..Default::default() };
    world.client(by).await.destroy_key(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_class_is_rotated_while_members_are_released_and_the_version_before_is_destroyed() {
    let world = World::new().await;
    let mut members = Vec::new();
    for _ in 0..30 {
        members.push(world.collect(hanako()).await);
    }
    let sweeping = tokio::spawn(Arc::clone(world.vault()).keep_keys());
    let operator = world.client(OPERATOR).await;
    assert_eq!(rotate(&operator, "contact").await.unwrap().subject, "contact 2");
    let asker = world.client(ASKER).await;
    for member in &members {
        asker.disclose(ask("transaction-notice", Recipient::marketplace(), member, &[])).await.unwrap();
    }
    assert_eq!(ended(&operator).await, ("contact 2".to_owned(), RotationStage::Complete, 30));
    assert_eq!(states(&operator, "contact").await, [KeyVersionState::Deactivated, KeyVersionState::Active]);

    let proposed = destroy(&world, APPROVER, "contact", 1).await.unwrap();
    assert_eq!(proposed.state(), KeyVersionState::Deactivated);
    assert_eq!(reason(destroy(&world, APPROVER, "contact", 1).await), Reason::ApproverRepeated);
    let gone = destroy(&world, SECOND, "contact", 1).await.unwrap();
    assert_eq!(gone.state(), KeyVersionState::Destroyed);
    for member in &members {
        asker.disclose(ask("transaction-notice", Recipient::marketplace(), member, &[])).await.unwrap();
    }
    sweeping.abort();
    assert!(sweeping.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn what_names_no_version_or_is_in_the_wrong_state_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let operator = world.client(OPERATOR).await;
    let before = operator.get_keys(GetKeysRequest {}).await.unwrap().versions;
    assert_eq!(reason(rotate(&operator, "kontact").await), Reason::KeyNotFound);
    assert_eq!(reason(rotate(&operator, "").await), Reason::ValueInvalid);
    assert_eq!(reason(rotate(&operator, "ledger-202611").await), Reason::ValueInvalid);
    assert_eq!(reason(destroy(&world, APPROVER, "contact", 1).await), Reason::StateConflict);
    assert_eq!(reason(destroy(&world, APPROVER, "contact", 7).await), Reason::KeyNotFound);
    let compromise = |state| SetKeyStateRequest { key: "contact".into(), version: 1, state, ..Default::default() };
    let compromised = KeyVersionState::Compromised.into();
    assert_eq!(reason(operator.set_key_state(compromise(compromised)).await), Reason::StateConflict);
    assert_eq!(reason(operator.set_key_state(compromise(KeyVersionState::Active.into())).await), Reason::ValueInvalid);
    assert_eq!(reason(operator.set_key_state(compromise(0)).await), Reason::ValueInvalid);
    assert_eq!(operator.get_keys(GetKeysRequest {}).await.unwrap().versions, before);
}

#[tokio::test]
async fn a_second_rotation_waits_its_turn_and_a_retired_class_takes_nothing_in() {
    let world = World::new().await;
    let operator = world.client(OPERATOR).await;
    rotate(&operator, "card").await.unwrap();
    assert_eq!(reason(rotate(&operator, "bank").await), Reason::RotationRunning);
    world.vault().advance_rotation().await.unwrap();
    rotate(&operator, "bank").await.unwrap();
    let retire = SetKeyStateRequest {
        key: "contact".into(),
        version: 1,
        state: KeyVersionState::Deactivated.into(),
        ..Default::default()
    };
    operator.set_key_state(retire).await.unwrap();
    assert_eq!(states(&operator, "contact").await, [KeyVersionState::Deactivated]);
}
