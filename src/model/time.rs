//! Time: when something holds, and how an instant is stored.

use std::sync::Arc;

use jiff::Timestamp;
use minicbor::{Decode, Encode};
use thiserror::Error;

/// Where the time comes from; an argument, so that tests can stop it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A span of validity, `[from, until)`; without an end it holds until it is ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Validity {
    #[cbor(n(0), with = "micros")]
    from: Timestamp,
    #[cbor(n(1), with = "optional_micros")]
    until: Option<Timestamp>,
}

/// The end does not lie after the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("validity must end after it starts")]
pub struct EndsBeforeStart;

impl Validity {
    /// A span from `from` (inclusive) to `until` (exclusive).
    pub fn new(from: Timestamp, until: Option<Timestamp>) -> Result<Self, EndsBeforeStart> {
        match until {
            Some(until) if until <= from => Err(EndsBeforeStart),
            _ => Ok(Self { from, until }),
        }
    }

    /// Whether it holds at that instant.
    #[must_use]
    pub fn contains(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }

    /// The first instant at which it holds.
    #[must_use]
    pub const fn from(&self) -> Timestamp {
        self.from
    }

    /// The first instant at which it holds no more, if it has an end.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        self.until
    }
}

/// Stores an instant as microseconds since 1970 (UTC).
pub mod micros {
    use jiff::Timestamp;
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    /// Writes the instant.
    pub fn encode<C, W: Write>(time: &Timestamp, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.i64(time.as_microsecond())?.ok()
    }

    /// Reads the instant.
    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Timestamp, DecodeError> {
        Timestamp::from_microsecond(d.i64()?).map_err(DecodeError::custom)
    }
}

/// Stores an instant that may be absent.
pub mod optional_micros {
    use jiff::Timestamp;
    use minicbor::data::Type;
    use minicbor::decode::Error as DecodeError;
    use minicbor::encode::{Error as EncodeError, Write};
    use minicbor::{Decoder, Encoder};

    /// Writes the instant, or null.
    pub fn encode<C, W: Write>(
        time: &Option<Timestamp>,
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        match time {
            Some(time) => super::micros::encode(time, e, context),
            None => e.null()?.ok(),
        }
    }

    /// Reads the instant, or null.
    pub fn decode<C>(d: &mut Decoder<'_>, context: &mut C) -> Result<Option<Timestamp>, DecodeError> {
        if d.datatype()? == Type::Null {
            d.null()?;
            return Ok(None);
        }
        super::micros::decode(d, context).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::new(second, 0).unwrap_or_default()
    }

    #[test]
    fn the_start_is_inside_and_the_end_is_outside() {
        let span = Validity::new(at(10), Some(at(20))).unwrap_or_else(|_| unreachable!());
        let inside: Vec<bool> = [9, 10, 19, 20].map(|second| span.contains(at(second))).into();
        assert_eq!(inside, [false, true, true, false]);
    }

    #[test]
    fn an_empty_span_is_refused() {
        assert_eq!(Validity::new(at(10), Some(at(10))), Err(EndsBeforeStart));
    }
}
