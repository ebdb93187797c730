//! The restore drill of `docs/operations.md`: a host is lost, and a vault comes of what was kept elsewhere.

use std::fs;

use fubako::vault::restore::{Erasures, Error};
use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{
    CollectMemberRequest, CorrectMemberRequest, EraseMemberRequest, GetErasureRequest, ListDisclosuresRequest,
    ListEntriesRequest, Recipient, RemoveFieldsRequest, ReviewMemberRequest, RotateKeyRequest, SetHoldRequest,
    SlotName,
};

use crate::off_site::{check, keep, keep_keyring, restore_at, ship};
use crate::support::callers::{ASKER, AUDITOR, LEGAL, OFFICER, OPERATOR, SHOP};
use crate::support::member::{hanako, slot_value, text};
use crate::support::register::{about, party};
use crate::support::world::{World, ask, reason};

const SALE: &str = "transaction-with-seller";

async fn erase(world: &World, member: &str) {
    let erase = EraseMemberRequest { member_id: member.into(), reason: "asked".into(), ..Default::default() };
    world.client(OFFICER).await.erase_member(erase).await.unwrap();
}

#[tokio::test]
async fn a_lost_host_is_restored_and_nobody_comes_back_who_was_erased() {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let (hana, ken, mari) =
        (world.collect(hanako()).await, world.collect(hanako()).await, world.collect(hanako()).await);
    let basis = world.record(about("transaction", &hana, "potter", SALE)).await;
    erase(&world, &mari).await;
    let kept = keep(&world, "nightly").await;

    // After the backup: one member changes, one goes, one comes and goes, one comes.
    let correction = CorrectMemberRequest {
        member_id: hana.clone(),
        values: vec![slot_value("email", 0, Value::Email(text("new@example.jp")))],
        ..Default::default()
    };
    world.client(SHOP).await.correct_member(correction).await.unwrap();
    erase(&world, &ken).await;
    let guest = world.collect(hanako()).await;
    erase(&world, &guest).await;
    let late = world.collect(hanako()).await;
    let shipped = world.place.beside("shipped");
    ship(&world, &shipped).await;
    let old_origin = world.vault().origin();
    let place = world.close().await;

    // The host is lost.
    let restored = restore_at(&place, &kept, Erasures::Shipped(&shipped)).unwrap();
    assert_eq!(restored.contents.end.entries, kept.made.entries);
    assert!(restored.lost.unwrap() >= 5, "{:?}", restored.lost);
    assert!(place.data().join("past").join(&old_origin).join("journal").is_dir());

    let world = World::at(place).await;
    let verdict = check(&world).await;
    assert_eq!(verdict.breaks(), Vec::<String>::new());
    assert_eq!(verdict.store.records, 1);
    let sale = |member: &str| ask(SALE, Recipient::party("potter"), member, &[&basis]);
    assert!(world.disclose(sale(&hana)).await.is_ok());
    for gone in [&ken, &mari, &guest, &late] {
        let asked = ask("maintenance-notice", Recipient::marketplace(), gone, &[]);
        assert_eq!(world.refusal(asked).await, Reason::MemberNotFound, "{gone}");
    }
    // The ids of the erased stay taken, and that of who came after the backup is free: nobody knows of it any more.
    for (id, free) in [(&ken, false), (&mari, false), (&guest, false), (&late, true)] {
        let again = CollectMemberRequest { member_id: Some(id.clone()), values: hanako(), ..Default::default() };
        assert_eq!(world.client(SHOP).await.collect_member(again).await.is_ok(), free, "{id}");
    }

    // The new ledger begins with what it goes on from.
    let oldest = ListEntriesRequest { order: 2, ..Default::default() };
    let entries = world.client(AUDITOR).await.list_entries(oldest).await.unwrap().entries;
    let first = &entries[0];
    assert_eq!((first.event.as_str(), first.index), ("restored", 0));
    assert!(first.subject.starts_with(&old_origin), "{}", first.subject);
    assert!(first.reason.contains(&format!("entries {} to ", kept.made.entries)), "{}", first.reason);
    assert!(entries.iter().any(|entry| entry.event == "erasures-replayed" && entry.count >= 2));
    assert_ne!(world.vault().origin(), old_origin);
    // What was released before is told by the old ledger alone, and the account says so.
    let account = ListDisclosuresRequest { member_id: hana.clone(), ..Default::default() };
    let account = world.client(AUDITOR).await.list_disclosures(account).await.unwrap();
    assert_eq!(account.gaps.unwrap().previous_origin, old_origin);
    drop(world.close().await);
}

