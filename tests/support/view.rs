//! Views as lines that can be compared: every field, slot, form and value of one.

use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{FieldValue, UsageDay, View, bank_account, payment_card};

/// `field/slot:form` of everything a view shows, in its order.
pub(crate) fn outline(view: &View) -> Vec<String> {
    lines(view).into_iter().map(|(place, _)| place).collect()
}

/// Everything a view shows: `field/slot:form`, and the value.
pub(crate) fn lines(view: &View) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for field in &view.fields {
        for shown in &field.values {
            let place = format!("{}/{}:{}", field.field, field.slot, shown.form);
            lines.push((place, render(shown.value.as_ref().unwrap())));
        }
    }
    lines
}

/// The value a view shows in that place.
pub(crate) fn shown(view: &View, place: &str) -> Option<String> {
    lines(view).into_iter().find(|(other, _)| other == place).map(|(_, value)| value)
}

/// `field: reason` of everything a view withholds.
pub(crate) fn withheld(view: &View) -> Vec<String> {
    view.withheld.iter().map(|field| format!("{}: {}", field.field, field.reason)).collect()
}

/// A value with its kind, so that a text can't pass for a whole value.
pub(crate) fn render(value: &FieldValue) -> String {
    match value.value.as_ref().unwrap() {
        Value::Text(text) => format!("text {}", text.value),
        Value::Name(name) => {
            let parts = [&name.name, &name.family, &name.given, &name.family_kana, &name.given_kana];
            format!("name {}", parts.map(String::as_str).join("|"))
        }
        Value::Password(password) => format!("password {}", password.value),
        Value::Address(address) => {
            let parts = [&address.country, &address.postal_code, &address.region, &address.locality];
            format!("address {}|{}|{}", parts.map(String::as_str).join("|"), address.lines.join("/"), address.addressee)
        }
        Value::Email(email) => format!("email {}", email.value),
        Value::Phone(phone) => format!("phone {}", phone.value),
        Value::Date(date) => format!("date {}", date.value),
        Value::Card(card) => {
            let account = match card.account.as_ref().unwrap() {
                payment_card::Account::Pan(pan) => format!("pan {pan}"),
                payment_card::Account::Token(token) => format!("token {token}"),
            };
            format!("card {account} {}-{} {}{}", card.expiry_year, card.expiry_month, card.holder, card.cvv)
        }
        Value::BankAccount(account) => match account.account.as_ref().unwrap() {
            bank_account::Account::Japanese(a) => {
                let parts = [&a.bank_code, &a.branch_code, &a.account_type, &a.number, &a.holder_kana];
                format!("account {}", parts.map(String::as_str).join("|"))
            }
            bank_account::Account::Iban(account) => format!("iban {} {}", account.iban, account.holder),
        },
        Value::Usage(usage) => {
            let day = |day: &UsageDay| format!("{} {}", day.date, day.what);
            let days: Vec<_> = usage.days.iter().map(day).collect();
            format!("usage {} {}..{} {}", days.join(","), usage.first_use, usage.last_use, usage.days_used)
        }
        Value::AccessTrace(t) => {
            let parts = [&t.url, &t.browser, &t.device, &t.ip, &t.mail_signal];
            format!("trace {}", parts.map(String::as_str).join("|"))
        }
    }
}
