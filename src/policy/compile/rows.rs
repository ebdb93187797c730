//! The rows of a purpose in a policy file.

use std::collections::BTreeMap;

use crate::model::basis::BasisKind;
use crate::model::form::{Form, FormSet};
use crate::model::recipient::RecipientClass;
use crate::policy::compile::bases;
use crate::policy::compile::fields::Fields;
use crate::policy::compile::report::Report;
use crate::policy::compile::shown::{self, Named};
use crate::policy::problem::{Near, Place, Problem, What};
use crate::policy::purpose::{Answers, Choice};
use crate::policy::row::{Extent, Requirement, Row};
use crate::policy::source::{RowSource, Shown};
use crate::policy::terms::StandingTerm;

/// What the rows of one purpose are compiled by.
pub(super) struct Rows<'a> {
    pub(super) fields: &'a Fields,
    pub(super) ceiling: &'a [FormSet],
    pub(super) clause: &'a str,
    pub(super) purpose: &'a str,
    pub(super) answers: Answers,
    pub(super) choice: Choice,
}

impl Rows<'_> {
    /// One row for each class the written row is for.
    pub(super) fn compile(
        &self,
        report: &mut Report<'_>,
        source: &RowSource,
        grounds: &BTreeMap<String, String>,
    ) -> Vec<Row> {
        let classes = self.classes(report, source);
        let bases = bases::compile(report, self.purpose, &classes, &source.bases);
        self.check_revocable(report, source, &bases);
        let (extent, view) = self.view(report, source, &bases);
        let verify = self.verify(report, source);
        let terms = self.terms(report, source, &bases);
        let countries = self.countries(report, source, &classes);
        check_own_identity(report, source, &classes);
        let own_identity = asks_own_identity(source);
        let delete_after_days = delete_after_days(report, source);
        let row = |class| Row {
            class,
            view: view.clone(),
            extent,
            verify: verify.clone(),
            bases: bases.clone(),
            terms: terms.clone(),
            delete_after_days,
            own_identity,
            all_slots: source.all_slots,
            countries: countries.clone(),
            grounds: source.grounds.as_ref().unwrap_or(grounds).clone(),
        };
        classes.into_iter().map(row).collect()
    }

    fn classes(&self, report: &mut Report<'_>, source: &RowSource) -> Vec<RecipientClass> {
        let mut classes = Vec::new();
        let known = RecipientClass::ALL.map(RecipientClass::name).into_iter().chain([ANY_PARTY]);
        for word in source.recipients.get_ref() {
            let name = word.get_ref();
            if name == ANY_PARTY {
                classes.extend(RecipientClass::ALL.into_iter().filter(|class| !class.is_built_in()));
            } else if let Some(class) = RecipientClass::parse(name) {
                classes.push(class);
            } else {
                let (what, place) = (What::RecipientClass, Place::Row(self.purpose.to_owned()));
                let near = Near::to(name, known.clone());
                report.add(&word.span(), Problem::Unknown { what, name: name.clone(), place, near });
            }
        }
        if source.recipients.get_ref().is_empty() {
            report.add(&source.recipients.span(), Problem::NoRecipient(self.purpose.to_owned()));
        }
        classes
    }

    /// The forms of each field the row shows; nothing, where the purpose is not answered with a view.
    fn view(&self, report: &mut Report<'_>, source: &RowSource, bases: &[Requirement]) -> (Extent, Box<[FormSet]>) {
        let nothing = vec![FormSet::NONE; self.fields.table().len()];
        let Some(written) = &source.view else {
            if self.answers == Answers::View {
                report.add(&source.recipients.span(), Problem::EmptyView(self.purpose.to_owned()));
            }
            return (Extent::Listed, nothing.into());
        };
        if self.answers != Answers::View {
            let (purpose, answers) = (self.purpose.to_owned(), self.answers);
            report.add(&written.span(), Problem::NotAnswered { purpose, answers, key: "view" });
        }
        match written.get_ref() {
            Shown::Fields(list) => {
                let named = shown::compile(report, self.fields, list, &Place::View(self.purpose.to_owned()));
                if list.is_empty() {
                    report.add(&written.span(), Problem::EmptyView(self.purpose.to_owned()));
                }
                (Extent::Listed, self.listed(report, named, nothing, asks_own_identity(source)))
            }
            Shown::Word(word) => {
                if word != SCOPE {
                    let (what, place) = (What::Word, Place::View(self.purpose.to_owned()));
                    let near = Near::to(word, [SCOPE]);
                    report.add(&written.span(), Problem::Unknown { what, name: word.clone(), place, near });
                } else if bases.is_empty() && source.bases.is_empty() {
                    report.add(&written.span(), Problem::ScopeWithoutBasis(self.purpose.to_owned()));
                } else if self.ceiling.iter().all(|forms| forms.is_empty()) {
                    report.add(&written.span(), Problem::EmptyView(self.purpose.to_owned()));
                }
                (Extent::NamedByBasis, self.ceiling.into())
            }
        }
    }

    fn listed(
        &self,
        report: &mut Report<'_>,
        named: Vec<Named<'_>>,
        mut view: Vec<FormSet>,
        in_person: bool,
    ) -> Box<[FormSet]> {
        for Named { position, field, forms, at } in named {
            let purpose = self.purpose.to_owned();
            let (Some(shown), Some(ceiling)) = (view.get_mut(position), self.ceiling.get(position)) else {
                continue;
            };
            *shown = forms;
            let field_name = field.name().to_string();
            if forms.is_empty() {
                let place = Place::View(purpose);
                report.add(&at, Problem::NoForm { field: field_name, place });
            } else if !forms.is_within(*ceiling) {
                let (forms, clause) = (field.shown(forms), self.clause.to_owned());
                report.add(&at, Problem::AboveCeiling { purpose, field: field_name, forms, clause });
            } else if forms.contains(Form::Full) && field.is_handed_over_in_person() && !in_person {
                report.add(&at, Problem::NotInPerson { purpose, field: field_name });
            }
        }
        view.into()
    }

    /// What may be asked about each field, where the purpose is answered with yes or no.
    fn verify(&self, report: &mut Report<'_>, source: &RowSource) -> Box<[Option<FormSet>]> {
        let mut questions = vec![None; self.fields.table().len()];
        let purpose = self.purpose.to_owned();
        match (self.answers, &source.verify) {
            (Answers::Verify, Some(written)) => {
                let place = Place::Questions(purpose);
                let Shown::Fields(list) = written.get_ref() else {
                    report.add(&written.span(), Problem::WordForFields(place));
                    return questions.into();
                };
                for Named { position, field, forms, at } in shown::compile(report, self.fields, list, &place) {
                    if forms.is_empty() && !field.forms().is_empty() {
                        let field = field.name().to_string();
                        report.add(&at, Problem::NoForm { field, place: place.clone() });
                    }
                    if let Some(question) = questions.get_mut(position) {
                        *question = Some(forms);
                    }
                }
                if list.is_empty() {
                    report.add(&written.span(), Problem::NothingToVerify(self.purpose.to_owned()));
                }
            }
            (Answers::Verify, None) => report.add(&source.recipients.span(), Problem::NothingToVerify(purpose)),
            (answers, Some(written)) => {
                report.add(&written.span(), Problem::NotAnswered { purpose, answers, key: "verify" });
            }
            (Answers::View | Answers::Search | Answers::Statistics, None) => {}
        }
        questions.into()
    }

    fn terms(&self, report: &mut Report<'_>, source: &RowSource, bases: &[Requirement]) -> Vec<StandingTerm> {
        let known = StandingTerm::ALL.map(StandingTerm::name);
        let made_under = bases.iter().any(|need| !need.kind().binds_member());
        let mut terms = Vec::with_capacity(source.terms.len());
        for word in &source.terms {
            let place = (What::Term, Place::Row(self.purpose.to_owned()));
            let Some(term) = report.word(word, place, StandingTerm::parse, &known) else {
                continue;
            };
            if terms.contains(&term) {
                report.add(&word.span(), Problem::Twice { what: What::Term, name: word.get_ref().clone() });
            }
            if term == StandingTerm::UnderPolicy && !made_under {
                report.add(&word.span(), Problem::UnderNoPolicy);
            }
            terms.push(term);
        }
        terms
    }

    fn countries(&self, report: &mut Report<'_>, source: &RowSource, classes: &[RecipientClass]) -> Vec<String> {
        let Some(written) = &source.countries else {
            if classes.iter().any(|class| !class.is_built_in()) {
                report.add(&source.recipients.span(), Problem::CountriesMissing(self.purpose.to_owned()));
            }
            return Vec::new();
        };
        if let Some(class) = classes.iter().copied().find(|class| class.is_built_in()) {
            report.add(&written.span(), Problem::BuiltIn { key: "countries", class });
        }
        for country in written.get_ref() {
            let code = country.get_ref();
            if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
                report.add(&country.span(), Problem::Country(code.clone()));
            }
        }
        written.get_ref().iter().map(|country| country.get_ref().clone()).collect()
    }

    fn check_revocable(&self, report: &mut Report<'_>, source: &RowSource, bases: &[Requirement]) {
        if self.choice == Choice::Revocable && !bases.iter().any(|need| need.kind() == BasisKind::Consent) {
            report.add(&source.recipients.span(), Problem::NothingToRevoke(self.purpose.to_owned()));
        }
    }
}

fn check_own_identity(report: &mut Report<'_>, source: &RowSource, classes: &[RecipientClass]) {
    if let Some(written) = &source.own_identity
        && let Some(class) = classes.iter().copied().find(|class| class.is_built_in())
    {
        report.add(&written.span(), Problem::BuiltIn { key: "own_identity", class });
    }
}

fn asks_own_identity(source: &RowSource) -> bool {
    source.own_identity.as_ref().is_some_and(|written| *written.get_ref())
}

fn delete_after_days(report: &mut Report<'_>, source: &RowSource) -> Option<u16> {
    let written = source.delete_after_days.as_ref()?;
    if *written.get_ref() == 0 {
        report.add(&written.span(), Problem::DeleteAtOnce);
    }
    Some(*written.get_ref())
}

const ANY_PARTY: &str = "any-party";
const SCOPE: &str = "scope";
