//! Where the vault is, who calls it, and how long to wait.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::client::RetryPolicy;

/// How to reach a vault. Endpoint, CA, certificate and key are needed; the rest has defaults.
#[derive(Clone)]
pub struct ClientConfig {
    pub(super) endpoint: String,
    pub(super) server_name: Option<String>,
    pub(super) ca_pem: Vec<u8>,
    pub(super) cert_pem: Vec<u8>,
    pub(super) key_pem: Zeroizing<Vec<u8>>,
    pub(super) connect_timeout: Duration,
    pub(super) timeout: Duration,
    pub(super) retry: RetryPolicy,
}

impl ClientConfig {
    /// The vault at `https://host:port`. Without a port, 443. There is no plaintext endpoint.
    #[must_use]
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self {
            endpoint: endpoint.into(),
            server_name: None,
            ca_pem: Vec::new(),
            cert_pem: Vec::new(),
            key_pem: Zeroizing::new(Vec::new()),
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            retry: RetryPolicy::default(),
        }
    }

    /// The name the server's certificate has to carry. Default: the endpoint's host.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// The certificates, in PEM, of the authorities that may vouch for the server. No others are trusted.
    #[must_use]
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem = pem.into();
        self
    }

    /// The caller's certificate chain in PEM, its own first.
    #[must_use]
    pub fn cert_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.cert_pem = pem.into();
        self
    }

    /// The private key of the caller's certificate in PEM; wiped when the configuration is dropped.
    #[must_use]
    pub fn key_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.key_pem = Zeroizing::new(pem.into());
        self
    }

    /// How long a connection may take to be made, handshake included. Default: 5 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long each attempt of a call may take until it is answered. Default: 10 seconds.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// When to repeat what failed. Default: [`RetryPolicy::default`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_no_key() {
        let config = ClientConfig::new("https://vault.example").key_pem("PRIVATE");
        assert_eq!(format!("{config:?}"), r#"ClientConfig { endpoint: "https://vault.example", .. }"#);
    }
}
