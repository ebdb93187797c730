//! `fubako serve`: a server for a vault, from a configuration or from a development kit.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use ring::rand::SystemRandom;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::cli::clock::{now, sound_now};
use crate::cli::dev::callers::{CALLERS, roles};
use crate::cli::dev::kit::{Kit, Made, Scale};
use crate::cli::error::Error;
use crate::cli::host::{Ended, Host, Start};
use crate::cli::reload::Reload;
use crate::cli::screen::Screen;
use crate::cli::sealed::Waiting;
use crate::cli::signals::{Hangup, Signals};
use crate::cli::stop::Stop;
use crate::config;
use crate::config::environment::Environment;
use crate::config::settings::{Config, RootSource};
use crate::rpc::metrics::{Board, Metrics};
use crate::telemetry::{self, LogFormat};

/// Serves a vault.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct Serve {
    /// The configuration's file
    #[arg(long, env = "FUBAKO_CONFIG", value_name = "FILE", default_value = "fubako.toml")]
    config: PathBuf,
    /// Serve a vault for development: everything it needs is made in this folder, and used again later
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = "fubako-dev")]
    dev: Option<PathBuf>,
    /// The address to listen on with --dev, when the folder is made
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7443", requires = "dev")]
    listen: SocketAddr,
    /// Start sealed, whatever the root key is: `fubako unseal` opens the vault
    #[arg(long, conflicts_with = "dev")]
    sealed: bool,
    /// Which events to log
    #[arg(long, env = "FUBAKO_LOG", value_name = "FILTER", default_value = "info")]
    log: String,
    /// How to log them, on the standard error stream
    #[arg(long, env = "FUBAKO_LOG_FORMAT", value_enum, default_value_t)]
    log_format: LogFormat,
}

impl Serve {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let stop = Stop::new(screen);
        telemetry::start(self.log_format, &self.log, stop.on_store_error())?;
        if let Some(folder) = &self.dev {
            return Box::pin(self.develop(folder, &stop, screen)).await;
        }
        let environment = &Environment::read();
        let (config, board) = (self.config.as_path(), Board::new(now()));
        let served = Served { config, environment, hangup: Hangup::Reloads, board };
        let first = if self.sealed { First::Sealed } else { First::AsConfigured };
        Box::pin(served.run(&stop, first, |address, state| self.tell(screen, address, state))).await
    }

    fn tell(&self, screen: Screen, address: SocketAddr, state: State) -> Result<(), Error> {
        screen.show(
            || json!({ "listening": address.to_string(), "sealed": state == State::Sealed }),
            || match state {
                State::Open => format!("serving `{}` on https://{address}", self.config.display()),
                State::Sealed => format!("sealed, on https://{address}; `fubako unseal` brings what opens the vault"),
            },
        )
    }

    async fn develop(&self, folder: &Path, stop: &Stop, screen: Screen) -> Result<(), Error> {
        let kit = Kit::open_or_make(folder, self.listen, Scale::Trial, sound_now()?, &SystemRandom::new())?;
        // Not the environment: what it says of the root key or the folder is meant for another vault.
        let (config, environment) = (kit.config(), Environment::default());
        let board = Board::new(now());
        let served = Served { config: &config, environment: &environment, hangup: Hangup::Ends, board };
        let tell = |address, state| {
            if state == State::Sealed {
                return Ok(());
            }
            kit.write_variables(address)?;
            screen.show(
                || json!({ "dev": true, "listening": address.to_string(), "folder": kit.folder() }),
                || welcome(screen, &kit, address),
            )
        };
        Box::pin(served.run(stop, First::AsConfigured, tell)).await
    }
}

/// What is served, and what a hangup means to it.
struct Served<'a> {
    config: &'a Path,
    environment: &'a Environment,
    hangup: Hangup,
    board: Board,
}

/// How the first run begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum First {
    /// Sealed only if people have to bring the root key.
    AsConfigured,
    /// Sealed.
    Sealed,
}

/// Whether what listens is sealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Open,
    Sealed,
}

