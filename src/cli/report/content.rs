//! What a report says, whatever shape it takes.

use std::collections::BTreeSet;

use fubako_proto::v1::LedgerEntry;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::cli::report::Record;
use crate::cli::report::gather::Gathered;
use crate::cli::report::period::{self, Period};
use crate::cli::report::processing::{self, Activity};
use crate::cli::report::provisions::Provision;
use crate::cli::report::recipient::is_outside;
use crate::cli::report::tally::Tallies;

/// A report: what it is about, how many releases there were, and the records that were asked for.
#[derive(Debug)]
pub(super) struct Content {
    head: Head,
    period: Period,
    tallies: Tallies,
    provisions: Option<Vec<Provision>>,
    processing: Option<Vec<Activity>>,
}

/// What a report is about. Its fields are the keys of the JSON form.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    #[serde(serialize_with = "period::serialize")]
    pub(super) from: Zoned,
    #[serde(serialize_with = "period::serialize")]
    pub(super) until: Zoned,
    pub(super) time_zone: String,
    #[serde(serialize_with = "period::serialize")]
    pub(super) made: Zoned,
    pub(super) vault: String,
    /// How many entries the ledger held when it was read.
    pub(super) ledger_entries: u64,
    pub(super) policy: String,
    pub(super) policy_version: u32,
    pub(super) policy_effective: String,
    pub(super) controller: Option<String>,
    /// Granted releases that failed to open: nothing was given, and they are counted nowhere else.
    pub(super) not_released: usize,
    /// What the ledger cannot tell of any more.
    pub(super) gaps: Vec<String>,
    /// How many members' data was given to third parties or the public.
    pub(super) members_given: usize,
    pub(super) recipients_given: usize,
}

impl Content {
    /// Makes the records from what was read.
    pub(super) fn of(gathered: &Gathered, period: &Period, record: Record, controller: Option<&str>) -> Self {
        let mut tallies = Tallies::default();
        let given: Vec<(&LedgerEntry, Timestamp)> = gathered.given().collect();
        for (entry, time) in &given {
            tallies.count(&entry.purpose, &entry.recipient_class, &period.local(*time));
        }
        let outside = || given.iter().filter(|(entry, _)| is_outside(&entry.recipient_class));
        let provision = |(entry, time): &(&LedgerEntry, Timestamp)| {
            Provision::of(entry, period.local(*time), gathered.register(), gathered.policies())
        };
        let provisions = (record != Record::Processing).then(|| outside().map(provision).collect());
        let processing = (record != Record::Provisions).then(|| processing::activities(gathered.policies(), &tallies));
        let members: BTreeSet<&str> = outside().map(|(entry, _)| entry.member_id.as_str()).collect();
        let recipients: BTreeSet<&str> = outside().map(|(entry, _)| entry.recipient.as_str()).collect();
        let policy = gathered.policies().summary();
        let head = Head {
            from: period.from(),
            until: period.until(),
            time_zone: period.zone_name().to_owned(),
            made: period.local(gathered.made()),
            vault: gathered.vault_id().to_owned(),
            ledger_entries: gathered.ledger_entries(),
            policy: policy.name,
            policy_version: policy.version,
            policy_effective: policy.effective_date,
            controller: controller.map(ToOwned::to_owned),
            not_released: gathered.not_released(),
            gaps: gathered.gaps(),
            members_given: members.len(),
            recipients_given: recipients.len(),
        };
        Self { head, period: period.clone(), tallies, provisions, processing }
    }

    pub(super) const fn head(&self) -> &Head {
        &self.head
    }

    pub(super) const fn period(&self) -> &Period {
        &self.period
    }

    pub(super) const fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// The provisions in the order of the ledger, if they were asked for.
    pub(super) fn provisions(&self) -> Option<&[Provision]> {
        self.provisions.as_deref()
    }

    /// The processing activities in the order of the policy, if they were asked for.
    pub(super) fn processing(&self) -> Option<&[Activity]> {
        self.processing.as_deref()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use fubako_proto::v1::EntryOutcome;

    use super::*;
    use crate::cli::report::fixture::{Year, release};

    fn recipients(content: &Content) -> Vec<(&str, &str)> {
        let provisions = content.provisions().unwrap().iter();
        provisions.map(|line| (line.recipient.id.as_str(), line.recipient.standing.as_str())).collect()
    }

    #[test]
    fn the_marketplace_and_members_are_no_third_parties_and_the_public_is_told_as_such() {
        let content = Year::busy().content(Record::Both);
        let expected = [("aoyama", "active"), ("evil", "active"), ("gone", "not-registered"), ("public", "public")];
        assert_eq!(recipients(&content), expected);
        assert_eq!((content.tallies().all().total(), content.tallies().all().outside()), (6, 4));
        assert_eq!((content.head().recipients_given, content.head().members_given), (4, 1));
    }

    #[test]
    fn a_release_that_failed_to_open_gave_nothing() {
        let mut year = Year::busy();
        let failed = LedgerEntry { subject: "entry-1".to_owned(), ..release(6, "", "", "") };
        year.entries.push(LedgerEntry { outcome: EntryOutcome::NotReleased.into(), ..failed });
        let content = year.content(Record::Both);
        assert!(!recipients(&content).iter().any(|(id, _)| *id == "evil"));
        assert_eq!((content.head().not_released, content.tallies().all().outside()), (1, 3));
    }

    #[test]
    fn only_granted_releases_of_the_period_count() {
        let mut year = Year::busy();
        year.entries.truncate(1);
        let early = Some(prost_types::Timestamp { seconds: 0, nanos: 0 });
        year.entries.push(LedgerEntry { entry_time: early, ..release(1, "delivery", "aoyama", "seller") });
        let refused = EntryOutcome::Refused.into();
        year.entries.push(LedgerEntry { outcome: refused, ..release(2, "delivery", "aoyama", "seller") });
        assert_eq!(year.content(Record::Both).tallies().all().total(), 1);
    }

    #[test]
    fn a_release_counts_for_the_day_it_had_where_the_report_is_made() {
        let content = Year::busy().content(Record::Both);
        let days: Vec<String> = content.tallies().by_day().keys().map(ToString::to_string).collect();
        assert_eq!(days, ["2026-11-24"]);
    }

    #[test]
    fn only_the_record_that_was_asked_for_is_made() {
        let year = Year::busy();
        let made = |record| {
            let content = year.content(record);
            (content.provisions().is_some(), content.processing().is_some())
        };
        assert_eq!(made(Record::Provisions), (true, false));
        assert_eq!(made(Record::Processing), (false, true));
        assert_eq!(made(Record::Both), (true, true));
    }
}
