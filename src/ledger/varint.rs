//! Numbers in as few bytes as they need, and slices that their length precedes.

use crate::ledger::journal::take::{take, take_slice};

/// Appends a number: seven bits a byte, the low ones first, the top bit set where another byte follows.
pub(in crate::ledger) fn write(mut number: u64, into: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return into.push(low);
        }
        into.push(low | MORE);
    }
}

/// How many bytes a number takes.
pub(in crate::ledger) const fn length(number: u64) -> u64 {
    // A number of no bits takes a byte too.
    let bits = u64::BITS - (number | 1).leading_zeros();
    bits.div_ceil(7) as u64
}

/// Takes a number in its shortest form off the front of the input.
pub(in crate::ledger) fn read(input: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let [byte] = take(input)?;
        let bits = u64::from(byte & !MORE);
        let placed = bits << shift;
        if placed >> shift != bits {
            return None;
        }
        number |= placed;
        if byte & MORE == 0 {
            return (byte != 0 || shift == 0).then_some(number);
        }
    }
    None
}

/// Appends a slice after its length.
pub(in crate::ledger) fn write_slice(slice: &[u8], into: &mut Vec<u8>) {
    write(slice.len() as u64, into);
    into.extend_from_slice(slice);
}

/// Takes a slice that its length precedes off the front of the input.
pub(in crate::ledger) fn read_slice<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(read(input)?).ok()?;
    take_slice(input, length)
}

const MORE: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_survives_its_bytes_and_no_more_of_them_are_read(number: u64, shift in 0_u32..64, after: Vec<u8>) {
            let number = number >> shift;
            let mut bytes = Vec::new();
            write(number, &mut bytes);
            prop_assert_eq!(bytes.len() as u64, length(number));
            bytes.extend(&after);
            let mut rest = bytes.as_slice();
            prop_assert_eq!(read(&mut rest), Some(number));
            prop_assert_eq!(rest, after);
        }

        #[test]
        fn what_is_read_is_written_again_byte_for_byte(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
            let mut rest = bytes.as_slice();
            if let Some(number) = read(&mut rest) {
                let mut again = Vec::new();
                write(number, &mut again);
                prop_assert_eq!(again.as_slice(), bytes.split_at(bytes.len() - rest.len()).0);
            }
        }

        #[test]
        fn a_slice_survives_its_bytes_and_a_cut_one_is_refused(slice: Vec<u8>, cut: prop::sample::Index) {
            let mut bytes = Vec::new();
            write_slice(&slice, &mut bytes);
            prop_assert_eq!(read_slice(&mut bytes.as_slice()), Some(slice.as_slice()));
            prop_assert_eq!(read_slice(&mut bytes.split_at(cut.index(bytes.len())).0), None);
        }
    }
}
