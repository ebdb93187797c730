//! The configuration file as it is written: TOML, with the place of everything a finding may point at.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A whole configuration file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) vault: VaultSource,
    #[serde(default)]
    pub(super) root: RootTable,
    #[serde(default)]
    pub(super) ledger: LedgerSource,
    #[serde(default)]
    pub(super) backup: BackupSource,
    #[serde(default)]
    pub(super) erasure: ErasureSource,
    #[serde(default)]
    pub(super) keys: KeysSource,
    #[serde(default)]
    pub(super) metrics: MetricsSource,
    pub(super) server: ServerSource,
    #[serde(rename = "caller", default)]
    pub(super) callers: Vec<CallerSource>,
    #[serde(rename = "issuer", default)]
    pub(super) issuers: Vec<IssuerSource>,
}

/// `[vault]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VaultSource {
    pub(super) folder: Spanned<String>,
    pub(super) policy: Spanned<String>,
    pub(super) cache: Option<Spanned<String>>,
    pub(super) disk_reserve: Option<Spanned<String>>,
    pub(super) expected_members: Option<Spanned<u64>>,
}

/// `[root]`: exactly one way to a root key.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RootTable {
    pub(super) file: Option<Spanned<String>>,
    pub(super) passphrase_file: Option<Spanned<String>>,
    pub(super) prompt: Option<Spanned<bool>>,
    pub(super) shares: Option<Spanned<bool>>,
    pub(super) pkcs11_module: Option<Spanned<String>>,
    pub(super) pkcs11_token: Option<Spanned<String>>,
    pub(super) pkcs11_key: Option<Spanned<String>>,
    pub(super) pkcs11_pin_file: Option<Spanned<String>>,
    pub(super) transit_address: Option<Spanned<String>>,
    pub(super) transit_ca: Option<Spanned<String>>,
    pub(super) transit_mount: Option<Spanned<String>>,
    pub(super) transit_key: Option<Spanned<String>>,
    pub(super) transit_token_file: Option<Spanned<String>>,
}

/// `[ledger]`; what is left out has a default.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct LedgerSource {
    pub(super) retention_months: Option<Spanned<u32>>,
    pub(super) publish: Option<Spanned<String>>,
}

/// `[backup]`; what is left out has a default.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct BackupSource {
    pub(super) keep_days: Option<Spanned<u32>>,
}

/// `[erasure]`; what is left out has a default.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ErasureSource {
    pub(super) grace_days: Option<Spanned<u32>>,
}

/// `[keys]`; what is left out has a default.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct KeysSource {
    #[serde(default)]
    pub(super) rotate_every_days: BTreeMap<Spanned<String>, Spanned<u32>>,
}

/// `[metrics]`; without it there are none.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricsSource {
    pub(super) listen: Option<Spanned<String>>,
}

/// `[server]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerSource {
    pub(super) listen: Spanned<String>,
    pub(super) certificate: Spanned<String>,
    pub(super) key: Spanned<String>,
    pub(super) client_ca: Spanned<String>,
    #[serde(default)]
    pub(super) reflection: bool,
}

/// A `[[caller]]`; what is left out is not given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallerSource {
    pub(super) name: Spanned<String>,
    pub(super) identity: Spanned<String>,
    pub(super) roles: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) purposes: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) recipients: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) records: Vec<Spanned<String>>,
}

/// An `[[issuer]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerSource {
    pub(super) name: Spanned<String>,
    pub(super) algorithm: Spanned<String>,
    pub(super) public_key: Spanned<String>,
    pub(super) audience: Spanned<String>,
}
