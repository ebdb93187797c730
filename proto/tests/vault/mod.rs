//! A server over mTLS that answers from a script, in the vault's place.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fubako_proto::client::ClientConfig;
use fubako_proto::v1;
use fubako_proto::v1::disclosure_service_server::{DisclosureService, DisclosureServiceServer};
use fubako_proto::v1::operator_service_server::{OperatorService, OperatorServiceServer};
use fubako_proto::{ERROR_DOMAIN, MEMBER_ASSERTION_KEY, Reason};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;
use tokio_stream::Iter;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// What the server does with a call.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// Carries it out.
    Done,
    /// Refuses it: no basis.
    Refused,
    /// Asks for it again in a moment; nothing was done.
    Later,
    /// Breaks off, perhaps after it was carried out.
    Lost,
    /// Never answers.
    Never,
}

/// A running server.
pub(crate) struct Vault {
    address: SocketAddr,
    authority: Authority,
    script: Arc<Mutex<Script>>,
    stop: Option<oneshot::Sender<()>>,
    accepting: JoinHandle<()>,
    serving: JoinHandle<()>,
}

impl Vault {
    /// Serves on loopback, answering calls in the order of `answers`.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let authority = Authority::new();
        let script = Arc::new(Mutex::new(Script { answers: answers.into_iter().collect(), ..Script::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, incoming) = mpsc::channel(8);
        let (stop, stopped) = oneshot::channel();
        let accepting = tokio::spawn(accept(listener, authority.acceptor(), connections));
        let served = Served(Arc::clone(&script));
        let serving = tokio::spawn(async move {
            Server::builder()
                .add_service(DisclosureServiceServer::new(served.clone()))
                .add_service(OperatorServiceServer::new(served))
                .serve_with_incoming_shutdown(ReceiverStream::new(incoming), async { drop(stopped.await) })
                .await
                .unwrap();
        });
        Self { address, authority, script, stop: Some(stop), accepting, serving }
    }

    /// Closes the port and every connection.
    pub(crate) async fn stop(&mut self) {
        self.accepting.abort();
        drop(self.stop.take());
        (&mut self.serving).await.unwrap();
    }

    /// How to reach this server with a certificate it trusts.
    pub(crate) fn config(&self) -> ClientConfig {
        self.config_for(self)
    }

    /// How to reach another server with a certificate of this one's authority.
    pub(crate) fn config_for(&self, other: &Self) -> ClientConfig {
        let (cert, key) = self.authority.issue("client.example");
        ClientConfig::new(format!("https://{}", other.address))
            .server_name(SERVER_NAME)
            .ca_pem(other.ca_pem())
            .cert_pem(cert)
            .key_pem(key)
            .retry(fubako_proto::client::RetryPolicy::NEVER)
    }

    /// The authority's certificate.
    pub(crate) fn ca_pem(&self) -> String {
        self.authority.0.pem()
    }

    /// How many calls arrived.
    pub(crate) fn calls(&self) -> usize {
        self.script.lock().unwrap().assertions.len()
    }

    /// The request ids of the changes that arrived.
    pub(crate) fn request_ids(&self) -> Vec<String> {
        self.script.lock().unwrap().request_ids.clone()
    }

    /// The member assertion of each call that arrived.
    pub(crate) fn assertions(&self) -> Vec<Option<String>> {
        self.script.lock().unwrap().assertions.clone()
    }
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    connections: mpsc::Sender<io::Result<TlsStream<TcpStream>>>,
) {
    while let Ok((tcp, _)) = listener.accept().await {
        if let Ok(tls) = acceptor.accept(tcp).await {
            connections.send(Ok(tls)).await.unwrap();
        }
    }
}

/// A certificate authority of one test.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for that name and its key, in PEM.
    fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider)).build().unwrap();
        let (cert, key) = self.issue(SERVER_NAME);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&tokio_rustls::rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(cert.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }
}

/// What to answer, and what arrived.
#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    assertions: Vec<Option<String>>,
    request_ids: Vec<String>,
}

#[derive(Clone)]
struct Served(Arc<Mutex<Script>>);

