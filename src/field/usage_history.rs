//! Usage histories: on which days the service was used, and for what.

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::date::Date;
use crate::field::invalid::{Expected, InvalidValue};
use crate::field::kind::Kind;
use crate::field::part::Part;
use crate::field::presentation::Presentation;
use crate::field::private_text::PrivateText;
use crate::field::silent::silent_debug;

/// How someone used the service: the newest days in detail, all of them in sum.
pub struct UsageHistory {
    newest: Vec<UsageDay>,
    span: Option<Span>,
    days_used: Zeroizing<u32>,
}

/// One day of use.
pub struct UsageDay {
    date: Date,
    what: PrivateText,
}

/// The first and the last day of use; there is one exactly if there was any use.
struct Span {
    first: Date,
    last: Date,
}

impl UsageHistory {
    /// Takes a history: the newest days (date and what was used), newest first, at most 20; the first and the last day of
    /// use; the number of days used.
    ///
    /// The numbers have to agree: no use has no days at all; else the newest day is the last one, none lies before the
    /// first, and there are at least as many days used as listed and at most as many as the span has. `newest` may be
    /// empty in any case.
    pub fn parse(
        newest: &[(&str, &str)],
        first_use: &str,
        last_use: &str,
        days_used: u32,
    ) -> Result<Self, InvalidValue> {
        if newest.len() > MOST_DAYS {
            return Err(InvalidValue::TooMany { part: "days", limit: MOST_DAYS });
        }
        let newest = newest.iter().map(|(date, what)| UsageDay::parse(date, what)).collect::<Result<Vec<_>, _>>()?;
        let span = if days_used == 0 && first_use.is_empty() && last_use.is_empty() {
            None
        } else {
            let first = Date::parse_part("first_use", first_use)?;
            Some(Span { first, last: Date::parse_part("last_use", last_use)? })
        };
        let history = Self { newest, span, days_used: Zeroizing::new(days_used) };
        history.agrees()?;
        codec::within_cap(history)
    }

    /// The newest days of use, newest first.
    #[must_use]
    pub fn newest(&self) -> &[UsageDay] {
        &self.newest
    }

    /// The first day of use, if there was any.
    #[must_use]
    pub fn first_use(&self) -> Option<&Date> {
        self.span.as_ref().map(|span| &span.first)
    }

    /// The last day of use, if there was any.
    #[must_use]
    pub fn last_use(&self) -> Option<&Date> {
        self.span.as_ref().map(|span| &span.last)
    }

    /// How many days the service was used on.
    #[must_use]
    pub fn days_used(&self) -> u32 {
        *self.days_used
    }

    /// How often the service is used: `never`, `yearly`, `monthly`, `weekly` or `daily`.
    ///
    /// It is the mean number of days from one day of use to the next, over the days from the first use to today: up to 2
    /// is `daily`, up to 10 `weekly`, up to 45 `monthly`, else `yearly`. Counting to today and not to the last use, who
    /// stopped coming becomes rarer. Under 30 days count as 30: a first visit is not yet a daily one.
    pub(super) fn frequency_band(&self, presentation: &Presentation, now: Timestamp) -> Zeroizing<String> {
        let Some(span) = self.span.as_ref() else { return Zeroizing::new("never".to_owned()) };
        let days = days_in(&span.first, presentation.day_at(now)).max(SHORTEST_SPAN);
        let used = i64::from(*self.days_used);
        let band = GAPS.iter().find(|(gap, _)| days <= used.saturating_mul(*gap)).map_or("yearly", |(_, band)| band);
        Zeroizing::new(band.to_owned())
    }

