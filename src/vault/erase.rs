//! Erase: everything about a member leaves the live store: record, preferences, bases, places in the index.

use std::future::ready;

use crate::commit;
use crate::commit::remembered::Outcome;
use crate::commit::work::{Work, Write};
use crate::ledger::draft::Draft;
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{MemberId, Revision};
use crate::policy::reason::Reason;
use crate::record::tags;
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Row;
use crate::vault::Vault;
use crate::vault::error::Error;
use crate::vault::mutation::{Done, Plan, Request};

/// The erasure of a member.
#[derive(Debug)]
pub struct Erasure {
    /// The member.
    pub member: MemberId,
    /// The member who asks for it themself, by a verified assertion.
    pub asserted: Option<MemberId>,
    /// The revision the caller saw; [`Revision::ABSENT`] if it does not care.
    pub expected: Revision,
    /// Why, by a stable word of the caller's; it goes into the ledger.
    pub reason: String,
}

impl Vault {
    /// Erases a member; needs the role `officer`, or `collector` with the member's own assertion.
    ///
    /// The level reached is `erased` (DESIGN: gone from the live store); older levels rest on keys being destroyed.
    pub async fn erase(&self, request: Request<'_>, erasure: &Erasure) -> Result<Done, Error> {
        self.admit_for(request.caller, erasure.member, erasure.asserted)?;
        self.remove_surplus_bases(request.caller, erasure.member).await?;
        self.mutate(request, || ready(self.plan_erase(request, erasure))).await
    }

    /// Lets in an officer, or a collector that brings the member's own assertion.
    pub(super) fn admit_for(&self, caller: &Caller, member: MemberId, asserted: Option<MemberId>) -> Result<(), Error> {
        self.admit(caller, &[Role::Officer, Role::Collector])?;
        if caller.has(Role::Officer) || asserted == Some(member) {
            return Ok(());
        }
        self.turned_away(caller, Some(member), Reason::AssertionInvalid.name());
        Err(Error::AssertionInvalid)
    }

    fn plan_erase(&self, request: Request<'_>, erasure: &Erasure) -> Result<Plan, Error> {
        let member = erasure.member;
        let record = self.record_row(member)?.ok_or(Error::MemberNotFound)?;
        if erasure.expected != Revision::ABSENT && erasure.expected != record.revision() {
            return Err(Error::RevisionStale { current: record.revision() });
        }
        let preferences = self.preferences_row(member)?.ok_or(Error::MemberNotFound)?;
        // A record that was tampered with can still be erased; then only its places in the index stay behind.
        let listed = tags::of_record(&record, &self.keyring.load()).unwrap_or_default();
        let mut writes = self.relist(member, &listed, &[])?;
        writes.extend(self.basis_removals(&self.bases_listed(member)?)?);
        writes.push(Write::remove(Key::record(member), record.revision()));
        writes.push(Write::remove(Key::preferences(member), preferences.revision));
        // The id is never given to anyone again: old bases and old copies of the record must not find a new owner.
        writes.push(Write::put(Key::retained(member), Row::new(Revision::ABSENT.next(), Vec::new())?));
        let entry = self.entry(Event::Erased, &request.caller.name)?.about(member).because(&erasure.reason);
        Ok(Plan {
            entry,
            rests_on: Vec::new(),
            touches: Vec::new(),
            writes,
            sealed_under: Vec::new(),
            outcome: Outcome { subject: member.to_string(), revision: Revision::ABSENT },
        })
    }

    /// Removes bases group by group until so few are left that they go in one with everything else.
    async fn remove_surplus_bases(&self, caller: &Caller, member: MemberId) -> Result<(), Error> {
        loop {
            let listed = self.bases_listed(member)?;
            if listed.len() < MOST_BASES {
                return Ok(());
            }
            let mut entry = self.entry(Event::Erased, &caller.name)?.about(member).of_subject(&"bases");
            entry.leaf.count = listed.len() as u64;
            let work = Work::entry(Draft::new(&entry)).writing(self.basis_removals(&listed)?);
            match self.committer.commit(work).await {
                Ok(_) | Err(commit::Error::Conflict(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
    }

    fn bases_listed(&self, member: MemberId) -> Result<Vec<(Key, Row)>, Error> {
        let prefix = KeyPrefix::bases_of_member(member);
        self.store.scan(&prefix, None, MOST_BASES).map_err(Error::StoreUnavailable)
    }

    /// The writes that remove bases with everything that lists them.
    fn basis_removals(&self, listed: &[(Key, Row)]) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::with_capacity(listed.len() * 3);
        for (note, row) in listed {
            writes.push(Write::remove(note.clone(), row.revision()));
            let Some(id) = note.basis_id() else { continue };
            if let Some(basis) = self.basis_row(id)? {
                writes.push(Write::remove(Key::basis(id), basis.revision));
                let party = basis.content.party.as_ref();
                writes
                    .extend(party.map(|party| Write::remove(Key::basis_of_party(party, id), Revision::ABSENT.next())));
            }
        }
        Ok(writes)
    }
}

/// Bases removed in one group.
const MOST_BASES: usize = 200;
