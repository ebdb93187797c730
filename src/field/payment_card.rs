//! Payment cards, or a payment provider's token in a card's place.

use zeroize::Zeroizing;

use crate::field::card_network::{self, Network};
use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::forbidden;
use crate::field::invalid::{Expected, InvalidValue};
use crate::field::kind::Kind;
use crate::field::part::Part;
use crate::field::private_text::PrivateText;
use crate::field::silent::{silent_debug, silent_debug_borrowed};

/// A payment card. There is no place in it for a verification code (CVV).
pub struct PaymentCard {
    account: CardAccount,
    expiry_month: Zeroizing<u8>,
    expiry_year: Zeroizing<u16>,
    holder: Option<PrivateText>,
}

/// What a card is charged by.
pub enum CardAccount {
    /// The card's number (PAN), digits only.
    Number(PrivateText),
    /// The payment provider's token. It shows neither last four digits nor brand: what a token's characters mean, only
    /// the provider knows.
    Token(PrivateText),
}

/// A card as it comes in; only the holder may be empty.
#[derive(Clone, Copy)]
pub struct CardParts<'a> {
    /// The number or the token.
    pub account: CardAccountPart<'a>,
    /// The month of expiry, 1 to 12.
    pub expiry_month: u32,
    /// The year of expiry, four digits.
    pub expiry_year: u32,
    /// The holder's name as printed, at most 128 bytes.
    pub holder: &'a str,
    /// What may not be given: anything but the empty text is refused.
    pub cvv: &'a str,
}

