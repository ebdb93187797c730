//! Reading what a report is made from: the ledger, the register, and the versions of the policy.

use std::collections::{BTreeMap, BTreeSet};

use fubako_proto::client::Client;
use fubako_proto::v1::{
    EntryOrder, EntryOutcome, GetPolicyRequest, GetStatusRequest, GetStatusResponse, LedgerEntry, ListEntriesRequest,
    ListPartiesRequest,
};
use jiff::Timestamp;

use crate::cli::clock::now;
use crate::cli::error::Error;
use crate::cli::gaps;
use crate::cli::progress::Progress;
use crate::cli::report::period::Period;
use crate::cli::report::policies::Policies;
use crate::cli::report::recipient::Register;
use crate::cli::wire;

/// What a report is made from.
#[derive(Debug)]
pub(super) struct Gathered {
    made: Timestamp,
    status: GetStatusResponse,
    releases: Releases,
    register: Register,
    policies: Policies,
}

/// The releases of a period.
#[derive(Default, Debug)]
pub(super) struct Releases {
    /// Oldest first.
    granted: Vec<LedgerEntry>,
    /// The ids of granted releases that then failed to open.
    failed: BTreeSet<String>,
}

impl Releases {
    /// Keeps an entry, if it is a release of the period or tells that a release failed.
    pub(super) fn take(&mut self, entry: LedgerEntry, period: &Period) {
        match entry.outcome() {
            EntryOutcome::Granted if entry_time(&entry).is_some_and(|time| period.contains(time)) => {
                self.granted.push(entry);
            }
            EntryOutcome::NotReleased => drop(self.failed.insert(entry.subject)),
            EntryOutcome::Granted | EntryOutcome::Refused | EntryOutcome::Done | EntryOutcome::Unspecified => {}
        }
    }
}

impl Gathered {
    #[cfg(test)]
    pub(super) fn new(
        made: Timestamp,
        status: GetStatusResponse,
        releases: Releases,
        register: Register,
        policies: Policies,
    ) -> Self {
        Self { made, status, releases, register, policies }
    }

    pub(super) const fn made(&self) -> Timestamp {
        self.made
    }

    pub(super) fn vault_id(&self) -> &str {
        &self.status.vault_id
    }

    pub(super) const fn ledger_entries(&self) -> u64 {
        self.status.entry_count
    }

    pub(super) fn gaps(&self) -> Vec<String> {
        gaps::told(self.status.ledger_gaps.as_ref())
    }

    pub(super) const fn register(&self) -> &Register {
        &self.register
    }

    pub(super) const fn policies(&self) -> &Policies {
        &self.policies
    }

    /// The releases that may have been received, with their times, oldest first.
    pub(super) fn given(&self) -> impl Iterator<Item = (&LedgerEntry, Timestamp)> {
        let opened = self.releases.granted.iter().filter(|entry| !self.releases.failed.contains(&entry.entry_id));
        opened.filter_map(|entry| Some((entry, entry_time(entry)?)))
    }

    /// How many were granted and then failed to open.
    pub(super) fn not_released(&self) -> usize {
        self.releases.granted.iter().filter(|entry| self.releases.failed.contains(&entry.entry_id)).count()
    }
}

/// When an entry was made.
fn entry_time(entry: &LedgerEntry) -> Option<Timestamp> {
    let time = entry.entry_time.as_ref()?;
    Timestamp::new(time.seconds, time.nanos).ok()
}

/// Reads everything.
pub(super) async fn gather(client: &Client, period: &Period) -> Result<Gathered, Error> {
    let status = client.get_status(GetStatusRequest::default()).await?;
    let releases = releases(client, period, status.entry_count).await?;
    let register = register(client).await?;
    let policies = policies(client, &releases).await?;
    Ok(Gathered { made: now(), status, releases, register, policies })
}

/// Reads the releases of a period, out of about so many entries.
async fn releases(client: &Client, period: &Period, entries: u64) -> Result<Releases, Error> {
    let mut progress = Progress::of(entries, "entries of the ledger");
    let mut releases = Releases::default();
    let mut page_token = String::new();
    loop {
        // Not by outcome: what was granted and then failed to open is told by an entry of its own.
        let filter = Some(period.to_filter());
        let mut request = ListEntriesRequest { page_size: PAGE, page_token, filter, ..ListEntriesRequest::default() };
        request.set_order(EntryOrder::OldestFirst);
        let page = client.list_entries(request).await?;
        if let Some(last) = page.entries.last() {
            progress.reach(last.index, entries);
        }
        page.entries.into_iter().for_each(|entry| releases.take(entry, period));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(releases);
        }
    }
}

async fn register(client: &Client) -> Result<Register, Error> {
    let mut register = Register::new();
    let mut page_token = String::new();
    loop {
        let page = client
            .list_parties(ListPartiesRequest { page_size: PAGE, page_token, ..ListPartiesRequest::default() })
            .await?;
        let named = page.parties.into_iter().filter_map(|party| Some((party.details.clone()?.party_id, party)));
        register.extend(named);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(register);
        }
    }
}

/// The policy in force, and every version a release was granted under.
async fn policies(client: &Client, releases: &Releases) -> Result<Policies, Error> {
    let read = async |version| {
        let answer = client.get_policy(GetPolicyRequest { version }).await?;
        wire::sent(answer.policy, "policy")
    };
    let current = read(0).await?;
    let number = current.summary.as_ref().map_or(0, |summary| summary.version);
    let mut versions = BTreeMap::from([(number, current)]);
    let used: BTreeSet<u32> = releases.granted.iter().map(|entry| entry.policy_version).collect();
    for version in used.into_iter().filter(|version| *version != number) {
        versions.insert(version, read(version).await?);
    }
    Ok(Policies::new(number, versions))
}

const PAGE: i32 = 1000;
