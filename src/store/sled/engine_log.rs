//! A logger that takes what sled logs as an error for fatal, and passes everything on.
//!
//! sled's own thread only logs a failed sync, and then goes on. Its events come by the crate `log`. The binary
//! installs this logger before the store is opened, around the one that shows events (with `tracing`:
//! `tracing_log::LogTracer::new()`, and its subscriber by `tracing::subscriber::set_global_default`, since a
//! subscriber's own `init` would install another logger).

use std::fmt;

use log::{Level, LevelFilter, Log, Metadata, Record, SetLoggerError};

use crate::store::sled::fatal::{Fatal, OnFatal};

/// The logger of the process.
pub struct EngineLog {
    shown: Box<dyn Log>,
    on_fatal: OnFatal,
}

impl EngineLog {
    /// Makes this the logger of the process: `shown` shows events up to the level, and errors of the engine go to
    /// `on_fatal` once they were shown. Fails where the process has a logger.
    pub fn install(shown: Box<dyn Log>, level: LevelFilter, on_fatal: OnFatal) -> Result<(), SetLoggerError> {
        log::set_boxed_logger(Box::new(Self { shown, on_fatal }))?;
        log::set_max_level(level.max(LevelFilter::Error));
        Ok(())
    }
}

impl Log for EngineLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_fatal(metadata) || self.shown.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        self.shown.log(record);
        if is_fatal(record.metadata()) {
            self.shown.flush();
            (self.on_fatal)(&Fatal::EngineReported(record.target().to_owned()));
        }
    }

    fn flush(&self) {
        self.shown.flush();
    }
}

impl fmt::Debug for EngineLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EngineLog")
    }
}

/// Settings are the one thing sled calls an error without one: it says there that it lowered the cache to the memory of
/// its control group. Settings it cannot work with also fail `open`.
fn is_fatal(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let of_engine = target == "sled" || target.starts_with("sled::");
    metadata.level() == Level::Error && of_engine && target != "sled::config"
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use std::sync::{Arc, Mutex};

    struct Silent;

    impl Log for Silent {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            false
        }

        fn log(&self, _: &Record<'_>) {}

        fn flush(&self) {}
    }

    #[test]
    fn only_errors_of_the_engine_are_fatal() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let on_fatal: OnFatal = Arc::new(move |fatal| told.lock().unwrap().push(fatal.clone()));
        let logger = EngineLog { shown: Box::new(Silent), on_fatal };
        for (level, target) in [
            (Level::Error, "sled::flusher"),
            (Level::Warn, "sled::flusher"),
            (Level::Error, "sled::config"),
            (Level::Error, "sledge"),
            (Level::Error, "fubako"),
        ] {
            let metadata = Metadata::builder().level(level).target(target).build();
            logger.log(&Record::builder().metadata(metadata).build());
        }
        assert_eq!(*seen.lock().unwrap(), [Fatal::EngineReported("sled::flusher".into())]);
    }
}
