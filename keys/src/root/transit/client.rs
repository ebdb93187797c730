//! The two calls of a transit engine that a root key needs, over one connection with limits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use ureq::http::{Response, Uri};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::WithoutBody;
use ureq::{Agent, Body, RequestBuilder};
use zeroize::Zeroizing;

use crate::root::passphrase::Passphrase;

/// A connection to the server of a transit engine.
pub(super) struct Client {
    agent: Agent,
    address: String,
    token: Passphrase,
}

impl Client {
    pub(super) fn new(address: &str, ca: Option<&[u8]>, token: Passphrase) -> Result<Self, TransitError> {
        let refused = || TransitError::Address(address.to_owned());
        let uri: Uri = address.parse().map_err(|_| refused())?;
        let host = uri.host().ok_or_else(refused)?;
        let trusted = match (uri.scheme_str(), ca) {
            (Some("https"), Some(ca)) => authorities(ca)?,
            (Some("https"), None) => return Err(TransitError::NoAuthority),
            (Some("http"), _) if is_this_machine(host) => Vec::new(),
            _ => return Err(refused()),
        };
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&trusted))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(PATIENCE))
            // The token is for this server, and for no other that it might name.
            .max_redirects(0)
            .proxy(None)
            .http_status_as_error(false);
        Ok(Self { agent: config.build().new_agent(), address: address.trim_end_matches('/').to_owned(), token })
    }

    /// What the engine wraps the secret as.
    pub(super) fn encrypt(
        &self,
        mount: &str,
        key: &str,
        secret: &[u8],
        binding: &[u8],
    ) -> Result<String, TransitError> {
        let plaintext = Zeroizing::new(STANDARD.encode(secret));
        let asked = json!({ "plaintext": plaintext.as_str(), "associated_data": STANDARD.encode(binding) });
        let answer = self.post(&format!("{mount}/encrypt/{key}"), &asked)?;
        let wrapped = answer.pointer("/data/ciphertext").and_then(Value::as_str);
        wrapped.map(ToOwned::to_owned).ok_or(TransitError::Answer)
    }

    /// The secret that [`Client::encrypt`] wrapped.
    pub(super) fn decrypt(
        &self,
        mount: &str,
        key: &str,
        wrapped: &str,
        binding: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, TransitError> {
        let asked = json!({ "ciphertext": wrapped, "associated_data": STANDARD.encode(binding) });
        let answer = self.post(&format!("{mount}/decrypt/{key}"), &asked)?;
        let plaintext = answer.pointer("/data/plaintext").and_then(Value::as_str).ok_or(TransitError::Answer)?;
        STANDARD.decode(plaintext).map(Zeroizing::new).map_err(|_| TransitError::Answer)
    }

    /// Deletes a key with all its versions, and sees that the engine does not know it any more. One that was ever to be
    /// exported or backed up as plaintext may have left it, and proves nothing.
    pub(super) fn delete(&self, mount: &str, key: &str) -> Result<(), TransitError> {
        let path = format!("{mount}/keys/{key}");
        let known = self.ask(self.agent.get(self.url(&path)), &path)?;
        let may_leave = |what: &str| known.pointer(&format!("/data/{what}")) != Some(&Value::Bool(false));
        if may_leave("exportable") || may_leave("allow_plaintext_backup") {
            return Err(TransitError::MayHaveLeft(key.to_owned()));
        }
        self.post(&format!("{path}/config"), &json!({ "deletion_allowed": true }))?;
        self.ask(self.agent.delete(self.url(&path)), &path)?;
        match self.ask(self.agent.get(self.url(&path)), &path) {
            Err(TransitError::NotFound { .. }) => Ok(()),
            Err(other) => Err(other),
            Ok(_) => Err(TransitError::NotDestroyed(key.to_owned())),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/v1/{path}", self.address)
    }

    fn ask(&self, request: RequestBuilder<WithoutBody>, path: &str) -> Result<Value, TransitError> {
        // EXPOSE: the server knows the vault by its token.
        let request = request.header("X-Vault-Token", self.token.expose());
        self.answered(path, request.call())
    }

    fn post(&self, path: &str, asked: &Value) -> Result<Value, TransitError> {
        let body = Zeroizing::new(asked.to_string());
        let request = self.agent.post(self.url(path));
        // EXPOSE: the server knows the vault by its token.
        let request = request.header("X-Vault-Token", self.token.expose()).header("Content-Type", "application/json");
        self.answered(path, request.send(body.as_bytes()))
    }

    fn answered(&self, path: &str, response: Result<Response<Body>, ureq::Error>) -> Result<Value, TransitError> {
        let unreachable =
            |source| TransitError::Unreachable { address: self.address.clone(), source: HttpAnswer(source) };
        let mut response = response.map_err(unreachable)?;
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_string();
        let text = Zeroizing::new(text.map_err(unreachable)?);
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        if matches!(status, 200 | 204) { Ok(answer) } else { Err(refused(status, path, &answer)) }
    }
}

/// What a status other than "done" means for whoever runs the vault.
fn refused(status: u16, path: &str, answer: &Value) -> TransitError {
    let told = answer.get("errors").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    // An engine's words are about names and rights; they are cut all the same, since they end in a log.
    let told: String = told.collect::<Vec<_>>().join("; ").chars().filter(|c| !c.is_control()).take(200).collect();
    let path = path.to_owned();
    match status {
        403 => TransitError::Forbidden { path, told },
        404 => TransitError::NotFound { path, told },
        503 | 501 => TransitError::Sealed,
        status => TransitError::Refused { path, status, told },
    }
}

fn authorities(pem: &[u8]) -> Result<Vec<ureq::tls::Certificate<'static>>, TransitError> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|_| TransitError::Authority)? {
            found.push(certificate);
        }
    }
    if found.is_empty() { Err(TransitError::Authority) } else { Ok(found) }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

