//! Torn tails are cut, everything else that is wrong is refused, and nobody ever reads a changed frame.

use super::{Desk, NOTHING, VAULT, cut_up, draft, groups, november};

use std::fs;

use crate::ledger::journal::header::Header;
use crate::ledger::journal::{Expectations, FrameFault, Journal, JournalError, JournalId, Kept};

/// What a crash in the middle of the last frame can leave behind of it.
fn torn(bytes: &[u8], at: usize, length: usize) -> [Vec<u8>; 3] {
    let cut = bytes[..at].to_vec();
    let zeros = [&bytes[..at], &vec![0; length + 300 - at]].concat();
    // The last page came to disk before the ones in the middle.
    let mut late = zeros.clone();
    late[length - 1] = !bytes[length - 1];
    [cut, zeros, late]
}

#[test]
fn a_frame_torn_at_any_byte_is_cut_and_the_frames_before_it_stay() {
    let desk = Desk::with_groups(3);
    let whole = desk.bytes();
    let (_, frames) = cut_up(&whole);
    let begin = whole.len() - frames[2].len();
    for at in begin..whole.len() {
        for bytes in torn(&whole, at, whole.len()) {
            desk.write(&bytes);
            let (journal, recovery) = desk.open(Expectations { applied_group: 2, checkpoint: 6 }).unwrap();
            assert_eq!((recovery.last_group, recovery.next_index), (2, 6), "torn at {at}");
            // Where only the leading zeros of the length came to disk, there is nothing to cut.
            let clean = bytes[begin..].iter().all(|byte| *byte == 0);
            assert_eq!(recovery.cut.map(|cut| cut.offset), (!clean).then_some(begin as u64), "torn at {at}");
            assert_eq!(groups(&journal.reader()), [1, 2]);
        }
    }
}

#[test]
fn after_a_cut_the_journal_goes_on() {
    let desk = Desk::with_groups(2);
    let mut bytes = desk.bytes();
    bytes.truncate(bytes.len() - 1);
    desk.write(&bytes);
    let (mut journal, _) = desk.open(NOTHING).unwrap();
    journal.append(&draft(2)).unwrap();
    drop(journal);
    let (journal, recovery) = desk.open(NOTHING).unwrap();
    assert_eq!(recovery.cut, None);
    assert_eq!(groups(&journal.reader()), [1, 2]);
}

#[test]
fn a_torn_frame_that_the_store_or_a_checkpoint_rests_on_is_not_cut() {
    let desk = Desk::with_groups(3);
    let mut bytes = desk.bytes();
    bytes.truncate(bytes.len() - 1);
    desk.write(&bytes);
    for expected in [Expectations { applied_group: 3, checkpoint: 0 }, Expectations { applied_group: 0, checkpoint: 7 }]
    {
        let refused = desk.open(expected);
        assert!(matches!(refused, Err(JournalError::Damaged { kept: Kept::RestedOn, .. })), "{refused:?}");
    }
    assert_eq!(desk.bytes(), bytes);
}

#[test]
fn a_journal_that_ends_before_what_rests_on_it_is_refused() {
    let desk = Desk::with_groups(3);
    let refused = desk.open(Expectations { applied_group: 4, checkpoint: 9 });
    assert!(matches!(refused, Err(JournalError::Behind { last_group: 3, next_index: 9, .. })), "{refused:?}");
}

#[test]
fn a_flipped_byte_is_refused_or_cuts_the_last_frame_and_changes_none() {
    let desk = Desk::with_groups(3);
    let whole = desk.bytes();
    let (header, frames) = cut_up(&whole);
    let last = whole.len() - frames[2].len();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        desk.write(&bytes);
        assert!(desk.open(Expectations { applied_group: 3, checkpoint: 0 }).is_err(), "flipped at {at}");
        match desk.open(NOTHING) {
            Ok((journal, _)) => {
                assert!(at >= last, "flipped at {at}");
                assert_eq!(groups(&journal.reader()), [1, 2]);
            }
            Err(JournalError::Damaged { offset, kept: Kept::Followed, .. }) => {
                let frame = header.len() + if at < header.len() + frames[0].len() { 0 } else { frames[0].len() };
                assert_eq!(offset, frame as u64, "flipped at {at}");
            }
            Err(JournalError::BadHeader { .. }) => assert!(at < header.len(), "flipped at {at}"),
            Err(other) => unreachable!("flipped at {at}: {other}"),
        }
    }
}

