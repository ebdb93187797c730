//! Housekeeping: what the vault does by itself now and then.

use std::convert::Infallible;
use std::time::Duration;

use crate::commit::remembered::Remembered;
use crate::commit::work::{Work, Write};
use crate::ledger::draft::Draft;
use crate::ledger::event::Event;
use crate::store::key::{Key, KeyPrefix};
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::error::Error;

impl Vault {
    /// Writes counted refusals down, erases whose grace period is over, forgets old request ids, destroys what is kept of the
    /// erased past its term and makes the ledger keys of months to come, for ever; run it as a task beside the server.
    pub async fn keep_house(&self) -> Infallible {
        let mut rounds = tokio::time::interval(ROUND);
        let mut round: u32 = 0;
        loop {
            rounds.tick().await;
            self.try_step("counted refusals", self.write_counted_refusals().await);
            if round.is_multiple_of(ROUNDS_TO_ERASE) {
                self.try_step("erasures that are due", self.erase_due().await);
            }
            if round.is_multiple_of(ROUNDS_TO_SWEEP) {
                self.try_step("old request ids", self.forget_requests().await);
                self.try_step("what is kept of the erased", self.destroy_lapsed().await);
                self.try_step("ledger keys", self.make_due_ledger_keys().await);
            }
            round = round.wrapping_add(1);
        }
    }

    fn try_step<E: std::error::Error>(&self, step: &str, result: Result<(), E>) {
        if let Err(error) = result {
            tracing::warn!(vault = %self.id, step, %error, "housekeeping will try again");
        }
    }

    async fn write_counted_refusals(&self) -> Result<(), Error> {
        for (caller, count) in self.refusals.take_counts() {
            let mut entry = self.entry(Event::RefusalsCounted, &caller)?;
            entry.leaf.count = count;
            if let Err(error) = self.note(entry).await {
                self.refusals.count(&caller, count, self.now());
                tracing::warn!(vault = %self.id, %error, "counted refusals are written down later");
            }
        }
        Ok(())
    }

    async fn forget_requests(&self) -> Result<(), Error> {
        let requests = KeyPrefix::table(Table::Request);
        let mut after: Option<Key> = None;
        loop {
            let rows = self.store.scan(&requests, after.as_ref(), SWEEP).map_err(Error::StoreUnavailable)?;
            let Some((last, _)) = rows.last() else {
                return Ok(());
            };
            after = Some(last.clone());
            let mut old = Vec::new();
            for (key, row) in rows {
                if self.is_forgettable(&self.open_row::<Remembered>(&key, &row)?.content) {
                    old.push(Write::remove(key, row.revision()));
                }
            }
            self.remove_requests(old).await?;
            tokio::task::yield_now().await;
        }
    }

    async fn remove_requests(&self, old: Vec<Write>) -> Result<(), Error> {
        if old.is_empty() {
            return Ok(());
        }
        let mut entry = self.vault_entry(Event::RequestsForgotten)?;
        entry.leaf.count = old.len() as u64;
        let work = Work::entry(Draft::new(entry)).writing(old);
        self.committer.commit(work).await.map(drop).map_err(Error::from)
    }
}

const ROUND: Duration = Duration::from_secs(10);
/// Once a minute.
const ROUNDS_TO_ERASE: u32 = 6;
/// Once an hour.
const ROUNDS_TO_SWEEP: u32 = 360;
/// Rows looked at, and at most removed, in one go.
const SWEEP: usize = 500;
