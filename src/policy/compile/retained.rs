//! What a policy file has kept of erased members.

use std::collections::BTreeSet;

use fubako_keys::KeyClass;
use toml::Spanned;

use crate::field::kind::Kind;
use crate::model::ids::FieldId;
use crate::policy::compile::fields::Fields;
use crate::policy::compile::report::Report;
use crate::policy::problem::{Place, Problem, What};
use crate::policy::retained::{DEFAULT_MONTHS, Retained};
use crate::policy::source::RetainedSource;
use crate::policy::table::Field;

/// Compiles the section; a file without it keeps nothing.
pub(super) fn compile(
    report: &mut Report<'_>,
    fields: &Fields,
    source: Option<Spanned<RetainedSource>>,
) -> Option<Retained> {
    let source = source?;
    let section = source.span();
    let RetainedSource { fields: names, months, grounds } = source.into_inner();
    if names.get_ref().is_empty() {
        report.add(&names.span(), Problem::KeepsNothing);
    }
    if grounds.is_empty() {
        report.add(&section, Problem::KeptWithoutGround);
    }
    if let Some(months) = months.as_ref().filter(|months| *months.get_ref() == 0) {
        report.add(&months.span(), Problem::KeptForNoTime);
    }
    let fields = kept(report, fields, names.get_ref());
    Some(Retained { fields, months: months.map_or(DEFAULT_MONTHS, Spanned::into_inner), grounds })
}

fn kept(report: &mut Report<'_>, fields: &Fields, names: &[Spanned<String>]) -> Vec<FieldId> {
    let mut seen = BTreeSet::new();
    let mut kept = BTreeSet::new();
    for name in names {
        if !seen.insert(name.get_ref()) {
            report.add(&name.span(), Problem::Twice { what: What::Field, name: name.get_ref().clone() });
        }
        let Some((_, field)) = fields.named(report, name, &Place::Retained) else { continue };
        if let Some(why) = never_kept(field) {
            report.add(&name.span(), Problem::NeverKept { field: name.get_ref().clone(), why });
        }
        kept.insert(field.id());
    }
    kept.into_iter().collect()
}

/// What keeps a field from outliving its member: a number that pays, what opens an account, what joins views.
fn never_kept(field: &Field) -> Option<String> {
    match (field.kind(), field.class()) {
        (Kind::Pseudonym, _) => Some("a pseudonym".to_owned()),
        (_, class @ (KeyClass::Card | KeyClass::Bank | KeyClass::Credential)) => {
            Some(format!("what is of key class `{class}`"))
        }
        (_, KeyClass::Identity | KeyClass::Contact) => None,
    }
}
