//! The header of a segment file: which journal it belongs to and where in the chain it begins.

use fubako_keys::Month;
use sha2::{Digest, Sha256};

use crate::ledger::journal::Hash;
use crate::ledger::journal::take::take;
use crate::model::ids::VaultId;

/// What a segment file begins with.
///
/// `magic 8 | format u16 | vault 16 | origin 16 | segment u64 | month u32 | first index u64 | previous hash 32 | SHA-256
/// of all before 32`, big-endian. The first frame of the segment names this last hash as the one before it, so that no
/// field of a header can be changed unseen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: JournalId,
    pub(super) segment: u64,
    pub(super) month: Month,
    pub(super) first_index: u64,
    pub(super) previous: Hash,
}

/// Which journal: the vault's, and of which origin (a restore starts a new one).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalId {
    /// The vault.
    pub vault: VaultId,
    /// 16 random bytes made with the journal.
    pub origin: [u8; 16],
}

impl Header {
    /// How many bytes a header takes.
    pub(super) const LENGTH: usize = 126;

    /// The header's bytes, and the hash they end with.
    pub(super) fn encode(&self) -> (Vec<u8>, Hash) {
        let mut bytes = Vec::with_capacity(Self::LENGTH);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_be_bytes());
        bytes.extend_from_slice(&self.id.vault.0);
        bytes.extend_from_slice(&self.id.origin);
        bytes.extend_from_slice(&self.segment.to_be_bytes());
        bytes.extend_from_slice(&self.month.number().to_be_bytes());
        bytes.extend_from_slice(&self.first_index.to_be_bytes());
        bytes.extend_from_slice(&self.previous);
        let hash: Hash = Sha256::digest(&bytes).into();
        bytes.extend_from_slice(&hash);
        (bytes, hash)
    }

    /// Reads a header of exactly [`LENGTH`](Self::LENGTH) bytes and the hash it ends with; `None` where anything is off.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, Hash)> {
        let (covered, hash) = bytes.split_last_chunk::<32>()?;
        let mut rest = covered;
        if &take::<8>(&mut rest)? != MAGIC || u16::from_be_bytes(take(&mut rest)?) != FORMAT {
            return None;
        }
        let header = Self {
            id: JournalId { vault: VaultId(take(&mut rest)?), origin: take(&mut rest)? },
            segment: u64::from_be_bytes(take(&mut rest)?),
            month: Month::new(u32::from_be_bytes(take(&mut rest)?)).ok()?,
            first_index: u64::from_be_bytes(take(&mut rest)?),
            previous: take(&mut rest)?,
        };
        let whole = rest.is_empty() && Hash::from(Sha256::digest(covered)) == *hash;
        whole.then_some((header, *hash))
    }

    /// The name of the segment's file: month and number, so that names sort as segments follow.
    pub(super) fn file_name(&self) -> String {
        format!("{}-{:08}.{EXTENSION}", self.month, self.segment)
    }
}

/// What the names of segment files end with.
pub(super) const EXTENSION: &str = "journal";

const MAGIC: &[u8; 8] = b"FUBAKO-J";
const FORMAT: u16 = 1;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    use proptest::prelude::*;

    prop_compose! {
        fn headers()(
            vault: [u8; 16], origin: [u8; 16], segment: u64, year in 1970_u32..=9999, month in 1_u32..=12,
            first_index: u64, previous: [u8; 32],
        ) -> Header {
            let id = JournalId { vault: VaultId(vault), origin };
            Header { id, segment, month: Month::new(year * 100 + month).unwrap(), first_index, previous }
        }
    }

    proptest! {
        #[test]
        fn a_header_survives_its_bytes(header in headers()) {
            let (bytes, hash) = header.encode();
            prop_assert_eq!(bytes.len(), Header::LENGTH);
            prop_assert_eq!(Header::parse(&bytes), Some((header, hash)));
        }

        #[test]
        fn a_header_with_a_flipped_bit_is_refused(header in headers(), at in 0..Header::LENGTH * 8) {
            let (mut bytes, _) = header.encode();
            bytes[at / 8] ^= 1 << (at % 8);
            prop_assert_eq!(Header::parse(&bytes), None);
        }

        #[test]
        fn a_cut_header_is_refused(header in headers(), length in 0..Header::LENGTH) {
            let (bytes, _) = header.encode();
            prop_assert_eq!(Header::parse(&bytes[..length]), None);
        }
    }
}
