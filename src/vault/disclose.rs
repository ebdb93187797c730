//! Disclose: decide, write down, open, in this order and no other.

use std::sync::Arc;

use fubako_keys::Scope;

use crate::commit;
use crate::commit::work::{Premise, Work};
use crate::ledger::accounted::Accounted;
use crate::ledger::draft::Draft;
use crate::ledger::entry::Entry;
use crate::ledger::event::Event;
use crate::ledger::leaf::FieldDraft;
use crate::model::basis::Basis;
use crate::model::caller::Role;
use crate::model::ids::{BasisId, Revision};
use crate::model::party::Party;
use crate::model::recipient::{Recipient, RecipientClass};
use crate::policy::ask::{Ask, MemberFacts, Register};
use crate::policy::authorise::{Authorised, authorise};
use crate::policy::decide::Decision;
use crate::policy::grant::Grant;
use crate::policy::reason::Reason;
use crate::policy::table::Policy;
use crate::record::open::{self, NotReleased, Released, WhyNot};
use crate::record::sealed::SealedRecord;
use crate::store::key::Key;
use crate::vault::error::{Cause, Error};
use crate::vault::rows::Revised;
use crate::vault::scope::in_words;
use crate::vault::{ATTEMPTS, Vault, holdings};

/// What one reading of the store came to.
pub(super) struct Reading {
    premise: Premise,
    pub(super) policy: Arc<Policy>,
    party_revision: Revision,
    /// The recipient's class; none where the party is not registered.
    class: Option<RecipientClass>,
    bases: Vec<Basis>,
    pub(super) decision: Decision,
    /// The record the decision was about; none where authorisation already refused.
    record: Option<SealedRecord>,
}

