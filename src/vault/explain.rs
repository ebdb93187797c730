//! Explain: what a release would give, and which rule decides each part of it; nothing is opened.

use crate::ledger::accounted::Receipt;
use crate::ledger::event::Event;
use crate::model::caller::Role;
use crate::policy::ask::Ask;
use crate::policy::explain::Explanation;
use crate::vault::Vault;
use crate::vault::error::Error;

/// An explanation with the entry that tells it was asked for.
#[derive(Debug)]
pub struct Explained {
    /// What each check came to, and the outcome.
    pub explanation: Explanation,
    /// The entry.
    pub receipt: Receipt,
}

impl Vault {
    /// Explains what [`Vault::disclose`] would answer to the same ask, to the same caller; needs the role `discloser`.
    pub async fn explain(&self, ask: &Ask) -> Result<Explained, Error> {
        self.admit(&ask.caller, &[Role::Discloser])?;
        let reading = self.read_and_decide(ask)?;
        let explanation = Explanation::of(&reading.policy, &reading.decision);
        let mut entry = self.entry(Event::Explained, &ask.caller.name)?.about(ask.member);
        ask.purpose.name().clone_into(&mut entry.leaf.purpose);
        entry.leaf.recipient = ask.recipient.to_string();
        let receipt = self.note(&entry).await?;
        Ok(Explained { explanation, receipt })
    }
}
