//! What can keep the vault from doing what it was asked, in the vault's words; `rpc` turns each into a status.

use std::fmt;
use std::time::Duration;

use fubako_keys::{KeyName, Month, NoActiveKey, SealError, Unopened};
use jiff::Timestamp;
use thiserror::Error;

use crate::commit::{self, rows};
use crate::ledger::accounted::Receipt;
use crate::ledger::audit::month::MonthError;
use crate::ledger::draft::ForeignEntry;
use crate::ledger::index::IndexError;
use crate::ledger::proofs::ProofError;
use crate::ledger::reader;
use crate::model::caller::Role;
use crate::model::ids::{EntryId, PolicyVersion, Revision};
use crate::policy::refusal::Refusal;
use crate::record::{edit, register, sealed};
use crate::store::StoreError;
use crate::store::row::TooLarge;

/// Why the vault did not do what it was asked.
#[derive(Debug, Error)]
pub enum Error {
    /// The policy refuses; an entry says so.
    #[error("{refusal}")]
    Refused {
        /// The reason and the rule.
        refusal: Refusal,
        /// The entry, unless this refusal was counted with others.
        receipt: Option<Receipt>,
    },
    /// The caller lacks the role.
    #[error("this needs the role {}, which the caller does not have", either(roles))]
    RoleMissing {
        /// Any of these would do.
        roles: Vec<Role>,
    },
    /// The caller has been suspended.
    #[error("the caller is suspended")]
    CallerSuspended,
    /// A member asks about themself, and the assertion that says so is missing, out of date or about another member.
    #[error("this needs a valid assertion about the member")]
    AssertionInvalid,
    /// The caller may not record that kind of basis, or may not touch that party's.
    #[error("the caller may not record a basis of the kind `{0}`")]
    KindNotRecordable(crate::model::basis::BasisKind),
    /// An argument is not what it has to be.
    #[error("`{argument}`: {problem}")]
    Invalid {
        /// Which argument.
        argument: String,
        /// What is wrong with it; never the value.
        problem: String,
    },
    /// The policy has no such field.
    #[error("the policy has no field `{0}`")]
    FieldUnknown(String),
    /// The member refuses to have this signal collected.
    #[error("the member refuses to have the opening of mail recorded")]
    SignalRefused,
    /// There is no such member.
    #[error("there is no such member")]
    MemberNotFound,
    /// Nothing is kept of such a member, or not any more; which of these, is not told.
    #[error(
        "nothing is kept of such a member: nobody of this id was erased, nothing of them was to be kept, or its term is \
         over"
    )]
    NothingRetained,
    /// What the law wants kept of a member who is to be erased does not open; nothing was erased.
    #[error(
        "what the law wants kept of the member does not open, so nothing was erased: the record is damaged; restore it, \
         or have an officer erase it without"
    )]
    RetainedUnreadable,
    /// There is no such basis, or none this caller manages.
    #[error("there is no such basis")]
    BasisNotFound,
    /// There is no such party.
    #[error("there is no such party")]
    PartyNotFound,
    /// There is one of that name already.
    #[error("{0} exists already")]
    AlreadyExists(Taken),
    /// The request id was used for another request within a day.
    #[error("this request id was used for another request")]
    RequestIdReused,
    /// What was to be changed has changed meanwhile.
    #[error("the revision is {current} by now; read it again and decide again")]
    RevisionStale {
        /// The present revision.
        current: Revision,
    },
    /// A basis or party cannot go from its present state to the one asked for.
    #[error("it is `{from}` and cannot become `{to}`")]
    NotFromThisState {
        /// The present state.
        from: &'static str,
        /// The state asked for.
        to: &'static str,
    },
    /// There is no such entry of the ledger, or it is not for this caller.
    #[error("there is no such entry")]
    EntryNotFound,
    /// The entry's details are past retention.
    #[error("the entry's details are past retention; only its place in the tree can be proved")]
    EntryForgotten,
    /// A month is within retention, and nothing overrides it.
    #[error("the month {month} is within retention; a reason that overrides it would be written down")]
    RetentionNotOver {
        /// The month.
        month: Month,
    },
    /// The member or value was not erased here.
    #[error("nothing of the kind was erased here")]
    NotErased,
    /// The member is to be erased already, when their grace period is over.
    #[error("the member is to be erased already, on {due:.0}")]
    ErasurePending {
        /// When.
        due: Timestamp,
    },
    /// Nobody has asked for the member's erasure, or it has happened.
    #[error("no erasure of the member is pending")]
    NoErasurePending,
    /// The grace period is over, so the erasure cannot be taken back.
    #[error("the erasure has been due since {due:.0}, and can no longer be taken back")]
    ErasureDue {
        /// Since when.
        due: Timestamp,
    },
    /// A legal hold keeps the member from being erased.
    #[error("the member is held: nothing of theirs is erased")]
    Held,
    /// The member is not held.
    #[error("the member is not held")]
    NotHeld,
    /// There is no such key, or it has no such version.
    #[error("there is no such version of a key")]
    KeyNotFound,
    /// A key of that kind has no versions to be rotated.
    #[error(
        "the key `{key}` is not rotated: ledger keys are made by the month, and what the others seal is not sealed anew"
    )]
    NotRotated {
        /// The key.
        key: KeyName,
    },
    /// Another rotation is going on.
    #[error("the key `{key}` is being rotated; one rotation goes on at a time")]
    RotationUnderWay {
        /// The key that is being rotated.
        key: KeyName,
    },
    /// An active version is taken out of use only once there is another.
    #[error("the version is active; rotate the key `{key}` first")]
    RotateFirst {
        /// The key.
        key: KeyName,
    },
    /// Something stored still rests on a key version.
    #[error("{rows} rows still need this version")]
    KeyNeeded {
        /// How many.
        rows: u64,
    },
    /// Backups may still need a key version, or exports of keys hold it.
    #[error(
        "{copies} copies on record need or hold this version (backups, exports of keys), the last of them until {until:.0}"
    )]
    KeyInBackups {
        /// How many.
        copies: usize,
        /// When the last of them is to be gone.
        until: Timestamp,
    },
    /// The keys of these are not in the scoped keyring of this node.
    #[error("this needs the keys of {classes}, which the scoped keyring of this node does not hold")]
    ClassNotHeld {
        /// The classes, in words.
        classes: String,
    },
    /// What was granted is sealed under keys that have been destroyed.
    #[error(
        "the keys of {classes} that this is sealed under have been destroyed: nobody can ever read it again; ask for fewer \
         fields"
    )]
    KeyDestroyed {
        /// The classes, in words.
        classes: String,
    },
    /// The keyring of this node is a scoped one, and what was asked for is done with the keyring it was taken of.
    #[error(
        "the keyring of this node is a scoped one: it does not erase and its keys do not change; do this at the vault the \
         keyring was taken of"
    )]
    KeyringScoped,
    /// The term of the scoped keyring is over.
    #[error("the term of the scoped keyring of this node is over: it opens nothing any more, and is to be destroyed")]
    ScopeOver,
    /// The second approver is the first.
    #[error("another approver than the first has to confirm it")]
    SameApprover,
    /// The caller is not suspended.
    #[error("the caller is not suspended")]
    NotSuspended,
    /// A record would not fit its row.
    #[error(transparent)]
    TooLarge(sealed::Error),
    /// There is no such copy on record.
    #[error("there is no such copy on record")]
    CopyNotFound,
    /// What is written while a backup is made comes faster than the backup is taken.
    #[error("the backup falls behind what is written meanwhile; it is taken too slowly, and was given up")]
    BackupOverrun,
    /// Too many guesses about this member.
    #[error("too many guesses about this member")]
    BudgetExceeded {
        /// When the next one is let through.
        retry_after: Duration,
    },
    /// There is more work than the vault takes on.
    #[error("the vault has more work than it takes on")]
    Overloaded,
    /// The ledger cannot be written at present; nothing was done.
    #[error("the ledger cannot be written at present; nothing was done")]
    LedgerUnavailable,
    /// The store cannot be read at present.
    #[error("the store cannot be read at present")]
    StoreUnavailable(#[source] StoreError),
    /// Something that was sealed here does not open, or cannot be sealed.
    #[error("an internal failure")]
    Internal {
        /// The entry that tells of it, to find it again.
        entry: Option<EntryId>,
        /// What failed.
        #[source]
        cause: Cause,
    },
}