impl Vault {
    /// Releases the minimum view for the ask, once its entry is durable; needs the role `discloser`.
    pub async fn disclose(&self, ask: &Ask) -> Result<Released, Error> {
        self.check_role(&ask.caller, &[Role::Discloser])?;
        for _ in 0..ATTEMPTS {
            let reading = self.read_and_decide(ask)?;
            let (grant, record) = match (reading.decision, reading.record) {
                (Decision::Grant(grant), Some(record)) => (grant, record),
                (Decision::Grant(_), None) => return Err(Error::MemberNotFound),
                (Decision::Refuse(refusal), _) => {
                    self.meter.refused_ask(ask, reading.class);
                    return Err(self.refuse(ask, refusal).await);
                }
            };
            let rested_on = RestedOn { party: reading.party_revision, bases: &reading.bases, record: &record };
            let entry = self.release_entry(&grant, &rested_on)?;
            let (draft, pending) = Draft::pending(entry, grant);
            match self.committer.commit(Work::entry(draft).resting_on(reading.premise)).await {
                Ok(durable) => {
                    let accounted = pending.account(durable)?;
                    return self.open(&record, accounted, &reading.policy).await;
                }
                Err(commit::Error::Stale) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(Error::Overloaded)
    }

    async fn open(&self, record: &SealedRecord, grant: Accounted<Grant>, policy: &Policy) -> Result<Released, Error> {
        let keyring = self.keyring.load_full();
        match open::open(record, grant, &keyring, policy) {
            Ok(released) => {
                self.meter.released(&released);
                Ok(released)
            }
            Err(not_released) => {
                self.meter.not_released(&not_released);
                Err(self.not_released(not_released).await)
            }
        }
    }

    /// Writes down that an accounted release came to nothing, and makes it the error to answer with.
    async fn not_released(&self, not_released: NotReleased) -> Error {
        let grant = not_released.grant();
        let because = match not_released.why() {
            WhyNot::Unopened => "DOES_NOT_OPEN",
            WhyNot::KeyDestroyed(_) => KEY_DESTROYED,
            WhyNot::NotInForm(_) => Reason::NothingToRelease.name(),
        };
        let entry = match self.entry(Event::NotReleased, grant.caller()) {
            Ok(entry) => entry.about(grant.member()).of_subject(&not_released.receipt().entry()).because(because),
            Err(error) => return error,
        };
        let id = entry.id();
        let receipt = match self.note(entry).await {
            Ok(receipt) => receipt,
            Err(error) => return error,
        };
        match not_released.why() {
            WhyNot::NotInForm(withheld) => {
                Error::Refused { refusal: grant.nothing_left(withheld.clone()), receipt: Some(receipt) }
            }
            WhyNot::KeyDestroyed(classes) => Error::KeyDestroyed { classes: in_words(classes) },
            WhyNot::Unopened => {
                tracing::error!(entry = %id, "a record does not open; nothing was released");
                Error::Internal { entry: Some(id), cause: Cause::Unopened(fubako_keys::Unopened) }
            }
        }
    }

    /// Reads what the ask rests on and decides; authorisation comes before any look at the member.
    pub(super) fn read_and_decide(&self, ask: &Ask) -> Result<Reading, Error> {
        // INVARIANT (premise): taken before anything is read, so that what changes meanwhile is noticed.
        let read_at = self.committer.applied();
        let policy = self.policies.load().current();
        let now = (self.clock)();
        let party = self.party_of(&ask.recipient)?;
        let bases = self.bases_of(&ask.bases)?;
        let register = Register {
            party: party.as_ref().map(|party| &party.content),
            bases: &bases,
            caller_suspended: self.is_suspended(&ask.caller.name)?,
            now,
        };
        let (decision, record) = match authorise(&policy, ask, &register) {
            Ok(authorised) => self.decide_about_member(ask, authorised)?,
            Err(refusal) => (Decision::Refuse(refusal), None),
        };
        let until = match &decision {
            Decision::Grant(grant) => grant.valid_until(),
            Decision::Refuse(_) => None,
        };
        let premise = Premise { read_at, rows: rows_of(ask), until };
        let class = ask.recipient.built_in_class().or(party.as_ref().map(|party| party.content.class));
        let party_revision = party.as_ref().map_or(Revision::ABSENT, |party| party.revision);
        Ok(Reading { premise, policy: Arc::clone(&policy), party_revision, class, bases, decision, record })
    }

    fn decide_about_member(
        &self,
        ask: &Ask,
        authorised: Authorised<'_>,
    ) -> Result<(Decision, Option<SealedRecord>), Error> {
        let found = self.record_row(ask.member)?.zip(self.preferences_row(ask.member)?);
        // Every member has both rows: one without the other is a member who was erased between the two readings.
        let (record, preferences) = found.map(|(record, row)| (record, row.content)).unzip();
        let preferences = preferences.unwrap_or_default();
        let policies = self.policies.load();
        let told = policies.version(preferences.told);
        if record.is_some() && told.is_none() {
            // Without the version the member was told of, nobody can say what it did not allow.
            return Err(Cause::PolicyLost(preferences.told).into());
        }
        let holdings = record.as_ref().map(holdings);
        let keyring = self.keyring.load();
        let held = keyring.scope().map(Scope::classes);
        let facts =
            MemberFacts { holdings: holdings.as_deref(), preferences: &preferences, told: told.as_deref(), held };
        Ok((authorised.decide(&facts), record))
    }

    pub(super) fn party_of(&self, recipient: &Recipient) -> Result<Option<Arc<Revised<Party>>>, Error> {
        let Some(id) = recipient.party() else { return Ok(None) };
        self.known.party(self.committer.register_changes(), id, || self.party_row(id))
    }

    fn bases_of(&self, ids: &[BasisId]) -> Result<Vec<Basis>, Error> {
        let mut bases = Vec::with_capacity(ids.len());
        for id in ids {
            bases.extend(self.basis_row(*id)?.map(|row| row.content));
        }
        Ok(bases)
    }

    fn release_entry(&self, grant: &Grant, rested_on: &RestedOn<'_>) -> Result<Entry, Error> {
        let policies = self.policies.load();
        let policy = policies.current();
        let mut entry = self.entry(Event::Released, grant.caller())?.about(grant.member());
        let leaf = &mut entry.leaf;
        leaf.purpose = grant.purpose().into();
        leaf.recipient = grant.recipient().into();
        leaf.recipient_class = grant.class().name().into();
        leaf.recipient_revision = rested_on.party.0;
        leaf.bases = grant.bases().to_vec();
        leaf.basis_kinds = grant.bases().iter().map(|id| rested_on.kind_of(*id)).collect();
        leaf.policy_version = grant.policy_version().0;
        leaf.fields = grant
            .fields()
            .iter()
            .map(|granted| FieldDraft {
                name: policy.field(granted.field()).map(|field| field.name().into()).unwrap_or_default(),
                slot: granted.slot().0.into(),
                forms: granted.forms().into(),
                key_version: rested_on.record.key_version(granted.field(), granted.slot()),
            })
            .collect();
        Ok(entry)
    }
}

/// What a release rests on, as its entry tells it.
struct RestedOn<'a> {
    party: Revision,
    bases: &'a [Basis],
    record: &'a SealedRecord,
}

impl RestedOn<'_> {
    fn kind_of(&self, id: BasisId) -> &'static str {
        self.bases.iter().find(|basis| basis.id == id).map(|basis| basis.kind.name()).unwrap_or_default()
    }
}

/// The rows a decision on this ask rests on.
fn rows_of(ask: &Ask) -> Vec<Key> {
    let mut rows = vec![Key::record(ask.member), Key::preferences(ask.member), Key::caller(&ask.caller.name)];
    rows.extend(ask.recipient.party().map(Key::party));
    rows.extend(ask.bases.iter().map(|id| Key::basis(*id)));
    rows
}

/// What is said of a release that came to nothing because a key it needs was destroyed.
pub(super) const KEY_DESTROYED: &str = "KEY_DESTROYED";
