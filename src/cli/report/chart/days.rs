//! Releases by day: a chart for each year, a row for each month, a bar for each day; days without releases are gaps.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, html};

use crate::cli::report::chart::{Frame, number, scaled, words};
use crate::cli::report::tally::Tally;

/// The releases of each day that had some.
type ByDay = BTreeMap<Date, Tally>;

/// One row of a year's chart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Row {
    /// A month, by its first day.
    Month(Date),
    /// Several months without any release, by the first days of the first and the last of them.
    Quiet(Date, Date),
}

/// A chart for each year between two days, with the year, the oldest first; none for a year without any release.
pub(in crate::cli::report) fn years(first: Date, last: Date, by_day: &ByDay) -> Vec<(i16, Option<Markup>)> {
    let reach = by_day.values().map(|tally| tally.total()).max().unwrap_or(0);
    let is_busy = |year: i16| by_day.keys().any(|day| day.year() == year);
    let chart = |year: i16| is_busy(year).then(|| chart(year, (first, last), by_day, reach));
    (first.year()..=last.year()).map(|year| (year, chart(year))).collect()
}

fn chart(year: i16, days: (Date, Date), by_day: &ByDay, reach: u64) -> Markup {
    let mut bottom = TOP;
    let place = |row: Row| {
        let top = bottom;
        bottom += row.height();
        (top, row)
    };
    let rows: Vec<(u64, Row)> = rows(year, days, by_day).into_iter().map(place).collect();
    let told: Vec<String> = rows.iter().map(|(_, row)| row.words(by_day)).collect();
    let (id, title) = (format!("days-{year}"), format!("Releases by day, {year}"));
    let frame = Frame {
        id: &id,
        title: &title,
        description: &format!("{}.", told.join("; ")),
        width: WIDTH,
        height: bottom + AXIS,
    };
    frame.around(&html! {
        text.axis x=(0) y=(11) { "releases a day" }
        @for (top, row) in rows {
            @match row {
                Row::Month(month) => (draw_month(month, days, by_day, (top, reach))),
                Row::Quiet(from, until) => (draw_quiet(from, until, top)),
            }
        }
        g.axis {
            @for day in [1, 5, 10, 15, 20, 25, 31_u64] {
                text x=(middle(day)) y=(bottom + 13) text-anchor="middle" { (day) }
            }
            text x=(middle(16)) y=(bottom + 28) text-anchor="middle" { "day of the month" }
        }
    })
}

/// The months of a year that lie between two days, quiet ones that follow each other taken together.
fn rows(year: i16, (first, last): (Date, Date), by_day: &ByDay) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for month in (1..=12).filter_map(|month| Date::new(year, month, 1).ok()) {
        let end = month.last_of_month();
        if end < first || month > last {
            continue;
        }
        let quiet = by_day.range(month..=end).next().is_none();
        match (quiet, rows.last_mut()) {
            (true, Some(Row::Quiet(_, until))) => *until = month,
            (true, _) => rows.push(Row::Quiet(month, month)),
            (false, _) => rows.push(Row::Month(month)),
        }
    }
    rows
}

fn draw_month(month: Date, (first, last): (Date, Date), by_day: &ByDay, (top, reach): (u64, u64)) -> Markup {
    let ground = top + MONTH - 8;
    let (from, until) = (month.max(first), month.last_of_month().min(last));
    html! {
        text.name x=(LABEL - 12) y=(ground) text-anchor="end" { (name(month)) }
        line.ground x1=(left(column(from))) x2=(left(column(until)) + DAY) y1=(ground) y2=(ground) {}
        @for (day, tally) in by_day.range(from..=until) {
            @let outside = scaled(tally.outside(), reach, BAR);
            @let whole = scaled(tally.total(), reach, BAR).max(outside);
            @let x = left(column(*day)) + SIDE;
            g {
                title { (day) ": " (words(*tally)) }
                rect.inside x=(x) y=(ground - whole) width=(DAY - 2 * SIDE) height=(whole) {}
                rect.outside x=(x) y=(ground - outside) width=(DAY - 2 * SIDE) height=(outside) {}
                text.number x=(middle(column(*day))) y=(ground - whole - 4) text-anchor="middle" {
                    (compact(tally.total()))
                }
            }
        }
    }
}

fn draw_quiet(from: Date, until: Date, top: u64) -> Markup {
    let baseline = top + QUIET - 8;
    html! {
        text.name x=(LABEL - 12) y=(baseline) text-anchor="end" { (span(from, until)) }
        text.quiet x=(left(1) + SIDE) y=(baseline) { "no releases" }
    }
}

impl Row {
    const fn height(self) -> u64 {
        match self {
            Self::Month(_) => MONTH,
            Self::Quiet(..) => QUIET,
        }
    }

