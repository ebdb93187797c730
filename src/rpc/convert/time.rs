//! Instants, to and from `google.protobuf.Timestamp`.

use jiff::Timestamp;

use crate::rpc::error::Error;

/// The instant as it travels.
pub(in crate::rpc) fn to_wire(time: Timestamp) -> prost_types::Timestamp {
    // Before 1970 jiff counts nanoseconds backwards, protobuf never.
    let nanos = time.subsec_nanosecond();
    let (seconds, nanos) = if nanos < 0 { (time.as_second() - 1, nanos + SECOND) } else { (time.as_second(), nanos) };
    prost_types::Timestamp { seconds, nanos }
}

/// The instant of a receipt or entry, in microseconds since 1970.
pub(in crate::rpc) fn of_micros(micros: i64) -> Option<prost_types::Timestamp> {
    Timestamp::from_microsecond(micros).ok().map(to_wire)
}

/// The instant an argument names.
pub(in crate::rpc) fn parse(path: impl FnOnce() -> String, time: &prost_types::Timestamp) -> Result<Timestamp, Error> {
    let in_range = (0..SECOND).contains(&time.nanos);
    let parsed = Timestamp::new(time.seconds, time.nanos).ok().filter(|_| in_range);
    parsed.ok_or_else(|| Error::invalid(path(), "is no instant"))
}

/// Refuses times in the wrong order: nothing would be found between them.
pub(in crate::rpc) fn in_order(path: &str, from: Option<Timestamp>, until: Option<Timestamp>) -> Result<(), Error> {
    match from.zip(until) {
        Some((from, until)) if until < from => {
            Err(Error::invalid(path, format!("{until} is before {from}, so that nothing lies between them")))
        }
        _ => Ok(()),
    }
}

const SECOND: i32 = 1_000_000_000;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_instant_survives_the_way_out_and_in(nanos in -1_000_000_000_000_000_000i128..2_000_000_000_000_000_000) {
            let time = Timestamp::from_nanosecond(nanos).unwrap();
            let wire = to_wire(time);
            prop_assert!((0..SECOND).contains(&wire.nanos));
            prop_assert_eq!(parse(String::new, &wire).unwrap(), time);
        }
    }

    #[test]
    fn what_no_clock_shows_is_refused() {
        for (seconds, nanos) in [(0, -1), (0, SECOND), (i64::MAX, 0), (i64::MIN, 0)] {
            assert!(parse(|| "time".to_owned(), &prost_types::Timestamp { seconds, nanos }).is_err());
        }
    }
}
