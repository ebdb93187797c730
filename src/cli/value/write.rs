//! Values for the screen: what a view shows, in words and as JSON.

use fubako_proto::v1::field_value::Value as Kind;
use fubako_proto::v1::{
    AccessTrace, BankAccount, FieldValue, PaymentCard, PersonName, PostalAddress, UsageHistory, bank_account,
    payment_card,
};
use serde_json::{Value, json};

/// The value in one line.
pub(in crate::cli) fn words(value: &FieldValue) -> String {
    match &value.value {
        Some(Kind::Text(text) | Kind::Email(text) | Kind::Phone(text) | Kind::Date(text)) => text.value.clone(),
        Some(Kind::Name(name)) => name_words(name),
        Some(Kind::Address(address)) => address_words(address),
        Some(Kind::Card(card)) => card_words(card),
        Some(Kind::BankAccount(account)) => account_words(account),
        Some(Kind::Usage(usage)) => usage_words(usage),
        Some(Kind::AccessTrace(trace)) => trace_words(trace),
        // No view carries a password; should a vault ever send one, it is not shown.
        Some(Kind::Password(_)) | None => String::new(),
    }
}

/// The value in the shape `member collect` reads.
pub(in crate::cli) fn json(value: &FieldValue) -> Value {
    match &value.value {
        None | Some(Kind::Password(_)) => Value::Null,
        Some(Kind::Text(text) | Kind::Email(text) | Kind::Phone(text) | Kind::Date(text)) => json!(text.value),
        Some(Kind::Name(name)) => json!({
            "name": name.name, "family": name.family, "given": name.given,
            "family_kana": name.family_kana, "given_kana": name.given_kana,
        }),
        Some(Kind::Address(address)) => json!({
            "country": address.country, "postal_code": address.postal_code, "region": address.region,
            "locality": address.locality, "lines": address.lines, "addressee": address.addressee,
        }),
        Some(Kind::Card(card)) => card_json(card),
        Some(Kind::BankAccount(account)) => account_json(account),
        Some(Kind::Usage(usage)) => json!({
            "days": usage.days.iter().map(|day| json!({ "date": day.date, "what": day.what })).collect::<Vec<_>>(),
            "first_use": usage.first_use, "last_use": usage.last_use, "days_used": usage.days_used,
        }),
        Some(Kind::AccessTrace(trace)) => json!({
            "url": trace.url, "browser": trace.browser, "device": trace.device, "ip": trace.ip,
            "mail_signal": trace.mail_signal,
        }),
    }
}

fn name_words(name: &PersonName) -> String {
    let kana = joined(" ", [name.family_kana.as_str(), name.given_kana.as_str()]);
    if kana.is_empty() { name.name.clone() } else { format!("{} ({kana})", name.name) }
}

fn address_words(address: &PostalAddress) -> String {
    let place = [&address.postal_code, &address.region, &address.locality].map(String::as_str);
    let lines = address.lines.iter().map(String::as_str);
    let addressee = (!address.addressee.is_empty()).then(|| format!("c/o {}", address.addressee));
    joined(" ", place.into_iter().chain(lines).chain([address.country.as_str()]).chain(addressee.as_deref()))
}

fn card_words(card: &PaymentCard) -> String {
    let number = match &card.account {
        Some(payment_card::Account::Pan(pan)) => grouped(pan),
        Some(payment_card::Account::Token(token)) => format!("token {token}"),
        None => String::new(),
    };
    joined("  ", [number.as_str(), &expiry(card), card.holder.as_str()])
}

fn card_json(card: &PaymentCard) -> Value {
    let (part, number) = match &card.account {
        Some(payment_card::Account::Pan(pan)) => ("pan", pan.as_str()),
        Some(payment_card::Account::Token(token)) => ("token", token.as_str()),
        None => ("pan", ""),
    };
    json!({ part: number, "expiry": expiry(card), "holder": card.holder })
}

fn expiry(card: &PaymentCard) -> String {
    format!("{:04}-{:02}", card.expiry_year, card.expiry_month)
}

fn account_words(account: &BankAccount) -> String {
    match &account.account {
        Some(bank_account::Account::Japanese(account)) => {
            let place = format!("{}-{}", account.bank_code, account.branch_code);
            joined(" ", [place.as_str(), &account.account_type, &account.number, &account.holder_kana])
        }
        Some(bank_account::Account::Iban(account)) => joined(" ", [account.iban.as_str(), &account.holder]),
        None => String::new(),
    }
}

fn account_json(account: &BankAccount) -> Value {
    match &account.account {
        Some(bank_account::Account::Japanese(account)) => json!({
            "bank_code": account.bank_code, "branch_code": account.branch_code, "account_type": account.account_type,
            "number": account.number, "holder_kana": account.holder_kana,
        }),
        Some(bank_account::Account::Iban(account)) => json!({ "iban": account.iban, "holder": account.holder }),
        None => Value::Null,
    }
}

fn usage_words(usage: &UsageHistory) -> String {
    let newest = usage.days.first().map(|day| format!("last: {} on {}", day.what, day.date));
    let count = format!("{} days", usage.days_used);
    let since = (!usage.first_use.is_empty()).then(|| format!("since {}", usage.first_use));
    joined(", ", [Some(count), since, newest].into_iter().flatten())
}

fn trace_words(trace: &AccessTrace) -> String {
    let signal = (!trace.mail_signal.is_empty()).then(|| format!("mail {}", trace.mail_signal));
    let parts = [&trace.url, &trace.browser, &trace.device, &trace.ip].map(String::as_str);
    joined(", ", parts.into_iter().chain(signal.as_deref()))
}

/// The parts that are there, with something between them.
fn joined<T: AsRef<str>>(between: &str, parts: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for part in parts {
        if !part.as_ref().is_empty() {
            if !text.is_empty() {
                text.push_str(between);
            }
            text.push_str(part.as_ref());
        }
    }
    text
}

/// A card's number in groups of four.
fn grouped(pan: &str) -> String {
    let mut text = String::with_capacity(pan.len() + pan.len() / 4);
    for (place, digit) in pan.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let password = FieldValue::password("correct horse");
        assert_eq!(words(&password), "");
        assert_eq!(json(&password), Value::Null);
    }

    #[test]
    fn values_read_in_one_line() {
        let mut address = PostalAddress::default();
        address.country = "JP".to_owned();
        address.postal_code = "100-0001".to_owned();
        address.region = "Tokyo".to_owned();
        address.lines = vec!["1-2-3".to_owned()];
        assert_eq!(words(&address.into()), "100-0001 Tokyo 1-2-3 JP");
        let mut card = PaymentCard::default();
        card.account = Some(payment_card::Account::Pan("4242424242424242".to_owned()));
        card.expiry_year = 2031;
        card.expiry_month = 4;
        assert_eq!(words(&card.into()), "4242 4242 4242 4242  2031-04");
    }
}
