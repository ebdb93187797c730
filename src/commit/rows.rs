//! Rows of the register, sealed for their key and revision, and opened again.

use fubako_keys::{Keyring, SealError};
use minicbor::{Decode, Encode};
use ring::rand::SecureRandom;
use thiserror::Error;

use crate::model::ids::Revision;
use crate::record::register::{self, Place};
use crate::store::key::Key;
use crate::store::row::{Row, TooLarge};

/// Why a row could not be made.
#[derive(Debug, Error)]
pub enum Error {
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It is more than the store takes.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// A row with this content.
pub fn seal<T: Encode<()>>(
    keyring: &Keyring,
    key: &Key,
    revision: Revision,
    content: &T,
    random: &dyn SecureRandom,
) -> Result<Row, Error> {
    let sealed = register::seal(keyring, place(key, revision), content, random)?;
    Ok(Row::new(revision, sealed)?)
}

/// The content of a row.
pub fn open<T: for<'b> Decode<'b, ()>>(keyring: &Keyring, key: &Key, row: &Row) -> Result<T, register::Error> {
    register::open(keyring, place(key, row.revision()), row.value())
}

/// Where a row lies: its table's number, then what names it in the table.
fn place(key: &Key, revision: Revision) -> Place<'_> {
    let (table, key) = key.as_bytes().split_first().unwrap_or((&0, &[]));
    Place { table: *table, key, revision }
}
