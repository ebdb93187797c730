//! Destroying a month's key hides its part of the index, and nothing else.

use super::{Desk, bounds, caller, december, found, november, without_november};

use std::fs;

use crate::ledger::index::Term;
use crate::ledger::lifetime::Lifetime;

/// What a scan finds once November is forgotten.
fn left(desk: &Desk, terms: &[Term], to: u64) -> Vec<u64> {
    let is_left = |index: &u64| {
        let entry = &desk.entries[usize::try_from(*index).unwrap()];
        entry.lifetime == Lifetime::Long || entry.month != november()
    };
    desk.scanned(terms, to).into_iter().filter(is_left).collect()
}

#[test]
fn a_forgotten_month_hides_its_postings_and_keeps_the_long_lived_ones() {
    let mut desk = Desk::of_two_months(30);
    let mut index = desk.open(10);
    desk.feed(&mut index, 60).unwrap();
    let terms = [caller("name-1")];
    let reader = index.reader();
    assert_eq!(found(&reader, &terms, &desk.keyring), desk.scanned(&terms, 60));
    desk.keyring = without_november(&desk.keyring);
    // By the key alone, even where the directory was opened before; then by dropping what was opened, and the files.
    let left = left(&desk, &terms, 60);
    assert_ne!(left, desk.scanned(&terms, 60));
    assert_eq!(found(&reader, &terms, &desk.keyring), left);
    let spans = reader.spans();
    for _ in 0..2 {
        reader.forget(november()).unwrap();
        assert_eq!(found(&reader, &terms, &desk.keyring), left);
    }
    let in_old_spans = spans.iter().flat_map(|span| span.find(&terms, &desk.keyring).unwrap());
    assert_eq!(in_old_spans.collect::<Vec<_>>(), left);
    assert!((0..30).step_by(10).all(|first| !desk.file(first, "month").exists()));
    for span in reader.spans() {
        desk.check(&span).unwrap();
    }
    drop(index);
    assert_eq!(found(&desk.indexed(10), &terms, &desk.keyring), left);
}

#[test]
fn the_tail_of_a_forgotten_month_is_forgotten_too() {
    let mut desk = Desk::of_two_months(30);
    let mut index = desk.open(100);
    desk.feed(&mut index, 20).unwrap();
    let terms = [caller("name-1")];
    let before = desk.keyring.transition(fubako_keys::KeyName::Register, 1, fubako_keys::KeyState::Deactivated);
    desk.keyring = without_november(&desk.keyring);
    let left = left(&desk, &terms, 20);
    assert_eq!(found(&index.reader(), &terms, &desk.keyring), left);
    index.reader().forget(december()).unwrap();
    assert_eq!(found(&index.reader(), &terms, &before.unwrap()), desk.scanned(&terms, 20));
    index.reader().forget(november()).unwrap();
    assert_eq!(found(&index.reader(), &terms, &desk.keyring), left);
    // Sealed afterwards, it has no file of the month.
    desk.feed(&mut index, 60).unwrap();
    assert!(desk.file(0, "long").exists() && !desk.file(0, "month").exists());
    assert_eq!(bounds(&index.reader()), [(0, 30), (30, 60)]);
}

#[test]
fn at_a_start_the_files_of_a_forgotten_month_are_removed_and_its_runs_stay() {
    let mut desk = Desk::of_two_months(30);
    desk.indexed(10);
    desk.keyring = without_november(&desk.keyring);
    let bytes = fs::read(desk.file(10, "month")).unwrap();
    for _ in 0..2 {
        fs::write(desk.file(10, "month"), &bytes).unwrap();
        let reader = desk.indexed(10);
        assert_eq!(bounds(&reader), [(0, 10), (10, 20), (20, 30), (30, 40), (40, 50), (50, 60)]);
        assert!((0..30).step_by(10).all(|first| !desk.file(first, "month").exists()));
        assert_eq!(found(&reader, &[caller("name-1")], &desk.keyring), left(&desk, &[caller("name-1")], 60));
    }
}

#[test]
fn no_term_is_readable_in_a_file() {
    let desk = Desk::of_one_run(200);
    for file in desk.files() {
        let bytes = fs::read(file).unwrap();
        assert!(!bytes.windows(5).any(|window| window == b"name-"));
        assert!(!(1..5).any(|member| bytes.windows(16).any(|window| window == [member; 16])));
    }
}
