//! Does the interface keep its own rules: every call documented, every reason known, every value silent and wiped?
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;

use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::payment_card;
use fubako_proto::v1::{FieldValue, SlotValue, Text, bank_account};
use fubako_proto::{FILE_DESCRIPTOR_SET, Reason, v1};
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind};
use zeroize::{Zeroize, ZeroizeOnDrop};

const CANARY: &str = "canary-4242";

fn pool() -> DescriptorPool {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap()
}

/// The comment over each call, with the call's full name.
fn calls() -> Vec<(String, String)> {
    let pool = pool();
    let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    methods
        .map(|method| {
            let file = method.parent_pool().get_file_by_name(method.parent_service().parent_file().name()).unwrap();
            let locations = &file.file_descriptor_proto().source_code_info.as_ref().unwrap().location;
            let location = locations.iter().find(|location| location.path == method.path()).unwrap();
            (method.full_name().to_owned(), location.leading_comments().to_owned())
        })
        .collect()
}

/// The names of `error_reason.proto`, without their prefix and without the unspecified one.
fn documented_reasons() -> BTreeSet<String> {
    let reasons = pool().get_enum_by_name("fubako.v1.ErrorReason").unwrap();
    let names = reasons.values().filter(|value| value.number() != 0).map(|value| value.name().to_owned());
    names.map(|name| name.strip_prefix("ERROR_REASON_").unwrap().to_owned()).collect()
}

#[test]
fn every_service_is_described() {
    let names: BTreeSet<_> = pool().services().map(|service| service.full_name().to_owned()).collect();
    let expected = ["Backup", "Basis", "Disclosure", "Key", "Ledger", "Member", "Operator", "Party", "Policy", "Seal"];
    assert_eq!(names, expected.map(|name| format!("fubako.v1.{name}Service")).into());
}

#[test]
fn every_call_says_who_may_make_it_what_is_written_and_how_it_fails() {
    let calls = calls();
    assert_eq!(calls.len(), 59);
    for (name, comment) in calls {
        for part in ["Callers: ", "Ledger: ", "Fails with: "] {
            assert!(comment.contains(part), "{name} lacks `{part}`");
        }
    }
}

#[test]
fn every_reason_a_call_names_is_documented() {
    let documented = documented_reasons();
    for (name, comment) in calls() {
        let is_reason =
            |word: &&str| word.len() > 7 && word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
        let words = comment.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        let unknown: Vec<_> = words.filter(is_reason).filter(|word| !documented.contains(*word)).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
    }
}

#[test]
fn every_documented_reason_is_one_of_the_type() {
    let known: BTreeSet<_> = Reason::KNOWN.iter().map(|reason| reason.name().to_owned()).collect();
    assert_eq!(known, documented_reasons());
}

#[test]
fn a_reason_is_found_again_by_its_name() {
    for reason in Reason::KNOWN {
        assert_eq!(&Reason::from_name(reason.name()), reason);
    }
    assert_eq!(Reason::from_name("NEW").name(), "NEW");
}

#[test]
fn every_change_carries_a_request_id_and_every_list_a_page() {
    for method in pool().services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let (name, input, output) = (method.name(), method.input(), method.output());
        let has = |field: &str| input.get_field_by_name(field).is_some();
        let asks = ["Disclose", "BatchDisclose", "Explain", "Verify", "ReviewMember", "FindMember"];
        let reads = ["Get", "Watch", "List", "Tail", "Trace", "Prove", "Read", "Export", "VerifyLedger", "VerifyVault"];
        // A sealed vault cannot remember requests; a share that is brought twice is told, and sealing twice is sealing.
        let seals = ["Unseal", "Seal"];
        let is_read = [&asks[..], &seals].concat().contains(&name) || reads.iter().any(|verb| name.starts_with(verb));
        assert_eq!(has("request_id"), !is_read, "{name}");
        assert_eq!(has("page_size") && has("page_token"), name.starts_with("List"), "{name}");
        assert_eq!(output.get_field_by_name("next_page_token").is_some(), name.starts_with("List"), "{name}");
    }
}

