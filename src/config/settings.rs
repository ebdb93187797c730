//! Settings: what a configuration says, once it is checked.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::config::size::ByteSize;
use crate::model::caller::Caller;
use crate::model::ids::PolicyVersion;
use crate::vault::rotation::Schedule;

/// What a server runs by, checked as a whole.
#[derive(Debug)]
pub struct Config {
    pub(super) file: PathBuf,
    pub(super) vault: VaultSection,
    pub(super) root: RootSource,
    pub(super) ledger: LedgerSection,
    pub(super) backup: BackupSection,
    pub(super) erasure: ErasureSection,
    pub(super) keys: KeysSection,
    pub(super) metrics: MetricsSection,
    pub(super) server: ServerSection,
    pub(super) callers: Vec<Caller>,
    pub(super) issuers: Vec<Issuer>,
}

impl Config {
    /// The file it was read from.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Where the vault lies and what it keeps to.
    #[must_use]
    pub const fn vault(&self) -> &VaultSection {
        &self.vault
    }

    /// Where the root key comes from.
    #[must_use]
    pub const fn root(&self) -> &RootSource {
        &self.root
    }

    /// How long copies of the vault are kept.
    #[must_use]
    pub const fn backup(&self) -> &BackupSection {
        &self.backup
    }

    /// How long an erasure can be taken back.
    #[must_use]
    pub const fn erasure(&self) -> &ErasureSection {
        &self.erasure
    }

    /// Which keys the vault rotates by itself.
    #[must_use]
    pub const fn keys(&self) -> &KeysSection {
        &self.keys
    }

    /// Whether there are metrics.
    #[must_use]
    pub const fn metrics(&self) -> &MetricsSection {
        &self.metrics
    }

    /// How long the ledger's details are kept, and whether its tree is published.
    #[must_use]
    pub const fn ledger(&self) -> &LedgerSection {
        &self.ledger
    }

    /// Where it listens, and with which certificates.
    #[must_use]
    pub const fn server(&self) -> &ServerSection {
        &self.server
    }

    /// Who may call, no two with one name or one identity.
    #[must_use]
    pub fn callers(&self) -> &[Caller] {
        &self.callers
    }

    /// Who may sign member assertions, no two with one name.
    #[must_use]
    pub fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }
}

/// Where the vault lies and what it keeps to.
#[derive(Debug)]
pub struct VaultSection {
    pub(super) folder: PathBuf,
    pub(super) policy_file: PathBuf,
    pub(super) policy_text: String,
    pub(super) policy_version: PolicyVersion,
    pub(super) cache: ByteSize,
    pub(super) disk_reserve: ByteSize,
    pub(super) expected_members: u64,
}

impl VaultSection {
    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The policy's file.
    #[must_use]
    pub fn policy_file(&self) -> &Path {
        &self.policy_file
    }

    /// What stood in the policy's file when the configuration was checked against it.
    #[must_use]
    pub fn policy_text(&self) -> &str {
        &self.policy_text
    }

    /// The version that text gives itself.
    #[must_use]
    pub const fn policy_version(&self) -> PolicyVersion {
        self.policy_version
    }

    /// The store's cache. Default: a quarter of the machine's memory.
    #[must_use]
    pub const fn cache(&self) -> ByteSize {
        self.cache
    }

    /// Free disk space below which nothing is written.
    #[must_use]
    pub const fn disk_reserve(&self) -> ByteSize {
        self.disk_reserve
    }

    /// How many members the blind index is made for; only the first start of a vault reads it.
    #[must_use]
    pub const fn expected_members(&self) -> u64 {
        self.expected_members
    }
}

/// Where the root key comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RootSource {
    /// A key file.
    File(PathBuf),
    /// A passphrase in a file.
    PassphraseFile(PathBuf),
    /// A passphrase typed at the start.
    Prompt,
    /// Shares that people bring; a server starts sealed.
    Shares,
    /// A key of an HSM.
    Pkcs11(Pkcs11Source),
    /// A key of a transit engine.
    Transit(TransitSource),
}

