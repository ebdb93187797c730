//! What the redo log must survive, and what it must refuse.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

use std::thread;

use tempfile::TempDir;

use crate::ledger::journal::faults;
use crate::model::ids::Revision;
use crate::store::key::Key;
use crate::store::memory::MemoryStore;
use crate::store::row::Row;
use crate::store::{Position, Store};

fn held() -> (TempDir, DataFolder) {
    let folder = tempfile::tempdir().unwrap();
    let held = DataFolder::open(folder.path()).unwrap();
    (folder, held)
}

fn changes(group: u64) -> Vec<Change> {
    let row = Row::new(Revision(group), vec![7; 30]).unwrap();
    vec![Change::put(Key::catalogue("a"), row), Change::delete(Key::catalogue("b"))]
}

/// A log of small files with the groups 1 to `last`.
fn filled(held: &DataFolder, last: u64) -> RedoLog {
    let mut log = RedoLog::open_with_limit(held, 200).unwrap();
    for group in 1..=last {
        log.append(group, &changes(group)).unwrap();
    }
    log
}

fn groups(log: &RedoLog, from: u64) -> Vec<u64> {
    log.read_from(from).map(|group| group.unwrap().group()).collect()
}

fn files(held: &DataFolder) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(held.redo()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The written part of a file.
fn written(file: &Path) -> Vec<u8> {
    let mut bytes = fs::read(file).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    bytes.truncate(end);
    bytes
}

#[test]
fn what_was_appended_is_read_back_with_its_hash() {
    let (_folder, held) = held();
    let mut log = RedoLog::open(&held).unwrap();
    assert_eq!((log.first_group(), log.last_group(), log.bytes()), (None, None, 0));
    let hash = log.append(3, &changes(3)).unwrap();
    drop(log);
    let log = RedoLog::open(&held).unwrap();
    let read: Vec<_> = log.read_from(0).map(Result::unwrap).collect();
    assert_eq!(read.len(), 1);
    assert_eq!((read[0].group(), read[0].hash(), read[0].changes()), (3, &hash, changes(3).as_slice()));
    assert_eq!((log.first_group(), log.last_group()), (Some(3), Some(3)));
}

#[test]
fn reading_begins_at_any_group_across_files() {
    let (_folder, held) = held();
    let log = filled(&held, 9);
    assert!(files(&held).len() > 2);
    for from in 0..=10 {
        assert_eq!(groups(&log, from), (from.max(1)..=9).collect::<Vec<_>>(), "{from}");
    }
    drop(log);
    assert_eq!(groups(&RedoLog::open(&held).unwrap(), 0), (1..=9).collect::<Vec<_>>());
}

#[test]
fn a_last_group_torn_at_any_byte_is_not_counted_and_can_be_written_again() {
    let (_folder, held) = held();
    drop(filled(&held, 3));
    let file = files(&held).pop().unwrap();
    let whole = written(&file);
    let one = {
        let mut buffer = Vec::new();
        encode(1, &changes(1), &mut buffer).unwrap();
        buffer.len()
    };
    let begin = whole.len() - one;
    for at in begin..whole.len() {
        for zeros in [0, 300] {
            fs::write(&file, [&whole[..at], &vec![0; zeros]].concat()).unwrap();
            assert_eq!(groups(&RedoLog::open_with_limit(&held, 200).unwrap(), 0), [1, 2], "torn at {at}");
        }
    }
    let mut log = RedoLog::open_with_limit(&held, 200).unwrap();
    log.append(3, &changes(3)).unwrap();
    drop(log);
    assert_eq!(groups(&RedoLog::open(&held).unwrap(), 0), [1, 2, 3]);
}

#[test]
fn a_flipped_byte_before_the_last_group_is_refused() {
    let (_folder, held) = held();
    drop(filled(&held, 4));
    let [first, last] = files(&held).try_into().unwrap();
    for (file, certain) in [(first, usize::MAX), (last.clone(), written(&last).len() / 2)] {
        let whole = written(&file);
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&file, &bytes).unwrap();
            match RedoLog::open(&held) {
                Err(RedoError::Damaged { file: named, .. }) => assert_eq!(named, file),
                Err(other) => unreachable!("flipped at {at}: {other}"),
                Ok(log) => {
                    assert!(at >= certain, "flipped at {at}");
                    assert_eq!(groups(&log, 0), [1, 2, 3]);
                }
            }
        }
        fs::write(&file, &whole).unwrap();
    }
}

