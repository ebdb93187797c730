//! What was seen: one ask, and what the server answered.

use fubako_proto::client;
use fubako_proto::v1::{DiscloseResponse, Receipt, View};

use crate::cli::value::write;
use crate::cli::view::place;
use crate::model::recipient::RecipientClass;

/// One ask and its answer.
pub(super) struct Seen {
    pub(super) purpose: String,
    pub(super) class: RecipientClass,
    /// What is special about this ask; nothing, where it is asked as the policy means it.
    pub(super) note: String,
    pub(super) outcome: Outcome,
    /// What the policy says should have come of it, where that can be read off it and differs.
    pub(super) expected: Option<String>,
}

/// What came of an ask.
pub(super) enum Outcome {
    /// A view, or another answer, was given.
    Granted { shown: Vec<Shown>, terms: Vec<String> },
    /// Nothing was given.
    Refused { reason: String, why: String },
}

/// One line of what was given.
pub(super) struct Shown {
    /// The field, without its slot; nothing for what is no field.
    pub(super) field: String,
    pub(super) slot: u32,
    pub(super) form: String,
    pub(super) words: String,
}

impl Seen {
    /// An answer to an ask.
    pub(super) fn new(purpose: &str, class: RecipientClass, note: &str, outcome: Outcome) -> Self {
        Self { purpose: purpose.to_owned(), class, note: note.to_owned(), outcome, expected: None }
    }

    /// Whether the answer is not what the policy says.
    pub(super) const fn differs(&self) -> bool {
        self.expected.is_some()
    }
}

impl Outcome {
    /// A view that was released, or the refusal.
    pub(super) fn of(answer: Result<DiscloseResponse, client::Error>) -> (Self, Option<Receipt>) {
        match answer {
            Ok(answer) => (Self::of_view(&answer.view.unwrap_or_default()), answer.receipt),
            Err(error) => (Self::refused(&error), None),
        }
    }

    /// A view that was released.
    pub(super) fn of_view(view: &View) -> Self {
        let mut shown = Vec::new();
        for field in &view.fields {
            for value in &field.values {
                shown.push(Shown {
                    field: field.field.clone(),
                    slot: field.slot,
                    form: value.form.clone(),
                    words: value.value.as_ref().map(write::words).unwrap_or_default(),
                });
            }
        }
        let terms = view.terms.iter().map(|term| to_the_day(term)).collect();
        Self::Granted { shown, terms }
    }

    /// An answer that shows no field: yes or no, or ids.
    pub(super) fn answered(lines: impl IntoIterator<Item = (String, String)>) -> Self {
        let shown = lines.into_iter().map(|(form, words)| Shown { field: String::new(), slot: 0, form, words });
        Self::Granted { shown: shown.collect(), terms: Vec::new() }
    }

    /// A refusal, or a failure.
    pub(super) fn refused(error: &client::Error) -> Self {
        let why = error.metadata("rule").unwrap_or(error.message());
        let reason = match error.reason().name() {
            "" => format!("{:?}", error.code()),
            name => name.to_owned(),
        };
        Self::Refused { reason, why: why.to_owned() }
    }

    /// The fields given, each with its forms joined by `+`, in the order they came; slots of a field count as one.
    pub(super) fn forms(&self) -> Vec<(String, String)> {
        let mut fields: Vec<(String, Vec<&str>)> = Vec::new();
        let Self::Granted { shown, .. } = self else { return Vec::new() };
        for line in shown.iter().filter(|line| !line.field.is_empty()) {
            match fields.iter_mut().find(|(field, _)| *field == line.field) {
                Some((_, forms)) if forms.contains(&line.form.as_str()) => {}
                Some((_, forms)) => forms.push(&line.form),
                None => fields.push((line.field.clone(), vec![&line.form])),
            }
        }
        fields.into_iter().map(|(field, forms)| (field, forms.join("+"))).collect()
    }
}

impl Shown {
    /// What it is: a field with its slot and form.
    pub(super) fn label(&self) -> (String, &str) {
        (place(&self.field, self.slot), &self.form)
    }
}

/// A term without the time of day: `delete-by 2027-02-21T03:27:54Z` becomes `delete-by 2027-02-21`.
fn to_the_day(term: &str) -> String {
    match term.split_once('T') {
        Some((day, _)) if term.starts_with("delete-by ") => day.to_owned(),
        _ => term.to_owned(),
    }
}
