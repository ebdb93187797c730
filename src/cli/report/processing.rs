//! Records of processing activities, with the items GDPR Art. 30(1) asks for, as the policy says them.

use std::collections::BTreeSet;

use fubako_proto::v1::{PolicyPurpose, PolicyRow, PolicyRowField};
use serde::Serialize;

use crate::cli::policy::member_choice;
use crate::cli::report::policies::{self, Policies};
use crate::cli::report::provisions::Item;
use crate::cli::report::tally::Tallies;
use crate::policy::purpose::Answers;

/// One purpose. Its fields are the keys of the JSON form.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Activity {
    pub(super) purpose: String,
    pub(super) clause: String,
    /// The version of the policy that says so: the one in force, or the last one that still had the purpose.
    pub(super) policy_version: u32,
    /// `view`, `verify`, `search` or `statistics`.
    pub(super) answers: String,
    pub(super) data_subjects: &'static str,
    /// What members can do about it, in words.
    pub(super) member: &'static str,
    pub(super) releases: u64,
    pub(super) lines: Vec<Line>,
}

/// What some classes of recipients may be given for it, all of them the same.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) recipients: Vec<ClassReleases>,
    #[serde(flatten)]
    pub(super) allowance: Allowance,
}

/// A class of recipients, and how often it was given something.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ClassReleases {
    pub(super) class: String,
    pub(super) releases: u64,
}

/// What a row of the policy allows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Allowance {
    pub(super) legal_grounds: Vec<String>,
    /// How the data is limited beyond its items, in words; empty where the items say it all.
    pub(super) extent: &'static str,
    pub(super) items: Vec<Item>,
    pub(super) basis_kinds: Vec<String>,
    pub(super) terms: Vec<String>,
    pub(super) countries: Vec<String>,
    pub(super) delete_after_days: Option<u32>,
}

/// Every purpose of the policy in force, and those of older versions that data was still released for.
pub(super) fn activities(policies: &Policies, tallies: &Tallies) -> Vec<Activity> {
    let mut told = BTreeSet::new();
    let mut activities = Vec::new();
    for (version, policy) in policies.newest_first() {
        let wanted = |purpose: &&PolicyPurpose| {
            let served = tallies.by_purpose().contains_key(&purpose.name);
            (version == policies.current() || served) && !told.contains(&purpose.name)
        };
        let found: Vec<&PolicyPurpose> = policy.purposes.iter().filter(wanted).collect();
        told.extend(found.iter().map(|purpose| purpose.name.clone()));
        activities.extend(found.into_iter().map(|purpose| Activity::of(purpose, version, tallies)));
    }
    activities
}

impl Activity {
    fn of(purpose: &PolicyPurpose, version: u32, tallies: &Tallies) -> Self {
        let mut lines: Vec<Line> = Vec::new();
        for row in &purpose.rows {
            let releases = tallies.of_row(&purpose.name, &row.recipient_class);
            let recipient = ClassReleases { class: row.recipient_class.clone(), releases };
            let allowance = Allowance::of(purpose, row);
            match lines.iter_mut().find(|line| line.allowance == allowance) {
                Some(line) => line.recipients.push(recipient),
                None => lines.push(Line { recipients: vec![recipient], allowance }),
            }
        }
        Self {
            purpose: purpose.name.clone(),
            clause: purpose.clause.clone(),
            policy_version: version,
            answers: purpose.answers.clone(),
            data_subjects: "members",
            member: member_choice(&purpose.choice),
            releases: tallies.by_purpose().get(&purpose.name).map_or(0, |tally| tally.total()),
            lines,
        }
    }
}

