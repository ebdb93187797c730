//! Stopping: how the process ends, without answering anybody, when nobody knows any more what the disk holds.

use std::io::{self, Write as _};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::exit::Exit;
use crate::commit::OnFatal;
use crate::telemetry::OnStoreError;

/// Ends the process when the disk fails, in words that fit how far the start has come; clones share that.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop {
    opened: Arc<AtomicBool>,
}

impl Stop {
    /// The vault is open: from here on a failure is one of writing.
    pub(super) fn vault_is_open(&self) {
        self.opened.store(true, Ordering::Release);
    }

    /// What happens when a write could not be made durable: nobody is answered any more.
    pub(super) fn on_fatal(&self) -> OnFatal {
        let stop = self.clone();
        Arc::new(move |fatal| stop.now(&fatal.to_string()))
    }

    /// What happens when the embedded store logs an error, which may be a sync that failed.
    pub(super) fn on_store_error(&self) -> OnStoreError {
        let stop = self.clone();
        Arc::new(move |words| stop.now(&format!("the store's engine reported: {words}")))
    }

    fn now(&self, what: &str) {
        // Whether anybody can still read it or not: the process has to end.
        let _ = writeln!(io::stderr(), "{}", self.told(what));
        process::exit(Exit::NotDurable.code().into());
    }

    fn told(&self, what: &str) -> String {
        if self.opened.load(Ordering::Acquire) {
            format!(
                "fubako has stopped: {what}\n  why: after a failed sync nobody knows what the disk holds; going on \
                 could acknowledge what is not there\n  do:  see that the disk is sound and has room, then start it \
                 again: what was acknowledged is applied from the redo log, the rest was never answered"
            )
        } else {
            format!(
                "fubako has not started: {what}\n  why: the disk failed or is full, or the store's files are damaged \
                 or cut short\n  do:  see that the disk is sound and has room, then start it again; if it says the \
                 same, restore the whole data folder from one backup"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_stands_first_and_the_advice_fits_how_far_the_start_has_come() {
        let stop = Stop::default();
        let before = stop.told("a flush failed");
        assert!(before.starts_with("fubako has not started: a flush failed\n"), "{before}");
        assert!(before.contains("restore the whole data folder"), "{before}");
        stop.clone().vault_is_open();
        let after = stop.told("a flush failed");
        assert!(after.starts_with("fubako has stopped: a flush failed\n"), "{after}");
        assert!(after.contains("applied from the redo log"), "{after}");
    }
}
