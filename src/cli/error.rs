//! What can keep a command from doing its work, told as: what happened, why, and what to do.

use std::error;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use fubako_keys::{KeyringError, RandomFailed, RootError, RootFileError};
use fubako_proto::Reason;
use fubako_proto::client::{self, ConnectError, InvalidAssertion};
use serde_json::{Value, json};
use thiserror::Error;

use crate::cli::advice::advice;
use crate::cli::clock::WrongClock;
use crate::cli::exit::Exit;
use crate::cli::passphrase;
use crate::config;
use crate::ledger::checkpoint::CheckpointError;
use crate::ledger::tlog_proof::ProofTextError;
use crate::policy::finding::Finding;
use crate::rpc::assertion::InvalidKey;
use crate::rpc::tls;
use crate::telemetry;
use crate::vault::backup::reading;
use crate::vault::create::NoVault;
use crate::vault::{audit, create, open, restore, root};

/// Why a command did not do its work.
#[derive(Debug, Error)]
pub(super) enum Error {
    /// The vault did not do what it was asked.
    #[error("the vault answered {0}")]
    Call(#[source] Box<client::Error>),
    /// The connection broke, and nobody knows whether the vault did it.
    #[error("the connection was closed before the vault answered")]
    CutOff(#[source] Box<client::Error>),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the assertion cannot be sent")]
    Assertion(#[from] InvalidAssertion),
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error("the policy `{file}` has mistakes")]
    Policy { file: String, findings: Vec<Finding> },
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`{}` is open to others (mode {mode:03o}); it may have mode {allowed:03o} at most", path.display())]
    OpenToOthers { path: PathBuf, mode: u32, allowed: u32 },
    #[error("`{}` is there already", .0.display())]
    Exists(PathBuf),
    /// What was given is not what it has to be; the words say which and why.
    #[error("{what}: {why}")]
    Argument { what: &'static str, why: String },
    #[error("the vault was not made")]
    Create(#[from] create::Error),
    #[error("the vault does not open")]
    Open(#[source] Box<open::Error>),
    #[error("the vault does not open")]
    NoVault(#[from] NoVault),
    #[error("the root key cannot be used")]
    RootFile(#[from] RootFileError),
    #[error("the root key cannot be used")]
    Root(#[source] Box<RootError>),
    #[error(transparent)]
    RotateRoot(#[from] root::Error),
    #[error(transparent)]
    DestroyRoot(#[from] Box<root::NotDestroyed>),
    #[error("the passphrase cannot be used")]
    Passphrase(#[source] Box<dyn error::Error + Send + Sync>),
    /// No share was typed.
    #[error("the share cannot be used")]
    Share(#[source] passphrase::Error),
    #[error("the vault's keyring does not open")]
    Keyring(#[from] KeyringError),
    #[error("`{}` cannot be used", file.display())]
    Tls { file: PathBuf, source: Box<tls::Error> },
    #[error("`{}` cannot be used", file.display())]
    IssuerKey { file: PathBuf, source: InvalidKey },
    #[error("cannot listen on `{address}`")]
    Listen { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    Clock(#[from] WrongClock),
    /// A start by this configuration would be refused.
    #[error("what the configuration `{}` names is not as a start needs it", file.display())]
    Inspection { file: PathBuf, found: Vec<Error> },
    #[error("certificates could not be made")]
    Certificate(#[from] rcgen::Error),
    #[error("the assertion could not be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
    #[error(transparent)]
    Telemetry(#[from] telemetry::Error),
    #[error(transparent)]
    Random(#[from] RandomFailed),
    #[error("the server cannot run")]
    Serve(#[source] Box<dyn error::Error + Send + Sync>),
    #[error("the answer could not be printed")]
    Output(#[source] io::Error),
    #[error("the program's threads could not be started")]
    Runtime(#[source] io::Error),
    /// The demo saw something the policy does not say.
    #[error("{0} of the answers differ from what the policy says")]
    Differs(usize),
    #[error("the ledger does not read back as it was written")]
    LedgerBroken,
    /// A check of the ledger found breaks, which were shown.
    #[error("the ledger is broken in {0} places, shown above")]
    Broken(usize),
    /// A check of everything found breaks, which were shown.
    #[error("the vault is broken in {0} places, shown above")]
    VaultBroken(u64),
    #[error("the backup was cut off before its end; nothing was left of it, but it stays on record")]
    BackupCutOff,
    #[error("this is no whole backup of the vault")]
    Backup(#[source] Box<reading::Error>),
    #[error("nothing was restored")]
    Restore(#[source] Box<restore::Error>),
    #[error("the command did not take `{}` further; the file itself is written", file.display())]
    PassOn { file: PathBuf, source: io::Error },
    #[error("the check ended without a verdict")]
    NoVerdict,
    #[error("the ledger cannot be checked")]
    Audit(#[source] Box<audit::Error>),
    /// The ledger is not the one a kept checkpoint is of, gone on.
    #[error(
        "the ledger of {now} entries does not begin with the {kept} that the checkpoint covers: it was changed, or is an \
         older copy"
    )]
    NotConsistent { kept: u64, now: u64 },
    #[error("the checkpoint is none of this ledger")]
    Checkpoint(#[source] Box<CheckpointError>),
    #[error("the proof proves nothing")]
    Proof(#[from] ProofTextError),
    #[error("the entry is about another member, or the salt is not its own")]
    OtherMember,
}

impl Error {
    /// A mistake in what was given.
    pub(super) fn argument(what: &'static str, why: impl Display) -> Self {
        Self::Argument { what, why: why.to_string() }
    }

    /// How the program ends for it.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Call(error) => call_exit(error),
            Self::CutOff(_)
            | Self::Connect(ConnectError::Unreachable { .. } | ConnectError::CertificateRefused { .. }) => {
                Exit::Unreachable
            }
            Self::Config(_) | Self::Policy { .. } | Self::Inspection { .. } => Exit::Mistakes,
            Self::Argument { .. } | Self::Assertion(_) | Self::Telemetry(_) | Self::Connect(_) => Exit::Usage,
            // A reader that went away, as `head` does, has seen what it wanted.
            Self::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Random(_) | Self::Runtime(_) | Self::Certificate(_) | Self::Signing(_) => Exit::Internal,
            Self::Read { .. }
            | Self::Write { .. }
            | Self::OpenToOthers { .. }
            | Self::Exists(_)
            | Self::Create(_)
            | Self::Open(_)
            | Self::NoVault(_)
            | Self::RootFile(_)
            | Self::Root(_)
            | Self::RotateRoot(_)
            | Self::DestroyRoot(_)
            | Self::Passphrase(_)
            | Self::Share(_)
            | Self::Keyring(_)
            | Self::Tls { .. }
            | Self::IssuerKey { .. }
            | Self::Listen { .. }
            | Self::Clock(_)
            | Self::Serve(_)
            | Self::Output(_)
            | Self::Differs(_)
            | Self::LedgerBroken
            | Self::Broken(_)
            | Self::VaultBroken(_)
            | Self::BackupCutOff
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::PassOn { .. }
            | Self::NoVerdict
            | Self::Audit(_)
            | Self::Proof(_)
            | Self::NotConsistent { .. }
            | Self::Checkpoint(_)
            | Self::OtherMember => Exit::Failed,
        }
    }

    /// What happened, why, and what to do, in lines for people.
    pub(super) fn told(&self) -> String {
        let mut text = format!("error: {self}");
        for why in self.reasons() {
            text.push_str("\n  why: ");
            text.push_str(&why);
        }
        if let Some(advice) = advice(self) {
            text.push_str("\n  do:  ");
            text.push_str(advice);
        }
        text
    }

    /// The same for programs.
    pub(super) fn json(&self) -> Value {
        let reason = if let Self::Call(error) = self { Some(error.reason().name()) } else { None };
        json!({ "error": {
            "message": self.to_string(),
            "reason": reason,
            "why": self.reasons(),
            "findings": self.findings(),
            "advice": advice(self),
            "exit_code": self.exit().code(),
        }})
    }

    /// What happened and why, in one line of several.
    fn in_one_line(&self) -> String {
        self.reasons().iter().fold(self.to_string(), |line, reason| format!("{line}: {reason}"))
    }

    /// The mistakes of a file with their lines, for editors and scripts.
    fn findings(&self) -> Value {
        if let Self::Config(config::Error::Mistakes { findings, .. }) = self {
            return json!(findings);
        }
        let Self::Policy { findings, .. } = self else { return Value::Null };
        let finding = |finding: &Finding| {
            let (line, column) = (finding.line(), finding.column());
            json!({ "line": line, "column": column, "code": finding.code(), "message": finding.message() })
        };
        findings.iter().map(finding).collect()
    }

    /// Why it happened, the nearest cause first.
    fn reasons(&self) -> Vec<String> {
        if let Self::Call(error) = self {
            return call_reasons(error);
        }
        if let Self::Config(config::Error::Mistakes { findings, .. }) = self {
            return findings.iter().map(ToString::to_string).collect();
        }
        if let Self::Policy { findings, .. } = self {
            return findings.iter().map(ToString::to_string).collect();
        }
        if let Self::Inspection { found, .. } = self {
            return found.iter().map(Self::in_one_line).collect();
        }
        let causes = std::iter::successors(error::Error::source(self), |cause| cause.source());
        let mut reasons: Vec<String> = causes.map(ToString::to_string).collect();
        // A cause that only wraps the next one says the same again.
        reasons.dedup();
        reasons
    }
}

impl From<client::Error> for Error {
    fn from(error: client::Error) -> Self {
        let error = Box::new(error);
        if error.was_cut_off() { Self::CutOff(error) } else { Self::Call(error) }
    }
}

impl From<RootError> for Error {
    fn from(error: RootError) -> Self {
        if let RootError::File(error) = error { Self::RootFile(error) } else { Self::Root(Box::new(error)) }
    }
}

impl From<open::Error> for Error {
    fn from(error: open::Error) -> Self {
        Self::Open(Box::new(error))
    }
}

impl From<passphrase::Error> for Error {
    fn from(error: passphrase::Error) -> Self {
        Self::Passphrase(Box::new(error))
    }
}

/// How the program ends for a call that failed.
fn call_exit(error: &client::Error) -> Exit {
    let reason = error.reason();
    let out_of_order = [Reason::VaultSealed, Reason::LedgerUnavailable, Reason::StoreUnavailable];
    // Without a word of the vault, the call was lost on the way.
    if error.was_never_sent() || reason.name().is_empty() || out_of_order.contains(reason) {
        Exit::Unreachable
    } else if *reason == Reason::Internal {
        Exit::Internal
    } else {
        Exit::Failed
    }
}

/// The rule, the arguments at fault, and where the refusal is on record.
fn call_reasons(error: &client::Error) -> Vec<String> {
    let mut reasons = Vec::new();
    if let Some(rule) = error.metadata("rule").filter(|rule| *rule != error.message()) {
        reasons.push(rule.to_owned());
    }
    for violation in error.field_violations() {
        let words = format!("`{}`: {}", violation.field, violation.description);
        if words != error.message() {
            reasons.push(words);
        }
    }
    if let Some(entry) = error.metadata("entry_index") {
        reasons.push(format!("the refusal is entry {entry} of the ledger"));
    }
    if let Some(id) = error.metadata("correlation_id") {
        reasons.push(format!("correlation id {id}"));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistaken_policy() -> Error {
        let findings = crate::policy::table::Policy::parse("format = 1").err().unwrap_or_default();
        Error::Policy { file: "policy.toml".to_owned(), findings }
    }

    #[test]
    fn each_failure_ends_with_its_own_code() {
        let output = |kind: io::ErrorKind| Error::Output(kind.into());
        let read = Error::Read { path: "x".into(), source: io::ErrorKind::NotFound.into() };
        let endpoint = ConnectError::EndpointInvalid { endpoint: "http://vault".to_owned() };
        for (error, exit) in [
            (mistaken_policy(), Exit::Mistakes),
            (Error::argument("the purpose", "none"), Exit::Usage),
            (endpoint.into(), Exit::Usage),
            (read, Exit::Failed),
            (output(io::ErrorKind::StorageFull), Exit::Failed),
            (output(io::ErrorKind::BrokenPipe), Exit::Done),
            (Error::LedgerBroken, Exit::Failed),
            (RandomFailed.into(), Exit::Internal),
        ] {
            assert_eq!(error.exit(), exit, "{error}");
        }
    }

    #[test]
    fn a_failure_is_told_as_what_happened_why_and_what_to_do() {
        let told = mistaken_policy().told();
        let lines: Vec<&str> = told.lines().collect();
        let [what, why, to_do] = lines.as_slice() else { unreachable!("{told}") };
        assert_eq!(*what, "error: the policy `policy.toml` has mistakes");
        assert!(why.starts_with("  why: line 1: missing field"), "{why}");
        assert_eq!(*to_do, "  do:  correct them, then run `fubako policy check`");
    }

    #[test]
    fn programs_get_the_lines_of_mistakes() {
        let json = mistaken_policy().json();
        let line = json.pointer("/error/findings/0/line").and_then(Value::as_u64);
        assert_eq!((line, json.pointer("/error/exit_code").and_then(Value::as_u64)), (Some(1), Some(78)));
    }
}
