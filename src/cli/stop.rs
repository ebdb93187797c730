//! Stopping: how the process ends, without answering anybody, when nobody knows any more what the disk holds.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::cli::exit::Exit;
use crate::cli::screen::{self, Screen};
use crate::commit::OnFatal;
use crate::telemetry::OnStoreError;

/// Ends the process when the disk fails, in words that fit how far the start has come; clones share that.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    screen: Screen,
    opened: Arc<AtomicBool>,
}

impl Stop {
    /// Tells it in the shape of that screen.
    pub(super) fn new(screen: Screen) -> Self {
        Self { screen, opened: Arc::default() }
    }

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
        screen::fail(&self.told(what));
        process::exit(Exit::NotDurable.code().into());
    }

    /// What happened, why it ends the process, and what to do, as other failures are told.
    fn told(&self, what: &str) -> String {
        let (happened, why, advice) =
            if self.opened.load(Ordering::Acquire) { ("stopped", WHY, DO) } else { ("not started", WHY_NOT, DO_FIRST) };
        let message = format!("fubako has {happened}: {what}");
        if self.screen.is_json() {
            let code = Exit::NotDurable.code();
            json!({ "error": { "message": message, "reason": null, "why": [why], "findings": null, "advice": advice,
                "exit_code": code } })
            .to_string()
        } else {
            format!("{message}\n  why: {why}\n  do:  {advice}")
        }
    }
}

const WHY: &str = "after a failed sync nobody knows what the disk holds; going on could acknowledge what is not there";
const DO: &str = "see that the disk is sound and has room, then start it again: what was acknowledged is applied from the \
     redo log, the rest was never answered";
const WHY_NOT: &str = "the disk failed or is full, or the store's files are damaged or cut short";
const DO_FIRST: &str = "see that the disk is sound and has room, then start it again; if it says the same, restore the whole \
     data folder from one backup";

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::cli::screen::{Color, Format};

    fn stop(format: Format) -> Stop {
        Stop::new(Screen::new(format, Color::Never))
    }

    #[test]
    fn the_cause_stands_first_and_the_advice_fits_how_far_the_start_has_come() {
        let stop = stop(Format::Text);
        let before = stop.told("a flush failed");
        assert!(before.starts_with("fubako has not started: a flush failed\n"), "{before}");
        assert!(before.contains("restore the whole data folder"), "{before}");
        stop.clone().vault_is_open();
        let after = stop.told("a flush failed");
        assert!(after.starts_with("fubako has stopped: a flush failed\n"), "{after}");
        assert!(after.contains("applied from the redo log"), "{after}");
    }

    #[test]
    fn a_program_is_told_in_one_line_of_json_shaped_like_every_other_failure() {
        let stop = stop(Format::Json);
        for (opened, begins) in [(false, "fubako has not started: "), (true, "fubako has stopped: ")] {
            stop.opened.store(opened, Ordering::Release);
            let told = stop.told("a flush failed");
            let json: Value = serde_json::from_str(&told).unwrap_or_default();
            let at = |path: &str| json.pointer(path).cloned().unwrap_or_default();
            assert_eq!(at("/error/message"), format!("{begins}a flush failed"));
            assert_eq!((at("/error/exit_code"), told.lines().count()), (74.into(), 1));
            assert!(at("/error/why/0").is_string() && at("/error/advice").is_string(), "{told}");
            let like = crate::cli::error::Error::NoVerdict.json();
            let keys =
                |value: &Value| value["error"].as_object().map(|object| object.keys().cloned().collect::<Vec<_>>());
            assert_eq!(keys(&json), keys(&like));
        }
    }
}
