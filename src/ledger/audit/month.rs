//! A month's entries compared with the tree, before its key is destroyed and the tree is all that is left of them.

use fubako_keys::Month;
use thiserror::Error;

use crate::ledger::opened::OpenedFrame;
use crate::ledger::proofs::{ProofError, Proofs};
use crate::ledger::reader::{self, Reader};

/// Why a month's key must not be destroyed yet.
#[derive(Debug, Error)]
pub enum MonthError {
    /// Its entries do not read back.
    #[error(transparent)]
    Reader(#[from] reader::Error),
    /// The tree cannot be read, or does not cover them yet.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// An entry is not the one the tree holds.
    #[error("entry {index} has another hash in the ledger than in the tree")]
    Differs {
        /// The entry.
        index: u64,
    },
}

impl Reader {
    /// Compares every entry in the segments of a month with its hash in the tree, which a checkpoint has to cover.
    pub fn compare_month(&self, month: Month, proofs: &Proofs) -> Result<(), MonthError> {
        let keyring = self.keyring();
        for segment in self.journal.segments().into_iter().filter(|segment| segment.month == month) {
            for frame in self.journal.forward(segment.first_index) {
                let frame = frame.map_err(reader::Error::from)?;
                if frame.first_index() >= segment.next_index {
                    break;
                }
                let stored = proofs.leaf_hashes(frame.first_index(), frame.entries().into())?;
                if let Some(index) = OpenedFrame::open(&frame, &keyring)?.first_unlike(&stored) {
                    return Err(MonthError::Differs { index });
                }
            }
        }
        Ok(())
    }
}
