//! Calendar dates, such as a birth date, and the ages they mean on a given day.

use jiff::Timestamp;
use jiff::civil;
use zeroize::{DefaultIsZeroes, Zeroizing};

use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::invalid::{Expected, InvalidValue};
use crate::field::kind::Kind;
use crate::field::presentation::Presentation;
use crate::field::silent::silent_debug;

/// A day of the Gregorian calendar.
pub struct Date(Zeroizing<Day>);

impl Date {
    /// Takes a day written `YYYY-MM-DD`.
    ///
    /// Whether it may lie in the future is for the caller to say: a birth date is [`not_after`](Self::not_after) now.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        codec::within_cap(Self::parse_part("date", text)?)
    }

    /// As [`parse`](Self::parse), for a day that is a part of another value.
    pub(super) fn parse_part(part: &'static str, text: &str) -> Result<Self, InvalidValue> {
        if text.is_empty() {
            return Err(InvalidValue::Missing { part });
        }
        // The parser also takes shorter and longer ways of writing a day; here one day is written one way.
        let well_shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let parsed = text.parse::<civil::Date>().ok().filter(|day| well_shaped && day.year() > 0);
        let day = parsed.ok_or(InvalidValue::Malformed { part, expected: Expected::Day })?;
        Ok(Self(Zeroizing::new(Day(day))))
    }

    /// Refuses a day that has not come yet at `now`, where the policy counts its days; `part` is what the day is called.
    pub fn not_after(
        &self,
        now: Timestamp,
        presentation: &Presentation,
        part: &'static str,
    ) -> Result<(), InvalidValue> {
        if self.day() > presentation.day_at(now) { Err(InvalidValue::InFuture { part }) } else { Ok(()) }
    }

    /// The day, `YYYY-MM-DD`, for whoever may hand it out; each call says why.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(self.day().to_string())
    }

    /// The year, four digits.
    pub(super) fn year(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{:04}", self.day().year()))
    }

    /// The band of ages the age falls into: `30-39`, the topmost `60+`; nothing, if it falls into none.
    pub(super) fn age_band(&self, presentation: &Presentation, now: Timestamp) -> Option<Zeroizing<String>> {
        let age = self.age_on(presentation.day_at(now))?;
        let from = presentation.age_bands.iter().rev().find(|from| i16::from(**from) <= age)?;
        let next = presentation.age_bands.iter().find(|next| *next > from);
        Some(Zeroizing::new(next.map_or_else(|| format!("{from}+"), |next| format!("{from}-{}", next - 1))))
    }

    /// Whether the policy's age of majority is reached; nothing, if the day has not come yet.
    pub(super) fn is_adult(&self, presentation: &Presentation, now: Timestamp) -> Option<bool> {
        Some(self.age_on(presentation.day_at(now))? >= i16::from(presentation.adult_age))
    }

    /// The years completed on a day. Who was born on 29 February completes them on 1 March where there is no 29th.
    fn age_on(&self, today: civil::Date) -> Option<i16> {
        let born = self.day();
        let not_yet_this_year = (today.month(), today.day()) < (born.month(), born.day());
        let age = today.year() - born.year() - i16::from(not_yet_this_year);
        (age >= 0).then_some(age)
    }

    /// The day, for comparing and counting inside this module.
    pub(super) fn day(&self) -> civil::Date {
        self.0.0
    }

    /// The day in four bytes, big-endian year first.
    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; 4]> {
        let [high, low] = self.day().year().to_be_bytes();
        let [month] = self.day().month().to_be_bytes();
        let [day] = self.day().day().to_be_bytes();
        Zeroizing::new([high, low, month, day])
    }
}

impl Encoded for Date {
    const KIND: Kind = Kind::Date;

