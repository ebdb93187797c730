//! Do keys rotate over the service while members are released, and does a version go only when two approvers say so?

use std::sync::Arc;

use fubako_proto::Reason;
use fubako_proto::client::{Client, Error};
use fubako_proto::v1::{
    DestroyKeyRequest, DestroyKeyResponse, DiscloseRequest, FieldRequest, GetKeysRequest, KeyVersionState,
    ListEntriesRequest, Narrowing, Recipient, RotateKeyRequest, RotateKeyResponse, RotationStage, SetKeyStateRequest,
    WatchRotationRequest,
};

use crate::support::callers::{APPROVER, ASKER, AUDITOR, OPERATOR, SECOND};
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
async fn what_is_sealed_under_a_destroyed_key_is_told_from_damage_and_the_rest_is_released() {
    let world = World::new().await;
    let hana = world.collect(hanako()).await;
    let mut retire = SetKeyStateRequest { key: "contact".into(), version: 1, ..Default::default() };
    retire.set_state(KeyVersionState::Deactivated);
    world.client(OPERATOR).await.set_key_state(retire).await.unwrap();
    for approver in [APPROVER, SECOND] {
        let lose =
            DestroyKeyRequest { key: "contact".into(), version: 1, lose_what_needs_it: true, ..Default::default() };
        world.client(approver).await.destroy_key(lose).await.unwrap();
    }
    let notice = ask("transaction-notice", Recipient::marketplace(), &hana, &[]);
    let refused = world.disclose(notice.clone()).await.unwrap_err();
    assert_eq!(*refused.reason(), Reason::KeyDestroyed);
    assert!(refused.to_string().contains("the keys of `contact`"), "{refused}");
    let entries = world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await.unwrap().entries;
    let told = entries.iter().find(|entry| entry.event == "not-released").unwrap();
    assert_eq!(told.reason, "KEY_DESTROYED");
    let name = FieldRequest { field: "name".into(), forms: vec!["full".into()] };
    let narrowing = Some(Narrowing { fields: vec![name] });
    assert!(world.disclose(DiscloseRequest { narrowing, ..notice }).await.is_ok());
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
