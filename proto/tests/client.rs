//! Does the client reach a vault over mTLS, tell failures apart, and repeat only what is safe to repeat?
#![allow(clippy::unwrap_used, reason = "tests")]

mod vault;

use std::time::Duration;

use fubako_proto::Reason;
use fubako_proto::client::{Client, ConnectError, RetryPolicy};
use fubako_proto::v1::{
    BatchDiscloseItem, BatchDiscloseRequest, DiscloseRequest, ResumeCallerRequest, SuspendCallerRequest, VerifyRequest,
};
use tonic::Code;

use crate::vault::{Answer, Vault};

fn quick() -> RetryPolicy {
    RetryPolicy::new(4, Duration::from_millis(1), Duration::from_millis(50))
}

#[tokio::test]
async fn a_view_is_asked_for_over_mutual_tls() {
    let vault = Vault::start([Answer::Done]).await;
    let client = Client::connect(&vault.config()).await.unwrap();
    let answer = client.disclose(DiscloseRequest::default()).await.unwrap();
    assert_eq!(answer.receipt.unwrap().index, 1);
}

#[tokio::test]
async fn a_refusal_is_typed_and_final() {
    let vault = Vault::start([Answer::Refused, Answer::Done]).await;
    let client = Client::connect(&vault.config().retry(quick())).await.unwrap();
    let failure = client.disclose(DiscloseRequest::default()).await.unwrap_err();
    assert_eq!(failure.reason(), &Reason::BasisMissing);
    assert_eq!(failure.code(), Code::PermissionDenied);
    assert_eq!(vault.calls(), 1);
}

#[tokio::test]
async fn a_release_is_repeated_when_the_vault_asks_for_it() {
    let vault = Vault::start([Answer::Later, Answer::Later, Answer::Done]).await;
    let client = Client::connect(&vault.config().retry(quick())).await.unwrap();
    client.disclose(DiscloseRequest::default()).await.unwrap();
    assert_eq!(vault.calls(), 3);
}

#[tokio::test]
async fn a_release_that_may_have_happened_is_not_repeated() {
    let vault = Vault::start([Answer::Lost, Answer::Done]).await;
    let client = Client::connect(&vault.config().retry(quick())).await.unwrap();
    let failure = client.disclose(DiscloseRequest::default()).await.unwrap_err();
    assert_eq!(failure.code(), Code::Unavailable);
    assert_eq!(vault.calls(), 1);
}

#[tokio::test]
async fn a_change_is_repeated_under_the_id_it_was_given() {
    let vault = Vault::start([Answer::Lost, Answer::Done]).await;
    let client = Client::connect(&vault.config().retry(quick())).await.unwrap();
    client.suspend_caller(SuspendCallerRequest::default()).await.unwrap();
    let ids = vault.request_ids();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids.first(), ids.last());
    assert_eq!(ids.first().map(String::len), Some(36));
}

#[tokio::test]
async fn a_request_id_of_the_caller_is_kept() {
    let vault = Vault::start([Answer::Done]).await;
    let client = Client::connect(&vault.config()).await.unwrap();
    let request_id = "0198c0de-0000-4000-8000-000000000001".to_owned();
    client.resume_caller(ResumeCallerRequest { request_id: request_id.clone(), ..Default::default() }).await.unwrap();
    assert_eq!(vault.request_ids(), [request_id]);
}

#[tokio::test]
async fn repeats_end() {
    let vault = Vault::start([Answer::Later; 9]).await;
    let client = Client::connect(&vault.config().retry(quick())).await.unwrap();
    let failure = client.verify(VerifyRequest::default()).await.unwrap_err();
    assert_eq!(failure.reason(), &Reason::Overloaded);
    assert_eq!(vault.calls(), 4);
}

#[tokio::test]
async fn a_call_that_takes_too_long_ends_with_its_own_code() {
    let vault = Vault::start([Answer::Never]).await;
    let config = vault.config().timeout(Duration::from_millis(50));
    let failure = Client::connect(&config).await.unwrap().disclose(DiscloseRequest::default()).await.unwrap_err();
    assert_eq!(failure.code(), Code::DeadlineExceeded);
    assert_eq!(vault.calls(), 1);
}

#[tokio::test]
async fn a_batch_answers_item_by_item_in_order() {
    let vault = Vault::start([Answer::Done]).await;
    let client = Client::connect(&vault.config()).await.unwrap();
    let items = ["a", "b", "c"].map(|id| BatchDiscloseItem { member_id: id.to_owned(), basis_ids: Vec::new() });
    let request = BatchDiscloseRequest { items: items.into(), ..Default::default() };
    let mut outcomes = client.batch_disclose(request).await.unwrap();
    let mut members = Vec::new();
    while let Some(outcome) = outcomes.next().await.unwrap() {
        members.push((outcome.index, outcome.member_id));
    }
    assert_eq!(members, [(0, "a".to_owned()), (1, "b".to_owned()), (2, "c".to_owned())]);
}

#[tokio::test]
async fn a_member_assertion_travels_with_the_call_and_stays_out_of_debug() {
    let vault = Vault::start([Answer::Done, Answer::Done]).await;
    let client = Client::connect(&vault.config()).await.unwrap();
    let speaking = client.with_member_assertion("header.claims.signature").unwrap();
    speaking.disclose(DiscloseRequest::default()).await.unwrap();
    client.disclose(DiscloseRequest::default()).await.unwrap();
    assert_eq!(vault.assertions(), [Some("header.claims.signature".to_owned()), None]);
    assert!(!format!("{speaking:?}").contains("signature"));
    assert!(client.with_member_assertion("two\nlines").is_err());
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_spoken_to() {
    let (vault, other) = (Vault::start([Answer::Done]).await, Vault::start([]).await);
    let failure = Client::connect(&vault.config().ca_pem(other.ca_pem())).await.unwrap_err();
    assert!(matches!(failure, ConnectError::Unreachable { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_server_of_another_name_is_not_spoken_to() {
    let vault = Vault::start([Answer::Done]).await;
    let failure = Client::connect(&vault.config().server_name("elsewhere.example")).await.unwrap_err();
    assert!(matches!(failure, ConnectError::Unreachable { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_at_the_connection() {
    let (vault, other) = (Vault::start([Answer::Done]).await, Vault::start([]).await);
    let failure = Client::connect(&other.config_for(&vault)).await.unwrap_err();
    assert!(matches!(failure, ConnectError::CertificateRefused { .. }), "{failure:?}");
    assert_eq!(vault.calls(), 0);
}

#[tokio::test]
async fn a_call_over_a_connection_that_cannot_be_made_again_was_never_sent() {
    let mut vault = Vault::start([Answer::Done]).await;
    let client = Client::connect(&vault.config().retry(RetryPolicy::NEVER)).await.unwrap();
    client.disclose(DiscloseRequest::default()).await.unwrap();
    vault.stop().await;
    // The first call may still find the broken connection; the next one has to make another.
    let _ = client.disclose(DiscloseRequest::default()).await;
    let failure = client.disclose(DiscloseRequest::default()).await.unwrap_err();
    assert!(failure.was_never_sent(), "{failure:?}");
    assert_eq!(vault.calls(), 1);
}

#[test]
fn calls_can_be_spawned() {
    fn is_send<T: Send>(_: impl FnOnce(Client) -> T) {}
    is_send(|client| async move { client.disclose(DiscloseRequest::default()).await });
}
