//! The server of a sealed vault: it lives, says that it is not ready, takes what opens the vault, and refuses the rest.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use fubako_proto::v1;
use fubako_proto::v1::operator_service_server::{OperatorService, OperatorServiceServer};
use fubako_proto::v1::seal_service_server::{self, SealServiceServer};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::service::Routes;
use tonic::{Request, Response, Status, async_trait};
use tonic_health::ServingStatus;
use tonic_health::server::health_reporter;

use crate::model::caller::Role;
use crate::rpc::convert::time;
use crate::rpc::error::Error;
use crate::rpc::limits::Limits;
use crate::rpc::seal::Sealed;
use crate::rpc::security::SharedSecurity;
use crate::rpc::server::{self, Carried, HeldAddress, set_health};
use crate::vault::seal::Keyhole;

/// A server that listens for a sealed vault.
#[derive(Debug)]
pub struct SealedServer {
    listener: TcpListener,
    keyhole: Arc<Keyhole>,
    security: SharedSecurity,
    limits: Limits,
}

impl SealedServer {
    /// Listens on the address; connections wait until [`serve`](Self::serve).
    pub fn listen(
        held: HeldAddress,
        keyhole: Arc<Keyhole>,
        security: SharedSecurity,
        limits: Limits,
    ) -> io::Result<Self> {
        Ok(Self { listener: held.listen()?, keyhole, security, limits })
    }

    /// The address it listens on.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` is done; then lets open calls end, and returns.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), server::Error> {
        let Self { listener, keyhole, security, limits } = self;
        let (health, health_service) = health_reporter();
        set_health(&health, ServingStatus::NotServing).await;
        health.set_service_status(seal_service_server::SERVICE_NAME, ServingStatus::Serving).await;
        let sealed = || Sealed { keyhole: Arc::clone(&keyhole), security: Arc::clone(&security) };
        let operator = SealedOperator { started: keyhole.now(), sealed: sealed() };
        let mut routes = Routes::builder();
        routes
            .add_service(health_service)
            .add_service(SealServiceServer::new(sealed()).max_decoding_message_size(LONGEST_KEY))
            .add_service(OperatorServiceServer::new(operator).max_decoding_message_size(limits.message_bytes));
        let routes = Routes::from(routes.routes().into_axum_router().fallback(refuse));
        server::carry(Carried { listener, security, limits, health, routes }, shutdown).await
    }
}

/// Whatever else is called.
async fn refuse() -> http::Response<Body> {
    Status::from(Error::Sealed).into_http()
}

/// Tells that the vault is sealed.
struct SealedOperator {
    started: Timestamp,
    sealed: Sealed,
}

#[async_trait]
impl OperatorService for SealedOperator {
    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusResponse>, Status> {
        self.sealed.admit(&request, &[Role::Operator, Role::Officer, Role::Auditor])?;
        Ok(Response::new(v1::GetStatusResponse {
            vault_id: self.sealed.keyhole.vault().to_string(),
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            seal_state: v1::SealState::Sealed.into(),
            start_time: Some(time::to_wire(self.started)),
            ..v1::GetStatusResponse::default()
        }))
    }

    async fn suspend_caller(
        &self,
        _: Request<v1::SuspendCallerRequest>,
    ) -> Result<Response<v1::SuspendCallerResponse>, Status> {
        Err(Error::Sealed.into())
    }

    async fn resume_caller(
        &self,
        _: Request<v1::ResumeCallerRequest>,
    ) -> Result<Response<v1::ResumeCallerResponse>, Status> {
        Err(Error::Sealed.into())
    }

    type VerifyVaultStream = ReceiverStream<Result<v1::VerifyVaultResponse, Status>>;

    async fn verify_vault(
        &self,
        _: Request<v1::VerifyVaultRequest>,
    ) -> Result<Response<Self::VerifyVaultStream>, Status> {
        Err(Error::Sealed.into())
    }
}

/// A share has some 120 characters, a passphrase at most a thousand bytes.
const LONGEST_KEY: usize = 4 << 10;
