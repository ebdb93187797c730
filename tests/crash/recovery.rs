//! Does a start bring store, redo log and journal to one state from every point a crash can leave them at?

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use fubako::commit::start::{Error, Parts, Recovered, Started, start};
use fubako::commit::work::{Work, Write};
use fubako::ledger::draft::Draft;
use fubako::ledger::entry::{Entry, RANDOM_BYTES};
use fubako::ledger::event::Event;
use fubako::ledger::journal::{Journal, JournalId};
use fubako::ledger::writer::month_of;
use fubako::model::ids::{Revision, VaultId};
use fubako::store::Store;
use fubako::store::folder::DataFolder;
use fubako::store::key::Key;
use fubako::store::redo::RedoLog;
use fubako::store::row::{Change, Row};
use fubako::store::space::DiskReserve;
use fubako_keys::Keyring;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use tempfile::TempDir;

use crate::volatile::{Moment, Volatile};

/// A folder with a journal and a redo log, between runs.
struct Bench {
    folder: TempDir,
    keyring: Arc<ArcSwap<Keyring>>,
}

const VAULT: VaultId = VaultId([5; 16]);

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn key(name: &str) -> Key {
    Key::catalogue(name)
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let month = month_of(now()).unwrap();
        let journal = JournalId { vault: VAULT, origin: [6; 16] };
        drop(Journal::create(&folder.path().join("journal"), journal, month).unwrap());
        let keyring = Keyring::create(VAULT.0, month, now().as_millisecond(), &SystemRandom::new()).unwrap();
        Self { folder, keyring: Arc::new(ArcSwap::from_pointee(keyring)) }
    }

    fn start(&self, store: &Arc<Volatile>) -> Result<Started, Error> {
        let folder = DataFolder::open(self.folder.path()).unwrap();
        let parts = Parts {
            store: Arc::clone(store) as Arc<dyn Store>,
            keyring: Arc::clone(&self.keyring),
            random: Arc::new(SystemRandom::new()),
            clock: Arc::new(now),
            reserve: DiskReserve::new(self.folder.path().to_owned(), 0),
            checkpointed: 0,
            on_fatal: Arc::new(|fatal| panic!("{fatal}")),
        };
        start(&folder, VAULT, parts)
    }

    /// The tree as it is now: each file with its bytes.
    fn tree(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = fs::read_dir(self.folder.path().join("tree")).unwrap().map(|file| file.unwrap().path());
        files.map(|file| (file.clone(), fs::read(file).unwrap())).collect()
    }

    /// Runs from a moment of the store, writes these rows one after the other, and stops; what the store is at then, what
    /// was mended, and how many entries there are.
    async fn run(&self, from: &Moment, names: &[&str]) -> Result<(Moment, Recovered, u64), Error> {
        let store = Arc::new(Volatile::at(from));
        let started = self.start(&store)?;
        for name in names {
            let row = Row::new(Revision(1), name.as_bytes().to_vec()).unwrap();
            let mut random = [7; RANDOM_BYTES];
            random[..name.len()].copy_from_slice(name.as_bytes());
            let entry = Entry::new(Event::Collected, "shop", now(), &random);
            let work = Work::entry(Draft::new(entry)).writing(vec![Write::put(key(name), row)]);
            drop(started.committer.commit(work).await.unwrap());
        }
        let entries = started.reader.entries();
        drop(started.committer);
        started.running.join();
        Ok((store.moment(), started.recovered, entries))
    }

    /// The journal's one segment, and where its last frame ends.
    fn segment(&self) -> (PathBuf, usize) {
        let mut files = fs::read_dir(self.folder.path().join("journal")).unwrap();
        let file = files.find_map(|item| Some(item.unwrap().path()).filter(|path| path.extension().is_some())).unwrap();
        let bytes = fs::read(&file).unwrap();
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        (file, end)
    }

    /// Loses the last bytes of the last frame, as a write that was torn does.
    fn tear(&self) {
        let (file, end) = self.segment();
        let file = OpenOptions::new().write(true).open(file).unwrap();
        file.write_all_at(&[0; 24], u64::try_from(end - 24).unwrap()).unwrap();
    }
}

fn holds(moment: &Moment, name: &str) -> bool {
    Volatile::at(moment).get(&key(name)).unwrap().is_some()
}

const EMPTY: fn() -> Moment = Moment::default;

#[tokio::test]
async fn what_was_in_order_needs_no_mending() {
    let bench = Bench::new();
    let (moment, _, _) = bench.run(&EMPTY(), &["a", "b"]).await.unwrap();
    let (again, recovered, entries) = bench.run(&moment, &["c"]).await.unwrap();
    assert_eq!(recovered, Recovered::default());
    assert_eq!(entries, 3);
    assert!(["a", "b", "c"].iter().all(|name| holds(&again, name)));
}

