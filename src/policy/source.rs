//! The policy file as it is written: TOML, with the place of everything a finding may point at.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use toml::Spanned;
use toml::value::Datetime;

/// A whole policy file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) format: Spanned<u32>,
    pub(super) id: Spanned<String>,
    pub(super) version: Spanned<u32>,
    pub(super) effective: Spanned<Datetime>,
    pub(super) time_zone: Spanned<String>,
    pub(super) adult_age: u8,
    pub(super) age_bands: Spanned<Vec<u8>>,
    #[serde(rename = "field", default)]
    pub(super) fields: Vec<FieldSource>,
    #[serde(rename = "clause", default)]
    pub(super) clauses: Vec<ClauseSource>,
    #[serde(rename = "purpose", default)]
    pub(super) purposes: Vec<PurposeSource>,
    pub(super) retained: Option<Spanned<RetainedSource>>,
}

/// A `[[field]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldSource {
    pub(super) id: Spanned<u16>,
    pub(super) name: Spanned<String>,
    pub(super) kind: Spanned<String>,
    pub(super) class: Spanned<String>,
    pub(super) forms: Vec<Spanned<String>>,
    pub(super) slots: Option<Spanned<u16>>,
    pub(super) clause: Spanned<String>,
}

/// A `[[clause]]`; without a ceiling nothing may be shown under it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClauseSource {
    pub(super) id: Spanned<String>,
    pub(super) title: String,
    pub(super) ceiling: Option<Spanned<Shown>>,
    pub(super) except: Option<Spanned<Shown>>,
}

/// A `[[purpose]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PurposeSource {
    pub(super) id: Spanned<String>,
    pub(super) clause: Spanned<String>,
    pub(super) answers: Spanned<String>,
    pub(super) choice: Spanned<String>,
    pub(super) grounds: BTreeMap<String, String>,
    #[serde(rename = "row", default)]
    pub(super) rows: Vec<RowSource>,
}

/// A `[[purpose.row]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowSource {
    pub(super) recipients: Spanned<Vec<Spanned<String>>>,
    pub(super) view: Option<Spanned<Shown>>,
    pub(super) verify: Option<Spanned<Shown>>,
    #[serde(default)]
    pub(super) bases: Vec<BasisSource>,
    #[serde(default)]
    pub(super) terms: Vec<Spanned<String>>,
    pub(super) delete_after_days: Option<Spanned<u16>>,
    pub(super) own_identity: Option<Spanned<bool>>,
    #[serde(default)]
    pub(super) all_slots: bool,
    pub(super) countries: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) grounds: Option<BTreeMap<String, String>>,
}

/// One basis a row needs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BasisSource {
    pub(super) kind: Spanned<String>,
    pub(super) binds: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) secrecy: bool,
}

/// The `[retained]` of erased members; without months, as long as records of provisions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetainedSource {
    pub(super) fields: Spanned<Vec<Spanned<String>>>,
    pub(super) months: Option<Spanned<u16>>,
    #[serde(default)]
    pub(super) grounds: BTreeMap<String, String>,
}

/// What is shown: the forms of each field, or a word that stands for many.
pub(super) enum Shown {
    /// `"scope"`, `"every-field"`.
    Word(String),
    /// `{ address = ["region"] }`
    Fields(Vec<(Spanned<String>, Vec<Spanned<String>>)>),
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShownVisitor)
    }
}

struct ShownVisitor;

impl<'de> Visitor<'de> for ShownVisitor {
    type Value = Shown;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fields with their forms, such as { address = [\"region\"] }, or a word")
    }

    fn visit_str<E>(self, word: &str) -> Result<Shown, E> {
        Ok(Shown::Word(word.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shown, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = map.next_entry()? {
            fields.push(entry);
        }
        Ok(Shown::Fields(fields))
    }
}
