//! Does a view go only to whom the row names, registered and active, through a caller that may ask for them?

use fubako_proto::Reason;
use fubako_proto::v1::{PartyDetails, PartyState, Recipient, SetPartyStateRequest};

use crate::support::callers::{ASKER, BANK, CARDS, NARROW, OFFICER, identity};
use crate::support::member::hanako;
use crate::support::register::{about, party};
use crate::support::view::outline;
use crate::support::world::{World, ask, reason};

const SALE: &str = "transaction-with-seller";

/// A vault with Hanako, the potter who sold her something, and the transaction.
async fn sale() -> (World, String, String) {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let member = world.collect(hanako()).await;
    let basis = world.record(about("transaction", &member, "potter", SALE)).await;
    (world, member, basis)
}

async fn set_state(world: &World, state: PartyState) {
    let request = SetPartyStateRequest { party_id: "potter".into(), state: state.into(), ..Default::default() };
    world.client(OFFICER).await.set_party_state(request).await.unwrap();
}

#[tokio::test]
async fn a_party_that_is_suspended_or_has_ended_receives_nothing() {
    let (world, member, basis) = sale().await;
    let asked = || ask(SALE, Recipient::party("potter"), &member, &[&basis]);
    assert!(world.disclose(asked()).await.is_ok());
    set_state(&world, PartyState::Suspended).await;
    assert_eq!(world.refusal(asked()).await, Reason::RecipientNotEntitled);
    set_state(&world, PartyState::Active).await;
    assert!(world.disclose(asked()).await.is_ok());
    set_state(&world, PartyState::Ended).await;
    assert_eq!(world.refusal(asked()).await, Reason::RecipientNotEntitled);
    let back =
        SetPartyStateRequest { party_id: "potter".into(), state: PartyState::Active.into(), ..Default::default() };
    assert_eq!(reason(world.client(OFFICER).await.set_party_state(back).await), Reason::StateConflict);
}

#[tokio::test]
async fn a_party_nobody_registered_or_of_another_class_receives_nothing() {
    let (world, member, basis) = sale().await;
    world.register(party("courier", "subcontractor")).await;
    for stranger in ["stranger", "courier"] {
        let asked = ask(SALE, Recipient::party(stranger), &member, &[&basis]);
        assert_eq!(world.refusal(asked).await, Reason::RecipientNotEntitled, "{stranger}");
    }
    for recipient in [Recipient::marketplace(), Recipient::public(), Recipient::member()] {
        let asked = ask(SALE, recipient, &member, &[&basis]);
        assert_eq!(world.refusal(asked).await, Reason::RecipientNotEntitled);
    }
}

#[tokio::test]
async fn nobody_can_be_registered_as_the_marketplace_the_member_or_the_public() {
    let world = World::new().await;
    for class in ["marketplace", "member", "public", "royalty", ""] {
        let request = fubako_proto::v1::RegisterPartyRequest {
            request_id: String::new(),
            details: Some(party("impostor", class)),
        };
        let refused = world.client(crate::support::callers::REGISTRAR).await.register_party(request).await;
        assert_eq!(reason(refused), Reason::ValueInvalid, "{class}");
    }
}

#[tokio::test]
async fn a_party_in_a_country_the_row_does_not_name_receives_nothing() {
    let (world, member, _) = sale().await;
    world.register(PartyDetails { country: "US".into(), ..party("abroad", "seller") }).await;
    let basis = world.record(about("transaction", &member, "abroad", SALE)).await;
    let asked = ask(SALE, Recipient::party("abroad"), &member, &[&basis]);
    assert_eq!(world.refusal(asked).await, Reason::RecipientNotEntitled);
}

#[tokio::test]
async fn a_caller_asks_only_for_the_classes_and_parties_it_is_configured_for() {
    let (world, member, basis) = sale().await;
    world.register(party("weaver", "seller")).await;
    let other = world.record(about("transaction", &member, "weaver", SALE)).await;
    let narrow = world.client(NARROW).await;
    assert!(narrow.disclose(ask(SALE, Recipient::party("potter"), &member, &[&basis])).await.is_ok());
    let refused = narrow.disclose(ask(SALE, Recipient::party("weaver"), &member, &[&other])).await;
    assert_eq!(reason(refused), Reason::RecipientNotEntitled);
    assert!(world.disclose(ask(SALE, Recipient::party("weaver"), &member, &[&other])).await.is_ok());
}

#[tokio::test]
async fn a_card_in_full_goes_to_the_card_companys_own_certificate_only() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    world.register(PartyDetails { certificate_identity: identity(CARDS), ..party("acquirer", "card-company") }).await;
    world.register(party("silent", "card-company")).await;
    for (company, caller, expected) in [
        ("acquirer", CARDS, None),
        ("acquirer", ASKER, Some(Reason::RecipientNotEntitled)),
        ("acquirer", BANK, Some(Reason::RecipientNotEntitled)),
        ("silent", CARDS, Some(Reason::RecipientNotEntitled)),
    ] {
        let basis = world.record(about("settlement", &member, company, "settlement")).await;
        let asked = ask("settlement", Recipient::party(company), &member, &[&basis]);
        match (world.client(caller).await.disclose(asked).await, expected) {
            (Ok(response), None) => {
                assert_eq!(outline(&response.view.unwrap()), ["name/0:full", "card/0:full"]);
            }
            (outcome, expected) => assert_eq!(Some(reason(outcome)), expected, "{company} through {caller}"),
        }
    }
}
