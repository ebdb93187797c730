//! Shares of a root key: it is split among n people, any k of whom can put it together.
//!
//! Shamir's scheme over GF(256), byte by byte (crate `blahaj`): k - 1 shares tell nothing of the key.

mod deal;
mod share;
mod tally;

use crate::bytes::Reader;

use super::origin::OriginError;

pub use self::deal::{HeldShares, ShareDeal};
pub use self::share::Share;
pub use self::tally::{ShareTally, Tallied};

/// Which set of shares puts a root key together, and how many of it. No secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareSet {
    id: [u8; SET_LEN],
    threshold: u8,
    count: u8,
}

impl ShareSet {
    /// Any `threshold` of `count` shares are enough: at least two of at most 255.
    fn new(id: [u8; SET_LEN], threshold: u8, count: u8) -> Option<Self> {
        (2 <= threshold && threshold <= count).then_some(Self { id, threshold, count })
    }

    /// How many shares are needed.
    #[must_use]
    pub const fn threshold(&self) -> u8 {
        self.threshold
    }

    /// How many shares there are.
    #[must_use]
    pub const fn count(&self) -> u8 {
        self.count
    }

    /// The set's name in hexadecimal.
    #[must_use]
    pub fn name(&self) -> String {
        hex::encode(self.id)
    }

    /// Appends `set id 8 | threshold u8 | count u8`.
    pub(super) fn encode(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.id);
        into.extend_from_slice(&[self.threshold, self.count]);
    }

    /// Reads what [`ShareSet::encode`] wrote.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, OriginError> {
        let id = *reader.array().ok_or(OriginError::Cut)?;
        let &[threshold, count] = reader.array().ok_or(OriginError::Cut)?;
        Self::new(id, threshold, count).ok_or(OriginError::Malformed)
    }
}

/// Why shares were not dealt, taken or put together. Never says which of a share's characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// Such a set makes no sense.
    #[error("{threshold} of {count} shares cannot be: at least 2 are needed, and no more than there are")]
    Plan {
        /// How many were to be enough.
        threshold: u8,
        /// How many were to be dealt.
        count: u8,
    },
    /// It does not begin as one.
    #[error("this is not a share: one begins with `{}`", crate::label::SHARE_TEXT)]
    NotAShare,
    /// Characters are missing or too many.
    #[error("the share has {found} hexadecimal digits, and {expected} belong to it: it was not copied as a whole")]
    Length {
        /// Digits that are there.
        found: usize,
        /// Digits of a share.
        expected: usize,
    },
    /// Its checksum is another.
    #[error("the share's checksum does not fit: something in it was mistyped")]
    Mistyped,
    /// It is of another set.
    #[error(
        "the share is of set `{given}`, and this vault's are of set `{wanted}`: it is another vault's, or an old one"
    )]
    OtherSet {
        /// The set that is needed.
        wanted: String,
        /// The share's set.
        given: String,
    },
    /// The same share twice.
    #[error("share {index} is there already; {have} of {threshold} are there, and another one is needed")]
    Repeated {
        /// The share's number.
        index: u8,
        /// How many are there.
        have: u8,
        /// How many are needed.
        threshold: u8,
    },
    /// Too few to put the key together.
    #[error("{have} of {threshold} shares are there")]
    TooFew {
        /// How many are there.
        have: u8,
        /// How many are needed.
        threshold: u8,
    },
    /// Each is well-formed, and together they give another key.
    #[error("the shares do not give this vault's root key: at least one of them was forged; all of them were dropped")]
    Forged,
}

/// Length of a set's name: enough that two sets of one vault differ.
const SET_LEN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_make_no_sense_are_refused() {
        for (threshold, count) in [(0, 0), (0, 3), (1, 3), (3, 2), (1, 1)] {
            assert_eq!(ShareSet::new([7; 8], threshold, count), None, "{threshold} of {count}");
        }
        for (threshold, count) in [(2, 2), (2, 255), (255, 255), (3, 5)] {
            assert!(ShareSet::new([7; 8], threshold, count).is_some(), "{threshold} of {count}");
        }
    }
}
