//! Segments follow each other by number, month and hash.

use super::{Desk, NOTHING, VAULT, draft, groups, november};

use std::fs;
use std::path::Path;

use fubako_keys::Month;

use crate::ledger::journal::{Expectations, Journal, JournalError, Kept};
use crate::model::ids::VaultId;

/// Three segments of one group each: November, December, January.
fn three_segments() -> Desk {
    let (desk, mut journal) = Desk::create();
    for (group, month) in [(1, 202_611), (2, 202_612), (3, 202_701)] {
        journal.roll_if_needed(Month::new(month).unwrap()).unwrap();
        journal.append(&draft(group)).unwrap();
    }
    desk
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

#[test]
fn a_new_month_begins_a_new_segment_and_the_chain_goes_on() {
    let desk = three_segments();
    let files = desk.files();
    let names: Vec<&str> = files.iter().map(|path| name(path)).collect();
    assert_eq!(names, ["202611-00000001.journal", "202612-00000002.journal", "202701-00000003.journal"]);
    let (journal, recovery) = desk.open(NOTHING).unwrap();
    assert_eq!((recovery.last_group, recovery.next_index), (3, 9));
    assert_eq!((journal.next().segment, journal.next().month.number()), (3, 202_701));
    let places: Vec<_> = journal.reader().forward(0).map(|frame| *frame.unwrap().place()).collect();
    assert_eq!(places.iter().map(|place| place.segment).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(places.iter().map(|place| place.first_index).collect::<Vec<_>>(), [0, 3, 6]);
}

#[test]
fn a_clock_that_steps_back_begins_no_segment_and_reorders_nothing() {
    let (_desk, mut journal) = Desk::create();
    journal.append(&draft(1)).unwrap();
    journal.roll_if_needed(Month::new(202_610).unwrap()).unwrap();
    let mut earlier = draft(2);
    earlier.time = jiff::Timestamp::UNIX_EPOCH;
    journal.append(&earlier).unwrap();
    assert_eq!((journal.next().segment, journal.next().month), (1, november()));
    assert_eq!(groups(&journal.reader()), [1, 2]);
}

#[test]
fn an_empty_last_segment_is_continued() {
    let (desk, mut journal) = Desk::create();
    journal.append(&draft(1)).unwrap();
    journal.roll_if_needed(Month::new(202_612).unwrap()).unwrap();
    drop(journal);
    let (mut journal, recovery) = desk.open(NOTHING).unwrap();
    assert_eq!(recovery.last_group, 1);
    journal.append(&draft(2)).unwrap();
    assert_eq!(groups(&journal.reader()), [1, 2]);
}

#[test]
fn a_missing_segment_is_missed() {
    for missing in [0, 1] {
        let desk = three_segments();
        fs::remove_file(&desk.files()[missing]).unwrap();
        assert!(matches!(desk.open(NOTHING), Err(JournalError::SegmentOutOfPlace { .. })), "{missing}");
    }
    let desk = three_segments();
    fs::remove_file(&desk.files()[2]).unwrap();
    let refused = desk.open(Expectations { applied_group: 3, checkpoint: 0 });
    assert!(matches!(refused, Err(JournalError::Behind { last_group: 2, .. })), "{refused:?}");
}

#[test]
fn a_renamed_or_swapped_segment_is_refused() {
    let desk = three_segments();
    let renamed = desk.path().join("202611-00000002.journal");
    fs::rename(&desk.files()[1], &renamed).unwrap();
    assert!(matches!(desk.open(NOTHING), Err(JournalError::SegmentOutOfPlace { file }) if file == renamed));

    let desk = three_segments();
    let [first, second, _] = desk.files().try_into().unwrap();
    let (ours, theirs) = (fs::read(&first).unwrap(), fs::read(&second).unwrap());
    fs::write(&first, theirs).unwrap();
    fs::write(&second, ours).unwrap();
    assert!(matches!(desk.open(NOTHING), Err(JournalError::SegmentOutOfPlace { file }) if file == first));
}

#[test]
fn a_torn_frame_before_the_last_segment_is_never_cut() {
    let desk = three_segments();
    let first = &desk.files()[0];
    let mut bytes = fs::read(first).unwrap();
    bytes.truncate(bytes.len() - 1);
    fs::write(first, &bytes).unwrap();
    let refused = desk.open(NOTHING);
    assert!(matches!(refused, Err(JournalError::Damaged { kept: Kept::Followed, .. })), "{refused:?}");
    assert_eq!(fs::read(first).unwrap(), bytes);
}

#[test]
fn a_frame_missing_at_the_end_of_a_segment_is_missed() {
    let desk = three_segments();
    let first = &desk.files()[0];
    fs::write(first, &fs::read(first).unwrap()[..126]).unwrap();
    let refused = desk.open(NOTHING);
    assert!(matches!(refused, Err(JournalError::SegmentOutOfPlace { .. })), "{refused:?}");
}

#[test]
fn the_journal_of_another_vault_is_refused_by_name() {
    let desk = three_segments();
    let refused = Journal::open(&desk.path(), VaultId([8; 16]), NOTHING);
    assert!(matches!(refused, Err(JournalError::OtherVault { found: VAULT, .. })), "{refused:?}");
}
