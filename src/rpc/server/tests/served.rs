//! A server on loopback with a vault, an authority and an issuer of its own.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fubako_proto::client::{Client, ClientConfig, RetryPolicy};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ED25519};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::rpc::assertion::{Issuer, Issuers, Signature};
use crate::rpc::callers::Callers;
use crate::rpc::limits::Limits;
use crate::rpc::security::{Security, SharedSecurity};
use crate::rpc::server::{HeldAddress, Mode, Server, Serving};
use crate::rpc::trial::{self, Authority, SERVER_NAME};

pub(super) const SHOP: &str = "shop.example";

/// A server on loopback.
pub(super) struct Served {
    pub(super) address: SocketAddr,
    pub(super) authority: Authority,
    pub(super) security: SharedSecurity,
    pub(super) portal: KeyPair,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    _folder: TempDir,
}

impl Served {
    pub(super) async fn start() -> Self {
        Self::with(Limits::default(), Mode::Production).await
    }

    pub(super) async fn with(limits: Limits, mode: Mode) -> Self {
        let (opened, folder) = trial::vault().await;
        let authority = Authority::new();
        let portal = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let security = trust(&authority, &portal, &[("shop", SHOP), ("desk", "desk.example")]).shared();
        let vault = Arc::clone(&opened.vault);
        let serving = Serving { vault, security: Arc::clone(&security), limits, mode };
        let held = HeldAddress::hold("127.0.0.1:0".parse().unwrap()).unwrap();
        let server = Server::listen(held, serving).unwrap();
        let address = server.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            server.serve(async { drop(stopped.await) }).await.unwrap();
            opened.close();
        });
        Self { address, authority, security, portal, stop, serving, _folder: folder }
    }

    pub(super) async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(Duration::from_secs(10), self.serving).await.unwrap().unwrap();
    }

    pub(super) fn config(&self, (cert, key): (String, String)) -> ClientConfig {
        ClientConfig::new(format!("https://{}", self.address))
            .server_name(SERVER_NAME)
            .ca_pem(self.authority.pem())
            .cert_pem(cert)
            .key_pem(key)
            .retry(RetryPolicy::NEVER)
    }

    pub(super) async fn client(&self, name: &str) -> Client {
        Client::connect(&self.config(self.authority.issue_dns(name))).await.unwrap()
    }

    /// The word of the portal that a member asks.
    pub(super) fn assertion(&self, member: &str) -> String {
        let now = trial::now().as_second();
        let claims = json!({"iss": "portal", "aud": "vault", "sub": member, "iat": now, "exp": now + 60});
        let key = EncodingKey::from_ed_pem(self.portal.serialize_pem().as_bytes()).unwrap();
        encode(&Header::new(Algorithm::EdDSA), &claims, &key).unwrap()
    }
}

/// What a server trusts that knows these callers.
pub(super) fn trust(authority: &Authority, portal: &KeyPair, callers: &[(&str, &str)]) -> Security {
    let callers = Callers::new(callers.iter().map(|(name, identity)| trial::caller(name, identity))).unwrap();
    let portal = Issuer::new("portal".into(), Signature::EdDsa, &portal.public_key_pem(), "vault".into()).unwrap();
    Security::new(authority.server_tls(), callers, Issuers::new(vec![portal]))
}
