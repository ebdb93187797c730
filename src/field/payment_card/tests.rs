//! Tests of payment cards: which are taken, which refused, and what their forms show.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const CODE_IN_PAN: InvalidValue = InvalidValue::CardVerificationCode { part: "pan" };

fn pan(pan: &str) -> CardParts<'_> {
    CardParts {
        account: CardAccountPart::Pan(pan),
        expiry_month: 12,
        expiry_year: 2031,
        holder: "HANAKO YAMADA",
        cvv: "",
    }
}

fn token(token: &str) -> CardParts<'_> {
    CardParts { account: CardAccountPart::Token(token), ..pan("") }
}

fn card(number: &str) -> PaymentCard {
    PaymentCard::parse(pan(number)).unwrap()
}

fn shown(form: Option<Zeroizing<String>>) -> Option<String> {
    form.map(|text| text.as_str().to_owned())
}

#[test]
fn spaces_and_hyphens_of_a_number_are_dropped() {
    for written in ["4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", " 4242424242424242 "] {
        let card = card(written);
        assert!(matches!(card.account(), CardAccount::Number(digits) if digits.expose() == "4242424242424242"));
    }
}

#[test]
fn each_form_shows_its_part_and_no_more() {
    let forms = [
        ("4242424242424242", "4242", "424242******4242", "visa"),
        ("5555555555554444", "4444", "555555******4444", "mastercard"),
        ("3530111333300000", "0000", "353011******0000", "jcb"),
        ("378282246310005", "0005", "378282*****0005", "amex"),
        ("30569309025904", "5904", "30569*****5904", "diners"),
        ("6011111111111117", "1117", "601111******1117", "discover"),
        ("9999999999999995", "9995", "999999******9995", "other"),
    ];
    for (number, last4, truncated, brand) in forms {
        let card = card(number);
        assert_eq!(shown(card.last4()).as_deref(), Some(last4));
        assert_eq!(shown(card.truncated()).as_deref(), Some(truncated));
        assert_eq!(shown(card.brand()).as_deref(), Some(brand));
        assert_eq!(*card.expiry(), "2031-12");
    }
}

#[test]
fn a_truncated_number_hides_five_digits_at_least_and_never_shows_more_than_six_and_four() {
    for number in ["501800000009", "4222222222222", "30569309025904", "378282246310005", "6304000000000000000"] {
        let text = card(number).truncated().unwrap();
        let hidden = text.chars().filter(|c| *c == '*').count();
        assert!(hidden >= 5 && text.len() == number.len(), "{number}");
        assert!(text.len() - hidden <= 10, "{number}");
    }
}

#[test]
fn what_is_no_card_number_is_refused() {
    let malformed = InvalidValue::Malformed { part: "pan", expected: Expected::CardNumber };
    for number in [
        "42424242424",
        "42424242424242424242",
        "4242.4242.4242.4242",
        "424242424242424a",
        "４２４２４２４２４２４２４２４２",
        "0000000000000000",
        "tok_visa",
        "- -",
    ] {
        assert_eq!(PaymentCard::parse(pan(number)).err(), Some(malformed), "{number}");
    }
    assert_eq!(PaymentCard::parse(pan("")).err(), Some(InvalidValue::Missing { part: "pan" }));
    assert_eq!(PaymentCard::parse(pan("4242424242424241")).err(), Some(InvalidValue::CheckDigit { part: "pan" }));
    assert_eq!(PaymentCard::parse(pan("4242424242424224")).err(), Some(InvalidValue::CheckDigit { part: "pan" }));
}

#[test]
fn a_verification_code_is_refused_wherever_it_stands() {
    for cvv in ["123", "1234", " ", "x"] {
        let refused = PaymentCard::parse(CardParts { cvv, ..pan("4242424242424242") });
        assert_eq!(refused.err(), Some(InvalidValue::CardVerificationCode { part: "cvv" }));
    }
    for number in [
        "4242424242424242 123",
        "4242 4242 4242 4242 123",
        "4242424242424242/123",
        "4242424242424242 cvv 123",
        "4242424242424242 12/31 123",
        "378282246310005-1234",
    ] {
        assert_eq!(PaymentCard::parse(pan(number)).err(), Some(CODE_IN_PAN), "{number}");
    }
    for holder in ["HANAKO YAMADA 123", "CVV: 123", "HANAKO (cvc 1234)"] {
        let refused = PaymentCard::parse(CardParts { holder, ..pan("4242424242424242") });
        assert_eq!(refused.err(), Some(InvalidValue::CardVerificationCode { part: "holder" }), "{holder}");
    }
}

