//! What sealed bytes are bound to: the place they belong, as associated data of their seal.

use crate::bytes;
use crate::class::KeyClass;
use crate::label;
use crate::month::Month;

/// The place of one value: which member, field and slot, and how often that slot was rewritten.
///
/// A value sealed for one place opens at no other. The vault is bound too; the keyring adds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldBinding {
    member: [u8; 16],
    field: u16,
    slot: u16,
    seal: u64,
}

impl FieldBinding {
    /// The place of a value. `seal` counts the rewrites of the slot, by correction or rotation.
    #[must_use]
    pub const fn new(member: [u8; 16], field: u16, slot: u16, seal: u64) -> Self {
        Self { member, field, slot, seal }
    }

    /// `"fubako/field/v1" | vault 16 | member 16 | field u16 | slot u16 | seal u64 | class u8 | key version u32`.
    pub(crate) fn associated_data(&self, vault: &[u8; 16], class: KeyClass, key_version: u32) -> [u8; 64] {
        bytes::join(&[
            label::FIELD,
            vault,
            &self.member,
            &self.field.to_be_bytes(),
            &self.slot.to_be_bytes(),
            &self.seal.to_be_bytes(),
            &[class.number()],
            &key_version.to_be_bytes(),
        ])
    }
}

/// The place of one row of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowBinding<'a> {
    table: u8,
    key: &'a [u8],
    revision: u64,
}

impl<'a> RowBinding<'a> {
    /// The row under `key` of a table, at one of its revisions. A key longer than 65,535 bytes is refused when sealing.
    #[must_use]
    pub const fn new(table: u8, key: &'a [u8], revision: u64) -> Self {
        Self { table, key, revision }
    }

    /// `"fubako/row/v1" | vault 16 | table u8 | key length u16 | key | revision u64 | key version u32`;
    /// none if the key's length does not fit.
    pub(crate) fn associated_data(&self, vault: &[u8; 16], key_version: u32) -> Option<Vec<u8>> {
        let key_len = u16::try_from(self.key.len()).ok()?;
        let parts: [&[u8]; 7] = [
            label::ROW,
            vault,
            &[self.table],
            &key_len.to_be_bytes(),
            self.key,
            &self.revision.to_be_bytes(),
            &key_version.to_be_bytes(),
        ];
        Some(parts.concat())
    }
}

/// The place of what is kept of one erased member: whose it is, by which erasure, and until when it may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetainedBinding {
    member: [u8; 16],
    erasure: [u8; 16],
    until: i64,
}

impl RetainedBinding {
    /// What is kept of a member. `erasure` is the id of the entry that tells of it, `until` counts microseconds from 1970
    /// (UTC).
    #[must_use]
    pub const fn new(member: [u8; 16], erasure: [u8; 16], until: i64) -> Self {
        Self { member, erasure, until }
    }

    /// `"fubako/retained/v1" | vault 16 | member 16 | erasure 16 | until i64 | key version u32`.
    pub(crate) fn associated_data(&self, vault: &[u8; 16], key_version: u32) -> [u8; 78] {
        bytes::join(&[
            label::RETAINED,
            vault,
            &self.member,
            &self.erasure,
            &self.until.to_be_bytes(),
            &key_version.to_be_bytes(),
        ])
    }
}

/// Which of the two sealed parts of a ledger frame, or of a run of the ledger's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerPart {
    /// Details that are forgotten when the month's key is destroyed.
    Month(Month),
    /// Events about keys, consents, policies and erasures, readable as long as the vault lives.
    LongLived,
}

impl LedgerPart {
    /// The part's number and its month, zero where there is none.
    fn numbers(self) -> (u8, u32) {
        match self {
            Self::Month(month) => (1, month.number()),
            Self::LongLived => (2, 0),
        }
    }
}

/// The place of one ledger frame: origin of the ledger, segment file, index of the frame in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameBinding {
    origin: [u8; 16],
    segment: u64,
    index: u64,
}

impl FrameBinding {
    /// The place of a frame.
    #[must_use]
    pub const fn new(origin: [u8; 16], segment: u64, index: u64) -> Self {
        Self { origin, segment, index }
    }

    /// `"fubako/frame/v1" | vault 16 | origin 16 | segment u64 | index u64 | part u8 | month u32 | key version u32`.
    pub(crate) fn associated_data(&self, vault: &[u8; 16], part: LedgerPart, key_version: u32) -> [u8; 72] {
        let (part, month) = part.numbers();
        bytes::join(&[
            label::FRAME,
            vault,
            &self.origin,
            &self.segment.to_be_bytes(),
            &self.index.to_be_bytes(),
            &[part],
            &month.to_be_bytes(),
            &key_version.to_be_bytes(),
        ])
    }
}

