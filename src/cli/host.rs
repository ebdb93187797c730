//! The host: a vault and its server, as a configuration describes them, in one process.

use std::error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fubako_keys::RootKey;
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio::time::{interval, timeout};

use crate::cli::clock::{clock, now, sound_now};
use crate::cli::error::Error;
use crate::cli::root::root_key;
use crate::cli::stop::Stop;
use crate::cli::trust::{expiry_warning, security};
use crate::config::settings::{Config, ServerSection};
use crate::rpc::limits::Limits;
use crate::rpc::published::PublishedTree;
use crate::rpc::seal::SealSwitch;
use crate::rpc::security::SharedSecurity;
use crate::rpc::server::{HeldAddress, Mode, Server, Serving};
use crate::vault::Vault;
use crate::vault::create::expect_vault;
use crate::vault::open::{self, OpenVault, Opened};

/// A vault that is open, and a server that listens for it.
pub(super) struct Host {
    opened: Opened,
    server: Server,
    published: Option<PublishedTree>,
    security: SharedSecurity,
    switch: SealSwitch,
}

/// Why a host ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ended {
    /// It was asked to stop.
    Stopped,
    /// A caller had the vault sealed, and it is closed: no key is in memory.
    Sealed,
}

/// How far a vault is that a host is made for.
pub(super) enum Start {
    /// Its root key is where the configuration says.
    Closed,
    /// People brought it, and the vault is open; the server is to listen on this address.
    Opened(Box<Opened>, SocketAddr),
}

