//! Why a call failed, read from the status the vault sent.

use std::collections::HashMap;
use std::error;
use std::time::Duration;

use tonic::{Code, ConnectError, Status, TimeoutExpired};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::client::connect::refuses_certificate;
use crate::{ERROR_DOMAIN, Reason};

/// A call that failed. It carries names and ids, never a value.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", self.label(), self.message)]
pub struct Error {
    reason: Reason,
    code: Code,
    metadata: HashMap<String, String>,
    retry_after: Option<Duration>,
    field_violations: Vec<FieldViolation>,
    message: String,
    #[source]
    status: Status,
}

impl Error {
    /// Why it failed. A failure on the way, without a word of the vault, is [`Reason::Unknown`] with an empty name.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The canonical status code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// What happened, in a sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// One of the facts of `error_reason.proto`, such as `rule` or `entry_id`.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// How long the vault asks to wait before the call is made again. Present only when nothing was done.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The arguments at fault and what is wrong with each.
    #[must_use]
    pub fn field_violations(&self) -> &[FieldViolation] {
        &self.field_violations
    }

    /// The same failure with the arguments at fault called otherwise, in the message too: for a client whose users wrote
    /// them under names of their own. Where there is no other name, the argument keeps its own.
    #[must_use]
    pub fn rename_arguments(mut self, name: impl Fn(&str) -> Option<String>) -> Self {
        for violation in &mut self.field_violations {
            if let Some(other) = name(&violation.field) {
                self.message = self.message.replace(&format!("`{}`", violation.field), &format!("`{other}`"));
                violation.field = other;
            }
        }
        self
    }

    /// Whether the call never left, since no connection could be made.
    #[must_use]
    pub fn was_never_sent(&self) -> bool {
        has_cause::<ConnectError>(&self.status)
    }

    /// Whether the server does not accept the client's certificate any more; the call was not made.
    #[must_use]
    pub fn certificate_was_refused(&self) -> bool {
        refuses_certificate(&self.status)
    }

    /// Whether the connection broke before an answer came; the call may have been made.
    #[must_use]
    pub fn was_cut_off(&self) -> bool {
        let broke = matches!(self.code, Code::Unavailable | Code::Unknown | Code::Cancelled);
        broke && self.reason.name().is_empty() && !self.was_never_sent()
    }

    fn label(&self) -> String {
        match self.reason.name() {
            "" => format!("{:?}", self.code),
            name => name.to_owned(),
        }
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        let details = status.get_error_details();
        let (reason, metadata) = reason(&details);
        Self {
            reason,
            code: code(&status),
            metadata,
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
            field_violations: details.bad_request().map_or_else(Vec::new, |bad| bad.field_violations.clone()),
            message: status.message().to_owned(),
            status,
        }
    }
}

/// The reason and its facts. Those of another domain are not the vault's, and are left out.
fn reason(details: &ErrorDetails) -> (Reason, HashMap<String, String>) {
    match details.error_info() {
        Some(info) if info.domain == ERROR_DOMAIN => (Reason::from_name(&info.reason), info.metadata.clone()),
        _ => (Reason::Unknown(String::new()), HashMap::new()),
    }
}

/// The status code; a call that ran out of time on this side is reported by the transport as cancelled.
fn code(status: &Status) -> Code {
    if has_cause::<TimeoutExpired>(status) { Code::DeadlineExceeded } else { status.code() }
}

