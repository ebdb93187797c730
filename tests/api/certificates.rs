//! Is everyone turned away whose certificate is missing, foreign, expired, or names nobody or two?

use fubako_proto::Reason;
use fubako_proto::client::{Client, ConnectError, Error};
use fubako_proto::v1::{GetStatusRequest, Recipient};
use tonic::Code;

use crate::support::authority::{Authority, Certified, dns, uri};
use crate::support::callers::{OPERATOR, identity};
use crate::support::member::hanako;
use crate::support::world::{World, ask};

/// What becomes of a call with that certificate.
async fn call(world: &World, certified: &Certified) -> Result<(), Error> {
    let client = Client::connect(&world.config(certified)).await.unwrap();
    client.get_status(GetStatusRequest {}).await.map(drop)
}

#[tokio::test]
async fn a_configured_callers_certificate_is_let_in() {
    let world = World::new().await;
    call(&world, &world.authority.caller(&identity(OPERATOR))).await.unwrap();
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_one_that_expired_never_reaches_the_vault() {
    let world = World::new().await;
    let operator = identity(OPERATOR);
    for turned_away in [Authority::new().caller(&operator), world.authority.expired(&operator)] {
        let refused = Client::connect(&world.config(&turned_away)).await.unwrap_err();
        assert!(matches!(refused, ConnectError::CertificateRefused { .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_good_certificate_that_names_nobody_configured_is_nobody() {
    let world = World::new().await;
    let two = [uri(&identity(OPERATOR)), uri("spiffe://market.example/other")];
    for names in [
        vec![],
        vec![uri("spiffe://market.example/stranger")],
        two.to_vec(),
        vec![uri("https://market.example/operator")],
        vec![dns("operator"), dns("market.example")],
        vec![dns("*.example")],
    ] {
        let error = call(&world, &world.authority.named(names.clone())).await.unwrap_err();
        assert_eq!(error.reason(), &Reason::CallerUnauthenticated, "{names:?}");
        assert_eq!(error.code(), Code::Unauthenticated);
    }
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_server_says_nothing_to_it() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let certified = world.authority.caller(&identity("asker"));
    let stranger = world.config(&certified).ca_pem(Authority::new().pem());
    let elsewhere = world.config(&certified).server_name("elsewhere.example");
    for config in [stranger, elsewhere] {
        let client = Client::connect(&config).await;
        let Ok(client) = client else { continue };
        let asked = ask("transaction-notice", Recipient::marketplace(), &member, &[]);
        assert!(client.disclose(asked).await.unwrap_err().was_never_sent());
    }
}