    fn agrees(&self) -> Result<(), InvalidValue> {
        let contradiction = |part, other| Err(InvalidValue::Contradiction { part, other });
        if !self.newest.is_sorted_by(|newer, older| newer.date.day() > older.date.day()) {
            return Err(InvalidValue::Malformed { part: "days", expected: Expected::NewestFirst });
        }
        let Some(Span { first, last }) = &self.span else {
            return if self.newest.is_empty() { Ok(()) } else { contradiction("days", "days_used") };
        };
        if first.day() > last.day() {
            return contradiction("first_use", "last_use");
        }
        if self.newest.first().is_some_and(|newest| newest.date.day() != last.day()) {
            return contradiction("days", "last_use");
        }
        if self.newest.last().is_some_and(|oldest| oldest.date.day() < first.day()) {
            return contradiction("days", "first_use");
        }
        let used = i64::from(*self.days_used);
        if used == 0 || used > days_in(first, last.day()) {
            return contradiction("days_used", "last_use");
        }
        let listed = u32::try_from(self.newest.len()).unwrap_or(u32::MAX);
        if *self.days_used < listed { contradiction("days_used", "days") } else { Ok(()) }
    }
}

impl UsageDay {
    /// The day.
    #[must_use]
    pub const fn date(&self) -> &Date {
        &self.date
    }

    /// What was used on it.
    #[must_use]
    pub const fn what(&self) -> &PrivateText {
        &self.what
    }

    fn parse(date: &str, what: &str) -> Result<Self, InvalidValue> {
        Ok(Self { date: Date::parse_part("date", date)?, what: WHAT.required(what)? })
    }
}

impl Encoded for UsageHistory {
    const KIND: Kind = Kind::UsageHistory;

