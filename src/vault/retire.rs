//! Retire: the ledger keys of months past retention are destroyed, and with them the details of their entries, for good.

use std::future::ready;

use fubako_keys::Month;
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use crate::commit::remembered::Outcome;
use crate::commit::work::{Redo, Work, Write};
use crate::ledger::draft::Draft;
use crate::ledger::event::Event;
use crate::ledger::writer::month_of;
use crate::model::caller::Role;
use crate::model::ids::Revision;
use crate::vault::Vault;
use crate::vault::catalogue::{Settings, settings_key};
use crate::vault::error::{Cause, Error};
use crate::vault::mutation::{Done, Plan, Request};
use crate::vault::rows::Revised;

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
        self.check_unscoped()?;
        if let Some(done) = self.recalled(&request)? {
            return Ok(done);
        }
        let due = self.due_months(retirement)?;
        let mut last = None;
        for month in &due {
            let entry = self.entry(Event::MonthRetiring, &request.caller.name)?;
            let entry = entry.of_subject(month).because(&retirement.override_reason);
            last = Some(self.note(entry).await?.index());
        }
        if let Some(last) = last {
            self.compare_months(&due, last).await?;
            self.change_keyring(Redo::Dropped, |keyring| keyring.destroy_months(&due).map(Some)).await?;
        }
        // Also those a run that was cut short left.
        for month in self.forgotten_months(|month| month <= retirement.through) {
            self.ledger.forget(month)?;
        }
        self.mutate(request, || ready(self.plan_retired(request, retirement, &due))).await
    }

    /// Says which months have lost their keys, where the run that destroyed them ended before it did.
    pub(super) async fn complete_retirement(&self) -> Result<(), Error> {
        let row = self.settings()?;
        let months = self.untold_months(|_| true, &row.content);
        if months.is_empty() {
            return Ok(());
        }
        for month in &months {
            self.ledger.forget(*month)?;
        }
        let entry = self.vault_entry(Event::MonthRetired)?.of_subject(&joined(&months)).because(CUT_SHORT);
        let writes = self.retired_writes(&months, &row)?;
        let durable = self.committer.commit(Work::entry(Draft::new(entry)).writing(writes)).await;
        durable.map(drop).map_err(Error::from)
    }

    fn plan_retired(&self, request: Request<'_>, retirement: &Retirement, due: &[Month]) -> Result<Plan, Error> {
        let row = self.settings()?;
        let mut months = self.untold_months(|month| month <= retirement.through, &row.content);
        months.extend(due);
        months.sort_unstable();
        months.dedup();
        let entry = self.entry(Event::MonthRetired, &request.caller.name)?;
        let reason = if months.is_empty() { NOTHING_DUE } else { &retirement.override_reason };
        Ok(Plan {
            entry: entry.of_subject(&joined(&months)).because(reason),
            rests_on: Vec::new(),
            touches: Vec::new(),
            writes: self.retired_writes(&months, &row)?,
            sealed_under: Vec::new(),
            outcome: Outcome { subject: joined(&months), revision: Revision::ABSENT },
        })
    }

    /// The months asked about that have lost their keys and of which no entry says so yet.
    fn untold_months(&self, asked: impl Fn(Month) -> bool, settings: &Settings) -> Vec<Month> {
        let mut months = self.forgotten_months(asked);
        months.retain(|month| month.number() > settings.retired_through);
        months
    }

    fn retired_writes(&self, months: &[Month], row: &Revised<Settings>) -> Result<Vec<Write>, Error> {
        let Some(last) = months.last() else { return Ok(Vec::new()) };
        let retired_through = last.number().max(row.content.retired_through);
        let settings = Settings { retired_through, ..row.content };
        Ok(vec![self.write_row(settings_key(), row.revision, &settings)?])
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

    /// The months asked about that have no key any more, rising.
    fn forgotten_months(&self, asked: impl Fn(Month) -> bool) -> Vec<Month> {
        let keyring = self.keyring.load();
        keyring.ledger_months().filter(|month| asked(*month) && keyring.forgot_month(*month)).collect()
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

/// The months as an entry names them, rising.
fn joined(months: &[Month]) -> String {
    months.iter().map(Month::to_string).collect::<Vec<_>>().join(",")
}

/// What the entry says where there was nothing to destroy.
const NOTHING_DUE: &str = "nothing-to-retire";
/// What the entry says where the run that destroyed the keys ended before it.
const CUT_SHORT: &str = "completed-at-start";
