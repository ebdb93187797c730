//! Telemetry: what a process tells of itself while it runs, as structured events in which no value can stand.
//!
//! Events carry names, ids, counts and times. Whatever holds personal data prints its type's name and nothing else under
//! `Debug` and has no `Display`, so that an event cannot show it even by mistake.

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use thiserror::Error;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, fmt as lines};

/// How events are written; always to the standard error stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines people read.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Why telemetry did not start.
#[derive(Debug, Error)]
pub enum Error {
    /// The filter is none.
    #[error("`{filter}` (--log, FUBAKO_LOG) is not a log filter; write one such as `info` or `fubako=debug`")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        #[source]
        source: ParseError,
    },
    /// The filter speaks of the embedded store.
    #[error(
        "the log filter (--log, FUBAKO_LOG) must not speak of `sled`: below warnings, its events show whole pages of the store"
    )]
    StoreEvents,
    /// The filter speaks of the client of transit engines.
    #[error(
        "the log filter (--log, FUBAKO_LOG) must not speak of `ureq`: its finest events show what a transit engine is sent, \
         token and root key included"
    )]
    ClientEvents,
    /// Another subscriber is there.
    #[error("events are already being collected in this process")]
    Started(#[from] TryInitError),
}

/// Called with the embedded store's words when it logs an error, after which nothing may be written any more.
pub type OnStoreError = Arc<dyn Fn(&str) + Send + Sync>;

/// Starts collecting the events of this process that pass the filter, also those of crates that use `log`.
///
/// The embedded store reports a failed background sync as a log line and nowhere else, so each error it logs calls
/// `on_store_error`.
pub fn start(format: LogFormat, filter: &str, on_store_error: OnStoreError) -> Result<(), Error> {
    let filter = filter_of(filter)?;
    let events = tracing_subscriber::registry().with(filter).with(StoreErrors { on_error: on_store_error });
    match format {
        LogFormat::Text => {
            let layer = lines::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
            events.with(layer).try_init()?;
        }
        LogFormat::Json => events.with(lines::layer().with_writer(io::stderr).json().flatten_event(true)).try_init()?,
    }
    Ok(())
}

fn filter_of(filter: &str) -> Result<EnvFilter, Error> {
    if filter.contains(STORE) {
        return Err(Error::StoreEvents);
    }
    if filter.contains(CLIENT) {
        return Err(Error::ClientEvents);
    }
    EnvFilter::try_new(format!("{filter},{STORE}=warn,{CLIENT}=warn,{CLIENT}_proto=warn"))
        .map_err(|source| Error::Filter { filter: filter.to_owned(), source })
}

/// Watches for errors the embedded store logs.
struct StoreErrors {
    on_error: OnStoreError,
}

impl<S: Subscriber> Layer<S> for StoreErrors {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            let mut origin = Origin { is_store: is_store(event.metadata().target()), words: String::new() };
            event.record(&mut origin);
            if origin.is_store {
                // Handed over, since the process may end in there, before any other layer writes them.
                (self.on_error)(&readable(&origin.words));
            }
        }
    }
}

/// Finds out whose event it is and what it says; one that came through `log` says whose in a field.
struct Origin {
    is_store: bool,
    words: String,
}

impl Visit for Origin {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.is_store |= field.name() == "log.target" && is_store(value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.words = format!("{value:?}");
        }
    }
}

/// The store's words on one line, without the backtrace it does not have.
///
/// At this level its events tell of positions, sizes and the system's errors, never of what a page holds.
fn readable(words: &str) -> String {
    let told = words.split(" backtrace ").next().unwrap_or_default().replace(", bt: ()", "");
    let line = told.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MOST_WORDS).collect()
}

/// Whether an error of that target is one of the store's.
///
/// Under `sled::config` it calls an error what is none: that it lowered the cache to the memory of its control group.
fn is_store(target: &str) -> bool {
    match target.strip_prefix(STORE) {
        Some(module) => module.is_empty() || (module.starts_with("::") && module != "::config"),
        None => false,
    }
}

const STORE: &str = "sled";
/// The client of transit engines, and with `_proto` behind it what it is made of.
const CLIENT: &str = "ureq";
/// Characters of the store's words that are told.
const MOST_WORDS: usize = 300;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn told(events: impl FnOnce()) -> Vec<String> {
        let told = Arc::new(Mutex::new(Vec::new()));
        let on_error: OnStoreError = {
            let told = Arc::clone(&told);
            Arc::new(move |words| told.lock().unwrap().push(words.to_owned()))
        };
        let subscriber = tracing_subscriber::registry().with(StoreErrors { on_error });
        tracing::subscriber::with_default(subscriber, events);
        told.lock().unwrap().drain(..).collect()
    }

    #[test]
    fn an_error_the_store_logs_is_noticed() {
        assert_eq!(told(|| tracing::error!(target: "sled::pagecache", "a sync failed")), ["a sync failed"]);
        let logged = told(|| tracing::error!(target: "log", { log.target = "sled::flusher" }, "a {} failed", "flush"));
        assert_eq!(logged, ["a flush failed"]);
    }

    #[test]
    fn its_words_are_told_on_one_line_without_a_backtrace() {
        let corrupted = "failed to flush: Read corrupted data at file offset None backtrace ()";
        assert_eq!(readable(corrupted), "failed to flush: Read corrupted data at file offset None");
        assert_eq!(readable("a thread\n      ended"), "a thread ended");
        assert_eq!(readable("failed: Corruption { at: None, bt: () }"), "failed: Corruption { at: None }");
        assert_eq!(readable(&"x".repeat(1000)).len(), MOST_WORDS);
    }

    #[test]
    fn other_events_are_not_taken_for_it() {
        assert!(told(|| tracing::warn!(target: "sled", "slow")).is_empty());
        assert!(told(|| tracing::error!(target: "sled::config", "less cache")).is_empty());
        assert!(told(|| tracing::error!(target: "sledge", "another crate")).is_empty());
        assert!(told(|| tracing::error!(target: "fubako", { log.line = "sled" }, "not a target")).is_empty());
    }

    #[test]
    fn nobody_turns_on_events_that_show_what_is_sealed() {
        assert!(matches!(filter_of("info,sled::pagecache=trace"), Err(Error::StoreEvents)));
        assert!(matches!(filter_of("ureq_proto=trace"), Err(Error::ClientEvents)));
        assert!(matches!(filter_of("fubako=loud"), Err(Error::Filter { .. })));
        assert!(filter_of("fubako=debug,info").is_ok());
    }
}