    /// What it shows, in words.
    fn words(self, by_day: &ByDay) -> String {
        match self {
            Self::Quiet(from, until) => format!("{}: no releases", span(from, until)),
            Self::Month(month) => {
                let days = || by_day.range(month..=month.last_of_month());
                let all: Tally = days().map(|(_, tally)| *tally).sum();
                format!("{}: {}, on {} days", name(month), words(all), days().count())
            }
        }
    }
}

fn name(month: Date) -> String {
    month.strftime("%b").to_string()
}

fn span(from: Date, until: Date) -> String {
    if from == until { name(from) } else { format!("{}–{}", name(from), name(until)) }
}

fn column(day: Date) -> u64 {
    u64::from(day.day().unsigned_abs())
}

const fn left(column: u64) -> u64 {
    LABEL + column.saturating_sub(1) * DAY
}

const fn middle(column: u64) -> u64 {
    left(column) + DAY / 2
}

/// A count that fits above the bar of a day.
fn compact(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{}k", count / 1_000),
        _ => format!("{}M", number(count / 1_000_000)),
    }
}

/// Where the names of months end.
const LABEL: u64 = 76;
const DAY: u64 = 32;
/// What a day leaves free on either side of its bar.
const SIDE: u64 = 5;
const WIDTH: u64 = LABEL + 31 * DAY;
const TOP: u64 = 16;
/// A month's row, its highest bar, and what lies between them: the number and the gap.
const MONTH: u64 = BAR + 28;
const BAR: u64 = 40;
const QUIET: u64 = 34;
const AXIS: u64 = 34;

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn drawn(first: Date, last: Date, busy: &[(Date, u64)]) -> String {
        let by_day = busy.iter().map(|(day, count)| (*day, Tally::new(*count, 1))).collect();
        years(first, last, &by_day).into_iter().filter_map(|(_, chart)| Some(chart?.into_string())).collect()
    }

    #[test]
    fn a_day_without_releases_is_a_gap() {
        let (first, last) = (date(2026, 3, 1), date(2026, 3, 31));
        let text = drawn(first, last, &[(date(2026, 3, 2), 4), (date(2026, 3, 5), 1)]);
        assert_eq!(text.matches("class=\"number\"").count(), 2, "{text}");
        assert!(text.contains("<title>2026-03-02: 5 releases"), "{text}");
    }

    #[test]
    fn a_year_without_releases_has_no_chart() {
        let by_day = ByDay::from([(date(2026, 4, 9), Tally::new(1, 0))]);
        let charts = years(date(2025, 6, 1), date(2026, 5, 31), &by_day);
        assert_eq!(
            charts.iter().map(|(year, chart)| (*year, chart.is_some())).collect::<Vec<_>>(),
            [(2025, false), (2026, true)]
        );
    }

    #[test]
    fn a_chart_tells_in_words_what_each_month_had() {
        let text = drawn(date(2026, 1, 1), date(2026, 4, 30), &[(date(2026, 4, 9), 3), (date(2026, 4, 30), 1)]);
        let words = "<desc id=\"days-2026-description\">Jan–Mar: no releases; Apr: 6 releases, 4 of them to third parties or \
                     the public, on 2 days.</desc>";
        assert!(text.contains(words), "{text}");
    }

    #[test]
    fn four_hundred_days_are_a_chart_for_each_year() {
        let days: Vec<(Date, u64)> =
            date(2025, 11, 20).series(jiff::Span::new().days(1)).take(400).map(|day| (day, 10)).collect();
        let (first, last) = (days[0].0, days[399].0);
        let by_day: ByDay = days.iter().map(|(day, count)| (*day, Tally::new(*count, 0))).collect();
        let charts = years(first, last, &by_day);
        assert_eq!(charts.iter().map(|(year, _)| *year).collect::<Vec<_>>(), [2025, 2026]);
        let text: String = charts.into_iter().filter_map(|(_, chart)| Some(chart?.into_string())).collect();
        assert_eq!(text.matches("class=\"number\"").count(), 400);
    }

    #[test]
    fn quiet_months_are_taken_together() {
        let by_day = ByDay::from([(date(2026, 4, 9), Tally::new(1, 0))]);
        let rows = rows(2026, (date(2026, 1, 15), date(2026, 6, 1)), &by_day);
        let month = |month| date(2026, month, 1);
        assert_eq!(rows, [Row::Quiet(month(1), month(3)), Row::Month(month(4)), Row::Quiet(month(5), month(6))]);
    }

    #[test]
    fn a_number_fits_above_its_bar() {
        for (count, text) in [(7, "7"), (9999, "9999"), (10_000, "10k"), (999_999, "999k"), (1_500_000, "1M")] {
            assert_eq!(compact(count), text);
        }
    }
}
