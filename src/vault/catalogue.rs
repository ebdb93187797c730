//! The catalogue: what the vault keeps of itself under seal, so that files put in place of its own are noticed.

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::commit::work::Write;
use crate::model::ids::{PolicyVersion, Revision};
use crate::policy::table::Policy;
use crate::store::key::{Key, KeyPrefix};
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::error;
use crate::vault::policies;
use crate::vault::rows::Revised;

/// What the catalogue keeps of the vault itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub(super) struct Settings {
    /// How many bits the tags of the blind index have.
    #[n(0)]
    pub(super) index_bits: u8,
    /// The newest generation of the keyring this vault has used.
    #[n(1)]
    pub(super) keyring_generation: u64,
    /// The policy version the ledger last said is in force; 0 where no entry has said so.
    #[cbor(n(2), default)]
    pub(super) policy_version: PolicyVersion,
    /// How many entries the last checkpoint covered at the last start.
    #[cbor(n(3), default)]
    pub(super) checkpointed: u64,
    /// The last month of which an entry says that its ledger key was destroyed, as a number; 0 where none has said so.
    #[cbor(n(4), default)]
    pub(super) retired_through: u32,
}

/// What the catalogue keeps of one version of the policy.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct SealedPolicy {
    #[n(0)]
    version: PolicyVersion,
    /// SHA-256 of its text.
    #[cbor(n(1), with = "minicbor::bytes")]
    digest: [u8; 32],
}

impl Vault {
    pub(super) fn settings(&self) -> Result<Revised<Settings>, error::Error> {
        Ok(self.row(&settings_key())?.unwrap_or_default())
    }

    /// Refuses policy files that are not those this vault has kept.
    ///
    /// The one in force may be newer than what is sealed: the last run ended between keeping it and saying so.
    pub(super) fn check_policies(&self, in_force: PolicyVersion) -> Result<Result<(), policies::Error>, error::Error> {
        Ok(self.compare_policies(in_force, &self.sealed_policies()?))
    }

    fn compare_policies(&self, in_force: PolicyVersion, sealed: &[SealedPolicy]) -> Result<(), policies::Error> {
        let policies = self.policies.load();
        let offered = policies.current().version();
        if offered < in_force {
            return Err(policies::Error::Older { offered, current: in_force });
        }
        for policy in policies.all().filter(|_| !sealed.is_empty()) {
            let version = policy.version();
            match sealed.iter().find(|sealed| sealed.version == version) {
                Some(sealed) if sealed.digest == digest(policy) => {}
                None if version == offered && version >= in_force => {}
                Some(_) | None => return Err(policies::Error::Altered { version }),
            }
        }
        match sealed.iter().find(|sealed| policies.version(sealed.version).is_none()) {
            Some(lost) => Err(policies::Error::Lost { version: lost.version }),
            None => Ok(()),
        }
    }

    /// The writes that seal every version of the policy that is not sealed yet.
    pub(super) fn unsealed_policies(&self) -> Result<Vec<Write>, error::Error> {
        let mut writes = Vec::new();
        for policy in self.policies.load().all() {
            let (version, digest) = (policy.version(), digest(policy));
            let key = policy_key(version);
            if self.row::<SealedPolicy>(&key)?.is_none() {
                writes.push(self.write_row(key, Revision::ABSENT, &SealedPolicy { version, digest })?);
            }
        }
        Ok(writes)
    }

    fn sealed_policies(&self) -> Result<Vec<SealedPolicy>, error::Error> {
        let (catalogue, mut sealed) = (KeyPrefix::table(Table::Catalogue), Vec::new());
        let mut after: Option<Key> = None;
        loop {
            let rows = self.store.scan(&catalogue, after.as_ref(), PAGE).map_err(error::Error::StoreUnavailable)?;
            let Some((last, _)) = rows.last() else { return Ok(sealed) };
            after = Some(last.clone());
            for (key, row) in rows.iter().filter(|(key, _)| *key != settings_key()) {
                sealed.push(self.open_row(key, row)?.content);
            }
        }
    }
}

pub(super) fn settings_key() -> Key {
    Key::catalogue("settings")
}

/// Everything else in the catalogue is a policy.
fn policy_key(version: PolicyVersion) -> Key {
    Key::catalogue(&format!("policy-{:010}", version.0))
}

fn digest(policy: &Policy) -> [u8; 32] {
    Sha256::digest(policy.text()).into()
}

/// Rows read in one go.
const PAGE: usize = 100;