/// A key of an HSM that wraps the root key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pkcs11Source {
    /// The PKCS#11 library.
    pub(crate) module: PathBuf,
    /// The token's label.
    pub(crate) token: String,
    /// The key's label.
    pub(crate) key: String,
    /// The file of the user's PIN; it is asked for if there is none.
    pub(crate) pin_file: Option<PathBuf>,
}

/// A key of a transit engine that wraps the root key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TransitSource {
    /// The address of its server.
    pub(crate) address: String,
    /// The authority of that server's certificate.
    pub(crate) ca: Option<PathBuf>,
    /// The file of the token by which the server knows the vault.
    pub(crate) token_file: PathBuf,
    /// Where the engine is mounted.
    pub(crate) mount: String,
    /// The key's name.
    pub(crate) key: String,
}

impl TransitSource {
    /// Where a transit engine is mounted unless somebody chose another place.
    pub(crate) const MOUNT: &str = "transit";
}

/// How long the ledger's details are kept, and whether its tree is published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LedgerSection {
    pub(super) retention_months: u32,
    pub(super) publish: Option<SocketAddr>,
}

impl LedgerSection {
    /// How many months the law asks entries to be readable after their own. Default: 36.
    #[must_use]
    pub const fn retention_months(&self) -> u32 {
        self.retention_months
    }

    /// The address at which checkpoint and hash tiles are served over HTTP. Default: they are not.
    #[must_use]
    pub const fn publish(&self) -> Option<SocketAddr> {
        self.publish
    }
}

/// How long copies of the vault are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BackupSection {
    pub(super) keep_days: u32,
}

impl BackupSection {
    /// After how many days whoever keeps copies destroys them. Default: 35.
    #[must_use]
    pub const fn keep_days(&self) -> u32 {
        self.keep_days
    }
}

/// How long an erasure can be taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErasureSection {
    pub(super) grace_days: u32,
}

impl ErasureSection {
    /// How many days after it was asked for a member is erased. Default: 0, at once.
    #[must_use]
    pub const fn grace_days(&self) -> u32 {
        self.grace_days
    }
}

/// Which keys the vault rotates by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeysSection {
    pub(super) schedule: Schedule,
}

impl KeysSection {
    /// After how many days which keys are rotated. Default: none.
    #[must_use]
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}

/// Whether there are metrics.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MetricsSection {
    pub(super) listen: Option<SocketAddr>,
}

impl MetricsSection {
    /// Where metrics are served over plain HTTP. Default: nowhere.
    #[must_use]
    pub const fn listen(&self) -> Option<SocketAddr> {
        self.listen
    }
}

/// Where the server listens, and with which certificates.
#[derive(Debug)]
pub struct ServerSection {
    pub(super) listen: SocketAddr,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    pub(super) client_ca: PathBuf,
    pub(super) reflection: bool,
}

impl ServerSection {
    /// The address it listens on.
    #[must_use]
    pub const fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// The server's certificate chain in PEM, its own first.
    #[must_use]
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// The private key of the server's certificate in PEM.
    #[must_use]
    pub fn key(&self) -> &Path {
        &self.key
    }

    /// The authorities that vouch for callers, in PEM.
    #[must_use]
    pub fn client_ca(&self) -> &Path {
        &self.client_ca
    }

    /// Whether the interface describes itself to whoever connects; for development.
    #[must_use]
    pub const fn reflects(&self) -> bool {
        self.reflection
    }
}

/// Who may sign member assertions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuer {
    pub(super) name: String,
    pub(super) algorithm: Algorithm,
    pub(super) public_key: PathBuf,
    pub(super) audience: String,
}

impl Issuer {
    /// What its assertions call it (`iss`).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its public key in PEM.
    #[must_use]
    pub fn public_key(&self) -> &Path {
        &self.public_key
    }

    /// Whom its assertions must be for (`aud`).
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }
}

/// What an issuer signs with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// Ed25519 (RFC 8037).
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518).
    Es256,
}

impl Algorithm {
    /// Every algorithm there is.
    pub const ALL: [Self; 2] = [Self::EdDsa, Self::Es256];

    /// Its name in the configuration and in assertions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}
