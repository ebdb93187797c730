//! Values from JSON: what `member collect` reads, in the shape of each field's kind.

use std::collections::BTreeMap;
use std::path::Path;

use fubako_proto::v1::{
    AccessTrace, BankAccount, FieldValue, Iban, JapaneseAccount, PaymentCard, PersonName, PolicyField, PostalAddress,
    SlotValue, Text, UsageDay, UsageHistory, bank_account, field_value, payment_card,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cli::error::Error;
use crate::cli::files;
use crate::cli::value::json;
use crate::field::kind::Kind;

/// A member as a file has them.
///
/// ```json
/// {
///   "id": "01976f2e-5d00-7000-8000-000000000001",
///   "reference": "customer-1024",
///   "source": "website",
///   "fields": {
///     "name": { "name": "Hana Mori", "family": "Mori", "given": "Hana" },
///     "email": "hana@example.jp",
///     "address": [{ "country": "JP", "postal_code": "100-0001", "lines": ["1-2-3"] }]
///   }
/// }
/// ```
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct MemberFile {
    /// The member's id, where the file has one.
    pub(in crate::cli) id: Option<String>,
    /// The member's name in the client's own system.
    pub(in crate::cli) reference: Option<String>,
    /// How the values were collected, if the command line does not say.
    pub(in crate::cli) source: Option<String>,
    /// The values by field; a list fills the slots from 0 up, and `null` is no value.
    fields: BTreeMap<String, Value>,
}

impl MemberFile {
    /// Parses the file's text, which says each thing once and at least one value.
    pub(in crate::cli) fn parse(text: &str) -> Result<Self, Error> {
        let refused = |why: String| Error::argument("the member's file", why);
        if text.trim().is_empty() {
            return Err(refused("it is empty; `fubako member collect --help` has one to copy".to_owned()));
        }
        let file = json::check(text).and_then(|()| serde_json::from_str(text));
        file.map_err(|error| refused(without_value(&error)))
    }

    /// A member out of parts that were not in JSON.
    pub(in crate::cli) const fn of(
        id: Option<String>,
        reference: Option<String>,
        source: Option<String>,
        fields: BTreeMap<String, Value>,
    ) -> Self {
        Self { id, reference, source, fields }
    }

    /// The values, in the kinds the policy gives their fields, collected from that source.
    pub(in crate::cli) fn values(&self, fields: &[PolicyField], source: &str) -> Result<Vec<SlotValue>, Error> {
        let mut values = Vec::new();
        for (name, given) in &self.fields {
            let kind = fields.iter().find(|field| field.name == *name).and_then(|field| Kind::parse(&field.kind));
            let kind = kind.ok_or_else(|| unknown(name, fields))?;
            let slots = given.as_array().map_or_else(|| std::slice::from_ref(given), Vec::as_slice);
            for (slot, given) in (0..).zip(slots).filter(|(_, given)| !given.is_null()) {
                let value = value(kind, given)
                    .map_err(|why| Error::argument("the member's file", format!("`{name}`: {why}")))?;
                values.push(SlotValue { slot, ..SlotValue::new(name, value, source) });
            }
        }
        if values.is_empty() {
            return Err(Error::argument("the member's file", NO_VALUE));
        }
        Ok(values)
    }
}

const NO_VALUE: &str = "`fields` holds no value, and at least one is needed";

fn unknown(name: &str, fields: &[PolicyField]) -> Error {
    let derived = |field: &&PolicyField| Kind::parse(&field.kind) == Some(Kind::Pseudonym);
    let known: Vec<&str> = fields.iter().filter(|field| !derived(field)).map(|field| field.name.as_str()).collect();
    Error::argument("the member's file", format!("the policy has no field `{name}`; it has {}", known.join(", ")))
}

/// A value of that kind.
fn value(kind: Kind, given: &Value) -> Result<FieldValue, String> {
    Ok(match kind {
        Kind::Text => FieldValue::text(text(given)?),
        Kind::Credential => FieldValue::password(text(given)?),
        Kind::Email => FieldValue::email(text(given)?),
        Kind::Phone => FieldValue::phone(text(given)?),
        Kind::Date => FieldValue::date(text(given)?),
        Kind::PersonName => match given.as_str() {
            Some(name) => PersonName::new(name).into(),
            None => shaped::<NameParts>(given)?.into(),
        },
        Kind::PostalAddress => shaped::<AddressParts>(given)?.into(),
        Kind::PaymentCard => card(given)?,
        Kind::BankAccount => shaped::<AccountParts>(given)?.into(),
        Kind::UsageHistory => shaped::<UsageParts>(given)?.into(),
        Kind::AccessTrace => shaped::<TraceParts>(given)?.into(),
        Kind::Pseudonym => return Err("the vault derives it; it cannot be collected".to_owned()),
    })
}

fn text(given: &Value) -> Result<&str, String> {
    given.as_str().ok_or_else(|| "a text in quotes is expected".to_owned())
}

fn shaped<T: DeserializeOwned>(given: &Value) -> Result<T, String> {
    T::deserialize(given).map_err(|error| without_value(&error))
}

/// What is wrong with a JSON text, without the value that `invalid type: ..., expected ...` would repeat.
fn without_value(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once("expected ") {
        Some((before, expected)) if before.starts_with("invalid") => format!("expected {expected}"),
        _ => text,
    }
}

/// Declares the JSON shape of a message: its parts by name, each absent when left out.
macro_rules! parts {
    ($(#[doc = $doc:literal])+ $parts:ident -> $message:ident { $($part:ident: $kind:ty),+ $(,)? }) => {
        $(#[doc = $doc])+
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct $parts {
            $($part: $kind,)+
        }

        impl From<$parts> for $message {
            fn from(parts: $parts) -> Self {
                // Not `..Self::default()`: a message that is wiped when dropped cannot be taken apart.
                let mut message = Self::default();
                $(message.$part = parts.$part.into();)+
                message
            }
        }
    };
}

parts!(
    /// A person's name.
    NameParts -> PersonName { name: String, family: String, given: String, family_kana: String, given_kana: String }
);
parts!(
    /// A postal address.
    AddressParts -> PostalAddress {
        country: String, postal_code: String, region: String, locality: String, lines: Vec<String>, addressee: String,
    }
);
parts!(
    /// The traces of an access.
    TraceParts -> AccessTrace { url: String, browser: String, device: String, ip: String, mail_signal: String }
);
parts!(
    /// An account at a Japanese bank.
    JapaneseParts -> JapaneseAccount {
        bank_code: String, branch_code: String, account_type: String, number: String, holder_kana: String,
    }
);
parts!(
    /// One day of use.
    DayParts -> UsageDay { date: String, what: String }
);

/// A card. A verification code is told to the vault by a word in its place, so that the vault refuses it, and says why,
/// like everywhere else; the code itself does not travel.
fn card(given: &Value) -> Result<FieldValue, String> {
    let mut parts = given.clone();
    let mut has_code = false;
    if let Some(parts) = parts.as_object_mut() {
        parts.retain(|name, value| {
            let code = CODE_NAMES.contains(&name.to_lowercase().replace(['-', ' '], "_").as_str());
            has_code |= code && !value.is_null() && value != "";
            !code
        });
    }
    if has_code {
        let mut refused = PaymentCard::default();
        refused.cvv.push_str("given");
        return Ok(refused.into());
    }
    Ok(shaped::<CardParts>(&parts)?.into())
}

/// What people call the code that is never stored.
const CODE_NAMES: [&str; 11] =
    ["cvv", "cvv2", "cvc", "cvc2", "cvn", "cvn2", "csc", "cid", "security_code", "verification_code", "card_code"];

/// A payment card: `pan` or `token`, and the expiry as `YYYY-MM`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardParts {
    pan: Option<String>,
    token: Option<String>,
    expiry: Expiry,
    #[serde(default)]
    holder: String,
}

/// A month, as `YYYY-MM`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Expiry {
    year: u32,
    month: u32,
}

impl TryFrom<String> for Expiry {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parts = text.split_once('-').and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
        let (year, month) = parts.ok_or("an expiry is written as `YYYY-MM`")?;
        Ok(Self { year, month })
    }
}

