//! What does the ledger cost: durable appends in groups, an entry's way to its receipt, the audit, and a member's account?
//!
//! On: sealing, hashing, the journal's sync on a real disk (`TMPDIR`), tree and index where they are named. Off: policy,
//! store, gRPC and TLS. Figures of groups are for the whole group: divide by its size.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a benchmark")]

use std::cell::LazyCell;
use std::env;
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arc_swap::ArcSwap;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use fubako::ledger::audit::{Audit, Folders};
use fubako::ledger::draft::Draft;
use fubako::ledger::entry::Entry;
use fubako::ledger::event::Event;
use fubako::ledger::follower::{Followed, Follower};
use fubako::ledger::handover::handover;
use fubako::ledger::index::Index;
use fubako::ledger::journal::{Expectations, Journal, JournalId};
use fubako::ledger::leaf::FieldDraft;
use fubako::ledger::query::{Filter, Order};
use fubako::ledger::reader::Reader;
use fubako::ledger::salts::Salts;
use fubako::ledger::tree::trunk::{Trunk, TrunkError};
use fubako::ledger::writer::{Group, Writer};
use fubako::model::ids::{BasisId, MemberId, VaultId};
use fubako_keys::{Keyring, Month};
use jiff::Timestamp;
use mimalloc::MiMalloc;
use ring::rand::SystemRandom;
use rustix::time::{ClockId, clock_gettime};
use tempfile::TempDir;
use zeroizing_alloc::ZeroAlloc;

/// As shipped.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

const VAULT: VaultId = VaultId([1; 16]);
const GROUP: u64 = 64;

/// The folders of a ledger of its own.
struct Place {
    folder: TempDir,
    keyring: Arc<Keyring>,
}

impl Place {
    fn new() -> Self {
        let keyring = Keyring::create(VAULT.0, Month::new(202_611).unwrap(), 0, &SystemRandom::new()).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), keyring: Arc::new(keyring) }
    }

    fn part(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn writer(&self) -> Writer {
        let id = JournalId { vault: VAULT, origin: [2; 16] };
        Writer::new(Journal::create(&self.part("journal"), id, Month::new(202_611).unwrap()).unwrap())
    }

    /// Fills a ledger, and takes it into tree and index.
    fn filled(entries: u64) -> Self {
        let place = Self::new();
        let mut writer = place.writer();
        for number in 1..=entries / GROUP {
            append(&mut writer, &place.keyring, number, drafts(number * GROUP));
        }
        drop(writer);
        place.follow();
        place
    }

    /// Takes everything that was appended into tree and index.
    fn follow(&self) -> Reader {
        self.resume().catch_up()
    }

    /// Goes on from what was appended, with a follower beside the writer.
    fn resume(&self) -> Following {
        let id = Journal::identity(&self.part("journal"), VAULT).unwrap();
        let trunk = Trunk::load(&self.part("tree"), id, &self.keyring, 0).unwrap();
        let expected = Expectations { applied_group: 0, checkpoint: trunk.size() };
        let (journal, _) = Journal::open(&self.part("journal"), VAULT, expected).unwrap();
        let (giver, taker) = handover();
        let (reader, writer) = (journal.reader(), Writer::followed(journal, giver));
        let index = Index::open(&self.part("index"), id, &reader.segments(), &self.keyring).unwrap();
        let what = Followed { journal: reader, trunk, index, taker };
        let keyring = Arc::new(ArcSwap::new(Arc::clone(&self.keyring)));
        let follower = Follower::resume(what, keyring, Arc::new(SystemRandom::new())).unwrap();
        let reader = follower.reader();
        let thread = thread::spawn(move || follower.run());
        Following { writer, reader, thread }
    }

    fn folders(&self) -> (std::path::PathBuf, std::path::PathBuf, std::path::PathBuf) {
        (self.part("journal"), self.part("tree"), self.part("index"))
    }
}

/// A follower at work, and whom it follows.
struct Following {
    writer: Writer,
    reader: Reader,
    thread: JoinHandle<Result<(), TrunkError>>,
}

impl Following {
    /// Waits until there is no lag left, and ends it.
    fn catch_up(self) -> Reader {
        while self.reader.indexed() < self.reader.entries() {
            thread::sleep(Duration::from_millis(1));
        }
        drop(self.writer);
        self.thread.join().unwrap().unwrap();
        self.reader
    }
}

/// The processor time of the whole process, all threads and the kernel's part in their name.
struct ProcessorTime;

impl Measurement for ProcessorTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap()
    }

    fn end(&self, start: Duration) -> Duration {
        self.start().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_795_424_400).unwrap()
}