#[tokio::test]
async fn a_hold_that_is_restored_brings_nobody_back_whom_lifting_it_let_be_erased() {
    let world = World::new().await;
    let (hana, ken) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let hold = async |member: &str, held| {
        let reason = "case 2026-77".to_owned();
        let request = SetHoldRequest { member_id: member.into(), held, reason, ..Default::default() };
        world.client(LEGAL).await.set_hold(request).await.unwrap();
    };
    hold(&hana, true).await;
    hold(&ken, true).await;
    let kept = keep(&world, "nightly").await;
    hold(&hana, false).await;
    erase(&world, &hana).await;
    let shipped = world.place.beside("shipped");
    ship(&world, &shipped).await;
    let place = world.close().await;
    restore_at(&place, &kept, Erasures::Shipped(&shipped)).unwrap();

    let world = World::at(place).await;
    assert_eq!(check(&world).await.breaks(), Vec::<String>::new());
    let asked = ask("maintenance-notice", Recipient::marketplace(), &hana, &[]);
    assert_eq!(world.refusal(asked).await, Reason::MemberNotFound);
    // Whoever is held still stays so.
    let erase = EraseMemberRequest { member_id: ken, reason: "asked".into(), ..Default::default() };
    assert_eq!(reason(world.client(OFFICER).await.erase_member(erase).await), Reason::LegalHold);
    drop(world.close().await);
}

#[tokio::test]
async fn without_what_was_shipped_a_restore_refuses_unless_it_is_told_to_let_the_erased_come_back() {
    let world = World::new().await;
    let hana = world.collect(hanako()).await;
    let (early, nowhere) = (world.place.beside("early"), world.place.beside("nowhere"));
    ship(&world, &early).await;
    fs::create_dir(&nowhere).unwrap();
    let kept = keep(&world, "nightly").await;
    erase(&world, &hana).await;
    let place = world.close().await;
    for folder in [&early, &nowhere] {
        let refused = restore_at(&place, &kept, Erasures::Shipped(folder));
        assert!(matches!(refused, Err(Error::ShippedBehind { .. })), "{refused:?}");
        assert!(!place.data().exists());
    }
    let restored = restore_at(&place, &kept, Erasures::Accepted).unwrap();
    assert_eq!((restored.erased, restored.lost), (0, None));
    let world = World::at(place).await;
    let asked = ask("maintenance-notice", Recipient::marketplace(), &hana, &[]);
    assert!(world.disclose(asked).await.is_ok());
    let oldest = ListEntriesRequest { order: 2, ..Default::default() };
    let entries = world.client(AUDITOR).await.list_entries(oldest).await.unwrap().entries;
    assert!(entries[0].reason.ends_with("which was accepted"), "{}", entries[0].reason);
    drop(world.close().await);
}

#[tokio::test]
async fn shipped_lines_that_were_changed_left_out_or_exchanged_are_refused() {
    let world = World::new().await;
    let mut members = Vec::new();
    let (kept, shipped) = (keep(&world, "nightly").await, world.place.beside("shipped"));
    for _ in 0..3 {
        members.push(world.collect(hanako()).await);
        erase(&world, members.last().unwrap()).await;
        ship(&world, &shipped).await;
    }
    let place = world.close().await;
    let file = fs::read_dir(&shipped).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() >= 3);
    let swapped = [lines[1], lines[0]].into_iter().chain(lines[2..].iter().copied()).collect::<Vec<_>>();
    let flipped = lines[0].replacen('A', "B", 1);
    for damaged in [lines[1..].join("\n"), swapped.join("\n"), [flipped.as_str(), &lines[1..].join("\n")].join("\n")] {
        fs::write(&file, damaged + "\n").unwrap();
        let refused = restore_at(&place, &kept, Erasures::Shipped(&shipped));
        assert!(matches!(refused, Err(Error::Shipped(_))), "{refused:?}");
    }
    fs::write(&file, text).unwrap();
    restore_at(&place, &kept, Erasures::Shipped(&shipped)).unwrap();
}

#[tokio::test]
async fn a_restore_wants_the_newest_keyring_and_an_empty_folder() {
    let world = World::new().await;
    world.collect(hanako()).await;
    let old = keep_keyring(&world, "old").await;
    let rotate = RotateKeyRequest { key: "contact".into(), ..Default::default() };
    world.client(OPERATOR).await.rotate_key(rotate).await.unwrap();
    world.vault().advance_rotation().await.unwrap();
    assert_eq!(check(&world).await.breaks(), Vec::<String>::new());
    let mut kept = keep(&world, "nightly").await;
    let place = world.close().await;
    let newest = std::mem::replace(&mut kept.keyring, old);
    let refused = restore_at(&place, &kept, Erasures::Accepted);
    assert!(matches!(refused, Err(Error::Backup(_) | Error::OldKeyring { .. })), "{refused:?}");
    kept.keyring = newest;
    restore_at(&place, &kept, Erasures::Accepted).unwrap();
    let world = World::at(place).await;
    assert_eq!(check(&world).await.breaks(), Vec::<String>::new());
    world.collect(hanako()).await;
    drop(world.close().await);
}

