//! What a policy decides about how derived forms come out: time zone, ages, bands.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

/// The policy's part in deriving forms.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// The time zone days and ages are counted in.
    pub time_zone: TimeZone,
    /// The age from which `adult` is true, in years.
    pub adult_age: u8,
    /// The first age of each band, increasing; the first is 0.
    pub age_bands: Vec<u8>,
}

impl Presentation {
    /// The day it is at that instant, where the policy counts its days.
    #[must_use]
    pub fn day_at(&self, now: Timestamp) -> civil::Date {
        self.time_zone.to_datetime(now).date()
    }
}
