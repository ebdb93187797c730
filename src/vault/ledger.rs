//! Reading the ledger: who may, and that they did.

use fubako_keys::NoActiveKey;

use crate::ledger::checkpoint::SignedCheckpoint;
use crate::ledger::event::Event;
use crate::ledger::note::{NoteKey, NoteKeys};
use crate::ledger::proofs::Proofs;
use crate::ledger::query::{Filter, Order, Page};
use crate::ledger::reader::Reader;
use crate::model::caller::{Caller, Role};
use crate::vault::Vault;
use crate::vault::error::Error;

impl Vault {
    /// Writes down that the caller begins to read the ledger; needs the role `auditor` or `officer`.
    pub async fn begin_reading(&self, caller: &Caller) -> Result<(), Error> {
        self.admit(caller, &READERS)?;
        let entry = self.entry(Event::LedgerRead, &caller.name)?;
        // Nobody reads what cannot be written down.
        self.note(entry).await.map(drop)
    }

    /// A page of the entries that pass a filter; needs the role `auditor` or `officer`.
    pub fn entries(
        &self,
        caller: &Caller,
        filter: &Filter,
        order: Order,
        (after, limit): (Option<u64>, usize),
    ) -> Result<Page, Error> {
        self.admit(caller, &READERS)?;
        Ok(self.ledger.page(filter, order, after, limit)?)
    }

    /// The ledger, to be read at length once that was [written down](Self::begin_reading); needs the role `auditor` or
    /// `officer`.
    pub fn reader(&self, caller: &Caller) -> Result<Reader, Error> {
        self.admit(caller, &READERS)?;
        Ok(self.ledger.clone())
    }

    /// Refuses an index at which nothing has been written yet: no checkpoint would come to cover it.
    pub fn check_entry(&self, index: u64) -> Result<(), Error> {
        if index < self.ledger.entries() { Ok(()) } else { Err(Error::EntryNotFound) }
    }

    /// The key that verifies a checkpoint of this ledger; shortly after a rotation that is the key before.
    pub fn note_key(&self, signed: &SignedCheckpoint) -> Result<NoteKey, Error> {
        Ok(self.note_keys(signed).signer(signed.note()).cloned().ok_or(NoActiveKey)?)
    }

    /// Every key that verifies what this ledger signs or has signed; none that was compromised.
    #[must_use]
    pub fn note_keys(&self, signed: &SignedCheckpoint) -> NoteKeys {
        NoteKeys::new(signed.checkpoint().origin.clone(), self.keyring.load().verifying_keys())
    }

    /// What may be published of the ledger: checkpoint and hashes, which tell nothing of entries.
    #[must_use]
    pub fn published(&self) -> Proofs {
        self.proofs.clone()
    }

    /// What the ledger can prove; any caller that is not suspended may have it proved, since proofs tell nothing of
    /// entries.
    pub fn proofs(&self, caller: &Caller) -> Result<&Proofs, Error> {
        self.admit(caller, &[])?;
        Ok(&self.proofs)
    }
}

pub(super) const READERS: [Role; 2] = [Role::Auditor, Role::Officer];
