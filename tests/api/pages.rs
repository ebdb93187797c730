//! Does a listing come page by page, whole, and with tokens that nobody can make, change or lend?

use std::collections::BTreeSet;

use fubako_proto::Reason;
use fubako_proto::v1::{
    GetPolicyRequest, ListBasesRequest, ListEntriesRequest, ListPartiesRequest, ListPoliciesRequest,
};
use jiff::SignedDuration;

use crate::support::callers::{ASKER, AUDITOR, CONTRACTS, OFFICER, REGISTRAR};
use crate::support::member::hanako;
use crate::support::register::{about, about_all, party};
use crate::support::world::{World, reason};

async fn world_of_parties(count: usize) -> World {
    let world = World::new().await;
    for number in 0..count {
        let class = if number % 2 == 0 { "seller" } else { "partner" };
        world.register(party(&format!("party-{number:02}"), class)).await;
    }
    world
}

fn page(size: i32, token: &str, class: &str) -> ListPartiesRequest {
    ListPartiesRequest { page_size: size, page_token: token.into(), recipient_class: class.into() }
}

#[tokio::test]
async fn pages_hold_every_party_once_in_order() {
    let world = world_of_parties(7).await;
    let officer = world.client(OFFICER).await;
    for (class, expected) in [("", 7), ("seller", 4), ("partner", 3), ("authority", 0)] {
        let (mut ids, mut token) = (Vec::new(), String::new());
        loop {
            let listed = officer.list_parties(page(3, &token, class)).await.unwrap();
            assert!(listed.parties.len() <= 3);
            ids.extend(listed.parties.into_iter().map(|party| party.details.unwrap().party_id));
            token = listed.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(ids.len(), expected, "{class}");
        assert!(ids.is_sorted() && ids.iter().collect::<BTreeSet<_>>().len() == expected);
    }
}

#[tokio::test]
async fn a_token_is_good_for_a_day_and_then_refused_with_words_that_say_so() {
    let world = world_of_parties(5).await;
    let officer = world.client(OFFICER).await;
    let token = officer.list_parties(page(2, "", "")).await.unwrap().next_page_token;
    world.place.clock.advance(SignedDuration::from_hours(23));
    let next = officer.list_parties(page(2, &token, "")).await.unwrap().next_page_token;
    world.place.clock.advance(SignedDuration::from_hours(1));
    let refused = officer.list_parties(page(2, &token, "")).await.unwrap_err();
    assert_eq!(*refused.reason(), Reason::PageTokenInvalid);
    assert!(refused.message().contains("older than 24 hours"), "{}", refused.message());
    // Each page's token has a day of its own.
    assert!(officer.list_parties(page(2, &next, "")).await.is_ok());
}

#[tokio::test]
async fn a_token_of_another_caller_filter_or_listing_or_a_changed_one_is_refused() {
    let world = world_of_parties(5).await;
    let (officer, auditor) = (world.client(OFFICER).await, world.client(AUDITOR).await);
    let token = officer.list_parties(page(2, "", "")).await.unwrap().next_page_token;
    assert!(officer.list_parties(page(2, &token, "")).await.is_ok());
    // Another size may follow: it is neither the caller nor the filter.
    assert!(officer.list_parties(page(1, &token, "")).await.is_ok());
    let mut wrong = vec!["AAAA".to_owned(), "not base64!".to_owned(), format!("{token}AAAA"), token[4..].to_owned()];
    for position in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
        wrong.push(String::from_utf8(changed).unwrap());
    }
    for token in wrong {
        let refused = officer.list_parties(page(2, &token, "")).await;
        assert_eq!(reason(refused), Reason::PageTokenInvalid, "{token}");
    }
    assert_eq!(reason(auditor.list_parties(page(2, &token, "")).await), Reason::PageTokenInvalid);
    assert_eq!(reason(officer.list_parties(page(2, &token, "seller")).await), Reason::PageTokenInvalid);
    let elsewhere = ListEntriesRequest { page_token: token.clone(), ..Default::default() };
    assert_eq!(reason(officer.list_entries(elsewhere).await), Reason::PageTokenInvalid);
    let elsewhere = ListBasesRequest { page_token: token.clone(), ..Default::default() };
    assert_eq!(reason(officer.list_bases(elsewhere).await), Reason::PageTokenInvalid);
    let elsewhere = ListPoliciesRequest { page_token: token, ..Default::default() };
    assert_eq!(reason(officer.list_policies(elsewhere).await), Reason::PageTokenInvalid);
}

