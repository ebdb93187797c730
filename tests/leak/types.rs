//! Do the types that hold values, keys or secrets print their names and nothing else?

use fubako::field::credential::{Credential, Password};
use fubako::field::email::Email;
use fubako::field::value::{Shown, Value};
use fubako::model::ids::PolicyVersion;
use fubako::model::source::Source;
use fubako::record::collected::Collected;
use fubako::record::compare::{Claim, Claimed};
use fubako::vault::collect::{NewMember, NewValue};
use fubako::vault::find::Clue;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::canaries::{ALL, EMAIL, PASSWORD, REFERENCE};
use crate::search::Search;

fn email() -> Value {
    Value::Email(Email::parse(EMAIL).unwrap())
}

fn new_value() -> NewValue {
    let collected =
        Collected { value: email(), source: Source::Website, time: Timestamp::UNIX_EPOCH, policy: PolicyVersion(1) };
    NewValue { field: fubako::model::ids::FieldId(6), slot: fubako::model::ids::Slot(0), collected }
}

#[test]
fn what_holds_a_value_prints_none_of_it() {
    let claim = Claim {
        field: fubako::model::ids::FieldId(6),
        slot: fubako::model::ids::Slot(0),
        claimed: Claimed::Value(email()),
    };
    let text = Claimed::Text(fubako::model::form::Form::Last4, Zeroizing::new(EMAIL.to_owned()));
    let password = Claimed::Password(Password::parse(PASSWORD).unwrap());
    let verifier = Credential::from_verifier(&format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA${REFERENCE}"));
    let member =
        NewMember { member: None, reference: Some(Zeroizing::new(REFERENCE.to_owned())), values: vec![new_value()] };
    let printed = [
        format!("{:?} {:#?}", email(), email()),
        format!("{:?}", Shown::Value(email())),
        format!("{:?}", Shown::Text(Zeroizing::new(EMAIL.to_owned()))),
        format!("{:?} {:#?}", new_value(), new_value()),
        format!("{claim:?} {text:?} {password:?} {:?}", verifier.is_ok()),
        format!("{member:?} {member:#?}"),
        format!("{:?}", Clue::Email(Zeroizing::new(EMAIL.as_bytes().to_vec()))),
        format!("{:?}", Clue::Reference(Zeroizing::new(REFERENCE.as_bytes().to_vec()))),
    ];
    let search = Search::new(ALL);
    // Bytes are printed as a list of numbers.
    let numbers = format!("{:?}", EMAIL.as_bytes());
    for text in printed {
        assert_eq!(search.first_in(text.as_bytes()), None, "{text}");
        assert!(!text.contains(numbers.trim_matches(['[', ']'])), "{text}");
    }
}
