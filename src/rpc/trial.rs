//! What the tests of this module share: an authority with its certificates, callers, and a vault in a temporary folder.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use fubako_keys::RootKey;
use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use ring::rand::SystemRandom;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::commit::Fatal;
use crate::model::basis::BasisKind;
use crate::model::caller::{Caller, Identity, Role};
use crate::model::ids::{CallerName, PurposeId};
use crate::model::recipient::RecipientClass;
use crate::rpc::tls::{ServerTls, TlsPem};
use crate::vault::create::{NewVault, create};
use crate::vault::open::{OpenVault, Opened, open};
use crate::vault::rotation::Schedule;

pub(super) const SERVER_NAME: &str = "vault.example";

/// A certificate authority of one test.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// The authority's own certificate.
    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate with these names (DER).
    pub(super) fn certificate(&self, names: Vec<SanType>) -> Vec<u8> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = names;
        params.signed_by(&KeyPair::generate().unwrap(), &self.0).unwrap().der().to_vec()
    }

    /// A certificate for a DNS name and its key (PEM).
    pub(super) fn issue_dns(&self, name: &str) -> (String, String) {
        self.issue(&CertificateParams::new([name.to_owned()]).unwrap())
    }

    /// A certificate that ended long ago, and its key (PEM).
    pub(super) fn issue_expired(&self, name: &str) -> (String, String) {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        self.issue(&params)
    }

    /// The server's side, trusting this authority's clients.
    pub(super) fn server_tls(&self) -> ServerTls {
        let (cert, key) = self.issue_dns(SERVER_NAME);
        let client_ca = self.pem();
        let pem = TlsPem { cert_chain: cert.as_bytes(), key: key.as_bytes(), client_ca: client_ca.as_bytes() };
        ServerTls::from_pem(pem).unwrap()
    }

    fn issue(&self, params: &CertificateParams) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }
}

pub(super) fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

pub(super) fn uri(uri: &str) -> SanType {
    SanType::URI(uri.try_into().unwrap())
}

/// A caller that may do everything but record what it uses.
pub(super) fn caller(name: &str, identity: &str) -> Caller {
    let purposes = ["transaction-notice", "member-search", "delivery", "self-review", "identity-verification"];
    Caller {
        name: CallerName::parse(name).unwrap(),
        identity: Identity::parse(identity).unwrap(),
        roles: BTreeSet::from(Role::ALL),
        purposes: purposes.map(|name| PurposeId::parse(name).unwrap()).into(),
        classes: BTreeSet::from([RecipientClass::Marketplace, RecipientClass::Member]),
        parties: BTreeSet::new(),
        records: BTreeSet::from([BasisKind::Transaction, BasisKind::Contract, BasisKind::LegalOrder]),
    }
}

/// The instant every trial vault lives in.
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// A vault of its own, which lies in the folder.
pub(super) async fn vault() -> (Opened, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let root = RootKey::create_file(&folder.path().join("root"), &SystemRandom::new()).unwrap();
    let new = NewVault { folder: &data, policy_text: POLICY, policy_file: Path::new("policy.toml") };
    create(&new, &root, now(), &SystemRandom::new()).unwrap();
    let how = OpenVault {
        folder: data,
        root,
        policy_text: POLICY.to_owned(),
        policy_file: "policy.toml".into(),
        expected_members: 100,
        cache_bytes: 16 << 20,
        retention_months: 36,
        backup_keep_days: 35,
        erasure_grace_days: 0,
        schedule: Schedule::default(),
        disk_reserve_bytes: 0,
        clock: Arc::new(now),
        random: Arc::new(SystemRandom::new()),
        // A test that is over takes the folder from under the ledger's tree; that is no failure of it.
        on_fatal: Arc::new(|fatal| assert!(matches!(fatal, Fatal::Tree(_)), "{fatal}")),
    };
    (open(how).await.unwrap(), folder)
}

const POLICY: &str = include_str!("../../policies/imacocokara.toml");

/// The head, in lower case, and the body of an HTTP answer.
pub(super) async fn fetch(address: SocketAddr, path: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    (String::from_utf8_lossy(bytes.get(..end).unwrap()).to_lowercase(), bytes.split_off(end + 4))
}
