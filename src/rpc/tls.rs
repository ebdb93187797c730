//! The server's side of TLS: version 1.3, HTTP/2, and a client certificate that is verified on every connection.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig, version};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

/// The PEM texts a server's TLS is made of.
#[derive(Clone, Copy)]
pub struct TlsPem<'a> {
    /// The server's certificate, followed by those between it and its authority.
    pub cert_chain: &'a [u8],
    /// The private key of the certificate.
    pub key: &'a [u8],
    /// The authorities clients' certificates come from.
    pub client_ca: &'a [u8],
}

/// A configuration that handshakes can be made with.
#[derive(Clone)]
pub struct ServerTls(Arc<ServerConfig>);

/// Why the texts make no server.
#[derive(Debug, Error)]
pub enum Error {
    /// A text is damaged, or holds nothing of its kind.
    #[error("the {part} cannot be read as PEM")]
    Pem {
        /// Which text.
        part: &'static str,
        /// What is wrong with it.
        #[source]
        source: pem::Error,
    },
    /// An authority's certificate is none.
    #[error("a certificate of the client authorities cannot be used")]
    Authority(#[source] rustls::Error),
    /// Clients could not be verified.
    #[error("the client authorities cannot be used")]
    Verifier(#[from] VerifierBuilderError),
    /// The certificate and the key do not fit each other, or are of no use.
    #[error("the server's certificate and key cannot be used")]
    Config(#[source] rustls::Error),
}

impl ServerTls {
    /// Reads certificates, key and authorities.
    pub fn from_pem(pem: TlsPem<'_>) -> Result<Self, Error> {
        let provider = Arc::new(ring::default_provider());
        let mut authorities = RootCertStore::empty();
        for authority in certificates(pem.client_ca, "client authorities")? {
            authorities.add(authority).map_err(Error::Authority)?;
        }
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(&provider)).build()?;
        let chain = certificates(pem.cert_chain, "server certificate")?;
        let key = PrivateKeyDer::from_pem_slice(pem.key).map_err(|source| Error::Pem { part: "server key", source })?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13])
            .map_err(Error::Config)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .map_err(Error::Config)?;
        config.alpn_protocols = vec![HTTP_2.to_vec()];
        // A resumed session would skip the verification of the client's certificate.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self(Arc::new(config)))
    }

    /// The configuration, for a handshake.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerTls")
    }
}

impl fmt::Debug for TlsPem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsPem")
    }
}

/// The certificates of a PEM text, at least one.
fn certificates(text: &[u8], part: &'static str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    match read {
        Ok(found) if found.is_empty() => Err(Error::Pem { part, source: pem::Error::NoItemsFound }),
        Ok(found) => Ok(found),
        Err(source) => Err(Error::Pem { part, source }),
    }
}

/// The protocol both sides must have agreed on.
pub(super) const HTTP_2: &[u8] = b"h2";

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::rpc::trial::Authority;

    fn problem(pem: TlsPem<'_>) -> String {
        ServerTls::from_pem(pem).unwrap_err().to_string()
    }

    #[test]
    fn a_text_that_is_missing_or_of_another_kind_is_named() {
        let authority = Authority::new();
        let (cert, key) = authority.issue_dns("vault.example");
        let whole = TlsPem { cert_chain: cert.as_bytes(), key: key.as_bytes(), client_ca: cert.as_bytes() };
        assert_eq!(problem(TlsPem { client_ca: b"", ..whole }), "the client authorities cannot be read as PEM");
        let no_cert = TlsPem { cert_chain: key.as_bytes(), ..whole };
        assert_eq!(problem(no_cert), "the server certificate cannot be read as PEM");
        assert_eq!(problem(TlsPem { key: cert.as_bytes(), ..whole }), "the server key cannot be read as PEM");
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let authority = Authority::new();
        let (cert, _) = authority.issue_dns("vault.example");
        let (_, key) = authority.issue_dns("vault.example");
        let ca = authority.pem();
        let pem = TlsPem { cert_chain: cert.as_bytes(), key: key.as_bytes(), client_ca: ca.as_bytes() };
        assert_eq!(problem(pem), "the server's certificate and key cannot be used");
    }

    #[test]
    fn sessions_are_never_resumed() {
        let tls = Authority::new().server_tls();
        let config = tls.config();
        assert_eq!(config.send_tls13_tickets, 0);
        assert!(!config.session_storage.can_cache());
        assert!(!config.ticketer.enabled());
    }

    #[test]
    fn debug_prints_no_key() {
        let pem = TlsPem { cert_chain: b"cert", key: b"canary", client_ca: b"ca" };
        assert_eq!(format!("{pem:?}"), "TlsPem");
    }
}
