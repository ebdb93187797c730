//! Tests of the table: every error has a reason that is on record, with the code that is on record for it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::io;

use fubako_keys::{KeyName, Unopened};
use fubako_proto::Reason as Known;
use jiff::Timestamp;
use tonic_types::StatusExt;

use super::*;
use crate::model::basis::BasisKind;
use crate::model::caller::Role;
use crate::model::ids::{CallerName, EntryId, PolicyVersion, Revision};
use crate::record::sealed;
use crate::rpc::assertion;
use crate::store::StoreError;
use crate::vault::error::{Cause, Taken};

const REASONS: &str = include_str!("../../../proto/fubako/v1/error_reason.proto");

/// The code each reason has by the comment of its enum value.
fn codes_on_record() -> BTreeMap<&'static str, &'static str> {
    let mut codes = BTreeMap::new();
    let mut code = "";
    for line in REASONS.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("// ") {
            code = comment.split_once(':').map_or(code, |(code, _)| code);
        } else if let Some(value) = line.strip_prefix("ERROR_REASON_") {
            codes.insert(value.split_once(' ').unwrap().0, code);
        }
    }
    codes
}

/// A code as protobuf writes it.
fn written(code: Code) -> String {
    let camel = format!("{code:?}");
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_uppercase());
    }
    snake
}

fn of_this_module() -> Vec<Error> {
    let path = || "values[0].card.pan".to_owned();
    vec![
        Error::CallerUnauthenticated,
        assertion::Error::Expired.into(),
        Error::AssertionForeign,
        Error::invalid(path(), "is missing"),
        Error::Forbidden { path: path(), problem: "holds a card number".to_owned() },
        Error::FieldUnknown { path: path() },
        Error::PurposeUnknown { path: path() },
        Error::TooMany { path: "items", most: 1000 },
        Error::PageToken,
        Error::PageTokenOld,
        Error::PolicyNotFound(PolicyVersion(7)),
        Error::CallerNotFound(CallerName::parse("shop").unwrap()),
        Error::Password,
        Error::BrokenOff,
    ]
}

fn of_the_vault() -> Vec<VaultError> {
    vec![
        VaultError::RoleMissing { roles: vec![Role::Officer, Role::Auditor] },
        VaultError::CallerSuspended,
        VaultError::AssertionInvalid,
        VaultError::KindNotRecordable(BasisKind::Consent),
        VaultError::Invalid { argument: "email".to_owned(), problem: "is none".to_owned() },
        VaultError::FieldUnknown("77".to_owned()),
        VaultError::SignalRefused,
        VaultError::MemberNotFound,
        VaultError::BasisNotFound,
        VaultError::PartyNotFound,
        VaultError::AlreadyExists(Taken::MemberId),
        VaultError::RequestIdReused,
        VaultError::RevisionStale { current: Revision(3) },
        VaultError::NotFromThisState { from: "ended", to: "live" },
        VaultError::NotSuspended,
        VaultError::TooLarge(sealed::Error::TooLarge { bytes: 9000 }),
        VaultError::BudgetExceeded { retry_after: Duration::from_mins(7) },
        VaultError::CopyNotFound,
        VaultError::KeyInBackups { copies: 1, until: Timestamp::UNIX_EPOCH },
        VaultError::KeyDestroyed { classes: "`card`".to_owned() },
        VaultError::NotRotated { key: KeyName::Register },
        VaultError::ClassNotHeld { classes: "`card`".to_owned() },
        VaultError::KeyringScoped,
        VaultError::ErasurePending { due: Timestamp::UNIX_EPOCH },
        VaultError::NoErasurePending,
        VaultError::ErasureDue { due: Timestamp::UNIX_EPOCH },
        VaultError::ScopeOver,
        VaultError::BackupOverrun,
        VaultError::Overloaded,
        VaultError::LedgerUnavailable,
        VaultError::StoreUnavailable(StoreError::SyncFailed(io::Error::other("disk"))),
        VaultError::Internal { entry: None, cause: Cause::Unopened(Unopened) },
    ]
}

#[test]
fn every_error_has_the_reason_and_code_on_record() {
    let codes = codes_on_record();
    let told = of_this_module().into_iter().chain(of_the_vault().into_iter().map(Error::from));
    let pairs = told.map(|error| code_and_reason(&error)).chain(Reason::ALL.into_iter().map(of_policy));
    for (code, reason) in pairs {
        assert!(Known::KNOWN.contains(&Known::from_name(reason)), "{reason}");
        assert_eq!(codes.get(reason).copied(), Some(written(code).as_str()), "{reason}");
    }
}

#[test]
fn a_status_carries_one_reason_and_what_its_code_asks_for() {
    for error in of_this_module().into_iter().chain(of_the_vault().into_iter().map(Error::from)) {
        let shown = error.to_string();
        let status = Status::from(error);
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(info.domain, ERROR_DOMAIN, "{shown}");
        assert_eq!(details.has_bad_request_violations(), status.code() == Code::InvalidArgument, "{shown}");
        let may_repeat = matches!(status.code(), Code::Unavailable | Code::ResourceExhausted);
        assert_eq!(details.retry_info().is_some(), may_repeat, "{shown}");
        assert_eq!(info.metadata.contains_key("correlation_id"), status.code() == Code::Internal, "{shown}");
    }
}

#[test]
fn a_key_that_is_never_rotated_is_the_argument_that_does_not_do() {
    let status = Status::from(VaultError::NotRotated { key: KeyName::Register });
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    assert_eq!(violations.iter().map(|violation| violation.field.as_str()).collect::<Vec<_>>(), ["key"]);
}

#[test]
fn a_failure_inside_tells_only_what_leads_to_the_log() {
    let entry = EntryId::from_bytes([7; 16]);
    let cause = Cause::Unopened(Unopened);
    let status = Status::from(VaultError::Internal { entry: Some(entry), cause });
    assert_eq!(status.message(), "the vault failed; the correlation id leads to its log");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().metadata, HashMap::from([("correlation_id".into(), entry.to_string())]));
}

#[test]
fn a_violation_names_the_argument() {
    let status = Status::from(Error::missing("values[3].card.expiry_month"));
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    assert_eq!(violations.first().unwrap().field, "values[3].card.expiry_month");
}

#[test]
fn what_tonic_answers_by_itself_gets_a_reason() {
    let reason = |status: Status| {
        let named = Status::from_header_map(name_bare(status.into_http(), 512).headers()).unwrap();
        let reason = named.get_error_details().error_info().map(|info| info.reason.clone());
        (named.code(), reason.unwrap_or_default())
    };
    let malformed = reason(Status::internal("failed to decode Protobuf message"));
    assert_eq!(malformed, (Code::InvalidArgument, "VALUE_INVALID".to_owned()));
    let oversized = reason(Status::out_of_range("decoded message length too large"));
    assert_eq!(oversized, (Code::InvalidArgument, "TOO_LARGE".to_owned()));
    assert_eq!(reason(Status::unimplemented("")), (Code::Unimplemented, String::new()));
    assert_eq!(reason(Error::BrokenOff.into()), (Code::Internal, "INTERNAL".to_owned()));
}
