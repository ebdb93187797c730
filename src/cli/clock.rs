//! The clock: the one place where this program reads the time of day.

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::time::Clock;

/// The system's clock, for a vault.
pub(super) fn clock() -> Clock {
    Arc::new(now)
}

/// The present instant.
#[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}
