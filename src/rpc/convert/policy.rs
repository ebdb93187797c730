//! Policies: a version of the table, on the way out.

use std::collections::BTreeMap;

use fubako_proto::v1;

use crate::model::form::FormSet;
use crate::policy::purpose::Purpose;
use crate::policy::retained::Retained;
use crate::policy::row::{Extent, Requirement, Row};
use crate::policy::table::{Field, Policy};

/// A whole version.
pub(in crate::rpc) fn of(policy: &Policy) -> v1::Policy {
    v1::Policy {
        summary: Some(summary(policy)),
        fields: policy.fields().iter().map(field).collect(),
        purposes: policy.purposes().iter().map(|wanted| purpose(wanted, policy)).collect(),
        retained: policy.retained().map(|kept| retained(kept, policy)),
    }
}

/// The name of a version.
pub(in crate::rpc) fn summary(policy: &Policy) -> v1::PolicySummary {
    v1::PolicySummary {
        name: policy.id().to_string(),
        version: policy.version().0,
        effective_date: policy.effective().to_string(),
        activate_time: None,
    }
}

fn retained(kept: &Retained, policy: &Policy) -> v1::PolicyRetained {
    let names = kept.fields().iter().filter_map(|id| Some(policy.field(*id)?.name().to_string()));
    v1::PolicyRetained { fields: names.collect(), months: kept.months().into(), legal_grounds: grounds(kept.grounds()) }
}

fn field(field: &Field) -> v1::PolicyField {
    v1::PolicyField {
        number: field.id().0.into(),
        name: field.name().to_string(),
        kind: field.kind().name().to_owned(),
        key_class: field.class().name().to_owned(),
        forms: forms(field.forms()),
        slots: field.slots().into(),
        findable: field.kind().is_findable(),
        clause: field.clause().to_string(),
    }
}

fn purpose(purpose: &Purpose, policy: &Policy) -> v1::PolicyPurpose {
    v1::PolicyPurpose {
        name: purpose.id().to_string(),
        clause: purpose.clause().to_string(),
        answers: purpose.answers().name().to_owned(),
        choice: purpose.choice().name().to_owned(),
        legal_grounds: grounds(purpose.grounds()),
        rows: purpose.rows().iter().map(|wanted| row(wanted, policy)).collect(),
    }
}

fn row(row: &Row, policy: &Policy) -> v1::PolicyRow {
    let shown =
        |(field, closed): (&Field, &FormSet)| (!closed.is_empty()).then(|| row_field(field, field.shown(*closed)));
    let verified =
        |(field, closed): (&Field, &Option<FormSet>)| closed.map(|closed| row_field(field, field.shown(closed)));
    let named_by_basis = row.extent() == Extent::NamedByBasis;
    let fields = policy.fields().iter().zip(row.view()).filter_map(shown);
    v1::PolicyRow {
        recipient_class: row.class().name().to_owned(),
        fields: if named_by_basis { Vec::new() } else { fields.collect() },
        bases: row.bases().iter().map(|need| requirement(*need)).collect(),
        terms: row.terms().iter().map(|term| term.name().to_owned()).collect(),
        countries: row.countries().to_vec(),
        named_by_basis,
        verifiable: policy.fields().iter().zip(row.verify()).filter_map(verified).collect(),
        delete_after_days: row.delete_after_days().map(Into::into),
        own_identity_only: row.is_for_own_identity(),
        all_slots: row.shows_all_slots(),
        legal_grounds: grounds(row.grounds()),
    }
}

fn row_field(field: &Field, shown: FormSet) -> v1::PolicyRowField {
    v1::PolicyRowField { field: field.name().to_string(), forms: forms(shown) }
}

fn requirement(need: Requirement) -> v1::PolicyRowBasis {
    v1::PolicyRowBasis {
        kind: need.kind().name().to_owned(),
        binds_member: need.binds().of_member(),
        binds_recipient: need.binds().of_recipient(),
        needs_secrecy_agreement: need.needs_secrecy(),
    }
}

fn forms(forms: FormSet) -> Vec<String> {
    forms.iter().map(|form| form.name().to_owned()).collect()
}

fn grounds(grounds: &BTreeMap<String, String>) -> Vec<v1::LegalGround> {
    grounds.iter().map(|(law, ground)| v1::LegalGround { law: law.clone(), ground: ground.clone() }).collect()
}
