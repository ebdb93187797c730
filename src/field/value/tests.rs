//! Tests over all kinds: every value reads back, no bytes panic, no `Debug` says anything, every form is the right one.
#![expect(clippy::unwrap_used, reason = "tests")]

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::field::access_trace::TraceParts;
use crate::field::bank_account::JapaneseParts;
use crate::field::codec::Encoded;
use crate::field::payment_card::{CardAccount, CardAccountPart, CardParts};
use crate::field::person_name::NameParts;
use crate::field::postal_address::AddressParts;
use crate::field::private_text::PrivateText;

const VERIFIER: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";

fn one_of_each_kind() -> Vec<Value> {
    let name = NameParts { whole: "Hanako Yamada", ..NameParts::default() };
    let address = AddressParts {
        country: "JP",
        postal_code: "150-0002",
        region: "Tokyo",
        locality: "Shibuya-ku",
        lines: &["1-2-3 Shibuya"],
        addressee: "",
    };
    let pan = CardAccountPart::Pan("4242424242424242");
    let card = CardParts { account: pan, expiry_month: 12, expiry_year: 2031, holder: "HANAKO YAMADA", cvv: "" };
    let account = JapaneseParts {
        bank_code: "0001",
        branch_code: "123",
        account_type: "ordinary",
        number: "1234567",
        holder_kana: "ヤマダ ハナコ",
    };
    let seven = |bytes: &mut [u8; 32]| {
        bytes.fill(7);
        Ok::<_, ()>(())
    };
    let trace = TraceParts { url: "https://example.com/items/7", ip: "203.0.113.77", ..TraceParts::default() };
    vec![
        Value::Text(Text::parse("hanako").unwrap()),
        Value::Name(PersonName::parse(name).unwrap()),
        Value::Credential(Credential::from_verifier(VERIFIER).unwrap()),
        Value::Address(PostalAddress::parse(address).unwrap()),
        Value::Email(Email::parse("hanako@example.com").unwrap()),
        Value::Phone(Phone::parse("+81 90-1234-5678").unwrap()),
        Value::Date(Date::parse("1990-04-23").unwrap()),
        Value::Card(PaymentCard::parse(card).unwrap()),
        Value::BankAccount(BankAccount::parse_japanese(account).unwrap()),
        Value::Usage(UsageHistory::parse(&[("2026-06-01", "lamp")], "2026-06-01", "2026-06-01", 1).unwrap()),
        Value::Trace(AccessTrace::parse(trace).unwrap()),
        Value::PseudonymSecret(PseudonymSecret::born(seven).unwrap()),
    ]
}

fn presentation() -> Presentation {
    let time_zone = TimeZone::fixed(jiff::tz::offset(9));
    Presentation { time_zone, adult_age: 18, age_bands: vec![0, 20, 30, 40, 50, 60] }
}

fn show(value: &Value, form: Form) -> Result<Shown, NoSuchForm> {
    value.show(form, &presentation(), "2026-06-15T00:00:00Z".parse().unwrap())
}

#[test]
fn there_is_a_value_of_every_kind() {
    let kinds: Vec<Kind> = one_of_each_kind().iter().map(Value::kind).collect();
    assert_eq!(kinds, Kind::ALL);
}

#[test]
fn every_value_reads_back_from_its_own_kind() {
    for value in one_of_each_kind() {
        let bytes = value.encode();
        assert!(bytes.len() <= value.kind().max_bytes());
        assert_eq!(*Value::decode(value.kind(), &bytes).unwrap().encode(), *bytes, "{}", value.kind());
    }
}

#[test]
fn bytes_left_over_or_missing_are_refused() {
    for value in one_of_each_kind() {
        // Bytes that are one text have no end of their own: the record says where they end.
        if matches!(value, Value::Text(_) | Value::Credential(_) | Value::Email(_) | Value::Phone(_)) {
            continue;
        }
        let bytes = value.encode();
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Value::decode(value.kind(), &longer).err(), Some(Malformed), "{}", value.kind());
        for length in 0..bytes.len() {
            let cut = Value::decode(value.kind(), bytes.get(..length).unwrap());
            assert_eq!(cut.err(), Some(Malformed), "{} {length}", value.kind());
        }
    }
}