impl Served {
    /// Plays the next answer.
    async fn play<Q>(&self, request: Request<Q>) -> Result<Q, Status> {
        let answer = {
            let mut script = self.0.lock().unwrap();
            let assertion = request.metadata().get(MEMBER_ASSERTION_KEY);
            script.assertions.push(assertion.map(|value| value.to_str().unwrap().to_owned()));
            script.answers.pop_front().unwrap()
        };
        match answer {
            Answer::Done => Ok(request.into_inner()),
            Answer::Refused => Err(status(Code::PermissionDenied, &Reason::BasisMissing, None)),
            Answer::Later => Err(status(Code::ResourceExhausted, &Reason::Overloaded, Some(Duration::from_millis(1)))),
            Answer::Lost => Err(Status::unavailable("connection lost")),
            Answer::Never => std::future::pending().await,
        }
    }

    fn note(&self, request_id: &str) {
        self.0.lock().unwrap().request_ids.push(request_id.to_owned());
    }
}

fn status(code: Code, reason: &Reason, wait: Option<Duration>) -> Status {
    let mut details = ErrorDetails::with_error_info(reason.name(), ERROR_DOMAIN, HashMap::new());
    if wait.is_some() {
        details.set_retry_info(wait);
    }
    Status::with_error_details(code, "scripted", details)
}

#[tonic::async_trait]
impl DisclosureService for Served {
    type BatchDiscloseStream = Iter<std::vec::IntoIter<Result<v1::BatchDiscloseResponse, Status>>>;

    async fn disclose(&self, request: Request<v1::DiscloseRequest>) -> Result<Response<v1::DiscloseResponse>, Status> {
        self.play(request).await?;
        Ok(Response::new(v1::DiscloseResponse {
            view: None,
            receipt: Some(v1::Receipt { index: 1, ..Default::default() }),
        }))
    }

    async fn batch_disclose(
        &self,
        request: Request<v1::BatchDiscloseRequest>,
    ) -> Result<Response<Self::BatchDiscloseStream>, Status> {
        let items = self.play(request).await?.items;
        let outcomes: Vec<_> = (0..)
            .zip(items)
            .map(|(index, item)| Ok(v1::BatchDiscloseResponse { index, member_id: item.member_id, outcome: None }))
            .collect();
        Ok(Response::new(tokio_stream::iter(outcomes)))
    }

    async fn explain(&self, request: Request<v1::ExplainRequest>) -> Result<Response<v1::ExplainResponse>, Status> {
        self.play(request).await?;
        Ok(Response::new(v1::ExplainResponse::default()))
    }

    async fn verify(&self, request: Request<v1::VerifyRequest>) -> Result<Response<v1::VerifyResponse>, Status> {
        self.play(request).await?;
        Ok(Response::new(v1::VerifyResponse::default()))
    }
}

#[tonic::async_trait]
impl OperatorService for Served {
    type VerifyVaultStream = Iter<std::vec::IntoIter<Result<v1::VerifyVaultResponse, Status>>>;

    async fn verify_vault(
        &self,
        request: Request<v1::VerifyVaultRequest>,
    ) -> Result<Response<Self::VerifyVaultStream>, Status> {
        self.play(request).await?;
        Ok(Response::new(tokio_stream::iter(Vec::new())))
    }

    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusResponse>, Status> {
        self.play(request).await?;
        Ok(Response::new(v1::GetStatusResponse::default()))
    }

    async fn suspend_caller(
        &self,
        request: Request<v1::SuspendCallerRequest>,
    ) -> Result<Response<v1::SuspendCallerResponse>, Status> {
        self.note(&request.get_ref().request_id);
        self.play(request).await?;
        Ok(Response::new(v1::SuspendCallerResponse::default()))
    }

    async fn resume_caller(
        &self,
        request: Request<v1::ResumeCallerRequest>,
    ) -> Result<Response<v1::ResumeCallerResponse>, Status> {
        self.note(&request.get_ref().request_id);
        self.play(request).await?;
        Ok(Response::new(v1::ResumeCallerResponse::default()))
    }
}

const SERVER_NAME: &str = "vault.example";
