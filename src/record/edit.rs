//! Editing a record: sealing the values that change and leaving every other envelope as it is.

use std::collections::BTreeMap;

use fubako_keys::{FieldBinding, KeyClass, KeyName, Keyring, SealError};
use ring::rand::SecureRandom;
use thiserror::Error;

use crate::model::ids::{FieldId, MemberId, Revision, Slot};
use crate::record::sealed::{self, SealedRecord, SealedSlot};

/// A record being written.
#[derive(Debug)]
pub struct Editor<'a> {
    keyring: &'a Keyring,
    member: MemberId,
    revision: Revision,
    slots: BTreeMap<(FieldId, Slot), Written>,
    sealed_under: BTreeMap<KeyName, u32>,
}

/// Why a record could not be written.
#[derive(Debug, Error)]
pub enum Error {
    /// A value could not be sealed.
    #[error("a value could not be sealed")]
    Seal(#[from] SealError),
    /// The record as a whole does not do.
    #[error(transparent)]
    Record(#[from] sealed::Error),
}

impl<'a> Editor<'a> {
    /// Starts the record of a new member.
    #[must_use]
    pub fn create(keyring: &'a Keyring, member: MemberId) -> Self {
        let revision = Revision::ABSENT.next();
        Self { keyring, member, revision, slots: BTreeMap::new(), sealed_under: BTreeMap::new() }
    }

    /// Starts the next revision of a record.
    #[must_use]
    pub fn change(keyring: &'a Keyring, record: &SealedRecord) -> Self {
        Self { revision: record.revision().next(), ..Self::refresh(keyring, record) }
    }

    /// Starts the same revision anew: its values stay, under other keys.
    #[must_use]
    pub fn refresh(keyring: &'a Keyring, record: &SealedRecord) -> Self {
        let written = |slot: SealedSlot<'_>| Written { seal: slot.seal, envelope: slot.envelope.to_vec() };
        Self {
            keyring,
            member: record.member(),
            revision: record.revision(),
            slots: record.slots().map(|slot| ((slot.field, slot.slot), written(slot))).collect(),
            sealed_under: BTreeMap::new(),
        }
    }

    /// Seals a value into a slot, in place of the one there.
    pub fn put(
        &mut self,
        class: KeyClass,
        at: (FieldId, Slot),
        value: &[u8],
        random: &dyn SecureRandom,
    ) -> Result<(), SealError> {
        // A slot that is filled again after it was emptied goes on from the revision, so that no seal comes back.
        let seal = self.slots.get(&at).map_or(self.revision.0, |written| written.seal.saturating_add(1));
        let binding = FieldBinding::new(*self.member.as_bytes(), at.0.0, at.1.0, seal);
        let envelope = self.keyring.seal_field(class, &binding, value, random)?;
        self.note_active(KeyName::Class(class));
        self.slots.insert(at, Written { seal, envelope });
        Ok(())
    }

    /// Notes that something of the record was made under the active version of a key.
    pub fn note_active(&mut self, key: KeyName) {
        if let Some(version) = self.keyring.active_version(key) {
            self.sealed_under.insert(key, version);
        }
    }

    /// Empties a slot.
    pub fn remove(&mut self, field: FieldId, slot: Slot) {
        self.slots.remove(&(field, slot));
    }

    /// The record, with the key versions its new envelopes were sealed under.
    pub fn finish(mut self) -> Result<(SealedRecord, Vec<(KeyName, u32)>), Error> {
        let slots = self.slots.iter().map(|((field, slot), written)| SealedSlot {
            field: *field,
            slot: *slot,
            seal: written.seal,
            envelope: &written.envelope,
        });
        let record = SealedRecord::assemble(self.keyring, self.member, self.revision, slots)?;
        self.note_active(KeyName::Manifest);
        Ok((record, self.sealed_under.into_iter().collect()))
    }
}

#[derive(Debug)]
struct Written {
    seal: u64,
    envelope: Vec<u8>,
}
