//! The matrix: every purpose and recipient of a policy against every field, for people and programs to read.

use serde::Serialize;

use crate::policy::purpose::{Answers, Purpose};
use crate::policy::row::{Extent, Row};
use crate::policy::table::Policy;

/// Purposes by fields.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Matrix {
    fields: Vec<String>,
    rows: Vec<MatrixRow>,
}

impl Matrix {
    /// The matrix of a policy: one row for each purpose and recipient class, in the order of the file.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let fields = policy.fields().iter().map(|field| field.name().to_string()).collect();
        let rows = policy
            .purposes()
            .iter()
            .flat_map(|purpose| purpose.rows().iter().map(move |row| MatrixRow::of(policy, purpose, row)))
            .collect();
        Self { fields, rows }
    }

    /// The fields' names: the columns.
    #[must_use]
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[MatrixRow] {
        &self.rows
    }
}

/// One purpose and recipient class.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MatrixRow {
    clause: String,
    purpose: String,
    recipient_class: &'static str,
    answers: &'static str,
    choice: &'static str,
    named_by_basis: bool,
    cells: Vec<String>,
}

impl MatrixRow {
    fn of(policy: &Policy, purpose: &Purpose, row: &Row) -> Self {
        let shown = policy.fields().iter().zip(row.view());
        let asked = policy.fields().iter().zip(row.verify());
        let cells = match purpose.answers() {
            Answers::View => shown.map(|(field, view)| field.shown(*view).to_string()).collect(),
            Answers::Verify => asked
                .map(|(field, forms)| match forms {
                    Some(forms) if forms.is_empty() => "match".to_owned(),
                    Some(forms) => field.shown(*forms).to_string(),
                    None => String::new(),
                })
                .collect(),
            Answers::Search | Answers::Statistics => shown.map(|_| String::new()).collect(),
        };
        Self {
            clause: purpose.clause().to_string(),
            purpose: purpose.id().to_string(),
            recipient_class: row.class().name(),
            answers: purpose.answers().name(),
            choice: purpose.choice().name(),
            named_by_basis: row.extent() == Extent::NamedByBasis,
            cells,
        }
    }

    /// The clause.
    #[must_use]
    pub fn clause(&self) -> &str {
        &self.clause
    }

    /// The purpose.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// The recipient class.
    #[must_use]
    pub const fn recipient_class(&self) -> &'static str {
        self.recipient_class
    }

    /// How the purpose is answered: `view`, `verify`, `search` or `statistics`.
    #[must_use]
    pub const fn answers(&self) -> &'static str {
        self.answers
    }

    /// What the member can do about it: `mandatory`, `optional` or `revocable`.
    #[must_use]
    pub const fn choice(&self) -> &'static str {
        self.choice
    }

    /// Whether the cells are the most a basis may name, and not a view by themselves.
    #[must_use]
    pub const fn is_named_by_basis(&self) -> bool {
        self.named_by_basis
    }

    /// The forms of each field, joined by `+`; empty where nothing is shown. Where the purpose is answered with yes or
    /// no, what may be asked about, and `match` for a field that has no form.
    #[must_use]
    pub fn cells(&self) -> &[String] {
        &self.cells
    }
}