fn is_redacted(field: &FieldDescriptor) -> bool {
    let options = field.options();
    options.get_field_by_name("debug_redact").is_some_and(|redact| redact.as_bool() == Some(true))
}

#[test]
fn every_scalar_of_a_value_is_marked_as_personal_data() {
    let wrappers = ["SlotValue", "SlotName", "FormValue"];
    let pool = pool();
    let messages = pool.all_messages().filter(|message| message.parent_file().name().ends_with("values.proto"));
    for message in messages.filter(|message| !wrappers.contains(&message.name())) {
        for field in message.fields().filter(|field| !matches!(field.kind(), Kind::Message(_))) {
            assert!(is_redacted(&field), "{}", field.full_name());
        }
    }
}

#[test]
fn what_opens_a_vault_is_silent() {
    for key in
        [v1::unseal_request::Key::Share(CANARY.to_owned()), v1::unseal_request::Key::Passphrase(CANARY.to_owned())]
    {
        let shown = format!("{key:?} {:?}", v1::UnsealRequest { key: Some(key.clone()) });
        assert!(!shown.contains(CANARY), "{shown}");
    }
}

#[test]
fn what_seals_a_scoped_keyring_is_silent() {
    let request = v1::ExportScopeRequest { passphrase: CANARY.to_owned(), ..Default::default() };
    assert!(!format!("{request:?}").contains(CANARY));
}

#[test]
fn instants_are_timestamps_and_nothing_else_is() {
    for field in pool().all_messages().flat_map(|message| message.fields().collect::<Vec<_>>()) {
        if field.parent_message().package_name() == "fubako.v1" {
            let is_instant =
                matches!(field.kind(), Kind::Message(kind) if kind.full_name() == "google.protobuf.Timestamp");
            assert_eq!(field.name().ends_with("_time"), is_instant, "{}", field.full_name());
            assert!(!field.is_map(), "{}", field.full_name());
        }
    }
}

/// A canary in every field there is.
fn values() -> Vec<Value> {
    let canary = || CANARY.to_owned();
    let text = || Text::new(CANARY);
    let name = v1::PersonName {
        name: canary(),
        family: canary(),
        given: canary(),
        family_kana: canary(),
        given_kana: canary(),
    };
    let address = v1::PostalAddress {
        country: canary(),
        postal_code: canary(),
        region: canary(),
        locality: canary(),
        lines: vec![canary()],
        addressee: canary(),
    };
    let card = |account| v1::PaymentCard {
        account: Some(account),
        expiry_month: 4242,
        expiry_year: 4242,
        holder: canary(),
        cvv: canary(),
    };
    let account = |account| Value::BankAccount(v1::BankAccount { account: Some(account) });
    let japanese = v1::JapaneseAccount {
        bank_code: canary(),
        branch_code: canary(),
        account_type: canary(),
        number: canary(),
        holder_kana: canary(),
    };
    let day = v1::UsageDay { date: canary(), what: canary() };
    let usage = v1::UsageHistory { days: vec![day], first_use: canary(), last_use: canary(), days_used: 4242 };
    let trace =
        v1::AccessTrace { url: canary(), browser: canary(), device: canary(), ip: canary(), mail_signal: canary() };
    vec![
        Value::Text(text()),
        Value::Name(name),
        Value::Password(text()),
        Value::Address(address),
        Value::Email(text()),
        Value::Phone(text()),
        Value::Date(text()),
        Value::Card(card(payment_card::Account::Pan(canary()))),
        Value::Card(card(payment_card::Account::Token(canary()))),
        account(bank_account::Account::Japanese(japanese)),
        account(bank_account::Account::Iban(v1::Iban { iban: canary(), holder: canary() })),
        Value::Usage(usage),
        Value::AccessTrace(trace),
    ]
}

