//! The one table from what went wrong to what gRPC says of it: a code, a reason, and what helps to go on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fubako_proto::{ERROR_DOMAIN, v1};
use tonic::body::Body;
use tonic::codegen::http::Response;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::ledger::accounted::Receipt;
use crate::model::causes::with_causes;
use crate::policy::reason::Reason;
use crate::policy::refusal::Refusal;
use crate::rpc::convert::receipt;
use crate::rpc::error::Error;
use crate::vault::error::Error as VaultError;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let told = Told::of(&error);
        let mut details = ErrorDetails::with_error_info(told.reason, ERROR_DOMAIN, told.metadata(&error));
        if told.code == Code::InvalidArgument {
            let argument = error.argument().unwrap_or_default();
            let stated = format!("`{argument}`: ");
            let problem = told.message.strip_prefix(&stated).unwrap_or(&told.message);
            details.add_bad_request_violation(argument, problem);
        }
        if let Some(wait) = wait(&error) {
            details.set_retry_info(Some(wait));
        }
        Self::with_error_details(told.code, told.message, details)
    }
}

impl From<VaultError> for Status {
    fn from(error: VaultError) -> Self {
        Error::from(error).into()
    }
}

/// What a batch says of an item that came to nothing.
pub(super) fn refusal(error: &Error) -> v1::Refusal {
    let Told { reason, message, .. } = Told::of(error);
    let reason = reason.to_owned();
    match refused(error) {
        Some((refusal, entry)) => {
            let check = refusal.check().name().to_owned();
            v1::Refusal { reason, check, rule: refusal.to_string(), receipt: entry.map(receipt::of) }
        }
        None => v1::Refusal { reason, check: String::new(), rule: message, receipt: None },
    }
}

/// Gives a failure that tonic answers by itself its reason: what it could not decode, and what was too long to try.
///
/// Whatever comes from here carries details; a bare status is tonic's own.
pub(super) fn name_bare(response: Response<Body>, longest: usize) -> Response<Body> {
    let Some(status) = Status::from_header_map(response.headers()).filter(|status| status.details().is_empty()) else {
        return response;
    };
    let (reason, problem) = if status.code() == Code::OutOfRange {
        ("TOO_LARGE", format!("the request is longer than the {longest} bytes the server takes"))
    } else if status.code() == Code::Internal {
        ("VALUE_INVALID", "the request is not a well-formed message of its kind".to_owned())
    } else {
        return response;
    };
    let mut details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, HashMap::new());
    details.add_bad_request_violation("", problem.as_str());
    Status::with_error_details(Code::InvalidArgument, problem, details).into_http()
}

/// The stable reason of an error.
pub(super) fn reason(error: &Error) -> &'static str {
    code_and_reason(error).1
}

/// What a caller is told of an error.
struct Told {
    code: Code,
    reason: &'static str,
    message: String,
    correlation: Option<String>,
}

impl Told {
    fn of(error: &Error) -> Self {
        let (code, reason) = code_and_reason(error);
        if code != Code::Internal {
            return Self { code, reason, message: error.to_string(), correlation: None };
        }
        let correlation = correlation(error);
        // The causes go into the log, and nowhere else.
        tracing::error!(correlation_id = %correlation, causes = %with_causes(error), "a call failed");
        let message = "the vault failed; the correlation id leads to its log".to_owned();
        Self { code, reason, message, correlation: Some(correlation) }
    }

    fn metadata(&self, error: &Error) -> HashMap<String, String> {
        let mut metadata = HashMap::new();
        let mut tell = |key: &str, value: String| drop(metadata.insert(key.to_owned(), value));
        if let Some((refusal, entry)) = refused(error) {
            tell("check", refusal.check().name().to_owned());
            tell("rule", refusal.to_string());
            if let Some(entry) = entry {
                tell("entry_id", entry.entry().to_string());
                tell("entry_index", entry.index().to_string());
            }
        }
        if let Error::Vault(VaultError::FieldUnknown(field)) = error {
            tell("field", field.clone());
        }
        if let Error::Vault(VaultError::AlreadyExists(taken)) = error {
            tell("taken", taken.name().to_owned());
        }
        if let Some(correlation) = &self.correlation {
            tell("correlation_id", correlation.clone());
        }
        metadata
    }
}

