//! Is what the law wants kept of the erased kept, read by the role `legal` alone, accounted for, and gone after its term?

use std::sync::Arc;
use std::time::Duration;

use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{
    CollectMemberRequest, EraseMemberRequest, EraseMemberResponse, GetRetainedRequest, GetRetainedResponse,
    LedgerEntry, ListDisclosuresRequest, ListEntriesRequest, SuspendCallerRequest,
};
use jiff::SignedDuration;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::support::MARKETPLACE;
use crate::support::callers::{
    ASKER, AUDITOR, BANK, CARDS, CONTRACTS, LEGAL, NARROW, OFFICER, OPERATOR, REGISTRAR, SHOP,
};
use crate::support::member::{hanako, shows, slot_value, text};
use crate::support::place::Place;
use crate::support::view::render;
use crate::support::world::{World, reason};

const ORDER: &str = "court order 2026-77";

fn erasure(member: &str) -> EraseMemberRequest {
    EraseMemberRequest { member_id: member.into(), reason: "member-request".into(), ..Default::default() }
}

fn kept(member: &str) -> GetRetainedRequest {
    GetRetainedRequest { member_id: member.into(), reason: ORDER.into() }
}

async fn erase(world: &World, member: &str) -> EraseMemberResponse {
    world.client(OFFICER).await.erase_member(erasure(member)).await.unwrap()
}

/// A vault with a member who was erased.
async fn erased() -> (World, String) {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    erase(&world, &member).await;
    (world, member)
}

/// The vault, served again so many days later.
async fn later(world: World, days: i64) -> World {
    let place = world.close().await;
    place.clock.advance(SignedDuration::from_hours(24 * days));
    World::at(place).await
}

/// Every entry, oldest first.
async fn entries(world: &World) -> Vec<LedgerEntry> {
    let request = ListEntriesRequest { page_size: 1000, order: 2, ..Default::default() };
    world.client(AUDITOR).await.list_entries(request).await.unwrap().entries
}

async fn events_about(world: &World, member: &str) -> Vec<String> {
    let entries = entries(world).await.into_iter().filter(|entry| entry.member_id == member);
    entries.map(|entry| entry.event).collect()
}

async fn refusal(world: &World, member: &str) -> Reason {
    reason(world.client(LEGAL).await.get_retained(kept(member)).await)
}

fn lines(answer: &GetRetainedResponse) -> Vec<(String, String)> {
    let shown = answer.fields.iter().flat_map(|field| field.values.iter().map(move |value| (field, value)));
    shown.map(|(field, value)| (field.field.clone(), render(value.value.as_ref().unwrap()))).collect()
}

#[tokio::test]
async fn the_legal_desk_reads_name_and_login_id_of_an_erased_member_and_nothing_else() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let gone = erase(&world, &member).await.receipt.unwrap();
    let answer = world.client(LEGAL).await.get_retained(kept(&member)).await.unwrap();
    let of = |field: &str| (field.to_owned(), shows(field, "full"));
    assert_eq!(lines(&answer), [of("name"), of("login_id")]);
    assert_eq!(answer.erasure_entry_id, gone.entry_id);
    let seconds = |time: Option<prost_types::Timestamp>| time.unwrap().seconds;
    // Three years by the calendar: one of them is a leap year.
    let term = seconds(answer.keep_until_time) - seconds(answer.erase_time);
    assert_eq!(term, (3 * 365 + 1) * 24 * 3600);
}

#[tokio::test]
async fn opening_it_is_written_down_before_when_it_is_sealed_and_when_it_is_read() {
    let (world, member) = erased().await;
    assert_eq!(events_about(&world, &member).await, ["collected", "erasing", "erased"]);
    let answer = world.client(LEGAL).await.get_retained(kept(&member)).await.unwrap();
    let entries = entries(&world).await;
    let erased = entries.iter().find(|entry| entry.event == "erased").unwrap();
    let names = |entry: &LedgerEntry| entry.fields.iter().map(|field| field.field.clone()).collect::<Vec<_>>();
    assert_eq!(names(erased), ["name", "login_id"]);
    let read = entries.iter().find(|entry| entry.index == answer.receipt.as_ref().unwrap().index).unwrap();
    assert_eq!((read.event.as_str(), read.caller.as_str(), read.reason.as_str()), ("retained-released", LEGAL, ORDER));
    assert_eq!((read.purpose.as_str(), read.recipient.as_str()), ("provision-records", "marketplace"));
    assert_eq!(
        (names(read), read.member_id.as_str()),
        (vec!["name".to_owned(), "login_id".to_owned()], member.as_str())
    );
}

#[tokio::test]
async fn nobody_but_the_legal_desk_is_let_in() {
    let (world, member) = erased().await;
    for caller in [SHOP, ASKER, NARROW, CARDS, BANK, REGISTRAR, CONTRACTS, OFFICER, OPERATOR, AUDITOR] {
        let refused = reason(world.client(caller).await.get_retained(kept(&member)).await);
        assert_eq!(refused, Reason::RoleMissing, "{caller}");
    }
    assert!(!events_about(&world, &member).await.contains(&"retained-released".to_owned()));
    let suspension =
        SuspendCallerRequest { request_id: String::new(), caller: LEGAL.into(), reason: "incident 7".into() };
    world.client(OPERATOR).await.suspend_caller(suspension).await.unwrap();
    assert_eq!(refusal(&world, &member).await, Reason::CallerSuspended);
}

#[tokio::test]
async fn a_reason_without_card_data_is_needed() {
    let (world, member) = erased().await;
    let legal = world.client(LEGAL).await;
    let asked = |reason: &str| GetRetainedRequest { reason: reason.into(), ..kept(&member) };
    assert_eq!(reason(legal.get_retained(asked(" ")).await), Reason::ValueInvalid);
    assert_eq!(reason(legal.get_retained(asked("4242424242424242")).await), Reason::ForbiddenValue);
}

