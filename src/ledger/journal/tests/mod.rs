//! What a journal must survive, and what it must refuse.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod damage;
mod reading;
mod segments;

use std::fs;
use std::path::PathBuf;

use fubako_keys::Month;
use jiff::Timestamp;
use tempfile::TempDir;

use crate::ledger::journal::header::Header;
use crate::ledger::journal::{
    Expectations, FrameDraft, Hash, Journal, JournalError, JournalId, JournalReader, PartKind, Recovery,
};
use crate::model::ids::VaultId;

const VAULT: VaultId = VaultId([1; 16]);
const NOTHING: Expectations = Expectations { applied_group: 0, checkpoint: 0 };

fn november() -> Month {
    Month::new(202_611).unwrap()
}

fn draft(group: u64) -> FrameDraft {
    let sealed = vec![u8::try_from(group % 251).unwrap(); 40];
    let parts = match group % 3 {
        0 => vec![(PartKind::Month, sealed.clone()), (PartKind::LongLived, sealed)],
        1 => vec![(PartKind::Month, sealed)],
        _ => vec![(PartKind::LongLived, sealed)],
    };
    let redo = group.is_multiple_of(2).then_some([9; 32]);
    FrameDraft { group, entries: 3, time: Timestamp::new(1_790_000_000, 0).unwrap(), redo, parts }
}

/// A journal folder whose files a test can cut and change.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn create() -> (Self, Journal) {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        let id = JournalId { vault: VAULT, origin: [2; 16] };
        let journal = Journal::create(&desk.path(), id, november()).unwrap();
        (desk, journal)
    }

    /// A closed journal of one segment, trimmed, with the groups 1 to `groups`.
    fn with_groups(groups: u64) -> Self {
        let (desk, mut journal) = Self::create();
        for group in 1..=groups {
            journal.append(&draft(group)).unwrap();
        }
        journal.file.trim().unwrap();
        desk
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn open(&self, expected: Expectations) -> Result<(Journal, Recovery), JournalError> {
        Journal::open(&self.path(), VAULT, expected)
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.files()[0]).unwrap()
    }

    fn write(&self, bytes: &[u8]) {
        fs::write(&self.files()[0], bytes).unwrap();
    }
}

/// The header of a trimmed segment, and each of its frames.
fn cut_up(bytes: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (header, mut rest) = bytes.split_at(Header::LENGTH);
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let length = usize::try_from(u32::from_be_bytes(rest[..4].try_into().unwrap())).unwrap();
        let (frame, after) = rest.split_at(length);
        frames.push(frame.to_vec());
        rest = after;
    }
    (header.to_vec(), frames)
}

fn groups(reader: &JournalReader) -> Vec<u64> {
    reader.forward(0).map(|frame| frame.unwrap().group()).collect()
}

#[test]
fn what_was_appended_is_there_when_it_is_opened_again() {
    let (desk, mut journal) = Desk::create();
    let synced = journal.append(&draft(1)).unwrap();
    assert_eq!((synced.group(), synced.first_index(), synced.entries()), (1, 0, 3));
    assert_eq!(journal.next().first_index, 3);
    let last: Hash = *journal.append(&draft(2)).unwrap().frame_hash();
    drop(journal);
    let (mut journal, recovery) = desk.open(Expectations { applied_group: 1, checkpoint: 6 }).unwrap();
    let above_applied = vec![(2, Some([9; 32]))];
    let last_time = Some(draft(2).time);
    assert_eq!(recovery, Recovery { cut: None, last_group: 2, next_index: 6, last_time, above_applied });
    let frames: Vec<_> = journal.reader().forward(0).map(Result::unwrap).collect();
    assert_eq!(*frames[1].hash(), last);
    for (frame, group) in frames.iter().zip(1..) {
        let draft = draft(group);
        assert_eq!((frame.group(), frame.entries(), frame.time()), (group, draft.entries, draft.time));
        assert_eq!((frame.redo(), frame.parts()), (draft.redo.as_ref(), draft.parts.as_slice()));
        assert_eq!(frame.place().month, november());
    }
    assert_eq!(journal.append(&draft(3)).unwrap().first_index(), 6);
}

#[test]
fn a_group_that_does_not_follow_is_refused_and_changes_nothing() {
    let (_desk, mut journal) = Desk::create();
    journal.append(&draft(5)).unwrap();
    for group in [0, 4, 5] {
        let refused = journal.append(&draft(group));
        assert!(matches!(refused, Err(JournalError::GroupOutOfOrder { last_group: 5, .. })), "{refused:?}");
    }
    journal.append(&draft(7)).unwrap();
    assert_eq!(groups(&journal.reader()), [5, 7]);
}

#[test]
fn a_frame_over_the_limit_is_refused_and_changes_nothing() {
    let (_desk, mut journal) = Desk::create();
    let mut large = draft(1);
    large.parts = vec![(PartKind::Month, vec![1; 4 * 1024 * 1024])];
    assert!(matches!(journal.append(&large), Err(JournalError::TooLarge { .. })));
    journal.append(&draft(1)).unwrap();
}

#[test]
fn a_journal_is_not_created_over_another_nor_opened_where_none_is() {
    let (desk, journal) = Desk::create();
    drop(journal);
    let id = JournalId { vault: VAULT, origin: [3; 16] };
    assert!(matches!(Journal::create(&desk.path(), id, november()), Err(JournalError::Exists { .. })));
    fs::remove_file(&desk.files()[0]).unwrap();
    assert!(matches!(desk.open(NOTHING), Err(JournalError::Missing { .. })));
}
