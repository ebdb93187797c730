//! Tests of values on the way out: what was parsed from a message becomes the same message again.
#![expect(clippy::unwrap_used, reason = "tests")]

use prost::Message as _;
use zeroize::Zeroizing;

use super::*;
use crate::field::credential::Credential;
use crate::rpc::convert::value::{Parsed, parse};

fn text(value: &str) -> v1::Text {
    v1::Text { value: value.to_owned() }
}

fn one_of_each() -> Vec<Wire> {
    let mut name = v1::PersonName::default();
    "山田 花子".clone_into(&mut name.name);
    "山田".clone_into(&mut name.family);
    "ヤマダ".clone_into(&mut name.family_kana);
    let mut address = v1::PostalAddress::default();
    "JP".clone_into(&mut address.country);
    "150-0002".clone_into(&mut address.postal_code);
    "東京都".clone_into(&mut address.region);
    address.lines = vec!["渋谷1-2-3".to_owned(), "メゾン101".to_owned()];
    let mut card = v1::PaymentCard::default();
    card.account = Some(payment_card::Account::Pan("4242424242424242".to_owned()));
    (card.expiry_month, card.expiry_year) = (12, 2031);
    "HANAKO YAMADA".clone_into(&mut card.holder);
    let mut token = v1::PaymentCard::default();
    token.account = Some(payment_card::Account::Token("tok_1".to_owned()));
    (token.expiry_month, token.expiry_year) = (1, 2030);
    let mut japanese = v1::JapaneseAccount::default();
    "0001".clone_into(&mut japanese.bank_code);
    "123".clone_into(&mut japanese.branch_code);
    "ordinary".clone_into(&mut japanese.account_type);
    "1234567".clone_into(&mut japanese.number);
    "ヤマダ ハナコ".clone_into(&mut japanese.holder_kana);
    let mut iban = v1::Iban::default();
    "DE89370400440532013000".clone_into(&mut iban.iban);
    let mut day = v1::UsageDay::default();
    "2026-06-01".clone_into(&mut day.date);
    "lamp".clone_into(&mut day.what);
    let mut usage = v1::UsageHistory::default();
    "2026-05-01".clone_into(&mut usage.first_use);
    "2026-06-01".clone_into(&mut usage.last_use);
    usage.days = vec![day];
    usage.days_used = 4;
    let mut trace = v1::AccessTrace::default();
    "https://example.com/items".clone_into(&mut trace.url);
    "203.0.113.7".clone_into(&mut trace.ip);
    "opened".clone_into(&mut trace.mail_signal);
    let account = |account| Wire::BankAccount(v1::BankAccount { account: Some(account) });
    vec![
        Wire::Text(text("hanako")),
        Wire::Name(name),
        Wire::Address(address),
        Wire::Email(text("hanako@example.jp")),
        Wire::Phone(text("+819012345678")),
        Wire::Date(text("1990-04-23")),
        Wire::Card(card),
        Wire::Card(token),
        account(bank_account::Account::Japanese(japanese)),
        account(bank_account::Account::Iban(iban)),
        Wire::Usage(usage),
        Wire::AccessTrace(trace),
    ]
}

#[test]
fn every_value_comes_out_as_it_went_in() {
    for value in one_of_each() {
        let message = v1::FieldValue { value: Some(value) };
        let before = message.encode_to_vec();
        let Ok(Parsed::Value(value)) = parse(Some(&message)) else { unreachable!("a password, or not parsed") };
        let kind = value.kind();
        assert_eq!(to_wire(Shown::Value(value)).encode_to_vec(), before, "{kind}");
    }
}

#[test]
fn a_derived_form_travels_as_text() {
    let shown = to_wire(Shown::Text(Zeroizing::new("4242".to_owned())));
    assert!(matches!(&shown.value, Some(Wire::Text(text)) if text.value == "4242"));
}

#[test]
fn a_verifier_is_never_shown() {
    let verifier = Credential::from_verifier("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA").unwrap();
    assert!(to_wire(Shown::Value(Value::Credential(verifier))).value.is_none());
}