fn code_and_reason(error: &Error) -> (Code, &'static str) {
    match error {
        Error::CallerUnauthenticated => (Code::Unauthenticated, "CALLER_UNAUTHENTICATED"),
        Error::AssertionInvalid(_) | Error::AssertionForeign => (Code::PermissionDenied, "ASSERTION_INVALID"),
        Error::Invalid { .. } => (Code::InvalidArgument, "VALUE_INVALID"),
        Error::Forbidden { .. } => (Code::InvalidArgument, "FORBIDDEN_VALUE"),
        Error::FieldUnknown { .. } => (Code::InvalidArgument, "FIELD_UNKNOWN"),
        Error::PurposeUnknown { .. } => (Code::PermissionDenied, "PURPOSE_NOT_RECOGNISED"),
        Error::TooMany { .. } => (Code::InvalidArgument, "TOO_LARGE"),
        Error::PageToken | Error::PageTokenOld => (Code::InvalidArgument, "PAGE_TOKEN_INVALID"),
        Error::PolicyNotFound(_) => (Code::NotFound, "POLICY_NOT_FOUND"),
        Error::CallerNotFound(_) => (Code::NotFound, "CALLER_NOT_FOUND"),
        Error::Sealed => (Code::Unavailable, "VAULT_SEALED"),
        Error::NotSealed => (Code::FailedPrecondition, "STATE_CONFLICT"),
        Error::Password | Error::BrokenOff | Error::NotOpened(_) => (Code::Internal, "INTERNAL"),
        Error::Vault(error) => of_vault(error),
    }
}

fn of_vault(error: &VaultError) -> (Code, &'static str) {
    match error {
        VaultError::Refused { refusal, .. } => of_policy(refusal.reason()),
        VaultError::RoleMissing { .. } | VaultError::KindNotRecordable(_) => (Code::PermissionDenied, "ROLE_MISSING"),
        VaultError::CallerSuspended => (Code::PermissionDenied, "CALLER_SUSPENDED"),
        VaultError::AssertionInvalid => (Code::PermissionDenied, "ASSERTION_INVALID"),
        VaultError::Invalid { .. } | VaultError::NotRotated { .. } => (Code::InvalidArgument, "VALUE_INVALID"),
        VaultError::FieldUnknown(_) => (Code::InvalidArgument, "FIELD_UNKNOWN"),
        VaultError::SignalRefused => (Code::PermissionDenied, "PREFERENCE_REFUSES"),
        VaultError::MemberNotFound => (Code::NotFound, "MEMBER_NOT_FOUND"),
        VaultError::NothingRetained => (Code::NotFound, "NOTHING_RETAINED"),
        VaultError::RetainedUnreadable => (Code::FailedPrecondition, "RETAINED_UNREADABLE"),
        VaultError::BasisNotFound => (Code::NotFound, "BASIS_NOT_FOUND"),
        VaultError::PartyNotFound => (Code::NotFound, "PARTY_NOT_FOUND"),
        VaultError::EntryNotFound => (Code::NotFound, "ENTRY_NOT_FOUND"),
        VaultError::EntryForgotten => (Code::FailedPrecondition, "ENTRY_FORGOTTEN"),
        VaultError::RetentionNotOver { .. } => (Code::FailedPrecondition, "RETENTION_NOT_OVER"),
        VaultError::NotErased => (Code::NotFound, "ERASURE_NOT_FOUND"),
        VaultError::ErasurePending { .. } => (Code::FailedPrecondition, "ERASURE_PENDING"),
        VaultError::Held => (Code::FailedPrecondition, "LEGAL_HOLD"),
        VaultError::KeyNotFound => (Code::NotFound, "KEY_NOT_FOUND"),
        VaultError::RotationUnderWay { .. } => (Code::FailedPrecondition, "ROTATION_RUNNING"),
        VaultError::KeyNeeded { .. } | VaultError::KeyInBackups { .. } => {
            (Code::FailedPrecondition, "KEY_VERSION_IN_USE")
        }
        VaultError::KeyDestroyed { .. } => (Code::FailedPrecondition, "KEY_DESTROYED"),
        VaultError::ClassNotHeld { .. } => (Code::FailedPrecondition, "CLASS_NOT_HELD"),
        VaultError::KeyringScoped | VaultError::ScopeOver => (Code::FailedPrecondition, "KEYRING_SCOPED"),
        VaultError::SameApprover => (Code::FailedPrecondition, "APPROVER_REPEATED"),
        VaultError::AlreadyExists(_) => (Code::AlreadyExists, "ALREADY_EXISTS"),
        VaultError::RequestIdReused => (Code::AlreadyExists, "REQUEST_ID_REUSED"),
        VaultError::RevisionStale { .. } => (Code::Aborted, "REVISION_STALE"),
        VaultError::NotFromThisState { .. }
        | VaultError::RotateFirst { .. }
        | VaultError::NotHeld
        | VaultError::NoErasurePending
        | VaultError::ErasureDue { .. }
        | VaultError::NotSuspended => (Code::FailedPrecondition, "STATE_CONFLICT"),
        VaultError::TooLarge(_) => (Code::InvalidArgument, "TOO_LARGE"),
        VaultError::BudgetExceeded { .. } => (Code::ResourceExhausted, "BUDGET_EXCEEDED"),
        VaultError::CopyNotFound => (Code::NotFound, "COPY_NOT_FOUND"),
        VaultError::BackupOverrun => (Code::ResourceExhausted, "BACKUP_OVERRUN"),
        VaultError::Overloaded => (Code::ResourceExhausted, "OVERLOADED"),
        VaultError::LedgerUnavailable => (Code::Unavailable, "LEDGER_UNAVAILABLE"),
        VaultError::StoreUnavailable(_) => (Code::Unavailable, "STORE_UNAVAILABLE"),
        VaultError::Internal { .. } => (Code::Internal, "INTERNAL"),
    }
}

