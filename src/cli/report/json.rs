//! The report for programs: the keys are those of the structs it is made of, and stay what they are.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::report::content::Content;
use crate::cli::report::processing::SECURITY;
use crate::cli::report::tally::Tally;

/// The report as JSON.
pub(super) fn render(content: &Content) -> String {
    let tallies = content.tallies();
    let mut report = json!({
        "format": FORMAT,
        "report": content.head(),
        "security_measures": SECURITY,
        "releases": {
            "all": tally(tallies.all()),
            "by_purpose": tallied("purpose", tallies.by_purpose()),
            "by_recipient_class": tallied("class", tallies.by_class()),
            "by_day": tallied("day", tallies.by_day()),
        },
    });
    let records = [("provisions", json!(content.provisions())), ("processing", json!(content.processing()))];
    if let Some(report) = report.as_object_mut() {
        let asked = records.into_iter().filter(|(_, record)| !record.is_null());
        report.extend(asked.map(|(name, record)| (name.to_owned(), record)));
    }
    format!("{report:#}\n")
}

fn tallied<K: ToString>(name: &str, tallies: &BTreeMap<K, Tally>) -> Value {
    let one = |(key, count): (&K, &Tally)| {
        let mut told = tally(*count);
        if let Some(told) = told.as_object_mut() {
            told.insert(name.to_owned(), Value::String(key.to_string()));
        }
        told
    };
    tallies.iter().map(one).collect()
}

fn tally(tally: Tally) -> Value {
    json!({ "releases": tally.total(), "to_third_parties_or_public": tally.outside() })
}

/// Counted up when a key goes or changes its meaning; keys may be added under the same number.
const FORMAT: u32 = 1;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::cli::report::Record;
    use crate::cli::report::fixture::{HOSTILE, Year};

    fn told(record: Record) -> Value {
        serde_json::from_str(&render(&Year::busy().content(record))).unwrap()
    }

    fn keys(value: &Value, place: &str) -> Vec<String> {
        value.pointer(place).and_then(Value::as_object).unwrap().keys().cloned().collect()
    }

    #[test]
    fn the_keys_are_the_documented_ones() {
        let told = told(Record::Both);
        let top = ["format", "processing", "provisions", "releases", "report", "security_measures"];
        assert_eq!(keys(&told, ""), top);
        let report = "controller from gaps ledger_entries made members_given not_released policy policy_effective \
                      policy_version recipients_given time_zone until vault";
        assert_eq!(keys(&told, "/report").join(" "), report);
        let provision = "basis_ids basis_kinds caller clause entry_id items leaf_hash ledger_index legal_grounds member \
                         policy_version purpose recipient time";
        assert_eq!(keys(&told, "/provisions/0").join(" "), provision);
        let recipient = "address class country id legal_name name representative standing";
        assert_eq!(keys(&told, "/provisions/0/recipient").join(" "), recipient);
        assert_eq!(keys(&told, "/provisions/0/items/0").join(" "), "field forms slot");
        let activity = "answers clause data_subjects lines member policy_version purpose releases";
        assert_eq!(keys(&told, "/processing/0").join(" "), activity);
        let line = "basis_kinds countries delete_after_days extent items legal_grounds recipients terms";
        assert_eq!(keys(&told, "/processing/0/lines/0").join(" "), line);
        assert_eq!(keys(&told, "/releases/by_day/0").join(" "), "day releases to_third_parties_or_public");
    }

    #[test]
    fn a_record_that_was_not_asked_for_is_not_there() {
        assert!(told(Record::Provisions).get("processing").is_none());
        assert!(told(Record::Processing).get("provisions").is_none());
    }

    #[test]
    fn names_and_times_stay_what_they_are() {
        let told = told(Record::Both);
        let text = |place: &str| told.pointer(place).and_then(Value::as_str).map(ToOwned::to_owned);
        assert_eq!(text("/provisions/1/recipient/name").as_deref(), Some(HOSTILE));
        assert_eq!(text("/provisions/0/time").as_deref(), Some("2026-11-24T07:30:05+09:00"));
        assert_eq!(text("/report/until").as_deref(), Some("2027-01-01T00:00:00+09:00"));
    }
}