impl From<CardParts> for FieldValue {
    fn from(parts: CardParts) -> Self {
        let mut card = PaymentCard::default();
        card.account = match (parts.pan, parts.token) {
            (Some(pan), _) => Some(payment_card::Account::Pan(pan)),
            (None, token) => token.map(payment_card::Account::Token),
        };
        card.expiry_year = parts.expiry.year;
        card.expiry_month = parts.expiry.month;
        card.holder = parts.holder;
        card.into()
    }
}

/// A bank account: an IBAN with its holder, or an account at a Japanese bank.
#[derive(Deserialize)]
#[serde(untagged)]
enum AccountParts {
    Iban(IbanParts),
    Japanese(JapaneseParts),
}

/// An account named by an IBAN.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IbanParts {
    iban: String,
    #[serde(default)]
    holder: String,
}

impl From<AccountParts> for FieldValue {
    fn from(parts: AccountParts) -> Self {
        let account = match parts {
            AccountParts::Iban(parts) => {
                let mut account = Iban::default();
                account.iban = parts.iban;
                account.holder = parts.holder;
                bank_account::Account::Iban(account)
            }
            AccountParts::Japanese(parts) => bank_account::Account::Japanese(parts.into()),
        };
        field_value::Value::BankAccount(BankAccount { account: Some(account) }).into()
    }
}

