//! Is a connection closed that comes without TLS 1.3, without a certificate, or without HTTP/2, and is nobody else hurt?

use std::io;
use std::sync::Arc;

use fubako_proto::v1::GetStatusRequest;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::authority::Certified;
use crate::support::callers::{OPERATOR, identity};
use crate::support::world::World;

/// Connects with these versions of TLS and waits for the server's first word behind the handshake.
async fn first_word(
    world: &World,
    versions: &[&'static SupportedProtocolVersion],
    certified: Option<&Certified>,
    protocol: &[u8],
) -> io::Result<usize> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(world.authority.pem().as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match certified {
        None => builder.with_no_client_auth(),
        Some(certified) => {
            let chain = vec![CertificateDer::from_pem_slice(certified.cert.as_bytes()).unwrap()];
            let key = PrivateKeyDer::from_pem_slice(certified.key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    let tcp = TcpStream::connect(world.address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
    // The preface of HTTP/2 and empty settings, which a server answers with its own.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await?;
    stream.flush().await?;
    let mut answer = [0; 16];
    match stream.read(&mut answer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        read => Ok(read),
    }
}

async fn still_serves(world: &World) {
    world.client(OPERATOR).await.get_status(GetStatusRequest {}).await.unwrap();
}

#[tokio::test]
async fn tls_1_3_with_a_certificate_and_http_2_is_answered() {
    let world = World::new().await;
    let certified = world.authority.caller(&identity(OPERATOR));
    assert!(first_word(&world, &[&version::TLS13], Some(&certified), b"h2").await.is_ok());
}

#[tokio::test]
async fn tls_1_2_is_refused() {
    let world = World::new().await;
    let certified = world.authority.caller(&identity(OPERATOR));
    assert!(first_word(&world, &[&version::TLS12], Some(&certified), b"h2").await.is_err());
    still_serves(&world).await;
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let world = World::new().await;
    assert!(first_word(&world, &[&version::TLS13], None, b"h2").await.is_err());
    still_serves(&world).await;
}

#[tokio::test]
async fn a_client_that_speaks_no_http_2_is_refused() {
    let world = World::new().await;
    let certified = world.authority.caller(&identity(OPERATOR));
    assert!(first_word(&world, &[&version::TLS13], Some(&certified), b"http/1.1").await.is_err());
    still_serves(&world).await;
}

#[tokio::test]
async fn plaintext_gets_no_answer_but_an_alert() {
    let world = World::new().await;
    for spoken in [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"[..], b"GET / HTTP/1.1\r\n\r\n", &[0; 64]] {
        let mut tcp = TcpStream::connect(world.address).await.unwrap();
        tcp.write_all(spoken).await.unwrap();
        let mut answer = Vec::new();
        // Closed in order, or reset: either way there is nothing of HTTP in the answer.
        let _ = tcp.read_to_end(&mut answer).await;
        let is_alert = answer.first().is_none_or(|kind| *kind == TLS_ALERT);
        assert!(is_alert && answer.len() < 16, "{answer:?}");
    }
    still_serves(&world).await;
}

const TLS_ALERT: u8 = 21;
