//! Tests of the server over loopback: who gets in, what a client sees of the services, and how it ends.
#![expect(clippy::unwrap_used, reason = "tests")]

mod served;

use std::time::Duration;

use fubako_proto::Reason;
use fubako_proto::client::{Client, ConnectError};
use fubako_proto::v1;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::*;
use crate::rpc::server::tests::served::{SHOP, Served, trust};
use crate::rpc::trial::Authority;

fn hanako() -> v1::CollectMemberRequest {
    let values = vec![
        v1::SlotValue::new("name", v1::PersonName::new("Hanako Yamada"), "website"),
        v1::SlotValue::new("email", v1::FieldValue::email("hanako@example.jp"), "website"),
        v1::SlotValue::new("password", v1::FieldValue::password("correct horse"), "website"),
    ];
    v1::CollectMemberRequest { values, ..Default::default() }
}

fn notice(member: &str) -> v1::DiscloseRequest {
    v1::DiscloseRequest {
        purpose: "transaction-notice".to_owned(),
        recipient: Some(v1::Recipient::marketplace()),
        member_id: member.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_member_is_collected_disclosed_reviewed_and_verified() {
    let served = Served::start().await;
    let client = served.client(SHOP).await;
    let member = client.collect_member(hanako()).await.unwrap().member_id;

    let view = client.disclose(notice(&member)).await.unwrap().view.unwrap();
    let shown: Vec<&str> = view.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(shown, ["name", "email"]);

    let review = v1::ReviewMemberRequest { member_id: member.clone(), ..Default::default() };
    let refused = client.review_member(review.clone()).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason()), (Code::PermissionDenied, &Reason::AssertionInvalid));
    let own = client.with_member_assertion(&served.assertion(&member)).unwrap();
    let reviewed = own.review_member(review).await.unwrap();
    assert_eq!(reviewed.revision, 1);
    assert!(reviewed.view.unwrap().fields.iter().all(|field| field.field != "password"));

    let claim = |password: &str| v1::VerifyClaim {
        field: "password".to_owned(),
        value: Some(v1::FieldValue::password(password)),
        ..Default::default()
    };
    let verify = v1::VerifyRequest {
        purpose: "identity-verification".to_owned(),
        member_id: member,
        claims: vec![claim("correct horse"), claim("wrong horse")],
    };
    let answers = client.verify(verify).await.unwrap().answers;
    let outcomes: Vec<_> = answers.iter().map(v1::VerifyAnswer::outcome).collect();
    assert_eq!(outcomes, [v1::VerifyOutcome::Match, v1::VerifyOutcome::NoMatch]);
    drop((client, own));
    served.stop().await;
}

#[tokio::test]
async fn a_batch_is_told_in_order_and_goes_on_after_a_refusal() {
    let served = Served::start().await;
    let client = served.client(SHOP).await;
    let mut members = Vec::new();
    for _ in 0..3 {
        members.push(client.collect_member(hanako()).await.unwrap().member_id);
    }
    // In upper case it is the same member, and another nobody knows.
    members.insert(1, members.first().unwrap().to_uppercase());
    members.insert(2, "01890a5d-ac96-774b-bcce-b302099a8057".to_owned());
    let item = |member: &String| v1::BatchDiscloseItem { member_id: member.clone(), basis_ids: Vec::new() };
    let request = v1::BatchDiscloseRequest {
        purpose: "transaction-notice".to_owned(),
        recipient: Some(v1::Recipient::marketplace()),
        items: members.iter().map(item).collect(),
        ..Default::default()
    };
    let mut outcomes = client.batch_disclose(request).await.unwrap();
    for (index, member) in (0..).zip(&members) {
        let response = outcomes.next().await.unwrap().unwrap();
        assert_eq!((response.index, &response.member_id), (index, member));
        match response.outcome.unwrap() {
            v1::batch_disclose_response::Outcome::Disclosure(told) => assert!(told.receipt.is_some() && index != 2),
            v1::batch_disclose_response::Outcome::Refusal(told) => {
                assert_eq!((told.reason.as_str(), told.check.as_str(), index), ("MEMBER_NOT_FOUND", "member-known", 2));
                assert!(told.receipt.is_some());
            }
        }
    }
    assert!(outcomes.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_certificate_that_names_no_caller_calls_nothing() {
    let served = Served::start().await;
    let stranger = served.client("stranger.example").await;
    let refused = stranger.get_status(v1::GetStatusRequest {}).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason()), (Code::Unauthenticated, &Reason::CallerUnauthenticated));
}

