//! What can keep a call from being answered: an argument that does not do, a caller nobody knows, or the vault itself.

use thiserror::Error;

use crate::ledger::proofs::ProofError;
use crate::ledger::reader;
use crate::model::ids::{CallerName, PolicyVersion};
use crate::rpc::assertion;
use crate::vault::error::Error as VaultError;
use crate::vault::seal::NotOpened;

/// Why a call is not answered. It names arguments by their place, and never what stood there.
#[derive(Debug, Error)]
pub(super) enum Error {
    /// The certificate names no configured caller.
    #[error("the certificate names no configured caller")]
    CallerUnauthenticated,
    /// A member assertion is attached, and it is not to be believed.
    #[error("the member assertion is not valid")]
    AssertionInvalid(#[from] assertion::Error),
    /// The member assertion is about someone else.
    #[error("the member assertion is about another member")]
    AssertionForeign,
    /// An argument is missing, malformed or out of its limits.
    #[error("`{path}`: {problem}")]
    Invalid {
        /// The argument's place in the request.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An argument holds what must never be stored.
    #[error("`{path}`: {problem}")]
    Forbidden {
        /// The argument's place in the request.
        path: String,
        /// What it holds, in words.
        problem: String,
    },
    /// An argument names a field the policy does not have.
    #[error("`{path}`: the policy has no field of this name")]
    FieldUnknown {
        /// The argument's place in the request.
        path: String,
    },
    /// An argument names a purpose the policy does not have.
    #[error("`{path}`: the policy has no purpose of this name")]
    PurposeUnknown {
        /// The argument's place in the request.
        path: String,
    },
    /// A list has more items than one request may have.
    #[error("`{path}`: more than {most} items")]
    TooMany {
        /// The argument's place in the request.
        path: &'static str,
        /// The greatest number.
        most: usize,
    },
    /// The page token is none of this caller's for this listing.
    #[error("`page_token`: not one of this caller's for this listing")]
    PageToken,
    /// The page token was made more than a day ago.
    #[error("`page_token`: is older than 24 hours; begin again at the first page")]
    PageTokenOld,
    /// There is no such version of the policy.
    #[error("the vault knows no policy version {0}")]
    PolicyNotFound(PolicyVersion),
    /// No caller of that name is configured.
    #[error("no caller `{0}` is configured")]
    CallerNotFound(CallerName),
    /// A verifier of a password could not be computed.
    #[error("a password could not be made into a verifier")]
    Password,
    /// The task that answered broke off.
    #[error("the answer broke off")]
    BrokenOff,
    /// There is no key in memory.
    #[error("the vault is sealed; `fubako unseal` opens it with what its operators bring")]
    Sealed,
    /// It is open already.
    #[error("the vault is not sealed")]
    NotSealed,
    /// It does not open with the right key.
    #[error(transparent)]
    NotOpened(#[from] NotOpened),
    /// The vault did not do it.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<ProofError> for Error {
    fn from(error: ProofError) -> Self {
        Self::Vault(error.into())
    }
}

impl From<reader::Error> for Error {
    fn from(error: reader::Error) -> Self {
        Self::Vault(error.into())
    }
}

impl Error {
    /// An argument that does not do.
    pub(super) fn invalid(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { path: path.into(), problem: problem.into() }
    }

    /// The place of the argument it is about, if it is about one.
    pub(super) fn argument(&self) -> Option<&str> {
        match self {
            Self::Invalid { path, .. }
            | Self::Forbidden { path, .. }
            | Self::FieldUnknown { path }
            | Self::PurposeUnknown { path } => Some(path),
            Self::TooMany { path, .. } => Some(path),
            Self::PageToken | Self::PageTokenOld => Some("page_token"),
            Self::Vault(VaultError::Invalid { argument, .. }) => Some(argument),
            Self::Vault(VaultError::NotRotated { .. }) => Some("key"),
            // What the policy refuses as an argument, is a purpose that is not stated.
            Self::Vault(VaultError::Refused { .. }) => Some("purpose"),
            Self::CallerUnauthenticated
            | Self::AssertionInvalid(_)
            | Self::AssertionForeign
            | Self::PolicyNotFound(_)
            | Self::CallerNotFound(_)
            | Self::Password
            | Self::BrokenOff
            | Self::Sealed
            | Self::NotSealed
            | Self::NotOpened(_)
            | Self::Vault(_) => None,
        }
    }

    /// An argument that has to be there and is not.
    pub(super) fn missing(path: impl Into<String>) -> Self {
        Self::invalid(path, "is missing")
    }
}