#[test]
fn bytes_beyond_the_cap_are_refused() {
    for kind in Kind::ALL {
        assert_eq!(Value::decode(kind, &vec![b'a'; kind.max_bytes() + 1]).err(), Some(Malformed), "{kind}");
    }
}

#[test]
fn debug_prints_the_name_of_the_type_and_nothing_else() {
    for value in one_of_each_kind() {
        assert_eq!(format!("{value:?}"), "Value");
        let (inner, name) = match &value {
            Value::Text(inner) => (format!("{inner:#?}"), "Text"),
            Value::Name(inner) => (format!("{inner:#?} {:?}", inner.whole()), "PersonName PrivateText"),
            Value::Credential(inner) => (format!("{inner:#?}"), "Credential"),
            Value::Address(inner) => (format!("{inner:#?}"), "PostalAddress"),
            Value::Email(inner) => (format!("{inner:#?}"), "Email"),
            Value::Phone(inner) => (format!("{inner:#?}"), "Phone"),
            Value::Date(inner) => (format!("{inner:#?}"), "Date"),
            Value::Card(inner) => (format!("{inner:#?} {:?}", inner.account()), "PaymentCard CardAccount"),
            Value::BankAccount(inner) => (format!("{inner:#?}"), "BankAccount"),
            Value::Usage(inner) => (format!("{inner:#?} {:?}", inner.newest()), "UsageHistory [UsageDay]"),
            Value::Trace(inner) => (format!("{inner:#?}"), "AccessTrace"),
            Value::PseudonymSecret(inner) => (format!("{inner:#?}"), "PseudonymSecret"),
        };
        assert_eq!(inner, name);
        if let Ok(shown) = show(&value, Form::Full) {
            assert_eq!(format!("{shown:?}"), "Shown");
        }
    }
    assert_eq!(format!("{:?}", Shown::Text(Zeroizing::new("4242".to_owned()))), "Shown");
    assert_eq!(format!("{:?}", NameParts { whole: "Hanako", ..NameParts::default() }), "NameParts");
    assert_eq!(format!("{:?}", CardAccountPart::Pan("4242424242424242")), "CardAccountPart");
}

#[test]
fn every_form_of_every_kind_is_shown_and_no_other() {
    let texts = [
        (Kind::Text, Form::Masked, "h***"),
        (Kind::PersonName, Form::Initials, "H. Y."),
        (Kind::PostalAddress, Form::Locality, "Tokyo, Shibuya-ku"),
        (Kind::PostalAddress, Form::Region, "Tokyo"),
        (Kind::PostalAddress, Form::PostalPrefix, "150"),
        (Kind::Email, Form::Masked, "h***@example.com"),
        (Kind::Email, Form::Domain, "example.com"),
        (Kind::Phone, Form::Last4, "5678"),
        (Kind::Phone, Form::Country, "JP"),
        (Kind::Date, Form::Year, "1990"),
        (Kind::Date, Form::AgeBand, "30-39"),
        (Kind::Date, Form::Adult, "true"),
        (Kind::PaymentCard, Form::Last4, "4242"),
        (Kind::PaymentCard, Form::Truncated, "424242******4242"),
        (Kind::PaymentCard, Form::Brand, "visa"),
        (Kind::PaymentCard, Form::Expiry, "2031-12"),
        (Kind::BankAccount, Form::BankOnly, "0001"),
        (Kind::BankAccount, Form::Last3, "567"),
        (Kind::UsageHistory, Form::FrequencyBand, "monthly"),
        (Kind::AccessTrace, Form::Coarse, "example.com/items; 203.0.113.0/24"),
    ];
    for value in one_of_each_kind() {
        let kind = value.kind();
        for form in Form::ALL {
            let expected =
                texts.iter().find(|(of, in_form, _)| (*of, *in_form) == (kind, form)).map(|(.., text)| *text);
            match show(&value, form) {
                Ok(Shown::Text(text)) => assert_eq!(Some(text.as_str()), expected.or(Some("")), "{kind} {form}"),
                Ok(Shown::Value(whole)) => {
                    assert_eq!(form, Form::Full);
                    assert_eq!(*whole.encode(), *value.encode(), "{kind}");
                }
                Err(NoSuchForm::NotOfKind { .. }) => assert!(!kind.forms().contains(form), "{kind} {form}"),
                Err(NoSuchForm::Unavailable { .. }) => assert_eq!((kind, form), (Kind::Pseudonym, Form::Full)),
            }
        }
    }
}

