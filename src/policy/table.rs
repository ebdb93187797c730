//! The compiled policy: fields, clauses, purposes and rows, looked up by what requests name.

use std::collections::HashMap;

use fubako_keys::KeyClass;
use jiff::civil::Date;

use crate::field::kind::Kind;
use crate::field::presentation::Presentation;
use crate::model::form::{Form, FormSet};
use crate::model::ids::{FieldId, FieldName, PolicyVersion, PurposeId};
use crate::model::slug::slug_kind;
use crate::policy::clause::{Clause, ClauseId};
use crate::policy::purpose::Purpose;
use crate::policy::retained::Retained;

slug_kind!(
    /// A policy, across its versions.
    PolicyId
);

/// One version of a policy, checked and ready to decide by.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(super) id: PolicyId,
    pub(super) version: PolicyVersion,
    pub(super) effective: Date,
    pub(super) time_zone: String,
    pub(super) text: String,
    pub(super) presentation: Presentation,
    pub(super) fields: Vec<Field>,
    pub(super) clauses: Vec<Clause>,
    pub(super) purposes: Vec<Purpose>,
    pub(super) positions: HashMap<PurposeId, usize>,
    pub(super) retained: Option<Retained>,
}

impl Policy {
    /// What it is called.
    #[must_use]
    pub const fn id(&self) -> &PolicyId {
        &self.id
    }

    /// Which version of it this is.
    #[must_use]
    pub const fn version(&self) -> PolicyVersion {
        self.version
    }

    /// The day it takes effect, in its time zone.
    #[must_use]
    pub const fn effective(&self) -> Date {
        self.effective
    }

    /// The name of the time zone it counts days and ages in.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// The file it was read from, byte for byte.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How derived forms come out.
    #[must_use]
    pub const fn presentation(&self) -> &Presentation {
        &self.presentation
    }

    /// Its fields, by number.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of that number, if there is one.
    #[must_use]
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.position(id).and_then(|position| self.fields.get(position))
    }

    /// The field of that name, if there is one.
    #[must_use]
    pub fn field_named(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.as_str() == name)
    }

    /// The derived field that names the member to one recipient, if the policy has it.
    #[must_use]
    pub fn pseudonym(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == Kind::Pseudonym)
    }

    /// Its clauses, in the order of the file.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// The clause of that number, if there is one.
    #[must_use]
    pub fn clause(&self, id: &ClauseId) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id() == id)
    }

    /// Its purposes, in the order of the file.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// The purpose of that name, if it is in the catalogue.
    #[must_use]
    pub fn purpose(&self, id: &PurposeId) -> Option<&Purpose> {
        self.positions.get(id).and_then(|position| self.purposes.get(*position))
    }

    /// What is kept of an erased member, if anything is.
    #[must_use]
    pub const fn retained(&self) -> Option<&Retained> {
        self.retained.as_ref()
    }

    /// Where the field stands among [`Policy::fields`], and so in views and ceilings.
    pub(super) fn position(&self, id: FieldId) -> Option<usize> {
        self.fields.binary_search_by_key(&id, |field| field.id).ok()
    }
}

/// A field the policy declares.
#[derive(Clone, Debug)]
pub struct Field {
    pub(super) id: FieldId,
    pub(super) name: FieldName,
    pub(super) kind: Kind,
    pub(super) class: KeyClass,
    pub(super) forms: FormSet,
    pub(super) slots: u16,
    pub(super) clause: ClauseId,
}

impl Field {
    /// Its number, the same in every version.
    #[must_use]
    pub const fn id(&self) -> FieldId {
        self.id
    }

    /// What requests and views call it.
    #[must_use]
    pub const fn name(&self) -> &FieldName {
        &self.name
    }

    /// What sort of value it holds.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The class of keys it is sealed under.
    #[must_use]
    pub const fn class(&self) -> KeyClass {
        self.class
    }

    /// The forms this policy knows it in, of those its kind has.
    #[must_use]
    pub const fn forms(&self) -> FormSet {
        self.forms
    }

    /// How many slots it has; slots are numbered from 0.
    #[must_use]
    pub const fn slots(&self) -> u16 {
        self.slots
    }

    /// The clause under which it is collected.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// The forms closed downwards, within those the policy knows.
    #[must_use]
    pub fn close(&self, forms: FormSet) -> FormSet {
        self.kind.close(forms).meet(self.forms)
    }

    /// What of a closed set is shown: its topmost forms.
    #[must_use]
    pub fn shown(&self, closed: FormSet) -> FormSet {
        self.kind.topmost(closed)
    }

    /// Whether members have a value of it, as opposed to one the vault derives.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        self.kind != Kind::Pseudonym
    }

    /// Whether the `full` form leaves only into the recipient's own hands, never through another caller (PCI DSS 4, 3.4).
    #[must_use]
    pub const fn is_handed_over_in_person(&self) -> bool {
        matches!(self.class, KeyClass::Card | KeyClass::Bank)
    }

    /// The forms that may leave through a caller who is not the recipient itself.
    pub(super) fn forms_for_others(&self) -> FormSet {
        if self.is_handed_over_in_person() {
            self.forms.iter().filter(|form| *form != Form::Full).collect()
        } else {
            self.forms
        }
    }
}
