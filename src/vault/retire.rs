//! Retire: the ledger keys of months past retention are destroyed, and with them the details of their entries, for good.

use std::future::ready;

use fubako_keys::Month;
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use crate::commit::remembered::Outcome;
use crate::ledger::event::Event;
use crate::ledger::writer::month_of;
use crate::model::caller::Role;
use crate::model::ids::Revision;
use crate::vault::Vault;
use crate::vault::error::{Cause, Error};
use crate::vault::mutation::{Done, Plan, Request};
use crate::vault::open;

/// Which months to retire.
#[derive(Debug)]
pub struct Retirement {
    /// The last one.
    pub through: Month,
    /// Why months within retention go too; empty, if they do not.
    pub override_reason: String,
}

impl Vault {
    /// Destroys the ledger keys of every month up to one; needs the role `officer`.
    ///
    /// Each month's entries are first compared with the tree, whose hashes are all that is left of them afterwards. A
    /// month within retention is refused, unless a reason overrides that. What it did is named in the outcome.
    pub async fn retire(&self, request: Request<'_>, retirement: &Retirement) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Officer])?;
        if let Some(done) = self.recalled(&request)? {
            return Ok(done);
        }
        let due = self.due_months(retirement)?;
        let mut last = None;
        for month in &due {
            let entry = self.entry(Event::MonthRetiring, &request.caller.name)?;
            let entry = entry.of_subject(month).because(&retirement.override_reason);
            last = Some(self.note(&entry).await?.index());
        }
        if let Some(last) = last {
            self.compare_months(&due, last).await?;
            self.change_keyring(|keyring| keyring.destroy_months(&due).map(Some)).await.map_err(not_changed)?;
        }
        // Also those a run that was cut short left.
        for month in self.forgotten_months(retirement.through) {
            self.ledger.forget(month)?;
        }
        let months: Vec<String> = due.iter().map(Month::to_string).collect();
        self.mutate(request, || {
            let outcome = Outcome { subject: months.join(","), revision: Revision::ABSENT };
            ready(self.entry(Event::MonthRetired, &request.caller.name).map(|entry| Plan {
                entry: entry.of_subject(&months.join(",")).because(&retirement.override_reason),
                rests_on: Vec::new(),
                touches: Vec::new(),
                writes: Vec::new(),
                sealed_under: Vec::new(),
                outcome,
            }))
        })
        .await
    }

    /// Compares the months with the tree, once a checkpoint covers an entry behind all of theirs.
    async fn compare_months(&self, months: &[Month], last: u64) -> Result<(), Error> {
        self.proofs.covering(last).await?;
        if let Some(month) = months.iter().find(|month| self.ledger.is_written_to(**month)) {
            let problem = format!("month {month} is still written to: nothing has happened since, try again later");
            return Err(Error::Invalid { argument: "through_month".into(), problem });
        }
        let (ledger, proofs, months) = (self.ledger.clone(), self.proofs.clone(), months.to_vec());
        let compared =
            spawn_blocking(move || months.iter().try_for_each(|month| ledger.compare_month(*month, &proofs)));
        Ok(compared.await.map_err(|_| Cause::Panicked)??)
    }

    fn forgotten_months(&self, through: Month) -> Vec<Month> {
        let keyring = self.keyring.load();
        keyring.ledger_months().filter(|month| *month <= through && keyring.forgot_month(*month)).collect()
    }

    /// The months that still have a key and are to lose it.
    fn due_months(&self, retirement: &Retirement) -> Result<Vec<Month>, Error> {
        let now = self.now();
        let present = month_of(now).map_err(|error| Cause::Keyring(Box::new(error)))?;
        if retirement.through >= present {
            let problem = "is not over yet: its key seals what happens now".to_owned();
            return Err(Error::Invalid { argument: "through_month".into(), problem });
        }
        let keyring = self.keyring.load();
        let months = keyring.ledger_months().filter(|month| *month <= retirement.through);
        let due: Vec<Month> = months.filter(|month| !keyring.forgot_month(*month)).collect();
        let within = due.iter().find(|month| self.is_within_retention(**month, now));
        match within {
            Some(month) if retirement.override_reason.is_empty() => Err(Error::RetentionNotOver { month: *month }),
            Some(_) | None => Ok(due),
        }
    }

    /// Whether the law still asks for what happened in that month.
    fn is_within_retention(&self, month: Month, now: Timestamp) -> bool {
        let over = month.plus(self.retention_months);
        over.is_none_or(|over| month_of(now).is_ok_and(|present| over >= present))
    }
}

/// Why the keyring did not change: the ledger did not take it, or the keyring itself failed.
fn not_changed(error: open::Error) -> Error {
    if let open::Error::Vault(error) = error { error } else { Cause::Keyring(Box::new(error)).into() }
}
