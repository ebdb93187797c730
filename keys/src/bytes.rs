//! Strict reading and exact joining of fixed-width, big-endian bytes.

/// Reads fixed-width values from the front of a slice; `None` once too little is left.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (front, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(front)
    }

    /// The next byte.
    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(|&[byte]| byte)
    }

    /// The next two bytes.
    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().copied().map(u16::from_be_bytes)
    }

    /// The next four bytes.
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().copied().map(u32::from_be_bytes)
    }

    /// The next eight bytes.
    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().copied().map(u64::from_be_bytes)
    }

    /// The next eight bytes, signed.
    pub(crate) fn i64(&mut self) -> Option<i64> {
        self.array().copied().map(i64::from_be_bytes)
    }

    /// The next `len` bytes.
    pub(crate) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(front)
    }

    /// The next byte, which stays to be read.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Everything not read yet.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Some if nothing is left.
    pub(crate) fn end(self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}

/// `parts` one after the other; they are `N` bytes together.
pub(crate) fn join<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut joined = [0; N];
    let mut rest = joined.as_mut_slice();
    for part in parts {
        let (front, back) = rest.split_at_mut(part.len());
        front.copy_from_slice(part);
        rest = back;
    }
    debug_assert!(rest.is_empty(), "parts fill the array");
    joined
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_order_and_big_endian() {
        let mut reader = Reader::new(&[1, 0, 2, 0, 0, 0, 3, 9]);
        assert_eq!(reader.u8(), Some(1));
        assert_eq!(reader.u16(), Some(2));
        assert_eq!(reader.u32(), Some(3));
        assert_eq!(reader.rest(), [9]);
    }

    #[test]
    fn a_value_cut_short_is_not_read() {
        assert_eq!(Reader::new(&[]).u8(), None);
        assert_eq!(Reader::new(&[0; 1]).u16(), None);
        assert_eq!(Reader::new(&[0; 3]).u32(), None);
        assert_eq!(Reader::new(&[0; 7]).u64(), None);
        assert_eq!(Reader::new(&[0; 7]).i64(), None);
        assert_eq!(Reader::new(&[0; 31]).array::<32>(), None);
    }

    #[test]
    fn the_end_is_not_reached_while_a_byte_is_left() {
        assert_eq!(Reader::new(&[0]).end(), None);
        assert_eq!(Reader::new(&[]).end(), Some(()));
    }

    #[test]
    fn parts_are_joined_in_order() {
        assert_eq!(join(&[b"ab", b"", b"c"]), *b"abc");
    }

    #[test]
    #[should_panic(expected = "parts fill the array")]
    fn parts_that_do_not_fill_the_array_are_a_bug() {
        let _ = join::<4>(&[b"abc"]);
    }
}
