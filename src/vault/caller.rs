//! Callers: suspending one at once, and letting it in again.

use std::future::ready;

use minicbor::{Decode, Encode};

use crate::commit::remembered::Outcome;
use crate::commit::work::Write;
use crate::ledger::event::Event;
use crate::model::caller::{Role, VAULT_ITSELF};
use crate::model::ids::{CallerName, Revision};
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Row;
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::error::Error;
use crate::vault::mutation::{Done, Plan, Request};

/// Why a caller is suspended; the row is there while it is.
#[derive(Debug, Encode, Decode)]
struct Suspension {
    #[n(0)]
    reason: String,
    #[n(1)]
    by: CallerName,
}

impl Vault {
    /// Suspends a caller from this moment on; needs the role `operator` or `officer`.
    pub async fn suspend_caller(&self, request: Request<'_>, caller: &CallerName, reason: &str) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Operator, Role::Officer])?;
        if caller.as_str() == VAULT_ITSELF {
            let problem = "that is the vault itself, which nobody suspends".to_owned();
            return Err(Error::Invalid { argument: "caller".to_owned(), problem });
        }
        self.mutate(request, || ready(self.plan_suspend(request, caller, reason))).await
    }

    /// Lets a suspended caller in again; needs the role `operator` or `officer`.
    pub async fn resume_caller(&self, request: Request<'_>, caller: &CallerName, reason: &str) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Operator, Role::Officer])?;
        self.mutate(request, || ready(self.plan_resume(request, caller, reason))).await
    }

    /// The callers suspended now, by name.
    pub(super) fn suspended_callers(&self) -> Result<Vec<CallerName>, Error> {
        let rows = self.store.scan(&KeyPrefix::table(Table::Caller), None, usize::MAX);
        let rows = rows.map_err(Error::StoreUnavailable)?;
        Ok(rows.iter().filter_map(|(key, _)| CallerName::parse(key.name()?).ok()).collect())
    }

    fn plan_suspend(&self, request: Request<'_>, caller: &CallerName, reason: &str) -> Result<Plan, Error> {
        let key = Key::caller(caller);
        let before = self.row::<Suspension>(&key)?.map_or(Revision::ABSENT, |row| row.revision);
        let suspension = Suspension { reason: reason.to_owned(), by: request.caller.name.clone() };
        let write = self.write_row(key, before, &suspension)?;
        self.plan_caller(request, Event::CallerSuspended, (caller, reason), vec![write])
    }

    fn plan_resume(&self, request: Request<'_>, caller: &CallerName, reason: &str) -> Result<Plan, Error> {
        let key = Key::caller(caller);
        let row = self.row::<Suspension>(&key)?.ok_or(Error::NotSuspended)?;
        let write = Write::remove(key, row.revision);
        self.plan_caller(request, Event::CallerResumed, (caller, reason), vec![write])
    }

    fn plan_caller(
        &self,
        request: Request<'_>,
        event: Event,
        (caller, reason): (&CallerName, &str),
        writes: Vec<Write>,
    ) -> Result<Plan, Error> {
        let revision = writes.iter().find_map(|write| write.row.as_ref()).map_or(Revision::ABSENT, Row::revision);
        Ok(Plan {
            entry: self.entry(event, &request.caller.name)?.of_subject(&caller).because(reason),
            rests_on: Vec::new(),
            touches: Vec::new(),
            writes,
            sealed_under: Vec::new(),
            outcome: Outcome { subject: caller.to_string(), revision },
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use crate::vault::due::own_caller;
    use crate::vault::erase::Trigger;
    use crate::vault::mutation::Method;
    use crate::vault::tests::{Place, collect, erasure, member_of, request};

    #[tokio::test]
    async fn a_suspension_of_the_vaults_own_name_keeps_it_from_nothing() {
        let place = Place::new();
        let opened = place.open().await;
        let vault = &opened.vault;
        let hana = member_of(&collect(vault, 1, "hana@example.jp").await.unwrap());
        // As it could be written before the name was reserved.
        let own = own_caller().unwrap();
        let suspension = Suspension { reason: "stolen".to_owned(), by: own.name.clone() };
        let row = vault.write_row(Key::caller(&own.name), Revision::ABSENT, &suspension).unwrap();
        let entry = vault.vault_entry(Event::CallerSuspended).unwrap();
        vault.commit_own(entry, vec![row]).await.unwrap();
        let due = request(&own, Method::EraseMember, 2);
        vault.erase_at_once(due, &erasure(hana), Trigger::Asked).await.unwrap();
    }
}
