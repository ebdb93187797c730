//! What is kept at a start is an unbroken chain of complete runs; the rest is made again.

use super::{Desk, ID, bounds, caller, found};

use std::fs;

use ring::rand::SystemRandom;

use crate::ledger::index::{Index, IndexError, OutOfPlace};
use crate::ledger::journal::{JournalId, SegmentPlace};
use crate::model::ids::VaultId;

#[test]
fn entries_come_in_order_and_without_gaps() {
    let desk = Desk::of_two_months(5);
    let mut index = desk.open(10);
    desk.feed(&mut index, 3).unwrap();
    for wrong in [2, 4, u64::MAX] {
        let refused = index.add(&desk.entries[4].indexed(wrong), &desk.keyring, &SystemRandom::new());
        let expected = OutOfPlace { expected: 3, found: wrong };
        assert!(matches!(refused, Err(IndexError::OutOfPlace(refused)) if refused == expected));
    }
    desk.feed(&mut index, 10).unwrap();
    assert_eq!(found(&index.reader(), &[caller("name-1")], &desk.keyring), [1, 3, 5, 7, 9]);
}

#[test]
fn the_first_entry_is_that_of_the_journal() {
    let desk = Desk::of_two_months(5);
    assert_eq!(desk.open(10).next_index(), 0);
    let segments: Vec<SegmentPlace> = desk.segments().split_off(1);
    assert_eq!(Index::open(&desk.path(), ID, &segments, &desk.keyring).unwrap().next_index(), 5);
    assert_eq!(Index::open(&desk.path(), ID, &[], &desk.keyring).unwrap().next_index(), 0);
}

#[test]
fn a_run_that_cannot_be_written_changes_nothing_and_is_written_later() {
    let desk = Desk::of_two_months(5);
    let mut index = desk.open(4);
    desk.feed(&mut index, 4).unwrap();
    fs::remove_dir_all(desk.path()).unwrap();
    for _ in 0..2 {
        assert!(matches!(desk.feed(&mut index, 10), Err(IndexError::Io { .. })));
        assert_eq!((index.next_index(), bounds(&index.reader())), (4, vec![(0, 4)]));
    }
    fs::create_dir(desk.path()).unwrap();
    desk.feed(&mut index, 10).unwrap();
    assert_eq!(bounds(&index.reader()), [(0, 4), (4, 5), (5, 9), (9, 10)]);
    assert_eq!(found(&index.reader(), &[caller("name-1")], &desk.keyring), [1, 3, 5, 7, 9]);
}

#[test]
fn what_lies_behind_a_missing_file_is_made_again() {
    for part in ["long", "month"] {
        let desk = Desk::of_two_months(20);
        desk.indexed(5);
        let all = desk.names();
        fs::remove_file(desk.file(10, part)).unwrap();
        assert_eq!(desk.open(5).next_index(), 10);
        assert_eq!(desk.names(), all[..4]);
        let reader = desk.indexed(5);
        assert_eq!(desk.names(), all);
        assert_eq!(found(&reader, &[caller("name-1")], &desk.keyring), desk.scanned(&[caller("name-1")], 40));
    }
}

#[test]
fn a_damaged_header_or_length_is_a_gap() {
    let desk = Desk::of_two_months(20);
    desk.indexed(5);
    let whole = fs::read(desk.file(10, "month")).unwrap();
    let mut flipped = whole.clone();
    flipped[60] ^= 1;
    let (cut, longer) = (whole[..whole.len() - 1].to_vec(), [whole.as_slice(), &[0]].concat());
    for damaged in [flipped, cut, longer, whole[..100].to_vec(), Vec::new()] {
        desk.indexed(5);
        fs::write(desk.file(10, "month"), damaged).unwrap();
        assert_eq!(desk.open(5).next_index(), 10);
    }
}

#[test]
fn unfinished_files_are_removed_and_what_is_no_run_is_left() {
    let desk = Desk::of_two_months(5);
    desk.indexed(5);
    let mut expected = desk.names();
    for name in [".fubako-8fQ2", "00000000000000000003-long.run", "notes.txt"] {
        fs::write(desk.path().join(name), "").unwrap();
    }
    desk.open(5);
    expected.push("notes.txt".to_owned());
    assert_eq!(desk.names(), expected);
}

#[test]
fn the_runs_of_another_vault_or_origin_are_not_kept() {
    for other in [JournalId { vault: VaultId([9; 16]), ..ID }, JournalId { origin: [9; 16], ..ID }] {
        let desk = Desk::of_two_months(10);
        desk.indexed(5);
        assert!(!desk.names().is_empty());
        let index = Index::open(&desk.path(), other, &desk.segments(), &desk.keyring).unwrap();
        assert_eq!((index.next_index(), desk.names().len()), (0, 0));
    }
}

#[test]
fn a_run_that_its_segment_does_not_hold_is_not_kept() {
    let desk = Desk::of_two_months(10);
    let segments = desk.segments();
    let [november, _] = segments.as_slice() else { unreachable!() };
    let shorter = SegmentPlace { next_index: 4, ..*november };
    let renumbered = SegmentPlace { number: 7, ..*november };
    let of_december = SegmentPlace { month: super::december(), ..*november };
    for other in [shorter, renumbered, of_december] {
        desk.indexed(5);
        let index = Index::open(&desk.path(), ID, &[other], &desk.keyring).unwrap();
        assert_eq!((index.next_index(), desk.names().len()), (0, 0), "{other:?}");
    }
}

#[test]
fn a_run_under_the_name_of_another_is_not_kept() {
    let desk = Desk::of_two_months(20);
    desk.indexed(5);
    fs::copy(desk.file(5, "long"), desk.file(10, "long")).unwrap();
    fs::copy(desk.file(5, "month"), desk.file(10, "month")).unwrap();
    assert_eq!(desk.open(5).next_index(), 10);
    desk.indexed(5);
    fs::copy(desk.file(5, "long"), desk.file(5, "month")).unwrap();
    assert_eq!(desk.open(5).next_index(), 5);
    desk.indexed(5);
    let month_of_five = fs::read(desk.file(0, "month")).unwrap();
    fs::remove_dir_all(desk.path()).unwrap();
    desk.indexed(4);
    fs::write(desk.file(0, "month"), month_of_five).unwrap();
    assert_eq!(desk.open(4).next_index(), 0);
}

#[test]
fn a_run_forged_to_have_no_entries_or_more_than_its_segment_is_not_kept() {
    for end in [0, 21] {
        let desk = Desk::of_one_run(20);
        desk.forge_ends(end);
        assert_eq!((desk.open(1000).next_index(), desk.names().len()), (0, 0));
    }
}
