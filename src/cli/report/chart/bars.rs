//! Bars side by side: how many releases each of several names had.

use maud::{Markup, html};

use crate::cli::report::chart::{Frame, number, scaled, step, words};
use crate::cli::report::tally::Tally;

/// A name and its releases.
#[derive(Clone, Debug)]
pub(in crate::cli::report) struct Bar {
    pub(in crate::cli::report) name: String,
    pub(in crate::cli::report) tally: Tally,
}

/// A chart of bars, the longest first, with its number at the end of each.
pub(in crate::cli::report) fn bars(id: &str, title: &str, mut bars: Vec<Bar>) -> Markup {
    bars.sort_by(|one, other| other.tally.total().cmp(&one.tally.total()).then_with(|| one.name.cmp(&other.name)));
    let reach = bars.first().map_or(0, |bar| bar.tally.total());
    let step = step(reach);
    let end = reach.div_ceil(step).max(1).saturating_mul(step);
    let told: Vec<String> = bars.iter().map(|bar| format!("{}: {}", bar.name, words(bar.tally))).collect();
    let bottom = bars.iter().fold(TOP, |height, _| height + ROW);
    let frame = Frame { id, title, description: &format!("{}.", told.join("; ")), width: WIDTH, height: bottom + AXIS };
    frame.around(&html! {
        (axis(step, end, bottom))
        @for (top, bar) in (0..).map(|place| TOP + place * ROW).zip(&bars) { (row(bar, top, end)) }
    })
}

fn row(bar: &Bar, top: u64, end: u64) -> Markup {
    let outside = scaled(bar.tally.outside(), end, LENGTH);
    let whole = scaled(bar.tally.total(), end, LENGTH).max(outside);
    let baseline = top + 15;
    html! {
        g {
            title { (bar.name) ": " (words(bar.tally)) }
            text.name x=(LABEL - 8) y=(baseline) text-anchor="end" { (shortened(&bar.name)) }
            rect.inside x=(LABEL) y=(top + 3) width=(whole) height=(BAR) {}
            rect.outside x=(LABEL) y=(top + 3) width=(outside) height=(BAR) {}
            text.number x=(LABEL + whole + 6) y=(baseline) { (number(bar.tally.total())) }
        }
    }
}

fn axis(step: u64, end: u64, bottom: u64) -> Markup {
    let marks = (0..=end / step).map(|mark| mark.saturating_mul(step));
    html! {
        g.axis {
            @for mark in marks {
                @let x = LABEL + scaled(mark, end, LENGTH);
                line x1=(x) x2=(x) y1=(TOP) y2=(bottom) {}
                text x=(x) y=(bottom + 15) text-anchor="middle" { (number(mark)) }
            }
            text x=(LABEL + LENGTH / 2) y=(bottom + 31) text-anchor="middle" { "releases" }
        }
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    let kept: String = name.chars().take(LONGEST - 1).collect();
    format!("{kept}…")
}

const WIDTH: u64 = 560;
/// Where names end and bars begin.
const LABEL: u64 = 176;
/// The longest bar; behind it is room for its number.
const LENGTH: u64 = 316;
const TOP: u64 = 4;
const ROW: u64 = 24;
const BAR: u64 = 16;
const AXIS: u64 = 38;
/// How many characters of a name fit.
const LONGEST: usize = 26;

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(name: &str, outside: u64, inside: u64) -> Bar {
        Bar { name: name.to_owned(), tally: Tally::new(outside, inside) }
    }

    #[test]
    fn the_longest_bar_comes_first_and_every_bar_has_its_number() {
        let drawn = bars("x", "By purpose", vec![bar("small", 1, 0), bar("large", 2, 1232)]).into_string();
        let (large, small) = (drawn.find("<title>large"), drawn.find("<title>small"));
        assert!(large.is_some() && large < small, "{drawn}");
        assert!(drawn.contains(">1,234</text>") && drawn.contains(">1</text>"), "{drawn}");
    }

    #[test]
    fn a_chart_tells_in_words_what_it_shows() {
        let drawn = bars("x", "By purpose", vec![bar("delivery", 1, 0)]).into_string();
        let words = "delivery: 1 release, 1 of them to third parties or the public.</desc>";
        assert!(drawn.contains(words) && drawn.contains("<title id=\"x-title\">By purpose</title>"), "{drawn}");
    }

    #[test]
    fn other_peoples_names_stay_text_and_short() {
        let name = "<script>alert(1)</script>\"'&";
        let drawn = bars("x", "y", vec![bar(name, 1, 0), bar(&"長い名前".repeat(20), 1, 0)]).into_string();
        assert!(!drawn.contains("<script"), "{drawn}");
        assert!(drawn.contains('…'));
    }

    #[test]
    fn thirty_bars_do_not_overlap_and_none_is_no_trouble() {
        let many = (0..30).map(|count| bar(&format!("purpose-{count}"), count, 1)).collect();
        let drawn = bars("x", "y", many).into_string();
        assert_eq!(drawn.matches("class=\"number\"").count(), 30);
        assert!(drawn.contains("viewBox=\"0 0 560 762\""), "{drawn}");
        assert!(bars("x", "y", Vec::new()).into_string().contains("</svg>"));
    }
}