#[tokio::test]
async fn one_answer_stands_for_all_of_whom_nothing_is_kept_and_it_is_written_down() {
    let world = World::new().await;
    let alive = world.collect(hanako()).await;
    let nameless = world.collect(vec![slot_value("email", 0, Value::Email(text("ken@example.jp")))]).await;
    erase(&world, &nameless).await;
    let nobody = Uuid::now_v7().to_string();
    let legal = world.client(LEGAL).await;
    let mut said = Vec::new();
    for member in [&alive, &nameless, &nobody] {
        let error = legal.get_retained(kept(member)).await.unwrap_err();
        assert_eq!(*error.reason(), Reason::NothingRetained, "{member}");
        said.push(error.message().to_owned());
    }
    assert!(said.iter().all(|words| *words == said[0]), "{said:?}");
    for member in [&alive, &nameless, &nobody] {
        let mut refused = entries(&world).await.into_iter().filter(|entry| entry.member_id == **member);
        assert!(refused.next_back().is_some_and(|entry| entry.reason == "NOTHING_RETAINED"), "{member}");
    }
}

#[tokio::test]
async fn the_members_account_tells_of_the_reading() {
    let (world, member) = erased().await;
    world.client(LEGAL).await.get_retained(kept(&member)).await.unwrap();
    let request = ListDisclosuresRequest { member_id: member.clone(), with_proofs: true, ..Default::default() };
    let account = world.client_for(ASKER, &member).await.list_disclosures(request).await.unwrap().disclosures;
    let [reading] = account.as_slice() else { panic!("{account:?}") };
    assert_eq!((reading.purpose.as_str(), reading.caller.as_str()), ("provision-records", LEGAL));
    assert!(
        reading.sentence.contains("the marketplace may have received name (full) and login_id (full)"),
        "{reading:?}"
    );
    assert!(!reading.proof.is_empty());
}

#[tokio::test]
async fn what_is_kept_outlives_a_restart_and_not_its_term() {
    let (world, member) = erased().await;
    let world = later(world, 3 * 365).await;
    assert!(world.client(LEGAL).await.get_retained(kept(&member)).await.is_ok());
    // Whether or not housekeeping has come by: here it has not.
    let world = later(world, 2).await;
    assert_eq!(refusal(&world, &member).await, Reason::NothingRetained);
}

#[tokio::test]
async fn housekeeping_destroys_what_is_past_its_term_counts_it_and_leaves_the_rest() {
    let (world, member) = erased().await;
    let world = later(world, 3 * 365).await;
    let recent = world.collect(hanako()).await;
    erase(&world, &recent).await;
    let world = later(world, 2).await;
    let vault = Arc::clone(world.vault());
    let house = tokio::spawn(async move { vault.keep_house().await });
    let telling = async {
        loop {
            let found = entries(&world).await.into_iter().find(|entry| entry.event == "retained-destroyed");
            if let Some(entry) = found {
                return entry;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let destroyed = timeout(Duration::from_secs(30), telling).await.unwrap();
    house.abort();
    drop(house.await);
    assert_eq!((destroyed.caller.as_str(), destroyed.count), ("vault", 1));
    assert_eq!(refusal(&world, &member).await, Reason::NothingRetained);
    assert!(world.client(LEGAL).await.get_retained(kept(&recent)).await.is_ok());
    // The id stays taken.
    let again = CollectMemberRequest { member_id: Some(member), values: hanako(), ..Default::default() };
    assert_eq!(reason(world.client(SHOP).await.collect_member(again).await), Reason::AlreadyExists);
}

#[tokio::test]
async fn a_policy_that_keeps_nothing_has_nothing_opened() {
    let (keeps_nothing, _) = MARKETPLACE.split_once("[retained]\n").unwrap();
    let world = World::at(Place::under(keeps_nothing)).await;
    let member = world.collect(hanako()).await;
    erase(&world, &member).await;
    assert_eq!(events_about(&world, &member).await, ["collected", "erased"]);
    assert_eq!(refusal(&world, &member).await, Reason::NothingRetained);
}

#[tokio::test]
async fn an_erasure_that_is_refused_or_done_already_opens_nothing() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let officer = world.client(OFFICER).await;
    let stale = EraseMemberRequest { expected_revision: 7, ..erasure(&member) };
    assert_eq!(reason(officer.erase_member(stale).await), Reason::RevisionStale);
    let nobody = Uuid::now_v7().to_string();
    assert_eq!(reason(officer.erase_member(erasure(&nobody)).await), Reason::MemberNotFound);
    assert!(!entries(&world).await.iter().any(|entry| entry.event == "erasing"));
    let request_id = Uuid::new_v4().to_string();
    let request = EraseMemberRequest { request_id, ..erasure(&member) };
    let first = officer.erase_member(request.clone()).await.unwrap();
    assert_eq!(officer.erase_member(request).await.unwrap(), first);
    assert_eq!(events_about(&world, &member).await, ["collected", "erasing", "erased"]);
}

#[tokio::test]
async fn only_an_officer_may_let_go_of_what_does_not_open() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let request = EraseMemberRequest { even_if_unreadable: true, ..erasure(&member) };
    let own = world.client_for(SHOP, &member).await;
    assert_eq!(reason(own.erase_member(request.clone()).await), Reason::RoleMissing);
    // What opens is kept all the same.
    world.client(OFFICER).await.erase_member(request).await.unwrap();
    assert!(world.client(LEGAL).await.get_retained(kept(&member)).await.is_ok());
}
