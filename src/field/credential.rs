//! Passwords: what is checked when one is set, and the verifier that is stored in its place.

use zeroize::Zeroizing;

use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::invalid::{Expected, InvalidValue};
use crate::field::kind::Kind;
use crate::field::part::Part;
use crate::field::private_text::PrivateText;
use crate::field::silent::silent_debug;

/// A password someone sets or claims; it becomes a verifier and is never stored.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes a password of 8 to 128 characters, exactly as typed.
    ///
    /// No character is asked for or refused: length is what makes a password strong (NIST SP 800-63B, 3.1.1.2).
    pub fn parse(password: &str) -> Result<Self, InvalidValue> {
        let part = "password";
        match password.chars().count() {
            0 => Err(InvalidValue::Missing { part }),
            1..LEAST_CHARACTERS => Err(InvalidValue::PartTooShort { part, least: LEAST_CHARACTERS }),
            LEAST_CHARACTERS..=MOST_CHARACTERS => Ok(Self(Zeroizing::new(password.to_owned()))),
            _ => Err(InvalidValue::TooManyCharacters { part, most: MOST_CHARACTERS }),
        }
    }

    /// The password, to make a verifier from it or to hold it against one; each call says why.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// A password's verifier. It has no form: it is only ever held against a password.
pub struct Credential(PrivateText);

impl Credential {
    /// Takes an Argon2id verifier in PHC form (`$argon2id$...`), at most 256 bytes, made elsewhere.
    pub fn from_verifier(verifier: &str) -> Result<Self, InvalidValue> {
        let kept = VERIFIER.required(verifier)?;
        if !is_verifier(verifier) {
            return Err(InvalidValue::Malformed { part: VERIFIER.name(), expected: Expected::Verifier });
        }
        codec::within_cap(Self(kept))
    }

    /// The verifier, to hold a password against it; each call says why.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Encoded for Credential {
    const KIND: Kind = Kind::Credential;

    fn write(&self, to: &mut Writer) {
        to.rest(&self.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let verifier = from.rest()?;
        if is_verifier(verifier.text()) { Ok(Self(verifier)) } else { Err(Malformed) }
    }
}

silent_debug!(Password, Credential);

fn is_verifier(text: &str) -> bool {
    text.starts_with("$argon2id$") && text.bytes().all(|byte| byte.is_ascii_graphic())
}

const VERIFIER: Part = Part::formal("verifier", Kind::Credential.max_bytes());

const LEAST_CHARACTERS: usize = 8;

const MOST_CHARACTERS: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_8_to_128_characters_of_any_sort() {
        for password in ["12345678", "パスワードです。", "        ", &"😀".repeat(128)] {
            assert_eq!(Password::parse(password).map(|kept| kept.expose() == password.as_bytes()), Ok(true));
        }
    }

    #[test]
    fn shorter_and_longer_passwords_are_refused() {
        let part = "password";
        let refused = [
            ("", InvalidValue::Missing { part }),
            ("1234567", InvalidValue::PartTooShort { part, least: 8 }),
            ("パスワード", InvalidValue::PartTooShort { part, least: 8 }),
            (&"a".repeat(129), InvalidValue::TooManyCharacters { part, most: 128 }),
        ];
        for (password, error) in refused {
            assert_eq!(Password::parse(password).err(), Some(error));
        }
    }

    #[test]
    fn a_password_can_not_be_stored_as_a_verifier() {
        for text in
            ["", "correct horse battery staple", "$argon2i$v=19$x", "$2b$12$x", "$argon2id$ space", "$argon2id$é"]
        {
            assert!(Credential::from_verifier(text).is_err(), "{text:?}");
            assert!(codec::decode::<Credential>(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(Credential::from_verifier("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA").is_ok());
    }
}
