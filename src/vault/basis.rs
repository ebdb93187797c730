//! Bases: recording the ground of a release, and taking it back.

use std::future::ready;

use jiff::Timestamp;

use crate::commit::remembered::Outcome;
use crate::commit::work::Write;
use crate::ledger::event::Event;
use crate::model::basis::{Basis, BasisKind, BasisState, Scope};
use crate::model::caller::{Caller, Role};
use crate::model::ids::{BasisId, MemberId, PartyId, PurposeId, Revision};
use crate::model::label::Label;
use crate::model::time::Validity;
use crate::policy::table::Policy;
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Row;
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::error::Error;
use crate::vault::mutation::{Done, Plan, Request};
use crate::vault::rows::Revised;

/// A basis to be recorded.
#[derive(Debug)]
pub struct NewBasis {
    /// What kind of ground it is.
    pub kind: BasisKind,
    /// The member it is about.
    pub member: Option<MemberId>,
    /// The party it lets receive.
    pub party: Option<PartyId>,
    /// What it covers.
    pub scope: Scope,
    /// The purposes it may serve: at least one.
    pub purposes: Vec<PurposeId>,
    /// When it holds.
    pub validity: Validity,
    /// Where the document lies that it rests on.
    pub reference: String,
    /// For a contract: the reference of its secrecy agreement.
    pub secrecy_agreement: Option<String>,
}

/// A change of a basis's state.
#[derive(Debug)]
pub struct BasisStateChange {
    /// The basis.
    pub basis: BasisId,
    /// The revision the caller saw; [`Revision::ABSENT`] if it does not care.
    pub expected: Revision,
    /// The state it is to have.
    pub state: BasisState,
    /// The member who takes it back themself, by a verified assertion.
    pub asserted: Option<MemberId>,
    /// Why, in the caller's words; it goes into the ledger.
    pub reason: String,
}

/// Which bases to list.
#[derive(Debug, Clone)]
pub enum BasisFilter {
    /// Those about a member.
    OfMember(MemberId),
    /// Those that name a party.
    OfParty(PartyId),
    /// All of them.
    All,
}

impl Vault {
    /// Records a basis; needs the role `registrar` and a configuration that lets the caller record the kind.
    pub async fn record_basis(&self, request: Request<'_>, new: &NewBasis) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Registrar])?;
        if !request.caller.records.contains(&new.kind) {
            self.turned_away(request.caller, new.member, "ROLE_MISSING");
            return Err(Error::KindNotRecordable(new.kind));
        }
        let policy = self.policy();
        check_new(new, &policy)?;
        let id = BasisId::new(self.now(), &self.random_bytes()?);
        self.mutate(request, || ready(self.plan_record(request, id, new, &policy))).await
    }

    /// Revokes or ends a basis; needs the role `registrar` for a kind it may record, the role `officer`, or, for a
    /// consent, the role `collector` with the member's own assertion.
    pub async fn set_basis_state(&self, request: Request<'_>, change: &BasisStateChange) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Registrar, Role::Officer, Role::Collector])?;
        self.mutate(request, || ready(self.plan_basis_state(request, change))).await
    }

    /// A basis; needs the role `registrar`, `officer` or `auditor`, and a basis that the caller may see.
    pub fn basis(&self, caller: &Caller, id: BasisId) -> Result<Revised<Basis>, Error> {
        self.admit(caller, &READERS)?;
        let row = self.basis_row(id)?.filter(|row| Self::shows(caller, &row.content));
        row.ok_or(Error::BasisNotFound)
    }

    /// Whether the caller may see the basis: officers and auditors every one, registrars the kinds they may record.
    #[must_use]
    pub fn shows(caller: &Caller, basis: &Basis) -> bool {
        caller.has(Role::Officer) || caller.has(Role::Auditor) || caller.records.contains(&basis.kind)
    }

    /// Up to `limit` bases behind `after`, by id; needs the role `registrar`, `officer` or `auditor`. Not all
    /// of them need be [shown](Self::shows) to the caller.
    pub fn bases(
        &self,
        caller: &Caller,
        filter: &BasisFilter,
        after: Option<BasisId>,
        limit: usize,
    ) -> Result<Vec<Revised<Basis>>, Error> {
        self.admit(caller, &READERS)?;
        let (prefix, after) = match filter {
            BasisFilter::OfMember(member) => {
                (KeyPrefix::bases_of_member(*member), after.map(|id| Key::basis_of_member(*member, id)))
            }
            BasisFilter::OfParty(party) => {
                (KeyPrefix::bases_of_party(party), after.map(|id| Key::basis_of_party(party, id)))
            }
            BasisFilter::All => (KeyPrefix::table(Table::Basis), after.map(Key::basis)),
        };
        let rows = self.store.scan(&prefix, after.as_ref(), limit).map_err(Error::StoreUnavailable)?;
        let ids = rows.iter().filter_map(|(key, _)| key.basis_id());
        ids.filter_map(|id| self.basis_row(id).transpose()).collect()
    }

