//! The tags a member is listed under in the blind index, kept in the record so that they can be unlisted.

use fubako_keys::{IndexKind, IndexTag, KeyClass, Keyring, Unopened};

use crate::model::ids::{FieldId, Slot};
use crate::record::SYSTEM_FIELD;
use crate::record::sealed::SealedRecord;

/// The slot of the system field that holds the tags.
pub const TAGS_SLOT: Slot = Slot(1);

/// One listing in the blind index: which value of the record it is for, and the bucket it is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listing {
    /// The field.
    pub field: FieldId,
    /// Which of its values.
    pub slot: Slot,
    /// Which index.
    pub kind: IndexKind,
    /// The bucket.
    pub tag: IndexTag,
}

/// The listings' bytes: each `field u16 | slot u16 | kind u8 | key version u32 | tag u64`, big-endian.
#[must_use]
pub fn encode(listings: &[Listing]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(listings.len() * LISTING_BYTES);
    for Listing { field, slot, kind, tag } in listings {
        bytes.extend(field.0.to_be_bytes());
        bytes.extend(slot.0.to_be_bytes());
        bytes.push(kind.number());
        bytes.extend(tag.key_version().to_be_bytes());
        bytes.extend(tag.value().to_be_bytes());
    }
    bytes
}

/// The listings of a record; they are no values, so no permit is needed.
pub fn of_record(record: &SealedRecord, keyring: &Keyring) -> Result<Vec<Listing>, Unopened> {
    let Some(slot) = record.slot(SYSTEM_FIELD, TAGS_SLOT) else {
        return Ok(Vec::new());
    };
    let bytes = keyring.open_field(KeyClass::Identity, &slot.binding(record.member()), slot.envelope)?;
    decode(&bytes).ok_or(Unopened)
}

fn decode(mut bytes: &[u8]) -> Option<Vec<Listing>> {
    let mut listings = Vec::new();
    while !bytes.is_empty() {
        let (field, rest) = bytes.split_first_chunk()?;
        let (slot, rest) = rest.split_first_chunk()?;
        let ([kind], rest) = rest.split_first_chunk()?;
        let (key_version, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_first_chunk()?;
        listings.push(Listing {
            field: FieldId(u16::from_be_bytes(*field)),
            slot: Slot(u16::from_be_bytes(*slot)),
            kind: IndexKind::from_number(*kind)?,
            tag: IndexTag::new(u32::from_be_bytes(*key_version), u64::from_be_bytes(*value)),
        });
        bytes = rest;
    }
    Some(listings)
}

const LISTING_BYTES: usize = 2 + 2 + 1 + 4 + 8;