/// What a card is charged by, as it comes in.
#[derive(Clone, Copy)]
pub enum CardAccountPart<'a> {
    /// The card's number, with or without spaces and hyphens.
    Pan(&'a str),
    /// The payment provider's token, at most 128 bytes of printable ASCII.
    Token(&'a str),
}

impl PaymentCard {
    /// Takes a card. Whether it has expired is not asked: an expired card may be on file.
    ///
    /// A verification code is looked for first, so that no other fault can hide it.
    pub fn parse(parts: CardParts<'_>) -> Result<Self, InvalidValue> {
        if !parts.cvv.is_empty() {
            return Err(InvalidValue::CardVerificationCode { part: "cvv" });
        }
        forbidden::refuse_code_after_name(HOLDER.name(), parts.holder)?;
        let account = match parts.account {
            CardAccountPart::Pan(text) => CardAccount::Number(number(text)?),
            CardAccountPart::Token(text) => CardAccount::Token(token(text)?),
        };
        let holder = HOLDER.optional(parts.holder)?;
        let malformed = |part, expected| InvalidValue::Malformed { part, expected };
        let month = u8::try_from(parts.expiry_month).ok().filter(|month| is_month(*month));
        let year = u16::try_from(parts.expiry_year).ok().filter(|year| is_expiry_year(*year));
        codec::within_cap(Self {
            account,
            expiry_month: Zeroizing::new(month.ok_or(malformed("expiry_month", Expected::Month))?),
            expiry_year: Zeroizing::new(year.ok_or(malformed("expiry_year", Expected::ExpiryYear))?),
            holder,
        })
    }

    /// What the card is charged by.
    #[must_use]
    pub const fn account(&self) -> &CardAccount {
        &self.account
    }

    /// The month of expiry, 1 to 12.
    #[must_use]
    pub fn expiry_month(&self) -> u8 {
        *self.expiry_month
    }

    /// The year of expiry, four digits.
    #[must_use]
    pub fn expiry_year(&self) -> u16 {
        *self.expiry_year
    }

    /// The holder's name as printed, if it was given.
    #[must_use]
    pub const fn holder(&self) -> Option<&PrivateText> {
        self.holder.as_ref()
    }

    /// The last four digits: `4242`. A token has none.
    pub(super) fn last4(&self) -> Option<Zeroizing<String>> {
        let digits = self.digits()?;
        digits.get(digits.len().checked_sub(4)?..).map(|last| Zeroizing::new(last.to_owned()))
    }

    /// The first six and the last four digits, stars between them: `424242******4242` (PCI DSS 4, 3.4.1). Of numbers under
    /// 15 digits fewer of the first are shown, so that five stay hidden. A token has none.
    pub(super) fn truncated(&self) -> Option<Zeroizing<String>> {
        let digits = self.digits()?;
        let (rest, last) = digits.split_at_checked(digits.len().checked_sub(4)?)?;
        let (first, hidden) = rest.split_at_checked(rest.len().checked_sub(LEAST_HIDDEN)?.min(6))?;
        Some(Zeroizing::new([first, &"*".repeat(hidden.len()), last].concat()))
    }

    /// The network: `visa`; `other`, if it is not a known one. A token has none.
    pub(super) fn brand(&self) -> Option<Zeroizing<String>> {
        let network = Network::of(self.digits()?);
        Some(Zeroizing::new(network.map_or("other", Network::name).to_owned()))
    }

    /// Year and month of expiry: `2031-12`.
    pub(super) fn expiry(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{:04}-{:02}", *self.expiry_year, *self.expiry_month))
    }

    fn digits(&self) -> Option<&str> {
        match &self.account {
            CardAccount::Number(digits) => Some(digits.text()),
            CardAccount::Token(_) => None,
        }
    }
}

impl Encoded for PaymentCard {
    const KIND: Kind = Kind::PaymentCard;

    fn write(&self, to: &mut Writer) {
        let (tag, text) = match &self.account {
            CardAccount::Number(digits) => (NUMBER, digits),
            CardAccount::Token(token) => (TOKEN, token),
        };
        to.fixed(&[tag]);
        to.text(text);
        to.fixed(&[*self.expiry_month]);
        to.fixed(&self.expiry_year.to_be_bytes());
        to.optional(self.holder.as_ref());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let account = match from.fixed()? {
            [NUMBER] => CardAccount::Number(from.text()?),
            [TOKEN] => CardAccount::Token(from.text()?),
            _ => return Err(Malformed),
        };
        let [month] = from.fixed()?;
        let year = u16::from_be_bytes(from.fixed()?);
        let card = Self {
            account,
            expiry_month: Zeroizing::new(month),
            expiry_year: Zeroizing::new(year),
            holder: from.optional()?,
        };
        let well_formed = card.digits().is_none_or(has_shape) && is_month(month) && is_expiry_year(year);
        if well_formed { Ok(card) } else { Err(Malformed) }
    }
}

silent_debug!(PaymentCard, CardAccount);
silent_debug_borrowed!(CardParts, CardAccountPart);

fn number(text: &str) -> Result<PrivateText, InvalidValue> {
    let part = PAN.name();
    forbidden::refuse_code_after_number(part, text)?;
    PAN.check(text)?;
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    digits.extend(text.chars().filter(|c| !matches!(c, ' ' | '-')));
    if !has_shape(&digits) {
        return Err(InvalidValue::Malformed { part, expected: Expected::CardNumber });
    }
    if !card_network::passes_luhn(&digits) {
        return Err(InvalidValue::CheckDigit { part });
    }
    Ok(PrivateText::from_written(digits))
}

fn token(text: &str) -> Result<PrivateText, InvalidValue> {
    let part = PROVIDER_TOKEN.name();
    forbidden::refuse_code_after_number(part, text)?;
    forbidden::refuse_card_number(part, text)?;
    let kept = PROVIDER_TOKEN.required(text)?;
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(InvalidValue::Malformed { part, expected: Expected::Token });
    }
    Ok(kept)
}

/// Whether it is 12 to 19 digits; no card's number begins with 0 (ISO/IEC 7812-1).
fn has_shape(digits: &str) -> bool {
    matches!(digits.len(), 12..=19) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_month(month: u8) -> bool {
    matches!(month, 1..=12)
}

fn is_expiry_year(year: u16) -> bool {
    matches!(year, 2000..=2099)
}

const PAN: Part = Part::formal("pan", 64);
const PROVIDER_TOKEN: Part = Part::formal("token", 128);
const HOLDER: Part = Part::free("holder", 128);

const NUMBER: u8 = 0;
const TOKEN: u8 = 1;

/// How many digits a truncated number hides at least.
const LEAST_HIDDEN: usize = 5;

#[cfg(test)]
mod tests;
