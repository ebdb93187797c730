//! Checking a record: that it is what was written, and that every value opens; the values are dropped as they come.

use std::sync::Arc;

use fubako_keys::{Envelope, KeyClass, KeyName, Keyring, Unopened};

use crate::ledger::accounted::Accounted;
use crate::model::ids::{FieldId, Slot};
use crate::policy::table::Policy;
use crate::record::SYSTEM_FIELD;
use crate::record::open::open_slot;
use crate::record::permit::Check;
use crate::record::sealed::{SealedRecord, SealedSlot};
use crate::record::tags::{self, Listing};

/// What a check of a record came to.
#[derive(Debug, Default)]
pub struct Checked {
    /// How many values there are.
    pub fields: u64,
    /// How many of them cannot be opened with a scoped keyring, which says nothing of them.
    pub not_held: u64,
    /// Where the record says that its member is listed in the blind index.
    pub listings: Vec<Listing>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not what was written at its revision.
    Manifest,
    /// A value does not open, or is not one of its field.
    Slot(FieldId, Slot),
    /// Its places in the blind index cannot be read.
    Listings,
}

/// Checks the manifest and opens every value, each by the newest policy that reads it.
///
/// `permit` is leave to open for this and for nothing else: what comes of it names no value.
#[must_use]
pub fn check(
    record: &SealedRecord,
    _permit: &Accounted<Check>,
    keyring: &Keyring,
    newest_first: &[Arc<Policy>],
) -> Checked {
    let mut checked = Checked::default();
    if record.check_manifest(keyring).is_err() {
        checked.faults.push(Fault::Manifest);
    }
    for slot in record.slots() {
        checked.fields += 1;
        if !is_held(slot, keyring) {
            checked.not_held += 1;
        } else if opens(record, slot, keyring, newest_first).is_err() {
            checked.faults.push(Fault::Slot(slot.field, slot.slot));
        }
    }
    if !keyring.holds(KeyName::Class(KeyClass::Identity)) {
        return checked;
    }
    match tags::of_record(record, keyring) {
        Ok(listings) => checked.listings = listings,
        Err(Unopened) => checked.faults.push(Fault::Listings),
    }
    checked
}

/// Whether the keyring was given the keys of the class an envelope says it is of. The manifest holds the envelope together
/// with the record, so that one that lies about it is a fault all the same.
fn is_held(slot: SealedSlot<'_>, keyring: &Keyring) -> bool {
    Envelope::parse(slot.envelope).is_ok_and(|envelope| keyring.holds(KeyName::Class(envelope.class())))
        || keyring.scope().is_none()
}

fn opens(
    record: &SealedRecord,
    slot: SealedSlot<'_>,
    keyring: &Keyring,
    newest_first: &[Arc<Policy>],
) -> Result<(), Unopened> {
    if slot.field == SYSTEM_FIELD {
        return keyring.open_field(KeyClass::Identity, &slot.binding(record.member()), slot.envelope).map(drop);
    }
    let fields = newest_first.iter().filter_map(|policy| policy.field(slot.field));
    let mut opened = fields.map(|field| open_slot(keyring, record.member(), field, slot).map(drop));
    opened.find(Result::is_ok).unwrap_or(Err(Unopened))
}