#[test]
fn another_fault_does_not_hide_a_verification_code() {
    let parts = CardParts { cvv: "123", expiry_month: 13, holder: "\0", ..pan("nonsense") };
    assert_eq!(PaymentCard::parse(parts).err(), Some(InvalidValue::CardVerificationCode { part: "cvv" }));
    let long = ["4242424242424242", &" ".repeat(64), "123"].concat();
    assert_eq!(PaymentCard::parse(pan(&long)).err(), Some(CODE_IN_PAN));
}

#[test]
fn a_holder_is_a_name_and_no_second_number() {
    let refused = |holder| PaymentCard::parse(CardParts { holder, ..pan("4242424242424242") }).err();
    assert_eq!(refused("5555555555554444"), Some(InvalidValue::CardNumber { part: "holder" }));
    assert_eq!(refused("  "), Some(InvalidValue::Blank { part: "holder" }));
    assert_eq!(refused("A\u{1b}B"), Some(InvalidValue::ControlCharacter { part: "holder" }));
    assert_eq!(refused(""), None);
}

#[test]
fn an_expiry_that_no_card_bears_is_refused() {
    let month = InvalidValue::Malformed { part: "expiry_month", expected: Expected::Month };
    for expiry_month in [0, 13, 268, u32::MAX] {
        assert_eq!(PaymentCard::parse(CardParts { expiry_month, ..pan("4242424242424242") }).err(), Some(month));
    }
    let year = InvalidValue::Malformed { part: "expiry_year", expected: Expected::ExpiryYear };
    for expiry_year in [0, 31, 1999, 2100, 67_567, u32::MAX] {
        assert_eq!(PaymentCard::parse(CardParts { expiry_year, ..pan("4242424242424242") }).err(), Some(year));
    }
}

#[test]
fn a_token_has_an_expiry_and_nothing_of_a_number() {
    let card = PaymentCard::parse(token("tok_1NvW2eLkdIwHu7ix")).unwrap();
    assert!(card.last4().is_none() && card.truncated().is_none() && card.brand().is_none());
    assert_eq!(*card.expiry(), "2031-12");
}

#[test]
fn a_card_number_can_not_pass_as_a_token() {
    let number = Some(InvalidValue::CardNumber { part: "token" });
    assert_eq!(PaymentCard::parse(token("4242424242424242")).err(), number);
    assert_eq!(PaymentCard::parse(token("tok_4242-4242-4242-4242")).err(), number);
    let code = Some(InvalidValue::CardVerificationCode { part: "token" });
    assert_eq!(PaymentCard::parse(token("4242424242424242 123")).err(), code);
    let malformed = Some(InvalidValue::Malformed { part: "token", expected: Expected::Token });
    assert_eq!(PaymentCard::parse(token("tok visa")).err(), malformed);
    assert_eq!(PaymentCard::parse(token("tök")).err(), malformed);
    let long = "t".repeat(129);
    assert_eq!(PaymentCard::parse(token(&long)).err(), Some(InvalidValue::PartTooLong { part: "token", limit: 128 }));
}

#[test]
fn the_longest_token_and_holder_fit_the_cap() {
    let (long, holder) = ("t".repeat(128), "H".repeat(128));
    assert!(PaymentCard::parse(CardParts { holder: &holder, ..token(&long) }).is_ok());
}

#[test]
fn bytes_that_are_no_card_do_not_decode() {
    let whole = codec::encode(&card("4242424242424242"));
    assert!(codec::decode::<PaymentCard>(&whole).is_ok());
    let year = whole.len() - 16;
    for (place, byte) in [(0, 2), (1, 15), (2, b'0'), (2, b'x'), (year, 8), (year - 1, 0), (year - 1, 13)] {
        let mut changed = whole.to_vec();
        *changed.get_mut(place).unwrap() = byte;
        assert_eq!(codec::decode::<PaymentCard>(&changed).err(), Some(Malformed), "{place} {byte}");
    }
    for length in 0..whole.len() {
        assert!(codec::decode::<PaymentCard>(whole.get(..length).unwrap()).is_err(), "{length}");
    }
}
