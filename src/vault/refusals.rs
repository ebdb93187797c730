//! Refusals: each is an entry, until one caller makes so many that counting them says more than listing them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::commit::work::Work;
use crate::ledger::draft::Draft;
use crate::ledger::entry::Entry;
use crate::ledger::event::Event;
use crate::model::caller::Caller;
use crate::model::ids::{CallerName, MemberId};
use crate::policy::ask::{Ask, Stated};
use crate::policy::refusal::Refusal;
use crate::vault::Vault;
use crate::vault::error::Error;

/// Counts each caller's refusals by the second.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    callers: Mutex<HashMap<CallerName, Meter>>,
}

#[derive(Debug, Clone, Copy)]
struct Meter {
    second: Timestamp,
    listed: u32,
    counted: u64,
}

impl Vault {
    /// Writes the refusal of a view down and makes it the error to answer with.
    pub(super) async fn refuse(&self, ask: &Ask, refusal: Refusal) -> Error {
        self.write_refusal(&ask.caller, refusal, |entry| self.with_ask(entry, ask)).await
    }

    /// Writes the refusal of any other answer down and makes it the error to answer with.
    pub(super) async fn refuse_answer(
        &self,
        caller: &Caller,
        stated: &Stated,
        member: Option<MemberId>,
        refusal: Refusal,
    ) -> Error {
        let told = |entry: Entry| {
            let entry = self.with_purpose(entry, stated);
            match member {
                Some(member) => entry.about(member),
                None => entry,
            }
        };
        self.write_refusal(caller, refusal, told).await
    }

    /// The entry with what was asked, whatever comes of it.
    ///
    /// What names nothing on record is the caller's own text, and may be anything: it is left out.
    pub(super) fn with_ask(&self, entry: Entry, ask: &Ask) -> Entry {
        let mut entry = self.with_purpose(entry, &ask.purpose).about(ask.member);
        if ask.recipient.party().is_none() || matches!(self.party_of(&ask.recipient), Ok(Some(_))) {
            entry.leaf.recipient = (&ask.recipient).into();
        }
        entry.leaf.bases.clone_from(&ask.bases);
        entry
    }

    /// The entry with the purpose stated, if the policy has it.
    fn with_purpose(&self, mut entry: Entry, stated: &Stated) -> Entry {
        if let Stated::Named(purpose) = stated
            && self.policy().purpose(purpose).is_some()
        {
            entry.leaf.purpose = purpose.into();
        }
        entry
    }

    /// Writes down that a caller was turned away before anything was weighed.
    ///
    /// The answer does not wait for the entry: nothing leaves the vault with it.
    pub(super) fn turned_away(&self, caller: &Caller, member: Option<MemberId>, reason: &'static str) {
        self.meter.refused(reason);
        if !self.refusals.admit(&caller.name, self.now()) {
            return;
        }
        let submitted = self.entry(Event::Refused, &caller.name).map(|entry| {
            let entry = match member {
                Some(member) => entry.about(member),
                None => entry,
            };
            self.committer.submit(Work::entry(Draft::new(entry.because(reason))))
        });
        if !matches!(submitted, Ok(Ok(()))) {
            self.refusals.count(&caller.name, 1, self.now());
        }
    }

    async fn write_refusal(&self, caller: &Caller, refusal: Refusal, told: impl FnOnce(Entry) -> Entry) -> Error {
        self.meter.refused(refusal.reason().name());
        if !self.refusals.admit(&caller.name, self.now()) {
            return Error::Refused { refusal, receipt: None };
        }
        let entry = match self.entry(Event::Refused, &caller.name) {
            Ok(entry) => told(entry.because(refusal.reason().name())),
            Err(error) => return error,
        };
        match self.note(entry).await {
            Ok(receipt) => Error::Refused { refusal, receipt: Some(receipt) },
            Err(error) => error,
        }
    }
}

impl Refusals {
    /// Whether this refusal gets an entry of its own; if not, it has been counted.
    pub(super) fn admit(&self, caller: &CallerName, now: Timestamp) -> bool {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Meter { second: now, listed: 0, counted: 0 };
        let meter = callers.entry(caller.clone()).or_insert(fresh);
        if meter.second.duration_until(now) >= SignedDuration::from_secs(1) {
            meter.second = now;
            meter.listed = 0;
        }
        let listed = meter.listed < MAX_LISTED_A_SECOND;
        if listed {
            meter.listed += 1;
        } else {
            meter.counted += 1;
        }
        listed
    }

    /// Counts refusals that could not get an entry of their own.
    pub(super) fn count(&self, caller: &CallerName, refusals: u64, now: Timestamp) {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        callers.entry(caller.clone()).or_insert(Meter { second: now, listed: 0, counted: 0 }).counted += refusals;
    }

    /// What has been counted since this was last asked, by caller.
    pub(super) fn take_counts(&self) -> Vec<(CallerName, u64)> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = callers.iter_mut().filter(|(_, meter)| meter.counted > 0);
        counted.map(|(caller, meter)| (caller.clone(), std::mem::take(&mut meter.counted))).collect()
    }
}

/// Refusals of one caller that are listed one by one, a second.
const MAX_LISTED_A_SECOND: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_none_is_lost() {
        let refusals = Refusals::default();
        let caller = CallerName::parse("shop").unwrap_or_else(|_| unreachable!());
        let now = Timestamp::UNIX_EPOCH;
        let listed = (0..250).filter(|_| refusals.admit(&caller, now)).count();
        assert_eq!(listed, 100);
        assert_eq!(refusals.take_counts(), [(caller, 150)]);
        assert_eq!(refusals.take_counts(), []);
    }
}
