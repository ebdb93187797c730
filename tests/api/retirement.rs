//! Are details past retention gone for good, those within it kept, and every proof still good?

use fubako::ledger::merkle::included_root;
use fubako_proto::Reason;
use fubako_proto::v1::prove_entry_request::Entry;
use fubako_proto::v1::{
    EntryFilter, GetInclusionProofRequest, ListDisclosuresRequest, ListEntriesRequest, ProveEntryRequest, Recipient,
    RetireMonthsRequest, VerifyLedgerRequest,
};
use jiff::SignedDuration;

use crate::support::callers::{AUDITOR, OFFICER};
use crate::support::member::hanako;
use crate::support::place::copy_folder;
use crate::support::world::{World, ask, reason};

const NOTICE: &str = "transaction-notice";

fn retire(through: &str, reason: &str) -> RetireMonthsRequest {
    RetireMonthsRequest { through_month: through.into(), override_reason: reason.into(), ..Default::default() }
}

/// A vault with a release in November 2026, served again some months later.
async fn aged(days: i64) -> (World, String, u64) {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let release = world.disclose(ask(NOTICE, Recipient::marketplace(), &member, &[])).await.unwrap();
    let place = world.close().await;
    place.clock.advance(SignedDuration::from_hours(24 * days));
    (World::at(place).await, member, release.receipt.unwrap().index)
}

