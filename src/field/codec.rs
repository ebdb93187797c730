//! How a value becomes bytes: parts one after the other, texts behind their length, nothing left over.

use thiserror::Error;
use zeroize::Zeroizing;

use crate::field::invalid::InvalidValue;
use crate::field::kind::Kind;
use crate::field::private_text::PrivateText;

/// The bytes are not a value of that kind.
///
/// Says no more: bytes that were sealed by this vault and opened again are a value, so the difference tells only an
/// attacker something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the bytes are not a value of that kind")]
pub struct Malformed;

/// A value that can be written and read back.
///
/// Reading checks what the value's own methods rely on and no more: a rule that grows stricter (a numbering plan, a
/// registry) must not make a value unreadable that was taken under the older one.
pub(super) trait Encoded: Sized {
    /// The value's kind, which gives the cap.
    const KIND: Kind;

    /// Writes the value.
    fn write(&self, to: &mut Writer);

    /// Reads what [`write`](Self::write) wrote.
    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed>;
}

/// The value's bytes.
pub(super) fn encode<T: Encoded>(value: &T) -> Zeroizing<Vec<u8>> {
    // Room for the longest value from the start: a vector that grows leaves its old bytes behind.
    let mut writer = Writer(Zeroizing::new(Vec::with_capacity(T::KIND.max_bytes())));
    value.write(&mut writer);
    writer.0
}

/// The value those bytes are, all of them.
pub(super) fn decode<T: Encoded>(bytes: &[u8]) -> Result<T, Malformed> {
    if bytes.len() > T::KIND.max_bytes() {
        return Err(Malformed);
    }
    let mut reader = Reader(bytes);
    let value = T::read(&mut reader)?;
    if reader.0.is_empty() { Ok(value) } else { Err(Malformed) }
}

/// The value, if its encoding keeps within the cap of its kind. Every `parse` ends here.
pub(super) fn within_cap<T: Encoded>(value: T) -> Result<T, InvalidValue> {
    let limit = T::KIND.max_bytes();
    if encode(&value).len() > limit {
        return Err(InvalidValue::TooLong { kind: T::KIND, limit });
    }
    Ok(value)
}

/// Where a value is written.
pub(super) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// Bytes of a width the reader knows.
    pub(super) fn fixed(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A text behind its length.
    pub(super) fn text(&mut self, text: &PrivateText) {
        self.length(text.text().len());
        self.fixed(text.text().as_bytes());
    }

    /// A text that may be absent, which is written as length 0.
    pub(super) fn optional(&mut self, text: Option<&PrivateText>) {
        match text {
            Some(text) => self.text(text),
            None => self.length(0),
        }
    }

    /// A text that ends where the value ends.
    pub(super) fn rest(&mut self, text: &PrivateText) {
        self.fixed(text.text().as_bytes());
    }

    /// A length or a count: seven bits a byte, the low ones first, the top bit set where more follow. Any number fits,
    /// so that writing cannot fail; the cap is checked on the whole.
    pub(super) fn length(&mut self, mut length: usize) {
        while length >= usize::from(MORE) {
            let [low, ..] = length.to_le_bytes();
            self.fixed(&[low | MORE]);
            length >>= 7;
        }
        let [low, ..] = length.to_le_bytes();
        self.fixed(&[low]);
    }
}

/// What is still to be read of a value's bytes.
pub(super) struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// The next `N` bytes.
    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = tail;
        Ok(*head)
    }

    /// A text that has to be there.
    pub(super) fn text(&mut self) -> Result<PrivateText, Malformed> {
        self.optional()?.ok_or(Malformed)
    }

    /// A text that may be absent.
    pub(super) fn optional(&mut self) -> Result<Option<PrivateText>, Malformed> {
        let length = self.length()?;
        let (head, tail) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = tail;
        if head.is_empty() { Ok(None) } else { text_of(head).map(Some) }
    }

    /// The text that is everything left.
    pub(super) fn rest(&mut self) -> Result<PrivateText, Malformed> {
        let text = text_of(self.0)?;
        self.0 = &[];
        Ok(text)
    }

    /// A length or a count, of at most two bytes and in its shortest form: one value has one encoding.
    pub(super) fn length(&mut self) -> Result<usize, Malformed> {
        let [low] = self.fixed()?;
        if low < MORE {
            return Ok(usize::from(low));
        }
        let [high] = self.fixed()?;
        if high == 0 || high >= MORE {
            return Err(Malformed);
        }
        Ok(usize::from(high) << 7 | usize::from(low & !MORE))
    }
}

fn text_of(bytes: &[u8]) -> Result<PrivateText, Malformed> {
    match str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() => Ok(PrivateText::new(text)),
        Ok(_) | Err(_) => Err(Malformed),
    }
}

/// Set in every byte of a length but the last.
const MORE: u8 = 0x80;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(length: usize) -> Vec<u8> {
        let mut writer = Writer(Zeroizing::default());
        writer.length(length);
        writer.0.to_vec()
    }

    proptest! {
        #[test]
        fn every_length_below_the_limit_reads_back(length in 0_usize..1 << 14) {
            let bytes = written(length);
            prop_assert!(bytes.len() <= 2);
            prop_assert_eq!(Reader(&bytes).length(), Ok(length));
        }

        #[test]
        fn longer_lengths_are_written_but_never_read(length in 1_usize << 14..usize::MAX) {
            prop_assert_eq!(Reader(&written(length)).length(), Err(Malformed));
        }
    }

    #[test]
    fn a_length_that_is_not_in_its_shortest_form_is_refused() {
        for bytes in [&[0x80, 0x00][..], &[0x85, 0x00], &[0x80, 0x80], &[0x80], &[]] {
            assert_eq!(Reader(bytes).length(), Err(Malformed), "{bytes:?}");
        }
    }

    #[test]
    fn a_text_that_is_cut_empty_or_not_utf8_is_refused() {
        for bytes in [&[2, b'a'][..], &[0], &[1, 0xff], &[2, 0xe8, 0x8a], &[]] {
            assert!(Reader(bytes).text().is_err(), "{bytes:?}");
        }
        for bytes in [&[][..], &[0xff]] {
            assert!(Reader(bytes).rest().is_err(), "{bytes:?}");
        }
    }
}
