//! The flusher: a thread that flushes the store now and then, and tells how much of the redo log may be dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::commit::{Fatal, OnFatal};
use crate::store::{Store, StoreError};

/// What the thread works with.
pub(super) struct Flusher {
    pub(super) store: Arc<dyn Store>,
    /// The last group applied.
    pub(super) applied: Arc<AtomicU64>,
    /// The last group two flushes have covered.
    pub(super) flushed: Arc<AtomicU64>,
    /// Closed when nothing is committed any more.
    pub(super) end: Receiver<()>,
    pub(super) on_fatal: OnFatal,
}

impl Flusher {
    /// Flushes whenever something was applied, until the end, and then once more.
    pub(super) fn run(self) {
        let mut covered = 0;
        loop {
            let ending = self.end.recv_timeout(EVERY) == Err(RecvTimeoutError::Disconnected);
            let applied = self.applied.load(Ordering::Acquire);
            if applied > covered {
                match self.flush(covered) {
                    Ok(()) => covered = applied,
                    Err(error) => return (self.on_fatal)(&Fatal::Store(error)),
                }
            }
            if ending {
                return;
            }
        }
    }

    fn flush(&self, covered: u64) -> Result<(), StoreError> {
        self.store.flush()?;
        // Redo is dropped only up to the flush before this one, so that two have covered it.
        self.flushed.store(covered, Ordering::Release);
        Ok(())
    }
}

const EVERY: Duration = Duration::from_secs(1);
