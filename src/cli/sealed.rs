//! A server that waits, sealed, for what opens its vault.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::interval;

use crate::cli::clock::{clock, sound_now};
use crate::cli::error::Error;
use crate::cli::host::{open_vault, serve_error};
use crate::cli::root::{expect_own_kind, root_key};
use crate::cli::stop::Stop;
use crate::cli::trust::security;
use crate::config::settings::{Config, RootSource};
use crate::rpc::limits::Limits;
use crate::rpc::sealed::SealedServer;
use crate::rpc::security::SharedSecurity;
use crate::rpc::server::HeldAddress;
use crate::vault::create::expect_vault;
use crate::vault::open::Opened;
use crate::vault::seal::{Attempt, Keyhole, NotOpened, Opening};

/// A sealed vault, and a server that listens for it.
pub(super) struct Waiting {
    server: SealedServer,
    keyhole: Arc<Keyhole>,
    attempts: mpsc::Receiver<Attempt>,
    security: SharedSecurity,
}

impl Waiting {
    /// Listens; calls are answered once it waits.
    pub(super) fn listen(config: &Config, address: SocketAddr) -> Result<Self, Error> {
        let security = security(config, sound_now()?)?.shared();
        let folder = config.vault().folder();
        expect_vault(folder)?;
        // Else nobody could open it as the configuration says, and nothing would tell why.
        expect_own_kind(config.root(), folder)?;
        let (attempts, taken) = mpsc::channel(1);
        let keyhole = Arc::new(Keyhole::of(folder, clock(), attempts)?);
        let listen_error = |source| Error::Listen { address, source };
        let held = HeldAddress::hold(address).map_err(listen_error)?;
        // Short, since the open vault waits for it: nothing that is open here takes long, but a watch of the health.
        let limits = Limits { drain: DRAIN, ..Limits::default() };
        let server = SealedServer::listen(held, Arc::clone(&keyhole), Arc::clone(&security), limits);
        Ok(Self { server: server.map_err(listen_error)?, keyhole, attempts: taken, security })
    }

    /// What is trusted while it waits.
    pub(super) fn security(&self) -> SharedSecurity {
        Arc::clone(&self.security)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> Result<SocketAddr, Error> {
        self.server.local_addr().map_err(serve_error)
    }

    /// Serves until what was brought opens the vault; none if `shutdown` was done before.
    pub(super) async fn until_open(
        self,
        config: &Config,
        stop: &Stop,
        shutdown: impl Future<Output = ()>,
    ) -> Result<Option<Opened>, Error> {
        let Self { server, keyhole, mut attempts, security: _ } = self;
        let (end, ended) = oneshot::channel::<()>();
        let mut serving = tokio::spawn(server.serve(async { drop(ended.await) }));
        let mut minutes = interval(MINUTE);
        tokio::pin!(shutdown);
        let opened = loop {
            tokio::select! {
                Some(Attempt { with, answer }) = attempts.recv() => match open(config, with, stop).await {
                    Ok(opened) => {
                        // Whoever brought it may have gone: it is open all the same.
                        drop(answer.send(Ok(())));
                        break Some(opened);
                    }
                    Err(error) => {
                        tracing::error!("{}", error.told());
                        drop(answer.send(Err(NotOpened)));
                    }
                },
                _ = minutes.tick() => keyhole.forget_old(),
                () = &mut shutdown => break None,
                // It never ends by itself but with an error.
                served = &mut serving => return served.map_err(serve_error)?.map_err(serve_error).map(|()| None),
            }
        };
        drop(end);
        serving.await.map_err(serve_error)?.map_err(serve_error)?;
        Ok(opened)
    }
}

async fn open(config: &Config, with: Opening, stop: &Stop) -> Result<Opened, Error> {
    let root = match with {
        Opening::Root(root) => *root,
        Opening::Configured if matches!(config.root(), RootSource::Prompt | RootSource::Shares) => {
            return Err(Error::argument("`[root]`", "it names no root key: people have to bring it"));
        }
        Opening::Configured => root_key(config.root(), config.vault().folder())?,
    };
    Ok(open_vault(config, root, stop).await?)
}

const DRAIN: Duration = Duration::from_secs(2);
const MINUTE: Duration = Duration::from_mins(1);
