//! Is nothing released on a basis that is missing, foreign, lapsed, not yet valid, revoked or ended?

use fubako_proto::Reason;
use fubako_proto::v1::{BasisTerms, EndBasisRequest, Recipient, RevokeBasisRequest};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::support::callers::{ASKER, OFFICER, REGISTRAR};
use crate::support::member::hanako;
use crate::support::register::{about, about_all, party, scope, wire_time};
use crate::support::world::{World, ask, reason};

const SALE: &str = "transaction-with-seller";

async fn world_with_sellers() -> (World, String) {
    let world = World::new().await;
    for seller in ["potter", "weaver"] {
        world.register(party(seller, "seller")).await;
    }
    let member = world.collect(hanako()).await;
    (world, member)
}

async fn outcome(world: &World, terms: BasisTerms, member: &str) -> Option<Reason> {
    let basis = world.record(terms).await;
    let answer = world.disclose(ask(SALE, Recipient::party("potter"), member, &[&basis])).await;
    answer.err().map(|error| error.reason().clone())
}

#[tokio::test]
async fn a_basis_of_another_member_seller_purpose_or_kind_carries_nothing() {
    let (world, member) = world_with_sellers().await;
    let other = world.collect(hanako()).await;
    let good = about("transaction", &member, "potter", SALE);
    assert_eq!(outcome(&world, good, &member).await, None);
    let foreign = [
        about("transaction", &other, "potter", SALE),
        about("transaction", &member, "weaver", SALE),
        about("transaction", &member, "potter", "delivery"),
        about("dispute", &member, "potter", SALE),
        about_all("contract", "potter", SALE),
    ];
    for terms in foreign {
        let told = terms.clone();
        assert_eq!(outcome(&world, terms, &member).await, Some(Reason::BasisMissing), "{}", told.kind);
    }
}

#[tokio::test]
async fn a_basis_carries_from_its_first_instant_until_its_last_and_no_longer() {
    let (world, member) = world_with_sellers().await;
    let clock = &world.place.clock;
    let mut terms = about("transaction", &member, "potter", SALE);
    terms.valid_from_time = Some(wire_time(clock.now() + SignedDuration::from_mins(10)));
    terms.valid_until_time = Some(wire_time(clock.now() + SignedDuration::from_mins(20)));
    let basis = world.record(terms).await;
    let asked = || ask(SALE, Recipient::party("potter"), &member, &[&basis]);
    assert_eq!(world.refusal(asked()).await, Reason::BasisNotLive);
    clock.advance(SignedDuration::from_mins(10));
    assert!(world.disclose(asked()).await.is_ok());
    clock.advance(SignedDuration::from_mins(10));
    assert_eq!(world.refusal(asked()).await, Reason::BasisNotLive);
}

#[tokio::test]
async fn a_basis_that_was_revoked_or_has_ended_carries_nothing_and_never_comes_back() {
    let (world, member) = world_with_sellers().await;
    let revoked = world.record(about("transaction", &member, "potter", SALE)).await;
    let ended = world.record(about("transaction", &member, "potter", SALE)).await;
    let (registrar, officer) = (world.client(REGISTRAR).await, world.client(OFFICER).await);
    let revocation = |basis: &str| RevokeBasisRequest { basis_id: basis.into(), ..Default::default() };
    let end = |basis: &str| EndBasisRequest { basis_id: basis.into(), ..Default::default() };
    officer.revoke_basis(revocation(&revoked)).await.unwrap();
    registrar.end_basis(end(&ended)).await.unwrap();
    for basis in [&revoked, &ended] {
        let asked = ask(SALE, Recipient::party("potter"), &member, &[basis]);
        assert_eq!(world.refusal(asked).await, Reason::BasisNotLive);
        assert_eq!(reason(registrar.end_basis(end(basis)).await), Reason::StateConflict);
        assert_eq!(reason(registrar.revoke_basis(revocation(basis)).await), Reason::StateConflict);
    }
}

#[tokio::test]
async fn a_consent_taken_back_is_told_apart_from_one_that_lapsed() {
    let (world, member) = world_with_sellers().await;
    let mut terms = about("consent", &member, "potter", "consented-provision");
    terms.scope = Some(scope(&[("email", "full")]));
    let consent = world.record(terms).await;
    let asked = || ask("consented-provision", Recipient::party("potter"), &member, &[&consent]);
    assert!(world.disclose(asked()).await.is_ok());
    let revocation = RevokeBasisRequest { basis_id: consent.clone(), ..Default::default() };
    world.client(REGISTRAR).await.revoke_basis(revocation).await.unwrap();
    assert_eq!(world.refusal(asked()).await, Reason::ConsentWithdrawn);
}

