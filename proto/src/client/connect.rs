//! Making the connection: TLS 1.3 with ring, HTTP/2, the client's certificate.

use std::error;
use std::io;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::io::AsyncBufReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem};
use tokio_rustls::rustls::{AlertDescription, RootCertStore};
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use crate::client::ClientConfig;

/// Why a vault could not be connected to.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The endpoint is not a host behind TLS.
    #[error("the endpoint `{endpoint}` is not of the form `https://host:port`")]
    EndpointInvalid {
        /// The endpoint as given.
        endpoint: String,
    },
    /// The server's name can stand in no certificate.
    #[error("the server name `{name}` is neither a DNS name nor an IP address")]
    ServerNameInvalid {
        /// The name as given, or the endpoint's host.
        name: String,
    },
    /// A PEM text holds nothing of the kind expected, or is damaged.
    #[error("the {part} cannot be read as PEM")]
    PemInvalid {
        /// Which text: `CA certificates`, `certificate` or `key`.
        part: &'static str,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The certificates and the key make no TLS client.
    #[error("the certificates and the key cannot be used")]
    TlsInvalid(#[source] rustls::Error),
    /// The server does not accept the client's certificate: it has expired, or comes from another authority.
    #[error("the vault at `{endpoint}` does not accept the client's certificate")]
    CertificateRefused {
        /// The endpoint as given.
        endpoint: String,
        /// What the server said.
        source: tonic::transport::Error,
    },
    /// Nobody answered, or the handshake failed.
    #[error("the vault at `{endpoint}` cannot be reached")]
    Unreachable {
        /// The endpoint as given.
        endpoint: String,
        /// What went wrong on the way.
        source: tonic::transport::Error,
    },
}

/// A connection that is made now, and made again when it breaks.
pub(super) async fn channel(config: &ClientConfig) -> Result<Channel, ConnectError> {
    let dialer = Dialer::new(config)?;
    let connector = service_fn(move |_: Uri| {
        let dialer = dialer.clone();
        async move { dialer.dial().await.map(TokioIo::new) }
    });
    endpoint(config)?.connect_with_connector(connector).await.map_err(|source| {
        let endpoint = config.endpoint.clone();
        if refuses_certificate(&source) {
            ConnectError::CertificateRefused { endpoint, source }
        } else {
            ConnectError::Unreachable { endpoint, source }
        }
    })
}

/// Whether the cause of a failure is that the server does not accept the client's certificate.
pub(super) fn refuses_certificate(error: &(dyn error::Error + 'static)) -> bool {
    let causes = iter::successors(Some(error), |cause| cause.source());
    let wrapped = causes.filter_map(|cause| cause.downcast_ref::<io::Error>()?.get_ref());
    let alerts = wrapped.filter_map(|cause| cause.downcast_ref::<rustls::Error>());
    alerts.into_iter().any(|alert| REFUSALS.iter().any(|refusal| *alert == rustls::Error::AlertReceived(*refusal)))
}

/// The HTTP/2 side of the connection.
fn endpoint(config: &ClientConfig) -> Result<Endpoint, ConnectError> {
    let uri = parse_endpoint(&config.endpoint)?;
    Ok(Endpoint::from(uri)
        .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .keep_alive_while_idle(true))
}

fn parse_endpoint(endpoint: &str) -> Result<Uri, ConnectError> {
    let invalid = || ConnectError::EndpointInvalid { endpoint: endpoint.to_owned() };
    let uri: Uri = endpoint.parse().map_err(|_| invalid())?;
    let is_bare = uri.path() == "/" && uri.query().is_none();
    if uri.scheme_str() == Some("https") && uri.host().is_some() && is_bare { Ok(uri) } else { Err(invalid()) }
}

/// The TCP and TLS side of the connection.
#[derive(Clone)]
struct Dialer {
    host: String,
    port: u16,
    server_name: ServerName<'static>,
    tls: TlsConnector,
    limit: Duration,
}

impl Dialer {
    fn new(config: &ClientConfig) -> Result<Self, ConnectError> {
        let uri = parse_endpoint(&config.endpoint)?;
        // An IPv6 address stands in brackets in a URI, and nowhere else.
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = config.server_name.clone().unwrap_or_else(|| host.clone());
        Ok(Self {
            host,
            port: uri.port_u16().unwrap_or(HTTPS_PORT),
            server_name: ServerName::try_from(name.clone()).map_err(|_| ConnectError::ServerNameInvalid { name })?,
            tls: TlsConnector::from(Arc::new(tls(config)?)),
            limit: config.connect_timeout,
        })
    }

    async fn dial(&self) -> io::Result<TlsStream<TcpStream>> {
        timeout(self.limit, self.handshake()).await?
    }

    async fn handshake(&self) -> io::Result<TlsStream<TcpStream>> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        tcp.set_nodelay(true)?;
        let mut stream = self.tls.connect(self.server_name.clone(), tcp).await?;
        let (_, session) = stream.get_ref();
        if session.alpn_protocol() != Some(HTTP_2) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the server does not speak HTTP/2"));
        }
        hear(&mut stream).await?;
        Ok(stream)
    }
}

