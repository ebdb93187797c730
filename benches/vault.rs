//! How long do the vault's use cases take without a network: a durable release, a durable collection?
//!
//! On: sealing, manifest, blind index, redo log, journal and their syncs on a real disk (`TMPDIR`). Off: gRPC and TLS. One
//! caller at a time, so every commit group holds one entry: figures are latencies, not what the vault can bear.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a benchmark")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use fubako::field::email::Email;
use fubako::field::value::Value;
use fubako::model::caller::{Caller, Identity, Role};
use fubako::model::ids::{CallerName, MemberId, PurposeId, RequestId, Slot};
use fubako::model::recipient::{Recipient, RecipientClass};
use fubako::model::source::Source;
use fubako::policy::ask::{Ask, Stated};
use fubako::record::collected::Collected;
use fubako::vault::collect::{NewMember, NewValue};
use fubako::vault::create::{NewVault, create};
use fubako::vault::mutation::{Method, Request};
use fubako::vault::open::{OpenVault, Opened, open};
use fubako::vault::rotation::Schedule;
use fubako_keys::RootKey;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

const POLICY: &str = include_str!("../policies/imacocokara.toml");

fn opened(folder: &TempDir) -> impl Future<Output = Opened> {
    let (data, root) = (folder.path().join("data"), folder.path().join("root"));
    let root_key = RootKey::create_file(&root, &SystemRandom::new()).unwrap();
    let new = NewVault { folder: &data, policy_text: POLICY, policy_file: Path::new("policy") };
    create(&new, &root_key, Timestamp::now(), &SystemRandom::new()).unwrap();
    let how = OpenVault {
        folder: data,
        root: root_key,
        policy_text: POLICY.to_owned(),
        policy_file: "policy".into(),
        expected_members: 1_000_000,
        cache_bytes: 256 << 20,
        retention_months: 36,
        backup_keep_days: 35,
        erasure_grace_days: 0,
        schedule: Schedule::default(),
        disk_reserve_bytes: 0,
        clock: Arc::new(Timestamp::now),
        random: Arc::new(SystemRandom::new()),
        on_fatal: Arc::new(|_| std::process::abort()),
    };
    async { open(how).await.unwrap() }
}

fn caller() -> Caller {
    Caller {
        name: CallerName::parse("shop").unwrap(),
        identity: Identity::parse("shop.example").unwrap(),
        roles: BTreeSet::from([Role::Collector, Role::Discloser]),
        purposes: BTreeSet::from([PurposeId::parse("transaction-notice").unwrap()]),
        classes: BTreeSet::from([RecipientClass::Marketplace]),
        parties: BTreeSet::new(),
        records: BTreeSet::new(),
    }
}

fn ask(member: MemberId) -> Ask {
    Ask {
        caller: Arc::new(caller()),
        purpose: Stated::parse("transaction-notice"),
        recipient: Recipient::Marketplace,
        bases: Vec::new(),
        member,
        narrowing: None,
        asserted: None,
    }
}

async fn collect(opened: &Opened, caller: &Caller) -> MemberId {
    let policy = opened.vault.policy();
    let value = Value::Email(Email::parse("hana@example.jp").unwrap());
    let collected = Collected { value, source: Source::Website, time: Timestamp::now(), policy: policy.version() };
    let field = policy.field_named("email").unwrap().id();
    let values = vec![NewValue { field, slot: Slot(0), collected }];
    let id = RequestId::parse(&Uuid::now_v7().to_string()).unwrap();
    let request = Request { caller, method: Method::CollectMember, id, digest: [0; 32] };
    let done = opened.vault.collect(request, &NewMember { member: None, reference: None, values }).await.unwrap();
    MemberId::parse(&done.outcome.subject).unwrap()
}

fn durable(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let opened = runtime.block_on(opened(&folder));
    let caller = caller();
    let ask = ask(runtime.block_on(collect(&opened, &caller)));
    criterion.bench_function("disclose, durable", |bencher| {
        bencher.iter(|| runtime.block_on(opened.vault.disclose(&ask)).unwrap().into_fields());
    });
    criterion.bench_function("collect one field, durable", |bencher| {
        bencher.iter(|| runtime.block_on(collect(&opened, &caller)));
    });
}

criterion_group!(benches, durable);
criterion_main!(benches);