#[tokio::test]
async fn whether_a_member_exists_cannot_be_learnt_without_a_basis() {
    let (world, member) = world_with_sellers().await;
    let nobody = Uuid::now_v7().to_string();
    let strange_basis = Uuid::now_v7().to_string();
    let other = world.collect(hanako()).await;
    let other_basis = world.record(about("transaction", &other, "potter", SALE)).await;
    let asker = world.client(ASKER).await;
    for bases in [vec![], vec![strange_basis.as_str()], vec![other_basis.as_str()]] {
        let mut told = Vec::new();
        for whom in [&member, &nobody] {
            let refused = asker.disclose(ask(SALE, Recipient::party("potter"), whom, &bases)).await.unwrap_err();
            assert_eq!(refused.reason(), &Reason::BasisMissing);
            let facts = ["check", "rule"].map(|fact| refused.metadata(fact).unwrap_or_default().to_owned());
            told.push((refused.code(), refused.message().to_owned(), facts));
        }
        assert_eq!(told[0], told[1]);
    }
}

#[tokio::test]
async fn who_needs_no_basis_is_told_that_there_is_no_such_member() {
    let world = World::new().await;
    let nobody = Uuid::now_v7().to_string();
    let asked = ask("transaction-notice", Recipient::marketplace(), &nobody, &[]);
    assert_eq!(world.refusal(asked).await, Reason::MemberNotFound);
}

#[tokio::test]
async fn one_of_two_bases_is_not_enough_and_none_may_be_beside_them() {
    let (world, member) = world_with_sellers().await;
    world.register(party("courier", "subcontractor")).await;
    let sale = world.record(about("transaction", &member, "potter", "delivery")).await;
    let contract = world.record(about_all("contract", "courier", "delivery")).await;
    let needless = world.record(about("dispute", &member, "courier", "delivery")).await;
    let asked = |bases: &[&str]| ask("delivery", Recipient::party("courier"), &member, bases);
    assert_eq!(world.refusal(asked(&[&sale])).await, Reason::BasisMissing);
    assert_eq!(world.refusal(asked(&[&contract])).await, Reason::BasisMissing);
    assert_eq!(world.refusal(asked(&[&sale, &contract, &needless])).await, Reason::BasisMissing);
    assert!(world.disclose(asked(&[&sale, &contract])).await.is_ok());
}

#[tokio::test]
async fn a_partner_without_a_secrecy_agreement_receives_nothing() {
    let (world, member) = world_with_sellers().await;
    world.register(party("lab", "partner")).await;
    let mut consent = about("consent", &member, "lab", "partner-cooperation");
    consent.scope = Some(scope(&[("gender", "full")]));
    let consent = world.record(consent).await;
    let mut contract = about_all("contract", "lab", "partner-cooperation");
    contract.secrecy_agreement = String::new();
    let contract = world.record(contract).await;
    let asked = ask("partner-cooperation", Recipient::party("lab"), &member, &[&contract, &consent]);
    assert_eq!(world.refusal(asked).await, Reason::BasisMissing);
}

#[tokio::test]
async fn a_basis_about_someone_or_for_something_unknown_is_not_recorded() {
    let (world, member) = world_with_sellers().await;
    let registrar = world.client(REGISTRAR).await;
    let record = async |terms: BasisTerms| {
        let request = fubako_proto::v1::RecordBasisRequest { request_id: String::new(), terms: Some(terms) };
        reason(registrar.record_basis(request).await)
    };
    let nobody = Uuid::now_v7().to_string();
    assert_eq!(record(about("transaction", &nobody, "potter", SALE)).await, Reason::MemberNotFound);
    assert_eq!(record(about("transaction", &member, "stranger", SALE)).await, Reason::PartyNotFound);
    assert_eq!(record(about("transaction", &member, "potter", "other")).await, Reason::PurposeNotRecognised);
    assert_eq!(record(about("promise", &member, "potter", SALE)).await, Reason::ValueInvalid);
    assert_eq!(record(about_all("transaction", "potter", SALE)).await, Reason::ValueInvalid);
    let scoped =
        BasisTerms { scope: Some(scope(&[("shoe_size", "full")])), ..about("consent", &member, "potter", SALE) };
    assert_eq!(record(scoped).await, Reason::FieldUnknown);
    let no_purpose = BasisTerms { purposes: Vec::new(), ..about("transaction", &member, "potter", SALE) };
    assert_eq!(record(no_purpose).await, Reason::ValueInvalid);
    let backwards = BasisTerms {
        valid_until_time: Some(wire_time(world.place.clock.now() - SignedDuration::from_mins(1))),
        ..about("transaction", &member, "potter", SALE)
    };
    assert_eq!(record(backwards).await, Reason::ValueInvalid);
}
