//! The sealed record as bytes: what lies in the store, parsed strictly and never opened here.
//!
//! `format u8 = 1 | member id 16 | revision u64 | manifest key version u32 | manifest 32 | count u16`, then per slot, in
//! strictly increasing order of field and slot, `field u16 | slot u16 | seal u64 | envelope length u16 | envelope`; big-endian.

use std::ops::Range;

use fubako_keys::{Envelope, FieldBinding, Keyring, Manifest, ManifestError, Unopened};
use thiserror::Error;

use crate::model::ids::{FieldId, MemberId, Revision, Slot};

/// One member's record, every value sealed.
#[derive(Clone, Debug)]
pub struct SealedRecord {
    bytes: Vec<u8>,
    member: MemberId,
    revision: Revision,
    manifest: Manifest,
    slots: Vec<Placed>,
}

/// One sealed value of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SealedSlot<'a> {
    /// The field.
    pub field: FieldId,
    /// Which of its values.
    pub slot: Slot,
    /// How often the slot has been sealed.
    pub seal: u64,
    /// The envelope.
    pub envelope: &'a [u8],
}

/// Why bytes are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Error {
    /// They are not in the format this version writes.
    #[error("the record is malformed")]
    Malformed,
    /// Its manifest could not be made.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// It would not fit a row of the store.
    #[error("the record would take {bytes} bytes sealed; a member's record may have {MAX_BYTES}")]
    TooLarge {
        /// How long it would be.
        bytes: usize,
    },
}

/// The longest record, in bytes: what the embedded store keeps inside its pages.
pub const MAX_BYTES: usize = 4096 - ROW_OVERHEAD;

impl SealedRecord {
    /// Parses a stored record.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Error> {
        let mut rest = Reader(&bytes);
        if rest.take::<1>()? != [FORMAT] {
            return Err(Error::Malformed);
        }
        let member = MemberId::from_bytes(rest.take()?);
        let revision = Revision(u64::from_be_bytes(rest.take()?));
        let manifest = Manifest::new(u32::from_be_bytes(rest.take()?), rest.take()?);
        let count = u16::from_be_bytes(rest.take()?);
        let slots = parse_slots(rest, count, bytes.len())?;
        Ok(Self { bytes, member, revision, manifest, slots })
    }

    /// Puts a record together from its slots, which must be in order; the manifest is computed here.
    pub(super) fn assemble<'a>(
        keyring: &Keyring,
        member: MemberId,
        revision: Revision,
        slots: impl ExactSizeIterator<Item = SealedSlot<'a>> + Clone,
    ) -> Result<Self, Error> {
        let covered = slots.clone().map(SealedSlot::in_manifest);
        let manifest = keyring.manifest(member.as_bytes(), revision.0, covered)?;
        let mut bytes = vec![FORMAT];
        bytes.extend(member.as_bytes());
        bytes.extend(revision.0.to_be_bytes());
        bytes.extend(manifest.key_version().to_be_bytes());
        bytes.extend(manifest.mac());
        bytes.extend(u16::try_from(slots.len()).map_err(|_| Error::Malformed)?.to_be_bytes());
        for slot in slots {
            let length = u16::try_from(slot.envelope.len()).map_err(|_| Error::Malformed)?;
            bytes.extend(slot.field.0.to_be_bytes());
            bytes.extend(slot.slot.0.to_be_bytes());
            bytes.extend(slot.seal.to_be_bytes());
            bytes.extend(length.to_be_bytes());
            bytes.extend(slot.envelope);
        }
        if bytes.len() > MAX_BYTES {
            return Err(Error::TooLarge { bytes: bytes.len() });
        }
        Self::parse(bytes)
    }

    /// Whether every slot, and nothing else, is what was written at this revision.
    ///
    /// Fails, opaquely, when a field was dropped, added, changed or taken from an older record.
    pub fn check_manifest(&self, keyring: &Keyring) -> Result<(), Unopened> {
        let slots = self.slots().map(SealedSlot::in_manifest);
        keyring.verify_manifest(&self.manifest, self.member.as_bytes(), self.revision.0, slots)
    }

    /// The member.
    #[must_use]
    pub const fn member(&self) -> MemberId {
        self.member
    }

    /// Under which version of its class key a slot is sealed; 0 where it holds nothing that parses.
    #[must_use]
    pub fn key_version(&self, field: FieldId, slot: Slot) -> u32 {
        let sealed = self.slots().find(|sealed| sealed.field == field && sealed.slot == slot);
        sealed.and_then(|sealed| Envelope::parse(sealed.envelope).ok()).map_or(0, |envelope| envelope.key_version())
    }

    /// The revision, which moves on every change of content.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// The manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The slots, in order.
    #[must_use]
    pub fn slots(&self) -> impl ExactSizeIterator<Item = SealedSlot<'_>> + Clone {
        self.slots.iter().map(|placed| placed.within(&self.bytes))
    }

    /// One slot, if the record has it.
    #[must_use]
    pub fn slot(&self, field: FieldId, slot: Slot) -> Option<SealedSlot<'_>> {
        let position = self.slots.binary_search_by_key(&(field, slot), |placed| (placed.field, placed.slot)).ok()?;
        self.slots.get(position).map(|placed| placed.within(&self.bytes))
    }

    /// The record's bytes, as they are stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<'a> SealedSlot<'a> {
    /// The place the envelope is bound to, in the record of that member.
    #[must_use]
    pub const fn binding(&self, member: MemberId) -> FieldBinding {
        FieldBinding::new(*member.as_bytes(), self.field.0, self.slot.0, self.seal)
    }

    const fn in_manifest(self) -> fubako_keys::SealedSlot<'a> {
        fubako_keys::SealedSlot::new(self.field.0, self.slot.0, self.seal, self.envelope)
    }
}

