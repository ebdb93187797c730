//! Opening a record under an accounted grant: the one place where a living member's values come into the open, and the view
//! they become.

use std::collections::BTreeSet;

use fubako_keys::{KeyClass, KeyDescription, KeyName, KeyState, Keyring, Unopened};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::field::value::{Shown, Value};
use crate::ledger::accounted::{Accounted, Receipt};
use crate::model::form::{Form, FormSet};
use crate::model::ids::{FieldName, MemberId, Revision, Slot};
use crate::model::source::Source;
use crate::policy::grant::{Grant, GrantedField};
use crate::policy::table::{Field, Policy};
use crate::policy::withheld::WithheldField;
use crate::record::collected::Collected;
use crate::record::sealed::{SealedRecord, SealedSlot};

/// A view that may leave the vault; only [`open`] makes one.
#[derive(Debug)]
#[must_use]
pub struct Released {
    grant: Accounted<Grant>,
    revision: Revision,
    fields: Vec<ReleasedField>,
    not_in_form: Vec<WithheldField>,
}

/// One field of a view.
#[derive(Debug)]
pub struct ReleasedField {
    name: FieldName,
    slot: Slot,
    source: Source,
    collected: Timestamp,
    shown: Vec<(Form, Shown)>,
}

/// An accounted release that came to nothing; it still names the entry that has to be answered by `not-released`.
#[derive(Debug)]
#[must_use]
pub struct NotReleased {
    grant: Box<Accounted<Grant>>,
    why: WhyNot,
}

/// Why an accounted release came to nothing.
#[derive(Debug)]
pub enum WhyNot {
    /// The record does not open.
    Unopened,
    /// It is whole, but the keys of these classes that it was sealed under have been destroyed.
    KeyDestroyed(BTreeSet<KeyClass>),
    /// What was opened has none of the forms granted.
    NotInForm(Vec<WithheldField>),
}

/// Opens what the grant names, in the forms it names; what a value has not got, is told as withheld.
///
/// Nothing is released when the record is another member's, when its manifest does not hold, or when any field fails
/// to open: one field that was tampered with makes the whole record suspect. Nor is an empty view released.
pub fn open(
    record: &SealedRecord,
    grant: Accounted<Grant>,
    keyring: &Keyring,
    policy: &Policy,
) -> Result<Released, NotReleased> {
    let why = match open_fields(record, grant.what(), keyring, policy) {
        Ok((fields, not_in_form)) if !fields.is_empty() => {
            return Ok(Released { grant, revision: record.revision(), fields, not_in_form });
        }
        Ok((_, not_in_form)) => WhyNot::NotInForm(not_in_form),
        Err(Unopened) => match destroyed(record, grant.what(), keyring, policy) {
            classes if classes.is_empty() => WhyNot::Unopened,
            classes => WhyNot::KeyDestroyed(classes),
        },
    };
    Err(NotReleased { grant: Box::new(grant), why })
}

impl Released {
    /// The grant the view was made under.
    pub const fn grant(&self) -> &Grant {
        self.grant.what()
    }

    /// The entry that tells of it.
    #[must_use]
    pub const fn receipt(&self) -> Receipt {
        self.grant.receipt()
    }

    /// The revision of the record it was opened from.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// What was granted and could not be made of the values; a slot none of whose forms could be made is in no field.
    #[must_use]
    pub fn not_in_form(&self) -> &[WithheldField] {
        &self.not_in_form
    }

    /// The forms its fields are shown in, each as often as there are fields in it.
    pub fn forms(&self) -> impl Iterator<Item = Form> {
        self.fields.iter().flat_map(|field| field.shown.iter().map(|(form, _)| *form))
    }

    /// The fields, in the order of the policy, each in at least one form.
    #[must_use]
    pub fn into_fields(self) -> Vec<ReleasedField> {
        self.fields
    }
}

impl ReleasedField {
    /// The value of slot 0, whole; for what is kept of the erased.
    pub(super) fn in_full(name: FieldName, collected: Collected) -> Self {
        let Collected { value, source, time, policy: _ } = collected;
        Self { name, slot: Slot(0), source, collected: time, shown: vec![(Form::Full, Shown::Value(value))] }
    }

    /// The field's name.
    #[must_use]
    pub const fn name(&self) -> &FieldName {
        &self.name
    }

    /// Which of its values.
    #[must_use]
    pub const fn slot(&self) -> Slot {
        self.slot
    }

    /// The way it was collected.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// When it was collected.
    #[must_use]
    pub const fn collected(&self) -> Timestamp {
        self.collected
    }

