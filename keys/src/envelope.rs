//! The outer form of sealed bytes, readable without a key.

use crate::bytes::Reader;
use crate::class::KeyClass;
use crate::padding::BLOCK;
use crate::seal::{NONCE_LEN, TAG_LEN, Unopened};

/// A sealed field: `format u8 = 1 | class u8 | key version u32 | nonce 24 | ciphertext | tag 16`, big-endian.
///
/// What it says of class and version is only a claim until the field opens.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    class: KeyClass,
    sealed: Sealed<'a>,
}

impl<'a> Envelope<'a> {
    /// Reads the header; refuses unknown formats and classes, and lengths that no padded value has.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Unopened> {
        let envelope = Self::read(bytes).ok_or(Unopened)?;
        let ciphertext_len = envelope.sealed.body.len().checked_sub(TAG_LEN).ok_or(Unopened)?;
        if ciphertext_len == 0 || !ciphertext_len.is_multiple_of(BLOCK) {
            return Err(Unopened);
        }
        Ok(envelope)
    }

    /// The key class it says it is sealed under.
    #[must_use]
    pub fn class(&self) -> KeyClass {
        self.class
    }

    /// The version of the class key it says it is sealed under.
    #[must_use]
    pub fn key_version(&self) -> u32 {
        self.sealed.key_version
    }

    /// The header of an envelope to be.
    pub(crate) fn head(class: KeyClass, key_version: u32) -> [u8; 6] {
        let [a, b, c, d] = key_version.to_be_bytes();
        [FORMAT, class.number(), a, b, c, d]
    }

    pub(crate) fn sealed(&self) -> &Sealed<'a> {
        &self.sealed
    }

    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let format = reader.u8()?;
        let class = KeyClass::from_number(reader.u8()?)?;
        let sealed = Sealed::read_versioned(reader)?;
        (format == FORMAT).then_some(Self { class, sealed })
    }
}

/// A sealed row or ledger part: `format u8 = 1 | key version u32 | nonce 24 | ciphertext | tag 16`;
/// in an envelope, what follows the class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sealed<'a> {
    /// The key version it claims.
    pub(crate) key_version: u32,
    /// The nonce it was sealed with.
    pub(crate) nonce: &'a [u8; NONCE_LEN],
    /// Ciphertext and tag.
    pub(crate) body: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Reads the header; refuses unknown formats.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Unopened> {
        let mut reader = Reader::new(bytes);
        match reader.u8() {
            Some(FORMAT) => Self::read_versioned(reader).ok_or(Unopened),
            _ => Err(Unopened),
        }
    }

    /// The header of sealed bytes to be.
    pub(crate) fn head(key_version: u32) -> [u8; 5] {
        let [a, b, c, d] = key_version.to_be_bytes();
        [FORMAT, a, b, c, d]
    }

    fn read_versioned(mut reader: Reader<'a>) -> Option<Self> {
        Some(Self { key_version: reader.u32()?, nonce: reader.array()?, body: reader.rest() })
    }
}

/// The one format there is, of envelopes and of sealed rows and parts.
const FORMAT: u8 = 1;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn envelope(class: KeyClass, key_version: u32, blocks: usize) -> Vec<u8> {
        let mut bytes = Envelope::head(class, key_version).to_vec();
        bytes.extend(vec![9; NONCE_LEN + blocks * BLOCK + TAG_LEN]);
        bytes
    }

    proptest! {
        #[test]
        fn a_header_is_read_as_written(class in 0_usize..5, key_version: u32, blocks in 1_usize..5) {
            let class = KeyClass::ALL.into_iter().nth(class).unwrap();
            let bytes = envelope(class, key_version, blocks);
            let read = Envelope::parse(&bytes).unwrap();
            prop_assert_eq!(read.class(), class);
            prop_assert_eq!(read.key_version(), key_version);
            prop_assert_eq!(read.sealed().body.len(), blocks * BLOCK + TAG_LEN);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = Envelope::parse(&bytes);
            let _ = Sealed::parse(&bytes);
        }

        #[test]
        fn unknown_formats_and_classes_are_refused(format in 2_u8.., class in 6_u8..) {
            let mut bytes = envelope(KeyClass::Card, 1, 1);
            *bytes.get_mut(1).unwrap() = class;
            prop_assert!(Envelope::parse(&bytes).is_err());
            let mut bytes = envelope(KeyClass::Card, 1, 1);
            *bytes.first_mut().unwrap() = format;
            prop_assert!(Envelope::parse(&bytes).is_err());
            prop_assert!(Sealed::parse(&bytes).is_err());
        }
    }

    #[test]
    fn an_envelope_cut_at_any_length_is_refused() {
        let whole = envelope(KeyClass::Contact, 7, 2);
        for len in (0..whole.len()).filter(|len| *len != whole.len() - BLOCK) {
            assert!(Envelope::parse(whole.split_at(len).0).is_err(), "cut at {len}");
        }
    }

    #[test]
    fn an_envelope_without_a_plaintext_is_refused() {
        assert!(Envelope::parse(&envelope(KeyClass::Contact, 7, 0)).is_err());
    }
}
