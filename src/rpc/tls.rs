//! The server's side of TLS: version 1.3, HTTP/2, and a client certificate that is verified on every connection.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::crypto::ring;
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig, version};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

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
pub struct ServerTls {
    config: Arc<ServerConfig>,
    valid_from: Timestamp,
    expires: Timestamp,
}

/// One of the texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The server's certificate with its chain.
    Certificate,
    /// Its private key.
    Key,
    /// The authorities of clients.
    ClientCa,
}

/// Why the texts make no server.
#[derive(Debug, Error)]
pub enum Error {
    /// A text is damaged, or holds nothing of its kind.
    #[error("the {part} cannot be read as PEM")]
    Pem {
        /// Which text.
        part: Part,
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
    /// The key is another certificate's.
    #[error("the server key does not belong to the server certificate")]
    KeyMismatch,
    /// Its certificate is none, or names instants that are none.
    #[error("the server certificate cannot be read as X.509")]
    Certificate,
    /// Its certificate's time has not come.
    #[error("the server certificate is valid from `{0}` only; see that the clock is right")]
    NotYetValid(Timestamp),
    /// Its certificate's time is over, so that no client would accept it.
    #[error("the server certificate expired at `{0}`")]
    Expired(Timestamp),
}

impl Error {
    /// Of the server's certificate and key.
    fn of_own(error: rustls::Error) -> Self {
        if let rustls::Error::InconsistentKeys(_) = error { Self::KeyMismatch } else { Self::Config(error) }
    }

    /// Which text it is about, as far as that can be told.
    #[must_use]
    pub const fn part(&self) -> Part {
        match self {
            Self::Pem { part, .. } => *part,
            Self::Authority(_) | Self::Verifier(_) => Part::ClientCa,
            Self::KeyMismatch => Part::Key,
            Self::Config(_) | Self::Certificate | Self::NotYetValid(_) | Self::Expired(_) => Part::Certificate,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "server certificate",
            Self::Key => "server key",
            Self::ClientCa => "client authorities",
        })
    }
}

impl ServerTls {
    /// Reads certificates, key and authorities.
    pub fn from_pem(pem: TlsPem<'_>) -> Result<Self, Error> {
        let provider = Arc::new(ring::default_provider());
        let mut authorities = RootCertStore::empty();
        for authority in certificates(pem.client_ca, Part::ClientCa)? {
            authorities.add(authority).map_err(Error::Authority)?;
        }
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(&provider)).build()?;
        let chain = certificates(pem.cert_chain, Part::Certificate)?;
        let (valid_from, expires) = chain.first().and_then(|own| validity(own)).ok_or(Error::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(pem.key).map_err(|source| Error::Pem { part: Part::Key, source })?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13])
            .map_err(Error::Config)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .map_err(Error::of_own)?;
        config.alpn_protocols = vec![HTTP_2.to_vec()];
        // A resumed session would skip the verification of the client's certificate.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { config: Arc::new(config), valid_from, expires })
    }

    /// Refuses a server certificate that clients would refuse at this instant.
    pub fn ensure_valid(&self, now: Timestamp) -> Result<(), Error> {
        if now < self.valid_from {
            Err(Error::NotYetValid(self.valid_from))
        } else if now >= self.expires {
            Err(Error::Expired(self.expires))
        } else {
            Ok(())
        }
    }

    /// When the server's certificate expires.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// The configuration, for a handshake.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
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
fn certificates(text: &[u8], part: Part) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    match read {
        Ok(found) if found.is_empty() => Err(Error::Pem { part, source: pem::Error::NoItemsFound }),
        Ok(found) => Ok(found),
        Err(source) => Err(Error::Pem { part, source }),
    }
}

/// From when and until when a certificate (DER) is valid.
fn validity(der: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let span = certificate.validity();
    let instant = |time: ASN1Time| Timestamp::from_second(time.timestamp()).ok();
    Some((instant(span.not_before)?, instant(span.not_after)?))
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
        assert_eq!(problem(pem), "the server key does not belong to the server certificate");
    }

    #[test]
    fn a_certificate_out_of_its_time_is_told() {
        let authority = Authority::new();
        let (cert, key) = authority.issue_expired("vault.example");
        let ca = authority.pem();
        let pem = TlsPem { cert_chain: cert.as_bytes(), key: key.as_bytes(), client_ca: ca.as_bytes() };
        let tls = ServerTls::from_pem(pem).unwrap();
        let at = |text: &str| tls.ensure_valid(text.parse().unwrap()).map_err(|error| error.to_string());
        assert_eq!(at("2019-06-01T00:00:00Z"), Ok(()));
        assert_eq!(tls.expires().to_string(), "2020-01-01T00:00:00Z");
        assert!(at("2020-01-01T00:00:00Z").is_err_and(|told| told.contains("expired at `2020-01-01T00:00:00Z`")));
        assert!(at("2018-12-31T23:59:59Z").is_err_and(|told| told.contains("valid from `2019-01-01T00:00:00Z`")));
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