#[tokio::test]
async fn a_restore_of_a_restored_vault_keeps_the_ledgers_of_both_before_it() {
    let world = World::new().await;
    world.collect(hanako()).await;
    let (first, kept) = (world.vault().origin(), keep(&world, "first").await);
    let place = world.close().await;
    restore_at(&place, &kept, Erasures::Accepted).unwrap();
    let world = World::at(place).await;
    let hana = world.collect(hanako()).await;
    let (second, kept) = (world.vault().origin(), keep(&world, "second").await);
    let shipped = world.place.beside("shipped");
    erase(&world, &hana).await;
    ship(&world, &shipped).await;
    let place = world.close().await;
    restore_at(&place, &kept, Erasures::Shipped(&shipped)).unwrap();
    for origin in [first, second] {
        assert!(place.data().join("past").join(&origin).join("tree/checkpoint").is_file(), "{origin}");
    }
    // Cut short here: whatever opens it next does what is left to do.
    let world = World::at(place).await;
    let verdict = check(&world).await;
    assert_eq!(verdict.breaks(), Vec::<String>::new());
    assert_eq!(verdict.store.records, 1);
    let asked = ask("maintenance-notice", Recipient::marketplace(), &hana, &[]);
    assert_eq!(world.refusal(asked).await, Reason::MemberNotFound);
    drop(world.close().await);
}

#[tokio::test]
async fn values_removed_since_the_backup_do_not_come_back_and_others_are_left_alone() {
    let world = World::new().await;
    let (hana, ken, mari) =
        (world.collect(hanako()).await, world.collect(hanako()).await, world.collect(hanako()).await);
    let remove = async |member: &str, field: &str| {
        let slots = vec![SlotName { field: field.into(), slot: 0 }];
        let request = RemoveFieldsRequest { member_id: member.into(), slots, ..Default::default() };
        world.client(SHOP).await.remove_fields(request).await.unwrap();
    };
    let set = async |member: &str, email: &str| {
        let values = vec![slot_value("email", 0, Value::Email(text(email)))];
        let request = CorrectMemberRequest { member_id: member.into(), values, ..Default::default() };
        world.client(SHOP).await.correct_member(request).await.unwrap();
    };
    let hold = async |member: &str, held| {
        let reason = "case 2026-77".to_owned();
        let request = SetHoldRequest { member_id: member.into(), held, reason, ..Default::default() };
        world.client(LEGAL).await.set_hold(request).await.unwrap();
    };
    // Before the backup: removed and collected anew, and held.
    remove(&ken, "email").await;
    set(&ken, "ken@example.jp").await;
    hold(&mari, true).await;
    let kept = keep(&world, "nightly").await;
    // After it: removed; removed and collected anew, which is lost; removed once the hold was lifted; and erased after all.
    remove(&hana, "email").await;
    set(&hana, "new@example.jp").await;
    remove(&hana, "phone").await;
    hold(&mari, false).await;
    remove(&mari, "phone").await;
    let shipped = world.place.beside("shipped");
    ship(&world, &shipped).await;
    let place = world.close().await;
    let restored = restore_at(&place, &kept, Erasures::Shipped(&shipped)).unwrap();
    assert_eq!((restored.erased, restored.removed), (0, 2));

    let world = World::at(place).await;
    let verdict = check(&world).await;
    assert_eq!((verdict.breaks(), verdict.store.records), (Vec::<String>::new(), 3));
    let fields = async |member: &str| {
        let review = ReviewMemberRequest { member_id: member.into(), ..Default::default() };
        let view = world.client_for(ASKER, member).await.review_member(review).await.unwrap().view.unwrap();
        view.fields
            .into_iter()
            .map(|field| field.field)
            .filter(|name| ["email", "phone"].contains(&name.as_str()))
            .collect::<Vec<_>>()
    };
    assert_eq!(fields(&hana).await, Vec::<String>::new());
    assert_eq!(fields(&ken).await, ["email", "phone"]);
    assert_eq!(fields(&mari).await, ["email"]);
    // The level of what was removed can be told, as of what was removed before.
    let standing = GetErasureRequest { member_id: hana, slot: Some(SlotName { field: "email".into(), slot: 0 }) };
    assert!(world.client(AUDITOR).await.get_erasure(standing).await.is_ok());
    let oldest = ListEntriesRequest { order: 2, ..Default::default() };
    let entries = world.client(AUDITOR).await.list_entries(oldest).await.unwrap().entries;
    let replayed = entries.iter().find(|entry| entry.event == "erasures-replayed").unwrap();
    assert_eq!((replayed.subject.as_str(), replayed.count), ("values", 2));
    drop(world.close().await);
}
