//! The clauses of a policy file, with their ceilings.

use std::collections::BTreeSet;

use toml::Spanned;

use crate::model::form::FormSet;
use crate::policy::clause::{Clause, ClauseId};
use crate::policy::compile::fields::Fields;
use crate::policy::compile::report::Report;
use crate::policy::compile::shown;
use crate::policy::problem::{Near, Place, Problem, What};
use crate::policy::source::{ClauseSource, FieldSource, Shown};
use crate::policy::table::Field;

/// The clauses compiled, and the numbers of all that are there, well or not.
pub(super) struct Clauses {
    table: Vec<Clause>,
    ids: BTreeSet<String>,
}

/// Compiles every clause that can be made out.
pub(super) fn compile(report: &mut Report<'_>, fields: &Fields, sources: Vec<ClauseSource>) -> Clauses {
    let mut clauses = Clauses { table: Vec::with_capacity(sources.len()), ids: BTreeSet::new() };
    for source in sources {
        let name = source.id.get_ref().clone();
        if !clauses.ids.insert(name.clone()) {
            report.add(&source.id.span(), Problem::Twice { what: What::Clause, name: name.clone() });
        }
        let ceiling = ceiling(report, fields, &source);
        match ClauseId::parse(&name) {
            Ok(id) => clauses.table.push(Clause::new(id, source.title, ceiling)),
            Err(_) => report.add(&source.id.span(), Problem::Name { what: What::Clause, name }),
        }
    }
    clauses
}

impl Clauses {
    /// The clause of that number; a finding, unless it is there and has a finding of its own.
    pub(super) fn check(&self, report: &mut Report<'_>, id: &Spanned<String>, place: Place) -> Option<&Clause> {
        let found = self.table.iter().find(|clause| clause.id().as_str() == id.get_ref());
        if found.is_none() && !self.ids.contains(id.get_ref()) {
            let near = Near::to(id.get_ref(), self.ids.iter().map(String::as_str));
            report.add(&id.span(), Problem::Unknown { what: What::Clause, name: id.get_ref().clone(), place, near });
        }
        found
    }

    /// Finds the fields whose clause the policy does not have.
    pub(super) fn check_fields(&self, report: &mut Report<'_>, fields: &[FieldSource]) {
        for field in fields {
            self.check(report, &field.clause, Place::Field(field.name.get_ref().clone()));
        }
    }

    pub(super) fn into_table(self) -> Vec<Clause> {
        self.table
    }
}

/// The forms of each field that may be shown under the clause, closed downwards; none, where nothing is said.
fn ceiling(report: &mut Report<'_>, fields: &Fields, source: &ClauseSource) -> Box<[FormSet]> {
    let clause = source.id.get_ref();
    let mut ceiling = vec![FormSet::NONE; fields.table().len()];
    let everything = match &source.ceiling {
        None => false,
        Some(written) => match written.get_ref() {
            Shown::Fields(list) => {
                overlay(&mut ceiling, shown::compile(report, fields, list, &Place::Ceiling(clause.clone())));
                false
            }
            Shown::Word(word) => {
                let word = Spanned::new(written.span(), word.clone());
                let known = |word: &str| (word == EVERY_FIELD).then_some(());
                let place = (What::Word, Place::Ceiling(clause.clone()));
                report.word(&word, place, known, &[EVERY_FIELD]).is_some()
            }
        },
    };
    if everything {
        ceiling = fields.table().iter().map(Field::forms).collect();
    }
    if let Some(except) = &source.except {
        let place = Place::Exceptions(clause.clone());
        match except.get_ref() {
            Shown::Fields(list) if everything => overlay(&mut ceiling, shown::compile(report, fields, list, &place)),
            Shown::Fields(_) => report.add(&except.span(), Problem::NothingToExcept),
            Shown::Word(_) => report.add(&except.span(), Problem::WordForFields(place)),
        }
    }
    ceiling.into_boxed_slice()
}

fn overlay(ceiling: &mut [FormSet], named: Vec<shown::Named<'_>>) {
    for named in named {
        if let Some(forms) = ceiling.get_mut(named.position) {
            *forms = named.forms;
        }
    }
}

const EVERY_FIELD: &str = "every-field";
