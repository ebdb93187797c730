//! Reading from any entry, in both directions, beside the appender.

use super::{Desk, NOTHING, draft, groups};

use std::fs;
use std::thread;

use fubako_keys::Month;

use crate::ledger::journal::{JournalError, PartKind};

/// Segments of several stretches each, and one that is empty.
fn long_journal() -> (Desk, crate::ledger::journal::Journal) {
    let (desk, mut journal) = Desk::create();
    for group in 1..=60 {
        if group % 25 == 0 {
            journal.roll_if_needed(Month::new(202_611 + u32::from(group == 50)).unwrap()).unwrap();
        }
        let mut draft = draft(group);
        draft.parts = vec![(PartKind::Month, vec![7; 10_000])];
        journal.append(&draft).unwrap();
    }
    journal.roll_if_needed(Month::new(202_701).unwrap()).unwrap();
    (desk, journal)
}

#[test]
fn reading_begins_at_the_frame_that_holds_the_entry() {
    let (_desk, journal) = long_journal();
    let reader = journal.reader();
    assert_eq!(reader.next_index(), 180);
    for from in 0..190 {
        let read: Vec<u64> = reader.forward(from).map(|frame| frame.unwrap().group()).collect();
        let expected: Vec<u64> = (from / 3 + 1..=60).collect();
        assert_eq!(read, expected, "from {from}");
    }
}

#[test]
fn reading_backward_is_reading_forward_reversed() {
    let (_desk, journal) = long_journal();
    let reader = journal.reader();
    for before in 0..190 {
        let read: Vec<u64> = reader.backward(before).map(|frame| frame.unwrap().group()).collect();
        let expected: Vec<u64> = (1..=before.div_ceil(3).min(60)).rev().collect();
        assert_eq!(read, expected, "before {before}");
    }
}

#[test]
fn a_reopened_journal_reads_the_same() {
    let (desk, journal) = long_journal();
    drop(journal);
    let (journal, _) = desk.open(NOTHING).unwrap();
    assert_eq!(groups(&journal.reader()), (1..=60).collect::<Vec<_>>());
    assert_eq!(journal.reader().backward(180).count(), 60);
}

#[test]
fn readers_beside_the_appender_see_a_whole_beginning_of_it() {
    let (_desk, mut journal) = Desk::create();
    let reader = journal.reader();
    thread::scope(|scope| {
        let appender = scope.spawn(move || {
            for group in 1..=300 {
                if group == 150 {
                    journal.roll_if_needed(Month::new(202_612).unwrap()).unwrap();
                }
                journal.append(&draft(group)).unwrap();
            }
        });
        let mut seen = 0;
        while seen < 300 {
            let promised = reader.next_index();
            let read: Vec<_> = reader.forward(0).map(Result::unwrap).collect();
            assert!(read.iter().zip(1..).all(|(frame, group)| frame.group() == group));
            assert!(read.last().map_or(0, super::super::Frame::next_index) >= promised);
            assert!(read.len() >= seen);
            seen = read.len();
            assert_eq!(reader.backward(promised).count() as u64, promised / 3);
        }
        appender.join().unwrap();
    });
}

#[test]
fn a_frame_damaged_after_opening_is_an_error_and_the_end() {
    let (desk, journal) = long_journal();
    let file = &desk.files()[0];
    let mut bytes = fs::read(file).unwrap();
    bytes[30_000] ^= 1;
    fs::write(file, bytes).unwrap();
    let mut frames = journal.reader().forward(0);
    let read: Vec<_> = frames.by_ref().take_while(Result::is_ok).collect();
    assert_eq!(read.len(), 2);
    assert!(frames.next().is_none());
    let backward = journal.reader().backward(30).find_map(Result::err);
    assert!(matches!(backward, Some(JournalError::Damaged { .. })), "{backward:?}");
}
