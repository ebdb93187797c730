//! Clauses: the paragraphs of the written policy, each with the most that may be shown under it.

use crate::model::form::FormSet;
use crate::model::slug::slug_kind;

slug_kind!(
    /// A clause, as the written policy numbers it: `2.b`.
    ClauseId
);

/// A clause of the written policy.
#[derive(Clone, Debug)]
pub struct Clause {
    id: ClauseId,
    title: String,
    ceiling: Box<[FormSet]>,
}

impl Clause {
    pub(super) const fn new(id: ClauseId, title: String, ceiling: Box<[FormSet]>) -> Self {
        Self { id, title, ceiling }
    }

    /// How the written policy numbers it.
    #[must_use]
    pub const fn id(&self) -> &ClauseId {
        &self.id
    }

    /// What it is about, in a few words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The most any view under it may show: the forms of each field of the policy, in the policy's order, closed downwards.
    #[must_use]
    pub const fn ceiling(&self) -> &[FormSet] {
        &self.ceiling
    }
}
