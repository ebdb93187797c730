//! The policy in full, in words: what `policy show` prints.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::policy::purpose::Purpose;
use crate::policy::retained::Retained;
use crate::policy::row::{Extent, Requirement, Row};
use crate::policy::table::Policy;

/// A policy as people read it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Sheet {
    policy: String,
    version: u32,
    effective: String,
    time_zone: String,
    purposes: Vec<PurposeSheet>,
    retained: Option<RetainedSheet>,
}

impl Sheet {
    /// The sheet of a policy.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        Self {
            policy: policy.id().to_string(),
            version: policy.version().0,
            effective: policy.effective().to_string(),
            time_zone: policy.time_zone().to_owned(),
            purposes: policy.purposes().iter().map(|purpose| PurposeSheet::of(policy, purpose)).collect(),
            retained: policy.retained().map(|retained| RetainedSheet::of(policy, retained)),
        }
    }

    /// What the policy is called.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The day it takes effect, as `2016-06-21`.
    #[must_use]
    pub fn effective(&self) -> &str {
        &self.effective
    }

    /// The name of its time zone.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// Its purposes, in the order of the file.
    #[must_use]
    pub fn purposes(&self) -> &[PurposeSheet] {
        &self.purposes
    }

    /// What is kept of an erased member, if anything is.
    #[must_use]
    pub const fn retained(&self) -> Option<&RetainedSheet> {
        self.retained.as_ref()
    }
}

/// What is kept of an erased member, as people read it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RetainedSheet {
    fields: Vec<String>,
    months: u16,
    grounds: BTreeMap<String, String>,
}

impl RetainedSheet {
    fn of(policy: &Policy, retained: &Retained) -> Self {
        let names = retained.fields().iter().filter_map(|id| Some(policy.field(*id)?.name().to_string()));
        Self { fields: names.collect(), months: retained.months(), grounds: retained.grounds().clone() }
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// For how many months.
    #[must_use]
    pub const fn months(&self) -> u16 {
        self.months
    }

    /// The legal ground, by law.
    #[must_use]
    pub const fn grounds(&self) -> &BTreeMap<String, String> {
        &self.grounds
    }
}

/// One purpose as people read it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PurposeSheet {
    purpose: String,
    clause: String,
    title: String,
    answers: &'static str,
    choice: &'static str,
    rows: Vec<RowSheet>,
}

impl PurposeSheet {
    fn of(policy: &Policy, purpose: &Purpose) -> Self {
        let title = policy.clause(purpose.clause()).map(|clause| clause.title().to_owned());
        Self {
            purpose: purpose.id().to_string(),
            clause: purpose.clause().to_string(),
            title: title.unwrap_or_default(),
            answers: purpose.answers().name(),
            choice: purpose.choice().name(),
            rows: purpose.rows().iter().map(|row| RowSheet::of(policy, row)).collect(),
        }
    }

    /// The purpose's name.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Its clause.
    #[must_use]
    pub fn clause(&self) -> &str {
        &self.clause
    }

    /// What the clause is about.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How it is answered.
    #[must_use]
    pub const fn answers(&self) -> &'static str {
        self.answers
    }

    /// What the member can do about it.
    #[must_use]
    pub const fn choice(&self) -> &'static str {
        self.choice
    }

    /// Its rows.
    #[must_use]
    pub fn rows(&self) -> &[RowSheet] {
        &self.rows
    }
}

/// One row as people read it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RowSheet {
    recipient_class: &'static str,
    view: BTreeMap<String, String>,
    verify: BTreeMap<String, String>,
    named_by_basis: bool,
    bases: Vec<String>,
    terms: Vec<String>,
    own_identity: bool,
    all_slots: bool,
    countries: Vec<String>,
    grounds: BTreeMap<String, String>,
}

impl RowSheet {
    fn of(policy: &Policy, row: &Row) -> Self {
        let fields = policy.fields().iter();
        let shown = fields.clone().zip(row.view()).filter(|(_, view)| !view.is_empty());
        let asked = fields.zip(row.verify()).filter_map(|(field, forms)| Some((field, (*forms)?)));
        let standing = row.terms().iter().map(|term| term.name().to_owned());
        let deletion = row.delete_after_days().map(|days| format!("delete-by {days} days after"));
        Self {
            recipient_class: row.class().name(),
            view: shown.map(|(field, view)| (field.name().to_string(), field.shown(*view).to_string())).collect(),
            verify: asked.map(|(field, forms)| (field.name().to_string(), field.shown(forms).to_string())).collect(),
            named_by_basis: row.extent() == Extent::NamedByBasis,
            bases: row.bases().iter().map(|need| words(*need)).collect(),
            terms: standing.chain(deletion).collect(),
            own_identity: row.is_for_own_identity(),
            all_slots: row.shows_all_slots(),
            countries: row.countries().to_vec(),
            grounds: row.grounds().clone(),
        }
    }

    /// The class of recipients.
    #[must_use]
    pub const fn recipient_class(&self) -> &'static str {
        self.recipient_class
    }

    /// The fields shown, each with its forms joined by `+`.
    #[must_use]
    pub const fn view(&self) -> &BTreeMap<String, String> {
        &self.view
    }

    /// The fields that may be asked about, each with its forms; empty forms where the whole is compared.
    #[must_use]
    pub const fn verify(&self) -> &BTreeMap<String, String> {
        &self.verify
    }

    /// Whether the view is the most a basis may name.
    #[must_use]
    pub const fn is_named_by_basis(&self) -> bool {
        self.named_by_basis
    }

    /// The bases needed, in words.
    #[must_use]
    pub fn bases(&self) -> &[String] {
        &self.bases
    }

    /// The terms, in words.
    #[must_use]
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// Whether only the party itself may ask.
    #[must_use]
    pub const fn is_for_own_identity(&self) -> bool {
        self.own_identity
    }

    /// Whether every slot is shown.
    #[must_use]
    pub const fn shows_all_slots(&self) -> bool {
        self.all_slots
    }

    /// The countries a party may receive in.
    #[must_use]
    pub fn countries(&self) -> &[String] {
        &self.countries
    }

    /// The legal ground, by law.
    #[must_use]
    pub const fn grounds(&self) -> &BTreeMap<String, String> {
        &self.grounds
    }
}

fn words(need: Requirement) -> String {
    let secrecy = if need.needs_secrecy() { ", with a secrecy agreement" } else { "" };
    format!("{} that names {}{secrecy}", need.kind(), need.binds().words())
}
