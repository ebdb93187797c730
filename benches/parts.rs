//! What does each part of a release cost by itself: decision, record, seals, entry, journal, forms, and a row of the store?
//!
//! On: what the server runs for it, with the keys and the policy of the sample; the journal's sync on a real disk (`TMPDIR`) where
//! it is named. Off: everything else, so that the figures do not add up to a release: see the service in docs/benchmarks.md.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a benchmark")]

mod desk;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use fubako::model::ids::{MemberId, Revision};
use fubako::store::folder::DataFolder;
use fubako::store::key::Key;
use fubako::store::row::{Change, Row};
use fubako::store::sled::{SledOptions, SledStore};
use fubako::store::{Position, Store as _};
use mimalloc::MiMalloc;
use zeroizing_alloc::ZeroAlloc;

use desk::{Desk, GROUP};

/// As shipped.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

fn parts(criterion: &mut Criterion) {
    let mut desk = Desk::new();
    let mut group = criterion.benchmark_group("parts");
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    group.bench_function("decide: a seller's three fields", |bencher| bencher.iter(|| desk.decide()));
    group.bench_function("seal: a record of six values", |bencher| bencher.iter(|| desk.seal()));
    group.bench_function("parse: a record of six values", |bencher| {
        bencher.iter_batched(|| desk.bytes(), Desk::parse, BatchSize::SmallInput);
    });
    group.bench_function("show: every form of six values", |bencher| bencher.iter(|| desk.show()));
    group.bench_function("draft: the entry of a release", |bencher| {
        let grant = desk.decide();
        bencher.iter_batched(|| grant.clone(), |grant| Desk::draft(7, grant), BatchSize::SmallInput);
    });
    group.bench_function("open: three fields in full", |bencher| {
        // A grant is good for one opening, once its entry is durable: all that are needed are made first.
        bencher.iter_custom(|count| {
            let grants = desk.grants(usize::try_from(count).unwrap());
            let began = Instant::now();
            for grant in grants {
                drop(black_box(desk.open(grant)));
            }
            began.elapsed()
        });
    });
    group.throughput(Throughput::Elements(GROUP as u64));
    group.bench_function("journal: a group of 64 entries, synced", |bencher| {
        bencher.iter_custom(|count| {
            let mut took = Duration::ZERO;
            for _ in 0..count {
                let grant = desk.decide();
                let drafts = (0..GROUP).map(|number| Desk::draft(number, grant.clone()).0).collect();
                let began = Instant::now();
                black_box(desk.append(drafts));
                took += began.elapsed();
            }
            took
        });
    });
    group.finish();
}

fn store(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let options = SledOptions {
        cache_bytes: 256 << 20,
        flush_limit: Duration::from_mins(1),
        on_fatal: Arc::new(|_| std::process::abort()),
    };
    let store = SledStore::open(&DataFolder::open(folder.path()).unwrap(), options).unwrap();
    let record = Desk::new().bytes();
    let key = |number: u64| {
        Key::record(MemberId::from_bytes([number.wrapping_mul(ODD).to_be_bytes(), [7; 8]].concat().try_into().unwrap()))
    };
    for first in (0..ROWS).step_by(GROUP) {
        let row = || Row::new(Revision(1), record.clone()).unwrap();
        let changes: Vec<_> = (first..first + GROUP as u64).map(|number| Change::put(key(number), row())).collect();
        store.apply(&changes, Position::START).unwrap();
    }
    let mut number = 0;
    criterion.bench_function("store: one row of 10,000", |bencher| {
        bencher.iter(|| {
            number = (number + 1) % ROWS;
            store.get(&key(number)).unwrap().unwrap()
        });
    });
}

criterion_group!(benches, parts, store);
criterion_main!(benches);

const ROWS: u64 = 10_048;
/// Spreads the members over the keys.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
