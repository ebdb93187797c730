//! Provisions to third parties, with the items APPI Art. 29 and its Enforcement Rules Art. 20 ask a provider to record.

use fubako_proto::v1::{EntryField, LedgerEntry};
use jiff::Zoned;
use serde::Serialize;

use crate::cli::report::period;
use crate::cli::report::policies::{self, Policies};
use crate::cli::report::recipient::{Recipient, Register};

/// One member's data, given to one party or to everyone. Its fields are the keys of the JSON form.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Provision {
    #[serde(serialize_with = "period::serialize")]
    pub(super) time: Zoned,
    pub(super) recipient: Recipient,
    /// The member's id; empty where the ledger no longer tells it.
    pub(super) member: String,
    pub(super) items: Vec<Item>,
    /// What the release had to rest on, such as `consent`.
    pub(super) basis_kinds: Vec<String>,
    pub(super) basis_ids: Vec<String>,
    pub(super) purpose: String,
    pub(super) clause: String,
    pub(super) legal_grounds: Vec<String>,
    pub(super) caller: String,
    pub(super) policy_version: u32,
    pub(super) entry_id: String,
    pub(super) ledger_index: u64,
    pub(super) leaf_hash: String,
}

/// One field that was given, or may be, and in which forms.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Item {
    pub(super) field: String,
    pub(super) slot: u32,
    pub(super) forms: Vec<String>,
}

impl Provision {
    /// The provision an entry tells of, made at that time.
    pub(super) fn of(entry: &LedgerEntry, time: Zoned, register: &Register, policies: &Policies) -> Self {
        let purpose = policies.purpose(entry.policy_version, &entry.purpose);
        let row = purpose.and_then(|purpose| policies::row(purpose, &entry.recipient_class));
        Self {
            time,
            recipient: Recipient::of(entry, register),
            member: entry.member_id.clone(),
            items: entry.fields.iter().map(Item::of).collect(),
            basis_kinds: entry.basis_kinds.clone(),
            basis_ids: entry.basis_ids.clone(),
            purpose: entry.purpose.clone(),
            clause: purpose.map(|purpose| purpose.clause.clone()).unwrap_or_default(),
            legal_grounds: purpose.map(|purpose| policies::grounds(purpose, row)).unwrap_or_default(),
            caller: entry.caller.clone(),
            policy_version: entry.policy_version,
            entry_id: entry.entry_id.clone(),
            ledger_index: entry.index,
            leaf_hash: hex::encode(&entry.leaf_hash),
        }
    }
}

impl Item {
    fn of(field: &EntryField) -> Self {
        Self { field: field.field.clone(), slot: field.slot, forms: field.forms.clone() }
    }

    /// The field, with its slot where it is not the first: `address@1`.
    pub(super) fn place(&self) -> String {
        if self.slot == 0 { self.field.clone() } else { format!("{}@{}", self.field, self.slot) }
    }

    /// Field and forms: `card: last4 + brand`.
    pub(super) fn words(&self) -> String {
        let place = self.place();
        if self.forms.is_empty() { place } else { format!("{place}: {}", self.forms.join(" + ")) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::cli::report::Record;
    use crate::cli::report::fixture::{Year, delivery, policy, purpose, row};

    #[test]
    fn a_provision_names_the_recipient_as_the_register_does() {
        let content = Year::busy().content(Record::Provisions);
        let line = &content.provisions().unwrap()[0];
        let recipient = &line.recipient;
        assert_eq!(recipient.legal_name, "株式会社青山書店", "the name, where no legal one is registered");
        assert_eq!((recipient.address.as_str(), recipient.country.as_str()), ("東京都港区架空青山1-2-3", "JP"));
        let items: Vec<String> = line.items.iter().map(Item::words).collect();
        assert_eq!(items, ["name: full", "card@2: last4 + brand"]);
        assert_eq!((line.clause.as_str(), line.basis_kinds.as_slice()), ("2.b", &["transaction".to_owned()][..]));
        assert_eq!(line.legal_grounds, ["APPI Art. 27(5)(i)"], "the row's own ground, not the purpose's");
    }

    #[test]
    fn a_provision_is_told_by_the_policy_it_was_granted_under() {
        let mut year = Year::busy();
        year.policies = vec![policy(2, vec![delivery()]), policy(1, vec![old()])];
        year.entries.truncate(1);
        let content = year.content(Record::Provisions);
        assert_eq!(content.provisions().unwrap()[0].clause, "9.z");
    }

    fn old() -> fubako_proto::v1::PolicyPurpose {
        purpose("delivery", "9.z", "view", vec![row("seller")])
    }

    #[test]
    fn a_purpose_no_policy_tells_of_leaves_its_clause_open() {
        let mut year = Year::busy();
        year.policies = vec![policy(1, Vec::new())];
        let content = year.content(Record::Provisions);
        assert!(content.provisions().unwrap().iter().all(|line| line.clause.is_empty()));
    }
}
