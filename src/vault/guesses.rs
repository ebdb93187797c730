//! Guesses: how often one caller may have claims about one member compared before it has to wait.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::ids::{CallerName, MemberId};

/// Counts the claims each caller makes about each member; it forgets nothing by being asked from many connections.
#[derive(Debug, Default)]
pub struct Guesses {
    made: Mutex<HashMap<(CallerName, MemberId), Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    started: Timestamp,
    guesses: u32,
}

impl Guesses {
    /// Counts further claims; refuses, and says how long to wait, when they are more than the window has room for.
    pub fn count(&self, caller: &CallerName, member: MemberId, claims: u32, now: Timestamp) -> Result<(), Duration> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = (caller.clone(), member);
        if made.len() >= MOST_WINDOWS && !made.contains_key(&pair) {
            made.retain(|_, window| !window.is_over(now));
            if made.len() >= MOST_WINDOWS {
                return Err(CROWDED);
            }
        }
        let fresh = Window { started: now, guesses: 0 };
        let window = made.entry(pair).or_insert(fresh);
        if window.is_over(now) {
            *window = fresh;
        }
        window.guesses = window.guesses.saturating_add(claims);
        if window.guesses > MAX_GUESSES { Err(window.remaining(now)) } else { Ok(()) }
    }
}

impl Window {
    fn is_over(&self, now: Timestamp) -> bool {
        self.remaining(now).is_zero()
    }

    fn remaining(&self, now: Timestamp) -> Duration {
        let end = self.started.saturating_add(WINDOW).unwrap_or(now);
        Duration::try_from(now.duration_until(end)).unwrap_or_default()
    }
}

/// Claims about one member by one caller within a window.
pub const MAX_GUESSES: u32 = 10;
const WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// Windows kept at once; when they are that many and none is over, nobody new is guessed about for a while.
const MOST_WINDOWS: usize = 100_000;
const CROWDED: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::new(minute * 60, 0).unwrap_or_default()
    }

    fn caller() -> CallerName {
        CallerName::parse("shop").unwrap_or_else(|_| unreachable!())
    }

    #[test]
    fn guesses_run_out_and_come_back() {
        let guesses = Guesses::default();
        let (caller, member) = (caller(), MemberId::from_bytes([1; 16]));
        for _ in 0..MAX_GUESSES {
            assert_eq!(guesses.count(&caller, member, 1, at(0)), Ok(()));
        }
        assert_eq!(guesses.count(&caller, member, 1, at(1)), Err(Duration::from_mins(14)));
        assert_eq!(guesses.count(&caller, member, 1, at(15)), Ok(()));
    }

    #[test]
    fn many_claims_in_one_request_count_each() {
        let guesses = Guesses::default();
        assert!(guesses.count(&caller(), MemberId::from_bytes([1; 16]), MAX_GUESSES + 1, at(0)).is_err());
    }

    #[test]
    fn guesses_about_one_member_leave_another_alone() {
        let guesses = Guesses::default();
        let _ = guesses.count(&caller(), MemberId::from_bytes([1; 16]), MAX_GUESSES + 1, at(0));
        assert_eq!(guesses.count(&caller(), MemberId::from_bytes([2; 16]), 1, at(0)), Ok(()));
    }
}
