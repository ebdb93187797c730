//! Reasons: the stable names under which callers learn why the policy refused.

use std::fmt;

/// Why the policy refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Reason {
    /// The caller is suspended.
    CallerSuspended,
    /// No purpose was stated.
    PurposeMissing,
    /// The purpose stated is not in the policy.
    PurposeNotRecognised,
    /// The caller may not state that purpose.
    PurposeNotHeld,
    /// The recipient may not have anything for that purpose, or not through this caller.
    RecipientNotEntitled,
    /// The member did not assert that it is they who ask.
    AssertionInvalid,
    /// A basis that is needed is not on record for this member and recipient.
    BasisMissing,
    /// A basis waits for approvals.
    ApprovalPending,
    /// A basis does not hold now.
    BasisNotLive,
    /// The member took their consent back.
    ConsentWithdrawn,
    /// There is no such member.
    MemberNotFound,
    /// The member refuses that purpose.
    PreferenceRefuses,
    /// The member restricted processing, or is about to be erased.
    Restricted,
    /// Nothing is left to show.
    NothingToRelease,
    /// This node's keyring does not hold the keys of a class that is asked for.
    ClassNotHeld,
}

impl Reason {
    /// Every reason there is.
    pub const ALL: [Self; 15] = [
        Self::CallerSuspended,
        Self::PurposeMissing,
        Self::PurposeNotRecognised,
        Self::PurposeNotHeld,
        Self::RecipientNotEntitled,
        Self::AssertionInvalid,
        Self::BasisMissing,
        Self::ApprovalPending,
        Self::BasisNotLive,
        Self::ConsentWithdrawn,
        Self::MemberNotFound,
        Self::PreferenceRefuses,
        Self::Restricted,
        Self::NothingToRelease,
        Self::ClassNotHeld,
    ];

    /// The name clients and the ledger see; it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallerSuspended => "CALLER_SUSPENDED",
            Self::PurposeMissing => "PURPOSE_MISSING",
            Self::PurposeNotRecognised => "PURPOSE_NOT_RECOGNISED",
            Self::PurposeNotHeld => "PURPOSE_NOT_HELD",
            Self::RecipientNotEntitled => "RECIPIENT_NOT_ENTITLED",
            Self::AssertionInvalid => "ASSERTION_INVALID",
            Self::BasisMissing => "BASIS_MISSING",
            Self::ApprovalPending => "APPROVAL_PENDING",
            Self::BasisNotLive => "BASIS_NOT_LIVE",
            Self::ConsentWithdrawn => "CONSENT_WITHDRAWN",
            Self::MemberNotFound => "MEMBER_NOT_FOUND",
            Self::PreferenceRefuses => "PREFERENCE_REFUSES",
            Self::Restricted => "RESTRICTED",
            Self::NothingToRelease => "NOTHING_TO_RELEASE",
            Self::ClassNotHeld => "CLASS_NOT_HELD",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
