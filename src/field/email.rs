//! E-mail addresses.

use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::grapheme;
use crate::field::invalid::{Expected, InvalidValue};
use crate::field::kind::Kind;
use crate::field::part::Part;
use crate::field::private_text::PrivateText;
use crate::field::silent::silent_debug;

/// An e-mail address, kept as given.
pub struct Email(PrivateText);

impl Email {
    /// Takes an address of RFC 5321 (and 6531: letters of any script) with a domain of two labels or more, at most 254
    /// bytes. A display name, an address literal (`[192.0.2.1]`) and white space around it are refused.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let address = EMAIL.required(text)?;
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        // The parser knows letters, and takes a letter whose accent is a character of its own for two things.
        let composed = Zeroizing::new(text.nfc().collect::<String>());
        if text.contains(char::is_whitespace) || EmailAddress::parse_with_options(&composed, options).is_err() {
            return Err(InvalidValue::Malformed { part: EMAIL.name(), expected: Expected::EmailAddress });
        }
        codec::within_cap(Self(address))
    }

    /// The address, for whoever may hand it out; each call says why.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The address, for deriving forms from it inside this module.
    pub(super) fn text(&self) -> &str {
        self.0.text()
    }

    /// The domain.
    pub(super) fn domain(&self) -> Option<Zeroizing<String>> {
        let (_, domain) = self.0.text().rsplit_once('@')?;
        Some(Zeroizing::new(domain.to_owned()))
    }

    /// The first letter and the domain: `h***@example.com`.
    pub(super) fn masked(&self) -> Option<Zeroizing<String>> {
        let (local, domain) = self.0.text().rsplit_once('@')?;
        Some(Zeroizing::new([grapheme::masked(local).as_str(), "@", domain].concat()))
    }
}

impl Encoded for Email {
    const KIND: Kind = Kind::Email;

    fn write(&self, to: &mut Writer) {
        to.rest(&self.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        from.rest().map(Self)
    }
}

silent_debug!(Email);

const EMAIL: Part = Part::formal("email", Kind::Email.max_bytes());

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_as_given() {
        for text in [
            "hanako@example.com",
            "Hana.Ko+shop@Example.CO.JP",
            "花子@例え.jp",
            "e\u{301}ric@example.fr",
            "o'brien@example.ie",
            "a@b.cd",
        ] {
            assert!(Email::parse(text).unwrap().expose() == text, "{text}");
        }
    }

    #[test]
    fn what_no_mail_reaches_is_refused() {
        let malformed = InvalidValue::Malformed { part: "email", expected: Expected::EmailAddress };
        for text in [
            "hanako",
            "hanako@",
            "@example.com",
            "hanako@localhost",
            "hanako@example..com",
            "hanako@@example.com",
            "hanako.@example.com",
            ".hanako@example.com",
            "Hana <hanako@example.com>",
            "hanako@[192.0.2.1]",
            " hanako@example.com",
            "hanako@example.com ",
            "ha nako@example.com",
            "hanako@exam ple.com",
            "a@b.com,c@d.com",
            "hanako@-example.com",
        ] {
            assert_eq!(Email::parse(text).err(), Some(malformed), "{text:?}");
        }
        let long = ["a@", &"b".repeat(252), ".c"].concat();
        assert_eq!(Email::parse(&long).err(), Some(InvalidValue::PartTooLong { part: "email", limit: 254 }));
        assert_eq!(Email::parse("a@b.c\n").err(), Some(InvalidValue::ControlCharacter { part: "email" }));
        assert_eq!(Email::parse("").err(), Some(InvalidValue::Missing { part: "email" }));
    }

    #[test]
    fn a_masked_address_shows_the_first_letter_and_the_domain() {
        let masks = [
            ("hanako@example.com", "h***@example.com"),
            ("花子@例え.jp", "花***@例え.jp"),
            ("h@example.com", "***@example.com"),
        ];
        for (address, mask) in masks {
            let email = Email::parse(address).unwrap();
            assert_eq!(email.masked().as_deref().map(String::as_str), Some(mask));
        }
    }

    #[test]
    fn the_domain_is_what_follows_the_last_at_sign() {
        let email = Email::parse("\"a@b\"@example.com").unwrap();
        assert_eq!(email.domain().as_deref().map(String::as_str), Some("example.com"));
    }
}
