//! What can be wrong with a value that someone gives the vault.

use thiserror::Error;

use crate::field::kind::Kind;

/// Why a value is refused. It names the part that is wrong, and never what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidValue {
    /// A part that is required is empty.
    #[error("`{part}` is missing")]
    Missing {
        /// The part.
        part: &'static str,
    },
    /// A part holds white space and nothing else.
    #[error("`{part}` holds only white space")]
    Blank {
        /// The part.
        part: &'static str,
    },
    /// A part holds a character that controls instead of being read.
    #[error("`{part}` holds a control character")]
    ControlCharacter {
        /// The part.
        part: &'static str,
    },
    /// A part is shorter than it may be.
    #[error("`{part}` is shorter than {least} characters")]
    PartTooShort {
        /// The part.
        part: &'static str,
        /// The least number of characters.
        least: usize,
    },
    /// A part is longer than it may be.
    #[error("`{part}` is longer than {limit} bytes")]
    PartTooLong {
        /// The part.
        part: &'static str,
        /// The greatest number of bytes.
        limit: usize,
    },
    /// A part has more characters than it may have.
    #[error("`{part}` is longer than {most} characters")]
    TooManyCharacters {
        /// The part.
        part: &'static str,
        /// The greatest number of characters.
        most: usize,
    },
    /// There are more of a part than there may be.
    #[error("there are more than {limit} `{part}`")]
    TooMany {
        /// The part.
        part: &'static str,
        /// The greatest number.
        limit: usize,
    },
    /// Every part is as it should be, and together they are too long to store.
    #[error("a value of kind `{kind}` takes at most {limit} bytes with all its parts")]
    TooLong {
        /// The value's kind.
        kind: Kind,
        /// The greatest number of bytes, encoded.
        limit: usize,
    },
    /// A part is not that many digits.
    #[error("`{part}` is not {digits} digits")]
    NotDigits {
        /// The part.
        part: &'static str,
        /// How many digits it must be.
        digits: usize,
    },
    /// A part is not of its own form (an e-mail address, a date, an IBAN).
    #[error("`{part}` is not {expected}")]
    Malformed {
        /// The part.
        part: &'static str,
        /// What it must be.
        expected: Expected,
    },
    /// A number's check digits do not fit its other digits.
    #[error("the check digit of `{part}` is wrong")]
    CheckDigit {
        /// The part.
        part: &'static str,
    },
    /// A day lies after today.
    #[error("`{part}` lies in the future")]
    InFuture {
        /// The part.
        part: &'static str,
    },
    /// Two parts cannot both be true.
    #[error("`{part}` contradicts `{other}`")]
    Contradiction {
        /// The one part.
        part: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A part holds a card verification code (CVV), which may not be stored (PCI DSS 4, 3.3.1).
    #[error("`{part}` holds a card verification code, which may not be stored")]
    CardVerificationCode {
        /// The part.
        part: &'static str,
    },
    /// A part that is not for it holds a card number.
    #[error("`{part}` holds a card number, which belongs into the card field only")]
    CardNumber {
        /// The part.
        part: &'static str,
    },
}

impl InvalidValue {
    /// Whether the value may not be stored at all, as against one that is written wrongly.
    #[must_use]
    pub const fn is_forbidden(self) -> bool {
        matches!(self, Self::CardVerificationCode { .. } | Self::CardNumber { .. })
    }

    /// The part that is wrong; none, if it is the value as a whole.
    #[must_use]
    pub const fn part(self) -> Option<&'static str> {
        match self {
            Self::Missing { part }
            | Self::Blank { part }
            | Self::ControlCharacter { part }
            | Self::PartTooShort { part, .. }
            | Self::PartTooLong { part, .. }
            | Self::TooManyCharacters { part, .. }
            | Self::TooMany { part, .. }
            | Self::NotDigits { part, .. }
            | Self::Malformed { part, .. }
            | Self::CheckDigit { part }
            | Self::InFuture { part }
            | Self::Contradiction { part, .. }
            | Self::CardVerificationCode { part }
            | Self::CardNumber { part } => Some(part),
            Self::TooLong { .. } => None,
        }
    }
}

/// What a part had to be and was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Expected {
    /// An e-mail address.
    #[error("an e-mail address (RFC 5321) with a full domain")]
    EmailAddress,
    /// A telephone number.
    #[error("a telephone number with `+` and its country code (E.164)")]
    PhoneNumber,
    /// A day.
    #[error("a day of the calendar, written `YYYY-MM-DD`")]
    Day,
    /// Days in order.
    #[error("in order, newest first, with no day twice")]
    NewestFirst,
    /// A country.
    #[error("a country's two capital letters (ISO 3166-1)")]
    CountryCode,
    /// A postal code.
    #[error("a postal code of its country")]
    PostalCode,
    /// A card's number.
    #[error("12 to 19 digits")]
    CardNumber,
    /// A payment provider's token.
    #[error("a token of printable ASCII without spaces")]
    Token,
    /// A month.
    #[error("a month from 1 to 12")]
    Month,
    /// A year a card can expire in.
    #[error("a year from 2000 to 2099")]
    ExpiryYear,
    /// A kind of Japanese bank account.
    #[error("`ordinary`, `current` or `savings`")]
    AccountType,
    /// A name as Japanese banks write it.
    #[error("a name in katakana, as the bank has it")]
    Katakana,
    /// An IBAN.
    #[error("an IBAN (ISO 13616)")]
    Iban,
    /// A web page's address.
    #[error("an address that starts with `http://` or `https://` and names a host")]
    WebAddress,
    /// An IP address.
    #[error("an IPv4 or IPv6 address")]
    IpAddress,
    /// A stored password verifier.
    #[error("an Argon2id verifier in PHC form")]
    Verifier,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_card_data_in_the_wrong_place_is_forbidden() {
        assert!(InvalidValue::CardVerificationCode { part: "cvv" }.is_forbidden());
        assert!(InvalidValue::CardNumber { part: "text" }.is_forbidden());
        assert!(!InvalidValue::CheckDigit { part: "pan" }.is_forbidden());
        assert!(!InvalidValue::Missing { part: "pan" }.is_forbidden());
    }

    #[test]
    fn an_error_reads_as_a_sentence_about_its_part() {
        let error = InvalidValue::Malformed { part: "birth_date", expected: Expected::Day };
        assert_eq!(error.to_string(), "`birth_date` is not a day of the calendar, written `YYYY-MM-DD`");
        let error = InvalidValue::TooLong { kind: Kind::UsageHistory, limit: 640 };
        assert_eq!(error.to_string(), "a value of kind `usage-history` takes at most 640 bytes with all its parts");
    }
}
