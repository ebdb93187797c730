//! Account: every release about a member, or to a party, told to those it concerns.

use std::collections::HashSet;
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::ledger::event::Event;
use crate::ledger::outcome::Outcome;
use crate::ledger::query::{Filter, Order};
use crate::ledger::reader::{Found, ReadEntry};
use crate::model::caller::{Caller, Role};
use crate::model::ids::{BasisId, MemberId, PartyId, PurposeId};
use crate::model::party::Party;
use crate::policy::authorise::calls_itself;
use crate::policy::reason::Reason;
use crate::vault::Vault;
use crate::vault::error::Error;
use crate::vault::ledger::READERS;

/// Whose account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// A member's: what was released about them.
    Member(MemberId),
    /// A party's: what was released to it.
    Party(PartyId),
}

/// A release, with what the register and the policy say of it today.
#[derive(Debug)]
pub struct Disclosure {
    /// The entry.
    pub entry: ReadEntry,
    /// The recipient, if it is registered.
    pub party: Option<Party>,
    /// The clause its purpose stands in.
    pub clause: Option<String>,
    /// The bases: id, kind, and the outside document, if the basis is still there.
    pub bases: Vec<(BasisId, String, Option<String>)>,
    /// Whether it failed to open, so that nothing was received.
    pub not_released: bool,
    /// The proof, if it was asked for.
    pub proof: Option<String>,
}

/// A page of an account.
#[derive(Debug)]
pub struct AccountPage {
    /// The releases, newest first.
    pub disclosures: Vec<Disclosure>,
    /// Behind which index the next page begins.
    pub next: Option<u64>,
}

/// What the ledger cannot tell of any more.
#[derive(Debug, Default)]
pub struct Gaps {
    /// Up to how many entries are past retention.
    pub forgotten: u64,
    /// The origin of the ledger before this one, in hexadecimal digits, where the vault was restored.
    pub previous_origin: Option<String>,
}

impl Vault {
    /// What is in no account, because the ledger cannot tell of it any more.
    pub fn gaps(&self) -> Result<Gaps, Error> {
        let forgotten = self.ledger.forgotten(Timestamp::MIN, Timestamp::MAX)?;
        Ok(Gaps { forgotten, previous_origin: self.previous_origin()? })
    }

    /// The origin of the ledger before this one: the first entry of a restored vault tells it.
    pub(super) fn previous_origin(&self) -> Result<Option<String>, Error> {
        let Found::Entry(first) = self.ledger.at(0)? else { return Ok(None) };
        Ok(first.previous_origin())
    }

    /// Lets in who may have the account.
    ///
    /// A member's: auditors, officers, and callers with the member's own assertion. A party's: auditors, officers, and
    /// the party itself.
    pub fn admit_to_account(&self, caller: &Caller, of: &Account, asserted: Option<MemberId>) -> Result<(), Error> {
        self.admit(caller, &[])?;
        if READERS.iter().any(|role| caller.has(*role)) { Ok(()) } else { self.admit_own(caller, of, asserted) }
    }

    /// Writes down that an account is read.
    pub async fn begin_account(&self, caller: &Caller, of: &Account) -> Result<(), Error> {
        let entry = self.entry(Event::LedgerRead, &caller.name)?;
        let entry = match of {
            Account::Member(member) => entry.about(*member),
            Account::Party(party) => entry.of_subject(party),
        };
        self.note(entry).await.map(drop)
    }

    fn admit_own(&self, caller: &Caller, of: &Account, asserted: Option<MemberId>) -> Result<(), Error> {
        match of {
            Account::Member(member) => {
                self.check_role(caller, &[Role::Discloser, Role::Collector])?;
                if asserted == Some(*member) {
                    return Ok(());
                }
                self.turned_away(caller, Some(*member), Reason::AssertionInvalid.name());
                Err(Error::AssertionInvalid)
            }
            Account::Party(id) => match self.party_row(id)? {
                Some(party) if calls_itself(&party.content, caller) => Ok(()),
                Some(_) | None => self.check_role(caller, &READERS),
            },
        }
    }

