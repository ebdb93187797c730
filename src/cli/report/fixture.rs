//! Made-up ledgers, registers and policies, for the tests of reports.

use std::collections::BTreeMap;

use fubako_proto::v1::{
    EntryField, EntryOutcome, GetStatusResponse, LedgerEntry, LedgerGaps, LegalGround, Party, PartyDetails, PartyState,
    Policy, PolicyPurpose, PolicyRow, PolicyRowBasis, PolicyRowField, PolicySummary,
};
use jiff::Timestamp;

use crate::cli::report::Record;
use crate::cli::report::content::Content;
use crate::cli::report::gather::{Gathered, Releases};
use crate::cli::report::period::{Moment, Period, time_zone};
use crate::cli::report::policies::Policies;
use crate::cli::report::recipient::Register;

/// What a party of ill will calls itself.
pub(super) const HOSTILE: &str = "<script>alert('1')</script>\", & =HYPERLINK(\"http://x.example\")\n\u{202e}evil";

/// A vault's year: who is registered, what the policy says, and what was released.
pub(super) struct Year {
    pub(super) entries: Vec<LedgerEntry>,
    pub(super) parties: Vec<Party>,
    pub(super) policies: Vec<Policy>,
    pub(super) gaps: LedgerGaps,
}

impl Year {
    /// A year with nothing in it, under a policy of these purposes.
    pub(super) fn quiet(purposes: Vec<PolicyPurpose>) -> Self {
        Self {
            entries: Vec::new(),
            parties: Vec::new(),
            policies: vec![policy(1, purposes)],
            gaps: LedgerGaps::default(),
        }
    }

    /// A release to each kind of recipient there is.
    pub(super) fn busy() -> Self {
        let mut year = Self::quiet(vec![delivery(), purpose("public-profile", "4.a", "view", vec![row("public")])]);
        year.parties = vec![party("aoyama", "seller", "株式会社青山書店"), party("evil", "seller", HOSTILE)];
        for (index, (recipient, class)) in
            (0..).zip([("aoyama", "seller"), ("evil", "seller"), ("gone", "seller"), ("public", "public")])
        {
            let purpose = if class == "public" { "public-profile" } else { "delivery" };
            year.entries.push(release(index, purpose, recipient, class));
        }
        year.entries.push(release(4, "delivery", "marketplace", "marketplace"));
        year.entries.push(release(5, "delivery", "member", "member"));
        year
    }

    /// What a report of the year says.
    pub(super) fn content(&self, record: Record) -> Content {
        let moment = |text: &str| Moment::parse(text).ok();
        let now = "2026-12-31T23:00:00Z".parse().unwrap();
        let tokyo = time_zone("Asia/Tokyo").unwrap();
        let period = Period::between(moment("2026-01-01"), moment("2026-12-31"), tokyo, now).unwrap();
        let mut releases = Releases::default();
        self.entries.iter().for_each(|entry| releases.take(entry.clone(), &period));
        let versions: BTreeMap<u32, Policy> =
            self.policies.iter().map(|policy| (number(policy), policy.clone())).collect();
        let policies = Policies::new(number(&self.policies[0]), versions);
        let register: Register =
            self.parties.iter().map(|party| (party.details.clone().unwrap().party_id, party.clone())).collect();
        let status = GetStatusResponse {
            vault_id: "00112233445566778899aabbccddeeff".to_owned(),
            entry_count: 1234,
            ledger_gaps: Some(self.gaps.clone()),
            ..GetStatusResponse::default()
        };
        let gathered = Gathered::new(now, status, releases, register, policies);
        Content::of(&gathered, &period, record, Some("Imacocokara & Co."))
    }
}

/// A release of a name and an address on the morning of 24 November 2026 in Tokyo, still the 23rd in UTC.
pub(super) fn release(index: u64, purpose: &str, recipient: &str, class: &str) -> LedgerEntry {
    let time: Timestamp = "2026-11-23T22:30:05Z".parse().unwrap();
    LedgerEntry {
        index,
        entry_id: format!("entry-{index}"),
        entry_time: Some(prost_types::Timestamp { seconds: time.as_second(), nanos: 0 }),
        event: "released".to_owned(),
        caller: "shop".to_owned(),
        purpose: purpose.to_owned(),
        recipient: recipient.to_owned(),
        recipient_class: class.to_owned(),
        basis_ids: vec!["basis-1".to_owned()],
        basis_kinds: vec!["transaction".to_owned()],
        member_id: "member-1".to_owned(),
        fields: vec![
            EntryField { field: "name".to_owned(), slot: 0, forms: vec!["full".to_owned()], key_version: 1 },
            EntryField {
                field: "card".to_owned(),
                slot: 2,
                forms: vec!["last4".to_owned(), "brand".to_owned()],
                key_version: 1,
            },
        ],
        outcome: EntryOutcome::Granted.into(),
        policy_version: 1,
        leaf_hash: vec![0xab; 32],
        ..LedgerEntry::default()
    }
}

pub(super) fn party(id: &str, class: &str, name: &str) -> Party {
    let details = PartyDetails {
        party_id: id.to_owned(),
        recipient_class: class.to_owned(),
        name: name.to_owned(),
        address: "東京都港区架空青山1-2-3".to_owned(),
        representative: "=1+1".to_owned(),
        country: "JP".to_owned(),
        ..PartyDetails::default()
    };
    Party { details: Some(details), state: PartyState::Active.into(), revision: 1, ..Party::default() }
}

pub(super) fn policy(version: u32, purposes: Vec<PolicyPurpose>) -> Policy {
    let summary = PolicySummary {
        name: "imacocokara".to_owned(),
        version,
        effective_date: "2016-06-21".to_owned(),
        activate_time: None,
    };
    Policy { summary: Some(summary), fields: Vec::new(), purposes, retained: None }
}

/// A purpose that subcontractors and sellers serve alike, and the marketplace on other grounds.
pub(super) fn delivery() -> PolicyPurpose {
    let own = PolicyRow { legal_grounds: vec![ground("Art. 27(5)(i)")], ..row("seller") };
    let rows = vec![row("marketplace"), own.clone(), PolicyRow { recipient_class: "subcontractor".to_owned(), ..own }];
    purpose("delivery", "2.b", "view", rows)
}

pub(super) fn purpose(name: &str, clause: &str, answers: &str, rows: Vec<PolicyRow>) -> PolicyPurpose {
    PolicyPurpose {
        name: name.to_owned(),
        clause: clause.to_owned(),
        answers: answers.to_owned(),
        choice: "mandatory".to_owned(),
        legal_grounds: vec![ground("Art. 18")],
        rows,
    }
}

pub(super) fn row(class: &str) -> PolicyRow {
    PolicyRow {
        recipient_class: class.to_owned(),
        fields: vec![PolicyRowField { field: "address".to_owned(), forms: vec!["full".to_owned()] }],
        bases: vec![PolicyRowBasis { kind: "transaction".to_owned(), ..PolicyRowBasis::default() }],
        terms: vec!["use-only-for-purpose".to_owned()],
        countries: vec!["JP".to_owned()],
        delete_after_days: Some(30),
        ..PolicyRow::default()
    }
}

fn ground(article: &str) -> LegalGround {
    LegalGround { law: "appi".to_owned(), ground: article.to_owned() }
}

fn number(policy: &Policy) -> u32 {
    policy.summary.as_ref().map_or(0, |summary| summary.version)
}
