//! The header of a run's file: which entries of which ledger it lists, and how long what follows is.

use fubako_keys::{IndexBinding, LedgerPart, Month};
use sha2::{Digest, Sha256};

use crate::ledger::journal::take::take;
use crate::ledger::journal::{Hash, JournalId};
use crate::ledger::lifetime::Lifetime;
use crate::model::ids::VaultId;

/// Which entries a run lists: neighbours, of one segment of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunPlace {
    /// The segment's number.
    pub(super) segment: u64,
    /// The segment's month.
    pub(super) month: Month,
    /// The index of the first entry.
    pub(super) first_index: u64,
    /// The index after the last entry.
    pub(super) next_index: u64,
}

/// What a run's file begins with.
///
/// `magic 8 | format u16 | vault 16 | origin 16 | part u8 | segment u64 | month u32 | first index u64 | next index u64 |
/// directory length u64 | blocks length u64 | SHA-256 of all before 32`, big-endian. The hash finds damage; that the header
/// is the one the run was written with, the directory says under its seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunHeader {
    pub(super) id: JournalId,
    pub(super) lifetime: Lifetime,
    pub(super) place: RunPlace,
    /// How many bytes the sealed directory has.
    pub(super) directory_length: u64,
    /// How many bytes the sealed blocks have together.
    pub(super) blocks_length: u64,
}

impl RunPlace {
    /// How many entries there are.
    pub(super) const fn entries(&self) -> u64 {
        self.next_index.saturating_sub(self.first_index)
    }
}

impl RunHeader {
    /// How many bytes a header takes.
    pub(super) const LENGTH: usize = 119;

    /// The header of a file that nothing follows yet.
    pub(super) const fn new(id: JournalId, lifetime: Lifetime, place: RunPlace) -> Self {
        Self { id, lifetime, place, directory_length: 0, blocks_length: 0 }
    }

    /// The header's bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::LENGTH);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_be_bytes());
        bytes.extend_from_slice(&self.id.vault.0);
        bytes.extend_from_slice(&self.id.origin);
        bytes.push(number(self.lifetime));
        bytes.extend_from_slice(&self.place.segment.to_be_bytes());
        bytes.extend_from_slice(&self.place.month.number().to_be_bytes());
        bytes.extend_from_slice(&self.place.first_index.to_be_bytes());
        bytes.extend_from_slice(&self.place.next_index.to_be_bytes());
        bytes.extend_from_slice(&self.directory_length.to_be_bytes());
        bytes.extend_from_slice(&self.blocks_length.to_be_bytes());
        let hash = Sha256::digest(&bytes);
        bytes.extend_from_slice(&hash);
        bytes
    }

    /// Reads a header of exactly [`LENGTH`](Self::LENGTH) bytes; `None` where anything is off.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (covered, hash) = bytes.split_last_chunk::<32>()?;
        let mut rest = covered;
        if &take::<8>(&mut rest)? != MAGIC || u16::from_be_bytes(take(&mut rest)?) != FORMAT {
            return None;
        }
        let id = JournalId { vault: VaultId(take(&mut rest)?), origin: take(&mut rest)? };
        let [part] = take(&mut rest)?;
        let lifetime = [Lifetime::Retention, Lifetime::Long].into_iter().find(|lifetime| number(*lifetime) == part)?;
        let place = RunPlace {
            segment: u64::from_be_bytes(take(&mut rest)?),
            month: Month::new(u32::from_be_bytes(take(&mut rest)?)).ok()?,
            first_index: u64::from_be_bytes(take(&mut rest)?),
            next_index: u64::from_be_bytes(take(&mut rest)?),
        };
        let header = Self {
            id,
            lifetime,
            place,
            directory_length: u64::from_be_bytes(take(&mut rest)?),
            blocks_length: u64::from_be_bytes(take(&mut rest)?),
        };
        let whole = rest.is_empty() && Hash::from(Sha256::digest(covered)) == *hash;
        whole.then_some(header)
    }

    /// The name of the file, which sorts as entries follow.
    pub(super) fn file_name(&self) -> String {
        let part = match self.lifetime {
            Lifetime::Retention => "month",
            Lifetime::Long => "long",
        };
        format!("{:020}-{part}.{EXTENSION}", self.place.first_index)
    }

    /// Where the blocks begin.
    pub(super) const fn blocks_offset(&self) -> u64 {
        (Self::LENGTH as u64).saturating_add(self.directory_length)
    }

    /// How long the file is.
    pub(super) const fn file_length(&self) -> u64 {
        self.blocks_offset().saturating_add(self.blocks_length)
    }

    /// Which key the file is sealed under.
    pub(super) const fn part(&self) -> LedgerPart {
        match self.lifetime {
            Lifetime::Retention => LedgerPart::Month(self.place.month),
            Lifetime::Long => LedgerPart::LongLived,
        }
    }

    /// The place a block is sealed for.
    pub(super) const fn binding(&self, block: u32) -> IndexBinding {
        IndexBinding::new(self.id.origin, self.place.first_index, block)
    }
}

/// What the names of run files end with.
pub(super) const EXTENSION: &str = "run";

const fn number(lifetime: Lifetime) -> u8 {
    match lifetime {
        Lifetime::Retention => 1,
        Lifetime::Long => 2,
    }
}

const MAGIC: &[u8; 8] = b"FUBAKO-I";
const FORMAT: u16 = 1;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    use proptest::prelude::*;

    prop_compose! {
        fn headers()(
            ids: ([u8; 16], [u8; 16]), long: bool, segment: u64, year in 1970_u32..=9999, month in 1_u32..=12,
            indexes: (u64, u64), lengths: (u64, u64),
        ) -> RunHeader {
            let month = Month::new(year * 100 + month).unwrap();
            RunHeader {
                id: JournalId { vault: VaultId(ids.0), origin: ids.1 },
                lifetime: if long { Lifetime::Long } else { Lifetime::Retention },
                place: RunPlace { segment, month, first_index: indexes.0, next_index: indexes.1 },
                directory_length: lengths.0,
                blocks_length: lengths.1,
            }
        }
    }

    proptest! {
        #[test]
        fn a_header_survives_its_bytes(header in headers()) {
            let bytes = header.encode();
            prop_assert_eq!(bytes.len(), RunHeader::LENGTH);
            prop_assert_eq!(RunHeader::parse(&bytes), Some(header));
        }

        #[test]
        fn a_header_with_a_flipped_bit_is_refused(header in headers(), at in 0..RunHeader::LENGTH * 8) {
            let mut bytes = header.encode();
            bytes[at / 8] ^= 1 << (at % 8);
            prop_assert_eq!(RunHeader::parse(&bytes), None);
        }

        #[test]
        fn a_cut_header_is_refused(header in headers(), length in 0..RunHeader::LENGTH) {
            prop_assert_eq!(RunHeader::parse(&header.encode()[..length]), None);
        }
    }
}
