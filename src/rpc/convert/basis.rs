//! Bases: the terms of one to be recorded, and one on record.

use fubako_proto::v1;
use fubako_proto::v1::basis_terms::Subject;
use jiff::Timestamp;

use crate::model::basis::{Approval, Basis, BasisKind, BasisState, Scope, ScopeItem};
use crate::model::ids::{MemberId, PurposeId};
use crate::model::time::Validity;
use crate::policy::table::Policy;
use crate::rpc::convert::{argument, ask, time};
use crate::rpc::error::Error;
use crate::vault::basis::NewBasis;
use crate::vault::rows::Revised;

/// The basis a request wants recorded.
pub(in crate::rpc) fn parse(terms: &v1::BasisTerms, policy: &Policy, now: Timestamp) -> Result<NewBasis, Error> {
    let kinds = BasisKind::ALL.map(BasisKind::name);
    let kind = BasisKind::parse(&terms.kind).ok_or_else(|| argument::none_of("terms.kind", kinds))?;
    let reference = match kind {
        BasisKind::Transaction => argument::line("terms.reference", &terms.reference, MOST_BYTES)?,
        BasisKind::Contract
        | BasisKind::Consent
        | BasisKind::Settlement
        | BasisKind::Dispute
        | BasisKind::Emergency
        | BasisKind::LegalOrder
        | BasisKind::Transfer => argument::required_line("terms.reference", &terms.reference, MOST_BYTES)?,
    };
    let secrecy = argument::line("terms.secrecy_agreement", &terms.secrecy_agreement, MOST_BYTES)?;
    let party = (!terms.party_id.is_empty()).then(|| argument::party("terms.party_id", &terms.party_id));
    Ok(NewBasis {
        kind,
        member: subject(terms.subject.as_ref())?,
        party: party.transpose()?,
        scope: scope(terms.scope.as_ref(), kind, policy)?,
        purposes: purposes(&terms.purposes, policy)?,
        validity: validity(terms, now)?,
        reference: reference.to_owned(),
        secrecy_agreement: (!secrecy.is_empty()).then(|| secrecy.to_owned()),
    })
}

/// A basis on record, as it travels.
pub(in crate::rpc) fn to_wire(row: &Revised<Basis>, policy: &Policy) -> v1::Basis {
    let basis = &row.content;
    v1::Basis {
        basis_id: basis.id.to_string(),
        terms: Some(terms(basis, policy)),
        state: state(basis.state).into(),
        approvals_needed: basis.approvals_needed.into(),
        approvals: basis.approvals.iter().map(approval).collect(),
        revision: row.revision.0,
        create_time: Some(time::to_wire(basis.recorded)),
        update_time: None,
    }
}

/// Where a basis stands, as it travels.
pub(in crate::rpc) const fn state(state: BasisState) -> v1::BasisState {
    match state {
        BasisState::Proposed => v1::BasisState::Proposed,
        BasisState::Live => v1::BasisState::Live,
        BasisState::Refused => v1::BasisState::Refused,
        BasisState::Revoked => v1::BasisState::Revoked,
        BasisState::Ended => v1::BasisState::Ended,
    }
}

/// What a basis of that kind is when it has just been recorded.
pub(in crate::rpc) const fn first_state(kind: BasisKind) -> v1::BasisState {
    if kind.approvals_needed() == 0 { v1::BasisState::Live } else { v1::BasisState::Proposed }
}

fn subject(subject: Option<&Subject>) -> Result<Option<MemberId>, Error> {
    match subject {
        Some(Subject::MemberId(id)) => argument::member("terms.member_id", id).map(Some),
        Some(Subject::AllMembers(v1::AllMembers {})) => Ok(None),
        None => Err(Error::missing("terms.subject")),
    }
}