/// The entry of a seller's view of three fields; every 10,000th is about the same member.
fn entry(number: u64, salts: &Salts) -> Entry {
    let mut id = [7; 16];
    if !number.is_multiple_of(10_000) {
        id[8..].copy_from_slice(&number.to_be_bytes());
    }
    let entry = Entry::new(Event::Released, "shop", now(), &salts.draw().unwrap()).about(MemberId::from_bytes(id));
    entry.telling(|leaf| {
        leaf.purpose = "transaction-with-seller".into();
        leaf.recipient = "aoyama-books".into();
        leaf.recipient_class = "seller".into();
        leaf.bases = vec![BasisId::from_bytes([9; 16])];
        leaf.basis_kinds = vec!["transaction"];
        leaf.fields = ["name", "address", "phone"]
            .map(|name| FieldDraft { name: name.into(), slot: 0, forms: "full".into(), key_version: 1 })
            .into();
    })
}

fn drafts(first: u64) -> Vec<Draft> {
    static SALTS: LazyLock<Salts> = LazyLock::new(|| Salts::new(Arc::new(SystemRandom::new())));
    (first..first + GROUP).map(|number| Draft::new(entry(number, &SALTS))).collect()
}

fn append(writer: &mut Writer, keyring: &Keyring, number: u64, drafts: Vec<Draft>) {
    let group = Group { number, drafts, redo: None };
    let durable = writer.append(group, now(), keyring, &SystemRandom::new()).unwrap();
    assert_eq!(durable.len() as u64, GROUP);
}

fn appends(criterion: &mut Criterion) {
    let place = Place::new();
    let mut writer = place.writer();
    let mut number = 0;
    let mut group = criterion.benchmark_group("ledger");
    group.throughput(Throughput::Elements(GROUP)).measurement_time(Duration::from_secs(8));
    group.bench_function("durable append, a group of 64", |bencher| {
        bencher.iter_batched(
            || drafts(1),
            |drafts| {
                number += 1;
                append(&mut writer, &place.keyring, number, drafts);
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("64 entries drafted", |bencher| bencher.iter(|| drafts(1)));
    group.finish();
}

/// All a release costs in the ledger: drafted, sealed, synced in a group, read back, hashed into the tree, indexed, and a
/// checkpoint signed every half second, until there is no lag.
fn processor_time(criterion: &mut Criterion<ProcessorTime>) {
    let size = 1 << 18;
    let mut group = criterion.benchmark_group("processor time");
    group.throughput(Throughput::Elements(size)).sample_size(10);
    group.bench_function("262,144 releases in groups of 64", |bencher| {
        bencher.iter_batched(
            || {
                let place = Place::new();
                drop(place.writer());
                let following = place.resume();
                (place, following)
            },
            |(place, mut following)| {
                for number in 1..=size / GROUP {
                    append(&mut following.writer, &place.keyring, number, drafts(number * GROUP));
                }
                following.catch_up();
                place
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn following(criterion: &mut Criterion) {
    let size = 1 << 16;
    let mut group = criterion.benchmark_group("follower");
    group.throughput(Throughput::Elements(size)).sample_size(10);
    group.bench_function("65,536 entries into tree and index", |bencher| {
        bencher.iter_batched(
            || {
                let place = Place::new();
                let mut writer = place.writer();
                for number in 1..=size / GROUP {
                    append(&mut writer, &place.keyring, number, drafts(number * GROUP));
                }
                place
            },
            |place| {
                place.follow();
                place
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// A ledger of `FUBAKO_BENCH_ENTRIES` entries; the bar of the account is set for ten million.
fn reading(criterion: &mut Criterion) {
    let entries = env::var("FUBAKO_BENCH_ENTRIES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    // Filled by the first benchmark that is not filtered out.
    let place = LazyCell::new(|| Place::filled(entries));
    let mut group = criterion.benchmark_group(format!("{entries} entries"));
    group.sample_size(10);
    group.throughput(Throughput::Elements(entries)).bench_function("audit", |bencher| {
        let (journal, tree, index) = place.folders();
        bencher.iter(|| {
            let folders = Folders { journal: &journal, tree: &tree, index: &index };
            let verdict = Audit::at_rest(&folders, VAULT, Arc::clone(&place.keyring)).unwrap().run(|_, _| ());
            assert!(verdict.breaks.is_empty(), "{:?}", verdict.breaks);
        });
    });
    let releases = (entries / 10_000).min(1000);
    group.throughput(Throughput::Elements(releases)).bench_function("a member's account", |bencher| {
        let reader = place.follow();
        let filter = Filter { member: Some(MemberId::from_bytes([7; 16])), ..Filter::default() };
        bencher.iter(|| {
            let page = reader.page(&filter, Order::NewestFirst, None, 1000).unwrap();
            assert_eq!(page.entries.len() as u64, releases);
        });
    });
    group.finish();
}

criterion_group!(benches, appends, following, reading);
criterion_group! {
    name = processor;
    config = Criterion::default().with_measurement(ProcessorTime);
    targets = processor_time
}
criterion_main!(benches, processor);
