//! The purposes of a policy file.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::form::FormSet;
use crate::model::ids::PurposeId;
use crate::policy::clause::Clause;
use crate::policy::compile::clauses::Clauses;
use crate::policy::compile::fields::Fields;
use crate::policy::compile::report::Report;
use crate::policy::compile::rows::Rows;
use crate::policy::problem::{Place, Problem, What};
use crate::policy::purpose::{Answers, Choice, Purpose};
use crate::policy::row::Row;
use crate::policy::source::{PurposeSource, RowSource};
use crate::policy::table::Field;

/// Compiles every purpose that can be made out, in the order of the file.
pub(super) fn compile(
    report: &mut Report<'_>,
    fields: &Fields,
    clauses: &Clauses,
    sources: Vec<PurposeSource>,
) -> Vec<Purpose> {
    let mut names = BTreeSet::new();
    let mut purposes = Vec::with_capacity(sources.len());
    for source in sources {
        let name = source.id.get_ref();
        if !names.insert(name.clone()) {
            report.add(&source.id.span(), Problem::Twice { what: What::Purpose, name: name.clone() });
        }
        purposes.extend(purpose(report, fields, clauses, source));
    }
    purposes
}

fn purpose(report: &mut Report<'_>, fields: &Fields, clauses: &Clauses, source: PurposeSource) -> Option<Purpose> {
    let name = source.id.get_ref();
    let place = Place::Purpose(name.clone());
    let id = PurposeId::parse(name)
        .inspect_err(|_| report.add(&source.id.span(), Problem::Name { what: What::Purpose, name: name.clone() }));
    let clause = clauses.check(report, &source.clause, place.clone());
    let known = Answers::ALL.map(Answers::name);
    let answers = report.word(&source.answers, (What::Answer, place.clone()), Answers::parse, &known);
    let known = Choice::ALL.map(Choice::name);
    let choice = report.word(&source.choice, (What::Choice, place), Choice::parse, &known);
    if source.grounds.is_empty() {
        report.add(&source.id.span(), Problem::NoGround(name.clone()));
    }
    if source.rows.is_empty() {
        report.add(&source.id.span(), Problem::NoRow(name.clone()));
    }
    let (answers, choice) = (answers?, choice?);
    let ceiling = ceiling(fields, clause);
    let clause_name = source.clause.get_ref();
    let context = Rows { fields, ceiling: &ceiling, clause: clause_name, purpose: name, answers, choice };
    let rows = rows(report, &context, &source.rows, &source.grounds);
    Some(Purpose { id: id.ok()?, clause: clause?.id().clone(), answers, choice, grounds: source.grounds, rows })
}

/// The clause's ceiling; no limit where the clause is unknown, which is a finding already.
fn ceiling(fields: &Fields, clause: Option<&Clause>) -> Vec<FormSet> {
    clause.map_or_else(|| fields.table().iter().map(Field::forms).collect(), |clause| clause.ceiling().to_vec())
}

fn rows(
    report: &mut Report<'_>,
    context: &Rows<'_>,
    sources: &[RowSource],
    grounds: &BTreeMap<String, String>,
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::with_capacity(sources.len());
    for source in sources {
        for row in context.compile(report, source, grounds) {
            if rows.iter().any(|known| known.class() == row.class()) {
                let purpose = context.purpose.to_owned();
                report.add(&source.recipients.span(), Problem::RowTwice { purpose, class: row.class() });
            }
            rows.push(row);
        }
    }
    rows
}