async fn about(world: &World, member: &str) -> Vec<String> {
    let filter = Some(EntryFilter { member_id: member.into(), ..Default::default() });
    let request = ListEntriesRequest { page_size: 1000, filter, ..Default::default() };
    let entries = world.client(AUDITOR).await.list_entries(request).await.unwrap().entries;
    entries.into_iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn a_month_past_retention_is_forgotten_and_its_proofs_stay_good() {
    let (world, member, index) = aged(3 * 366 + 62).await;
    assert_eq!(about(&world, &member).await, ["released", "collected"]);
    let (officer, auditor) = (world.client(OFFICER).await, world.client(AUDITOR).await);
    let retired = officer.retire_months(retire("2026-11", "")).await.unwrap();
    assert!(retired.months.contains(&"2026-11".to_owned()), "{retired:?}");
    assert_eq!(about(&world, &member).await, Vec::<String>::new());
    let forgotten = ProveEntryRequest { entry: Some(Entry::Index(index)) };
    assert_eq!(reason(auditor.prove_entry(forgotten).await), Reason::EntryForgotten);
    let proof = auditor.get_inclusion_proof(GetInclusionProofRequest { index, tree_size: 0 }).await.unwrap();
    let hashes: Vec<[u8; 32]> = proof.hashes.iter().map(|hash| hash.as_slice().try_into().unwrap()).collect();
    let root = included_root(&proof.leaf_hash.try_into().unwrap(), index, proof.tree_size, &hashes).unwrap();
    assert_eq!(root.to_vec(), proof.checkpoint.unwrap().root);
    verifies_with_forgotten(&world).await;
    // And so it stays after a restart.
    let world = World::at(world.close().await).await;
    assert_eq!(about(&world, &member).await, Vec::<String>::new());
    verifies_with_forgotten(&world).await;
    // An account without a release says why that proves nothing.
    let account = ListDisclosuresRequest { member_id: member, ..Default::default() };
    let account = world.client(AUDITOR).await.list_disclosures(account).await.unwrap();
    assert!(account.disclosures.is_empty() && account.gaps.unwrap().forgotten_entries > 0);
}

async fn verifies_with_forgotten(world: &World) {
    let mut answers = world.client(AUDITOR).await.verify_ledger(VerifyLedgerRequest {}).await.unwrap();
    let mut verdict = None;
    while let Some(answer) = answers.next().await.unwrap() {
        verdict = answer.verdict.or(verdict);
    }
    let verdict = verdict.unwrap();
    assert!(verdict.ok && verdict.forgotten > 0, "{verdict:?}");
}

#[tokio::test]
async fn a_month_within_retention_needs_a_reason_that_is_written_down() {
    let (world, member, _) = aged(62).await;
    let officer = world.client(OFFICER).await;
    assert_eq!(reason(officer.retire_months(retire("2026-11", "")).await), Reason::RetentionNotOver);
    assert_eq!(about(&world, &member).await, ["released", "collected"]);
    let retired = officer.retire_months(retire("2026-11", "data of a trial")).await.unwrap();
    assert_eq!(retired.months, ["2026-11"]);
    assert_eq!(about(&world, &member).await, Vec::<String>::new());
    let request = ListEntriesRequest { page_size: 1000, ..Default::default() };
    let entries = world.client(AUDITOR).await.list_entries(request).await.unwrap().entries;
    for event in ["month-retiring", "month-retired"] {
        let entry = entries.iter().find(|entry| entry.event == event).unwrap();
        assert_eq!((entry.subject.as_str(), entry.reason.as_str()), ("202611", "data of a trial"));
    }
}

#[tokio::test]
async fn the_month_that_runs_a_month_that_is_none_and_other_callers_are_refused() {
    let (world, _, _) = aged(62).await;
    let officer = world.client(OFFICER).await;
    for wrong in ["2027-01", "2999-01", "2026-13", "202611", "", "11-2026"] {
        assert_eq!(reason(officer.retire_months(retire(wrong, "why")).await), Reason::ValueInvalid, "{wrong}");
    }
    let auditor = world.client(AUDITOR).await;
    assert_eq!(reason(auditor.retire_months(retire("2026-11", "why")).await), Reason::RoleMissing);
}

#[tokio::test]
async fn a_retry_is_answered_as_before() {
    let (world, _, _) = aged(62).await;
    let officer = world.client(OFFICER).await;
    let request_id = "7d444840-9dc0-4ad1-9245-5ffdce74fad2".to_owned();
    let request = RetireMonthsRequest { request_id, ..retire("2026-11", "why") };
    let first = officer.retire_months(request.clone()).await.unwrap();
    assert_eq!(officer.retire_months(request).await.unwrap(), first);
    assert!(officer.retire_months(retire("2026-11", "why")).await.unwrap().months.is_empty());
}

#[tokio::test]
async fn a_retirement_cut_short_after_the_keyring_is_told_of_at_the_next_start() {
    let (world, member, _) = aged(62).await;
    let place = world.close().await;
    let (data, before) = (place.data(), place.beside("before"));
    copy_folder(&data, &before);
    let world = World::at(place).await;
    world.client(OFFICER).await.retire_months(retire("2026-11", "data of a trial")).await.unwrap();
    let place = world.close().await;
    // As if the process had died right behind the keyring: the new keyring beside everything that was there before it.
    let keyring = std::fs::read(data.join("keyring")).unwrap();
    std::fs::remove_dir_all(&data).unwrap();
    copy_folder(&before, &data);
    std::fs::write(data.join("keyring"), keyring).unwrap();
    let world = World::at(place).await;
    let told = async |world: &World| {
        let request = ListEntriesRequest { page_size: 1000, ..Default::default() };
        let entries = world.client(AUDITOR).await.list_entries(request).await.unwrap().entries;
        let retired = entries.into_iter().filter(|entry| entry.event == "month-retired");
        retired.map(|entry| (entry.caller, entry.subject, entry.reason)).collect::<Vec<_>>()
    };
    let said = ["vault", "202611", "completed-at-start"].map(str::to_owned);
    let [caller, subject, why] = said;
    let once = vec![(caller, subject, why)];
    assert_eq!(told(&world).await, once);
    assert_eq!(about(&world, &member).await, Vec::<String>::new());
    // Once, and not again at the start after.
    let world = World::at(world.close().await).await;
    assert_eq!(told(&world).await, once);
}
