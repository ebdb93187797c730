//! Bank accounts, as Japanese banks write them or as an IBAN.

use iban::Iban;
use zeroize::Zeroizing;

use crate::field::codec::{self, Encoded, Malformed, Reader, Writer};
use crate::field::invalid::{Expected, InvalidValue};
use crate::field::kind::Kind;
use crate::field::part::{Part, is_digits};
use crate::field::private_text::PrivateText;
use crate::field::silent::{silent_debug, silent_debug_borrowed};

/// A bank account.
pub enum BankAccount {
    /// An account at a Japanese bank.
    Japanese(JapaneseAccount),
    /// An account with an IBAN.
    Iban(IbanAccount),
}

/// An account at a Japanese bank, named as the interbank network (Zengin) names it.
pub struct JapaneseAccount {
    bank_code: PrivateText,
    branch_code: PrivateText,
    account_type: AccountType,
    number: PrivateText,
    holder_kana: PrivateText,
}

/// An account with an IBAN.
pub struct IbanAccount {
    iban: PrivateText,
    holder: Option<PrivateText>,
}

/// What sort of account it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccountType {
    /// An ordinary deposit (futsu).
    Ordinary,
    /// A current account (toza).
    Current,
    /// A savings deposit (chochiku).
    Savings,
}

/// A Japanese account as it comes in; every part is required.
#[derive(Clone, Copy, Default)]
pub struct JapaneseParts<'a> {
    /// The bank's code, 4 digits.
    pub bank_code: &'a str,
    /// The branch's code, 3 digits.
    pub branch_code: &'a str,
    /// `ordinary`, `current` or `savings`.
    pub account_type: &'a str,
    /// The account's number, up to 7 digits; leading zeros may be left out.
    pub number: &'a str,
    /// The holder's name in katakana, full or half width, at most 128 bytes.
    pub holder_kana: &'a str,
}

impl BankAccount {
    /// Takes a Japanese account; a shorter number is filled with zeros to 7 digits, the holder is kept as given.
    pub fn parse_japanese(parts: JapaneseParts<'_>) -> Result<Self, InvalidValue> {
        let holder_kana = HOLDER_KANA.required(parts.holder_kana)?;
        if !parts.holder_kana.chars().all(stands_in_a_holder) || !parts.holder_kana.chars().any(char::is_alphabetic) {
            return Err(InvalidValue::Malformed { part: HOLDER_KANA.name(), expected: Expected::Katakana });
        }
        codec::within_cap(Self::Japanese(JapaneseAccount {
            bank_code: digits(BANK_CODE, BANK_DIGITS, parts.bank_code)?,
            branch_code: digits(BRANCH_CODE, BRANCH_DIGITS, parts.branch_code)?,
            account_type: AccountType::parse(parts.account_type)?,
            number: account_number(parts.number)?,
            holder_kana,
        }))
    }

    /// Takes an IBAN of a country in the registry, with right check digits, with or without spaces, capitals or not, and
    /// its holder, who may be left out.
    pub fn parse_iban(iban: &str, holder: &str) -> Result<Self, InvalidValue> {
        IBAN.check(iban)?;
        let mut written = Zeroizing::new(String::with_capacity(iban.len()));
        written.extend(iban.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()));
        if !written.is_ascii() || written.parse::<Iban>().is_err() {
            return Err(InvalidValue::Malformed { part: IBAN.name(), expected: Expected::Iban });
        }
        let iban = PrivateText::from_written(written);
        codec::within_cap(Self::Iban(IbanAccount { iban, holder: HOLDER.optional(holder)? }))
    }

    /// The bank alone: its code in Japan (`0001`), else the country and the bank's part of the IBAN (`DE 37040044`), or the
    /// country alone where the registry tells no part for the bank.
    pub(super) fn bank_only(&self) -> Option<Zeroizing<String>> {
        match self {
            Self::Japanese(account) => Some(Zeroizing::new(account.bank_code.text().to_owned())),
            Self::Iban(account) => {
                let country = account.iban.text().get(..2)?;
                let iban: Option<Iban> = account.iban.text().parse().ok();
                let bank = iban.as_ref().and_then(Iban::bank_identifier);
                Some(Zeroizing::new(bank.map_or_else(|| country.to_owned(), |bank| [country, " ", bank].concat())))
            }
        }
    }

    /// The last three digits or letters of the account.
    pub(super) fn last3(&self) -> Option<Zeroizing<String>> {
        let number = match self {
            Self::Japanese(account) => account.number.text(),
            Self::Iban(account) => account.iban.text(),
        };
        number.get(number.len().checked_sub(3)?..).map(|last| Zeroizing::new(last.to_owned()))
    }
}

impl JapaneseAccount {
    /// The bank's code, 4 digits.
    #[must_use]
    pub const fn bank_code(&self) -> &PrivateText {
        &self.bank_code
    }

    /// The branch's code, 3 digits.
    #[must_use]
    pub const fn branch_code(&self) -> &PrivateText {
        &self.branch_code
    }

