//! The time a report is about, and its days.

use fubako_proto::v1::EntryFilter;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};
use serde::{Serialize, Serializer};

use crate::cli::error::Error;

/// One end of a time, as it is given: an instant, or a day in the report's time zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moment {
    Instant(Timestamp),
    Day(Date),
}

impl Moment {
    /// The moment a text such as `2026-11-23` or `2026-11-23T09:00:00+09:00` names.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // A date and a time without a zone would be read as the date alone.
        let day = if text.len() == DAY.len() { text.parse().ok() } else { None };
        let moment = day.map(Self::Day).or_else(|| text.parse().ok().map(Self::Instant));
        moment.ok_or_else(|| format!("write a day such as `{DAY}` or an instant such as `{DAY}T09:00:00+09:00`"))
    }

    /// The instant it begins at.
    fn begin(self, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::Instant(instant) => Ok(instant),
            Self::Day(day) => day.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()),
        }
    }

    /// The instant it is over: a day counts to its end.
    fn end(self, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::Instant(instant) => Ok(instant),
            Self::Day(day) => day.tomorrow()?.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()),
        }
    }
}

/// The time zone of that name.
pub(super) fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| "write a time zone such as `Asia/Tokyo`".to_owned())
}

/// From one instant up to, and without, another.
#[derive(Clone, Debug)]
pub(super) struct Period {
    from: Timestamp,
    until: Timestamp,
    zone: TimeZone,
}

impl Period {
    /// The time between two moments; the year up to now, where they are not given. It never reaches beyond now.
    pub(super) fn between(
        from: Option<Moment>,
        until: Option<Moment>,
        zone: TimeZone,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let outside = |_| Error::argument("the period", "no calendar reaches that far");
        let year_ago = || now.to_zoned(zone.clone()).checked_sub(1.year()).map(|ago| Moment::Day(ago.date()));
        let from = from.map_or_else(year_ago, Ok).and_then(|from| from.begin(&zone)).map_err(outside)?;
        let until = until.map_or(Ok(now), |until| until.end(&zone)).map_err(outside)?.min(now);
        if from >= until {
            return Err(Error::argument("the period", "--from has to lie before --until and before now"));
        }
        Ok(Self { from, until, zone })
    }

    /// The entries of it.
    pub(super) fn to_filter(&self) -> EntryFilter {
        let wire = |time: Timestamp| {
            Some(prost_types::Timestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond() })
        };
        EntryFilter { from_time: wire(self.from), until_time: wire(self.until), ..EntryFilter::default() }
    }

    /// Whether an instant lies in it.
    pub(super) fn contains(&self, instant: Timestamp) -> bool {
        self.from <= instant && instant < self.until
    }

    /// An instant, as the clocks of its time zone show it.
    pub(super) fn local(&self, instant: Timestamp) -> Zoned {
        instant.to_zoned(self.zone.clone())
    }

    /// Where it begins.
    pub(super) fn from(&self) -> Zoned {
        self.local(self.from)
    }

    /// Where it ends.
    pub(super) fn until(&self) -> Zoned {
        self.local(self.until)
    }

    /// Its first and its last day.
    pub(super) fn days(&self) -> (Date, Date) {
        let last = self.until.checked_sub(1.nanosecond()).unwrap_or(self.until);
        (self.from().date(), self.local(last).date())
    }

    /// The name of its time zone.
    pub(super) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }
}

/// An instant with its offset, to the second: `2026-11-23T10:02:03+09:00`.
pub(super) fn show(instant: &Zoned) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The same, for JSON.
pub(super) fn serialize<S: Serializer>(instant: &Zoned, serializer: S) -> Result<S::Ok, S::Error> {
    show(instant).serialize(serializer)
}

const DAY: &str = "2026-11-23";

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn tokyo() -> TimeZone {
        time_zone("Asia/Tokyo").unwrap()
    }

    fn period(from: Option<&str>, until: Option<&str>) -> Result<(String, String), Error> {
        let moment = |text: &str| Moment::parse(text).unwrap();
        let now = "2026-11-23T01:00:00Z".parse().unwrap();
        let period = Period::between(from.map(moment), until.map(moment), tokyo(), now)?;
        Ok((show(&period.from()), show(&period.until())))
    }

    fn told(from: &str, until: &str) -> (String, String) {
        (from.to_owned(), until.to_owned())
    }

    #[test]
    fn the_year_up_to_now_begins_with_a_whole_day() {
        assert_eq!(period(None, None).unwrap(), told("2025-11-23T00:00:00+09:00", "2026-11-23T10:00:00+09:00"));
    }

    #[test]
    fn a_day_counts_from_its_beginning_to_its_end_where_the_report_is_made() {
        let got = period(Some("2026-01-01"), Some("2026-01-31")).unwrap();
        assert_eq!(got, told("2026-01-01T00:00:00+09:00", "2026-02-01T00:00:00+09:00"));
    }

    #[test]
    fn an_instant_ends_a_period_without_belonging_to_it() {
        let moment = |text: &str| Some(Moment::parse(text).unwrap());
        let (from, until) = (moment("2026-01-01T00:00:00Z"), moment("2026-01-02T00:00:00Z"));
        let period = Period::between(from, until, TimeZone::UTC, Timestamp::MAX).unwrap();
        assert!(period.contains("2026-01-01T00:00:00Z".parse().unwrap()));
        assert!(!period.contains("2026-01-02T00:00:00Z".parse().unwrap()));
        let day = jiff::civil::date(2026, 1, 1);
        assert_eq!(period.days(), (day, day));
    }

    #[test]
    fn no_period_reaches_beyond_now() {
        let got = period(Some("2026-11-01"), Some("2030-01-01")).unwrap();
        assert_eq!(got.1, "2026-11-23T10:00:00+09:00");
        assert!(period(Some("2026-11-24"), None).is_err());
    }

    #[test]
    fn a_period_that_ends_before_it_begins_is_refused() {
        assert!(period(Some("2026-02-01"), Some("2026-01-01")).is_err());
        assert!(period(Some("9999-12-31"), Some("9999-12-31")).is_err());
    }

    #[test]
    fn a_time_without_a_zone_is_refused() {
        for text in ["2026-11-23T09:00:00", "2026-11-23 09:00", "23.11.2026", "2026-02-30", "", "2026/11/23"] {
            assert!(Moment::parse(text).is_err(), "{text}");
        }
    }
}
