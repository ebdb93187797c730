//! The clock: the one place where this program reads the time of day.

use std::ops::RangeInclusive;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use thiserror::Error;

use crate::model::time::Clock;

/// The clock stands where no clock that was ever set does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("the clock stands at `{0}`, outside the years {first} to {last}", first = YEARS.start(), last = YEARS.end())]
pub(super) struct WrongClock(Timestamp);

/// The system's clock, for a vault.
pub(super) fn clock() -> Clock {
    Arc::new(now)
}

/// The present instant.
#[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

/// The present instant, if it can be: a vault that starts by a clock gone astray writes entries and makes keys for a
/// time that is not.
pub(super) fn sound_now() -> Result<Timestamp, WrongClock> {
    sound(now())
}

fn sound(now: Timestamp) -> Result<Timestamp, WrongClock> {
    let year = now.to_zoned(TimeZone::UTC).year();
    if YEARS.contains(&year) { Ok(now) } else { Err(WrongClock(now)) }
}

const YEARS: RangeInclusive<i16> = 2020..=2100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_outside_a_vaults_time_is_refused() {
        let at = |text: &str| sound(text.parse().unwrap_or_default()).map_err(|error| error.to_string());
        for right in ["2020-01-01T00:00:00Z", "2026-11-23T09:00:00Z", "2100-12-31T23:59:59Z"] {
            assert!(at(right).is_ok(), "{right}");
        }
        for wrong in ["1970-01-01T00:00:00Z", "2019-12-31T23:59:59Z", "2101-01-01T00:00:00Z"] {
            assert_eq!(at(wrong), Err(format!("the clock stands at `{wrong}`, outside the years 2020 to 2100")));
        }
    }
}
