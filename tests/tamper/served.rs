//! Does a server that is asked to verify its ledger look at the files as they lie there, and not at what it remembers?

use std::fs;
use std::path::{Path, PathBuf};

use fubako::vault::audit::audit_at_rest;
use fubako_keys::RootKey;
use fubako_proto::v1::{LedgerVerdict, VerifyLedgerRequest, VerifyVaultRequest};

use crate::support::callers::AUDITOR;
use crate::support::member::hanako;
use crate::support::place::{Place, files_below};
use crate::support::world::World;

async fn verify(world: &World) -> LedgerVerdict {
    let mut answers = world.client(AUDITOR).await.verify_ledger(VerifyLedgerRequest {}).await.unwrap();
    let mut verdict = None;
    while let Some(answer) = answers.next().await.unwrap() {
        verdict = answer.verdict.or(verdict);
    }
    verdict.unwrap()
}

fn segment(data: &Path) -> PathBuf {
    files_below(&data.join("journal")).into_iter().find(|file| file.extension().is_some()).unwrap()
}

/// The one break there is.
fn the_break(verdict: &LedgerVerdict) -> &str {
    assert!(!verdict.ok);
    let [broken] = verdict.breaks.as_slice() else { panic!("{:?}", verdict.breaks) };
    broken
}

#[tokio::test]
async fn a_file_that_is_no_part_of_the_ledger_is_named() {
    let world = World::new().await;
    world.collect(hanako()).await;
    let data = world.place.data();
    let strays = [
        (segment(&data), data.join("journal/203001-00000009.journal")),
        (segment(&data), data.join("index/00000000000000000000-long.run")),
    ];
    for (from, stray) in strays {
        assert!(verify(&world).await.ok);
        fs::copy(from, &stray).unwrap();
        let verdict = verify(&world).await;
        let broken = the_break(&verdict);
        assert!(broken.contains(stray.file_name().unwrap().to_str().unwrap()), "{broken}");
        fs::remove_file(stray).unwrap();
    }
}

#[tokio::test]
async fn a_checkpoint_that_was_changed_is_told_before_the_next_takes_its_place() {
    let world = World::new().await;
    let file = world.place.data().join("tree/checkpoint");
    let old = fs::read(&file).unwrap();
    world.collect(hanako()).await;
    assert!(verify(&world).await.ok);
    fs::write(&file, "garbage").unwrap();
    assert!(the_break(&verify(&world).await).contains("not a signed note"));
    assert!(verify(&world).await.ok, "another is in its place now");
    fs::write(&file, &old).unwrap();
    assert!(the_break(&verify(&world).await).contains("an old copy"));
    fs::remove_file(&file).unwrap();
    assert!(the_break(&verify(&world).await).contains("no checkpoint"));

    // A check of everything looks, too.
    fs::write(&file, "garbage").unwrap();
    let mut answers = world.client(AUDITOR).await.verify_vault(VerifyVaultRequest {}).await.unwrap();
    let mut verdict = None;
    while let Some(answer) = answers.next().await.unwrap() {
        verdict = answer.verdict.or(verdict);
    }
    let verdict = verdict.unwrap();
    assert!(!verdict.ok && verdict.breaks[0].contains("not a signed note"), "{verdict:?}");
}

#[test]
fn a_vault_that_was_never_started_is_whole() {
    let place = Place::new();
    let root = RootKey::load_file(&place.root_file()).unwrap();
    let verdict = audit_at_rest(&place.data(), &root, |_, _| ()).unwrap();
    assert_eq!((verdict.breaks(), verdict.ledger.entries), (Vec::<String>::new(), 0));
    assert_eq!(hex::encode(verdict.ledger.root), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#[tokio::test]
async fn a_store_that_is_gone_is_told_where_no_server_runs() {
    let world = World::new().await;
    world.collect(hanako()).await;
    let place = world.close().await;
    let root = RootKey::load_file(&place.root_file()).unwrap();
    let audit = || audit_at_rest(&place.data(), &root, |_, _| ()).unwrap();
    assert_eq!(audit().breaks(), Vec::<String>::new());
    fs::rename(place.data().join("store"), place.beside("store")).unwrap();
    let breaks = audit().breaks();
    assert!(matches!(breaks.as_slice(), [gone] if gone.contains("is gone")), "{breaks:?}");
}
