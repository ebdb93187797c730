//! Explain: what a release would give, and which rule decides each part of it; nothing is opened.

use std::sync::Arc;

use crate::ledger::accounted::Receipt;
use crate::ledger::event::Event;
use crate::model::caller::Role;
use crate::policy::ask::Ask;
use crate::policy::decide::Decision;
use crate::policy::table::Policy;
use crate::vault::Vault;
use crate::vault::error::Error;

/// What would be decided, with the entry that tells it was asked for.
#[derive(Debug)]
pub struct Explained {
    /// The decision; nothing can be opened with it, since no entry tells of a release.
    pub decision: Decision,
    /// The policy it was made by.
    pub policy: Arc<Policy>,
    /// The entry.
    pub receipt: Receipt,
}

impl Vault {
    /// Explains what [`Vault::disclose`] would answer to the same ask, to the same caller; needs the role `discloser`.
    pub async fn explain(&self, ask: &Ask) -> Result<Explained, Error> {
        self.check_role(&ask.caller, &[Role::Discloser])?;
        let reading = self.read_and_decide(ask)?;
        let entry = self.with_ask(self.entry(Event::Explained, &ask.caller.name)?, ask);
        let receipt = self.note(entry).await?;
        Ok(Explained { decision: reading.decision, policy: reading.policy, receipt })
    }
}
