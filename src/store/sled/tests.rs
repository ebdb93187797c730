//! What makes sled safe to rest on: each measure, and that it works.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use crate::ledger::journal::faults;
use crate::model::ids::Revision;
use crate::store::conformance;
use crate::store::folder::FolderError;

fn options() -> SledOptions {
    let on_fatal: OnFatal = Arc::new(|_: &Fatal| {});
    SledOptions { cache_bytes: 8 << 20, flush_limit: Duration::from_mins(1), on_fatal }
}

fn open(path: &Path) -> SledStore {
    SledStore::open(&DataFolder::open(path).unwrap(), options()).unwrap()
}

fn put(name: &str) -> Change {
    Change::put(Key::catalogue(name), Row::new(Revision(1), vec![5; 600]).unwrap())
}

/// A store whose folder goes with it.
#[derive(Debug)]
struct Kept {
    store: SledStore,
    _folder: TempDir,
}

impl Store for Kept {
    fn get(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        self.store.get(key)
    }

    fn scan(&self, within: &KeyPrefix, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Row)>, StoreError> {
        self.store.scan(within, after, limit)
    }

    fn apply(&self, changes: &[Change], position: Position) -> Result<(), StoreError> {
        self.store.apply(changes, position)
    }

    fn position(&self) -> Position {
        self.store.position()
    }

    fn flush(&self) -> Result<Position, StoreError> {
        self.store.flush()
    }

    fn size_on_disk(&self) -> Result<u64, StoreError> {
        self.store.size_on_disk()
    }
}

#[test]
fn the_embedded_store_conforms() {
    conformance::check(|| {
        let folder = tempfile::tempdir().unwrap();
        Kept { store: open(folder.path()), _folder: folder }
    });
}

#[test]
fn rows_and_position_are_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    for group in 1..4 {
        let store = open(folder.path());
        assert_eq!(store.position(), Position::after(group - 1));
        store.apply(&[put(&format!("row{group}"))], Position::after(group)).unwrap();
        assert_eq!(store.flush().unwrap(), Position::after(group));
        for earlier in 1..=group {
            assert!(store.get(&Key::catalogue(&format!("row{earlier}"))).unwrap().is_some());
        }
    }
}

#[test]
fn a_second_process_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let refused = DataFolder::open(folder.path());
    assert!(matches!(refused, Err(FolderError::AlreadyOpen { .. })), "{refused:?}");
    drop(store);
    assert!(DataFolder::open(folder.path()).is_ok());
}

#[test]
fn snapshots_that_a_kill_left_unfinished_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.apply(&[put("row")], Position::after(1)).unwrap();
    drop(store);
    let left = folder.path().join("store/snap.00000000000F0000.generating");
    fs::write(&left, b"half a snapshot").unwrap();
    let store = open(folder.path());
    assert!(!left.exists());
    assert!(store.get(&Key::catalogue("row")).unwrap().is_some());
}

#[test]
fn a_flush_reports_a_failed_sync_and_stops_the_store() {
    faults::isolated(concat!(module_path!(), "::a_flush_reports_a_failed_sync_and_stops_the_store"), || {
        let folder = tempfile::tempdir().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let on_fatal: OnFatal = Arc::new(move |fatal: &Fatal| told.lock().unwrap().push(fatal.clone()));
        let held = DataFolder::open(folder.path()).unwrap();
        let store = SledStore::open(&held, SledOptions { on_fatal, ..options() }).unwrap();
        store.apply(&[put("kept")], Position::after(1)).unwrap();
        store.flush().unwrap();

        faults::fail_everywhere(libc::SYS_fsync, libc::EIO);
        store.apply(&[put("lost")], Position::after(2)).unwrap();
        assert!(matches!(store.flush(), Err(StoreError::Engine(_))));
        assert_eq!(*seen.lock().unwrap(), [Fatal::FlushFailed]);
        assert!(matches!(store.apply(&[put("never")], Position::after(3)), Err(StoreError::Stopped)));
        assert!(matches!(store.get(&Key::catalogue("kept")), Err(StoreError::Stopped)));
        assert!(matches!(store.flush(), Err(StoreError::Stopped)));
        // sled panics where its last sync fails; the process would have ended before.
        std::mem::forget(store);
    });
}

#[test]
fn a_flush_reports_a_failed_sync_of_the_second_descriptor() {
    faults::isolated(concat!(module_path!(), "::a_flush_reports_a_failed_sync_of_the_second_descriptor"), || {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store.apply(&[put("row")], Position::after(1)).unwrap();
        faults::fail_everywhere(libc::SYS_fdatasync, libc::EIO);
        assert!(matches!(store.flush(), Err(StoreError::SyncFailed(_))));
    });
}

#[test]
fn a_damaged_row_is_refused_by_its_table() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.database.insert([1, 2, 3], b"short").unwrap();
    let refused = store.scan(&crate::store::table::Table::Record.into(), None, 10);
    assert!(matches!(refused, Err(StoreError::DamagedRow { table: 1 })), "{refused:?}");
}

#[test]
fn a_damaged_position_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.database.insert(POSITION_KEY, b"?").unwrap();
    drop(store);
    let refused = SledStore::open(&DataFolder::open(folder.path()).unwrap(), options());
    assert!(matches!(refused, Err(OpenError::DamagedPosition)), "{refused:?}");
}

#[test]
fn debug_shows_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.apply(&[put("row")], Position::after(4)).unwrap();
    assert_eq!(format!("{store:?}"), "SledStore(Position(4))");
}
