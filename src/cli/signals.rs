//! Signals: how a program that runs until it is stopped is asked to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::error::Error;

/// The signals that end a program: `SIGTERM` and `SIGINT`, and with a terminal's program `SIGHUP`.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

/// What `SIGHUP` means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hangup {
    /// The terminal is gone, and the program with it.
    Ends,
    /// The configuration is to be read again.
    Reloads,
}

impl Signals {
    /// Listens from now on; the signals do not end the process by themselves any more.
    pub(super) fn listen() -> Result<Self, Error> {
        let terminate = signal(SignalKind::terminate()).map_err(Error::Runtime)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(Error::Runtime)?;
        Ok(Self { terminate, interrupt, hangup: signal(SignalKind::hangup()).map_err(Error::Runtime)? })
    }

    /// Waits for one of them.
    pub(super) async fn arrived(&mut self, hangup: Hangup) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv(), if hangup == Hangup::Ends => {}
        }
    }
}