/// Waits for the server's first bytes. In TLS 1.3 the client's handshake is done before the server has looked at its
/// certificate; a refusal would else meet the first call, as a connection that broke for no reason.
async fn hear(stream: &mut TlsStream<TcpStream>) -> io::Result<()> {
    match timeout(FIRST_BYTES, stream.fill_buf()).await {
        Ok(Ok([])) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection at once")),
        Ok(Err(error)) => Err(error),
        // Nothing yet: it is busy, or waits for the client to begin.
        Ok(Ok(_)) | Err(_) => Ok(()),
    }
}

/// TLS 1.3 only, without resumption: every connection proves both sides anew.
fn tls(config: &ClientConfig) -> Result<rustls::ClientConfig, ConnectError> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(&config.ca_pem, "CA certificates")? {
        roots.add(authority).map_err(ConnectError::TlsInvalid)?;
    }
    let chain = certificates(&config.cert_pem, "certificate")?;
    let key = PrivateKeyDer::from_pem_slice(&config.key_pem)
        .map_err(|source| ConnectError::PemInvalid { part: "key", source })?;

    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(ConnectError::TlsInvalid)?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .map_err(ConnectError::TlsInvalid)?;
    tls.alpn_protocols = vec![HTTP_2.to_vec()];
    tls.resumption = Resumption::disabled();
    Ok(tls)
}

/// The certificates of a PEM text, at least one.
fn certificates(pem: &[u8], part: &'static str) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(found) if found.is_empty() => Err(ConnectError::PemInvalid { part, source: pem::Error::NoItemsFound }),
        Ok(found) => Ok(found),
        Err(source) => Err(ConnectError::PemInvalid { part, source }),
    }
}

/// What a server says of a certificate it does not accept (RFC 8446, section 6.2).
const REFUSALS: [AlertDescription; 10] = [
    AlertDescription::BadCertificate,
    AlertDescription::UnsupportedCertificate,
    AlertDescription::CertificateRevoked,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateUnknown,
    AlertDescription::UnknownCA,
    AlertDescription::AccessDenied,
    // Signed by an authority of the same name with another key.
    AlertDescription::DecryptError,
    AlertDescription::CertificateRequired,
    AlertDescription::BadCertificateStatusResponse,
];
const HTTP_2: &[u8] = b"h2";
const HTTPS_PORT: u16 = 443;
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(30);
const FIRST_BYTES: Duration = Duration::from_secs(1);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_https_endpoint_is_accepted() {
        for refused in ["http://vault.example:7443", "vault.example:7443", "https://vault.example/path", "https://", ""]
        {
            assert!(parse_endpoint(refused).is_err(), "`{refused}`");
        }
        for accepted in ["https://vault.example", "https://vault.example:7443/", "https://[::1]:7443"] {
            assert!(parse_endpoint(accepted).is_ok(), "`{accepted}`");
        }
    }

    #[test]
    fn a_configuration_without_certificates_says_which_part_is_missing() {
        let problem = tls(&ClientConfig::new("https://vault.example")).err().map(|error| error.to_string());
        assert_eq!(problem.as_deref(), Some("the CA certificates cannot be read as PEM"));
    }
}
