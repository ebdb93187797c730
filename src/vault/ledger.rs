//! Reading the ledger.

use crate::commit::work::Work;
use crate::ledger::draft::Draft;
use crate::ledger::event::Event;
use crate::ledger::reader::ReadEntry;
use crate::model::caller::{Caller, Role};
use crate::vault::Vault;
use crate::vault::error::Error;

impl Vault {
    /// Writes down that the caller begins to read the ledger; needs the role `auditor` or `officer`.
    pub fn begin_reading(&self, caller: &Caller) -> Result<(), Error> {
        self.admit(caller, &READERS)?;
        let entry = self.entry(Event::LedgerRead, &caller.name)?;
        Ok(self.committer.submit(Work::entry(Draft::new(&entry)))?)
    }

    /// Up to `limit` entries with an index below `before`, the newest first; needs the role `auditor` or `officer`.
    pub fn entries(&self, caller: &Caller, before: u64, limit: usize) -> Result<Vec<ReadEntry>, Error> {
        self.admit(caller, &READERS)?;
        Ok(self.ledger.newest(before, limit, &self.keyring.load())?)
    }
}

const READERS: [Role; 2] = [Role::Auditor, Role::Officer];
