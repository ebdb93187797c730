//! The fields of a policy file.

use std::collections::BTreeSet;

use fubako_keys::KeyClass;
use toml::Spanned;

use crate::field::kind::Kind;
use crate::model::form::{Form, FormSet};
use crate::model::ids::{FieldId, FieldName};
use crate::policy::clause::ClauseId;
use crate::policy::compile::report::Report;
use crate::policy::problem::{Near, Place, Problem, What};
use crate::policy::source::FieldSource;
use crate::policy::table::Field;

/// The fields compiled, by number, and the names of all that are declared, well or not.
pub(super) struct Fields {
    table: Vec<Field>,
    names: BTreeSet<String>,
}

impl Fields {
    /// Compiles every field that is well declared.
    pub(super) fn compile(report: &mut Report<'_>, sources: &[FieldSource]) -> Self {
        let mut fields = Self { table: Vec::with_capacity(sources.len()), names: BTreeSet::new() };
        for source in sources {
            fields.check_unique(report, source);
            let field = compile(report, source);
            fields.table.extend(field);
        }
        fields.table.sort_by_key(Field::id);
        fields
    }

    /// The fields, in the order of their numbers: their positions in every view and ceiling.
    pub(super) fn table(&self) -> &[Field] {
        &self.table
    }

    pub(super) fn into_table(self) -> Vec<Field> {
        self.table
    }

    /// The field of that name with its position; a finding, unless it is declared and has a finding of its own.
    pub(super) fn named(
        &self,
        report: &mut Report<'_>,
        name: &Spanned<String>,
        place: &Place,
    ) -> Option<(usize, &Field)> {
        let found = self.table.iter().enumerate().find(|(_, field)| field.name().as_str() == name.get_ref());
        if found.is_none() && !self.names.contains(name.get_ref()) {
            let near = Near::to(name.get_ref(), self.names.iter().map(String::as_str));
            let problem =
                Problem::Unknown { what: What::Field, name: name.get_ref().clone(), place: place.clone(), near };
            report.add(&name.span(), problem);
        }
        found
    }

    fn check_unique(&mut self, report: &mut Report<'_>, source: &FieldSource) {
        let (id, name) = (source.id.get_ref(), source.name.get_ref());
        if self.table.iter().any(|field| field.id().0 == *id) {
            report.add(&source.id.span(), Problem::Twice { what: What::FieldNumber, name: id.to_string() });
        }
        if !self.names.insert(name.clone()) {
            report.add(&source.name.span(), Problem::Twice { what: What::Field, name: name.clone() });
        }
        let pseudonym = |field: &Field| field.kind() == Kind::Pseudonym;
        if source.kind.get_ref() == Kind::Pseudonym.name() && self.table.iter().any(pseudonym) {
            report.add(&source.kind.span(), Problem::SecondPseudonym(Kind::Pseudonym));
        }
    }
}

fn compile(report: &mut Report<'_>, source: &FieldSource) -> Option<Field> {
    let place = Place::Field(source.name.get_ref().clone());
    let name = FieldName::parse(source.name.get_ref()).inspect_err(|_| {
        let name = source.name.get_ref().clone();
        report.add(&source.name.span(), Problem::Name { what: What::Field, name });
    });
    if *source.id.get_ref() == 0 {
        report.add(&source.id.span(), Problem::Zero("fields"));
    }
    let kind = report.word(&source.kind, (What::Kind, place.clone()), Kind::parse, &Kind::ALL.map(Kind::name));
    let classes = KeyClass::ALL.map(KeyClass::name);
    let class =
        report.word(&source.class, (What::KeyClass, place.clone()), |name| KeyClass::parse(name).ok(), &classes);
    let (kind, class) = (kind?, class?);
    if let Some(needed) = class_of(kind, class) {
        report.add(&source.class.span(), Problem::ClassOfKind { kind, class: needed });
    }
    Some(Field {
        id: FieldId(*source.id.get_ref()),
        name: name.ok()?,
        kind,
        class,
        forms: forms(report, source, kind, &place),
        slots: slots(report, source, kind),
        clause: ClauseId::parse(source.clause.get_ref()).ok()?,
    })
}

/// The class the kind needs, where it is not the one declared: card numbers sealed with names would leave with them.
fn class_of(kind: Kind, declared: KeyClass) -> Option<KeyClass> {
    let needed = match kind {
        Kind::PaymentCard => KeyClass::Card,
        Kind::BankAccount => KeyClass::Bank,
        Kind::Credential => KeyClass::Credential,
        Kind::Text
        | Kind::PersonName
        | Kind::PostalAddress
        | Kind::Email
        | Kind::Phone
        | Kind::Date
        | Kind::UsageHistory
        | Kind::AccessTrace
        | Kind::Pseudonym => return None,
    };
    (declared != needed).then_some(needed)
}

fn forms(report: &mut Report<'_>, source: &FieldSource, kind: Kind, place: &Place) -> FormSet {
    let names = Form::ALL.map(Form::name);
    let mut forms = FormSet::NONE;
    for word in &source.forms {
        let Some(form) = report.word(word, (What::Form, place.clone()), Form::parse, &names) else {
            continue;
        };
        if forms.contains(form) {
            report.add(&word.span(), Problem::Twice { what: What::Form, name: word.get_ref().clone() });
        }
        if kind.forms().contains(form) {
            forms = forms.join(FormSet::of(&[form]));
        } else {
            report.add(&word.span(), Problem::KindLacksForm { form, kind, place: place.clone() });
        }
    }
    forms
}

fn slots(report: &mut Report<'_>, source: &FieldSource, kind: Kind) -> u16 {
    let Some(slots) = &source.slots else {
        return 1;
    };
    let single = matches!(kind, Kind::Credential | Kind::Pseudonym);
    match *slots.get_ref() {
        0 => report.add(&slots.span(), Problem::Zero("the slots of a field")),
        2.. if single => report.add(&slots.span(), Problem::OneSlot(kind)),
        _ => {}
    }
    *slots.get_ref()
}
