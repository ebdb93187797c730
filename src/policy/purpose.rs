//! Purposes: why data may be asked for, how each is answered, and what the member can do about it.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::ids::PurposeId;
use crate::model::recipient::RecipientClass;
use crate::policy::clause::ClauseId;
use crate::policy::row::Row;

/// A purpose of the policy's closed catalogue.
#[derive(Clone, Debug)]
pub struct Purpose {
    pub(super) id: PurposeId,
    pub(super) clause: ClauseId,
    pub(super) answers: Answers,
    pub(super) choice: Choice,
    pub(super) grounds: BTreeMap<String, String>,
    pub(super) rows: Vec<Row>,
}

impl Purpose {
    /// What requests call it.
    #[must_use]
    pub const fn id(&self) -> &PurposeId {
        &self.id
    }

    /// The clause it comes from.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// How it is answered.
    #[must_use]
    pub const fn answers(&self) -> Answers {
        self.answers
    }

    /// What the member can do about it.
    #[must_use]
    pub const fn choice(&self) -> Choice {
        self.choice
    }

    /// The legal ground, by law; a row may state its own.
    #[must_use]
    pub const fn grounds(&self) -> &BTreeMap<String, String> {
        &self.grounds
    }

    /// Its rows, at most one for each class.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row for that class, if the class may receive anything for this purpose.
    #[must_use]
    pub fn row(&self, class: RecipientClass) -> Option<&Row> {
        self.rows.iter().find(|row| row.class() == class)
    }

    /// Whether there is a preference, named like the purpose, that can refuse it.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        matches!(self.choice, Choice::Optional)
    }

    /// Whether it goes on while the member has restricted processing.
    #[must_use]
    pub const fn survives_restriction(&self) -> bool {
        matches!(self.choice, Choice::Mandatory)
    }

    /// The purpose and its clause, as rules name them.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::new(self.id.clone(), self.clause.clone())
    }
}

/// A purpose and its clause; reads as ``purpose `delivery` (clause 2.b)``.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    purpose: PurposeId,
    clause: ClauseId,
}

impl Place {
    pub(super) const fn new(purpose: PurposeId, clause: ClauseId) -> Self {
        Self { purpose, clause }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "purpose `{}` (clause {})", self.purpose, self.clause)
    }
}

/// How a purpose is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answers {
    /// With a view of a member's fields.
    View,
    /// With yes or no about a value the caller brings.
    Verify,
    /// With the ids of the members found.
    Search,
    /// With counts over many members.
    Statistics,
}

impl Answers {
    /// Every way there is.
    pub const ALL: [Self; 4] = [Self::View, Self::Verify, Self::Search, Self::Statistics];

    /// Its name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Verify => "verify",
            Self::Search => "search",
            Self::Statistics => "statistics",
        }
    }

    /// The way of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answers| answers.name() == name)
    }

    /// What such an answer is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::View => "a view",
            Self::Verify => "yes or no",
            Self::Search => "member ids",
            Self::Statistics => "counts only",
        }
    }
}

/// What a member can do about a purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// Nothing; it goes on under a restriction too.
    Mandatory,
    /// Refuse it by the preference of its name; a restriction freezes it.
    Optional,
    /// Revoke the consent it rests on; a restriction freezes it.
    Revocable,
}

impl Choice {
    /// Every choice there is.
    pub const ALL: [Self; 3] = [Self::Mandatory, Self::Optional, Self::Revocable];

    /// The choice's name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mandatory => "mandatory",
            Self::Optional => "optional",
            Self::Revocable => "revocable",
        }
    }

    /// The choice of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}
