//! Hanako, a made-up member who has every field of the marketplace's policy, and what each form of each must show.

use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{
    AccessTrace, BankAccount, FieldValue, JapaneseAccount, PaymentCard, PersonName, PostalAddress, SlotValue, UsageDay,
    UsageHistory, bank_account, payment_card,
};

use super::view::render;

pub(crate) const EMAIL: &str = "hanako@example.jp";
pub(crate) const PHONE: &str = "+819012345678";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const PAN: &str = "4242424242424242";

/// All of Hanako's values, each in slot 0.
pub(crate) fn hanako() -> Vec<SlotValue> {
    let of_each = [
        ("name", Value::Name(name())),
        ("login_id", Value::Text(text("hanako"))),
        ("password", Value::Password(text(PASSWORD))),
        ("nickname", Value::Text(text("Hana"))),
        ("address", Value::Address(address("Jinbocho 1-2-3"))),
        ("email", Value::Email(text(EMAIL))),
        ("phone", Value::Phone(text(PHONE))),
        ("gender", Value::Text(text("female"))),
        ("birth_date", Value::Date(text("1990-04-23"))),
        ("card", Value::Card(card(PAN))),
        ("bank_account", Value::BankAccount(bank_account("1234567"))),
        ("payment_status", Value::Text(text("paid until 2027-03"))),
        ("usage", Value::Usage(usage())),
        ("access_trace", Value::AccessTrace(trace())),
    ];
    of_each.map(|(field, value)| SlotValue::new(field, value, "website")).into()
}

/// What a field of Hanako's shows in a form; the written policy's examples, not what the code answers.
pub(crate) fn shows(field: &str, form: &str) -> String {
    let derived = match (field, form) {
        ("login_id", "masked") => "h***",
        ("email", "masked") => "h***@example.jp",
        ("address", "region") => "Tokyo",
        ("birth_date", "age-band") => "30-39",
        ("card", "last4") => "4242",
        ("card", "brand") => "visa",
        ("card", "expiry") => "2031-12",
        ("card", "truncated") => "424242******4242",
        ("bank_account", "bank-only") => "0001",
        ("bank_account", "last3") => "567",
        ("usage", "frequency-band") => "weekly",
        ("access_trace", "coarse") => "example.com/items; Firefox; iPhone; 203.0.113.0/24",
        (_, "full") => return full(field),
        _ => panic!("no test knows what `{field}` shows as `{form}`"),
    };
    format!("text {derived}")
}

fn full(field: &str) -> String {
    let collected = hanako().into_iter().find(|value| value.field == field);
    render(collected.unwrap().value.as_ref().unwrap())
}

pub(crate) fn name() -> PersonName {
    let mut name = PersonName::new("山田 花子");
    name.family = "山田".into();
    name.given = "花子".into();
    name.family_kana = "ヤマダ".into();
    name.given_kana = "ハナコ".into();
    name
}

/// An address in Tokyo whose first line is `line`.
pub(crate) fn address(line: &str) -> PostalAddress {
    PostalAddress {
        country: "JP".into(),
        postal_code: "101-0051".into(),
        region: "Tokyo".into(),
        locality: "Chiyoda-ku".into(),
        lines: vec![line.into()],
        addressee: String::new(),
    }
}

pub(crate) fn card(pan: &str) -> PaymentCard {
    PaymentCard {
        account: Some(payment_card::Account::Pan(pan.into())),
        expiry_month: 12,
        expiry_year: 2031,
        holder: "HANAKO YAMADA".into(),
        cvv: String::new(),
    }
}

pub(crate) fn bank_account(number: &str) -> BankAccount {
    let account = JapaneseAccount {
        bank_code: "0001".into(),
        branch_code: "123".into(),
        account_type: "ordinary".into(),
        number: number.into(),
        holder_kana: "ヤマダ ハナコ".into(),
    };
    BankAccount { account: Some(bank_account::Account::Japanese(account)) }
}

/// Forty days of use since January.
fn usage() -> UsageHistory {
    let day = |date: &str, what: &str| UsageDay { date: date.into(), what: what.into() };
    UsageHistory {
        days: vec![day("2026-11-20", "tea bowl"), day("2026-11-13", "lacquer box")],
        first_use: "2026-01-10".into(),
        last_use: "2026-11-20".into(),
        days_used: 40,
    }
}

fn trace() -> AccessTrace {
    AccessTrace {
        url: "https://example.com/items/7".into(),
        browser: "Firefox 128".into(),
        device: "iPhone 15".into(),
        ip: "203.0.113.77".into(),
        mail_signal: "opened 2026-11-02".into(),
    }
}

pub(crate) fn text(value: &str) -> fubako_proto::v1::Text {
    fubako_proto::v1::Text::new(value)
}

/// One value in a slot.
pub(crate) fn slot_value(field: &str, slot: u32, value: impl Into<FieldValue>) -> SlotValue {
    SlotValue { slot, ..SlotValue::new(field, value, "website") }
}
