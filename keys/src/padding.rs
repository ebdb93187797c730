//! Padding of values, so that a sealed field's length tells little about what is in it.

use zeroize::Zeroizing;

use crate::seal::{SealError, Unopened};

/// Padded plaintext is a multiple of this many bytes.
pub(crate) const BLOCK: usize = 32;

/// What stands around a value in its plaintext: `length u16 | value | zeros`.
#[derive(Debug)]
pub(crate) struct Padding {
    length: [u8; LENGTH_LEN],
    zeros: &'static [u8],
}

impl Padding {
    /// The padding of `value`; refuses more than 65,535 bytes.
    pub(crate) fn of(value: &[u8]) -> Result<Self, SealError> {
        let length = u16::try_from(value.len()).map_err(|_| SealError::TooLong)?;
        let zeros = padded_len(value.len()) - LENGTH_LEN - value.len();
        Ok(Self { length: length.to_be_bytes(), zeros: ZEROS.split_at(zeros).0 })
    }

    /// The plaintext in parts, to be sealed one after the other.
    pub(crate) fn around<'a>(&'a self, value: &'a [u8]) -> [&'a [u8]; 3] {
        [&self.length, value, self.zeros]
    }
}

/// The value in an opened plaintext, in the plaintext's own allocation.
///
/// Refuses a length that does not fit, more zeros than needed, and padding that is not zero.
pub(crate) fn unpad(mut plain: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let (length, rest) = plain.split_first_chunk().ok_or(Unopened)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (_, zeros) = rest.split_at_checked(length).ok_or(Unopened)?;
    if plain.len() != padded_len(length) || zeros.iter().any(|&byte| byte != 0) {
        return Err(Unopened);
    }
    plain.copy_within(LENGTH_LEN..LENGTH_LEN + length, 0);
    plain.truncate(length);
    Ok(plain)
}

/// Length of the padded plaintext of a value of `value_len` bytes.
fn padded_len(value_len: usize) -> usize {
    (LENGTH_LEN + value_len).next_multiple_of(BLOCK)
}

const LENGTH_LEN: usize = 2;
const ZEROS: &[u8; BLOCK] = &[0; BLOCK];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn padded(value: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(Padding::of(value).unwrap().around(value).concat())
    }

    proptest! {
        #[test]
        fn a_padded_value_is_found_again(value in prop::collection::vec(any::<u8>(), 0..200)) {
            let plain = padded(&value);
            prop_assert_eq!(plain.len() % BLOCK, 0);
            prop_assert!(plain.len() < 2 + value.len() + BLOCK);
            prop_assert_eq!(&*unpad(plain).unwrap(), &value);
        }

        #[test]
        fn whatever_unpads_is_what_padding_makes(plain in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(value) = unpad(Zeroizing::new(plain.clone())) {
                prop_assert_eq!(&*padded(&value), &plain);
            }
        }
    }

    #[test]
    fn lengths_at_the_edge_of_a_block() {
        for (value_len, plain_len) in [(0, 32), (1, 32), (30, 32), (31, 64), (62, 64), (63, 96)] {
            assert_eq!(padded(&vec![7; value_len]).len(), plain_len);
        }
    }

    #[test]
    fn the_longest_value_is_padded_and_a_longer_one_refused() {
        assert_eq!(padded(&vec![0; 65_535]).len(), 65_568);
        assert_eq!(Padding::of(&vec![0; 65_536]).unwrap_err(), SealError::TooLong);
    }

    #[test]
    fn padding_that_is_not_zero_is_refused() {
        for at in 5..32 {
            let mut plain = padded(b"abc");
            plain[at] = 1;
            assert_eq!(unpad(plain), Err(Unopened));
        }
    }

    #[test]
    fn a_length_that_does_not_fit_is_refused() {
        for length in [31_u16, 32, 64, u16::MAX] {
            let mut plain = padded(&[0; 30]);
            plain[..2].copy_from_slice(&length.to_be_bytes());
            assert_eq!(unpad(plain), Err(Unopened));
        }
    }

    #[test]
    fn more_zeros_than_needed_are_refused() {
        let mut plain = padded(b"abc");
        plain.extend([0; BLOCK]);
        assert_eq!(unpad(plain), Err(Unopened));
    }

    #[test]
    fn a_plaintext_without_a_length_is_refused() {
        assert_eq!(unpad(Zeroizing::new(Vec::new())), Err(Unopened));
        assert_eq!(unpad(Zeroizing::new(vec![0])), Err(Unopened));
    }
}
