//! Does a member learn who received their data, a recipient what it received, and nobody else either?

use fubako_proto::Reason;
use fubako_proto::v1::{
    EraseMemberRequest, GetCheckpointRequest, ListDisclosuresRequest, ListPartyDisclosuresRequest, PastDisclosure,
    Recipient,
};

use fubako::ledger::note::NoteKeys;
use fubako::ledger::tlog_proof;

use crate::support::callers::{ASKER, AUDITOR, CARDS, OFFICER, SHOP, identity};
use crate::support::member::hanako;
use crate::support::register::{about, party};
use crate::support::world::{World, ask, reason};

const SETTLEMENT: &str = "settlement";
const NOTICE: &str = "transaction-notice";

fn of(member: &str) -> ListDisclosuresRequest {
    ListDisclosuresRequest { member_id: member.into(), page_size: 1000, ..Default::default() }
}

fn to(party: &str) -> ListPartyDisclosuresRequest {
    ListPartyDisclosuresRequest { party_id: party.into(), page_size: 1000, ..Default::default() }
}

/// A member whose card went to the card company, which called itself, and whose name went to the marketplace.
async fn settled(world: &World) -> String {
    let member = world.collect(hanako()).await;
    let mut cards = party("hoshi", "card-company");
    cards.certificate_identity = identity(CARDS);
    world.register(cards).await;
    let basis = world.record(about(SETTLEMENT, &member, "hoshi", SETTLEMENT)).await;
    let request = ask(SETTLEMENT, Recipient::party("hoshi"), &member, &[&basis]);
    world.client(CARDS).await.disclose(request).await.unwrap();
    world.disclose(ask(NOTICE, Recipient::marketplace(), &member, &[])).await.unwrap();
    member
}

fn purposes(disclosures: &[PastDisclosure]) -> Vec<&str> {
    disclosures.iter().map(|disclosure| disclosure.purpose.as_str()).collect()
}

#[tokio::test]
async fn a_members_account_says_who_received_what_for_what_and_on_which_ground() {
    let world = World::new().await;
    let member = settled(&world).await;
    let own = world.client_for(ASKER, &member).await;
    let account = own.list_disclosures(of(&member)).await.unwrap().disclosures;
    assert_eq!(purposes(&account), [NOTICE, SETTLEMENT]);
    let card = &account[1];
    assert_eq!((card.recipient_class.as_str(), card.recipient_legal_name.as_str()), ("card-company", "hoshi K.K."));
    assert_eq!((card.clause.as_str(), card.caller.as_str(), card.not_released), ("4.d", CARDS, false));
    assert_eq!((card.bases[0].kind.as_str(), card.bases[0].reference.as_str()), ("settlement", "settlement 2026-77"));
    let shown: Vec<_> = card.fields.iter().map(|field| (field.field.as_str(), field.forms.join("+"))).collect();
    assert_eq!(shown, [("name", "full".to_owned()), ("card", "full".to_owned())]);
    for words in ["the card-company hoshi the card-company (hoshi K.K.)", "card (full)", "(clause 4.d)", "settlement"] {
        assert!(card.sentence.contains(words), "{}", card.sentence);
    }
}

#[tokio::test]
async fn an_account_is_for_its_member_its_party_and_those_who_watch() {
    let world = World::new().await;
    let member = settled(&world).await;
    let other = world.collect(hanako()).await;
    for watcher in [AUDITOR, OFFICER] {
        let client = world.client(watcher).await;
        assert_eq!(client.list_disclosures(of(&member)).await.unwrap().disclosures.len(), 2);
        assert_eq!(client.list_party_disclosures(to("hoshi")).await.unwrap().disclosures.len(), 1);
    }
    let own = world.client(CARDS).await;
    let received = own.list_party_disclosures(to("hoshi")).await.unwrap().disclosures;
    assert_eq!((received.len(), received[0].member_id.as_str()), (1, member.as_str()));
    for stranger in [SHOP, ASKER] {
        let client = world.client(stranger).await;
        assert_eq!(reason(client.list_disclosures(of(&member)).await), Reason::AssertionInvalid, "{stranger}");
        assert_eq!(reason(client.list_party_disclosures(to("hoshi")).await), Reason::RoleMissing, "{stranger}");
        assert_eq!(reason(client.list_party_disclosures(to("nobody")).await), Reason::RoleMissing, "{stranger}");
    }
    let foreign = world.client_for(ASKER, &other).await;
    assert_eq!(reason(foreign.list_disclosures(of(&member)).await), Reason::AssertionInvalid);
}

#[tokio::test]
async fn a_page_of_an_account_is_not_for_another_caller_nor_without_the_assertion() {
    let world = World::new().await;
    let member = settled(&world).await;
    let own = world.client_for(ASKER, &member).await;
    let first = ListDisclosuresRequest { page_size: 1, ..of(&member) };
    let page = own.list_disclosures(first.clone()).await.unwrap();
    assert_eq!(purposes(&page.disclosures), [NOTICE]);
    let next = ListDisclosuresRequest { page_token: page.next_page_token, ..first };
    let plain = world.client(ASKER).await;
    assert_eq!(reason(plain.list_disclosures(next.clone()).await), Reason::AssertionInvalid);
    let auditor = world.client(AUDITOR).await;
    assert_eq!(reason(auditor.list_disclosures(next.clone()).await), Reason::PageTokenInvalid);
    let last = own.list_disclosures(next).await.unwrap();
    assert_eq!((purposes(&last.disclosures), last.next_page_token.as_str()), (vec![SETTLEMENT], ""));
}

#[tokio::test]
async fn every_release_of_an_account_can_be_proved_without_the_vault() {
    let world = World::new().await;
    let member = settled(&world).await;
    let own = world.client_for(ASKER, &member).await;
    let account = own.list_disclosures(ListDisclosuresRequest { with_proofs: true, ..of(&member) }).await.unwrap();
    let checkpoint = own.get_checkpoint(GetCheckpointRequest {}).await.unwrap().checkpoint.unwrap();
    let keys = NoteKeys::parse(&checkpoint.verifier_key).unwrap();
    for disclosure in &account.disclosures {
        let proved = tlog_proof::check(&disclosure.proof, &keys).unwrap();
        assert_eq!((proved.index, proved.leaf.purpose.as_str()), (disclosure.index, disclosure.purpose.as_str()));
        assert!(!disclosure.proof.contains(&member));
    }
}

#[tokio::test]
async fn the_account_outlives_the_member() {
    let world = World::new().await;
    let member = settled(&world).await;
    let erase = EraseMemberRequest { member_id: member.clone(), reason: "asked".into(), ..Default::default() };
    world.client(OFFICER).await.erase_member(erase).await.unwrap();
    let account = world.client(AUDITOR).await.list_disclosures(of(&member)).await.unwrap().disclosures;
    assert_eq!(purposes(&account), [NOTICE, SETTLEMENT]);
    // What the basis said went with the member; that it was a settlement stays.
    assert_eq!((account[1].bases[0].kind.as_str(), account[1].bases[0].reference.as_str()), ("settlement", ""));
}