    fn write(&self, to: &mut Writer) {
        to.fixed(&*self.to_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let [high, low, month, day] = from.fixed()?;
        let year = i16::from_be_bytes([high, low]);
        let (month, day) = (i8::from_be_bytes([month]), i8::from_be_bytes([day]));
        let day = civil::Date::new(year, month, day).ok().filter(|day| day.year() > 0).ok_or(Malformed)?;
        Ok(Self(Zeroizing::new(Day(day))))
    }
}

silent_debug!(Date);

/// A day that can be wiped.
#[derive(Clone, Copy, Default)]
struct Day(civil::Date);

impl DefaultIsZeroes for Day {}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn tokyo() -> Presentation {
        let time_zone = TimeZone::fixed(jiff::tz::offset(9));
        Presentation { time_zone, adult_age: 18, age_bands: vec![0, 20, 30, 40, 50, 60] }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn a_day_is_written_one_way() {
        for text in ["1990-04-23", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(*date(text).expose(), text);
        }
        let malformed = InvalidValue::Malformed { part: "date", expected: Expected::Day };
        for text in [
            "1990-4-23",
            "19900423",
            "1990/04/23",
            "23-04-1990",
            "1990-04-31",
            "2001-02-29",
            "1990-13-01",
            "1990-00-10",
            "0000-01-01",
            " 1990-04-23",
            "1990-04-23 ",
            "1990-04-23T00:00",
            "-000001-01",
            "1990-W17-1",
            "１９９０-04-23",
            "1990-113--",
        ] {
            assert_eq!(Date::parse(text).err(), Some(malformed), "{text:?}");
        }
        assert_eq!(Date::parse("").err(), Some(InvalidValue::Missing { part: "date" }));
    }

    #[test]
    fn a_birthday_begins_at_midnight_where_the_policy_counts() {
        let born = date("2008-06-15");
        assert_eq!(born.is_adult(&tokyo(), at("2026-06-14T14:59:59Z")), Some(false));
        assert_eq!(born.is_adult(&tokyo(), at("2026-06-14T15:00:00Z")), Some(true));
    }

    #[test]
    fn who_was_born_on_a_leap_day_is_a_year_older_on_the_first_of_march() {
        let born = date("2008-02-29");
        assert_eq!(born.is_adult(&tokyo(), at("2026-02-28T03:00:00Z")), Some(false));
        assert_eq!(born.is_adult(&tokyo(), at("2026-03-01T03:00:00Z")), Some(true));
    }

    #[test]
    fn an_age_falls_into_its_band_from_birthday_to_birthday() {
        let now = at("2026-06-15T03:00:00Z");
        let bands = [
            ("2026-06-15", "0-19"),
            ("2006-06-16", "0-19"),
            ("2006-06-15", "20-29"),
            ("1986-06-16", "30-39"),
            ("1966-06-16", "50-59"),
            ("1966-06-15", "60+"),
            ("1900-01-01", "60+"),
        ];
        for (born, band) in bands {
            assert_eq!(date(born).age_band(&tokyo(), now).as_deref().map(String::as_str), Some(band), "{born}");
        }
    }

    #[test]
    fn nobody_has_an_age_before_being_born_or_below_the_first_band() {
        let now = at("2026-06-15T03:00:00Z");
        let born = date("2026-06-16");
        assert!(born.age_band(&tokyo(), now).is_none());
        assert!(born.is_adult(&tokyo(), now).is_none());
        let grown = Presentation { age_bands: vec![20], ..tokyo() };
        assert!(date("2010-01-01").age_band(&grown, now).is_none());
        let none = Presentation { age_bands: Vec::new(), ..tokyo() };
        assert!(date("1990-01-01").age_band(&none, now).is_none());
    }

    #[test]
    fn a_birth_date_in_the_future_is_refused_by_the_name_it_has() {
        let now = at("2026-06-14T15:00:00Z");
        assert_eq!(date("2026-06-15").not_after(now, &tokyo(), "birth_date"), Ok(()));
        let refused = date("2026-06-16").not_after(now, &tokyo(), "birth_date");
        assert_eq!(refused, Err(InvalidValue::InFuture { part: "birth_date" }));
    }

    #[test]
    fn bytes_that_are_no_day_do_not_decode() {
        for bytes in [
            &[7, 198, 2, 30][..],
            &[7, 198, 0, 1],
            &[0, 0, 1, 1],
            &[0xff, 0xff, 1, 1],
            &[7, 198, 4],
            &[7, 198, 4, 23, 0],
        ] {
            assert_eq!(codec::decode::<Date>(bytes).err(), Some(Malformed), "{bytes:?}");
        }
    }
}
