//! Values on the way out: what a released view shows, as messages that are wiped when dropped.

use fubako_proto::v1;
use fubako_proto::v1::field_value::Value as Wire;
use fubako_proto::v1::{bank_account, payment_card};

use crate::field::access_trace::AccessTrace;
use crate::field::bank_account::BankAccount;
use crate::field::date::Date;
use crate::field::payment_card::{CardAccount, PaymentCard};
use crate::field::person_name::PersonName;
use crate::field::postal_address::PostalAddress;
use crate::field::private_text::PrivateText;
use crate::field::usage_history::{UsageDay, UsageHistory};
use crate::field::value::{Shown, Value};

/// What is shown, as it travels. A password's verifier and a pseudonym's secret are never shown, and become nothing.
pub(in crate::rpc) fn to_wire(shown: Shown) -> v1::FieldValue {
    let value = match shown {
        Shown::Text(mut text) => Some(Wire::Text(v1::Text { value: std::mem::take(&mut *text) })),
        Shown::Value(value) => whole(&value),
    };
    v1::FieldValue { value }
}

fn whole(value: &Value) -> Option<Wire> {
    Some(match value {
        // EXPOSE: here and below, the value goes into the view that was decided, accounted and opened.
        Value::Text(value) => Wire::Text(text(value.expose())),
        Value::Name(name) => Wire::Name(person_name(name)),
        Value::Address(address) => Wire::Address(postal_address(address)),
        Value::Email(email) => Wire::Email(text(email.expose())),
        Value::Phone(phone) => Wire::Phone(text(phone.expose())),
        Value::Date(date) => Wire::Date(text(&date.expose())),
        Value::Card(card) => Wire::Card(payment_card(card)),
        Value::BankAccount(account) => Wire::BankAccount(bank_account(account)),
        Value::Usage(usage) => Wire::Usage(usage_history(usage)),
        Value::Trace(trace) => Wire::AccessTrace(access_trace(trace)),
        Value::Credential(_) | Value::PseudonymSecret(_) => return None,
    })
}

fn text(value: &str) -> v1::Text {
    v1::Text { value: value.to_owned() }
}

fn exposed(part: &PrivateText) -> String {
    // EXPOSE: a part of a value that goes into a view.
    part.expose().to_owned()
}

fn exposed_or_empty(part: Option<&PrivateText>) -> String {
    part.map(exposed).unwrap_or_default()
}

fn person_name(name: &PersonName) -> v1::PersonName {
    v1::PersonName {
        name: exposed(name.whole()),
        family: exposed_or_empty(name.family()),
        given: exposed_or_empty(name.given()),
        family_kana: exposed_or_empty(name.family_kana()),
        given_kana: exposed_or_empty(name.given_kana()),
    }
}

fn postal_address(address: &PostalAddress) -> v1::PostalAddress {
    v1::PostalAddress {
        country: exposed(address.country()),
        postal_code: exposed_or_empty(address.postal_code()),
        region: exposed_or_empty(address.region()),
        locality: exposed_or_empty(address.locality()),
        lines: address.lines().iter().map(exposed).collect(),
        addressee: exposed_or_empty(address.addressee()),
    }
}

fn payment_card(card: &PaymentCard) -> v1::PaymentCard {
    let account = match card.account() {
        CardAccount::Number(number) => payment_card::Account::Pan(exposed(number)),
        CardAccount::Token(token) => payment_card::Account::Token(exposed(token)),
    };
    v1::PaymentCard {
        account: Some(account),
        expiry_month: card.expiry_month().into(),
        expiry_year: card.expiry_year().into(),
        holder: exposed_or_empty(card.holder()),
        cvv: String::new(),
    }
}

fn bank_account(account: &BankAccount) -> v1::BankAccount {
    let account = match account {
        BankAccount::Japanese(account) => bank_account::Account::Japanese(v1::JapaneseAccount {
            bank_code: exposed(account.bank_code()),
            branch_code: exposed(account.branch_code()),
            account_type: account.account_type().name().to_owned(),
            number: exposed(account.number()),
            holder_kana: exposed(account.holder_kana()),
        }),
        BankAccount::Iban(account) => bank_account::Account::Iban(v1::Iban {
            iban: exposed(account.iban()),
            holder: exposed_or_empty(account.holder()),
        }),
    };
    v1::BankAccount { account: Some(account) }
}

fn usage_history(usage: &UsageHistory) -> v1::UsageHistory {
    let day = |day: &UsageDay| v1::UsageDay { date: written(day.date()), what: exposed(day.what()) };
    v1::UsageHistory {
        days: usage.newest().iter().map(day).collect(),
        first_use: usage.first_use().map(written).unwrap_or_default(),
        last_use: usage.last_use().map(written).unwrap_or_default(),
        days_used: usage.days_used(),
    }
}

fn written(date: &Date) -> String {
    // EXPOSE: a day of use, which goes into a view.
    date.expose().as_str().to_owned()
}

fn access_trace(trace: &AccessTrace) -> v1::AccessTrace {
    v1::AccessTrace {
        url: exposed_or_empty(trace.url()),
        browser: exposed_or_empty(trace.browser()),
        device: exposed_or_empty(trace.device()),
        // EXPOSE: an address, which goes into a view.
        ip: trace.expose_ip().map(|ip| ip.as_str().to_owned()).unwrap_or_default(),
        mail_signal: exposed_or_empty(trace.mail_signal()),
    }
}

#[cfg(test)]
mod tests;
