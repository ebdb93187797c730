//! Is a member's own view given to the member alone, on a fresh assertion of a known issuer?

use fubako_proto::Reason;
use fubako_proto::v1::{CorrectMemberRequest, EraseMemberRequest, Recipient, ReviewMemberRequest, RevokeBasisRequest};
use jiff::SignedDuration;

use crate::support::callers::{ASKER, SHOP};
use crate::support::member::hanako;
use crate::support::register::{about, party, scope};
use crate::support::signer::Signer;
use crate::support::world::{World, ask, reason};

fn review(member: &str) -> ReviewMemberRequest {
    ReviewMemberRequest { member_id: member.into(), purpose: String::new() }
}

#[tokio::test]
async fn only_an_assertion_about_the_member_opens_the_members_own_view() {
    let world = World::new().await;
    let (member, other) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let asker = world.client(ASKER).await;
    assert_eq!(reason(asker.review_member(review(&member)).await), Reason::AssertionInvalid);
    let own = world.client_for(ASKER, &member).await;
    assert!(own.review_member(review(&member)).await.is_ok());
    assert_eq!(reason(own.review_member(review(&other)).await), Reason::AssertionInvalid);
    for purpose in ["self-review", "self-export"] {
        let request = |member: &str| ask(purpose, Recipient::member(), member, &[]);
        assert!(own.disclose(request(&member)).await.is_ok());
        assert_eq!(reason(own.disclose(request(&other)).await), Reason::AssertionInvalid);
        assert_eq!(reason(asker.disclose(request(&member)).await), Reason::AssertionInvalid);
    }
}

#[tokio::test]
async fn an_assertion_that_is_old_early_foreign_or_no_assertion_is_not_believed() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let asker = world.client(ASKER).await;
    let now = world.place.clock.now();
    let good = world.signer.assert(&member, now);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = head.split_once('.').unwrap();
    let other = world.signer.assert("not-a-member", now);
    for bad in [
        world.signer.assert(&member, now - SignedDuration::from_mins(5)),
        world.signer.assert(&member, now + SignedDuration::from_mins(5)),
        Signer::new().assert(&member, now),
        other,
        format!("{head}."),
        // `{"alg":"none"}`
        format!("eyJhbGciOiJub25lIn0.{claims}."),
        format!("{header}.{claims}x.{signature}"),
        "token".to_owned(),
    ] {
        let outcome = asker.with_member_assertion(&bad).unwrap().review_member(review(&member)).await;
        assert_eq!(reason(outcome), Reason::AssertionInvalid, "{bad}");
    }
    let believed = asker.with_member_assertion(&good).unwrap();
    assert!(believed.review_member(review(&member)).await.is_ok());
    world.place.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(reason(believed.review_member(review(&member)).await), Reason::AssertionInvalid);
}

#[tokio::test]
async fn a_shop_changes_and_erases_for_the_member_who_asks_and_for_no_other() {
    let world = World::new().await;
    let (member, other) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let shop = world.client_for(SHOP, &member).await;
    let correction =
        |member: &str| CorrectMemberRequest { member_id: member.into(), values: hanako(), ..Default::default() };
    assert!(shop.correct_member(correction(&member)).await.is_ok());
    assert_eq!(reason(shop.correct_member(correction(&other)).await), Reason::AssertionInvalid);
    let erasure = |member: &str| EraseMemberRequest {
        member_id: member.into(),
        reason: "member-request".into(),
        ..Default::default()
    };
    assert_eq!(reason(world.client(SHOP).await.erase_member(erasure(&member)).await), Reason::AssertionInvalid);
    assert_eq!(reason(shop.erase_member(erasure(&other)).await), Reason::AssertionInvalid);
    assert!(shop.erase_member(erasure(&member)).await.is_ok());
}

#[tokio::test]
async fn a_member_takes_back_their_own_consent_and_nobody_elses() {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let (member, other) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let mut terms = about("consent", &member, "potter", "consented-provision");
    terms.scope = Some(scope(&[("email", "full")]));
    let consent = world.record(terms).await;
    let sale = world.record(about("transaction", &member, "potter", "transaction-with-seller")).await;
    let revocation = |basis: &str| RevokeBasisRequest { basis_id: basis.into(), ..Default::default() };
    let someone_else = world.client_for(SHOP, &other).await;
    for client in [&world.client(SHOP).await, &someone_else] {
        assert_eq!(reason(client.revoke_basis(revocation(&consent)).await), Reason::BasisNotFound);
    }
    let own = world.client_for(SHOP, &member).await;
    assert_eq!(reason(own.revoke_basis(revocation(&sale)).await), Reason::BasisNotFound);
    assert!(own.revoke_basis(revocation(&consent)).await.is_ok());
    let asked = ask("consented-provision", Recipient::party("potter"), &member, &[&consent]);
    assert_eq!(world.refusal(asked).await, Reason::ConsentWithdrawn);
}
