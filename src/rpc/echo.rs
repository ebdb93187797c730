//! The echo: the same handshakes and messages with nothing behind them, the floor that releases are measured against.

use std::io;
use std::net::SocketAddr;

use fubako_proto::v1;
use fubako_proto::v1::disclosure_service_server::{DisclosureService, DisclosureServiceServer};
use tokio::net::TcpListener;
use tonic::{Request, Response, Status, async_trait, transport};

use crate::rpc::accept::Acceptor;
use crate::rpc::batch::Outcomes;
use crate::rpc::connection::Lifeline;
use crate::rpc::lanes::Lane;
use crate::rpc::limits::Limits;
use crate::rpc::security::SharedSecurity;
use crate::rpc::server::{Error, HeldAddress};

/// A bare tonic server that answers every `Disclose` with the same message, whoever asks, and knows no vault.
#[derive(Debug)]
pub struct EchoServer {
    listener: TcpListener,
    security: SharedSecurity,
    answer: v1::DiscloseResponse,
}

impl EchoServer {
    /// Listens on the address; connections wait until [`serve`](Self::serve).
    pub fn listen(held: HeldAddress, security: SharedSecurity, answer: v1::DiscloseResponse) -> io::Result<Self> {
        Ok(Self { listener: held.listen()?, security, answer })
    }

    /// The address it listens on.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `shutdown` is done.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
        let (lane, incoming) = Lane::here();
        let (lifeline, scissors) = Lifeline::new();
        let acceptor = Acceptor::new(self.listener, self.security, scissors, &Limits::default());
        let accepting = tokio::spawn(acceptor.run(vec![lane]));
        let served = transport::Server::builder()
            .add_service(DisclosureServiceServer::new(Echo(self.answer)))
            .serve_with_incoming(incoming);
        let result = tokio::select! {
            result = served => result,
            () = shutdown => Ok(()),
        };
        accepting.abort();
        lifeline.cut();
        Ok(result?)
    }
}

/// Answers what it was given to answer.
struct Echo(v1::DiscloseResponse);

#[async_trait]
impl DisclosureService for Echo {
    type BatchDiscloseStream = Outcomes;

    async fn disclose(&self, _: Request<v1::DiscloseRequest>) -> Result<Response<v1::DiscloseResponse>, Status> {
        Ok(Response::new(self.0.clone()))
    }

    async fn batch_disclose(
        &self,
        _: Request<v1::BatchDiscloseRequest>,
    ) -> Result<Response<Self::BatchDiscloseStream>, Status> {
        Err(Status::unimplemented(NOTHING_ELSE))
    }

    async fn explain(&self, _: Request<v1::ExplainRequest>) -> Result<Response<v1::ExplainResponse>, Status> {
        Err(Status::unimplemented(NOTHING_ELSE))
    }

    async fn verify(&self, _: Request<v1::VerifyRequest>) -> Result<Response<v1::VerifyResponse>, Status> {
        Err(Status::unimplemented(NOTHING_ELSE))
    }
}

const NOTHING_ELSE: &str = "an echo answers `Disclose` and nothing else";
