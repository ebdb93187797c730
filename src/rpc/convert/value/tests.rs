//! Tests of values on the way in: which argument is named, and that a verification code is always refused as forbidden.
#![expect(clippy::unwrap_used, reason = "tests")]

use fubako_proto::v1::{BankAccount, FieldValue, PaymentCard, PersonName, Text};

use super::*;

fn refused(value: Option<Given>) -> Error {
    match parse(value.map(|value| FieldValue { value: Some(value) }).as_ref()) {
        Ok(_) => unreachable!("the value is not to be taken"),
        Err(unusable) => unusable.at("values[3]"),
    }
}

fn path(error: &Error) -> &str {
    error.argument().unwrap_or_default()
}

fn card(number: &str, cvv: &str) -> PaymentCard {
    // Field by field: a message that is wiped when dropped cannot be taken apart.
    let mut card = PaymentCard::default();
    cvv.clone_into(&mut card.cvv);
    card.account = Some(payment_card::Account::Pan(number.to_owned()));
    card.expiry_month = 12;
    card.expiry_year = 2031;
    card
}

#[test]
fn an_error_names_the_argument_by_its_place() {
    let text = |value: &str| Text { value: value.to_owned() };
    let mut without_month = card("4242424242424242", "");
    without_month.expiry_month = 13;
    let cases = [
        (None, "values[3].value"),
        (Some(Given::Text(text(""))), "values[3].text"),
        (Some(Given::Email(text("nobody"))), "values[3].email"),
        (Some(Given::Phone(text("090"))), "values[3].phone"),
        (Some(Given::Date(text("1990-4-23"))), "values[3].date"),
        (Some(Given::Password(text("short"))), "values[3].password"),
        (Some(Given::Name(PersonName::default())), "values[3].name"),
        (Some(Given::Card(without_month)), "values[3].card.expiry_month"),
        (Some(Given::BankAccount(BankAccount::default())), "values[3].bank_account.account"),
    ];
    for (value, place) in cases {
        assert_eq!(path(&refused(value)), place);
    }
}

#[test]
fn no_error_repeats_what_stood_there() {
    let text = |value: &str| Text { value: value.to_owned() };
    let canary = "canary@@example";
    for value in [Given::Email(text(canary)), Given::Phone(text(canary)), Given::Date(text(canary))] {
        assert!(!refused(Some(value)).to_string().contains("canary"));
    }
}

#[test]
fn a_verification_code_is_forbidden_whatever_else_is_wrong() {
    for number in ["4242424242424242", "4242", ""] {
        let error = refused(Some(Given::Card(card(number, "123"))));
        assert!(matches!(&error, Error::Forbidden { path, .. } if path == "values[3].card.cvv"), "{error}");
    }
    let mut bare = PaymentCard::default();
    "123".clone_into(&mut bare.cvv);
    assert!(matches!(refused(Some(Given::Card(bare))), Error::Forbidden { .. }));
    let note = Text { value: "CVV 123".to_owned() };
    assert!(matches!(refused(Some(Given::Text(note))), Error::Forbidden { .. }));
}

#[test]
fn a_password_is_parsed_apart_from_what_can_be_stored() {
    let value = FieldValue { value: Some(Given::Password(Text { value: "correct horse".to_owned() })) };
    assert!(matches!(parse(Some(&value)).unwrap(), Parsed::Password(_)));
}