    /// The field in each of its granted forms.
    #[must_use]
    pub fn into_shown(self) -> Vec<(Form, Shown)> {
        self.shown
    }
}

impl NotReleased {
    /// The grant that came to nothing.
    pub fn grant(&self) -> &Grant {
        self.grant.what()
    }

    /// Why.
    #[must_use]
    pub const fn why(&self) -> &WhyNot {
        &self.why
    }

    /// The entry that said it might be released.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        self.grant.receipt()
    }
}

/// Opens one slot; for [`open`], and under a permit for comparing and sealing again.
pub(super) fn open_slot(
    keyring: &Keyring,
    member: MemberId,
    field: &Field,
    slot: SealedSlot<'_>,
) -> Result<Collected, Unopened> {
    let plain = keyring.open_field(field.class(), &slot.binding(member), slot.envelope)?;
    Collected::decode(field.kind(), &plain).map_err(|_| Unopened)
}

/// The classes of what was granted whose key is destroyed; none of a record that is damaged as well.
fn destroyed(record: &SealedRecord, grant: &Grant, keyring: &Keyring, policy: &Policy) -> BTreeSet<KeyClass> {
    if record.member() != grant.member() || record.check_manifest(keyring).is_err() {
        return BTreeSet::new();
    }
    let versions = keyring.describe();
    let is_gone = |class: KeyClass, version: u32| {
        let of_slot = |found: &&KeyDescription| (found.name(), found.version()) == (KeyName::Class(class), version);
        versions.iter().find(of_slot).is_some_and(|found| found.state() == KeyState::Destroyed)
    };
    let granted = grant.fields().iter().filter_map(|granted| Some((policy.field(granted.field())?, granted.slot())));
    let granted = granted.map(|(field, slot)| (field.class(), record.key_version(field.id(), slot)));
    granted.filter(|(class, version)| is_gone(*class, *version)).map(|(class, _)| class).collect()
}

/// The fields that have at least one of their forms, and the forms that could not be made.
fn open_fields(
    record: &SealedRecord,
    grant: &Grant,
    keyring: &Keyring,
    policy: &Policy,
) -> Result<(Vec<ReleasedField>, Vec<WithheldField>), Unopened> {
    // The grant names a member; another member's record must never answer for it.
    if record.member() != grant.member() {
        return Err(Unopened);
    }
    record.check_manifest(keyring)?;
    let mut fields = Vec::with_capacity(grant.fields().len());
    let mut not_in_form = Vec::new();
    for granted in grant.fields() {
        let field = open_granted(record, grant, granted, (keyring, policy))?;
        let made = |form: &Form| field.shown.iter().any(|(shown, _)| shown == form);
        let missing: FormSet = granted.forms().iter().filter(|form| !made(form)).collect();
        if !missing.is_empty() {
            not_in_form.push(WithheldField::not_in_form(granted.field(), granted.slot(), missing));
        }
        if !field.shown.is_empty() {
            fields.push(field);
        }
    }
    Ok((fields, not_in_form))
}

fn open_granted(
    record: &SealedRecord,
    grant: &Grant,
    granted: &GrantedField,
    (keyring, policy): (&Keyring, &Policy),
) -> Result<ReleasedField, Unopened> {
    let field = policy.field(granted.field()).ok_or(Unopened)?;
    let slot = record.slot(granted.field(), granted.slot()).ok_or(Unopened)?;
    let collected = open_slot(keyring, record.member(), field, slot)?;
    let shown = if let Value::PseudonymSecret(secret) = &collected.value {
        vec![(Form::Full, pseudonym(keyring, grant, secret.expose())?)]
    } else {
        show(&collected.value, granted.forms(), policy, grant.decided())
    };
    Ok(ReleasedField {
        name: field.name().clone(),
        slot: granted.slot(),
        source: collected.source,
        collected: collected.time,
        shown,
    })
}

/// The value in each form it has; a card kept as a provider's token, say, has no last four digits to show.
fn show(value: &Value, forms: FormSet, policy: &Policy, now: Timestamp) -> Vec<(Form, Shown)> {
    forms.iter().filter_map(|form| Some((form, value.show(form, policy.presentation(), now).ok()?))).collect()
}

fn pseudonym(keyring: &Keyring, grant: &Grant, secret: &[u8]) -> Result<Shown, Unopened> {
    let recipient = grant.recipient().to_string();
    // EXPOSE: the secret goes into the HMAC that hides it from every recipient.
    let pseudonym = keyring.pseudonym(recipient.as_bytes(), secret).map_err(|_| Unopened)?;
    Ok(Shown::Text(Zeroizing::new(hex::encode(pseudonym))))
}