impl Allowance {
    fn of(purpose: &PolicyPurpose, row: &PolicyRow) -> Self {
        let item = |field: &PolicyRowField| Item { field: field.field.clone(), slot: 0, forms: field.forms.clone() };
        Self {
            legal_grounds: policies::grounds(purpose, Some(row)),
            extent: extent(purpose, row),
            items: row.fields.iter().chain(&row.verifiable).map(item).collect(),
            basis_kinds: policies::basis_kinds(row),
            terms: row.terms.clone(),
            countries: row.countries.clone(),
            delete_after_days: row.delete_after_days,
        }
    }

    /// By when the recipient has to have deleted it, in words.
    pub(super) fn time_limit(&self) -> String {
        self.delete_after_days.map_or_else(String::new, |days| format!("deleted within {days} days"))
    }
}

fn extent(purpose: &PolicyPurpose, row: &PolicyRow) -> &'static str {
    match Answers::parse(&purpose.answers) {
        Some(Answers::Search) => "member ids only",
        Some(Answers::Statistics) => "counts over many members only",
        Some(Answers::Verify) => "yes or no about a value the caller brings",
        Some(Answers::View) | None if row.named_by_basis => "what the basis names",
        Some(Answers::View) | None => "",
    }
}

/// How the data is protected, for all purposes alike (GDPR Art. 30(1)(g)).
pub(super) const SECURITY: &str = "Every field is sealed by itself, under random keys of its class that are kept sealed under a \
                                   root key. Callers are known by certificates over TLS 1.3, and each may ask only for its \
                                   own purposes and recipients. A release shows the smallest view that the policy and what \
                                   is on record allow, and it is written to a ledger of chained hashes before anything is \
                                   opened.";

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::cli::report::Record;
    use crate::cli::report::fixture::{Year, delivery, policy, purpose, release, row};

    fn classes(activity: &Activity) -> Vec<Vec<(&str, u64)>> {
        let lines = activity.lines.iter().map(|line| line.recipients.iter());
        lines.map(|line| line.map(|one| (one.class.as_str(), one.releases)).collect()).collect()
    }

    #[test]
    fn classes_that_are_given_the_same_stand_together_and_are_counted_apart() {
        let content = Year::busy().content(Record::Processing);
        let delivery = &content.processing().unwrap()[0];
        assert_eq!(classes(delivery), [vec![("marketplace", 1)], vec![("seller", 3), ("subcontractor", 0)]]);
        assert_eq!((delivery.releases, delivery.member), (5, "cannot refuse it"));
        assert_eq!(delivery.lines[1].allowance.time_limit(), "deleted within 30 days");
    }

    #[test]
    fn a_purpose_that_only_an_older_policy_had_is_told_if_it_was_served() {
        let mut year = Year::busy();
        let (served, idle) =
            (purpose("served", "3", "view", vec![row("seller")]), purpose("idle", "3", "view", Vec::new()));
        year.policies = vec![policy(2, vec![delivery()]), policy(1, vec![delivery(), served, idle])];
        year.entries.push(release(9, "served", "aoyama", "seller"));
        let content = year.content(Record::Processing);
        let told: Vec<(&str, u32)> =
            content.processing().unwrap().iter().map(|one| (one.purpose.as_str(), one.policy_version)).collect();
        assert_eq!(told, [("delivery", 2), ("served", 1)]);
    }

    #[test]
    fn what_is_no_view_says_what_it_is() {
        let named = PolicyRow { named_by_basis: true, fields: Vec::new(), ..row("seller") };
        let purposes = [
            ("verify", row("marketplace")),
            ("search", row("marketplace")),
            ("statistics", row("public")),
            ("view", named),
        ];
        let purposes = purposes.into_iter().map(|(answers, row)| purpose(answers, "1", answers, vec![row])).collect();
        let content = Year::quiet(purposes).content(Record::Processing);
        let extents: Vec<&str> =
            content.processing().unwrap().iter().map(|one| one.lines[0].allowance.extent).collect();
        let expected = [
            "yes or no about a value the caller brings",
            "member ids only",
            "counts over many members only",
            "what the basis names",
        ];
        assert_eq!(extents, expected);
    }
}