#[test]
fn whole_frames_in_the_wrong_place_are_refused() {
    let desk = Desk::with_groups(4);
    let (header, frames) = cut_up(&desk.bytes());
    for order in [&[0, 1, 1][..], &[0, 1, 2, 3, 3], &[0, 2, 1, 3], &[0, 2, 3], &[1, 2, 3], &[0, 1, 0], &[0, 1, 3]] {
        let bytes = [header.clone(), order.iter().flat_map(|frame| frames[*frame].clone()).collect()].concat();
        desk.write(&bytes);
        let refused = desk.open(NOTHING);
        let fault = FrameFault::Chain;
        assert!(
            matches!(refused, Err(JournalError::Damaged { fault: found, kept: Kept::Misplaced, .. }) if found == fault),
            "{order:?}: {refused:?}"
        );
    }
}

#[test]
fn a_hole_of_zeros_before_a_frame_is_refused() {
    let desk = Desk::with_groups(3);
    let (header, frames) = cut_up(&desk.bytes());
    let hole = vec![0; frames[1].len()];
    desk.write(&[&header[..], &frames[0], &hole, &frames[2]].concat());
    let refused = desk.open(NOTHING);
    let expected = FrameFault::Leftover;
    assert!(
        matches!(refused, Err(JournalError::Damaged { fault, kept: Kept::Followed, .. }) if fault == expected),
        "{refused:?}"
    );
}

#[test]
fn frames_of_a_journal_of_another_origin_are_refused() {
    let desk = Desk::with_groups(2);
    let folder = tempfile::tempdir().unwrap();
    let theirs = Journal::create(folder.path(), JournalId { vault: VAULT, origin: [3; 16] }, november());
    let mut theirs = theirs.unwrap();
    theirs.append(&draft(1)).unwrap();
    theirs.file.trim().unwrap();
    let (header, _) = cut_up(&desk.bytes());
    let (_, frames) = cut_up(&fs::read(&theirs.active.path).unwrap());
    desk.write(&[header, frames.concat()].concat());
    let refused = desk.open(NOTHING);
    assert!(matches!(refused, Err(JournalError::Damaged { kept: Kept::Misplaced, .. })), "{refused:?}");
}

#[test]
fn a_header_changed_with_a_hash_that_fits_breaks_the_chain() {
    let desk = Desk::with_groups(2);
    let (header, frames) = cut_up(&desk.bytes());
    let (parsed, _) = Header::parse(&header).unwrap();
    // The origin is in the name of no file, and in no field that opening compares for a first segment.
    let changed = Header { id: JournalId { origin: [3; 16], ..parsed.id }, ..parsed };
    desk.write(&[changed.encode().0, frames.concat()].concat());
    let refused = desk.open(NOTHING);
    assert!(matches!(refused, Err(JournalError::Damaged { kept: Kept::Misplaced, .. })), "{refused:?}");
}

#[test]
fn forged_lengths_cannot_make_opening_slow() {
    let desk = Desk::with_groups(1);
    let (header, frames) = cut_up(&desk.bytes());
    // Every byte of this looks like the beginning of a frame as long as the rest of the file.
    let mut forged = Vec::new();
    for _ in 0..2000 {
        let mut front = vec![0; 102];
        front[..4].copy_from_slice(&(3_u32 << 20).to_be_bytes());
        front[96] = 1;
        front[97] = 1;
        front[98..102].copy_from_slice(&((3_u32 << 20) - 134).to_be_bytes());
        forged.extend_from_slice(&front);
    }
    forged.resize(4 << 20, 7);
    desk.write(&[&header[..], &frames[0], &[0xff; 5], &forged].concat());
    let refused = desk.open(NOTHING);
    assert!(matches!(refused, Err(JournalError::Damaged { kept: Kept::Undecided, .. })), "{refused:?}");
}

#[test]
fn a_segment_that_was_never_named_is_removed() {
    let desk = Desk::with_groups(1);
    let unfinished = desk.path().join("202612-00000002.unfinished");
    fs::write(&unfinished, b"FUBAKO").unwrap();
    desk.open(NOTHING).unwrap();
    assert!(!unfinished.exists());
}