impl Host {
    /// Opens the vault, unless it is open, and listens; calls are answered once it runs.
    pub(super) async fn open(config: &Config, stop: &Stop, start: Start) -> Result<Self, Error> {
        // Whatever can refuse this start without touching the vault comes first.
        let now = sound_now()?;
        let security = security(config, now)?.shared();
        let address = if let Start::Opened(_, address) = &start { *address } else { config.server().listen() };
        let listen_error = |source| Error::Listen { address, source };
        let held = HeldAddress::hold(address).map_err(listen_error)?;
        let published = match config.ledger().publish() {
            Some(address) => {
                let bound = TcpListener::bind(address).await;
                Some(bound.map_err(|source| Error::Listen { address, source })?)
            }
            None => None,
        };
        let vault = config.vault();
        expect_vault(vault.folder())?;
        let opened = match start {
            Start::Closed => open_vault(config, root_key(config.root(), vault.folder())?, stop).await?,
            Start::Opened(opened, _) => *opened,
        };
        if let Some(warning) = opened.last_time.and_then(|last| jump_warning(last, now)) {
            tracing::warn!("{warning}");
        }
        let serving = Serving {
            vault: Arc::clone(&opened.vault),
            security: Arc::clone(&security),
            limits: Limits::default(),
            mode: mode(config.server()),
        };
        let switch = SealSwitch::default();
        let server = Server::listen(held, serving).map_err(listen_error)?.sealed_by(switch.clone());
        let published = published.map(|listener| PublishedTree::new(listener, opened.vault.published()));
        Ok(Self { opened, server, published, security, switch })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> Result<SocketAddr, Error> {
        self.server.local_addr().map_err(serve_error)
    }

    /// The vault it serves.
    pub(super) const fn vault(&self) -> &Arc<Vault> {
        &self.opened.vault
    }

    /// What is trusted; what is stored into it holds from then on.
    pub(super) fn security(&self) -> SharedSecurity {
        Arc::clone(&self.security)
    }

    /// What the last run left to mend, in words; nothing if it left nothing.
    pub(super) fn recovered(&self) -> Option<String> {
        let recovered = &self.opened.recovered;
        let mended = recovered.cut_bytes > 0 || recovered.reapplied > 0 || recovered.discarded_redo;
        mended.then(|| {
            let (cut, reapplied) = (recovered.cut_bytes, recovered.reapplied);
            format!("the last run was cut short: {reapplied} groups applied again, {cut} unfinished bytes dropped")
        })
    }

    /// Answers calls until `shutdown` is done or a caller has the vault sealed; then lets open ones end, and closes the
    /// vault, with which every key leaves memory.
    pub(super) async fn run(self, shutdown: impl Future<Output = ()>) -> Result<Ended, Error> {
        let sealed = AtomicBool::new(false);
        let shutdown = async {
            tokio::select! {
                () = shutdown => {}
                () = self.switch.pulled() => sealed.store(true, Ordering::Release),
            }
        };
        let vault = Arc::clone(&self.opened.vault);
        let mut housekeeping = tokio::spawn(async move { vault.keep_house().await });
        let vault = Arc::clone(&self.opened.vault);
        let mut rotating = tokio::spawn(vault.keep_keys());
        let watching = tokio::spawn(watch_certificate(Arc::clone(&self.security)));
        let publishing = self.published.map(|tree| tokio::spawn(tree.serve()));
        let served = tokio::select! {
            served = self.server.serve(shutdown) => served.map_err(serve_error),
            // It never ends by itself; without it there would be no ledger keys some day.
            ended = &mut housekeeping => {
                let Err(panicked) = ended;
                Err(serve_error(panicked))
            }
            ended = &mut rotating => {
                let Err(panicked) = ended;
                Err(serve_error(panicked))
            }
        };
        watching.abort();
        if let Some(publishing) = publishing {
            publishing.abort();
        }
        for task in [housekeeping, rotating] {
            task.abort();
            if !task.is_finished() {
                // The task holds the vault until it has noticed.
                drop(task.await);
            }
        }
        let ended = if sealed.into_inner() { Ended::Sealed } else { Ended::Stopped };
        close(self.opened, ended).await?;
        served.map(|()| ended)
    }
}

/// Opens the vault that a configuration describes with its root key.
pub(super) async fn open_vault(config: &Config, root: RootKey, stop: &Stop) -> Result<Opened, open::Error> {
    open_vault_under(config.vault().policy_text().to_owned(), config, root, stop).await
}

/// The same under another policy than the configured one.
pub(super) async fn open_vault_under(
    policy_text: String,
    config: &Config,
    root: RootKey,
    stop: &Stop,
) -> Result<Opened, open::Error> {
    let vault = config.vault();
    let how = OpenVault {
        folder: vault.folder().to_owned(),
        root,
        policy_text,
        policy_file: vault.policy_file().to_owned(),
        expected_members: vault.expected_members(),
        cache_bytes: vault.cache().get(),
        retention_months: config.ledger().retention_months(),
        backup_keep_days: config.backup().keep_days(),
        erasure_grace_days: config.erasure().grace_days(),
        schedule: config.keys().schedule().clone(),
        disk_reserve_bytes: vault.disk_reserve().get(),
        clock: clock(),
        random: Arc::new(SystemRandom::new()),
        on_fatal: stop.on_fatal(),
    };
    let opened = open::open(how).await?;
    stop.vault_is_open();
    Ok(opened)
}

/// Warns of a clock that went on by more than a month since the last run: months of the ledger never go back.
fn jump_warning(last: Timestamp, now: Timestamp) -> Option<String> {
    (last.duration_until(now) > FAR_AHEAD).then(|| {
        format!(
            "the last run ended at {last:.0}, and the clock stands at {now:.0} now; if the clock is wrong, stop and set it: \
             the ledger has begun the month it shows, and does not go back"
        )
    })
}

/// Warns in the log, once a day, of a server certificate that expires soon.
async fn watch_certificate(security: SharedSecurity) {
    let mut days = interval(DAY);
    loop {
        days.tick().await;
        if let Some(warning) = expiry_warning(security.load().certificate_expires(), now()) {
            tracing::warn!("{warning}");
        }
    }
}

fn mode(server: &ServerSection) -> Mode {
    if server.reflects() { Mode::Dev } else { Mode::Production }
}

/// Closes the vault, unless a call that was cut off still holds it when the process ends anyway; nothing acknowledged
/// depends on it. A sealed vault has to be closed, or its keys would stay: that is waited for.
async fn close(opened: Opened, ended: Ended) -> Result<(), Error> {
    let mut closing = spawn_blocking(|| opened.close());
    match timeout(PATIENCE, &mut closing).await {
        Ok(closed) => closed.map_err(serve_error),
        Err(_) if ended == Ended::Sealed => {
            tracing::warn!("the vault is not sealed yet: a call that was cut off still holds it");
            closing.await.map_err(serve_error)
        }
        Err(_) => {
            tracing::warn!("the vault was left open; the next start applies its last changes again");
            Ok(())
        }
    }
}

pub(super) fn serve_error(error: impl error::Error + Send + Sync + 'static) -> Error {
    Error::Serve(Box::new(error))
}

/// So long a vault seldom lies still.
const FAR_AHEAD: SignedDuration = SignedDuration::from_hours(31 * 24);
const PATIENCE: Duration = Duration::from_secs(10);
const DAY: Duration = Duration::from_hours(24);
