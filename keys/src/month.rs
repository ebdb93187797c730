//! Calendar months, by which ledger keys are made and destroyed.

use std::fmt;
use std::iter;

/// How many months of ledger keys a keyring holds from any month on: that month and the next three.
const MONTHS_HELD: usize = 4;

/// A month of the years 1970 to 9999, written as `year * 100 + month`, for example 202611.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u32);

impl Month {
    /// The month written as `year * 100 + month`.
    pub fn new(number: u32) -> Result<Self, InvalidMonth> {
        let (year, month) = (number / 100, number % 100);
        if (1970..=9999).contains(&year) && (1..=12).contains(&month) {
            Ok(Self(number))
        } else {
            Err(InvalidMonth(number))
        }
    }

    /// The month as `year * 100 + month`.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The month after this one; none after the last month of 9999.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let following = if self.0 % 100 == 12 { self.0 + 89 } else { self.0 + 1 };
        Self::new(following).ok()
    }

    /// The month so many months later; none after the last month of 9999.
    #[must_use]
    pub fn plus(self, months: u32) -> Option<Self> {
        (0..months).try_fold(self, |month, _| month.next())
    }

    /// This month and the three after it.
    pub(crate) fn and_ahead(self) -> impl Iterator<Item = Self> {
        iter::successors(Some(self), |month| month.next()).take(MONTHS_HELD)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The number names no month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a month; write year and month as in 202611")]
pub struct InvalidMonth(u32);

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn december_is_followed_by_january() {
        let ahead: Vec<_> = Month::new(202_611).unwrap().and_ahead().map(Month::number).collect();
        assert_eq!(ahead, [202_611, 202_612, 202_701, 202_702]);
    }

    #[test]
    fn nothing_follows_the_last_month() {
        assert_eq!(Month::new(999_912).unwrap().next(), None);
        assert_eq!(Month::new(999_911).unwrap().and_ahead().count(), 2);
    }

    #[test]
    fn numbers_that_name_no_month_are_refused() {
        for number in [0, 11, 202_600, 202_613, 196_912, 1_000_001, u32::MAX] {
            assert_eq!(Month::new(number), Err(InvalidMonth(number)));
        }
    }
}
