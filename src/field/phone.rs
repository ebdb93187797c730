//! Telephone numbers, in E.164.

use zeroize::Zeroizing;

use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::invalid::{Expected, InvalidValue};
use crate::field::kind::Kind;
use crate::field::part::Part;
use crate::field::private_text::PrivateText;
use crate::field::silent::silent_debug;

/// A telephone number: `+` and at most 15 digits, country code first.
pub struct Phone(PrivateText);

impl Phone {
    /// Takes a number that starts with `+`; spaces and hyphens are dropped, and so is a trunk `0` after the country code
    /// (`+81 090-...`) where its country has one.
    ///
    /// The country code (in North America the area code) has to exist and the length to be one its numbering plan knows;
    /// whether the range is in use is not asked, because a number newly given out would be refused.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        WRITTEN.check(text)?;
        let malformed = InvalidValue::Malformed { part: WRITTEN.name(), expected: Expected::PhoneNumber };
        let mut dialled = Zeroizing::new(String::with_capacity(text.len()));
        dialled.extend(text.chars().filter(|c| !matches!(c, ' ' | '-')));
        if !has_shape(&dialled) {
            return Err(malformed);
        }
        let number = Zeroizing::new(phonelib::normalize_phone_number(&dialled).ok_or(malformed)?);
        if !has_shape(&number) {
            return Err(malformed);
        }
        codec::within_cap(Self(PrivateText::from_written(number)))
    }

    /// The number, `+` and digits, for whoever may hand it out; each call says why.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The number, for deriving forms from it inside this module.
    pub(super) fn text(&self) -> &str {
        self.0.text()
    }

    /// The last four digits.
    pub(super) fn last4(&self) -> Option<Zeroizing<String>> {
        let text = self.0.text();
        text.get(text.len().checked_sub(4)?..).map(|last| Zeroizing::new(last.to_owned()))
    }

    /// The country, as ISO 3166-1 alpha-2; for a number of no country (satellites, freephone), its code: `+870`.
    pub(super) fn country(&self) -> Option<Zeroizing<String>> {
        let country = phonelib::extract_country(self.0.text())?;
        let is_of_no_country = !country.code.bytes().all(|byte| byte.is_ascii_uppercase());
        Some(Zeroizing::new(if is_of_no_country { format!("+{}", country.prefix) } else { country.code.to_owned() }))
    }
}

impl Encoded for Phone {
    const KIND: Kind = Kind::Phone;

    fn write(&self, to: &mut Writer) {
        to.rest(&self.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let number = from.rest()?;
        if has_shape(number.text()) { Ok(Self(number)) } else { Err(Malformed) }
    }
}

silent_debug!(Phone);

/// Whether it is `+` and 7 to 15 digits, the first not 0.
fn has_shape(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    matches!(digits.len(), 7..=15) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// As people write it, with room for what is dropped.
const WRITTEN: Part = Part::formal("phone", 48);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_stored_in_e164_however_it_is_written() {
        let numbers = [
            ("+819012345678", "+819012345678"),
            ("+81 90-1234-5678", "+819012345678"),
            ("+81 090-1234-5678", "+819012345678"),
            ("+81 3-1234-5678", "+81312345678"),
            ("+39 06 6982 1234", "+390669821234"),
            ("+1 202-555-0173", "+12025550173"),
            ("+44 20 7946 0958", "+442079460958"),
        ];
        for (written, number) in numbers {
            assert!(Phone::parse(written).unwrap().expose() == number, "{written}");
        }
    }

    #[test]
    fn what_nobody_can_dial_from_everywhere_is_refused() {
        let malformed = InvalidValue::Malformed { part: "phone", expected: Expected::PhoneNumber };
        for text in [
            "090-1234-5678",
            "819012345678",
            "0081 90 1234 5678",
            "+",
            "+81",
            "+0819012345678",
            "+81901234567890123",
            "+9999999999999",
            "+81 90 1234 567a",
            "+81(90)12345678",
            "++819012345678",
            "+81+9012345678",
            "+８１９０１２３４５６７８",
            "+12025",
            "+1 202 555 0173 ext 5",
            "tel:+819012345678",
        ] {
            assert_eq!(Phone::parse(text).err(), Some(malformed), "{text:?}");
        }
        assert_eq!(Phone::parse("").err(), Some(InvalidValue::Missing { part: "phone" }));
        let long = ["+81", &" ".repeat(48)].concat();
        assert_eq!(Phone::parse(&long).err(), Some(InvalidValue::PartTooLong { part: "phone", limit: 48 }));
    }

    #[test]
    fn the_country_comes_from_the_number_alone() {
        let countries = [
            ("+819012345678", "JP"),
            ("+12025550173", "US"),
            ("+14165550198", "CA"),
            ("+390669821234", "VA"),
            ("+80012345678", "+800"),
        ];
        for (number, country) in countries {
            let phone = Phone::parse(number).unwrap();
            assert_eq!(phone.country().as_deref().map(String::as_str), Some(country), "{number}");
        }
    }

    #[test]
    fn the_last_four_digits_are_the_last_four() {
        assert_eq!(Phone::parse("+819012345678").unwrap().last4().as_deref().map(String::as_str), Some("5678"));
    }

    #[test]
    fn bytes_that_are_no_number_do_not_decode() {
        for text in ["", "+", "819012345678", "+81 9012345678", "+81901234567890123", "+08190123456", "+81901234567a"] {
            assert_eq!(codec::decode::<Phone>(text.as_bytes()).err(), Some(Malformed), "{text:?}");
        }
    }
}
