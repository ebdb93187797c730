//! Refusals: the outcome of a decision that releases nothing, with the rule that stood against it.

use std::fmt;

use crate::policy::check::Check;
use crate::policy::reason::Reason;
use crate::policy::rule::Rule;
use crate::policy::withheld::WithheldField;

/// A release refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    // Boxed, so that the way of a release that is granted does not carry the room for a refusal.
    rule: Box<Rule>,
    withheld: Vec<WithheldField>,
}

impl Refusal {
    /// The refusal of a view of which nothing is left.
    pub(super) fn with_withheld(rule: Rule, withheld: Vec<WithheldField>) -> Self {
        Self { rule: Box::new(rule), withheld }
    }

    /// The reason callers learn.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.rule.reason()
    }

    /// The check that failed.
    #[must_use]
    pub fn check(&self) -> Check {
        self.rule.check()
    }

    /// The rule that refused; its text is for people, and names no value.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Why each field is withheld, where the rule is that nothing is left; empty for every other rule.
    #[must_use]
    pub fn withheld(&self) -> &[WithheldField] {
        &self.withheld
    }
}

impl From<Rule> for Refusal {
    fn from(rule: Rule) -> Self {
        Self::with_withheld(rule, Vec::new())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rule.fmt(f)
    }
}

impl std::error::Error for Refusal {}
