//! The committer's meter: how long work waits until it is durable, and how large groups are.

use std::time::Instant;

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Histograms of what was committed since the vault was opened; cheap to clone.
#[derive(Clone, Debug)]
pub struct Meter {
    waited: Histogram,
    sizes: Histogram,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            waited: Histogram::new(exponential_buckets(SHORTEST_SECONDS, 2.0, WAITS)),
            sizes: Histogram::new(exponential_buckets(1.0, 2.0, SIZES)),
        }
    }
}

impl Meter {
    /// Has both shown.
    pub fn register(&self, registry: &mut Registry) {
        let waited = "How long a piece of work waited from being queued until it was durable and applied";
        registry.register_with_unit("commit", waited, Unit::Seconds, self.waited.clone());
        registry.register("commit_group_size", "Pieces of work in a commit group", self.sizes.clone());
    }

    /// A group was made durable, whose pieces of work were queued then.
    pub(super) fn committed(&self, queued: &[Instant], now: Instant) {
        // A group has at most some thousands.
        self.sizes.observe(u32::try_from(queued.len()).map_or(f64::INFINITY, f64::from));
        for queued in queued {
            self.waited.observe(now.saturating_duration_since(*queued).as_secs_f64());
        }
    }
}

/// 64 microseconds, and doubled up to 2.1 seconds.
const SHORTEST_SECONDS: f64 = 0.000_064;
const WAITS: u16 = 16;
/// From one alone up to the most a group takes.
const SIZES: u16 = 11;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::time::Duration;

    use prometheus_client::encoding::text::encode;

    use super::*;

    #[test]
    fn each_piece_of_work_is_told_by_how_long_it_waited_and_the_group_by_its_size() {
        let (meter, mut registry) = (Meter::default(), Registry::with_prefix("fubako"));
        meter.register(&mut registry);
        let start = Instant::now();
        let later = |millis| start + Duration::from_millis(millis);
        meter.committed(&[start, later(1), later(999)], later(1000));
        meter.committed(&[start], later(1));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "fubako_commit_seconds_count 4",
            "fubako_commit_seconds_bucket{le=\"0.001024\"} 2",
            "fubako_commit_seconds_bucket{le=\"1.048576\"} 4",
            "fubako_commit_group_size_sum 4.0",
            "fubako_commit_group_size_count 2",
            "fubako_commit_group_size_bucket{le=\"1.0\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