#[tokio::test]
async fn a_redo_group_no_frame_names_is_discarded() {
    let bench = Bench::new();
    let (moment, _, _) = bench.run(&EMPTY(), &["a"]).await.unwrap();
    let folder = DataFolder::open(bench.folder.path()).unwrap();
    let mut redo = RedoLog::open(&folder).unwrap();
    let next = redo.last_group().unwrap() + 1;
    let lost = Change::put(key("lost"), Row::new(Revision(1), b"never acknowledged".to_vec()).unwrap());
    redo.append(next, &[lost]).unwrap();
    drop((redo, folder));
    let (after, recovered, entries) = bench.run(&moment, &["b"]).await.unwrap();
    assert!(recovered.discarded_redo && recovered.reapplied == 0);
    assert_eq!(entries, 2);
    assert!(holds(&after, "a") && holds(&after, "b") && !holds(&after, "lost"));
    // The number it would have had was used again, and the next start finds nothing wrong.
    assert_eq!(bench.run(&after, &[]).await.unwrap().1, Recovered::default());
}

#[tokio::test]
async fn changes_whose_frame_is_durable_are_applied_again_however_many() {
    let bench = Bench::new();
    let (whole, _, _) = bench.run(&EMPTY(), &["a", "b", "c"]).await.unwrap();
    let (after, recovered, entries) = bench.run(&EMPTY(), &[]).await.unwrap();
    assert_eq!((recovered.reapplied, entries), (3, 3));
    for name in ["a", "b", "c"] {
        assert_eq!(Volatile::at(&after).get(&key(name)).unwrap(), Volatile::at(&whole).get(&key(name)).unwrap());
    }
    // A store that holds them, and is thrown back once more, ends the same: applying again changes nothing.
    assert_eq!(bench.run(&after, &[]).await.unwrap().1.reapplied, 0);
}

#[tokio::test]
async fn a_torn_frame_is_cut_with_the_redo_group_only_it_named() {
    let bench = Bench::new();
    let (before, _, _) = bench.run(&EMPTY(), &["a"]).await.unwrap();
    let tree = bench.tree();
    bench.run(&before, &["b"]).await.unwrap();
    bench.tear();
    // The run died before anything followed the frame it was writing.
    for (file, bytes) in tree {
        fs::write(file, bytes).unwrap();
    }
    let (after, recovered, entries) = bench.run(&before, &["c"]).await.unwrap();
    assert!(recovered.cut_bytes > 0 && recovered.discarded_redo);
    assert_eq!(entries, 2);
    assert!(holds(&after, "a") && !holds(&after, "b") && holds(&after, "c"));
    assert_eq!(bench.run(&after, &[]).await.unwrap().1, Recovered::default());
}

#[tokio::test]
async fn a_frame_the_store_rests_on_is_never_cut() {
    let bench = Bench::new();
    let (moment, _, _) = bench.run(&EMPTY(), &["a", "b"]).await.unwrap();
    bench.tear();
    let (file, _) = bench.segment();
    let damaged = fs::read(&file).unwrap();
    let refused = bench.run(&moment, &[]).await.unwrap_err();
    assert!(matches!(refused, Error::Journal(_)), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), damaged, "a refused start changes nothing");
}

#[tokio::test]
async fn a_bad_frame_in_the_middle_is_damage_and_no_torn_tail() {
    let bench = Bench::new();
    let (before, _, _) = bench.run(&EMPTY(), &["a"]).await.unwrap();
    let (file, end) = bench.segment();
    bench.run(&before, &["b", "c"]).await.unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[end + 40] ^= 1;
    fs::write(&file, bytes).unwrap();
    let refused = bench.run(&before, &[]).await.unwrap_err();
    assert!(refused.to_string().contains(&file.display().to_string()), "{refused}");
}

#[tokio::test]
async fn a_store_ahead_of_the_ledger_is_refused() {
    let (ahead, behind) = (Bench::new(), Bench::new());
    let (moment, _, _) = ahead.run(&EMPTY(), &["a", "b", "c"]).await.unwrap();
    behind.run(&EMPTY(), &["a"]).await.unwrap();
    let refused = behind.run(&moment, &[]).await.unwrap_err();
    assert!(matches!(refused, Error::StoreAhead { .. } | Error::Journal(_)), "{refused}");
}

#[tokio::test]
async fn a_store_older_than_the_redo_log_is_refused() {
    let bench = Bench::new();
    let (before, _, _) = bench.run(&EMPTY(), &["a"]).await.unwrap();
    bench.run(&before, &["b"]).await.unwrap();
    fs::remove_dir_all(bench.folder.path().join("redo")).unwrap();
    let refused = bench.run(&EMPTY(), &[]).await.unwrap_err();
    assert!(matches!(refused, Error::StoreBehind { group: 1 }), "{refused}");
}