    fn plan_record(&self, request: Request<'_>, id: BasisId, new: &NewBasis, policy: &Policy) -> Result<Plan, Error> {
        if let Some(member) = new.member
            && self.record_row(member)?.is_none()
        {
            return Err(Error::MemberNotFound);
        }
        if let Some(party) = &new.party
            && self.party_row(party)?.is_none()
        {
            return Err(Error::PartyNotFound);
        }
        let basis = new.to_basis(id, request.caller, (self.now(), policy));
        let mut writes = vec![self.write_row(Key::basis(id), Revision::ABSENT, &basis)?];
        if let Some(member) = new.member {
            writes.push(listing(Key::basis_of_member(member, id))?);
        }
        if let Some(party) = &new.party {
            writes.push(listing(Key::basis_of_party(party, id))?);
        }
        let mut rests_on: Vec<Key> = new.member.map(Key::record).into_iter().collect();
        // An erasure that has listed the member's bases already has to list them again.
        let touches = rests_on.clone();
        rests_on.extend(new.party.as_ref().map(Key::party));
        let plan = self.plan_basis(request, Event::BasisRecorded, &basis, (Revision::ABSENT, rests_on, writes))?;
        Ok(Plan { touches, ..plan })
    }

    fn plan_basis_state(&self, request: Request<'_>, change: &BasisStateChange) -> Result<Plan, Error> {
        let row = self.basis_row(change.basis)?.ok_or(Error::BasisNotFound)?;
        if !may_change(request.caller, &row.content, change.asserted) {
            return Err(Error::BasisNotFound);
        }
        if change.expected != Revision::ABSENT && change.expected != row.revision {
            return Err(Error::RevisionStale { current: row.revision });
        }
        if !row.content.state.may_become(change.state) {
            return Err(Error::NotFromThisState { from: row.content.state.name(), to: change.state.name() });
        }
        let after = Basis { state: change.state, ..row.content };
        let writes = vec![self.write_row(Key::basis(change.basis), row.revision, &after)?];
        let plan = self.plan_basis(request, Event::BasisStateSet, &after, (row.revision, Vec::new(), writes))?;
        let because = format!("{}: {}", change.state, change.reason);
        Ok(Plan { entry: plan.entry.because(because.trim_end_matches(": ")), ..plan })
    }

    fn plan_basis(
        &self,
        request: Request<'_>,
        event: Event,
        basis: &Basis,
        (before, rests_on, writes): (Revision, Vec<Key>, Vec<Write>),
    ) -> Result<Plan, Error> {
        let mut entry = self.entry(event, &request.caller.name)?.of_subject(&basis.id).because(basis.state.name());
        if let Some(member) = basis.member {
            entry = entry.about(member);
        }
        entry.leaf.bases = vec![basis.id];
        entry.leaf.recipient = basis.party.as_ref().map(Label::from).unwrap_or_default();
        entry.leaf.revision = before.next().0;
        let outcome = Outcome { subject: basis.id.to_string(), revision: before.next() };
        Ok(Plan { entry, rests_on, touches: Vec::new(), writes, sealed_under: Vec::new(), outcome })
    }
}

impl NewBasis {
    fn to_basis(&self, id: BasisId, caller: &Caller, (now, policy): (Timestamp, &Policy)) -> Basis {
        let approvals_needed = self.kind.approvals_needed();
        Basis {
            id,
            kind: self.kind,
            member: self.member,
            party: self.party.clone(),
            scope: self.scope.clone(),
            purposes: self.purposes.clone(),
            validity: self.validity,
            approvals_needed,
            approvals: Vec::new(),
            reference: self.reference.clone(),
            secrecy_agreement: self.secrecy_agreement.clone(),
            state: Basis::first_state(self.kind),
            policy_version: policy.version(),
            recorded_by: caller.name.clone(),
            recorded: now,
        }
    }
}

/// Refuses a basis that could never carry a release, or that names what the policy does not have.
fn check_new(new: &NewBasis, policy: &Policy) -> Result<(), Error> {
    let invalid = |argument: &str, problem: String| Err(Error::Invalid { argument: argument.to_owned(), problem });
    if new.member.is_some() != new.kind.binds_member() {
        let verb = if new.kind.binds_member() { "must name a member" } else { "names no member" };
        return invalid("member_id", format!("a basis of the kind `{}` {verb}", new.kind));
    }
    if new.party.is_none() && new.kind != BasisKind::Consent {
        return invalid("party_id", format!("a basis of the kind `{}` must name a party", new.kind));
    }
    if new.purposes.is_empty() {
        return invalid("purposes", "a basis must name the purposes it may serve".to_owned());
    }
    if let Some(unknown) = new.purposes.iter().find(|purpose| policy.purpose(purpose).is_none()) {
        return invalid("purposes", format!("the policy has no purpose `{unknown}`"));
    }
    if let Scope::Only(items) = &new.scope {
        for item in items {
            let field = policy.field(item.field).ok_or_else(|| Error::FieldUnknown(item.field.to_string()))?;
            if !item.forms.is_within(field.forms()) {
                return invalid("scope", format!("the field `{}` has no form `{}`", field.name(), item.forms));
            }
        }
    }
    Ok(())
}

/// Whether the caller manages the basis; to anyone else it might as well not exist.
fn may_change(caller: &Caller, basis: &Basis, asserted: Option<MemberId>) -> bool {
    let own_consent = basis.kind == BasisKind::Consent && basis.member.is_some() && basis.member == asserted;
    caller.has(Role::Officer)
        || (caller.has(Role::Registrar) && caller.records.contains(&basis.kind))
        || (caller.has(Role::Collector) && own_consent)
}

/// The row that lists a basis under its member or party; its key says everything.
fn listing(key: Key) -> Result<Write, Error> {
    Ok(Write::put(key, Row::new(Revision::ABSENT.next(), Vec::new())?))
}

const READERS: [Role; 3] = [Role::Registrar, Role::Officer, Role::Auditor];
