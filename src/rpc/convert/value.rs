//! Values on the way in: each message parsed into its kind of field; what is wrong is named by its place.

use fubako_proto::v1;
use fubako_proto::v1::field_value::Value as Given;
use fubako_proto::v1::{bank_account, payment_card};

use crate::field::access_trace::{AccessTrace, TraceParts};
use crate::field::bank_account::{BankAccount, JapaneseParts};
use crate::field::credential::Password;
use crate::field::date::Date;
use crate::field::email::Email;
use crate::field::invalid::InvalidValue;
use crate::field::payment_card::{CardAccountPart, CardParts, PaymentCard};
use crate::field::person_name::{NameParts, PersonName};
use crate::field::phone::Phone;
use crate::field::postal_address::{AddressParts, PostalAddress};
use crate::field::text::Text;
use crate::field::usage_history::UsageHistory;
use crate::field::value::Value;
use crate::rpc::error::Error;

/// A value as it was given, parsed.
pub(in crate::rpc) enum Parsed {
    /// A value that can be stored as it is.
    Value(Value),
    /// A password, of which only a verifier is ever stored.
    Password(Password),
}

/// Why a value does not do.
#[derive(Debug)]
pub(in crate::rpc) enum Unusable {
    /// There is none.
    Absent,
    /// It is not of its form.
    Invalid {
        /// Which sort of value it is, by its name in the message.
        arm: &'static str,
        /// What is wrong.
        problem: InvalidValue,
    },
}

impl Unusable {
    /// The error of an argument at that place: `values[3]` gives `values[3].card.expiry_month`.
    pub(in crate::rpc) fn at(self, place: &str) -> Error {
        let Self::Invalid { arm, problem } = self else { return Error::missing(format!("{place}.value")) };
        let path = match problem.part() {
            Some(part) if part != arm => format!("{place}.{arm}.{part}"),
            Some(_) | None => format!("{place}.{arm}"),
        };
        refused(path, problem)
    }
}

/// The error of a value that does not do, by its place.
pub(in crate::rpc) fn refused(path: String, problem: InvalidValue) -> Error {
    let words = problem.to_string();
    // The path ends with the part's name already.
    let named = problem.part().and_then(|part| words.strip_prefix(&format!("`{part}` ")).map(ToOwned::to_owned));
    let words = named.unwrap_or(words);
    if problem.is_forbidden() { Error::Forbidden { path, problem: words } } else { Error::invalid(path, words) }
}

/// Parses a value. The message keeps the plaintext, and wipes it when it is dropped.
pub(in crate::rpc) fn parse(value: Option<&v1::FieldValue>) -> Result<Parsed, Unusable> {
    let given = value.and_then(|value| value.value.as_ref()).ok_or(Unusable::Absent)?;
    let (arm, parsed) = match given {
        Given::Text(text) => ("text", Text::parse(&text.value).map(Value::Text)),
        Given::Name(name) => ("name", person_name(name).map(Value::Name)),
        Given::Password(text) => {
            let arm = "password";
            let password = Password::parse(&text.value).map_err(|problem| Unusable::Invalid { arm, problem })?;
            return Ok(Parsed::Password(password));
        }
        Given::Address(address) => ("address", postal_address(address).map(Value::Address)),
        Given::Email(text) => ("email", Email::parse(&text.value).map(Value::Email)),
        Given::Phone(text) => ("phone", Phone::parse(&text.value).map(Value::Phone)),
        Given::Date(text) => ("date", Date::parse(&text.value).map(Value::Date)),
        Given::Card(card) => ("card", payment_card(card).map(Value::Card)),
        Given::BankAccount(account) => ("bank_account", bank_account(account).map(Value::BankAccount)),
        Given::Usage(usage) => ("usage", usage_history(usage).map(Value::Usage)),
        Given::AccessTrace(trace) => ("access_trace", access_trace(trace).map(Value::Trace)),
    };
    parsed.map(Parsed::Value).map_err(|problem| Unusable::Invalid { arm, problem })
}

fn person_name(name: &v1::PersonName) -> Result<PersonName, InvalidValue> {
    PersonName::parse(NameParts {
        whole: &name.name,
        family: &name.family,
        given: &name.given,
        family_kana: &name.family_kana,
        given_kana: &name.given_kana,
    })
}

fn postal_address(address: &v1::PostalAddress) -> Result<PostalAddress, InvalidValue> {
    let lines: Vec<&str> = address.lines.iter().map(String::as_str).collect();
    PostalAddress::parse(AddressParts {
        country: &address.country,
        postal_code: &address.postal_code,
        region: &address.region,
        locality: &address.locality,
        lines: &lines,
        addressee: &address.addressee,
    })
}

fn payment_card(card: &v1::PaymentCard) -> Result<PaymentCard, InvalidValue> {
    let account = match &card.account {
        Some(payment_card::Account::Pan(number)) => CardAccountPart::Pan(number),
        Some(payment_card::Account::Token(token)) => CardAccountPart::Token(token),
        // Left to the parser, which looks for a verification code before it misses the number.
        None => CardAccountPart::Pan(""),
    };
    PaymentCard::parse(CardParts {
        account,
        expiry_month: card.expiry_month,
        expiry_year: card.expiry_year,
        holder: &card.holder,
        cvv: &card.cvv,
    })
}

fn bank_account(account: &v1::BankAccount) -> Result<BankAccount, InvalidValue> {
    match &account.account {
        Some(bank_account::Account::Japanese(japanese)) => BankAccount::parse_japanese(JapaneseParts {
            bank_code: &japanese.bank_code,
            branch_code: &japanese.branch_code,
            account_type: &japanese.account_type,
            number: &japanese.number,
            holder_kana: &japanese.holder_kana,
        }),
        Some(bank_account::Account::Iban(iban)) => BankAccount::parse_iban(&iban.iban, &iban.holder),
        None => Err(InvalidValue::Missing { part: "account" }),
    }
}

fn usage_history(usage: &v1::UsageHistory) -> Result<UsageHistory, InvalidValue> {
    let days: Vec<(&str, &str)> = usage.days.iter().map(|day| (day.date.as_str(), day.what.as_str())).collect();
    UsageHistory::parse(&days, &usage.first_use, &usage.last_use, usage.days_used)
}

fn access_trace(trace: &v1::AccessTrace) -> Result<AccessTrace, InvalidValue> {
    AccessTrace::parse(TraceParts {
        url: &trace.url,
        browser: &trace.browser,
        device: &trace.device,
        ip: &trace.ip,
        mail_signal: &trace.mail_signal,
    })
}

#[cfg(test)]
mod tests;
