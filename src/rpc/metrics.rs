//! Metrics: what a process counts and how it is, as text over plain HTTP, for Prometheus and whatever reads its format.
//!
//! Off by default, and on a listener of its own, which stays through the sealing and opening of the vault. It tells no name
//! but those of the policy's catalogue, of keys and of reasons, so that nothing in it is about anybody.

use std::fmt;
use std::io;
use std::sync::{Arc, Weak};

use arc_swap::ArcSwapOption;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use crate::rpc::seated::Seated;
use crate::rpc::security::SharedSecurity;
use crate::vault::Vault;
use crate::vault::measures::Measures;
use crate::vault::rotation::{Progress, Stage};

/// A listener that serves metrics.
#[derive(Debug)]
pub struct Metrics {
    listener: TcpListener,
    board: Board,
}

/// What there is to show; cheap to clone.
#[derive(Clone, Debug)]
pub struct Board(Arc<Shown>);

#[derive(Debug)]
struct Shown {
    started: Timestamp,
    security: ArcSwapOption<SharedSecurity>,
    open: ArcSwapOption<OpenVault>,
}

/// An open vault, which may close at any time.
#[derive(Debug)]
struct OpenVault {
    /// Not the vault itself, which closes only once nobody holds it.
    vault: Weak<Vault>,
    counters: Registry,
}

impl Metrics {
    /// Will serve on the listener.
    #[must_use]
    pub const fn new(listener: TcpListener, board: Board) -> Self {
        Self { listener, board }
    }

    /// Serves until it is aborted; an error of one connection ends that connection.
    pub async fn serve(self) -> io::Result<()> {
        let routes = Router::new().route("/metrics", get(metrics)).with_state(self.board);
        axum::serve(Seated::on(self.listener), routes).await
    }
}

impl Board {
    /// Of a process that started then, with nothing open yet.
    #[must_use]
    pub fn new(started: Timestamp) -> Self {
        Self(Arc::new(Shown { started, security: ArcSwapOption::empty(), open: ArcSwapOption::empty() }))
    }

    /// Shows a vault from now on, for as long as it is open; what was counted of another is gone.
    pub fn show(&self, vault: &Arc<Vault>) {
        let mut counters = Registry::with_prefix(PREFIX);
        vault.register_counters(&mut counters);
        self.0.open.store(Some(Arc::new(OpenVault { vault: Arc::downgrade(vault), counters })));
    }

    /// Shows until when the certificate holds that the server has now.
    pub fn show_certificate(&self, security: &SharedSecurity) {
        self.0.security.store(Some(Arc::new(Arc::clone(security))));
    }

    /// Everything, in the text format of `OpenMetrics` 1.0.
    fn text(&self) -> Result<String, fmt::Error> {
        let open = self.0.open.load();
        // Held while it is read, so that what is told together is of one vault.
        let vault = open.as_ref().and_then(|open| Some((open.vault.upgrade()?, &open.counters)));
        let mut gauges = Registry::with_prefix(PREFIX);
        gauges.register_collector(Box::new(Gauges {
            started: self.0.started,
            certificate_expires: self.0.security.load().as_ref().map(|security| security.load().certificate_expires()),
            measures: vault.as_ref().map(|(vault, _)| vault.measures()),
        }));
        let mut text = String::new();
        encode_registry(&mut text, &gauges)?;
        if let Some((_, counters)) = vault {
            encode_registry(&mut text, counters)?;
        }
        encode_eof(&mut text)?;
        Ok(text)
    }
}

async fn metrics(State(board): State<Board>) -> Response {
    match board.text() {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(fmt::Error) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What is measured when somebody asks.
#[derive(Debug)]
struct Gauges {
    started: Timestamp,
    certificate_expires: Option<Timestamp>,
    /// None where no vault is open.
    measures: Option<Measures>,
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        let mut build = encoder.encode_descriptor("build", "The program that runs", None, MetricType::Info)?;
        build.encode_info(&[("version", env!("CARGO_PKG_VERSION"))])?;
        gauge(encoder, "start_time_seconds", "When the process started", &seconds(self.started))?;
        let sealed = u32::from(self.measures.is_none());
        gauge(encoder, "sealed", "1 while no vault is open in the process, so that no key is in memory", &sealed)?;
        if let Some(expires) = self.certificate_expires {
            gauge(encoder, "certificate_expiry_seconds", "When the server's certificate expires", &seconds(expires))?;
        }
        self.measures.as_ref().map_or(Ok(()), |measures| vault(encoder, measures))
    }
}

fn vault(encoder: &mut DescriptorEncoder<'_>, measures: &Measures) -> fmt::Result {
    gauge(encoder, "ledger_entries", "Durable entries", &measures.entries)?;
    gauge(encoder, "ledger_uncovered_entries", "Durable entries no checkpoint covers yet", &measures.uncovered)?;
    gauge(encoder, "ledger_unindexed_entries", "Durable entries the index does not reach yet", &measures.unindexed)?;
    if let Some(time) = measures.checkpoint_time {
        gauge(encoder, "ledger_checkpoint_time_seconds", "When the last checkpoint was written", &seconds(time))?;
    }
    if let Some(until) = measures.ledger_keys_until {
        gauge(encoder, "ledger_keys_until_seconds", "Until when there are ledger keys", &seconds(until))?;
    }
    if let Some(free) = measures.disk_free {
        gauge(encoder, "disk_free_bytes", "Free space on the disk of the data folder", &free)?;
    }
    gauge(encoder, "disk_reserve_bytes", "Free space below which nothing is written", &measures.disk_reserve)?;
    gauge(encoder, "commit_queue", "Pieces of work that wait for a commit group", &(measures.waiting as u64))?;
    gauge(encoder, "keyring_generation", "The keyring's generation", &measures.keyring_generation)?;
    measures.rotation.as_ref().map_or(Ok(()), |progress| rotation(encoder, progress))
}

fn rotation(encoder: &mut DescriptorEncoder<'_>, progress: &Progress) -> fmt::Result {
    let Progress { checked, total, resealed, damaged, .. } = *progress;
    let running = u64::from(matches!(progress.stage, Stage::Sweeping | Stage::Proving));
    let numbers = [
        ("rotation_running", "1 while the last rotation goes on", running),
        ("rotation_records", "Records the last rotation goes through; 0 until they are counted", total),
        ("rotation_checked_records", "Records it has looked at", checked),
        ("rotation_remaining_records", "Records it has not looked at", total.saturating_sub(checked)),
        ("rotation_resealed_records", "Records it has made anew", resealed),
        ("rotation_damaged_records", "Records that do not open and stay as they were", damaged),
    ];
    for (name, help, number) in numbers {
        let labels = [("key", progress.key.to_string())];
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        ConstGauge::new(number).encode(metric.encode_family(&labels)?)?;
    }
    Ok(())
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: &impl EncodeGaugeValue) -> fmt::Result {
    encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(value)
}

fn seconds(time: Timestamp) -> i64 {
    time.as_second()
}

const PREFIX: &str = "fubako";
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