/// What failed inside.
#[derive(Debug, Error)]
pub enum Cause {
    /// A field or record does not open.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// Something could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A key that is needed may not be used.
    #[error(transparent)]
    Key(#[from] NoActiveKey),
    /// A row of the register could not be made.
    #[error(transparent)]
    Row(#[from] rows::Error),
    /// A stored value is more than the store takes.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A row of the register does not open.
    #[error(transparent)]
    Register(#[from] register::Error),
    /// A stored record is malformed.
    #[error(transparent)]
    Record(#[from] sealed::Error),
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] reader::Error),
    /// The ledger's tree could not be read.
    #[error(transparent)]
    Proof(ProofError),
    /// A month's entries differ from the tree, so that its key must not be destroyed.
    #[error(transparent)]
    Month(#[from] MonthError),
    /// The ledger's index could not be changed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The keyring could not be changed.
    #[error("the keyring could not be changed")]
    Keyring(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An entry was accounted to something else.
    #[error(transparent)]
    Entry(#[from] ForeignEntry),
    /// A version of the policy that a member was told of, or erased under, is not there any more.
    #[error("policy version {0}, which a member was told of or erased under, is not in the data folder any more")]
    PolicyLost(PolicyVersion),
    /// Files of the vault could not be read.
    #[error("files of the vault could not be read")]
    Files(#[source] std::io::Error),
    /// A computation was given up.
    #[error("a computation was given up")]
    Panicked,
    /// The system gave no randomness.
    #[error("the system gave no random bytes")]
    Random,
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self::Internal { entry: None, cause }
    }
}

/// Makes a failure inside an internal error of the vault.
macro_rules! internal {
    ($($failure:ty),+) => {$(
        impl From<$failure> for Error {
            fn from(failure: $failure) -> Self {
                Cause::from(failure).into()
            }
        }
    )+};
}

internal!(
    Unopened,
    SealError,
    NoActiveKey,
    rows::Error,
    TooLarge,
    register::Error,
    sealed::Error,
    reader::Error,
    MonthError,
    IndexError,
    ForeignEntry
);

impl From<edit::Error> for Error {
    fn from(error: edit::Error) -> Self {
        match error {
            edit::Error::Record(too_large @ sealed::Error::TooLarge { .. }) => Self::TooLarge(too_large),
            edit::Error::Record(other) => Cause::from(other).into(),
            edit::Error::Seal(error) => Cause::from(error).into(),
        }
    }
}

impl From<commit::Error> for Error {
    /// For a commit that did not happen and that trying again at once would not help.
    fn from(error: commit::Error) -> Self {
        match error {
            commit::Error::NoSpace | commit::Error::Stopped => Self::LedgerUnavailable,
            commit::Error::Overloaded
            | commit::Error::Stale
            | commit::Error::Conflict(_)
            | commit::Error::Remembered => Self::Overloaded,
        }
    }
}

/// What of a new thing another one has already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    /// The member's id.
    MemberId,
    /// The member's external reference.
    Reference,
    /// The party's id.
    PartyId,
}

impl Taken {
    /// The argument of the request that says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MemberId => "member_id",
            Self::Reference => "external_reference",
            Self::PartyId => "party_id",
        }
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MemberId => "a member of this id",
            Self::Reference => "a member of this external reference",
            Self::PartyId => "a party of this id",
        })
    }
}

/// The roles, any of which would do.
fn either(roles: &[Role]) -> String {
    roles.iter().map(|role| format!("`{role}`")).collect::<Vec<_>>().join(" or ")
}