    /// A page of an account, newest release first, for a caller that was [let in](Self::admit_to_account).
    pub fn account(&self, of: &Account, after: Option<u64>, limit: usize) -> Result<AccountPage, Error> {
        let filter = match of {
            Account::Member(member) => Filter { member: Some(*member), ..Filter::default() },
            Account::Party(party) => Filter { recipient: Some(party.to_string()), ..Filter::default() },
        };
        let mut failed = self.failed_after(&filter, after)?;
        let (mut releases, mut next, mut looked_at) = (Vec::new(), None, 0);
        let range = 0..after.unwrap_or(u64::MAX);
        let walked = self.ledger.walk(&filter, Order::NewestFirst, range, |entry| {
            looked_at += 1;
            let is_of_it = filter.admits(&entry);
            let is_release = is_of_it && Outcome::of(entry.leaf.event) == Some(Outcome::Granted);
            if looked_at > LOOK_AT || is_release && releases.len() == limit {
                return ControlFlow::Break(());
            }
            next = Some(entry.index);
            if is_of_it {
                failed.extend(failed_release(&entry));
            }
            if is_release {
                releases.push(entry);
            }
            ControlFlow::Continue(())
        })?;
        let disclosures = releases.into_iter().map(|entry| self.disclosure(entry, &failed));
        Ok(AccountPage {
            disclosures: disclosures.collect::<Result<_, _>>()?,
            next: next.filter(|_| walked.is_break()),
        })
    }

    /// Adds to each release of a page the proof that it is in the ledger.
    pub async fn prove_account(&self, page: &mut AccountPage) -> Result<(), Error> {
        for disclosure in &mut page.disclosures {
            disclosure.proof = Some(self.proof_text(&disclosure.entry).await?);
        }
        Ok(())
    }

    /// The releases that are told to have failed shortly behind a page's end: what failed on the page itself is seen.
    fn failed_after(&self, filter: &Filter, after: Option<u64>) -> Result<HashSet<String>, Error> {
        let mut failed = HashSet::new();
        let Some(after) = after else { return Ok(failed) };
        let mut looked_at = 0;
        let _ = self.ledger.walk(filter, Order::OldestFirst, after..u64::MAX, |entry| {
            looked_at += 1;
            failed.extend(failed_release(&entry));
            if looked_at < FAILS_WITHIN { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(failed)
    }

    fn disclosure(&self, entry: ReadEntry, failed: &HashSet<String>) -> Result<Disclosure, Error> {
        let leaf = &entry.leaf;
        let party = PartyId::parse(&leaf.recipient).ok();
        let party = party.map_or(Ok(None), |id| self.party_row(&id))?.map(|row| row.content);
        let policies = self.policies.load();
        let purpose = PurposeId::parse(&leaf.purpose).ok();
        let clause = purpose.and_then(|purpose| Some(policies.current().purpose(&purpose)?.clause().to_string()));
        let mut bases = Vec::with_capacity(leaf.bases.len());
        for (position, id) in leaf.bases.iter().enumerate() {
            let Ok(id) = <[u8; 16]>::try_from(id.as_slice()) else { continue };
            let id = BasisId::from_bytes(id);
            let kind = leaf.basis_kinds.get(position).cloned().unwrap_or_default();
            bases.push((id, kind, self.basis_row(id)?.map(|row| row.content.reference)));
        }
        let id = hex::encode(&leaf.entry_id);
        Ok(Disclosure { not_released: failed.contains(&id), party, clause, bases, entry, proof: None })
    }
}

/// Which release the entry tells to have failed, by the hexadecimal digits of its id.
fn failed_release(entry: &ReadEntry) -> Option<String> {
    let fails = Outcome::of(entry.leaf.event) == Some(Outcome::NotReleased);
    fails.then(|| entry.leaf.subject.replace('-', ""))
}

/// Entries one page looks at.
const LOOK_AT: usize = 65_536;
/// The entry that a release has failed comes right behind it; others about the same member may come between.
const FAILS_WITHIN: usize = 64;