impl Served<'_> {
    /// Serves, open and sealed by turns, until a signal ends it.
    async fn run(
        &self,
        stop: &Stop,
        first: First,
        tell: impl Fn(SocketAddr, State) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let config = config::load(self.config, self.environment)?;
        let metrics = self.metrics(&config).await?;
        let begins_sealed = first == First::Sealed || config.root() == &RootSource::Shares;
        let mut next = if begins_sealed { None } else { Some(self.host(&config, stop, Start::Closed).await?) };
        // Not before: a start that takes long, or waits for a passphrase, is broken off by them as ever.
        let mut signals = Signals::listen()?;
        // For as long as the process lives, sealed or open.
        let mut beside = JoinSet::new();
        if let Some(metrics) = metrics {
            beside.spawn(metrics.serve());
        }
        let mut address = config.server().listen();
        let mut running = config;
        loop {
            let host = match next.take() {
                Some(host) => host,
                None => match self.unsealed((&running, address), stop, &mut signals, &tell).await? {
                    Some(host) => host,
                    None => return Ok(()),
                },
            };
            address = host.address()?;
            if self.serve(host, running, &mut signals, &tell).await? == Ended::Stopped {
                return Ok(());
            }
            tracing::warn!("the vault is sealed; no key is in memory");
            running = config::load(self.config, self.environment)?;
        }
    }

    /// A host whose vault people opened; none if a signal came first.
    async fn unsealed(
        &self,
        (config, address): (&Config, SocketAddr),
        stop: &Stop,
        signals: &mut Signals,
        tell: &impl Fn(SocketAddr, State) -> Result<(), Error>,
    ) -> Result<Option<Host>, Error> {
        let waiting = Waiting::listen(config, address)?;
        self.board.show_certificate(&waiting.security());
        let address = waiting.address()?;
        tracing::warn!(%address, "sealed");
        tell(address, State::Sealed)?;
        match waiting.until_open(config, stop, signals.arrived(self.hangup)).await? {
            Some(opened) => Ok(Some(self.host(config, stop, Start::Opened(Box::new(opened), address)).await?)),
            None => Ok(None),
        }
    }

    async fn host(&self, config: &Config, stop: &Stop, start: Start) -> Result<Host, Error> {
        let host = Host::open(config, stop, start).await?;
        if let Some(recovered) = host.recovered() {
            tracing::warn!("{recovered}");
        }
        self.board.show(host.vault());
        self.board.show_certificate(&host.security());
        Ok(host)
    }

    /// Binds the listener for metrics, if there is to be one.
    async fn metrics(&self, config: &Config) -> Result<Option<Metrics>, Error> {
        let Some(address) = config.metrics().listen() else { return Ok(None) };
        let bound = TcpListener::bind(address).await;
        let listener = bound.map_err(|source| Error::Listen { address, source })?;
        tracing::info!(address = %listener.local_addr().unwrap_or(address), "metrics");
        Ok(Some(Metrics::new(listener, self.board.clone())))
    }

    async fn serve(
        &self,
        host: Host,
        running: Config,
        signals: &mut Signals,
        tell: &impl Fn(SocketAddr, State) -> Result<(), Error>,
    ) -> Result<Ended, Error> {
        let reload = Reload::of(&host, self.config.to_owned(), self.environment.clone(), running)?;
        let reloading = (self.hangup == Hangup::Reloads).then(|| tokio::spawn(reload.on_request()));
        let address = host.address()?;
        tracing::info!(%address, "serving");
        tell(address, State::Open)?;
        let served = host
            .run(async {
                signals.arrived(self.hangup).await;
                tracing::info!("stopping: open calls may end, new ones are refused");
            })
            .await;
        if let Some(reloading) = reloading {
            reloading.abort();
        }
        served
    }
}

fn welcome(screen: Screen, kit: &Kit, address: SocketAddr) -> String {
    let folder = kit.folder().display();
    let made = match kit.made() {
        Made::Now => "made",
        Made::Before => "used again",
    };
    let mut table = screen.table(&["caller", "who", "roles"]);
    for caller in CALLERS {
        table.add_row([caller.name, caller.who, &roles(caller)]);
    }
    format!(
        "{SHOUT}
serving https://{address}, from `{folder}` ({made})

{table}
In another terminal, as the shop, store a member and ask for a view; as the auditor, see it written down:
  . '{folder}/shop.env'
  fubako member collect --help        # has a member to copy; the answer has the id
  fubako member disclose ID --purpose transaction-notice --to marketplace
  . '{folder}/auditor.env'
  fubako ledger list
For a view that needs a basis, the registry first registers a party and records one:
  . '{folder}/registry.env'
  fubako party register --help
  fubako basis record --help
Ctrl-C stops it.
"
    )
}

const SHOUT: &str = "
  ************************************************************************
  *  DEVELOPMENT SERVER. Keys and certificates lie open in its folder.   *
  *  Never put the data of real people into it.                          *
  ************************************************************************
";

const EXAMPLE: &str = "Examples:
  fubako serve --dev                      # try it out; everything is made in ./fubako-dev
  fubako serve --config /srv/fubako/fubako.toml

Signals: SIGHUP reads certificates, callers and issuers again (with --dev it ends the server); SIGTERM and SIGINT let open calls end, then stop. \
Environment: FUBAKO_FOLDER, FUBAKO_LISTEN, FUBAKO_ROOT_FILE and FUBAKO_PASSPHRASE_FILE override the configuration.";
