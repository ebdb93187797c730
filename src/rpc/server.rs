//! The server: a listener, the accepting of connections, every service, and an orderly end.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use fubako_proto::FILE_DESCRIPTOR_SET;
use fubako_proto::v1::backup_service_server::{self, BackupServiceServer};
use fubako_proto::v1::basis_service_server::{self, BasisServiceServer};
use fubako_proto::v1::disclosure_service_server::{self, DisclosureServiceServer};
use fubako_proto::v1::key_service_server::{self, KeyServiceServer};
use fubako_proto::v1::ledger_service_server::{self, LedgerServiceServer};
use fubako_proto::v1::member_service_server::{self, MemberServiceServer};
use fubako_proto::v1::operator_service_server::{self, OperatorServiceServer};
use fubako_proto::v1::party_service_server::{self, PartyServiceServer};
use fubako_proto::v1::policy_service_server::{self, PolicyServiceServer};
use fubako_proto::v1::seal_service_server::{self, SealServiceServer};
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};
use tower::util::MapResponseLayer;

use crate::rpc::accept::Acceptor;
use crate::rpc::backup::Backups;
use crate::rpc::basis::Basis;
use crate::rpc::connection::Lifeline;
use crate::rpc::disclosure::Disclosure;
use crate::rpc::gate::Gate;
use crate::rpc::keys::Keys;
use crate::rpc::lanes::{self, Ending};
use crate::rpc::ledger::Ledger;
use crate::rpc::limits::{HEADER_BYTES, Limits};
use crate::rpc::member::Member;
use crate::rpc::operator::Operator;
use crate::rpc::party::Party;
use crate::rpc::policy::Policy;
use crate::rpc::seal::{Open, SealSwitch};
use crate::rpc::security::SharedSecurity;
use crate::rpc::status;
use crate::vault::Vault;

/// What is served, to whom, and how.
#[derive(Debug)]
pub struct Serving {
    /// The vault.
    pub vault: Arc<Vault>,
    /// Who is trusted.
    pub security: SharedSecurity,
    /// How much is taken on.
    pub limits: Limits,
    /// What the server is for.
    pub mode: Mode,
}

/// What a server is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Trying things out: the interface describes itself (gRPC reflection).
    Dev,
    /// Members' data.
    Production,
}

/// An address that is held for a server. Connections are refused until it listens.
#[derive(Debug)]
pub struct HeldAddress(TcpSocket);

/// A server that listens, and answers once it is told to [`serve`](Self::serve).
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    serving: Serving,
    switch: Option<SealSwitch>,
}