    fn write(&self, to: &mut Writer) {
        to.fixed(&self.days_used.to_be_bytes());
        if let Some(span) = &self.span {
            span.first.write(to);
            span.last.write(to);
        }
        to.length(self.newest.len());
        for day in &self.newest {
            day.date.write(to);
            to.text(&day.what);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let days_used = u32::from_be_bytes(from.fixed()?);
        let span = match days_used {
            0 => None,
            _ => Some(Span { first: Date::read(from)?, last: Date::read(from)? }),
        };
        let count = from.length()?;
        if count > MOST_DAYS {
            return Err(Malformed);
        }
        let day = |_| Ok(UsageDay { date: Date::read(from)?, what: from.text()? });
        let newest = (0..count).map(day).collect::<Result<_, Malformed>>()?;
        Ok(Self { newest, span, days_used: Zeroizing::new(days_used) })
    }
}

silent_debug!(UsageHistory, UsageDay);

/// The days from the first to the last, both counted.
fn days_in(first: &Date, last: jiff::civil::Date) -> i64 {
    last.duration_since(first.day()).as_hours() / 24 + 1
}

const WHAT: Part = Part::formal("what", 64);

const MOST_DAYS: usize = 20;

const SHORTEST_SPAN: i64 = 30;

/// The longest mean gap between days of use that each band has.
const GAPS: [(i64, &str); 3] = [(2, "daily"), (10, "weekly"), (45, "monthly")];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    type Raw<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str, u32);

    const TWO_DAYS: &[(&str, &str)] = &[("2026-06-02", "bought a lamp"), ("2026-06-01", "looked at lamps")];

    fn parse((newest, first, last, used): Raw<'_>) -> Result<UsageHistory, InvalidValue> {
        UsageHistory::parse(newest, first, last, used)
    }

    fn band(first: &str, last: &str, used: u32) -> String {
        let utc = Presentation { time_zone: TimeZone::UTC, adult_age: 18, age_bands: vec![0] };
        let history = UsageHistory::parse(&[], first, last, used).unwrap();
        history.frequency_band(&utc, "2026-06-30T12:00:00Z".parse().unwrap()).as_str().to_owned()
    }

    #[test]
    fn the_numbers_of_a_history_have_to_agree() {
        let contradiction = |part, other| Some(InvalidValue::Contradiction { part, other });
        let cases: [(Raw<'_>, Option<InvalidValue>); 14] = [
            ((&[], "", "", 0), None),
            ((TWO_DAYS, "2026-06-01", "2026-06-02", 2), None),
            ((TWO_DAYS, "2020-01-01", "2026-06-02", 300), None),
            ((&[], "2020-01-01", "2026-06-02", 300), None),
            ((TWO_DAYS, "", "", 0), contradiction("days", "days_used")),
            ((TWO_DAYS, "", "2026-06-02", 2), Some(InvalidValue::Missing { part: "first_use" })),
            ((TWO_DAYS, "2026-06-01", "", 2), Some(InvalidValue::Missing { part: "last_use" })),
            ((&[], "2026-06-02", "2026-06-01", 1), contradiction("first_use", "last_use")),
            ((&[], "2026-06-01", "2026-06-02", 0), contradiction("days_used", "last_use")),
            ((&[], "2026-06-01", "2026-06-02", 3), contradiction("days_used", "last_use")),
            ((TWO_DAYS, "2026-06-01", "2026-06-02", 1), contradiction("days_used", "days")),
            ((TWO_DAYS, "2026-06-01", "2026-06-03", 2), contradiction("days", "last_use")),
            ((TWO_DAYS, "2026-06-02", "2026-06-02", 1), contradiction("days", "first_use")),
            (
                (TWO_DAYS, "x", "2026-06-02", 2),
                Some(InvalidValue::Malformed { part: "first_use", expected: Expected::Day }),
            ),
        ];
        for (raw, error) in cases {
            assert_eq!(parse(raw).err(), error, "{raw:?}");
        }
    }

    #[test]
    fn days_are_listed_newest_first_and_once() {
        let malformed = Some(InvalidValue::Malformed { part: "days", expected: Expected::NewestFirst });
        for days in [[("2026-06-01", "a"), ("2026-06-02", "b")], [("2026-06-02", "a"), ("2026-06-02", "b")]] {
            assert_eq!(parse((&days, "2026-06-01", "2026-06-02", 2)).err(), malformed);
        }
    }

    #[test]
    fn a_day_has_a_date_and_something_that_was_used() {
        let refused = [
            (("", "x"), InvalidValue::Missing { part: "date" }),
            (("2026-6-2", "x"), InvalidValue::Malformed { part: "date", expected: Expected::Day }),
            (("2026-06-02", ""), InvalidValue::Missing { part: "what" }),
            (("2026-06-02", " "), InvalidValue::Blank { part: "what" }),
        ];
        for (day, error) in refused {
            assert_eq!(parse((&[day], "2026-06-02", "2026-06-02", 1)).err(), Some(error));
        }
    }

    #[test]
    fn more_days_or_more_text_than_fits_is_refused() {
        let dates: Vec<String> = (1..=21).rev().map(|day| format!("2026-06-{day:02}")).collect();
        let days = |what| dates.iter().map(|date| (date.as_str(), what)).collect::<Vec<_>>();
        let too_many = parse((&days("x"), "2026-06-01", "2026-06-21", 21)).err();
        assert_eq!(too_many, Some(InvalidValue::TooMany { part: "days", limit: 20 }));
        let long = "x".repeat(64);
        let too_long = parse((days(&long).get(..20).unwrap(), "2026-06-01", "2026-06-21", 21)).err();
        assert_eq!(too_long, Some(InvalidValue::TooLong { kind: Kind::UsageHistory, limit: 640 }));
        assert!(parse((days("bought something").get(..20).unwrap(), "2026-06-01", "2026-06-21", 21)).is_ok());
    }

    #[test]
    fn the_band_is_the_mean_gap_between_days_of_use() {
        let bands = [
            (("2026-06-30", "2026-06-30", 1), "monthly"),
            (("2026-06-01", "2026-06-30", 3), "weekly"),
            (("2026-06-01", "2026-06-30", 15), "daily"),
            (("2026-06-01", "2026-06-30", 14), "weekly"),
            (("2025-07-01", "2026-06-30", 183), "daily"),
            (("2025-07-01", "2026-06-30", 182), "weekly"),
            (("2025-07-01", "2026-06-30", 37), "weekly"),
            (("2025-07-01", "2026-06-30", 36), "monthly"),
            (("2025-07-01", "2026-06-30", 9), "monthly"),
            (("2025-07-01", "2026-06-30", 8), "yearly"),
            (("2016-01-01", "2016-03-31", 90), "monthly"),
            (("2030-01-01", "2030-01-01", 1), "monthly"),
        ];
        for ((first, last, used), expected) in bands {
            assert_eq!(band(first, last, used), expected, "{first} {last} {used}");
        }
        assert_eq!(band("", "", 0), "never");
    }
}
