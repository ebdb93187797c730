//! Reading the ledger.

use crate::ledger::reader::ReadEntry;
use crate::model::caller::{Caller, Role};
use crate::vault::Vault;
use crate::vault::error::{Cause, Error};

impl Vault {
    /// Up to `limit` entries with an index below `before`, the newest first; needs the role `auditor` or `officer`.
    pub fn entries(&self, caller: &Caller, before: u64, limit: usize) -> Result<Vec<ReadEntry>, Error> {
        self.admit(caller, &[Role::Auditor, Role::Officer])?;
        let keyring = self.keyring.load_full();
        Ok(self.ledger.newest(before, limit, &keyring).map_err(Cause::from)?)
    }
}
