//! Erase: everything about a member leaves the live store: record, preferences, bases, places in the index.

use std::future::ready;

use crate::commit::remembered::Outcome;
use crate::commit::work::Write;
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{MemberId, Revision};
use crate::record::tags;
use crate::store::key::{Key, KeyPrefix};
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
        self.mutate(request, || ready(self.plan_erase(request, erasure))).await
    }

    /// Lets in an officer, or a collector that brings the member's own assertion.
    pub(super) fn admit_for(&self, caller: &Caller, member: MemberId, asserted: Option<MemberId>) -> Result<(), Error> {
        self.admit(caller, &[Role::Officer, Role::Collector])?;
        if caller.has(Role::Officer) || asserted == Some(member) { Ok(()) } else { Err(Error::AssertionInvalid) }
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
        writes.extend(self.remove_bases_of(member)?);
        writes.push(Write::remove(Key::record(member), record.revision()));
        writes.push(Write::remove(Key::preferences(member), preferences.revision));
        let entry = self.entry(Event::Erased, &request.caller.name)?.about(member).because(&erasure.reason);
        Ok(Plan {
            entry,
            rests_on: Vec::new(),
            writes,
            sealed_under: Vec::new(),
            outcome: Outcome { subject: member.to_string(), revision: Revision::ABSENT },
        })
    }

    fn remove_bases_of(&self, member: MemberId) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::new();
        let prefix = KeyPrefix::bases_of_member(member);
        for (key, row) in self.store.scan(&prefix, None, MAX_BASES).map_err(Error::StoreUnavailable)? {
            if let Some(id) = key.basis_id()
                && let Some(basis) = self.basis_row(id)?
            {
                writes.push(Write::remove(Key::basis(id), basis.revision));
                // Every note that a basis binds someone was written once, together with the basis.
                let noted = basis.content.party.map(|party| Key::basis_of_party(&party, id));
                writes.extend(noted.map(|note| Write::remove(note, row.revision())));
            }
            writes.push(Write::remove(key, row.revision()));
        }
        Ok(writes)
    }
}

/// More bases than this about one member are not removed in one go.
const MAX_BASES: usize = 1000;
