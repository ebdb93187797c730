//! Is all that the real server acknowledged or signed for there after `kill -9`, at random moments of a load and of one key
//! rotation after the other, each time?
//!
//! `FUBAKO_KILLS` says how often it is killed; `scripts/torture` does it for as long as wanted.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use fubako_proto::Reason;
use fubako_proto::client::Client;
use fubako_proto::v1::{
    RotateKeyRequest, RotationStage, VerifyVaultRequest, WatchRotationRequest, WatchRotationResponse,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::book::Book;
use crate::child::Site;
use crate::history::History;
use crate::load::{Stories, work};

const WORKERS: usize = 8;
const KILLS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_comes_back_with_all_it_acknowledged() {
    let site = Site::new();
    let mut serving = site.start();
    let mut told = 0;
    let mut stories = Vec::new();
    let mut book = Book::default();
    let mut history = History::begin(&site.client(&serving).await).await;
    for kill in 0..kills() {
        let under_way = Stories::default();
        let mut workers = JoinSet::new();
        for number in 0..WORKERS {
            let client = site.client(&serving).await;
            workers.spawn(work(client, number, Arc::clone(&under_way)));
        }
        let rotating = tokio::spawn(keep_rotating(site.client(&serving).await));
        let watching = tokio::spawn(history.watch(site.client(&serving).await));
        tokio::time::sleep(Duration::from_millis(moment())).await;
        serving.kill();
        workers.join_all().await;
        rotating.await.unwrap();
        history = watching.await.unwrap();
        serving = site.start();
        let client = site.client(&serving).await;
        let lived = std::mem::take(&mut *under_way.lock().unwrap());
        for story in &lived {
            story.check(&client).await;
            told += story.told();
        }
        book.read_on(&client).await;
        book.check(&lived);
        stories.extend(lived);
        history.go_on(&client).await;
        check_vault(&client).await;
        println!("kill {}: {told} acknowledged so far, all there; {} entries signed for", kill + 1, history.size());
    }
    let client = site.client(&serving).await;
    let ended = last_rotation(&client).await.unwrap();
    assert_eq!(ended.stage(), RotationStage::Complete, "{ended:?}");
    for story in &stories {
        story.check(&client).await;
    }
    let mut whole = Book::default();
    whole.read_on(&client).await;
    whole.check(&stories);
    assert!(whole.begins_with(&book), "what the ledger showed is not what it holds");
    serving.kill();
    assert!(told > 0, "nothing was ever acknowledged, so nothing was tried");
}

/// Checks that every field opens, every manifest holds, and store and ledger agree, whatever a rotation was at.
async fn check_vault(client: &Client) {
    let mut answers = client.verify_vault(VerifyVaultRequest {}).await.unwrap();
    let mut verdict = None;
    while let Some(answer) = answers.next().await.unwrap() {
        verdict = answer.verdict.or(verdict);
    }
    let verdict = verdict.unwrap();
    assert!(verdict.ok, "the vault is damaged: {verdict:?}");
}

/// Rotates one key after the other until the server is gone.
async fn keep_rotating(client: Client) {
    for key in ["contact", "index", "manifest", "identity", "signing"].into_iter().cycle() {
        let request = RotateKeyRequest { key: key.into(), ..RotateKeyRequest::default() };
        let under_way = match client.rotate_key(request).await {
            Ok(_) => true,
            Err(error) => *error.reason() == Reason::RotationRunning,
        };
        if !under_way || last_rotation(&client).await.is_none() {
            return;
        }
    }
}

/// How the rotation ended that is under way; none where the server went first.
async fn last_rotation(client: &Client) -> Option<WatchRotationResponse> {
    let mut last = None;
    // After a start nothing is told before the rotation has been taken up.
    while last.is_none() {
        let mut answers = client.watch_rotation(WatchRotationRequest {}).await.ok()?;
        while let Some(answer) = answers.next().await.ok()? {
            last = Some(answer);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    last
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_turned_away_and_the_first_goes_on() {
    let site = Site::new();
    let serving = site.start();
    let (started, said) = site.start_another();
    assert!(!started && said.contains("open in another process"), "{said}");
    let client = site.client(&serving).await;
    let listed = client.list_entries(fubako_proto::v1::ListEntriesRequest::default()).await;
    assert!(listed.is_ok());
    serving.kill();
}

/// A moment of the load, in milliseconds.
fn moment() -> u64 {
    let [first, second, ..] = Uuid::new_v4().into_bytes();
    30 + u64::from(u16::from_be_bytes([first, second])) % 900
}

fn kills() -> usize {
    let wanted = env::var_os("FUBAKO_KILLS");
    wanted.and_then(|wanted| wanted.to_str()?.parse().ok()).unwrap_or(KILLS)
}
