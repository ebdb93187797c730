//! A member, a party and a basis made of texts that exist nowhere else.

use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{
    AccessTrace, BankAccount, BasisTerms, JapaneseAccount, PartyDetails, PaymentCard, PersonName, PostalAddress,
    SlotValue, UsageDay, UsageHistory, bank_account, payment_card,
};

use crate::support::member::{slot_value, text};
use crate::support::register::{about, party};

pub(crate) const EMAIL: &str = "canary.mail.3c55@leak.example";
pub(crate) const PHONE: &str = "+819087651234";
pub(crate) const PASSWORD: &str = "canary-password-91bd";
pub(crate) const REFERENCE: &str = "canary-reference-0042";

/// Everything that must not be found anywhere.
pub(crate) const ALL: &[&str] = &[
    "Quillfeather",
    "Canarina",
    "クイル",
    "canary-login-7f3a",
    PASSWORD,
    "canary-nickname-c0de",
    "Canary Lane 4711",
    "canary-town",
    "canary-addressee",
    EMAIL,
    "canary.mail.3c55",
    "9087651234",
    "canary-gender-e1",
    "1987-06-05",
    "4532759846138204",
    "453275",
    "CANARY HOLDER",
    "7654321",
    "カナリヤ",
    "canary-payment-status",
    "canary-usage-item",
    "canary-trace",
    "CanaryBrowser",
    "CanaryDevice",
    "203.0.113.199",
    "canary-mail-signal",
    REFERENCE,
    "Canary Legal K.K.",
    "Canary Street 12",
    "Cana Represents",
    "canary-case-77",
];

pub(crate) fn values() -> Vec<SlotValue> {
    let mut name = PersonName::new("Quillfeather Canarina");
    name.family = "Quillfeather".into();
    name.given = "Canarina".into();
    name.family_kana = "クイル".into();
    let address = PostalAddress {
        country: "JP".into(),
        postal_code: "101-0051".into(),
        region: "Tokyo".into(),
        locality: "canary-town".into(),
        lines: vec!["Canary Lane 4711".into()],
        addressee: "canary-addressee".into(),
    };
    vec![
        slot_value("name", 0, Value::Name(name)),
        slot_value("login_id", 0, Value::Text(text("canary-login-7f3a"))),
        slot_value("password", 0, Value::Password(text(PASSWORD))),
        slot_value("nickname", 0, Value::Text(text("canary-nickname-c0de"))),
        slot_value("address", 0, Value::Address(address)),
        slot_value("email", 0, Value::Email(text(EMAIL))),
        slot_value("phone", 0, Value::Phone(text(PHONE))),
        slot_value("gender", 0, Value::Text(text("canary-gender-e1"))),
        slot_value("birth_date", 0, Value::Date(text("1987-06-05"))),
        slot_value("card", 0, Value::Card(card("4532759846138204", ""))),
        slot_value("bank_account", 0, Value::BankAccount(account())),
        slot_value("payment_status", 0, Value::Text(text("canary-payment-status"))),
        slot_value("usage", 0, Value::Usage(usage())),
        slot_value("access_trace", 0, Value::AccessTrace(trace())),
    ]
}

pub(crate) fn card(pan: &str, cvv: &str) -> PaymentCard {
    PaymentCard {
        account: Some(payment_card::Account::Pan(pan.into())),
        expiry_month: 12,
        expiry_year: 2031,
        holder: "CANARY HOLDER".into(),
        cvv: cvv.into(),
    }
}

fn account() -> BankAccount {
    let account = JapaneseAccount {
        bank_code: "0001".into(),
        branch_code: "123".into(),
        account_type: "ordinary".into(),
        number: "7654321".into(),
        holder_kana: "カナリヤ ハナコ".into(),
    };
    BankAccount { account: Some(bank_account::Account::Japanese(account)) }
}

fn usage() -> UsageHistory {
    let day = UsageDay { date: "2026-11-20".into(), what: "canary-usage-item".into() };
    UsageHistory { days: vec![day], first_use: "2026-11-20".into(), last_use: "2026-11-20".into(), days_used: 1 }
}

fn trace() -> AccessTrace {
    AccessTrace {
        url: "https://canary-trace.example/canary".into(),
        browser: "CanaryBrowser/7".into(),
        device: "CanaryDevice".into(),
        ip: "203.0.113.199".into(),
        mail_signal: "canary-mail-signal".into(),
    }
}

pub(crate) fn seller() -> PartyDetails {
    PartyDetails {
        legal_name: "Canary Legal K.K.".into(),
        address: "Canary Street 12".into(),
        representative: "Cana Represents".into(),
        ..party("potter", "seller")
    }
}

pub(crate) fn sale(member: &str) -> BasisTerms {
    BasisTerms {
        reference: "canary-case-77".into(),
        ..about("transaction", member, "potter", "transaction-with-seller")
    }
}

/// Values that are refused, each with a canary in it.
pub(crate) fn refused() -> Vec<SlotValue> {
    vec![
        slot_value("email", 0, Value::Email(text("canary.mail.3c55 at leak.example"))),
        slot_value("phone", 0, Value::Phone(text("9087651234"))),
        slot_value("birth_date", 0, Value::Date(text("1987-06-05T00:00"))),
        slot_value("nickname", 0, Value::Text(text("canary-nickname-c0de\n"))),
        slot_value("nickname", 0, Value::Email(text(EMAIL))),
        slot_value("card", 0, Value::Card(card("4532759846138205", ""))),
        slot_value("card", 0, Value::Card(card("4532759846138204", "cvv"))),
        slot_value("login_id", 0, Value::Text(text("4532759846138204"))),
        slot_value("password", 0, Value::Password(text(&PASSWORD.repeat(10)))),
        slot_value(EMAIL, 0, Value::Text(text("x"))),
        SlotValue { source: EMAIL.into(), ..slot_value("email", 0, Value::Email(text(EMAIL))) },
    ]
}
