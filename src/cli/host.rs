//! The host: a vault and its server, as a configuration describes them, in one process.

use std::error;
use std::net::SocketAddr;
use std::path::Path;
use std::str;
use std::sync::Arc;
use std::time::Duration;

use fubako_keys::{RootKey, RootOrigin};
use ring::rand::SystemRandom;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::cli::clock::clock;
use crate::cli::error::Error;
use crate::cli::files;
use crate::cli::passphrase;
use crate::commit::OnFatal;
use crate::config::settings::{Algorithm, Config, RootSource, ServerSection};
use crate::rpc::assertion::{self, Issuers, Signature};
use crate::rpc::callers::Callers;
use crate::rpc::limits::Limits;
use crate::rpc::security::{Security, SharedSecurity};
use crate::rpc::server::{Mode, Server, Serving};
use crate::rpc::tls::{ServerTls, TlsPem};
use crate::vault::Vault;
use crate::vault::open::{self, OpenVault, Opened};

/// A vault that is open, and a server that listens for it.
pub(super) struct Host {
    opened: Opened,
    server: Server,
    security: SharedSecurity,
}

impl Host {
    /// Opens the vault and listens; calls are answered once it runs.
    pub(super) async fn open(config: &Config, on_fatal: OnFatal) -> Result<Self, Error> {
        let security = security(config)?.shared();
        let vault = config.vault();
        let opened = open::open(OpenVault {
            folder: vault.folder().to_owned(),
            root: root(config.root(), vault.folder())?,
            policy_text: vault.policy_text().to_owned(),
            policy_file: vault.policy_file().to_owned(),
            expected_members: vault.expected_members(),
            cache_bytes: vault.cache().get(),
            disk_reserve_bytes: vault.disk_reserve().get(),
            clock: clock(),
            random: Arc::new(SystemRandom::new()),
            on_fatal,
        })
        .await?;
        let serving = Serving {
            vault: Arc::clone(&opened.vault),
            security: Arc::clone(&security),
            limits: Limits::default(),
            mode: mode(config.server()),
        };
        let server = Server::bind(config.server().listen(), serving).await.map_err(serve_error)?;
        Ok(Self { opened, server, security })
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

    /// Answers calls until `shutdown` is done; then lets open ones end, and closes the vault.
    pub(super) async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let vault = Arc::clone(&self.opened.vault);
        let mut housekeeping = tokio::spawn(async move { vault.keep_house().await });
        let served = tokio::select! {
            served = self.server.serve(shutdown) => served.map_err(serve_error),
            // It never ends by itself; without it there would be no ledger keys some day.
            ended = &mut housekeeping => {
                let Err(panicked) = ended;
                Err(serve_error(panicked))
            }
        };
        housekeeping.abort();
        if !housekeeping.is_finished() {
            // The task holds the vault until it has noticed.
            drop(housekeeping.await);
        }
        close(self.opened).await?;
        served
    }
}

/// Who is trusted, read from the files the configuration names.
pub(super) fn security(config: &Config) -> Result<Security, Error> {
    let server = config.server();
    let (certificate, key, authorities) =
        (files::read(server.certificate())?, files::read(server.key())?, files::read(server.client_ca())?);
    let pem = TlsPem { cert_chain: &certificate, key: &key, client_ca: &authorities };
    let tls = ServerTls::from_pem(pem).map_err(serve_error)?;
    let callers = Callers::new(config.callers().iter().cloned()).map_err(serve_error)?;
    let mut issuers = Vec::with_capacity(config.issuers().len());
    for issuer in config.issuers() {
        let signature = match issuer.algorithm() {
            Algorithm::EdDsa => Signature::EdDsa,
            Algorithm::Es256 => Signature::Es256,
        };
        let key = files::read(issuer.public_key())?;
        let key = str::from_utf8(&key).map_err(serve_error)?;
        let known = assertion::Issuer::new(issuer.name().to_owned(), signature, key, issuer.audience().to_owned());
        issuers.push(known.map_err(serve_error)?);
    }
    Ok(Security::new(tls, callers, Issuers::new(issuers)))
}

fn root(source: &RootSource, folder: &Path) -> Result<RootKey, Error> {
    let passphrase = match source {
        RootSource::File(file) => return Ok(RootKey::load_file(file)?),
        RootSource::PassphraseFile(file) => passphrase::from_file(file)?,
        RootSource::Prompt => passphrase::asked("Passphrase: ")?,
    };
    match open::root_origin(folder)? {
        RootOrigin::Passphrase(kdf) => {
            RootKey::from_passphrase(&passphrase, &kdf).map_err(|error| Error::Passphrase(Box::new(error)))
        }
        RootOrigin::File => Err(Error::argument(
            "the configuration's `[root]`",
            "this vault's root key is a key file, not a passphrase; name it with `file`",
        )),
    }
}

fn mode(server: &ServerSection) -> Mode {
    if server.reflects() { Mode::Dev } else { Mode::Production }
}

/// Closes the vault, unless a call that was cut off still holds it; nothing acknowledged depends on it.
async fn close(opened: Opened) -> Result<(), Error> {
    match timeout(PATIENCE, spawn_blocking(|| opened.close())).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(panicked)) => Err(serve_error(panicked)),
        Err(_) => {
            tracing::warn!("the vault was left open; the next start applies its last changes again");
            Ok(())
        }
    }
}

fn serve_error(error: impl error::Error + Send + Sync + 'static) -> Error {
    Error::Serve(Box::new(error))
}

const PATIENCE: Duration = Duration::from_secs(10);
