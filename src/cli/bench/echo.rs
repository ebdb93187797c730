//! `fubako bench echo`: the floor, a bare tonic server over the same TLS that answers with the same bytes.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use fubako_proto::client::Client;
use fubako_proto::v1::DiscloseResponse;
use prost::Message as _;
use serde_json::json;

use crate::cli::bench::asker::{askers, sample};
use crate::cli::bench::figures::{Figures, tell_errors};
use crate::cli::bench::load::{Pace, Pressure, press};
use crate::cli::bench::process::Process;
use crate::cli::bench::roster::{Subject, of_many};
use crate::cli::bench::stage::{Population, Stage, connect};
use crate::cli::clock::sound_now;
use crate::cli::dev::kit::Kit;
use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::host::serve_error;
use crate::cli::screen::Screen;
use crate::cli::signals::{Hangup, Signals};
use crate::cli::trust::security;
use crate::config;
use crate::config::environment::Environment;
use crate::rpc::echo::EchoServer;
use crate::rpc::server::HeldAddress;

/// Measures the echo.
#[derive(Args, Debug)]
pub(in crate::cli) struct EchoBench {
    #[command(flatten)]
    pressure: Pressure,
    /// What ids and the order of calls are drawn from
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

impl EchoBench {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let stage = Stage::set(&Population::few(self.seed), screen).await?;
        let echo = Echo::start(&stage, self.pressure.width.connections).await?;
        let figures = echo.measure(self.pressure, stage.roster(), (self.seed, 0), screen).await;
        echo.stop().await?;
        stage.clear().await?;
        let figures = figures?;
        screen.show(|| figures.json(), || figures.words())
    }
}

/// An echo in a process of its own, and connections to it.
pub(super) struct Echo {
    server: Process,
    clients: Vec<Client>,
}

impl Echo {
    /// Starts it with an answer that the stage's vault gave.
    pub(super) async fn start(stage: &Stage, connections: u32) -> Result<Self, Error> {
        let answer = stage.folder().join(ANSWER);
        if !answer.exists() {
            let shop = of_many(&stage.clients("shop", 1).await?, 0)?;
            let first = stage.roster().first().ok_or_else(|| Error::argument("--members", "there are none"))?;
            files::write_new(&answer, sample(&shop, first).await?.encode_to_vec(), Readers::Owner)?;
        }
        let flag = |text| OsStr::new(text);
        let server = Process::start(&[flag("bench"), flag("echo-server"), stage.folder().as_os_str()])?;
        let clients = connect(stage.kit(), &server, "shop", connections).await?;
        Ok(Self { server, clients })
    }

    /// Presses it.
    pub(super) async fn measure(
        &self,
        pressure: Pressure,
        roster: &Arc<[Subject]>,
        order: (u64, u32),
        screen: Screen,
    ) -> Result<Figures, Error> {
        let askers = askers(&self.clients, roster, pressure.width.in_flight, order)?;
        let timed = press(askers, Pace::Closed, pressure.seconds, &self.server).await?;
        tell_errors(screen, &timed);
        Ok(Figures::of("echo", pressure, roster.len(), &timed))
    }

    pub(super) async fn stop(self) -> Result<(), Error> {
        self.server.stop().await
    }
}

/// The echo's own process.
#[derive(Args, Debug)]
pub(in crate::cli) struct EchoServing {
    /// The folder of a stage, with the certificates to show and the answer to give
    folder: PathBuf,
}

impl EchoServing {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let now = sound_now()?;
        let config = config::load(&Kit::config_in(&self.folder), &Environment::default())?;
        let address = config.server().listen();
        let answer = files::read(&self.folder.join(ANSWER))?;
        let answer = DiscloseResponse::decode(answer.as_slice()).map_err(serve_error)?;
        let listening = |source| Error::Listen { address, source };
        let held = HeldAddress::hold(address).map_err(listening)?;
        let server = EchoServer::listen(held, security(&config, now)?.shared(), answer).map_err(listening)?;
        let address = server.local_addr().map_err(serve_error)?;
        screen.show(|| json!({ "listening": address.to_string() }), || format!("echoing on https://{address}"))?;
        let mut signals = Signals::listen()?;
        server.serve(signals.arrived(Hangup::Ends)).await.map_err(serve_error)
    }
}

const ANSWER: &str = "answer";
