//! Does a vault whose disk no longer takes a sync stop at once and say so, without acknowledging anything?

use std::env;
use std::fs;
use std::process::{Command, exit};
use std::sync::Arc;

use fubako::field::text::Text;
use fubako::field::value::Value;
use fubako::ledger::query::{Filter, Order};
use fubako::model::caller::{Caller, Role};
use fubako::model::ids::{RequestId, Slot};
use fubako::model::source::Source;
use fubako::record::collected::Collected;
use fubako::vault::Vault;
use fubako::vault::collect::{NewMember, NewValue};
use fubako::vault::error::Error;
use fubako::vault::mutation::{Done, Method, Request};
use fubako::vault::open::{OpenVault, open};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use uuid::Uuid;

use crate::support::callers::nothing;
use crate::support::place::Place;

const CHILD: &str = "FUBAKO_SYNCLESS_CHILD";
const STOPPED: i32 = 70;

async fn collect(vault: &Vault) -> Result<Done, Error> {
    let shop = Caller { roles: [Role::Collector].into(), ..nothing("shop") };
    let value = Value::Text(Text::parse("Hana").unwrap());
    let collected = Collected { value, source: Source::Website, time: vault.now(), policy: vault.policy().version() };
    let field = vault.policy().field_named("nickname").unwrap().id();
    let new = NewMember { member: None, reference: None, values: vec![NewValue { field, slot: Slot(0), collected }] };
    let id = RequestId::parse(&Uuid::new_v4().to_string()).unwrap();
    vault.collect(Request { caller: &shop, method: Method::CollectMember, id, digest: [0; 32] }, &new).await
}

/// From now on no thread of this process can sync a file.
fn break_the_disk() {
    let fails = SeccompAction::Errno(u32::try_from(libc::EIO).unwrap());
    let calls = [(libc::SYS_fdatasync, vec![]), (libc::SYS_fsync, vec![])].into();
    let architecture = env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(calls, SeccompAction::Allow, fails, architecture).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    seccompiler::apply_filter_all_threads(&program).unwrap();
}

/// The child's part: works, then the disk breaks, then it is asked for one change more.
async fn live_and_lose_the_disk(place: &Place) -> ! {
    let how = OpenVault {
        on_fatal: Arc::new(|fatal| {
            println!("stopping: {fatal}");
            exit(STOPPED)
        }),
        ..place.how()
    };
    let opened = open(how).await.unwrap();
    let done = collect(&opened.vault).await.unwrap();
    println!("acknowledged {}", done.outcome.subject);
    break_the_disk();
    let outcome = collect(&opened.vault).await;
    println!("answered {}", outcome.is_ok());
    exit(1)
}

#[tokio::test]
async fn a_failed_sync_stops_the_process_and_acknowledges_nothing() {
    if let Some(folder) = env::var_os(CHILD) {
        let place = Place::again(folder.into());
        live_and_lose_the_disk(&place).await;
    }
    let place = Place::new();
    let name = concat!(module_path!(), "::a_failed_sync_stops_the_process_and_acknowledges_nothing");
    let (_, name) = name.split_once("::").unwrap();
    let child = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, place.beside(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert_eq!(child.status.code(), Some(STOPPED), "{said}{}", String::from_utf8_lossy(&child.stderr));
    assert!(said.contains("stopping: ") && said.contains("durable"), "{said}");
    assert!(!said.contains("answered"), "{said}");
    // What was acknowledged before the disk broke is there after it was mended.
    let member = said.lines().find_map(|line| line.split_once("acknowledged ")).unwrap().1.to_owned();
    let opened = place.open().await;
    let auditor = Caller { roles: [Role::Auditor].into(), ..nothing("auditor") };
    let all = Filter::default();
    let page = opened.vault.entries(&auditor, &all, Order::NewestFirst, (None, 100)).unwrap();
    assert!(page.entries.iter().any(|entry| entry.member().is_some_and(|about| about.to_string() == member.trim())));
    opened.close();
    assert!(fs::metadata(place.data()).unwrap().is_dir());
}
