//! Erase: everything about a member leaves the live store: record, preferences, bases, places in the index; what the law
//! wants kept is sealed again under a key of its own.

use std::future::ready;

use fubako_keys::Unopened;

use crate::commit;
use crate::commit::remembered::Outcome;
use crate::commit::work::{Premise, Work, Write};
use crate::ledger::accounted::Accounted;
use crate::ledger::draft::Draft;
use crate::ledger::entry::Entry;
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{MemberId, Revision, Slot};
use crate::policy::reason::Reason;
use crate::policy::table::Policy;
use crate::record::permit::Retain;
use crate::record::retained::{Kept, Retained};
use crate::record::sealed::SealedRecord;
use crate::record::tags::{self, Listing};
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Row;
use crate::vault::Vault;
use crate::vault::collect::with_fields;
use crate::vault::error::{Cause, Error};
use crate::vault::mutation::{Done, Plan, Request};
use crate::vault::pending::Pending;
use crate::vault::rows::Revised;

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
    /// What to do where what the law wants kept does not open.
    pub unreadable: Unreadable,
}

/// What to do where what the law wants kept of a member does not open.
///
/// An erasure must not be held up for ever by a damaged record, nor may one throw away by itself what the law wants kept: a
/// restored backup may have it. So it stops, until an officer says that it is to go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unreadable {
    /// Erase nothing.
    Stop,
    /// Erase the member and keep what opens; for the role `officer`, and the entry says what did not.
    LetGo,
}

/// Why an erasure happens now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Trigger {
    /// Somebody asks for it, and nothing puts it off.
    Asked,
    /// Its grace period is over; not if it was taken back meanwhile.
    Due,
    /// It was done before, and a restore undid it: a hold that was restored too must have been lifted before.
    Replayed,
}

/// Where a member is listed in the blind index.
#[derive(Debug)]
enum Listed {
    /// In the buckets the record names.
    AsTheRecordSays,
    /// In these rows, which were looked for.
    In(Vec<Key>),
}

impl Vault {
    /// Erases a member, at once or when the grace period is over ([`Done::due`]); needs the role `officer`, or `collector`
    /// with the member's own assertion.
    ///
    /// The level reached is `erased`; [`Vault::erasure`] tells of the next ones, which rest on keys being destroyed. What the
    /// policy has kept is opened only once an entry says so, and is sealed again in the same commit as everything goes.
    pub async fn erase(&self, request: Request<'_>, erasure: &Erasure) -> Result<Done, Error> {
        self.admit_for(request.caller, erasure.member, erasure.asserted)?;
        if erasure.unreadable == Unreadable::LetGo {
            self.check_role(request.caller, &[Role::Officer])?;
        }
        if let Some(done) = self.recalled(&request)? {
            return Ok(done);
        }
        if self.is_put_off(erasure.member)? {
            self.check_unscoped()?;
            return self.put_off(request, erasure).await;
        }
        self.erase_at_once(request, erasure, Trigger::Asked).await
    }