fn has_cause<T: error::Error + 'static>(status: &Status) -> bool {
    let first = error::Error::source(status);
    std::iter::successors(first, |cause| cause.source()).any(<dyn error::Error>::is::<T>)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_with_its_reason_and_facts() {
        let facts = HashMap::from([("rule".to_owned(), "basis".to_owned())]);
        let details = ErrorDetails::with_error_info("BASIS_MISSING", ERROR_DOMAIN, facts);
        let status = Status::with_error_details(Code::PermissionDenied, "no basis names the recipient", details);

        let error = Error::from(status);

        assert_eq!(error.reason(), &Reason::BasisMissing);
        assert_eq!(error.code(), Code::PermissionDenied);
        assert_eq!(error.metadata("rule"), Some("basis"));
        assert_eq!(error.metadata("field"), None);
        assert_eq!(error.retry_after(), None);
        assert_eq!(error.to_string(), "BASIS_MISSING: no basis names the recipient");
    }

    #[test]
    fn a_wait_and_violations_are_read() {
        let mut details = ErrorDetails::with_error_info("OVERLOADED", ERROR_DOMAIN, HashMap::new());
        details.set_retry_info(Some(Duration::from_secs(3)));
        details.add_bad_request_violation("member_id", "not a UUID");

        let error = Error::from(Status::with_error_details(Code::ResourceExhausted, "too much work", details));

        assert_eq!(error.reason(), &Reason::Overloaded);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
        let fields: Vec<_> = error.field_violations().iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["member_id"]);
    }

    #[test]
    fn an_argument_is_called_as_its_writer_did() {
        let mut details = ErrorDetails::with_error_info("VALUE_INVALID", ERROR_DOMAIN, HashMap::new());
        details.add_bad_request_violation("values[1].text", "is missing");
        let status = Status::with_error_details(Code::InvalidArgument, "`values[1].text`: is missing", details);
        let error =
            Error::from(status).rename_arguments(|path| (path == "values[1].text").then(|| "nickname".to_owned()));
        assert_eq!(error.to_string(), "VALUE_INVALID: `nickname`: is missing");
        assert_eq!(error.field_violations().first().map(|violation| violation.field.as_str()), Some("nickname"));
        let same = error.rename_arguments(|_| None);
        assert_eq!(same.message(), "`nickname`: is missing");
    }

    #[test]
    fn a_reason_of_another_domain_is_not_taken_for_ours() {
        let details = ErrorDetails::with_error_info("RESTRICTED", "elsewhere.example", HashMap::new());
        let error = Error::from(Status::with_error_details(Code::PermissionDenied, "no", details));
        assert_eq!(error.reason(), &Reason::Unknown(String::new()));
    }

    #[test]
    fn a_reason_of_a_newer_vault_keeps_its_name() {
        let details = ErrorDetails::with_error_info("NEVER_HEARD_OF", ERROR_DOMAIN, HashMap::new());
        let error = Error::from(Status::with_error_details(Code::Internal, "no", details));
        assert_eq!(error.reason(), &Reason::Unknown("NEVER_HEARD_OF".to_owned()));
    }

    #[test]
    fn a_bare_status_is_labelled_by_its_code() {
        let error = Error::from(Status::unavailable("connection lost"));
        assert_eq!(error.to_string(), "Unavailable: connection lost");
        assert!(!error.was_never_sent());
    }

    #[test]
    fn a_call_that_ran_out_of_time_here_is_told_from_a_cancelled_one() {
        assert_eq!(Error::from(Status::from_error(Box::new(TimeoutExpired(())))).code(), Code::DeadlineExceeded);
        assert_eq!(Error::from(Status::cancelled("by the caller")).code(), Code::Cancelled);
    }

    #[test]
    fn a_connection_that_broke_is_told_from_a_word_of_the_vault() {
        assert!(Error::from(Status::cancelled("operation was canceled")).was_cut_off());
        let details = ErrorDetails::with_error_info("LEDGER_UNAVAILABLE", ERROR_DOMAIN, HashMap::new());
        assert!(!Error::from(Status::with_error_details(Code::Unavailable, "full", details)).was_cut_off());
        assert!(!Error::from(Status::not_found("no such call")).was_cut_off());
    }

    #[test]
    fn a_connection_that_was_never_made_is_told_from_one_that_broke() {
        let refused = ConnectError(Box::new(std::io::Error::from(std::io::ErrorKind::ConnectionRefused)));
        assert!(Error::from(Status::from_error(Box::new(refused))).was_never_sent());
    }
}
