//! Explanations: a decision told check by check and field by field, without values.

use fubako_proto::v1;

use crate::policy::decide::Decision;
use crate::policy::explain::{CheckLine, CheckStatus, Explanation};
use crate::policy::grant::GrantedField;
use crate::policy::table::Policy;
use crate::rpc::convert::{receipt, view};
use crate::vault::explain::Explained;

/// The explanation as it travels.
pub(in crate::rpc) fn of(explained: &Explained) -> v1::ExplainResponse {
    let Explained { decision, policy, receipt: entry } = explained;
    let explanation = Explanation::of(policy, decision);
    let reason = explanation.reason().unwrap_or_default();
    let told = v1::ExplainResponse {
        checks: explanation.checks().iter().map(|line| check(line, reason)).collect(),
        policy_version: policy.version().0,
        receipt: Some(receipt::of(*entry)),
        ..v1::ExplainResponse::default()
    };
    match decision {
        Decision::Grant(grant) => v1::ExplainResponse {
            fields: grant.fields().iter().map(|granted| field(*granted, policy)).collect(),
            withheld: view::withheld(grant.withheld(), policy),
            terms: grant.terms().iter().map(ToString::to_string).collect(),
            ..told
        },
        Decision::Refuse(refusal) => {
            v1::ExplainResponse { withheld: view::withheld(refusal.withheld(), policy), ..told }
        }
    }
}

fn check(line: &CheckLine, reason: &str) -> v1::Check {
    let (outcome, reason) = match line.status() {
        CheckStatus::Passed => (v1::CheckOutcome::Passed, ""),
        CheckStatus::Failed => (v1::CheckOutcome::Failed, reason),
        CheckStatus::NotReached => (v1::CheckOutcome::NotMade, ""),
    };
    v1::Check {
        check: line.check().name().to_owned(),
        outcome: outcome.into(),
        rule: line.rule().to_owned(),
        reason: reason.to_owned(),
    }
}

fn field(granted: GrantedField, policy: &Policy) -> v1::ExplainedField {
    v1::ExplainedField {
        field: policy.field(granted.field()).map(|field| field.name().to_string()).unwrap_or_default(),
        slot: granted.slot().0.into(),
        forms: granted.forms().iter().map(|form| form.name().to_owned()).collect(),
    }
}
