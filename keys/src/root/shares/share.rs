//! One share as a line of text that people keep, and the checksum that tells a mistyped one at once.

use std::fmt;

use ring::digest;
use zeroize::Zeroizing;

use super::{SET_LEN, ShareError, ShareSet};
use crate::label;
use crate::material::prefix;
use crate::secret::{KEY_LEN, Secret, Sharing, equal};

/// One person's part of a root key.
///
/// `fubako-share-v1-` and, in hexadecimal with a dash after every eight digits, `set id 8 | threshold u8 | count u8 |
/// index u8 | part 32 | checksum 4`. The checksum is the beginning of SHA-256(`"fubako/share/v1"` | what is before it).
/// Case, spaces and dashes do not count when one is read.
pub struct Share {
    set: ShareSet,
    index: u8,
    part: Secret<Sharing>,
}

impl Share {
    pub(super) fn new(set: ShareSet, index: u8, part: Secret<Sharing>) -> Self {
        Self { set, index, part }
    }

    /// The set it belongs to.
    #[must_use]
    pub const fn set(&self) -> &ShareSet {
        &self.set
    }

    /// Its number in the set, from 1.
    #[must_use]
    pub const fn index(&self) -> u8 {
        self.index
    }

    pub(super) const fn part(&self) -> &Secret<Sharing> {
        &self.part
    }

    /// Another copy, for putting the key together.
    pub(super) fn copy(&self) -> Self {
        // EXPOSE: into a secret again.
        Self { set: self.set, index: self.index, part: Secret::copied(self.part.expose()) }
    }

    /// The line that its holder keeps. It is as secret as a share can be.
    #[must_use]
    pub fn to_line(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(BODY_LEN + SUM_LEN));
        self.set.encode(&mut bytes);
        bytes.push(self.index);
        // EXPOSE: the line is what its holder keeps.
        bytes.extend_from_slice(self.part.expose());
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        let mut line = Zeroizing::new(String::with_capacity(label::SHARE_TEXT.len() + 3 * bytes.len()));
        line.push_str(label::SHARE_TEXT);
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 && at % GROUP == 0 {
                line.push('-');
            }
            line.extend([byte >> 4, byte & 0xf].into_iter().filter_map(|digit| char::from_digit(digit.into(), 16)));
        }
        line
    }

    /// Reads a line as its holder typed it.
    pub fn parse(line: &str) -> Result<Self, ShareError> {
        let digits = digits(line).ok_or(ShareError::NotAShare)?;
        let expected = 2 * (BODY_LEN + SUM_LEN);
        if digits.len() != expected {
            return Err(ShareError::Length { found: digits.len(), expected });
        }
        let mut bytes = Zeroizing::new([0; BODY_LEN + SUM_LEN]);
        // A letter beyond f is a slip of the finger like any other.
        hex::decode_to_slice(&*digits, bytes.as_mut_slice()).map_err(|_| ShareError::Mistyped)?;
        let (body, sum) = bytes.split_first_chunk::<BODY_LEN>().ok_or(ShareError::Mistyped)?;
        if !equal(sum, &checksum(body)) {
            return Err(ShareError::Mistyped);
        }
        read(body).ok_or(ShareError::NotAShare)
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Share")
    }
}

fn read(body: &[u8; BODY_LEN]) -> Option<Share> {
    let mut reader = crate::bytes::Reader::new(body);
    let set = ShareSet::decode(&mut reader).ok()?;
    let index = reader.u8().filter(|index| (1..=set.count()).contains(index))?;
    let part = Secret::copied(reader.array()?);
    Some(Share { set, index, part })
}

/// The digits of a line that begins as a share does; none if it does not.
fn digits(line: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut digits = Zeroizing::new(Vec::with_capacity(line.len()));
    let meant = |byte: &u8| !byte.is_ascii_whitespace() && *byte != b'-';
    digits.extend(line.bytes().filter(meant).map(|byte| byte.to_ascii_lowercase()));
    let start: Vec<u8> = label::SHARE_TEXT.bytes().filter(meant).collect();
    if !digits.starts_with(&start) {
        return None;
    }
    digits.drain(..start.len());
    Some(digits)
}

fn checksum(body: &[u8]) -> [u8; SUM_LEN] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(label::SHARE_SUM);
    context.update(body);
    prefix(context.finish().as_ref())
}

/// Set id, threshold, count, index, part.
const BODY_LEN: usize = SET_LEN + 1 + 1 + 1 + KEY_LEN;
/// One mistyped share in four thousand million is not noticed by this; it then gives another root key, which is.
const SUM_LEN: usize = 4;
/// Bytes between two dashes.
const GROUP: usize = 4;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(set: [u8; 8], index: u8, part: &[u8; 32]) -> Share {
        Share::new(ShareSet::new(set, 3, 5).unwrap(), index, Secret::copied(part))
    }

    fn line() -> String {
        share([0xab; 8], 2, &[0x5c; 32]).to_line().to_string()
    }

    proptest! {
        #[test]
        fn a_share_is_read_as_written(set: [u8; 8], index in 1_u8..=5, part: [u8; 32]) {
            let line = share(set, index, &part).to_line();
            let read = Share::parse(&line).unwrap();
            prop_assert_eq!((read.set().id, read.index(), *read.part().expose()), (set, index, part));
            prop_assert_eq!(&*read.to_line(), &*line);
        }

        #[test]
        fn every_mistyped_digit_is_told(at in 0_usize..94, to in 0_u32..16) {
            let line = line();
            let places: Vec<usize> = (label::SHARE_TEXT.len()..line.len()).filter(|at| line.as_bytes()[*at] != b'-').collect();
            let mut typed: Vec<char> = line.chars().collect();
            let digit = char::from_digit(to, 16).unwrap();
            prop_assume!(typed[places[at]] != digit);
            typed[places[at]] = digit;
            let typed: String = typed.into_iter().collect();
            prop_assert_eq!(Share::parse(&typed).unwrap_err(), ShareError::Mistyped);
        }

        #[test]
        fn whatever_is_typed_never_panics(typed in ".{0,200}", after in "[0-9a-f-]{0,120}") {
            let _ = Share::parse(&typed);
            let _ = Share::parse(&format!("{}{after}", label::SHARE_TEXT));
        }
    }

    #[test]
    fn a_share_may_be_typed_in_any_case_and_spacing() {
        let line = line();
        for typed in [line.to_uppercase(), line.replace('-', " "), format!("  {}\n", line.replace('-', ""))] {
            assert_eq!(Share::parse(&typed).unwrap().index(), 2);
        }
    }

    #[test]
    fn a_share_cut_or_lengthened_is_told() {
        let line = line();
        assert_eq!(Share::parse("").unwrap_err(), ShareError::NotAShare);
        assert_eq!(Share::parse("fubako-share-v2-ab").unwrap_err(), ShareError::NotAShare);
        for len in label::SHARE_TEXT.len()..line.len() {
            let found = Share::parse(line.get(..len).unwrap()).unwrap_err();
            assert!(matches!(found, ShareError::Length { .. }), "{found}");
        }
        assert!(matches!(Share::parse(&format!("{line}0")), Err(ShareError::Length { found: 95, expected: 94 })));
    }

    #[test]
    fn an_index_outside_its_set_is_no_share() {
        for index in [0, 6, 255] {
            assert_eq!(Share::parse(&share([1; 8], index, &[2; 32]).to_line()).unwrap_err(), ShareError::NotAShare);
        }
    }

    #[test]
    fn debug_prints_the_name_and_no_digit() {
        assert_eq!(format!("{:?}", share([1; 8], 1, &[2; 32])), "Share");
    }
}
