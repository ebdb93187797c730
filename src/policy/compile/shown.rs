//! Lists of fields with their forms, as views, ceilings and questions write them.

use std::ops::Range;

use toml::Spanned;

use crate::model::form::{Form, FormSet};
use crate::policy::compile::fields::Fields;
use crate::policy::compile::report::Report;
use crate::policy::problem::{Place, Problem, What};
use crate::policy::table::Field;

/// One field of a list.
pub(super) struct Named<'a> {
    pub(super) position: usize,
    pub(super) field: &'a Field,
    /// The forms named, closed downwards.
    pub(super) forms: FormSet,
    pub(super) at: Range<usize>,
}

/// Every field of the list that can be made out.
pub(super) fn compile<'a>(
    report: &mut Report<'_>,
    fields: &'a Fields,
    list: &[(Spanned<String>, Vec<Spanned<String>>)],
    place: &Place,
) -> Vec<Named<'a>> {
    let mut named = Vec::with_capacity(list.len());
    for (name, words) in list {
        if let Some((position, field)) = fields.named(report, name, place) {
            let forms = words.iter().filter_map(|word| form(report, field, word, place)).collect();
            named.push(Named { position, field, forms: field.close(forms), at: name.span() });
        }
    }
    named
}

fn form(report: &mut Report<'_>, field: &Field, word: &Spanned<String>, place: &Place) -> Option<Form> {
    let form = report.word(word, (What::Form, place.clone()), Form::parse, &Form::ALL.map(Form::name))?;
    if !field.kind().forms().contains(form) {
        report.add(&word.span(), Problem::KindLacksForm { form, kind: field.kind(), place: place.clone() });
    } else if !field.forms().contains(form) {
        let field = field.name().to_string();
        report.add(&word.span(), Problem::FormNotDeclared { form, field, place: place.clone() });
    }
    Some(form)
}
