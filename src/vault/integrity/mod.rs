//! Integrity: everything that is stored checked against its seals, against itself and against the ledger.
//!
//! Every row is opened and nothing of it kept. Beside a running vault, what looks broken is looked at again until it has
//! stood still, so that a change under way is no finding.

mod finding;
mod history;
mod members;
mod register;

use std::cell::Cell;
use std::sync::Arc;

use crate::commit::work::Work;
use crate::ledger::accounted::Accounted;
use crate::ledger::draft::Draft;
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::policy::table::Policy;
use crate::record::permit::Check;
use crate::store::StoreError;
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Row;
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::audit::{Before, LedgerVerdict};
use crate::vault::error::Error;

pub use crate::vault::integrity::finding::{Break, Fault, Findings, Place};

/// What is being checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// What the ledger says of every member's record is read.
    History,
    /// The rows of the store.
    Store,
    /// The ledger.
    Ledger,
}

/// How far a check is: so many steps of a stage, of so many.
pub type OnProgress<'a> = &'a mut dyn FnMut(Stage, u64, u64);

/// What a check of everything found.
#[derive(Debug)]
pub struct VaultVerdict {
    /// What was found in the store.
    pub store: Findings,
    /// What was found in the ledger.
    pub ledger: LedgerVerdict,
}

/// What a check works with.
struct Bench<'a> {
    vault: &'a Vault,
    permit: &'a Accounted<Check>,
    newest_first: Vec<Arc<Policy>>,
    found: Findings,
    done: u64,
    total: u64,
    /// Whether a rotation has brought records under other keys while this check ran, as far as the ledger was looked at.
    resealed_meanwhile: Cell<bool>,
    looked_to: Cell<u64>,
}

impl VaultVerdict {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.store.is_ok() && self.ledger.is_ok()
    }

    /// What is broken, in words, each with its place and without a value.
    #[must_use]
    pub fn breaks(&self) -> Vec<String> {
        let store = self.store.breaks().iter().map(Break::to_string);
        store.chain(self.ledger.breaks()).collect()
    }
}

impl Vault {
    /// Writes down that the caller has everything checked, and gives leave to open what is stored for that; needs the
    /// role `auditor`, `officer` or `operator`.
    ///
    /// It is answered once a checkpoint covers what had happened until then.
    pub async fn begin_check(&self, caller: &Caller) -> Result<(Accounted<Check>, Before), Error> {
        self.admit(caller, &[Role::Auditor, Role::Officer, Role::Operator])?;
        let before = self.before_check();
        let permit = self.permit(caller, &self.entry(Event::VaultVerified, &caller.name)?, Check).await?;
        self.proofs.covering(permit.receipt().index()).await?;
        Ok((permit, before))
    }

    /// The same for whoever has the data folder and the root key, and no server.
    pub async fn begin_check_at_rest(&self) -> Result<(Accounted<Check>, Before), Error> {
        let before = self.before_check();
        let (draft, pending) = Draft::pending(self.vault_entry(Event::VaultVerified)?, Check);
        let durable = self.committer.commit(Work::entry(draft)).await?;
        let permit = pending.account(durable)?;
        self.proofs.covering(permit.receipt().index()).await?;
        Ok((permit, before))
    }

    /// Checks everything that is stored, then the ledger; it takes a while, and a thread of its own.
    pub fn check(
        &self,
        (permit, before): (&Accounted<Check>, Before),
        progress: OnProgress<'_>,
    ) -> Result<VaultVerdict, Error> {
        let mut newest_first: Vec<Arc<Policy>> = self.policies.load().all().map(Arc::clone).collect();
        newest_first.reverse();
        let mut bench = Bench {
            vault: self,
            permit,
            newest_first,
            found: Findings::default(),
            done: 0,
            total: 0,
            resealed_meanwhile: Cell::new(false),
            looked_to: Cell::new(permit.receipt().index()),
        };
        bench.check_members(progress)?;
        bench.check_register(progress)?;
        let found = bench.found;
        let ledger = self.audit(before, |done, total| progress(Stage::Ledger, done, total))?;
        Ok(VaultVerdict { store: found, ledger })
    }
}

impl Bench<'_> {
    /// Visits the rows of a table in the order of their keys; a table that cannot be read on is a finding.
    fn each_row(
        &mut self,
        table: Table,
        mut visit: impl FnMut(&mut Self, Key, Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let prefix = KeyPrefix::table(table);
        let mut after: Option<Key> = None;
        loop {
            let rows = match self.vault.store.scan(&prefix, after.as_ref(), PAGE) {
                Ok(rows) => rows,
                Err(StoreError::Stopped) => return Err(Error::StoreUnavailable(StoreError::Stopped)),
                Err(error) => {
                    self.found.add(Place::Table(table), Fault::Unreadable(error.to_string()));
                    return Ok(());
                }
            };
            let Some((last, _)) = rows.last() else { return Ok(()) };
            after = Some(last.clone());
            for (key, row) in rows {
                visit(self, key, row)?;
            }
        }
    }

    /// Looks at a row, and where that finds something, again until the row stands still or there is nothing to find.
    ///
    /// What changes with a row lies in the same commit group, so a row that was the same before and after a look was
    /// seen together with what belongs to it.
    fn steadily(
        &self,
        (key, mut row): (&Key, Row),
        look: impl Fn(&Row) -> Result<Vec<(Place, Fault)>, Error>,
    ) -> Result<Vec<(Place, Fault)>, Error> {
        loop {
            let found = look(&row)?;
            if found.is_empty() {
                return Ok(found);
            }
            match self.get(key)? {
                Some(again) if again == row => return Ok(found),
                Some(again) => row = again,
                None => return Ok(Vec::new()),
            }
        }
    }

    fn get(&self, key: &Key) -> Result<Option<Row>, Error> {
        self.vault.store.get(key).map_err(Error::StoreUnavailable)
    }

    fn step(&mut self, progress: OnProgress<'_>) {
        self.done += 1;
        if self.done.is_multiple_of(PROGRESS_EVERY) {
            progress(Stage::Store, self.done, self.total.max(self.done));
        }
    }
}

const PAGE: usize = 512;
const PROGRESS_EVERY: u64 = 256;