#[tokio::test]
async fn certificates_of_another_authority_and_expired_ones_end_at_the_handshake() {
    let served = Served::start().await;
    for certificate in [Authority::new().issue_dns(SHOP), served.authority.issue_expired(SHOP)] {
        let refused = Client::connect(&served.config(certificate)).await.unwrap_err();
        assert!(matches!(refused, ConnectError::CertificateRefused { .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_held_address_refuses_connections_until_the_server_listens_and_is_nobody_elses_then() {
    let held = HeldAddress::hold("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = held.0.local_addr().unwrap();
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    let _listening = held.0.listen(BACKLOG).unwrap();
    assert!(TcpStream::connect(address).await.is_ok());
    let taken = HeldAddress::hold(address).unwrap_err();
    assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn a_plaintext_connection_gets_no_answer() {
    let served = Served::start().await;
    let mut tcp = TcpStream::connect(served.address).await.unwrap();
    tcp.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(5), tcp.read_to_end(&mut answer)).await.unwrap();
    // At most a TLS alert, which is 7 bytes, and never a frame of HTTP/2.
    assert!(read.is_err() || answer.len() <= 7, "{answer:?}");
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_keeps_nobody_out() {
    let limits = Limits { handshakes: 1, handshake_timeout: Duration::from_millis(200), ..Limits::default() };
    let served = Served::with(limits, Mode::Production).await;
    let mut silent = TcpStream::connect(served.address).await.unwrap();
    let client = served.client(SHOP).await;
    assert!(client.get_status(v1::GetStatusRequest {}).await.is_ok());
    let mut answer = Vec::new();
    assert!(timeout(Duration::from_secs(5), silent.read_to_end(&mut answer)).await.is_ok());
}

#[tokio::test]
async fn a_caller_taken_out_of_the_configuration_is_out_at_once() {
    let served = Served::start().await;
    let client = served.client(SHOP).await;
    assert!(client.get_status(v1::GetStatusRequest {}).await.is_ok());
    served.security.store(Arc::new(trust(&served.authority, &served.portal, &[("desk", "desk.example")])));
    let refused = client.get_status(v1::GetStatusRequest {}).await.unwrap_err();
    assert_eq!(refused.reason(), &Reason::CallerUnauthenticated);
    assert!(served.client("desk.example").await.get_status(v1::GetStatusRequest {}).await.is_ok());
}

#[tokio::test]
async fn a_request_that_is_too_long_is_refused_by_its_reason() {
    let served = Served::start().await;
    let client = served.client(SHOP).await;
    let long = v1::DiscloseRequest { purpose: "x".repeat(600 << 10), ..notice("") };
    let refused = client.disclose(long).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason()), (Code::InvalidArgument, &Reason::TooLarge));
}

#[tokio::test]
async fn an_invalid_assertion_is_refused_even_where_none_is_needed() {
    let served = Served::start().await;
    let client = served.client(SHOP).await.with_member_assertion("not.a.token").unwrap();
    let refused = client.get_status(v1::GetStatusRequest {}).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason()), (Code::PermissionDenied, &Reason::AssertionInvalid));
}

#[tokio::test]
async fn a_suspended_caller_is_refused_on_its_open_connection() {
    let served = Served::start().await;
    let (shop, desk) = (served.client(SHOP).await, served.client("desk.example").await);
    let suspend = |caller: &str| v1::SuspendCallerRequest {
        caller: caller.to_owned(),
        reason: "stolen key".to_owned(),
        ..Default::default()
    };
    desk.suspend_caller(suspend("shop")).await.unwrap();
    let refused = shop.get_status(v1::GetStatusRequest {}).await.unwrap_err();
    assert_eq!(refused.reason(), &Reason::CallerSuspended);
    let status = desk.get_status(v1::GetStatusRequest {}).await.unwrap();
    assert_eq!(status.suspended_callers, ["shop"]);
    assert_eq!(desk.suspend_caller(suspend("nobody")).await.unwrap_err().reason(), &Reason::CallerNotFound);
    assert_eq!(desk.suspend_caller(suspend("desk")).await.unwrap_err().reason(), &Reason::ValueInvalid);
    let resume = v1::ResumeCallerRequest { caller: "shop".to_owned(), ..Default::default() };
    desk.resume_caller(resume).await.unwrap();
    assert!(shop.get_status(v1::GetStatusRequest {}).await.is_ok());
}

#[tokio::test]
async fn listings_go_page_by_page() {
    let served = Served::start().await;
    let client = served.client(SHOP).await;
    client.collect_member(hanako()).await.unwrap();
    for order in [v1::EntryOrder::OldestFirst, v1::EntryOrder::NewestFirst] {
        let mut indexes = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = v1::ListEntriesRequest { page_size: 2, page_token, order: order.into(), filter: None };
            let page = client.list_entries(request).await.unwrap();
            indexes.extend(page.entries.iter().map(|entry| entry.index));
            if page.next_page_token.is_empty() {
                break;
            }
            page_token = page.next_page_token;
        }
        if order == v1::EntryOrder::NewestFirst {
            indexes.reverse();
        }
        assert!(indexes.len() > 2);
        assert!(indexes.iter().copied().eq(0..indexes.len() as u64), "{order:?}: {indexes:?}");
    }
    let policies = client.list_policies(v1::ListPoliciesRequest::default()).await.unwrap();
    assert_eq!(policies.policies.len(), 1);
    let policy = client.get_policy(v1::GetPolicyRequest::default()).await.unwrap().policy.unwrap();
    assert!(policy.fields.len() >= 14);
}

#[tokio::test]
async fn the_server_is_healthy_while_it_serves() {
    let served = Served::start().await;
    let client = served.client(SHOP).await;
    for service in SERVICES {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = HealthClient::new(client.channel()).check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), tonic_health::pb::health_check_response::ServingStatus::Serving);
    }
}

#[tokio::test]
async fn a_server_that_stops_lets_go_of_idle_connections_and_of_its_port() {
    let served = Served::start().await;
    let address = served.address;
    let client = served.client(SHOP).await;
    assert!(client.get_status(v1::GetStatusRequest {}).await.is_ok());
    served.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
    assert!(client.get_status(v1::GetStatusRequest {}).await.is_err());
}

#[tokio::test]
async fn the_interface_describes_itself_in_dev_only() {
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;

    for (mode, described) in [(Mode::Dev, true), (Mode::Production, false)] {
        let served = Served::with(Limits::default(), mode).await;
        let channel = served.client(SHOP).await.channel();
        let asked = tokio_stream::once(ServerReflectionRequest::default());
        let answer = ServerReflectionClient::new(channel).server_reflection_info(asked).await;
        assert_eq!(answer.is_ok(), described, "{mode:?}");
    }
}
