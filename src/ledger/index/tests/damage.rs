//! Whatever is done to a file is found when it is checked, and never makes a lookup answer wrongly.

use super::{Desk, caller, member};

use std::fs;
use std::path::Path;

use crate::ledger::index::header::{RunHeader, RunPlace};
use crate::ledger::index::{RunFault, Span, Term};

const ENTRIES: u64 = 40;

/// Every term an entry of the desk may have.
fn terms() -> Vec<Term> {
    let name = |number: u8| format!("name-{number}");
    let members = (1..5).map(|number| Term::Member(member(number)));
    let names = (0..4)
        .flat_map(|number| [Term::Recipient(name(number)), Term::Caller(name(number)), Term::Purpose(name(number))]);
    members.chain(names).collect()
}

/// Whether one of the lookups fails, none of them answering wrongly.
fn fails_but_never_lies(desk: &Desk, span: &Span) -> bool {
    let mut failed = false;
    for term in terms() {
        let term = [term];
        match span.find(&term, &desk.keyring) {
            Ok(found) => assert_eq!(found, desk.scanned(&term, ENTRIES)),
            Err(_) => failed = true,
        }
    }
    failed
}

/// Puts each of the bytes in the place of a file: they are a gap at the next start, or a fault; and found by a check.
fn each_is_noticed(desk: &Desk, file: &Path, damaged: impl Iterator<Item = Vec<u8>>) {
    let whole = desk.files().into_iter().map(|file| (fs::read(&file).unwrap(), file)).collect::<Vec<_>>();
    let before = desk.open(1000).reader().spans();
    assert!(!fails_but_never_lies(desk, &before[0]));
    for bytes in damaged {
        fs::write(file, &bytes).unwrap();
        // Opened before: the directory is known, the header is not read again.
        assert!(desk.check(&before[0]).is_err());
        fails_but_never_lies(desk, &before[0]);
        for span in desk.open(1000).reader().spans() {
            assert!(fails_but_never_lies(desk, &span));
            assert!(desk.check(&span).is_err());
        }
        for (bytes, file) in &whole {
            fs::write(file, bytes).unwrap();
        }
    }
    assert!(desk.check(&desk.open(1000).reader().spans()[0]).is_ok());
}

#[test]
fn every_flipped_byte_is_noticed() {
    let desk = Desk::of_one_run(ENTRIES);
    for file in desk.files() {
        let whole = fs::read(&file).unwrap();
        let flipped = (0..whole.len()).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            bytes
        });
        each_is_noticed(&desk, &file, flipped);
    }
}

#[test]
fn every_truncation_and_every_byte_too_many_is_noticed() {
    let desk = Desk::of_one_run(ENTRIES);
    for file in desk.files() {
        let whole = fs::read(&file).unwrap();
        let cut = (0..whole.len()).map(|length| whole[..length].to_vec());
        each_is_noticed(&desk, &file, cut.chain([[whole.as_slice(), &[0]].concat()]));
    }
}

#[test]
fn a_header_forged_with_its_hash_is_noticed() {
    let desk = Desk::of_one_run(ENTRIES);
    for file in desk.files() {
        let whole = fs::read(&file).unwrap();
        let (front, rest) = whole.split_at(RunHeader::LENGTH);
        let ours = RunHeader::parse(front).unwrap();
        let with_place = |place: RunPlace| RunHeader { place, ..ours.clone() };
        let shorter = with_place(RunPlace { next_index: ENTRIES - 1, ..ours.place });
        let moved = RunHeader {
            directory_length: ours.directory_length + 1,
            blocks_length: ours.blocks_length - 1,
            ..ours.clone()
        };
        let other_segment = with_place(RunPlace { segment: 9, ..ours.place });
        let other_origin = RunHeader { id: super::JournalId { origin: [9; 16], ..ours.id }, ..ours.clone() };
        let forged = [shorter, moved, other_segment, other_origin];
        each_is_noticed(&desk, &file, forged.iter().map(|header| [header.encode().as_slice(), rest].concat()));
    }
}

#[test]
fn a_run_cut_short_with_both_headers_forged_answers_nothing() {
    let desk = Desk::of_one_run(ENTRIES);
    desk.forge_ends(20);
    let spans = desk.open(1000).reader().spans();
    assert_eq!(spans[0].next_index(), 20);
    assert!(matches!(spans[0].find(&[caller("name-1")], &desk.keyring), Err(RunFault::Malformed { .. })));
    assert!(desk.check(&spans[0]).is_err());
}

#[test]
fn blocks_and_directory_of_two_seals_of_one_place_do_not_mix() {
    let desk = Desk::of_one_run(ENTRIES);
    let file = desk.file(0, "month");
    let first = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    desk.indexed(1000);
    let second = fs::read(&file).unwrap();
    assert_eq!(first.len(), second.len());
    let header = RunHeader::parse(&first[..RunHeader::LENGTH]).unwrap();
    let blocks = usize::try_from(header.blocks_offset()).unwrap();
    fs::write(&file, [&second[..blocks], &first[blocks..]].concat()).unwrap();
    let spans = desk.open(1000).reader().spans();
    assert!(matches!(spans[0].find(&[caller("name-1")], &desk.keyring), Err(RunFault::Replaced { .. })));
    assert!(matches!(desk.check(&spans[0]), Err(RunFault::Replaced { .. })));
    // A whole one, sealed from the same entries at another time, is as good.
    fs::write(&file, first).unwrap();
    desk.check(&desk.open(1000).reader().spans()[0]).unwrap();
}

#[test]
fn a_run_that_lists_other_entries_than_the_ledger_is_found_by_a_check() {
    for changed in [3, 7] {
        let mut desk = Desk::of_one_run(ENTRIES);
        desk.entries[changed].member = 4;
        let differs = desk.check(&desk.open(1000).reader().spans()[0]);
        assert!(matches!(differs, Err(RunFault::Differs { .. })), "{differs:?}");
    }
    let desk = Desk::of_one_run(ENTRIES);
    let span = &desk.open(1000).reader().spans()[0];
    let mut one_more = desk.draft(span);
    one_more.add(&desk.entries[5].indexed(ENTRIES)).unwrap();
    assert!(matches!(span.check(&one_more, &desk.keyring), Err(RunFault::Differs { .. })));
}