/// How a member used the marketplace.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct UsageParts {
    days: Vec<DayParts>,
    first_use: String,
    last_use: String,
    days_used: u32,
}

impl From<UsageParts> for FieldValue {
    fn from(parts: UsageParts) -> Self {
        let mut usage = UsageHistory::default();
        usage.days = parts.days.into_iter().map(UsageDay::from).collect();
        usage.first_use = parts.first_use;
        usage.last_use = parts.last_use;
        usage.days_used = parts.days_used;
        field_value::Value::Usage(usage).into()
    }
}

impl From<NameParts> for FieldValue {
    fn from(parts: NameParts) -> Self {
        PersonName::from(parts).into()
    }
}

impl From<AddressParts> for FieldValue {
    fn from(parts: AddressParts) -> Self {
        PostalAddress::from(parts).into()
    }
}

impl From<TraceParts> for FieldValue {
    fn from(parts: TraceParts) -> Self {
        field_value::Value::AccessTrace(parts.into()).into()
    }
}

/// A text given on the command line, or the standard input's first line for `-`, which keeps it out of the list of
/// processes.
pub(in crate::cli) fn text_or_input(given: &str) -> Result<Text, Error> {
    if given == "-" { Ok(Text::new(text_of(given)?)) } else { Ok(Text::new(given)) }
}

/// The first line of a file, or of the standard input for `-`.
pub(in crate::cli) fn text_of(file: &str) -> Result<String, Error> {
    let text = files::read_text(Path::new(file))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn fields() -> Vec<PolicyField> {
        [("name", "person-name"), ("email", "email"), ("address", "postal-address"), ("card", "payment-card")]
            .map(|(name, kind)| PolicyField { name: name.to_owned(), kind: kind.to_owned(), ..PolicyField::default() })
            .into()
    }

    fn read(text: &str) -> Result<Vec<SlotValue>, String> {
        let told = |error: Error| error.to_string();
        MemberFile::parse(text).map_err(told)?.values(&fields(), "website").map_err(told)
    }

    #[test]
    fn a_list_fills_the_slots_from_0_up() {
        let values =
            read(r#"{"fields":{"address":[{"country":"JP","lines":["1"]},{"country":"DE","lines":["2"]}]}}"#).unwrap();
        let slots: Vec<(&str, u32)> = values.iter().map(|value| (value.field.as_str(), value.slot)).collect();
        assert_eq!(slots, [("address", 0), ("address", 1)]);
    }

    #[test]
    fn a_verification_code_under_any_of_its_names_is_told_to_the_vault_and_not_sent() {
        for code in ["\"cvv\":\"123\"", "\"CVC\":123", "\"cvn\":\"1\"", "\"csc\":[1]", "\"security code\":\"123\""] {
            let text = format!("{{\"fields\":{{\"card\":{{\"pan\":\"4242424242424242\",{code}}}}}}}");
            let values = read(&text).unwrap();
            let [value] = values.as_slice() else { unreachable!() };
            let Some(field_value::Value::Card(card)) = value.value.as_ref().and_then(|value| value.value.as_ref())
            else {
                unreachable!()
            };
            assert_eq!((card.cvv.as_str(), &card.account), ("given", &None), "{code}");
        }
        assert!(read(r#"{"fields":{"card":{"pan":"4242424242424242","expiry":"2030-01","cvv":""}}}"#).is_ok());
        let problem = read(r#"{"fields":{"card":{"pan":"4242424242424242","colour":"red"}}}"#).unwrap_err();
        assert!(!problem.contains("cvv"), "{problem}");
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named_without_the_value() {
        for (text, named) in [
            (r#"{"fields":{"fax":"x"}}"#, "no field `fax`"),
            (r#"{"fields":{"email":17}}"#, "`email`"),
            (r#"{"fields":{"card":{"pan":"4242424242424242","expiry":"soon"}}}"#, "YYYY-MM"),
            (r#"{"fields":{"address":{"street":"1"}}}"#, "unknown field `street`"),
            (r#"{"values":{}}"#, "unknown field `values`"),
            (r#"{"fields":{}}"#, "`fields` holds no value"),
            (" \n", "it is empty"),
            (r#"{"fields":{"email":"a@example.jp","email":"b@example.jp"}}"#, "`email` is given twice"),
            (r#"{"fields":{"email":"a@example.jp"},"fields":{}}"#, "`fields` is given twice"),
        ] {
            let problem = read(text).unwrap_err();
            assert!(problem.contains(named), "{problem}");
            assert!(!problem.contains("4242"), "{problem}");
        }
    }
}
