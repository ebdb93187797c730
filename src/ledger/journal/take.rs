//! Strict reading of fixed-width fields from bytes: each call takes what it names off the front, or nothing.

/// Takes `N` bytes off the front of the input; `None`, and nothing taken, where it is shorter.
pub(crate) fn take<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = input.split_first_chunk::<N>()?;
    *input = rest;
    Some(*head)
}

/// Takes `length` bytes off the front of the input; `None`, and nothing taken, where it is shorter.
pub(crate) fn take_slice<'a>(input: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(head)
}
