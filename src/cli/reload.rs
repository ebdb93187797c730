//! Reloading: who is trusted, read again while the server runs, against the policy that is in force in it.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::clock::now;
use crate::cli::error::Error;
use crate::cli::host::Host;
use crate::cli::trust::{expiry_warning, security};
use crate::config;
use crate::config::environment::Environment;
use crate::config::restart;
use crate::config::settings::Config;
use crate::policy::table::Policy;
use crate::rpc::security::{Security, SharedSecurity};
use crate::vault::Vault;

/// What is read again, and where it goes.
pub(super) struct Reload {
    file: PathBuf,
    environment: Environment,
    running: Config,
    shared: SharedSecurity,
    /// Not the vault itself, which closes only once nobody holds it.
    vault: Weak<Vault>,
    requests: Signal,
}

impl Reload {
    /// Of the host that runs by that configuration of the file; `SIGHUP` does not end the process from now on.
    pub(super) fn of(host: &Host, file: PathBuf, environment: Environment, running: Config) -> Result<Self, Error> {
        let requests = signal(SignalKind::hangup()).map_err(Error::Runtime)?;
        let (shared, vault) = (host.security(), Arc::downgrade(host.vault()));
        Ok(Self { file, environment, running, shared, vault, requests })
    }

    /// Reads the file again whenever `SIGHUP` arrives: certificates, callers and issuers change, nothing else.
    pub(super) async fn on_request(mut self) {
        while self.requests.recv().await.is_some() {
            let Some(policy) = self.vault.upgrade().map(|vault| vault.policy()) else { return };
            match self.read(&policy) {
                Ok(security) => {
                    self.shared.store(Arc::new(security));
                    tracing::info!(policy = %policy.version(), "certificates, callers and issuers were read again");
                }
                Err(error) => tracing::error!(
                    policy = %policy.version(),
                    "what was read before stays in force, callers being checked against the policy in force; {}",
                    error.told()
                ),
            }
        }
    }

    fn read(&self, policy: &Policy) -> Result<Security, Error> {
        let read = config::reload(&self.file, &self.environment, policy)?;
        let now = now();
        let security = security(&read, now)?;
        if let Some(warning) = expiry_warning(security.certificate_expires(), now) {
            tracing::warn!("{warning}");
        }
        for change in restart::needed(&self.running, &read, policy) {
            tracing::warn!("{change}");
        }
        Ok(security)
    }
}