#[test]
fn neither_a_verifier_nor_the_secret_of_a_pseudonym_is_shown() {
    for value in one_of_each_kind() {
        let refused = show(&value, Form::Full).is_err();
        assert_eq!(refused, matches!(value, Value::Credential(_) | Value::PseudonymSecret(_)), "{}", value.kind());
    }
}

#[test]
fn only_what_is_findable_has_a_normal_form() {
    for value in one_of_each_kind() {
        assert_eq!(value.normal_form().is_some(), value.kind().is_findable(), "{}", value.kind());
    }
}

proptest! {
    #[test]
    fn any_bytes_decode_or_fail_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..700), kind in kinds()) {
        if let Ok(value) = Value::decode(kind, &bytes) {
            prop_assert_eq!(&**value.encode(), &bytes[..], "one value has one encoding");
            show_everything(&value);
        }
    }

    #[test]
    fn a_changed_byte_decodes_to_what_was_changed_or_fails(
        (which, place, byte) in (0..Kind::ALL.len(), any::<prop::sample::Index>(), any::<u8>()),
    ) {
        let value = one_of_each_kind().swap_remove(which);
        let mut bytes = value.encode().to_vec();
        let place = place.index(bytes.len());
        *bytes.get_mut(place).unwrap() = byte;
        if let Ok(changed) = Value::decode(value.kind(), &bytes) {
            prop_assert_eq!(&**changed.encode(), &bytes[..]);
            show_everything(&changed);
        }
    }

    #[test]
    fn names_read_back(whole in "\\PC{1,60}", family in "\\PC{0,20}", given_kana in "[ァ-ヶー]{0,20}") {
        let parts = NameParts { whole: &whole, family: &family, given_kana: &given_kana, ..NameParts::default() };
        if let Ok(name) = PersonName::parse(parts) {
            let read: PersonName = read_back(&name);
            prop_assert_eq!(read.whole().expose(), whole);
            prop_assert_eq!(read.family().map_or("", PrivateText::expose), family);
            prop_assert_eq!(read.given_kana().map_or("", PrivateText::expose), given_kana);
            prop_assert!(read.given().is_none() && read.family_kana().is_none());
        }
    }

    #[test]
    fn addresses_read_back(
        region in "\\PC{0,20}",
        lines in prop::collection::vec("\\PC{1,40}", 1..=4),
        addressee in "\\PC{0,20}",
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let named = AddressParts { region: &region, addressee: &addressee, ..AddressParts::default() };
        let parts = AddressParts { country: "DE", lines: &lines, ..named };
        if let Ok(address) = PostalAddress::parse(parts) {
            let read: PostalAddress = read_back(&address);
            prop_assert_eq!(read.country().expose(), "DE");
            prop_assert_eq!(read.region().map_or("", PrivateText::expose), region);
            prop_assert_eq!(read.lines().iter().map(PrivateText::expose).collect::<Vec<_>>(), lines);
            prop_assert_eq!(read.addressee().map_or("", PrivateText::expose), addressee);
            prop_assert!(read.postal_code().is_none() && read.locality().is_none());
        }
    }

    #[test]
    fn cards_read_back(token in "[!-~]{1,128}", month in 1_u32..=12, year in 2000_u32..=2099, holder in "\\PC{0,40}") {
        let account = CardAccountPart::Token(&token);
        let parts = CardParts { account, expiry_month: month, expiry_year: year, holder: &holder, cvv: "" };
        if let Ok(card) = PaymentCard::parse(parts) {
            let read: PaymentCard = read_back(&card);
            prop_assert!(matches!(read.account(), CardAccount::Token(read) if read.expose() == token));
            prop_assert_eq!((u32::from(read.expiry_month()), u32::from(read.expiry_year())), (month, year));
            prop_assert_eq!(read.holder().map_or("", PrivateText::expose), holder);
        }
    }

    #[test]
    fn histories_read_back(days in prop::collection::btree_set(1_u8..=28, 1..=20), what in "\\PC{1,20}") {
        let dates: Vec<String> = days.iter().rev().map(|day| format!("2026-02-{day:02}")).collect();
        let listed: Vec<(&str, &str)> = dates.iter().map(|date| (date.as_str(), what.as_str())).collect();
        let (first, last) = (dates.last().unwrap(), dates.first().unwrap());
        let used = u32::try_from(days.len()).unwrap();
        if let Ok(history) = UsageHistory::parse(&listed, first, last, used) {
            let read: UsageHistory = read_back(&history);
            let read_dates: Vec<_> = read.newest().iter().map(|day| day.date().expose().to_string()).collect();
            prop_assert_eq!(read_dates, dates);
            prop_assert!(read.newest().iter().all(|day| day.what().expose() == what));
            prop_assert_eq!(read.days_used(), used);
        }
    }

    #[test]
    fn traces_read_back(browser in "\\PC{0,60}", mail_signal in "\\PC{0,40}", ip in any::<std::net::IpAddr>()) {
        let ip = ip.to_canonical().to_string();
        let parts = TraceParts { browser: &browser, mail_signal: &mail_signal, ip: &ip, ..TraceParts::default() };
        if let Ok(trace) = AccessTrace::parse(parts) {
            let read: AccessTrace = read_back(&trace);
            prop_assert_eq!(read.browser().map_or("", PrivateText::expose), browser);
            prop_assert_eq!(read.mail_signal().map_or("", PrivateText::expose), mail_signal);
            prop_assert_eq!(read.expose_ip().unwrap().to_string(), ip);
        }
    }

    #[test]
    fn dates_read_back(year in 1_i16..=9999, month in 1_i8..=12, day in 1_i8..=31) {
        let text = format!("{year:04}-{month:02}-{day:02}");
        match Date::parse(&text) {
            Ok(date) => prop_assert_eq!(&*read_back(&date).expose(), &text),
            Err(_) => prop_assert!(day > 28),
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,80}|[0-9+ @.:/\\-]{0,40}") {
        let _ = (Text::parse(&text), Email::parse(&text), Phone::parse(&text), Date::parse(&text));
        let trace = TraceParts { url: &text, ip: &text, ..TraceParts::default() };
        let _ = (BankAccount::parse_iban(&text, &text), AccessTrace::parse(trace));
        let account = CardAccountPart::Pan(&text);
        let card = CardParts { account, expiry_month: 1, expiry_year: 2030, holder: &text, cvv: "" };
        let address = AddressParts { country: "JP", postal_code: &text, lines: &["x"], ..AddressParts::default() };
        let _ = (PaymentCard::parse(card), PostalAddress::parse(address));
    }
}

fn read_back<T: Encoded>(value: &T) -> T {
    codec::decode(&codec::encode(value)).unwrap()
}

fn show_everything(value: &Value) {
    for form in value.kind().forms().iter() {
        let _ = show(value, form);
    }
    let _ = value.normal_form();
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop::sample::select(&Kind::ALL[..])
}
