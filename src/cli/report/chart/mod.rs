//! Charts as inline SVG: drawn in whole units, told in words to who cannot see them.

mod bars;
mod days;

use maud::{Markup, html};

use crate::cli::report::tally::Tally;

pub(super) use crate::cli::report::chart::bars::{Bar, bars};
pub(super) use crate::cli::report::chart::days::years;

/// The frame of a chart.
struct Frame<'a> {
    /// Unique in the page.
    id: &'a str,
    title: &'a str,
    /// What it shows, in words.
    description: &'a str,
    width: u64,
    height: u64,
}

impl Frame<'_> {
    fn around(&self, drawing: &Markup) -> Markup {
        let (title, description) = (format!("{}-title", self.id), format!("{}-description", self.id));
        html! {
            svg role="img" aria-labelledby=(title) aria-describedby=(description)
                viewBox={ "0 0 " (self.width) " " (self.height) } width=(self.width) height=(self.height) {
                title id=(title) { (self.title) }
                desc id=(description) { (self.description) }
                (drawing)
            }
        }
    }
}

/// Which colour is what.
pub(super) fn legend() -> Markup {
    html! {
        ul.legend {
            li.outside { "to third parties and the public" }
            li.inside { "to the marketplace, and to members about themselves" }
        }
    }
}

/// A count with its thousands apart: `12,345`.
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A tally in words.
fn words(tally: Tally) -> String {
    let (total, outside) = (number(tally.total()), number(tally.outside()));
    let noun = if tally.total() == 1 { "release" } else { "releases" };
    format!("{total} {noun}, {outside} of them to third parties or the public")
}

/// How long a bar is where `end` fills all of `length`; what is not nothing can be seen.
fn scaled(count: u64, end: u64, length: u64) -> u64 {
    let exact = u128::from(count) * u128::from(length) / u128::from(end.max(1));
    let drawn = u64::try_from(exact).unwrap_or(length).min(length);
    if count > 0 { drawn.max(1) } else { 0 }
}

/// The step between the marks of an axis that reaches so far: 1, 2 or 5 with zeros, and four steps at most.
fn step(reach: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        let steps = [1, 2, 5].map(|digit| power.saturating_mul(digit));
        if let Some(step) = steps.into_iter().find(|step| reach.div_ceil(*step) <= 4) {
            return step;
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (100_000, "100,000")];
        for (count, text) in cases {
            assert_eq!(number(count), text);
        }
    }

    #[test]
    fn an_axis_has_few_marks_at_round_numbers() {
        let cases = [(0, 1), (1, 1), (4, 1), (5, 2), (9, 5), (41, 20), (100, 50), (12_345, 5000)];
        for (reach, expected) in cases {
            assert_eq!(step(reach), expected, "{reach}");
        }
        assert!(step(u64::MAX) > u64::MAX / 5);
    }

    #[test]
    fn one_among_a_million_can_still_be_seen_and_nothing_cannot() {
        assert_eq!(scaled(1, 1_000_000, 300), 1);
        assert_eq!(scaled(0, 1_000_000, 300), 0);
        assert_eq!(scaled(u64::MAX, u64::MAX, 300), 300);
        assert_eq!(scaled(0, 0, 300), 0);
    }
}
