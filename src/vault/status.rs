//! Status: how the vault is, for the operator.

use fubako_keys::Scope;

use crate::model::caller::{Caller, Role};
use crate::model::ids::{CallerName, PolicyVersion, VaultId};
use crate::vault::Vault;
use crate::vault::error::Error;

/// How the vault is.
#[derive(Debug)]
pub struct Status {
    /// Which vault it is.
    pub vault: VaultId,
    /// The policy version in force.
    pub policy_version: PolicyVersion,
    /// How many entries are durable.
    pub entries: u64,
    /// The keyring's generation.
    pub keyring_generation: u64,
    /// The callers suspended now.
    pub suspended_callers: Vec<CallerName>,
    /// The last commit group the store has.
    pub applied_group: u64,
    /// What the keyring was made for, if it is a scoped one.
    pub scope: Option<Scope>,
}

impl Vault {
    /// How the vault is; needs the role `operator`, `officer` or `auditor`.
    pub fn status(&self, caller: &Caller) -> Result<Status, Error> {
        self.admit(caller, &[Role::Operator, Role::Officer, Role::Auditor])?;
        let keyring = self.keyring.load();
        Ok(Status {
            vault: self.id,
            policy_version: self.policy().version(),
            entries: self.ledger.entries(),
            keyring_generation: keyring.generation(),
            suspended_callers: self.suspended_callers()?,
            applied_group: self.committer.applied(),
            scope: keyring.scope().cloned(),
        })
    }
}
