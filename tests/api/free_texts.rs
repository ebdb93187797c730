//! Is a card's number or code kept out of every free text that goes into the ledger or the register?

use std::fmt::Debug;

use fubako_proto::Reason;
use fubako_proto::client::Error;
use fubako_proto::v1::{
    CollectMemberRequest, EraseMemberRequest, ListEntriesRequest, PartyDetails, RecordBasisRequest,
    RegisterPartyRequest, RevokeBasisRequest, SuspendCallerRequest,
};

use crate::support::callers::{AUDITOR, OFFICER, REGISTRAR, SHOP};
use crate::support::member::{hanako, text};
use crate::support::register::{about, party};
use crate::support::world::World;

const FORBIDDEN: [&str; 3] = ["card 4242 4242 4242 4242", "4242424242424242", "her card, cvv 123"];

/// Holds that the call was refused for that argument, in words that do not repeat it.
fn assert_forbidden<T: Debug>(outcome: Result<T, Error>, argument: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.reason(), &Reason::ForbiddenValue, "{argument}");
    let blamed: Vec<_> = error.field_violations().iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(blamed, [argument]);
    assert!(!error.message().contains("4242") && !error.message().contains("123"), "{}", error.message());
}

#[tokio::test]
async fn reasons_and_references_with_card_data_are_refused_and_leave_no_trace() {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let member = world.collect(hanako()).await;
    let sale = world.record(about("transaction", &member, "potter", "transaction-with-seller")).await;
    let (officer, registrar) = (world.client(OFFICER).await, world.client(REGISTRAR).await);
    for words in FORBIDDEN {
        let reason = words.to_owned();
        let erasure = EraseMemberRequest { member_id: member.clone(), reason, ..Default::default() };
        assert_forbidden(officer.erase_member(erasure).await, "reason");
        let revocation = RevokeBasisRequest { basis_id: sale.clone(), reason: words.to_owned(), ..Default::default() };
        assert_forbidden(officer.revoke_basis(revocation).await, "reason");
        let suspension =
            SuspendCallerRequest { caller: SHOP.to_owned(), reason: words.to_owned(), ..Default::default() };
        assert_forbidden(officer.suspend_caller(suspension).await, "reason");
        for argument in ["terms.reference", "terms.secrecy_agreement"] {
            let mut terms = about("transaction", &member, "potter", "transaction-with-seller");
            *if argument.ends_with("reference") { &mut terms.reference } else { &mut terms.secrecy_agreement } =
                words.to_owned();
            let request = RecordBasisRequest { terms: Some(terms), ..Default::default() };
            assert_forbidden(registrar.record_basis(request).await, argument);
        }
    }
    let entries = world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await.unwrap().entries;
    let told = |event: &str| entries.iter().filter(|entry| entry.event == event).count();
    assert_eq!((told("erased"), told("basis-state-set"), told("caller-suspended")), (0, 0, 0));
    assert_eq!(told("basis-recorded"), 1);
}

/// One text of a party's details.
type Part = fn(&mut PartyDetails) -> &mut String;

#[tokio::test]
async fn a_party_described_with_card_data_is_not_registered() {
    let world = World::new().await;
    let registrar = world.client(REGISTRAR).await;
    let register = async |details: PartyDetails| {
        let request = RegisterPartyRequest { details: Some(details), ..Default::default() };
        registrar.register_party(request).await
    };
    let part: [(&str, Part); 5] = [
        ("details.party_id", |details| &mut details.party_id),
        ("details.name", |details| &mut details.name),
        ("details.legal_name", |details| &mut details.legal_name),
        ("details.address", |details| &mut details.address),
        ("details.representative", |details| &mut details.representative),
    ];
    for (argument, part) in part {
        let mut details = party("potter", "seller");
        *part(&mut details) = "4242-4242-4242-4242".to_owned();
        assert_forbidden(register(details).await, argument);
    }
    assert!(register(party("potter", "seller")).await.is_ok());
}

#[tokio::test]
async fn a_card_is_no_external_reference() {
    let world = World::new().await;
    let external_reference = Some(text("4242 4242 4242 4242"));
    let request = CollectMemberRequest { external_reference, values: hanako(), ..Default::default() };
    assert_forbidden(world.client(SHOP).await.collect_member(request).await, "external_reference");
}
