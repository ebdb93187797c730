//! Parts of a value: what every text that comes from outside has to hold before it is taken.

use crate::field::forbidden;
use crate::field::invalid::InvalidValue;
use crate::field::private_text::PrivateText;

/// One text part of a value: its name in requests and errors, its limit, and how closely it is looked at.
///
/// What passes is kept exactly as it was given.
#[derive(Clone, Copy)]
pub(super) struct Part {
    name: &'static str,
    limit: usize,
    screen: Screen,
}

/// Whether a part is searched for card data that may not stand there.
#[derive(Clone, Copy)]
enum Screen {
    /// People write into it: it is searched.
    Free,
    /// Software writes it, or its own form leaves no room for more: numbers in it mean something else.
    Formal,
}

impl Part {
    /// A part people write into, of at most `limit` bytes.
    pub(super) const fn free(name: &'static str, limit: usize) -> Self {
        Self { name, limit, screen: Screen::Free }
    }

    /// A part with a form of its own, of at most `limit` bytes.
    pub(super) const fn formal(name: &'static str, limit: usize) -> Self {
        Self { name, limit, screen: Screen::Formal }
    }

    /// The part's name.
    pub(super) const fn name(self) -> &'static str {
        self.name
    }

    /// Takes a text that has to be there.
    pub(super) fn required(self, text: &str) -> Result<PrivateText, InvalidValue> {
        self.check(text)?;
        Ok(PrivateText::new(text))
    }

    /// Takes a text that may be absent, which is written as the empty text.
    pub(super) fn optional(self, text: &str) -> Result<Option<PrivateText>, InvalidValue> {
        if text.is_empty() { Ok(None) } else { self.required(text).map(Some) }
    }

    /// Checks a text without taking it.
    pub(super) fn check(self, text: &str) -> Result<(), InvalidValue> {
        let part = self.name;
        if text.is_empty() {
            return Err(InvalidValue::Missing { part });
        }
        if text.len() > self.limit {
            return Err(InvalidValue::PartTooLong { part, limit: self.limit });
        }
        if text.contains(controls) {
            return Err(InvalidValue::ControlCharacter { part });
        }
        if text.chars().all(char::is_whitespace) {
            return Err(InvalidValue::Blank { part });
        }
        match self.screen {
            Screen::Free => forbidden::refuse_card_data(part, text),
            Screen::Formal => Ok(()),
        }
    }
}

/// Control characters, and the two separators that break a line in places that know no others.
fn controls(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether the text is exactly that many ASCII digits.
pub(super) fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NICKNAME: Part = Part::free("nickname", 12);

    #[test]
    fn each_fault_has_its_own_answer() {
        let part = "nickname";
        let refused = [
            ("", InvalidValue::Missing { part }),
            ("   ", InvalidValue::Blank { part }),
            ("\u{3000}", InvalidValue::Blank { part }),
            ("a\0b", InvalidValue::ControlCharacter { part }),
            ("a\nb", InvalidValue::ControlCharacter { part }),
            ("a\u{7f}", InvalidValue::ControlCharacter { part }),
            ("a\u{85}", InvalidValue::ControlCharacter { part }),
            ("a\u{2028}b", InvalidValue::ControlCharacter { part }),
            ("1234567890123", InvalidValue::PartTooLong { part, limit: 12 }),
            ("花子花子花", InvalidValue::PartTooLong { part, limit: 12 }),
        ];
        for (text, error) in refused {
            assert_eq!(NICKNAME.required(text).err(), Some(error), "{text:?}");
        }
    }

    #[test]
    fn what_passes_is_kept_as_given() {
        for text in ["花子", " Hana ", "e\u{301}", "é", "可\u{200d}", "123456789012"] {
            assert_eq!(NICKNAME.required(text).map(|kept| kept.expose() == text), Ok(true), "{text:?}");
        }
    }

    #[test]
    fn an_optional_part_is_absent_when_empty_and_checked_when_not() {
        assert!(matches!(NICKNAME.optional(""), Ok(None)));
        assert_eq!(NICKNAME.optional(" ").err(), Some(InvalidValue::Blank { part: "nickname" }));
    }

    #[test]
    fn only_ascii_digits_of_the_right_number_are_digits() {
        assert!(is_digits("0123", 4));
        for text in ["", "123", "12345", "12 3", "１２３４", "-123", "12a4"] {
            assert!(!is_digits(text, 4), "{text:?}");
        }
    }
}
