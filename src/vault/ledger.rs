//! Reading the ledger.

use crate::commit::work::Work;
use crate::ledger::draft::Draft;
use crate::ledger::event::Event;
use crate::ledger::reader::ReadEntry;
use crate::model::caller::{Caller, Role};
use crate::vault::Vault;
use crate::vault::error::Error;

impl Vault {
    /// Up to `limit` entries with an index below `before`, the newest first; needs the role `auditor` or `officer`.
    ///
    /// Reading from the very end, which is where every reading begins, is written down itself.
    pub fn entries(&self, caller: &Caller, before: u64, limit: usize) -> Result<Vec<ReadEntry>, Error> {
        self.admit(caller, &[Role::Auditor, Role::Officer])?;
        let keyring = self.keyring.load_full();
        let entries = self.ledger.newest(before, limit, &keyring)?;
        if before == u64::MAX {
            let entry = self.entry(Event::LedgerRead, &caller.name)?;
            self.committer.submit(Work::entry(Draft::new(&entry)))?;
        }
        Ok(entries)
    }
}