    /// Erases a member whom the caller may erase, whatever the grace period.
    pub(super) async fn erase_at_once(
        &self,
        request: Request<'_>,
        erasure: &Erasure,
        trigger: Trigger,
    ) -> Result<Done, Error> {
        let policy = self.policy();
        self.record_to_erase(erasure)?;
        self.check_unscoped()?;
        // Before anything is opened, too: it would be for nothing, and time and again where the vault erases by itself.
        self.check_hold_for(trigger, erasure.member)?;
        let permit = self.permit_to_retain(request.caller, &policy, erasure.member).await?;
        let retaining = permit.as_ref().map(|permit| (permit, policy.as_ref()));
        let listed = self.listed_in(erasure).await?;
        let what = (erasure, trigger, &listed);
        // Nothing goes ahead of the rest where the rest cannot follow.
        self.plan_erase(request, what, retaining).map(drop)?;
        self.remove_surplus_bases(request.caller, erasure.member, trigger).await?;
        self.mutate(request, || ready(self.plan_erase(request, what, retaining))).await
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

    fn plan_erase(
        &self,
        request: Request<'_>,
        (erasure, trigger, listed): (&Erasure, Trigger, &Listed),
        retaining: Option<(&Accounted<Retain>, &Policy)>,
    ) -> Result<Plan, Error> {
        let member = erasure.member;
        let (rests_on, pending) = self.check_still_wanted(member, trigger)?;
        let (record, revision) = self.record_to_erase(erasure)?;
        let preferences = self.preferences_row(member)?.ok_or(Error::MemberNotFound)?;
        let entry = self.entry(Event::Erased, &request.caller.name)?.about(member).because(&erasure.reason);
        let (kept, entry) = match retaining {
            Some(retaining) => self.keep(record.as_ref(), erasure.unreadable, retaining, entry)?,
            None => (None, entry),
        };
        let mut writes = match listed {
            Listed::AsTheRecordSays => {
                let tags = record.as_ref().and_then(|record| self.tags_of(record));
                self.relist(member, &tags.ok_or(Cause::Unopened(Unopened))?, &[])?
            }
            Listed::In(rows) => self.unlist(member, rows)?,
        };
        writes.extend(self.basis_removals(&self.bases_listed(member)?)?);
        writes.push(Write::remove(Key::record(member), revision));
        writes.push(Write::remove(Key::preferences(member), preferences.revision));
        writes.extend(pending.map(|row| Write::remove(Key::pending_erasure(member), row.revision)));
        writes.extend(self.removed_hold(member)?);
        writes.push(self.retained_write(member, kept.as_ref())?);
        writes.extend(self.erased_writes(&entry, member, &preferences.content, kept.is_some())?);
        Ok(Plan {
            entry,
            rests_on,
            touches: Vec::new(),
            writes,
            sealed_under: Vec::new(),
            outcome: Outcome { subject: member.to_string(), revision: Revision::ABSENT },
        })
    }

    /// Where a member who is to be erased is listed. A record that was tampered with can still be erased; where it is listed
    /// is looked for then.
    async fn listed_in(&self, erasure: &Erasure) -> Result<Listed, Error> {
        let (record, _) = self.record_to_erase(erasure)?;
        if record.as_ref().and_then(|record| self.tags_of(record)).is_some() {
            return Ok(Listed::AsTheRecordSays);
        }
        Ok(Listed::In(self.rows_listing(erasure.member).await?))
    }

    /// Where a record says that it is listed; nothing where it is not what was written, since it may have been robbed of it.
    fn tags_of(&self, record: &SealedRecord) -> Option<Vec<Listing>> {
        let keyring = self.keyring.load();
        record.check_manifest(&keyring).and_then(|()| tags::of_record(record, &keyring)).ok()
    }

    /// Refuses an erasure that a hold stops, or that was taken back; the rows this rests on, and the erasure that is pending.
    fn check_still_wanted(
        &self,
        member: MemberId,
        trigger: Trigger,
    ) -> Result<(Vec<Key>, Option<Revised<Pending>>), Error> {
        let hold = self.check_hold_for(trigger, member)?;
        let pending = self.pending_row(member)?;
        if trigger == Trigger::Due && pending.is_none() {
            return Err(Error::NoErasurePending);
        }
        Ok((vec![hold, Key::pending_erasure(member)], pending))
    }

    fn check_hold_for(&self, trigger: Trigger, member: MemberId) -> Result<Key, Error> {
        match trigger {
            Trigger::Asked | Trigger::Due => self.check_hold(member),
            Trigger::Replayed => Ok(Key::hold(member)),
        }
    }

    /// What is kept of the record, with the entry that says which fields, and what did not open.
    fn keep(
        &self,
        record: Option<&SealedRecord>,
        unreadable: Unreadable,
        (permit, policy): (&Accounted<Retain>, &Policy),
        entry: Entry,
    ) -> Result<(Option<Kept>, Entry), Error> {
        let Some(record) = record else { return Ok((None, let_go(entry, unreadable, &[])?)) };
        let Retained { kept, damage } = self.retain(record, permit, &entry, policy)?;
        let entry = match damage {
            Some(unopened) => {
                let names: Vec<&str> =
                    unopened.iter().filter_map(|id| Some(policy.field(*id)?.name().as_str())).collect();
                let_go(entry, unreadable, &names)?
            }
            None => entry,
        };
        let slots = kept.iter().flat_map(Kept::fields).map(|field| (*field, Slot(0)));
        let entry = with_fields(entry, policy, record, slots);
        Ok((kept, entry))
    }

    /// The record with its row's revision; none where what lies there is no record any more.
    pub(super) fn record_to_erase(&self, erasure: &Erasure) -> Result<(Option<SealedRecord>, Revision), Error> {
        let row = self.store.get(&Key::record(erasure.member)).map_err(Error::StoreUnavailable)?;
        let revision = row.ok_or(Error::MemberNotFound)?.revision();
        if erasure.expected != Revision::ABSENT && erasure.expected != revision {
            return Err(Error::RevisionStale { current: revision });
        }
        match self.record_row(erasure.member) {
            Ok(record) => Ok((record, revision)),
            Err(Error::Internal { cause: Cause::Unopened(_) | Cause::Record(_), .. }) => Ok((None, revision)),
            Err(other) => Err(other),
        }
    }

    /// Removes bases group by group until so few are left that they go in one with everything else.
    async fn remove_surplus_bases(&self, caller: &Caller, member: MemberId, trigger: Trigger) -> Result<(), Error> {
        loop {
            // INVARIANT (premise): taken before anything is read.
            let read_at = self.committer.applied();
            let (rows, _) = self.check_still_wanted(member, trigger)?;
            let listed = self.bases_listed(member)?;
            if listed.len() < MOST_BASES {
                return Ok(());
            }
            let mut entry = self.entry(Event::Erased, &caller.name)?.about(member).of_subject(&BASES);
            entry.leaf.count = listed.len() as u64;
            let premise = Premise { read_at, rows, until: None };
            let work = Work::entry(Draft::new(entry)).resting_on(premise).writing(self.basis_removals(&listed)?);
            match self.committer.commit(work).await {
                Ok(_) | Err(commit::Error::Conflict(_) | commit::Error::Stale) => {}
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

/// Says in the entry that the record was damaged, and which fields that were to be kept do not open, if an officer lets go
/// of them.
fn let_go(entry: Entry, unreadable: Unreadable, unopened: &[&str]) -> Result<Entry, Error> {
    match unreadable {
        Unreadable::Stop => Err(Error::RetainedUnreadable),
        Unreadable::LetGo if unopened.is_empty() => Ok(entry.of_subject(&LOST)),
        Unreadable::LetGo => Ok(entry.of_subject(&format!("{LOST}: {}", unopened.join(", ")))),
    }
}

/// What the entry says where only bases have gone yet, ahead of everything else.
pub(super) const BASES: &str = "bases";
/// What the entry says where the record was damaged that the law wants something kept of.
const LOST: &str = "retained-unreadable";
/// Bases removed in one group.
const MOST_BASES: usize = 200;
