//! The versions of the policy a report needs: what a purpose and its rows said when something was given.

use std::collections::BTreeMap;

use fubako_proto::v1;

/// The policy in force, and the versions that releases were granted under.
#[derive(Default, Debug)]
pub(super) struct Policies {
    current: u32,
    versions: BTreeMap<u32, v1::Policy>,
}

impl Policies {
    /// Versions by their numbers, and which is in force.
    pub(super) const fn new(current: u32, versions: BTreeMap<u32, v1::Policy>) -> Self {
        Self { current, versions }
    }

    /// The number of the one in force.
    pub(super) const fn current(&self) -> u32 {
        self.current
    }

    /// The versions, the one in force first, then from the newest to the oldest.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = (u32, &v1::Policy)> {
        let current = self.versions.get_key_value(&self.current);
        let others = self.versions.iter().rev().filter(|(version, _)| **version != self.current);
        current.into_iter().chain(others).map(|(version, policy)| (*version, policy))
    }

    /// The name of the policy and the day its version in force took effect.
    pub(super) fn summary(&self) -> v1::PolicySummary {
        let current = self.versions.get(&self.current);
        current.and_then(|policy| policy.summary.clone()).unwrap_or_default()
    }

    /// What a version said of a purpose.
    pub(super) fn purpose(&self, version: u32, name: &str) -> Option<&v1::PolicyPurpose> {
        self.versions.get(&version)?.purposes.iter().find(|purpose| purpose.name == name)
    }
}

/// What a purpose gives a class of recipients.
pub(super) fn row<'a>(purpose: &'a v1::PolicyPurpose, class: &str) -> Option<&'a v1::PolicyRow> {
    purpose.rows.iter().find(|row| row.recipient_class == class)
}

/// The legal grounds of a row, or of its purpose where the row says nothing else: `gdpr Art. 6(1)(b)`.
pub(super) fn grounds(purpose: &v1::PolicyPurpose, row: Option<&v1::PolicyRow>) -> Vec<String> {
    let own = row.map(|row| &row.legal_grounds).filter(|grounds| !grounds.is_empty());
    let grounds = own.unwrap_or(&purpose.legal_grounds).iter();
    grounds.map(|ground| format!("{} {}", ground.law.to_uppercase(), ground.ground)).collect()
}

/// The kinds of basis a row asks for.
pub(super) fn basis_kinds(row: &v1::PolicyRow) -> Vec<String> {
    row.bases.iter().map(|basis| basis.kind.clone()).collect()
}