/// Where a slot's envelope lies in the record.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Placed {
    field: FieldId,
    slot: Slot,
    seal: u64,
    envelope: Range<usize>,
}

impl Placed {
    fn within<'a>(&self, bytes: &'a [u8]) -> SealedSlot<'a> {
        // INVARIANT (placed): the range was cut from these very bytes when they were parsed.
        let envelope = bytes.get(self.envelope.clone()).unwrap_or_default();
        SealedSlot { field: self.field, slot: self.slot, seal: self.seal, envelope }
    }
}

fn parse_slots(mut rest: Reader<'_>, count: u16, total: usize) -> Result<Vec<Placed>, Error> {
    let mut slots: Vec<Placed> = Vec::with_capacity(count.into());
    for _ in 0..count {
        let field = FieldId(u16::from_be_bytes(rest.take()?));
        let slot = Slot(u16::from_be_bytes(rest.take()?));
        let seal = u64::from_be_bytes(rest.take()?);
        let length = u16::from_be_bytes(rest.take()?);
        // INVARIANT (placed): `rest` is always the tail of the record's bytes.
        let start = total.checked_sub(rest.0.len()).ok_or(Error::Malformed)?;
        rest.skip(length.into())?;
        if slots.last().is_some_and(|last| (last.field, last.slot) >= (field, slot)) {
            return Err(Error::Malformed);
        }
        slots.push(Placed { field, slot, seal, envelope: start..start + usize::from(length) });
    }
    if rest.0.is_empty() { Ok(slots) } else { Err(Error::Malformed) }
}

/// What is left of the bytes.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Error::Malformed)?;
        self.0 = rest;
        Ok(*head)
    }

    fn skip(&mut self, length: usize) -> Result<(), Error> {
        self.0 = self.0.get(length..).ok_or(Error::Malformed)?;
        Ok(())
    }
}

const FORMAT: u8 = 1;
/// The row's revision and key, which share the store's limit with the record.
const ROW_OVERHEAD: usize = 64;
