//! Does a full disk stop releases in order, every view received written down, and do they go on by themselves with room?

use std::env;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use fubako::store::space::free_space;
use fubako_proto::Reason;
use fubako_proto::client::{Client, Error};
use fubako_proto::v1::ListEntriesRequest;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;

use crate::book::Book;
use crate::child::{Serving, Site};
use crate::history::History;
use crate::load::{Stories, Story, work};

/// Where the small disk is mounted, in the process that has it.
const DISK: &str = "FUBAKO_SMALL_DISK";
const SIZE: &str = "size=96m";
/// What the vault of `Site` keeps free.
const RESERVE: u64 = 16 << 20;
const WORKERS: usize = 4;

/// What takes the room on the disk that nobody else does.
#[derive(Clone)]
struct Ballast(PathBuf);

impl Ballast {
    /// On the small disk, if this process is the one that has it.
    fn of_the_small_disk() -> Option<Self> {
        env::var_os(DISK).map(|disk| Self(Path::new(&disk).join("ballast")))
    }

    fn free(&self) -> u64 {
        free_space(self.0.parent().unwrap()).unwrap()
    }

    /// Leaves so many bytes free, or as few as the disk can be filled to.
    fn leave(&self, bytes: u64) {
        let file = File::options().create(true).append(true).open(&self.0).unwrap();
        while let Some(over) = self.free().checked_sub(bytes).filter(|over| *over > 0) {
            let length = usize::try_from(over).unwrap().min(ZEROS.len());
            if (&file).write_all(&ZEROS[..length]).is_err() {
                break;
            }
        }
    }

    /// Gives it all back.
    fn drop(&self) {
        File::create(&self.0).unwrap();
    }
}

/// The vault on the small disk, with all anybody was told of it.
struct Tale {
    site: Site,
    serving: Serving,
    stories: Vec<Story>,
    history: History,
}

impl Tale {
    async fn begin() -> Self {
        let site = Site::new();
        let serving = site.start();
        let history = History::begin(&site.client(&serving).await).await;
        Self { site, serving, stories: Vec::new(), history }
    }

    async fn client(&self) -> Client {
        self.site.client(&self.serving).await
    }

    fn tell(&self, what: &str) {
        let told: usize = self.stories.iter().map(Story::told).sum();
        println!("{what}: {told} acknowledged, {} bytes free", free_space(&self.site.home()).unwrap());
    }

    /// Works until every worker has failed, and checks that it is for such a reason.
    async fn work_until(&mut self, fails: impl Fn(&Error) -> bool) -> usize {
        let under_way = Stories::default();
        let mut workers = JoinSet::new();
        for number in 0..WORKERS {
            workers.spawn(work(self.client().await, number, Arc::clone(&under_way)));
        }
        for error in workers.join_all().await {
            assert!(fails(&error), "{error}");
        }
        let lived = std::mem::take(&mut *under_way.lock().unwrap());
        let told = lived.iter().map(Story::told).sum();
        self.stories.extend(lived);
        self.tell("stopped");
        told
    }

    /// Waits until the vault writes again.
    async fn wait_for_room(&mut self) {
        let client = self.client().await;
        for _ in 0..100 {
            let listed = client.list_entries(ListEntriesRequest::default()).await;
            if listed.is_ok() {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("there is room, but the vault does not go on\n{}", self.site.log());
    }

    /// Checks that everything anybody was told of is there, and that the ledger is in order and goes on from before.
    async fn check(&mut self) {
        let client = self.client().await;
        for story in &self.stories {
            story.check(&client).await;
        }
        let mut book = Book::default();
        book.read_on(&client).await;
        book.check(&self.stories);
        self.history.go_on(&client).await;
        self.tell("all there");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn releases_stop_on_a_full_disk_and_go_on_when_there_is_room() {
    let Some(ballast) = Ballast::of_the_small_disk() else {
        return run_on_a_small_disk("releases_stop_on_a_full_disk_and_go_on_when_there_is_room");
    };
    let mut tale = Tale::begin().await;
    // Filled by the vault's own work, down to the reserve.
    ballast.leave(RESERVE + (1 << 20));
    assert!(tale.work_until(is_refused).await > 0 && ballast.free() < RESERVE);
    sleep(FLUSHED).await;
    // Filled by somebody else, to the last byte.
    for left in [RESERVE / 2, 0] {
        ballast.leave(left);
        assert_eq!(tale.work_until(is_refused).await, 0);
    }
    ballast.drop();
    tale.wait_for_room().await;
    tale.check().await;
    // Stopped for want of room, in order, and not started until there is some: to the last byte, since a start gives back
    // what the run before had made ready.
    ballast.leave(0);
    tale.serving.stop();
    let said = tale.site.refusal(&[]);
    assert!(said.contains("room") || said.contains("space"), "{said}");
    ballast.drop();
    tale.serving = tale.site.start();
    tale.check().await;
    tale.serving.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_filled_faster_than_anybody_looks_loses_nothing() {
    let Some(ballast) = Ballast::of_the_small_disk() else {
        return run_on_a_small_disk("a_disk_filled_faster_than_anybody_looks_loses_nothing");
    };
    let mut tale = Tale::begin().await;
    for _ in 0..3 {
        let filling = ballast.clone();
        let filled = spawn_blocking(move || {
            thread::sleep(Duration::from_millis(500));
            filling.leave(0);
        });
        assert!(tale.work_until(|error| is_refused(error) || error.was_cut_off()).await > 0);
        filled.await.unwrap();
        sleep(FLUSHED).await;
        ballast.drop();
        // The store gives up where it cannot write what it holds: the vault stops then, and says why.
        if tale.serving.has_ended() {
            assert!(tale.site.log().contains("No space left on device"), "{}", tale.site.log());
            tale.serving = tale.site.start();
        }
        tale.wait_for_room().await;
        tale.check().await;
    }
    tale.serving.stop();
}

fn is_refused(error: &Error) -> bool {
    *error.reason() == Reason::LedgerUnavailable
}

/// Runs a test of this file again, in namespaces of its own and on a small file system; passes over it where that is not
/// allowed.
fn run_on_a_small_disk(test: &str) {
    let disk = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o {SIZE} tmpfs \"$0\" || exit {NOT_ALLOWED}; exec \"$@\"");
    let (_, name) = concat!(module_path!(), "::").split_once("::").unwrap();
    let ran = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &mount])
        .arg(disk.path())
        .arg(env::current_exe().unwrap())
        .args([&format!("{name}{test}"), "--exact", "--nocapture"])
        .env(DISK, disk.path())
        .env("TMPDIR", disk.path())
        .output();
    let ran = match ran {
        Ok(ran) => ran,
        Err(error) => return println!("passed over: cannot run `unshare`: {error}"),
    };
    let said = [ran.stdout, ran.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    if said.contains("unshare failed") || ran.status.code() == Some(NOT_ALLOWED) {
        return println!("passed over: no file system of a limited size can be had here: {said}");
    }
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
    print!("{said}");
}

static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];
const NOT_ALLOWED: i32 = 77;
/// Longer than the store takes to be flushed, and the ledger to be signed.
const FLUSHED: Duration = Duration::from_secs(2);