#[tokio::test]
async fn a_negative_page_is_refused_and_a_huge_one_is_cut() {
    let world = world_of_parties(2).await;
    let officer = world.client(OFFICER).await;
    assert_eq!(reason(officer.list_parties(page(-1, "", "")).await), Reason::ValueInvalid);
    assert_eq!(officer.list_parties(page(i32::MAX, "", "")).await.unwrap().parties.len(), 2);
}

#[tokio::test]
async fn bases_are_listed_by_member_by_party_and_by_what_the_caller_may_record() {
    let world = world_of_parties(2).await;
    let (member, other) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let mut sales = Vec::new();
    for _ in 0..3 {
        sales.push(world.record(about("transaction", &member, "party-00", "transaction-with-seller")).await);
    }
    let others = world.record(about("transaction", &other, "party-00", "transaction-with-seller")).await;
    let contract = world.record(about_all("contract", "party-01", "partner-cooperation")).await;
    let listed = async |caller: &str, member: &str, party: &str| {
        let request =
            ListBasesRequest { member_id: member.into(), party_id: party.into(), ..ListBasesRequest::default() };
        let bases = world.client(caller).await.list_bases(request).await.unwrap().bases;
        bases.into_iter().map(|basis| basis.basis_id).collect::<Vec<_>>()
    };
    assert_eq!(listed(OFFICER, &member, "").await, sales);
    let of_party: Vec<_> = sales.iter().chain([&others]).cloned().collect();
    assert_eq!(listed(OFFICER, "", "party-00").await, of_party);
    assert_eq!(listed(OFFICER, &other, "party-00").await, std::slice::from_ref(&others));
    assert_eq!(listed(OFFICER, &other, "party-01").await, Vec::<String>::new());
    let all: Vec<_> = of_party.iter().chain([&contract]).cloned().collect();
    assert_eq!(listed(REGISTRAR, "", "").await, all);
    assert_eq!(listed(CONTRACTS, "", "").await, [contract]);
}

#[tokio::test]
async fn entries_are_listed_both_ways_without_a_gap() {
    let world = world_of_parties(6).await;
    let auditor = world.client(AUDITOR).await;
    let mut both = Vec::new();
    for order in [1, 2] {
        let (mut indexes, mut token) = (Vec::new(), String::new());
        loop {
            let request = ListEntriesRequest { page_size: 4, page_token: token, order, filter: None };
            let listed = auditor.list_entries(request).await.unwrap();
            indexes.extend(listed.entries.iter().map(|entry| entry.index));
            token = listed.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        both.push(indexes);
    }
    let (newest, mut oldest) = (both.remove(0), both.remove(0));
    // The second listing may hold entries that the first one made.
    oldest.truncate(newest.len());
    assert!(oldest.iter().copied().eq(0..newest.len() as u64));
    assert!(newest.iter().rev().copied().eq(0..newest.len() as u64));
}

#[tokio::test]
async fn the_policy_can_be_read_by_every_caller() {
    let world = World::new().await;
    let asker = world.client(ASKER).await;
    let policy = asker.get_policy(GetPolicyRequest::default()).await.unwrap().policy.unwrap();
    assert_eq!((policy.fields.len(), policy.purposes.len()), (15, world.policy().purposes().len()));
    assert_eq!(policy.summary.unwrap().version, 1);
    let listed = asker.list_policies(ListPoliciesRequest::default()).await.unwrap();
    assert_eq!(listed.policies.len(), 1);
    let unknown = fubako_proto::v1::GetPolicyRequest { version: 9 };
    assert_eq!(reason(asker.get_policy(unknown).await), Reason::PolicyNotFound);
}

#[tokio::test]
async fn a_listing_goes_on_behind_the_bases_of_an_erased_member() {
    let world = world_of_parties(1).await;
    let (gone, stays) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let sale = |member: &str| about("transaction", member, "party-00", "transaction-with-seller");
    for _ in 0..3 {
        world.record(sale(&gone)).await;
    }
    let kept = [world.record(sale(&stays)).await, world.record(sale(&stays)).await];
    let officer = world.client(OFFICER).await;
    let erasure =
        fubako_proto::v1::EraseMemberRequest { member_id: gone, reason: "member-request".into(), ..Default::default() };
    officer.erase_member(erasure).await.unwrap();
    let (mut ids, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListBasesRequest {
            page_size: 1,
            page_token: token,
            party_id: "party-00".into(),
            ..ListBasesRequest::default()
        };
        let listed = officer.list_bases(request).await.unwrap();
        ids.extend(listed.bases.into_iter().map(|basis| basis.basis_id));
        token = listed.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(ids, kept);
}
