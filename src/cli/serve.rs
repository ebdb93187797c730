//! `fubako serve`: a server for a vault, from a configuration or from a development kit.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use ring::rand::SystemRandom;
use serde_json::json;

use crate::cli::clock::sound_now;
use crate::cli::dev::callers::{CALLERS, roles};
use crate::cli::dev::kit::{Kit, Made};
use crate::cli::error::Error;
use crate::cli::host::Host;
use crate::cli::reload::Reload;
use crate::cli::screen::Screen;
use crate::cli::signals::{Hangup, Signals};
use crate::cli::stop::Stop;
use crate::config;
use crate::config::environment::Environment;
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
        match &self.dev {
            Some(folder) => self.develop(folder, &stop, screen).await,
            None => {
                serve((&self.config, &Environment::read()), &stop, Hangup::Reloads, |address| {
                    screen.show(
                        || json!({ "listening": address.to_string() }),
                        || format!("serving `{}` on https://{address}", self.config.display()),
                    )
                })
                .await
            }
        }
    }

    async fn develop(&self, folder: &Path, stop: &Stop, screen: Screen) -> Result<(), Error> {
        let kit = Kit::open_or_make(folder, self.listen, sound_now()?, &SystemRandom::new())?;
        // Not the environment: what it says of the root key or the folder is meant for another vault.
        serve((&kit.config(), &Environment::default()), stop, Hangup::Ends, |address| {
            kit.write_variables(address)?;
            screen.show(
                || json!({ "dev": true, "listening": address.to_string(), "folder": kit.folder() }),
                || welcome(screen, &kit, address),
            )
        })
        .await
    }
}

/// Serves what a configuration describes until a signal ends it.
async fn serve(
    (config, environment): (&Path, &Environment),
    stop: &Stop,
    hangup: Hangup,
    ready: impl FnOnce(SocketAddr) -> Result<(), Error>,
) -> Result<(), Error> {
    let running = config::load(config, environment)?;
    let host = Host::open(&running, stop).await?;
    if let Some(recovered) = host.recovered() {
        tracing::warn!("{recovered}");
    }
    let signals = Signals::listen()?;
    let reload = Reload::of(&host, config.to_owned(), environment.clone(), running)?;
    let reloading = (hangup == Hangup::Reloads).then(|| tokio::spawn(reload.on_request()));
    let address = host.address()?;
    tracing::info!(%address, "serving");
    ready(address)?;
    let served = host
        .run(async {
            signals.arrived(hangup).await;
            tracing::info!("stopping: open calls may end, new ones are refused");
        })
        .await;
    if let Some(reloading) = reloading {
        reloading.abort();
    }
    served
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

Signals: SIGHUP reads certificates, callers and issuers again (with --dev it ends the server); SIGTERM and SIGINT let open calls end, then stop.
Environment: FUBAKO_FOLDER, FUBAKO_LISTEN, FUBAKO_ROOT_FILE and FUBAKO_PASSPHRASE_FILE override the configuration.";
