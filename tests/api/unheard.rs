//! Is a question that nothing can answer told so, instead of being answered with nothing?

use std::fmt::Debug;

use fubako_proto::Reason;
use fubako_proto::client::Error;
use fubako_proto::v1::trace_exposure_request::Subject;
use fubako_proto::v1::{
    EntryFilter, EraseMemberRequest, KeyVersion, ListDisclosuresRequest, ListEntriesRequest,
    ListPartyDisclosuresRequest, TailEntriesRequest, TraceExposureRequest,
};
use jiff::SignedDuration;

use crate::support::callers::{ASKER, AUDITOR, CARDS, OFFICER};
use crate::support::member::hanako;
use crate::support::register::{party, wire_time};
use crate::support::world::{World, reason};

const NOBODY: &str = "00000000-0000-7000-8000-000000000001";

fn only(filter: EntryFilter) -> ListEntriesRequest {
    ListEntriesRequest { filter: Some(filter), ..Default::default() }
}

fn named() -> [(EntryFilter, &'static str); 3] {
    [
        (EntryFilter { caller: "shpo".into(), ..Default::default() }, "filter.caller"),
        (EntryFilter { purpose: "trnsaction".into(), ..Default::default() }, "filter.purpose"),
        (EntryFilter { recipient: "pottre".into(), ..Default::default() }, "filter.recipient"),
    ]
}

fn refused_for<T: Debug>(outcome: Result<T, Error>, argument: &str) {
    let text = format!("{outcome:?}");
    assert_eq!(reason(outcome), Reason::ValueInvalid, "{argument}");
    assert!(text.contains(argument), "{argument}: {text}");
}

#[tokio::test]
async fn names_nobody_has_heard_of_are_refused_in_lists_and_tails() {
    let world = World::new().await;
    let auditor = world.client(AUDITOR).await;
    for (filter, argument) in named() {
        refused_for(auditor.list_entries(only(filter.clone())).await, argument);
        let tail = TailEntriesRequest { from_index: None, filter: Some(filter) };
        refused_for(auditor.tail_entries(tail).await.map(drop), argument);
    }
    let nobody = EntryFilter { member_id: NOBODY.into(), ..Default::default() };
    assert_eq!(reason(auditor.list_entries(only(nobody)).await), Reason::MemberNotFound);
}

#[tokio::test]
async fn names_that_are_known_or_were_once_told_are_answered_also_with_nothing() {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let member = world.collect(hanako()).await;
    let auditor = world.client(AUDITOR).await;
    let quiet = [
        EntryFilter { caller: CARDS.into(), ..Default::default() },
        EntryFilter { caller: "vault".into(), outcome: 1, ..Default::default() },
        EntryFilter { purpose: "transaction-with-seller".into(), ..Default::default() },
        EntryFilter { recipient: "potter".into(), ..Default::default() },
        EntryFilter { recipient: "public".into(), ..Default::default() },
    ];
    for filter in quiet {
        assert_eq!(auditor.list_entries(only(filter)).await.unwrap().entries, []);
    }
    // Who is gone is still in the ledger.
    let erase = EraseMemberRequest { member_id: member.clone(), reason: "asked".into(), ..Default::default() };
    world.client(OFFICER).await.erase_member(erase).await.unwrap();
    let about = only(EntryFilter { member_id: member.clone(), ..Default::default() });
    assert!(!auditor.list_entries(about).await.unwrap().entries.is_empty());
    let account = ListDisclosuresRequest { member_id: member, ..Default::default() };
    assert_eq!(auditor.list_disclosures(account).await.unwrap().disclosures, []);
}

#[tokio::test]
async fn an_account_or_a_trace_of_nobody_is_refused() {
    let world = World::new().await;
    let (auditor, officer) = (world.client(AUDITOR).await, world.client(OFFICER).await);
    let nobody = ListDisclosuresRequest { member_id: NOBODY.into(), ..Default::default() };
    assert_eq!(reason(auditor.list_disclosures(nobody).await), Reason::MemberNotFound);
    let party = ListPartyDisclosuresRequest { party_id: "pottre".into(), ..Default::default() };
    assert_eq!(reason(auditor.list_party_disclosures(party).await), Reason::PartyNotFound);
    let key = |version| Subject::Key(KeyVersion { key_class: "contact".into(), version });
    let subjects = [
        (Subject::Caller("shpo".into()), Reason::ValueInvalid),
        (Subject::PartyId("pottre".into()), Reason::PartyNotFound),
        (key(0), Reason::KeyNotFound),
        (key(2), Reason::KeyNotFound),
    ];
    for (subject, why) in subjects {
        let from_time = Some(wire_time(world.place.clock.now()));
        let trace = TraceExposureRequest { subject: Some(subject.clone()), from_time, until_time: None };
        assert_eq!(reason(officer.trace_exposure(trace).await.map(drop)), why, "{subject:?}");
    }
}

#[tokio::test]
async fn times_in_the_wrong_order_and_places_beyond_the_ledger_are_refused() {
    let world = World::new().await;
    let (auditor, officer) = (world.client(AUDITOR).await, world.client(OFFICER).await);
    let now = world.place.clock.now();
    let (from, until) = (Some(wire_time(now)), Some(wire_time(now - SignedDuration::from_secs(1))));
    let reversed = EntryFilter { from_time: from, until_time: until, ..Default::default() };
    refused_for(auditor.list_entries(only(reversed.clone())).await, "filter.until_time");
    let tail = TailEntriesRequest { from_index: None, filter: Some(reversed) };
    refused_for(auditor.tail_entries(tail).await.map(drop), "filter.until_time");
    let subject = Some(Subject::Caller(ASKER.into()));
    let trace = TraceExposureRequest { subject, from_time: from, until_time: until };
    refused_for(officer.trace_exposure(trace).await.map(drop), "until_time");
    let beyond = TailEntriesRequest { from_index: Some(1_000_000), filter: None };
    refused_for(auditor.tail_entries(beyond).await.map(drop), "from_index");
}