const fn of_policy(reason: Reason) -> (Code, &'static str) {
    let code = match reason {
        Reason::PurposeMissing => Code::InvalidArgument,
        Reason::MemberNotFound => Code::NotFound,
        Reason::ApprovalPending | Reason::ClassNotHeld => Code::FailedPrecondition,
        Reason::CallerSuspended
        | Reason::PurposeNotRecognised
        | Reason::PurposeNotHeld
        | Reason::RecipientNotEntitled
        | Reason::AssertionInvalid
        | Reason::BasisMissing
        | Reason::BasisNotLive
        | Reason::ConsentWithdrawn
        | Reason::PreferenceRefuses
        | Reason::Restricted
        | Reason::NothingToRelease => Code::PermissionDenied,
    };
    (code, reason.name())
}

/// How long to wait before the same call is made again; only where nothing was done.
fn wait(error: &Error) -> Option<Duration> {
    if let Error::Vault(VaultError::BudgetExceeded { retry_after }) = error {
        return Some(*retry_after);
    }
    let (code, _) = code_and_reason(error);
    if code == Code::ResourceExhausted {
        return Some(WHEN_OVERLOADED);
    }
    (code == Code::Unavailable).then_some(WHEN_UNAVAILABLE)
}

/// What the policy refused, and the entry that records it.
fn refused(error: &Error) -> Option<(&Refusal, Option<Receipt>)> {
    if let Error::Vault(VaultError::Refused { refusal, receipt }) = error { Some((refusal, *receipt)) } else { None }
}

/// What names a failure in the log: the entry that tells of it, or a number of this run.
fn correlation(error: &Error) -> String {
    if let Error::Vault(VaultError::Internal { entry: Some(entry), .. }) = error {
        return entry.to_string();
    }
    format!("failure-{}", FAILURES.fetch_add(1, Ordering::Relaxed))
}

static FAILURES: AtomicU64 = AtomicU64::new(1);
const WHEN_OVERLOADED: Duration = Duration::from_millis(100);
const WHEN_UNAVAILABLE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
