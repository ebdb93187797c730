//! Failures of the engine after which the process must stop, and whom to tell.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

/// Why the process must stop: what the engine was told may never become durable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fatal {
    /// A flush did not come back.
    #[error("a flush of the store took longer than {} seconds", .0.as_secs())]
    FlushHung(Duration),
    /// A flush came back with an error.
    #[error("a flush of the store failed")]
    FlushFailed,
    /// A group could not be applied.
    #[error("the store could not apply a group")]
    ApplyFailed,
}

/// Whom to tell of a [`Fatal`]; it should end the process, and may be called from any thread.
///
/// Where it returns, the store refuses everything from then on.
pub type OnFatal = Arc<dyn Fn(&Fatal) + Send + Sync>;
