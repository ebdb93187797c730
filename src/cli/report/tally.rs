//! How many releases there were: by purpose, by recipient class, by day.

use std::collections::BTreeMap;
use std::iter::Sum;

use jiff::Zoned;
use jiff::civil::Date;

use crate::cli::report::recipient::is_outside;

/// Releases, by whether they left the marketplace and the member they are about.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Tally {
    /// To third parties and the public.
    outside: u64,
    /// To the marketplace, and to members about themselves.
    inside: u64,
}

/// The counts of a period.
#[derive(Default, Debug)]
pub(super) struct Tallies {
    all: Tally,
    by_purpose: BTreeMap<String, Tally>,
    by_class: BTreeMap<String, Tally>,
    by_day: BTreeMap<Date, Tally>,
    by_row: BTreeMap<(String, String), u64>,
}

impl Tally {
    #[cfg(test)]
    pub(super) const fn new(outside: u64, inside: u64) -> Self {
        Self { outside, inside }
    }

    /// To third parties and the public.
    pub(super) const fn outside(self) -> u64 {
        self.outside
    }

    /// All of them.
    pub(super) const fn total(self) -> u64 {
        self.outside.saturating_add(self.inside)
    }

    fn count(&mut self, class: &str) {
        let side = if is_outside(class) { &mut self.outside } else { &mut self.inside };
        *side = side.saturating_add(1);
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |sum, tally| Self {
            outside: sum.outside.saturating_add(tally.outside),
            inside: sum.inside.saturating_add(tally.inside),
        })
    }
}

impl Tallies {
    /// Counts one release.
    pub(super) fn count(&mut self, purpose: &str, class: &str, time: &Zoned) {
        self.all.count(class);
        self.by_purpose.entry(purpose.to_owned()).or_default().count(class);
        self.by_class.entry(class.to_owned()).or_default().count(class);
        self.by_day.entry(time.date()).or_default().count(class);
        *self.by_row.entry((purpose.to_owned(), class.to_owned())).or_default() += 1;
    }

    pub(super) const fn all(&self) -> Tally {
        self.all
    }

    pub(super) const fn by_purpose(&self) -> &BTreeMap<String, Tally> {
        &self.by_purpose
    }

    pub(super) const fn by_class(&self) -> &BTreeMap<String, Tally> {
        &self.by_class
    }

    /// The days that had releases.
    pub(super) const fn by_day(&self) -> &BTreeMap<Date, Tally> {
        &self.by_day
    }

    /// How many there were for a purpose to a class.
    pub(super) fn of_row(&self, purpose: &str, class: &str) -> u64 {
        self.by_row.get(&(purpose.to_owned(), class.to_owned())).copied().unwrap_or(0)
    }
}