fn scope(scope: Option<&v1::Scope>, kind: BasisKind, policy: &Policy) -> Result<Scope, Error> {
    let Some(v1::Scope { items }) = scope else {
        // Absence never means all where the basis has to say what it covers.
        return Ok(if kind.needs_scope() { Scope::Only(Vec::new()) } else { Scope::Unnarrowed });
    };
    argument::counted("terms.scope.items", items.len(), 0..=MOST_ITEMS)?;
    let mut covered: Vec<ScopeItem> = Vec::with_capacity(items.len());
    for (position, item) in items.iter().enumerate() {
        let path = |part| format!("terms.scope.items[{position}].{part}");
        let field = policy.field_named(&item.field).ok_or_else(|| Error::FieldUnknown { path: path("field") })?;
        let slot = item.slot.map(|slot| argument::slot(|| path("slot"), slot)).transpose()?;
        if covered.iter().any(|other| other.field == field.id() && other.slot == slot) {
            return Err(Error::invalid(path("field"), "is named twice"));
        }
        covered.push(ScopeItem { field: field.id(), forms: ask::forms(|| path("forms"), &item.forms)?, slot });
    }
    Ok(Scope::Only(covered))
}

fn purposes(names: &[String], policy: &Policy) -> Result<Vec<PurposeId>, Error> {
    argument::counted("terms.purposes", names.len(), 1..=MOST_PURPOSES)?;
    let purpose = |(position, name): (usize, &String)| {
        let path = format!("terms.purposes[{position}]");
        let id = argument::purpose(&path, name)?;
        if policy.purpose(&id).is_some() { Ok(id) } else { Err(Error::PurposeUnknown { path }) }
    };
    names.iter().enumerate().map(purpose).collect()
}

fn validity(terms: &v1::BasisTerms, now: Timestamp) -> Result<Validity, Error> {
    let parse = |path: &'static str, time: &prost_types::Timestamp| time::parse(|| path.to_owned(), time);
    let from = terms.valid_from_time.as_ref().map(|time| parse("terms.valid_from_time", time)).transpose()?;
    let until = terms.valid_until_time.as_ref().map(|time| parse("terms.valid_until_time", time)).transpose()?;
    Validity::new(from.unwrap_or(now), until)
        .map_err(|problem| Error::invalid("terms.valid_until_time", problem.to_string()))
}

fn terms(basis: &Basis, policy: &Policy) -> v1::BasisTerms {
    let subject = match basis.member {
        Some(member) => Subject::MemberId(member.to_string()),
        None => Subject::AllMembers(v1::AllMembers {}),
    };
    let scope = match &basis.scope {
        Scope::Unnarrowed => None,
        Scope::Only(items) => Some(v1::Scope { items: items.iter().map(|item| scope_item(item, policy)).collect() }),
    };
    v1::BasisTerms {
        kind: basis.kind.name().to_owned(),
        subject: Some(subject),
        party_id: basis.party.as_ref().map(ToString::to_string).unwrap_or_default(),
        scope,
        purposes: basis.purposes.iter().map(ToString::to_string).collect(),
        valid_from_time: Some(time::to_wire(basis.validity.from())),
        valid_until_time: basis.validity.until().map(time::to_wire),
        reference: basis.reference.clone(),
        secrecy_agreement: basis.secrecy_agreement.clone().unwrap_or_default(),
    }
}

fn scope_item(item: &ScopeItem, policy: &Policy) -> v1::ScopeItem {
    v1::ScopeItem {
        field: policy.field(item.field).map(|field| field.name().to_string()).unwrap_or_default(),
        forms: item.forms.iter().map(|form| form.name().to_owned()).collect(),
        slot: item.slot.map(|slot| slot.0.into()),
    }
}

fn approval(approval: &Approval) -> v1::Approval {
    v1::Approval { approver: approval.by.to_string(), approve_time: Some(time::to_wire(approval.time)) }
}

const MOST_BYTES: usize = 200;
const MOST_ITEMS: usize = 64;
const MOST_PURPOSES: usize = 16;