#[test]
fn a_missing_or_swapped_file_is_refused_or_seen() {
    let (_folder, held) = held();
    drop(filled(&held, 6));
    let [first, second, _] = files(&held).try_into().unwrap();
    let (one, two) = (fs::read(&first).unwrap(), fs::read(&second).unwrap());
    fs::write(&first, &two).unwrap();
    fs::write(&second, &one).unwrap();
    assert!(matches!(RedoLog::open(&held), Err(RedoError::Damaged { file, .. }) if file == first));
    fs::write(&second, &two).unwrap();
    fs::remove_file(&first).unwrap();
    assert_eq!(RedoLog::open(&held).unwrap().first_group(), Some(3));
}

#[test]
fn groups_after_a_position_are_discarded_for_good() {
    for keep in 0..=6 {
        let (_folder, held) = held();
        let mut log = filled(&held, 6);
        log.truncate_after(keep).unwrap();
        assert_eq!(groups(&log, 0), (1..=keep).collect::<Vec<_>>());
        log.append(keep + 1, &changes(9)).unwrap();
        drop(log);
        let log = RedoLog::open(&held).unwrap();
        assert_eq!(groups(&log, 0), (1..=keep + 1).collect::<Vec<_>>());
        let last = log.read_from(keep + 1).next().unwrap().unwrap();
        assert_eq!(last.changes(), changes(9));
    }
}

#[test]
fn only_files_that_are_covered_whole_are_dropped() {
    let (_folder, held) = held();
    let mut log = filled(&held, 6);
    for (until, first) in [(0, Some(1)), (1, Some(1)), (2, Some(3)), (3, Some(3)), (5, Some(5)), (6, None)] {
        log.drop_until(until).unwrap();
        assert_eq!(log.first_group(), first, "{until}");
    }
    assert!(files(&held).is_empty());
    log.append(7, &changes(7)).unwrap();
    assert_eq!(groups(&log, 0), [7]);
}

#[test]
fn a_group_that_does_not_follow_or_is_too_large_is_refused() {
    let (_folder, held) = held();
    let mut log = filled(&held, 2);
    let refused = log.append(2, &changes(2));
    assert!(matches!(refused, Err(RedoError::GroupOutOfOrder { group: 2, last_group: 2 })), "{refused:?}");
    let row = Row::new(Revision(1), vec![1; 4096]).unwrap();
    let large: Vec<_> = (0..5000).map(|_| Change::put(Key::catalogue("a"), row.clone())).collect();
    assert!(matches!(log.append(3, &large), Err(RedoError::TooLarge { group: 3 })));
    log.append(3, &changes(3)).unwrap();
}

#[test]
fn applying_the_log_again_from_any_position_gives_the_same_rows() {
    let (_folder, held) = held();
    let mut log = RedoLog::open(&held).unwrap();
    let key = |group: u64| Key::catalogue(if group.is_multiple_of(2) { "even" } else { "odd" });
    for group in 1..=8 {
        let row = Row::new(Revision(group), group.to_be_bytes().to_vec()).unwrap();
        let change = if group == 7 { Change::delete(key(7)) } else { Change::put(key(group), row) };
        log.append(group, &[change]).unwrap();
    }
    for crashed_after in 0..=8 {
        let store = MemoryStore::default();
        let apply = |group: RedoGroup| store.apply(group.changes(), Position::after(group.group())).unwrap();
        log.read_from(0).map(Result::unwrap).take_while(|group| group.group() <= crashed_after).for_each(apply);
        // The last one may have been applied and not noted, so it is applied twice.
        log.read_from(crashed_after).for_each(|group| apply(group.unwrap()));
        assert_eq!(store.get(&key(8)).unwrap().unwrap().revision(), Revision(8));
        assert_eq!(store.get(&key(7)).unwrap(), None);
        assert_eq!(store.position(), Position::after(8));
    }
}

#[test]
fn a_full_disk_keeps_nothing_and_a_failed_sync_stops_the_log() {
    faults::isolated(concat!(module_path!(), "::a_full_disk_keeps_nothing_and_a_failed_sync_stops_the_log"), || {
        let (_folder, held) = held();
        for existing in [0, 1] {
            let mut log = filled(&held, existing);
            let mut failing = |call, errno| {
                let append = || {
                    faults::fail(call, errno);
                    log.append(5, &changes(5))
                };
                thread::scope(|scope| scope.spawn(append).join().unwrap())
            };
            assert!(matches!(failing(libc::SYS_pwrite64, libc::ENOSPC), Err(RedoError::NoSpace(_))));
            assert!(matches!(failing(libc::SYS_fdatasync, libc::EIO), Err(RedoError::SyncFailed(_))));
            assert!(matches!(log.append(6, &changes(6)), Err(RedoError::Stopped)));
            assert!(matches!(log.truncate_after(0), Err(RedoError::Stopped)));
            assert_eq!(log.last_group(), (existing > 0).then_some(existing));
            drop(log);
            fs::remove_dir_all(held.redo()).unwrap();
        }
    });
}
