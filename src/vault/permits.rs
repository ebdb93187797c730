//! Permits: leave to open values for a comparison, given once an entry says so and only to a caller still let in.

use crate::commit;
use crate::commit::work::{Premise, Work};
use crate::ledger::accounted::Accounted;
use crate::ledger::draft::Draft;
use crate::ledger::entry::Entry;
use crate::model::caller::Caller;
use crate::store::key::Key;
use crate::vault::error::Error;
use crate::vault::{ATTEMPTS, Vault};

impl Vault {
    /// Writes the entry down and gives the permit it tells of, unless the caller was suspended first.
    pub(super) async fn permit<T: Copy>(
        &self,
        caller: &Caller,
        entry: &Entry,
        permit: T,
    ) -> Result<Accounted<T>, Error> {
        for _ in 0..ATTEMPTS {
            // INVARIANT (premise): taken before the suspension is looked up.
            let read_at = self.committer.applied();
            self.admit(caller, &[])?;
            let (draft, pending) = Draft::pending(entry.clone(), permit);
            let premise = Premise { read_at, rows: vec![Key::caller(&caller.name)], until: None };
            match self.committer.commit(Work::entry(draft).resting_on(premise)).await {
                Ok(durable) => return Ok(pending.account(durable)?),
                Err(commit::Error::Stale) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(Error::Overloaded)
    }
}
