//! Rows and their changes: opaque values with a revision.

use std::fmt;

use thiserror::Error;

use crate::model::ids::Revision;
use crate::store::key::Key;

/// A stored value and the revision it is at. The store cannot read the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    revision: Revision,
    value: Vec<u8>,
}

/// One row written or deleted by a commit group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    key: Key,
    row: Option<Row>,
}

/// The value is over [`MAX_VALUE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a value of {bytes} bytes is over the limit of {MAX_VALUE}")]
pub struct TooLarge {
    /// How many bytes it has.
    pub bytes: usize,
}

/// The most bytes a value can have: beyond it, the embedded engine would keep values in files it never syncs.
pub const MAX_VALUE: usize = 4096;

impl Row {
    /// A row; values over [`MAX_VALUE`] are refused.
    pub fn new(revision: Revision, value: Vec<u8>) -> Result<Self, TooLarge> {
        if value.len() > MAX_VALUE {
            return Err(TooLarge { bytes: value.len() });
        }
        Ok(Self { revision, value })
    }

    /// The revision.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The value, owned.
    #[must_use]
    pub fn into_value(self) -> Vec<u8> {
        self.value
    }

    /// `revision u64 | value`, big-endian.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + self.value.len());
        bytes.extend_from_slice(&self.revision.0.to_be_bytes());
        bytes.extend_from_slice(&self.value);
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (revision, value) = bytes.split_first_chunk()?;
        Self::new(Revision(u64::from_be_bytes(*revision)), value.to_vec()).ok()
    }
}

impl Change {
    /// Writes the row under the key.
    #[must_use]
    pub const fn put(key: Key, row: Row) -> Self {
        Self { key, row: Some(row) }
    }

    /// Deletes the row under the key, if there is one.
    #[must_use]
    pub const fn delete(key: Key) -> Self {
        Self { key, row: None }
    }

    /// The key of the row that changes.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// What is there afterwards.
    #[must_use]
    pub const fn row(&self) -> Option<&Row> {
        self.row.as_ref()
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row(revision {}, {} bytes)", self.revision, self.value.len())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_value_over_the_limit_is_refused() {
        assert!(Row::new(Revision(1), vec![0; MAX_VALUE]).is_ok());
        assert_eq!(Row::new(Revision(1), vec![0; MAX_VALUE + 1]), Err(TooLarge { bytes: MAX_VALUE + 1 }));
    }

    #[test]
    fn a_row_survives_its_bytes() {
        let row = Row::new(Revision(u64::MAX), b"sealed".to_vec()).unwrap();
        assert_eq!(Row::from_bytes(&row.to_bytes()), Some(row));
        assert_eq!(Row::from_bytes(&[0; 7]), None);
    }

    #[test]
    fn debug_shows_no_byte_of_the_value() {
        let row = Row::new(Revision(3), b"canary".to_vec()).unwrap();
        assert_eq!(format!("{row:?}"), "Row(revision 3, 6 bytes)");
    }
}
