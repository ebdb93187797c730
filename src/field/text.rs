//! Free text: a login, a nickname, a status.

use zeroize::Zeroizing;

use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::grapheme;
use crate::field::invalid::InvalidValue;
use crate::field::kind::Kind;
use crate::field::part::Part;
use crate::field::private_text::PrivateText;
use crate::field::silent::silent_debug;

/// A text of one line, kept exactly as given.
pub struct Text(PrivateText);

impl Text {
    /// Takes a text of at most 128 bytes without control characters; card data in it is refused.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        codec::within_cap(Self(TEXT.required(text)?))
    }

    /// The text, for whoever may hand it out; each call says why.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The first letter and three stars, however long the text is: `h***`.
    pub(super) fn masked(&self) -> Zeroizing<String> {
        grapheme::masked(self.0.text())
    }
}

impl Encoded for Text {
    const KIND: Kind = Kind::Text;

    fn write(&self, to: &mut Writer) {
        to.rest(&self.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.rest().map(Self)
    }
}

silent_debug!(Text);

const TEXT: Part = Part::free("text", Kind::Text.max_bytes());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_as_given() {
        for text in ["hanako_1990", " はなこ ", "👩‍👩‍👧", &"a".repeat(128)] {
            assert_eq!(Text::parse(text).map(|kept| kept.expose() == text), Ok(true));
        }
    }

    #[test]
    fn what_is_no_line_of_text_is_refused() {
        let part = "text";
        let refused = [
            ("", InvalidValue::Missing { part }),
            (" \u{3000}", InvalidValue::Blank { part }),
            ("a\tb", InvalidValue::ControlCharacter { part }),
            ("4242 4242 4242 4242", InvalidValue::CardNumber { part }),
            ("CVV 123", InvalidValue::CardVerificationCode { part }),
            (&"a".repeat(129), InvalidValue::PartTooLong { part, limit: 128 }),
        ];
        for (text, error) in refused {
            assert_eq!(Text::parse(text).err(), Some(error), "{text:?}");
        }
    }
}
