//! Rows of the register (parties, bases, preferences and the like): CBOR, sealed under the register key.

use fubako_keys::{Keyring, RowBinding, SealError, Unopened};
use minicbor::{Decode, Encode};
use ring::rand::SecureRandom;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::model::ids::Revision;

/// Where a row lies: bound into its seal, so that it opens nowhere else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place<'a> {
    /// The table's number.
    pub table: u8,
    /// The key within the table.
    pub key: &'a [u8],
    /// The row's revision.
    pub revision: Revision,
}

/// Why a row could not be read.
#[derive(Debug, Error)]
pub enum Error {
    /// It does not open here: another vault's, another place's, or changed.
    #[error("a row of the register does not open")]
    Unopened(#[from] Unopened),
    /// It opens, but is not what belongs here.
    #[error("a row of the register is malformed")]
    Malformed(#[from] minicbor::decode::Error),
}

/// Seals a row.
pub fn seal<T: Encode<()>>(
    keyring: &Keyring,
    place: Place<'_>,
    content: &T,
    random: &dyn SecureRandom,
) -> Result<Vec<u8>, SealError> {
    // INVARIANT (infallible): encoding into a vector fails only if the type's encoder does, and ours do not.
    let bytes = Zeroizing::new(minicbor::to_vec(content).unwrap_or_default());
    keyring.seal_row(&place.binding(), &bytes, random)
}

/// Opens a row.
pub fn open<T: for<'b> Decode<'b, ()>>(keyring: &Keyring, place: Place<'_>, sealed: &[u8]) -> Result<T, Error> {
    let bytes = keyring.open_row(&place.binding(), sealed)?;
    Ok(minicbor::decode(&bytes)?)
}

impl Place<'_> {
    const fn binding(&self) -> RowBinding<'_> {
        RowBinding::new(self.table, self.key, self.revision.0)
    }
}