fn assert_silent(value: &impl Debug) {
    for printed in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!printed.contains("4242"), "{printed}");
        assert!(printed.len() < 40, "{printed}");
    }
}

#[test]
fn debug_of_a_value_prints_its_type_and_nothing_else() {
    for value in values() {
        assert_silent(&value);
        match &value {
            Value::Text(leaf) | Value::Password(leaf) | Value::Email(leaf) | Value::Phone(leaf) | Value::Date(leaf) => {
                assert_eq!(format!("{leaf:?}"), "Text");
            }
            Value::Name(leaf) => assert_silent(leaf),
            Value::Address(leaf) => assert_silent(leaf),
            Value::Card(leaf) => assert_silent(leaf),
            Value::BankAccount(leaf) => assert_silent(leaf),
            Value::Usage(leaf) => assert_silent(leaf),
            Value::AccessTrace(leaf) => assert_silent(leaf),
        }
        assert_eq!(format!("{:?}", FieldValue::from(value)), "FieldValue");
    }
}

#[test]
fn debug_of_what_carries_values_prints_no_value() {
    let slot_value = || SlotValue::new("phone", FieldValue::phone(CANARY), "website");
    let collect = v1::CollectMemberRequest {
        external_reference: Some(Text::new(CANARY)),
        values: vec![slot_value()],
        ..Default::default()
    };
    assert_eq!(format!("{collect:?}"), "CollectMemberRequest");
    assert_eq!(format!("{:?}", tonic::Request::new(slot_value()).into_inner()), "SlotValue");

    let form = v1::FormValue { form: "full".to_owned(), value: Some(FieldValue::phone(CANARY)) };
    let view =
        v1::View { fields: vec![v1::ViewField { values: vec![form], ..Default::default() }], ..Default::default() };
    assert_eq!(format!("{:?}", v1::DiscloseResponse { view: Some(view.clone()), receipt: None }), "DiscloseResponse");
    let outcome = v1::batch_disclose_response::Outcome::Disclosure(v1::Disclosure { view: Some(view), receipt: None });
    assert_eq!(format!("{outcome:?}"), "BatchDiscloseResponse::Outcome");

    let key = v1::find_member_request::Key::Email(Text::new(CANARY));
    assert_silent(&v1::FindMemberRequest { purpose: "member-search".to_owned(), key: Some(key) });
    let claim = v1::VerifyClaim { value: Some(FieldValue::password(CANARY)), ..Default::default() };
    assert_silent(&v1::VerifyRequest { claims: vec![claim], ..Default::default() });
}

#[test]
fn debug_of_what_carries_no_personal_data_is_useful() {
    let printed = format!("{:?}", v1::Receipt { index: 7, ..Default::default() });
    assert!(printed.contains("index: 7"), "{printed}");
}

#[test]
fn every_value_is_wiped_when_dropped() {
    fn is_wiped<T: Zeroize + ZeroizeOnDrop>() {}
    is_wiped::<Text>();
    is_wiped::<v1::PersonName>();
    is_wiped::<v1::PostalAddress>();
    is_wiped::<v1::PaymentCard>();
    is_wiped::<payment_card::Account>();
    is_wiped::<v1::JapaneseAccount>();
    is_wiped::<v1::Iban>();
    is_wiped::<v1::UsageHistory>();
    is_wiped::<v1::UsageDay>();
    is_wiped::<v1::AccessTrace>();
}

#[test]
fn every_message_file_is_compiled() {
    let compiled: BTreeSet<_> = pool().files().map(|file| file.name().to_owned()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fubako/v1");
    for entry in folder.read_dir().unwrap() {
        let name = format!("fubako/v1/{}", entry.unwrap().file_name().to_str().unwrap());
        assert!(compiled.contains(&name), "{name}");
    }
}
