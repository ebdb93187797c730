//! Figures: what a load came to, for people and for programs.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

use crate::cli::bench::load::{Pressure, Timed};
use crate::cli::screen::Screen;
use crate::cli::screen::facts;

/// What one load came to.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    pub(super) what: &'static str,
    pub(super) pressure: Pressure,
    pub(super) members: usize,
    pub(super) calls: u64,
    /// Calls answered in a second.
    pub(super) rate: f64,
    pub(super) latency: Latency,
    pub(super) errors: u64,
    /// Calls that fell due, at a rate, and that nobody was free to make: the rate is not borne.
    pub(super) unasked: u64,
    /// Of the processors, for each call.
    pub(super) server_per_call: Duration,
    pub(super) client_per_call: Duration,
    /// The server's memory at the end, and its most, in bytes.
    pub(super) resident: u64,
    pub(super) peak: u64,
    /// The vault on disk; none without a vault.
    pub(super) disk: Option<u64>,
}

/// How long answers took, in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Latency {
    pub(super) half: u64,
    pub(super) ninety: u64,
    pub(super) ninety_nine: u64,
    pub(super) thousandth: u64,
    pub(super) most: u64,
}

impl Latency {
    pub(super) fn of(latencies: &Histogram<u64>) -> Self {
        let at = |quantile| latencies.value_at_quantile(quantile);
        Self { half: at(0.5), ninety: at(0.9), ninety_nine: at(0.99), thousandth: at(0.999), most: latencies.max() }
    }

    /// As members of an object.
    pub(super) fn json(&self) -> Map<String, Value> {
        let members = [
            ("p50_us", self.half),
            ("p90_us", self.ninety),
            ("p99_us", self.ninety_nine),
            ("p999_us", self.thousandth),
            ("max_us", self.most),
        ];
        members.into_iter().map(|(name, micros)| (name.to_owned(), json!(micros))).collect()
    }
}

impl Figures {
    /// Of what was counted.
    pub(super) fn of(what: &'static str, pressure: Pressure, members: usize, timed: &Timed) -> Self {
        let calls = timed.latencies.len();
        let per_call = |time: Duration| time.div_f64(as_float(calls.max(1)));
        Self {
            what,
            pressure,
            members,
            calls,
            rate: as_float(calls) / timed.span.as_secs_f64(),
            latency: Latency::of(&timed.latencies),
            errors: timed.errors,
            unasked: timed.unasked,
            server_per_call: per_call(timed.server.processor),
            client_per_call: per_call(timed.client.processor),
            resident: timed.server.resident,
            peak: timed.server.peak,
            disk: None,
        }
    }

    /// With the vault's bytes on disk.
    pub(super) fn on_disk(self, bytes: u64) -> Self {
        Self { disk: Some(bytes), ..self }
    }

    /// As an object.
    pub(super) fn json(&self) -> Value {
        let mut whole = json!({
            "workload": self.what,
            "rps": rounded(self.rate),
            "in_flight": self.pressure.width.in_flight,
            "connections": self.pressure.width.connections,
            "seconds": self.pressure.seconds,
            "members": self.members,
            "requests": self.calls,
            "errors": self.errors,
            "unasked": self.unasked,
            "server_cpu_us": micros(self.server_per_call),
            "client_cpu_us": micros(self.client_per_call),
            "server_rss_bytes": self.resident,
            "server_peak_rss_bytes": self.peak,
            "disk_bytes": self.disk,
        });
        if let Some(object) = whole.as_object_mut() {
            object.append(&mut self.latency.json());
        }
        whole
    }

    /// As people read it.
    pub(super) fn words(&self) -> String {
        let Latency { half, ninety, ninety_nine, thousandth, most } = self.latency;
        facts(&[
            (
                self.what,
                format!(
                    "{:.0} a second, {} in flight on {} connections, {} errors",
                    self.rate, self.pressure.width.in_flight, self.pressure.width.connections, self.errors
                ),
            ),
            (
                "latency",
                format!("p50 {half} µs, p90 {ninety} µs, p99 {ninety_nine} µs, p99.9 {thousandth} µs, max {most} µs"),
            ),
            (
                "processor",
                format!(
                    "server {:.1} µs a call, client {:.1} µs",
                    micros(self.server_per_call),
                    micros(self.client_per_call)
                ),
            ),
            (
                "behind",
                if self.unasked == 0 {
                    String::new()
                } else {
                    format!("{} calls fell due and were not made", self.unasked)
                },
            ),
            ("memory", format!("{} MiB, at most {} MiB", self.resident >> 20, self.peak >> 20)),
            (
                "disk",
                self.disk.map_or_else(String::new, |bytes| format!("{} MiB, {} members", bytes >> 20, self.members)),
            ),
        ])
    }
}

/// The middle one of several; the lower of the two in the middle of an even number. None of none.
pub(super) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

/// A ratio as it is told.
pub(super) fn thousandths(ratio: f64) -> f64 {
    (ratio * 1000.0).round() / 1000.0
}

pub(super) fn micros(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1e6)
}

fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[expect(clippy::cast_precision_loss, reason = "no benchmark counts to 2^52")]
pub(super) fn as_float(number: u64) -> f64 {
    number as f64
}

/// Says beside the answer what went wrong first, if anything did.
pub(super) fn tell_errors(screen: Screen, timed: &Timed) {
    if let Some(error) = &timed.first_error {
        screen.note(&format!("{} calls failed, the first with: {error}", timed.errors));
    }
}