/// The place of one sealed piece of the ledger's index: origin of the ledger, index of the run's first entry, block in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexBinding {
    origin: [u8; 16],
    first_index: u64,
    block: u32,
}

impl IndexBinding {
    /// The place of a block; what is no block of its own, as a directory, takes a number that no block has.
    #[must_use]
    pub const fn new(origin: [u8; 16], first_index: u64, block: u32) -> Self {
        Self { origin, first_index, block }
    }

    /// `"fubako/ledger-index/v1" | vault 16 | origin 16 | first index u64 | block u32 | part u8 | month u32 | key version u32`.
    pub(crate) fn associated_data(&self, vault: &[u8; 16], part: LedgerPart, key_version: u32) -> [u8; 75] {
        let (part, month) = part.numbers();
        bytes::join(&[
            label::LEDGER_INDEX,
            vault,
            &self.origin,
            &self.first_index.to_be_bytes(),
            &self.block.to_be_bytes(),
            &[part],
            &month.to_be_bytes(),
            &key_version.to_be_bytes(),
        ])
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_field_binding_is_laid_out_as_documented() {
        let binding = FieldBinding::new([2; 16], 0x0304, 0x0506, 0x0708_090a_0b0c_0d0e);
        let found = binding.associated_data(&[1; 16], KeyClass::Card, 0x1112_1314);
        let expected = [
            hex::encode("fubako/field/v1"),
            "01".repeat(16),
            "02".repeat(16),
            "0304".to_owned(),
            "0506".to_owned(),
            "0708090a0b0c0d0e".to_owned(),
            "03".to_owned(),
            "11121314".to_owned(),
        ];
        assert_eq!(hex::encode(found), expected.concat());
    }

    #[test]
    fn the_row_binding_tells_key_and_revision_apart() {
        let with_key = RowBinding::new(1, b"ab", 3).associated_data(&[0; 16], 1).unwrap();
        let shifted = RowBinding::new(1, b"a", 3).associated_data(&[0; 16], 1).unwrap();
        assert_eq!(with_key.len(), shifted.len() + 1);
        assert_eq!(with_key.get(13 + 16..13 + 16 + 5), Some(&[1, 0, 2, b'a', b'b'][..]));
    }

    #[test]
    fn a_row_key_too_long_for_its_length_is_refused() {
        let key = vec![0; 65_536];
        assert!(RowBinding::new(1, &key, 1).associated_data(&[0; 16], 1).is_none());
    }

    #[test]
    fn the_retained_binding_is_laid_out_as_documented() {
        let found =
            RetainedBinding::new([2; 16], [3; 16], 0x0405_0607_0809_0a0b).associated_data(&[1; 16], 0x0c0d_0e0f);
        let expected = [
            hex::encode("fubako/retained/v1"),
            "01".repeat(16),
            "02".repeat(16),
            "03".repeat(16),
            "0405060708090a0b".to_owned(),
            "0c0d0e0f".to_owned(),
        ];
        assert_eq!(hex::encode(found), expected.concat());
    }

    #[test]
    fn the_parts_of_a_frame_are_bound_apart() {
        let binding = FrameBinding::new([3; 16], 4, 5);
        let month = LedgerPart::Month(Month::new(202_611).unwrap());
        let monthly = binding.associated_data(&[1; 16], month, 6);
        let long_lived = binding.associated_data(&[1; 16], LedgerPart::LongLived, 6);
        assert_eq!(hex::encode(monthly.split_at(63).1), "010003177300000006");
        assert_eq!(hex::encode(long_lived.split_at(63).1), "020000000000000006");
    }

    #[test]
    fn the_index_binding_is_laid_out_as_documented() {
        let binding = IndexBinding::new([2; 16], 0x0304_0506_0708_090a, 0x0b0c_0d0e);
        let part = LedgerPart::Month(Month::new(202_611).unwrap());
        let expected = [
            hex::encode("fubako/ledger-index/v1"),
            "01".repeat(16),
            "02".repeat(16),
            "030405060708090a".to_owned(),
            "0b0c0d0e".to_owned(),
            "01".to_owned(),
            "00031773".to_owned(),
            "0f101112".to_owned(),
        ];
        assert_eq!(hex::encode(binding.associated_data(&[1; 16], part, 0x0f10_1112)), expected.concat());
    }
}
