//! The thread that flushes sled, watched by whoever asks: a flush that hangs must not hang the vault unseen.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Flushes a database on a thread of its own.
#[derive(Debug)]
pub(super) struct Flusher {
    requests: Option<Sender<Sender<Result<(), Failure>>>>,
    thread: Option<JoinHandle<()>>,
    limit: Duration,
}

/// Why a flush is not done.
#[derive(Debug)]
pub(super) enum Failure {
    /// sled said so.
    Engine(sled::Error),
    /// The sync of the second descriptor said so.
    Sync(io::Error),
    /// It did not come back in time.
    Hung,
}

impl Flusher {
    /// Starts the thread.
    ///
    /// `own` is the database's file, opened before sled wrote anything: the kernel reports a failed write-back once to
    /// every descriptor, and sled's own thread can use up the report to sled's.
    pub(super) fn start(database: sled::Db, own: File, limit: Duration) -> io::Result<Self> {
        let flush = move || {
            database.flush().map_err(Failure::Engine)?;
            own.sync_data().map_err(Failure::Sync)
        };
        Self::start_with(flush, limit)
    }

    fn start_with(flush: impl Fn() -> Result<(), Failure> + Send + 'static, limit: Duration) -> io::Result<Self> {
        let (requests, asked) = channel();
        let thread = thread::Builder::new().name("store-flush".into()).spawn(move || serve(&asked, flush))?;
        Ok(Self { requests: Some(requests), thread: Some(thread), limit })
    }

    /// Flushes, and waits no longer than the limit.
    pub(super) fn flush(&self) -> Result<(), Failure> {
        let (reply, done) = channel();
        // A thread that is gone has panicked within a flush.
        self.requests.as_ref().and_then(|requests| requests.send(reply).ok()).ok_or(Failure::Hung)?;
        match done.recv_timeout(self.limit) {
            Ok(flushed) => flushed,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(Failure::Hung),
        }
    }

    /// Ends the thread and waits for it, so that the database is closed when its owner is.
    pub(super) fn finish(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported as a flush that hung.
            thread.join().unwrap_or_default();
        }
    }

    /// Leaves a thread that hangs to itself.
    pub(super) fn abandon(&mut self) {
        self.requests = None;
        self.thread = None;
    }
}

fn serve(asked: &Receiver<Sender<Result<(), Failure>>>, flush: impl Fn() -> Result<(), Failure>) {
    for reply in asked {
        // Who asked may have given up.
        reply.send(flush()).unwrap_or_default();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_flush_that_hangs_is_reported_in_time() {
        let (release, hanging) = channel::<()>();
        let flush = move || hanging.recv().map_err(|_| Failure::Hung);
        let mut flusher = Flusher::start_with(flush, Duration::from_millis(20)).unwrap();
        assert!(matches!(flusher.flush(), Err(Failure::Hung)));
        release.send(()).unwrap();
        drop(release);
        flusher.finish();
    }

    #[test]
    fn a_flush_that_panics_is_reported() {
        let flush = || -> Result<(), Failure> { unreachable!() };
        let flusher = Flusher::start_with(flush, Duration::from_mins(1)).unwrap();
        assert!(matches!(flusher.flush(), Err(Failure::Hung)));
        assert!(matches!(flusher.flush(), Err(Failure::Hung)));
    }
}
