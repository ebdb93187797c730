//! When a failed call may be made again, and after how long.

use std::time::Duration;

use tonic::Code;

use crate::client::Error;

/// What a call that was carried out leaves behind, which decides when it is safe to make it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it can always be made again.
    Read,
    /// A change under a request id: made again, it answers the same again.
    Mutation,
    /// An entry of the ledger for each time: made again, it is a second release, query or guess on record.
    Release,
}

/// How often and how patiently to repeat. Waits double from the first to the longest, and are spread at random.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    attempts: u32,
    first_wait: Duration,
    longest_wait: Duration,
}

impl RetryPolicy {
    /// Every call is made once.
    pub const NEVER: Self = Self::new(1, Duration::ZERO, Duration::ZERO);

    /// At most `attempts` in all. A vault that asks for more than `longest_wait` is not waited for.
    #[must_use]
    pub const fn new(attempts: u32, first_wait: Duration, longest_wait: Duration) -> Self {
        Self { attempts, first_wait, longest_wait }
    }

    /// How long to wait before the next attempt, or `None` when the failure is final.
    ///
    /// `attempt` counts those made, from 1. `jitter` spreads the waits of many clients over the upper half of the wait.
    #[must_use]
    pub fn delay(&self, effect: Effect, failure: &Error, attempt: u32, jitter: u8) -> Option<Duration> {
        if attempt >= self.attempts || !is_safe(effect, failure) {
            return None;
        }
        let half = self.backoff(attempt) / 2;
        let spread = half * u32::from(jitter) / u32::from(u8::MAX);
        match failure.retry_after() {
            Some(asked) if asked > self.longest_wait => None,
            Some(asked) => Some(asked + spread),
            None => Some(half + spread),
        }
    }

    fn backoff(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(MOST_DOUBLINGS);
        self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait)
    }
}

impl Default for RetryPolicy {
    /// 4 attempts, waiting from 50 milliseconds up to 2 seconds.
    fn default() -> Self {
        Self::new(4, Duration::from_millis(50), Duration::from_secs(2))
    }
}

/// Whether making the call again can do no harm.
fn is_safe(effect: Effect, failure: &Error) -> bool {
    if failure.certificate_was_refused() {
        // The next handshake would end like this one.
        return false;
    }
    if failure.was_never_sent() {
        return true;
    }
    let may_pass = matches!(failure.code(), Code::Unavailable | Code::ResourceExhausted);
    let nothing_was_done = may_pass && failure.retry_after().is_some();
    match effect {
        Effect::Release => nothing_was_done,
        // A bare UNAVAILABLE may be a connection that broke after the request arrived.
        Effect::Read | Effect::Mutation => nothing_was_done || failure.code() == Code::Unavailable,
    }
}

const MOST_DOUBLINGS: u32 = 16;

#[cfg(test)]
mod tests {
    use std::io;

    use tokio_rustls::rustls;
    use tonic::{ConnectError, Status};
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;

    const ALL: [Effect; 3] = [Effect::Read, Effect::Mutation, Effect::Release];

    fn bare(code: Code) -> Error {
        Error::from(Status::new(code, "bare"))
    }

    fn asking(code: Code, wait: Duration) -> Error {
        let details = ErrorDetails::with_retry_info(Some(wait));
        Error::from(Status::with_error_details(code, "asking", details))
    }

    fn never_sent() -> Error {
        let refused = ConnectError(Box::new(io::Error::from(io::ErrorKind::ConnectionRefused)));
        Error::from(Status::from_error(Box::new(refused)))
    }

    fn repeated(failure: &Error) -> Vec<Effect> {
        let policy = RetryPolicy::default();
        ALL.into_iter().filter(|effect| policy.delay(*effect, failure, 1, 0).is_some()).collect()
    }

    #[test]
    fn what_the_vault_asks_to_repeat_is_repeated_by_all() {
        let wait = Duration::from_millis(100);
        assert_eq!(repeated(&asking(Code::Unavailable, wait)), ALL);
        assert_eq!(repeated(&asking(Code::ResourceExhausted, wait)), ALL);
    }

    #[test]
    fn what_was_never_sent_is_repeated_by_all() {
        assert_eq!(repeated(&never_sent()), ALL);
    }

    #[test]
    fn a_certificate_the_server_does_not_accept_is_not_shown_again() {
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateExpired);
        let refused = ConnectError(Box::new(io::Error::new(io::ErrorKind::InvalidData, alert)));
        let failure = Error::from(Status::from_error(Box::new(refused)));
        assert!(failure.was_never_sent() && failure.certificate_was_refused());
        assert_eq!(repeated(&failure), []);
    }

    #[test]
    fn a_connection_that_broke_is_repeated_by_all_but_releases() {
        assert_eq!(repeated(&bare(Code::Unavailable)), [Effect::Read, Effect::Mutation]);
    }

    #[test]
    fn every_other_code_is_final_even_with_a_wait() {
        let passing = [Code::Unavailable as i32, Code::ResourceExhausted as i32];
        for code in (0..=16).filter(|code| !passing.contains(code)).map(Code::from_i32) {
            assert_eq!(repeated(&bare(code)), [], "{code:?}");
            assert_eq!(repeated(&asking(code, Duration::ZERO)), [], "{code:?}");
        }
        assert_eq!(repeated(&bare(Code::ResourceExhausted)), []);
    }

    #[test]
    fn attempts_are_bounded() {
        let policy = RetryPolicy::default();
        assert!(policy.delay(Effect::Read, &never_sent(), 3, 0).is_some());
        assert!(policy.delay(Effect::Read, &never_sent(), 4, 0).is_none());
        assert!(RetryPolicy::NEVER.delay(Effect::Read, &never_sent(), 1, 0).is_none());
    }

    #[test]
    fn waits_double_up_to_the_longest_and_are_spread_over_their_upper_half() {
        let policy = RetryPolicy::new(40, Duration::from_millis(100), Duration::from_millis(500));
        let wait = |attempt, jitter| policy.delay(Effect::Read, &never_sent(), attempt, jitter).map(|w| w.as_millis());
        assert_eq!([wait(1, 0), wait(1, 255)], [Some(50), Some(100)]);
        assert_eq!([wait(2, 0), wait(2, 255)], [Some(100), Some(200)]);
        assert_eq!([wait(39, 0), wait(39, 255)], [Some(250), Some(500)]);
    }

    #[test]
    fn the_vault_is_not_called_before_it_asks_nor_waited_for_too_long() {
        let policy = RetryPolicy::default();
        let asked = |wait| policy.delay(Effect::Release, &asking(Code::Unavailable, wait), 1, 0);
        assert_eq!(asked(Duration::from_secs(1)), Some(Duration::from_secs(1)));
        assert_eq!(asked(Duration::from_mins(1)), None);
    }
}