/// Why a server ended before it was asked to.
#[derive(Debug, Error)]
pub enum Error {
    /// The interface could not be described.
    #[error("the interface could not be described")]
    Reflection(#[source] Box<tonic_reflection::server::Error>),
    /// The connections could not be served.
    #[error("the connections could not be served")]
    Transport(#[from] transport::Error),
    /// The threads that serve them could not be started.
    #[error("the threads that serve connections could not be started")]
    Lanes(#[source] io::Error),
    /// A thread that served them broke off.
    #[error("a thread that served connections broke off")]
    BrokenOff,
}

impl HeldAddress {
    /// Holds the address, unless somebody listens on it. Where two only hold it, the second to listen is refused.
    pub fn hold(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // Else a restart would have to wait until the last run's connections are forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Self(socket))
    }

    pub(super) fn listen(self) -> io::Result<TcpListener> {
        self.0.listen(BACKLOG)
    }
}

impl Server {
    /// Listens on the address; connections wait until [`serve`](Self::serve).
    pub fn listen(held: HeldAddress, serving: Serving) -> io::Result<Self> {
        Ok(Self { listener: held.listen()?, serving, switch: None })
    }

    /// Lets callers pull the switch that seals the vault; what happens then is for whoever waits for it.
    #[must_use]
    pub fn sealed_by(mut self, switch: SealSwitch) -> Self {
        self.switch = Some(switch);
        self
    }

    /// The address it listens on, with the port the system chose where none was given.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` is done; then takes no connection more, lets open calls end, and returns. Calls that
    /// take longer than the limit for that are cut off.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let Serving { vault, security, limits, mode } = self.serving;
        let (health, health_service) = health_reporter();
        let mut routes = Routes::builder();
        routes.add_service(health_service);
        if mode == Mode::Dev {
            add_reflection(&mut routes)?;
        }
        let gate = Arc::new(Gate::new(vault, Arc::clone(&security)));
        add_services(&mut routes, &gate, &limits);
        if let Some(switch) = self.switch {
            let service = SealServiceServer::new(Open { gate, switch });
            routes.add_service(service.max_decoding_message_size(limits.message_bytes));
            health.set_service_status(seal_service_server::SERVICE_NAME, ServingStatus::Serving).await;
        }
        set_health(&health, ServingStatus::Serving).await;
        carry(Carried { listener: self.listener, security, limits, health, routes: routes.routes() }, shutdown).await
    }
}

/// What is carried over a listener's connections.
pub(super) struct Carried {
    pub(super) listener: TcpListener,
    pub(super) security: SharedSecurity,
    pub(super) limits: Limits,
    pub(super) health: HealthReporter,
    pub(super) routes: Routes,
}

/// Carries calls to the routes until `shutdown` is done, and to the end of those that are open then.
pub(super) async fn carry(carried: Carried, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
    let Carried { listener, security, limits, health, routes } = carried;
    let (lifeline, scissors) = Lifeline::new();
    let (stop, stopping) = Lifeline::new();
    let (lanes, endings) = lanes::start(&scissors, {
        let stopping = stopping.clone();
        move |incoming| {
            transport(&limits)
                .layer(MapResponseLayer::new(move |response| status::name_bare(response, limits.message_bytes)))
                .add_routes(routes.clone())
                .serve_with_incoming_shutdown(incoming, stopping.clone().cut())
        }
    })
    .map_err(Error::Lanes)?;
    let accepting = tokio::spawn(Acceptor::new(listener, security, scissors, &limits).run(lanes));
    let asked_to_stop = async {
        shutdown.await;
        set_health(&health, ServingStatus::NotServing).await;
        stop.cut();
        sleep(limits.drain).await;
    };
    let mut ended = pin!(all(endings));
    let in_time = tokio::select! {
        ended = &mut ended => Some(ended),
        () = asked_to_stop => None,
    };
    accepting.abort();
    lifeline.cut();
    if let Some(ended) = in_time {
        return ended;
    }
    tracing::warn!("calls that did not end in time were cut off");
    ended.await
}

/// Until every lane has ended, or one of them badly.
async fn all(endings: Vec<Ending>) -> Result<(), Error> {
    let mut ending: JoinSet<_> = endings.into_iter().collect();
    while let Some(ended) = ending.join_next().await {
        let ended = ended.ok().and_then(Result::ok);
        ended.ok_or(Error::BrokenOff)??;
    }
    Ok(())
}

fn transport(limits: &Limits) -> transport::Server {
    transport::Server::builder()
        .max_concurrent_streams(limits.streams)
        .timeout(limits.request_timeout)
        .http2_keepalive_interval(Some(limits.keep_alive_interval))
        .http2_keepalive_timeout(Some(limits.keep_alive_timeout))
        .http2_max_header_list_size(HEADER_BYTES)
        .max_connection_age(limits.connection_age)
}

fn add_services(routes: &mut RoutesBuilder, gate: &Arc<Gate>, limits: &Limits) {
    let most = limits.message_bytes;
    let gate = || Arc::clone(gate);
    routes
        .add_service(DisclosureServiceServer::new(Disclosure(gate())).max_decoding_message_size(most))
        .add_service(MemberServiceServer::new(Member(gate())).max_decoding_message_size(most))
        .add_service(PartyServiceServer::new(Party(gate())).max_decoding_message_size(most))
        .add_service(BasisServiceServer::new(Basis(gate())).max_decoding_message_size(most))
        .add_service(PolicyServiceServer::new(Policy(gate())).max_decoding_message_size(most))
        .add_service(LedgerServiceServer::new(Ledger::new(gate())).max_decoding_message_size(most))
        .add_service(KeyServiceServer::new(Keys(gate())).max_decoding_message_size(most))
        .add_service(BackupServiceServer::new(Backups(gate())).max_decoding_message_size(most))
        .add_service(OperatorServiceServer::new(Operator::new(gate())).max_decoding_message_size(most));
}

fn add_reflection(routes: &mut RoutesBuilder) -> Result<(), Error> {
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|error| Error::Reflection(Box::new(error)))?;
    routes.add_service(reflection);
    Ok(())
}

pub(super) async fn set_health(health: &HealthReporter, status: ServingStatus) {
    for service in SERVICES {
        health.set_service_status(service, status).await;
    }
}

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;
/// The server as a whole, which is named by the empty name, and each of its services.
const SERVICES: [&str; 10] = [
    "",
    backup_service_server::SERVICE_NAME,
    basis_service_server::SERVICE_NAME,
    disclosure_service_server::SERVICE_NAME,
    ledger_service_server::SERVICE_NAME,
    member_service_server::SERVICE_NAME,
    key_service_server::SERVICE_NAME,
    operator_service_server::SERVICE_NAME,
    party_service_server::SERVICE_NAME,
    policy_service_server::SERVICE_NAME,
];

#[cfg(test)]
mod tests;