    /// What sort of account it is.
    #[must_use]
    pub const fn account_type(&self) -> AccountType {
        self.account_type
    }

    /// The account's number, 7 digits.
    #[must_use]
    pub const fn number(&self) -> &PrivateText {
        &self.number
    }

    /// The holder's name in katakana.
    #[must_use]
    pub const fn holder_kana(&self) -> &PrivateText {
        &self.holder_kana
    }
}

impl IbanAccount {
    /// The IBAN, capitals and digits without spaces.
    #[must_use]
    pub const fn iban(&self) -> &PrivateText {
        &self.iban
    }

    /// The holder's name, if it was given.
    #[must_use]
    pub const fn holder(&self) -> Option<&PrivateText> {
        self.holder.as_ref()
    }
}

impl AccountType {
    /// Every type there is.
    pub const ALL: [Self; 3] = [Self::Ordinary, Self::Current, Self::Savings];

    /// The type's name in requests and views.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Current => "current",
            Self::Savings => "savings",
        }
    }

    /// The digit that Zengin gives it, which is also how it is stored.
    const fn digit(self) -> u8 {
        match self {
            Self::Ordinary => 1,
            Self::Current => 2,
            Self::Savings => 4,
        }
    }

    fn parse(name: &str) -> Result<Self, InvalidValue> {
        let part = "account_type";
        if name.is_empty() {
            return Err(InvalidValue::Missing { part });
        }
        let known = Self::ALL.into_iter().find(|known| known.name() == name);
        known.ok_or(InvalidValue::Malformed { part, expected: Expected::AccountType })
    }
}

impl Encoded for BankAccount {
    const KIND: Kind = Kind::BankAccount;

    fn write(&self, to: &mut Writer) {
        match self {
            Self::Japanese(account) => {
                to.fixed(&[account.account_type.digit()]);
                for part in [&account.bank_code, &account.branch_code, &account.number, &account.holder_kana] {
                    to.text(part);
                }
            }
            Self::Iban(account) => {
                to.fixed(&[IBAN_TAG]);
                to.text(&account.iban);
                to.optional(account.holder.as_ref());
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let [tag] = from.fixed()?;
        if tag == IBAN_TAG {
            return Ok(Self::Iban(IbanAccount { iban: from.text()?, holder: from.optional()? }));
        }
        let account = JapaneseAccount {
            account_type: AccountType::ALL.into_iter().find(|known| known.digit() == tag).ok_or(Malformed)?,
            bank_code: from.text()?,
            branch_code: from.text()?,
            number: from.text()?,
            holder_kana: from.text()?,
        };
        let well_formed = is_digits(account.bank_code.text(), BANK_DIGITS)
            && is_digits(account.branch_code.text(), BRANCH_DIGITS)
            && is_digits(account.number.text(), NUMBER_DIGITS);
        if well_formed { Ok(Self::Japanese(account)) } else { Err(Malformed) }
    }
}

silent_debug!(BankAccount, JapaneseAccount, IbanAccount);
silent_debug_borrowed!(JapaneseParts);

fn digits(part: Part, count: usize, text: &str) -> Result<PrivateText, InvalidValue> {
    let kept = part.required(text)?;
    if is_digits(text, count) { Ok(kept) } else { Err(InvalidValue::NotDigits { part: part.name(), digits: count }) }
}

fn account_number(text: &str) -> Result<PrivateText, InvalidValue> {
    NUMBER.check(text)?;
    if !is_digits(text, text.len()) {
        return Err(InvalidValue::NotDigits { part: NUMBER.name(), digits: NUMBER_DIGITS });
    }
    Ok(PrivateText::from_written(Zeroizing::new(format!("{text:0>NUMBER_DIGITS$}"))))
}

/// Whether a bank writes the character in a holder's name: katakana of either width, capitals, digits, and the few signs
/// of the Zengin code.
fn stands_in_a_holder(c: char) -> bool {
    let katakana =
        matches!(c, '\u{30a1}'..='\u{30fe}' | '\u{ff62}' | '\u{ff63}' | '\u{ff66}'..='\u{ff9f}' | '「' | '」');
    let narrow = c.is_ascii_uppercase() || c.is_ascii_digit() || " ()-./,\\".contains(c);
    let wide = matches!(c, 'Ａ'..='Ｚ' | '０'..='９') || "\u{3000}（）－．／，￥".contains(c);
    katakana || narrow || wide
}

const BANK_CODE: Part = Part::formal("bank_code", 16);
const BRANCH_CODE: Part = Part::formal("branch_code", 16);
const NUMBER: Part = Part::formal("number", NUMBER_DIGITS);
const HOLDER_KANA: Part = Part::free("holder_kana", 128);
const IBAN: Part = Part::formal("iban", 64);
const HOLDER: Part = Part::free("holder", 128);

const BANK_DIGITS: usize = 4;
const BRANCH_DIGITS: usize = 3;
const NUMBER_DIGITS: usize = 7;

/// Stands where a Japanese account has its type.
const IBAN_TAG: u8 = 0;

#[cfg(test)]
mod tests;