/// Why a transit engine did not wrap or unwrap a root key.
#[derive(Debug, thiserror::Error)]
pub enum TransitError {
    /// Names that lead elsewhere.
    #[error(
        "a transit mount and key have names of a-z, A-Z, 0-9, `-`, `_` and `.`; a mount may have several, with `/` between"
    )]
    Name,
    /// Not an address a token may be sent to.
    #[error("`{0}` is no address of a transit engine: `https://host:port`, or `http://` on this machine only")]
    Address(String),
    /// No authority vouches for the server.
    #[error("an `https` transit engine needs the file of the authority that vouches for its certificate")]
    NoAuthority,
    /// The authority's file is none.
    #[error("the authority's file of the transit engine holds no certificate in PEM")]
    Authority,
    /// The server cannot be reached, or is not the one that was meant.
    #[error("the transit engine at `{address}` cannot be reached")]
    Unreachable {
        /// Its address.
        address: String,
        /// What went wrong.
        #[source]
        source: HttpAnswer,
    },
    /// The server is sealed itself, or not set up.
    #[error("the transit engine's server is sealed or not set up; unseal it first")]
    Sealed,
    /// The token may not do it.
    #[error("the transit engine refuses the token `update` on `{path}`: {told}")]
    Forbidden {
        /// What was asked.
        path: String,
        /// What the server said.
        told: String,
    },
    /// There is no such mount or key.
    #[error("the transit engine knows no `{path}`: {told}")]
    NotFound {
        /// What was asked.
        path: String,
        /// What the server said.
        told: String,
    },
    /// It was refused for another reason.
    #[error("the transit engine answered `{path}` with status {status}: {told}")]
    Refused {
        /// What was asked.
        path: String,
        /// The HTTP status.
        status: u16,
        /// What the server said.
        told: String,
    },
    /// The keyring names another key than the configuration.
    #[error(
        "this vault's root key was wrapped by key `{key}` of the engine at `{mount}`, which is not the one configured"
    )]
    OtherKey {
        /// The mount in the header.
        mount: String,
        /// The key in the header.
        key: String,
    },
    /// It may be elsewhere too.
    #[error(
        "key `{0}` of the transit engine may be exported or backed up in the clear, so its end would prove nothing"
    )]
    MayHaveLeft(String),
    /// It says that it destroyed the key, and has it all the same.
    #[error("the transit engine still opens with key `{0}`, though it said that it was deleted")]
    NotDestroyed(String),
    /// What it answered is no wrapped or unwrapped root key.
    #[error("the transit engine answered something that is not a root key; is it one?")]
    Answer,
}

/// What went wrong on the way to a server.
#[derive(Debug)]
pub struct HttpAnswer(ureq::Error);

impl fmt::Display for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for HttpAnswer {}

/// One call, from the name of the server to the end of its answer.
const PATIENCE: Duration = Duration::from_secs(15);
const LONGEST_ANSWER: u64 = 64 << 10;
