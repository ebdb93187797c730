//! The pace of a sweep: fast where the vault has nothing else to do, and behind everybody where it has.

use std::thread::Builder;
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::setpriority_process;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// How fast a sweep may go: by what its last batch did to everybody else.
pub(super) struct Pace {
    /// How many records the next batch has.
    pub(super) size: usize,
    /// How many records were checked in the last second that was counted.
    pub(super) rate: u64,
    since: Timestamp,
    checked: u64,
}

impl Pace {
    pub(super) const fn beginning(now: Timestamp) -> Self {
        Self { size: FIRST, rate: 0, since: now, checked: 0 }
    }

    /// Takes note of a batch that was committed, of so many records, in that time, and rests where others did something
    /// meanwhile: they have every second moment to themselves.
    pub(super) async fn keep(&mut self, (now, checked): (Timestamp, u64), took: Duration, beside_others: bool) {
        let (long, largest) = if beside_others { (LONG_BESIDE, LARGEST_BESIDE) } else { (LONG, LARGEST) };
        // Everybody waits for a batch that is being committed.
        self.size = if took > long { self.size / 2 } else { self.size * 2 }.clamp(SMALLEST, largest);
        self.checked += checked;
        let elapsed = self.since.duration_until(now).as_millis();
        if let Ok(elapsed @ 1000..) = u64::try_from(elapsed) {
            self.rate = self.checked * 1000 / elapsed;
            (self.since, self.checked) = (now, 0);
        }
        if beside_others {
            sleep(took).await;
        }
    }
}

/// Works on a thread of its own that runs behind those who answer calls. Nothing comes where none could be begun.
pub(super) fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> oneshot::Receiver<T> {
    let (done, coming) = oneshot::channel();
    let thread = Builder::new().name("resealer".to_owned()).spawn(move || {
        // To be nicer is always allowed; where it is not, others wait a little longer.
        let _ = setpriority_process(None, NICE);
        // Whoever asked may have stopped.
        let _ = done.send(work());
    });
    if let Err(error) = thread {
        tracing::warn!(%error, "no thread could be begun to seal records anew");
    }
    coming
}

/// How much the thread yields, of 19.
const NICE: i32 = 10;
/// A commit that is felt.
const LONG: Duration = Duration::from_millis(8);
const LONG_BESIDE: Duration = Duration::from_millis(3);
const FIRST: usize = 64;
const SMALLEST: usize = 16;
/// So many records of the usual size fill a group.
const LARGEST: usize = 256;
const LARGEST_BESIDE: usize = 64;
