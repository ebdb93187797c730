//! Why a call failed: the names of `error_reason.proto` as a type.

use std::fmt;

/// Defines [`Reason`] with both of its directions from one list, so that they cannot differ.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// Why a call failed: `ErrorInfo.reason` in the domain [`ERROR_DOMAIN`](crate::ERROR_DOMAIN).
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[doc = $doc])+ $variant,)+
            /// A reason this version does not know, or a failure without one (the empty name). Go by the status code.
            Unknown(String),
        }

        impl Reason {
            /// Every reason this version knows.
            pub const KNOWN: &[Self] = &[$(Self::$variant,)+];

            /// The reason of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)+
                    unknown => Self::Unknown(unknown.to_owned()),
                }
            }

            /// The name as it travels, such as `BASIS_MISSING`.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Unknown(name) => name,
                }
            }
        }
    };
}

reasons! {
    /// The certificate names no configured caller.
    CallerUnauthenticated = "CALLER_UNAUTHENTICATED",
    /// No purpose was stated.
    PurposeMissing = "PURPOSE_MISSING",
    /// The policy has no field of this name.
    FieldUnknown = "FIELD_UNKNOWN",
    /// An argument is missing, malformed or out of its limits. The violations name it.
    ValueInvalid = "VALUE_INVALID",
    /// A value or another text with what must never be stored there: a card verification value, or a card's number
    /// outside the card field.
    ForbiddenValue = "FORBIDDEN_VALUE",
    /// The page token is not one of this caller's for this listing, or is older than 24 hours.
    PageTokenInvalid = "PAGE_TOKEN_INVALID",
    /// The request or the record it would make is over its limit.
    TooLarge = "TOO_LARGE",
    /// The policy has no such purpose.
    PurposeNotRecognised = "PURPOSE_NOT_RECOGNISED",
    /// The caller may not assert this purpose.
    PurposeNotHeld = "PURPOSE_NOT_HELD",
    /// The recipient is unknown, inactive, of another class, or not one the caller may ask for.
    RecipientNotEntitled = "RECIPIENT_NOT_ENTITLED",
    /// No basis given is of the kind, binds whom the row says and lists the purpose; or one is given that the row does
    /// not need.
    BasisMissing = "BASIS_MISSING",
    /// The basis has lapsed, ended, been revoked or refused, or is not valid yet.
    BasisNotLive = "BASIS_NOT_LIVE",
    /// The member has taken the consent back.
    ConsentWithdrawn = "CONSENT_WITHDRAWN",
    /// The member refuses this purpose.
    PreferenceRefuses = "PREFERENCE_REFUSES",
    /// The member has frozen all but the mandatory purposes, or is about to be erased, which freezes the same.
    Restricted = "RESTRICTED",
    /// Nothing is left of the view.
    NothingToRelease = "NOTHING_TO_RELEASE",
    /// The caller is suspended.
    CallerSuspended = "CALLER_SUSPENDED",
    /// The caller has none of the roles the call is for, or may not record this kind of basis.
    RoleMissing = "ROLE_MISSING",
    /// The member assertion is absent, expired, not from a configured issuer, or about another member.
    AssertionInvalid = "ASSERTION_INVALID",
    /// There is no such member. Only to a caller whose purpose needs no basis on the member, or who keeps them.
    MemberNotFound = "MEMBER_NOT_FOUND",
    /// There is no such basis. Only to a caller who keeps bases of its kind.
    BasisNotFound = "BASIS_NOT_FOUND",
    /// There is no such party. Only to a caller who keeps parties.
    PartyNotFound = "PARTY_NOT_FOUND",
    /// There is no such version of the policy.
    PolicyNotFound = "POLICY_NOT_FOUND",
    /// No caller of this name is configured.
    CallerNotFound = "CALLER_NOT_FOUND",
    /// The thing has changed since the revision expected. Read it again.
    RevisionStale = "REVISION_STALE",
    /// The id or the external reference is in use.
    AlreadyExists = "ALREADY_EXISTS",
    /// Another request was made under this request id.
    RequestIdReused = "REQUEST_ID_REUSED",
    /// The vault has no key in memory.
    VaultSealed = "VAULT_SEALED",
    /// The ledger cannot append, so nothing is done.
    LedgerUnavailable = "LEDGER_UNAVAILABLE",
    /// The store cannot read or write.
    StoreUnavailable = "STORE_UNAVAILABLE",
    /// The basis waits for approvals.
    ApprovalPending = "APPROVAL_PENDING",
    /// This approver has approved before.
    ApproverRepeated = "APPROVER_REPEATED",
    /// Something live still needs the key version.
    KeyVersionInUse = "KEY_VERSION_IN_USE",
    /// A rotation is running.
    RotationRunning = "ROTATION_RUNNING",
    /// This node's keyring does not hold the class of a field.
    ClassNotHeld = "CLASS_NOT_HELD",
    /// The caller has used up its guesses or its rate.
    BudgetExceeded = "BUDGET_EXCEEDED",
    /// The server has more work than it can queue.
    Overloaded = "OVERLOADED",
    /// The vault failed. The correlation id leads to its log.
    Internal = "INTERNAL",
    /// The party or basis cannot go from its present state to the one asked for.
    StateConflict = "STATE_CONFLICT",
    /// There is no such entry of the ledger, or it is not for this caller.
    EntryNotFound = "ENTRY_NOT_FOUND",
    /// The entry's details are past retention; its place in the tree can still be proved.
    EntryForgotten = "ENTRY_FORGOTTEN",
    /// The month is within retention, and nothing overrides it.
    RetentionNotOver = "RETENTION_NOT_OVER",
    /// Nothing is kept of such a member: nobody of this id was erased, nothing was to be kept, or its term is over.
    NothingRetained = "NOTHING_RETAINED",
    /// What the law wants kept of the member does not open, so nothing was erased.
    RetainedUnreadable = "RETAINED_UNREADABLE",
    /// There is no such version of a key.
    KeyNotFound = "KEY_NOT_FOUND",
    /// The key that a value is sealed under has been destroyed.
    KeyDestroyed = "KEY_DESTROYED",
    /// Nothing of the kind was erased here.
    ErasureNotFound = "ERASURE_NOT_FOUND",
    /// The member is held, so nothing of theirs is erased.
    LegalHold = "LEGAL_HOLD",
    /// This node has a scoped keyring, which neither erases nor changes keys.
    KeyringScoped = "KEYRING_SCOPED",
    /// The member's erasure was asked for before, and happens when its grace period is over.
    ErasurePending = "ERASURE_PENDING",
    /// No such copy of the vault or its keyring is on record.
    CopyNotFound = "COPY_NOT_FOUND",
    /// A backup was taken more slowly than the vault is written to, and was given up.
    BackupOverrun = "BACKUP_OVERRUN",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
