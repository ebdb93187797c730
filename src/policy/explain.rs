//! Explanations: a decision told check by check and field by field, for the privacy officer.

use serde::Serialize;

use crate::model::ids::FieldId;
use crate::policy::check::Check;
use crate::policy::decide::Decision;
use crate::policy::grant::GrantedField;
use crate::policy::table::Policy;
use crate::policy::withheld::{Withheld, WithheldField};

/// How a decision came about.
///
/// It is read off the decision itself: a refusal names the check it failed, the checks are made in a fixed order, so
/// those before it passed and those after it were not reached. Nothing is decided a second time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Explanation {
    outcome: &'static str,
    reason: Option<&'static str>,
    checks: Vec<CheckLine>,
    fields: Vec<FieldLine>,
}

impl Explanation {
    /// Explains a decision made by that policy.
    #[must_use]
    pub fn of(policy: &Policy, decision: &Decision) -> Self {
        let (outcome, reason, shown, withheld) = match decision {
            Decision::Grant(grant) => ("granted", None, grant.fields(), grant.withheld()),
            Decision::Refuse(refusal) => ("refused", Some(refusal.reason().name()), &[][..], refusal.withheld()),
        };
        let shown = shown.iter().map(|field| FieldLine::shown(policy, *field));
        let withheld = withheld.iter().map(|field| FieldLine::withheld(policy, *field));
        let fields = shown.chain(withheld).collect();
        let checks = Check::ALL.map(|check| CheckLine::of(check, decision)).into();
        Self { outcome, reason, checks, fields }
    }

    /// `granted` or `refused`.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        self.outcome
    }

    /// The reason's name, if it was refused.
    #[must_use]
    pub const fn reason(&self) -> Option<&'static str> {
        self.reason
    }

    /// Every check, in the order they are made.
    #[must_use]
    pub fn checks(&self) -> &[CheckLine] {
        &self.checks
    }

    /// Every field of the view or the request; none, if it was refused before fields were weighed.
    #[must_use]
    pub fn fields(&self) -> &[FieldLine] {
        &self.fields
    }
}

/// One check of a decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CheckLine {
    check: Check,
    status: CheckStatus,
    rule: String,
}

impl CheckLine {
    fn of(check: Check, decision: &Decision) -> Self {
        let failed = match decision {
            Decision::Grant(_) => None,
            Decision::Refuse(refusal) => Some(refusal),
        };
        let (status, rule) = match failed {
            Some(refusal) if refusal.check() == check => (CheckStatus::Failed, refusal.to_string()),
            Some(refusal) if refusal.check() < check => (CheckStatus::NotReached, String::new()),
            Some(_) | None => (CheckStatus::Passed, check.when_passed().to_owned()),
        };
        Self { check, status, rule }
    }

    /// Which check it is.
    #[must_use]
    pub const fn check(&self) -> Check {
        self.check
    }

    /// What came of it.
    #[must_use]
    pub const fn status(&self) -> CheckStatus {
        self.status
    }

    /// The rule in plain words; empty if it was not reached.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

/// What came of a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckStatus {
    /// It holds.
    Passed,
    /// It does not; this is why the decision is a refusal.
    Failed,
    /// The decision had ended before.
    NotReached,
}

impl CheckStatus {
    /// The status's name in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotReached => "not-reached",
        }
    }
}

/// One field of a decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FieldLine {
    field: String,
    slot: u16,
    forms: String,
    rule: Option<&'static str>,
}

impl FieldLine {
    fn shown(policy: &Policy, shown: GrantedField) -> Self {
        let (field, slot) = (name(policy, shown.field()), shown.slot().0);
        Self { field, slot, forms: shown.forms().to_string(), rule: shown.narrowed_by().map(Withheld::rule) }
    }

    fn withheld(policy: &Policy, withheld: WithheldField) -> Self {
        let (field, slot) = (name(policy, withheld.field()), withheld.slot().0);
        Self { field, slot, forms: String::new(), rule: Some(withheld.why().rule()) }
    }

    /// The field's name.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The slot.
    #[must_use]
    pub const fn slot(&self) -> u16 {
        self.slot
    }

    /// The forms shown, joined by `+`; empty if it is withheld.
    #[must_use]
    pub fn forms(&self) -> &str {
        &self.forms
    }

    /// What withheld the field or last took forms away, if anything did.
    #[must_use]
    pub const fn rule(&self) -> Option<&'static str> {
        self.rule
    }
}

fn name(policy: &Policy, field: FieldId) -> String {
    policy.field(field).map_or_else(|| field.to_string(), |field| field.name().to_string())
}
