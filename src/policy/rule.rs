//! Rules: what stood against a release, in plain words that name no value and do not betray whether a member exists.

use thiserror::Error;

use crate::model::basis::BasisKind;
use crate::model::ids::{BasisId, CallerName, PartyId, PurposeId};
use crate::model::party::PartyState;
use crate::model::recipient::{Recipient, RecipientClass};
use crate::policy::check::Check;
use crate::policy::purpose::{Answers, Place};
use crate::policy::reason::Reason;

/// The rule that refused, with what it speaks of.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Rule {
    /// The caller is suspended.
    #[error("caller `{0}` is suspended")]
    CallerSuspended(CallerName),
    /// The request states no purpose.
    #[error("a release needs a purpose, and none is stated")]
    PurposeMissing,
    /// What is stated cannot be a purpose's name; it is not repeated, since it may be anything.
    #[error("what is stated as purpose is not the name of one")]
    PurposeUnreadable,
    /// The catalogue is closed.
    #[error("purpose `{0}` is not in the policy")]
    PurposeUnknown(PurposeId),
    /// The caller's configuration does not give it the purpose.
    #[error("{place} is not among those caller `{caller}` may state")]
    PurposeNotHeld {
        /// The purpose stated.
        place: Place,
        /// The caller.
        caller: CallerName,
    },
    /// The purpose is answered in another way.
    #[error("{place} answers with {}, never with {}", answers.words(), asked.words())]
    OtherAnswer {
        /// The purpose stated.
        place: Place,
        /// How it is answered.
        answers: Answers,
        /// What was asked for.
        asked: Answers,
    },
    /// Nobody registered that party.
    #[error("recipient `{0}` is not registered")]
    RecipientUnknown(PartyId),
    /// The party may not receive at present.
    #[error("recipient `{party}` is {state}")]
    RecipientInactive {
        /// The party.
        party: PartyId,
        /// Its state.
        state: PartyState,
    },
    /// The purpose has no row for the class.
    #[error("{place} has no view for recipients of class `{class}`")]
    NoRow {
        /// The purpose stated.
        place: Place,
        /// The recipient's class.
        class: RecipientClass,
    },
    /// The row does not let data go to that country.
    #[error(
        "{place} does not let data go to {country}, where recipient `{party}` receives it, but to {permitted} only"
    )]
    CountryNotPermitted {
        /// The purpose stated.
        place: Place,
        /// The party.
        party: PartyId,
        /// Its country.
        country: String,
        /// The countries of the row, in words.
        permitted: String,
    },
    /// The caller's configuration does not give it the recipient.
    #[error("caller `{caller}` may not ask for recipient `{recipient}`")]
    RecipientNotHeld {
        /// The caller.
        caller: CallerName,
        /// The recipient.
        recipient: Recipient,
    },
    /// Only the member themself may receive what is shown to members.
    #[error("{0} needs an assertion that it is the member who asks")]
    AssertionMissing(Place),
    /// Only the party itself may ask.
    #[error("{place} answers recipient `{party}` only when it calls with its own registered certificate identity")]
    NotOwnIdentity {
        /// The purpose stated.
        place: Place,
        /// The party.
        party: PartyId,
    },
    /// No basis asked for fits what the row needs.
    #[error("{place} needs a {kind} on record that names {names}, for a recipient of class `{class}`")]
    BasisMissing {
        /// The purpose stated.
        place: Place,
        /// The recipient's class.
        class: RecipientClass,
        /// The kind needed.
        kind: BasisKind,
        /// Whom it must name, in words.
        names: &'static str,
    },
    /// A basis asked for is of the kind and names whom it must, and the purpose is not among those it may serve.
    #[error("{kind} {basis} does not list {place} among the purposes it may serve")]
    BasisOfOtherPurpose {
        /// The purpose stated.
        place: Place,
        /// The basis' kind.
        kind: BasisKind,
        /// The basis.
        basis: BasisId,
    },
    /// The basis is unknown, another's, or not needed; which of these, nobody is told.
    #[error("basis {basis} is not on record as one that {place} needs for this member and recipient")]
    BasisForeign {
        /// The purpose stated.
        place: Place,
        /// The basis.
        basis: BasisId,
    },
    /// The row needs a secrecy agreement.
    #[error("{place} needs a secrecy agreement, and {kind} {basis} has none on record")]
    SecrecyMissing {
        /// The purpose stated.
        place: Place,
        /// The basis' kind.
        kind: BasisKind,
        /// The basis.
        basis: BasisId,
    },
    /// The basis waits for approvals.
    #[error("{kind} {basis} still waits for approval")]
    ApprovalPending {
        /// The basis' kind.
        kind: BasisKind,
        /// The basis.
        basis: BasisId,
    },
    /// The member took the consent back.
    #[error("consent {0} was withdrawn")]
    ConsentWithdrawn(BasisId),
    /// The basis does not hold now.
    #[error("{kind} {basis} {}", lapse.words())]
    BasisNotLive {
        /// The basis' kind.
        kind: BasisKind,
        /// The basis.
        basis: BasisId,
        /// Why it does not hold.
        lapse: Lapse,
    },
    /// There is no such member.
    #[error("there is no such member")]
    MemberUnknown,
    /// The member refuses the purpose.
    #[error("the member refuses {0} by preference")]
    PreferenceRefuses(Place),
    /// The member restricted processing.
    #[error("the member restricted processing, which freezes {0}")]
    Restricted(Place),
    /// The member is in the grace period before their erasure.
    #[error("the member is about to be erased, which freezes {0}")]
    ErasurePending(Place),
    /// Every field is withheld.
    #[error("{place} leaves nothing to show to a recipient of class `{class}`: every field is withheld")]
    NothingLeft {
        /// The purpose stated.
        place: Place,
        /// The recipient's class.
        class: RecipientClass,
    },
    /// The purpose does not verify what is claimed.
    #[error("{place} does not verify `{claim}`")]
    NotVerified {
        /// The purpose stated.
        place: Place,
        /// The field, with the form if one is claimed.
        claim: String,
    },
    /// The keyring is a scoped one, without the keys of these classes.
    #[error("{place} needs the keys of {classes}, which the scoped keyring of this node does not hold")]
    KeysNotHeld {
        /// The purpose stated.
        place: Place,
        /// The classes, in words.
        classes: String,
    },
}

impl Rule {
    /// The reason callers learn.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        match self {
            Self::CallerSuspended(_) => Reason::CallerSuspended,
            Self::PurposeMissing => Reason::PurposeMissing,
            Self::PurposeUnreadable | Self::PurposeUnknown(_) => Reason::PurposeNotRecognised,
            Self::PurposeNotHeld { .. } => Reason::PurposeNotHeld,
            Self::OtherAnswer { .. } | Self::NothingLeft { .. } | Self::NotVerified { .. } => Reason::NothingToRelease,
            Self::RecipientUnknown(_)
            | Self::RecipientInactive { .. }
            | Self::NoRow { .. }
            | Self::CountryNotPermitted { .. }
            | Self::RecipientNotHeld { .. }
            | Self::NotOwnIdentity { .. } => Reason::RecipientNotEntitled,
            Self::AssertionMissing(_) => Reason::AssertionInvalid,
            Self::BasisMissing { .. }
            | Self::BasisOfOtherPurpose { .. }
            | Self::BasisForeign { .. }
            | Self::SecrecyMissing { .. } => Reason::BasisMissing,
            Self::ApprovalPending { .. } => Reason::ApprovalPending,
            Self::ConsentWithdrawn(_) => Reason::ConsentWithdrawn,
            Self::BasisNotLive { .. } => Reason::BasisNotLive,
            Self::MemberUnknown => Reason::MemberNotFound,
            Self::PreferenceRefuses(_) => Reason::PreferenceRefuses,
            Self::Restricted(_) | Self::ErasurePending(_) => Reason::Restricted,
            Self::KeysNotHeld { .. } => Reason::ClassNotHeld,
        }
    }

    /// The check it failed.
    #[must_use]
    pub const fn check(&self) -> Check {
        match self {
            Self::CallerSuspended(_) => Check::CallerActive,
            Self::PurposeMissing => Check::PurposeStated,
            Self::PurposeUnreadable | Self::PurposeUnknown(_) => Check::PurposeRecognised,
            Self::PurposeNotHeld { .. } => Check::PurposeHeld,
            Self::OtherAnswer { .. } => Check::AnswerFits,
            Self::RecipientUnknown(_) => Check::RecipientRegistered,
            Self::RecipientInactive { .. } => Check::RecipientActive,
            Self::NoRow { .. } => Check::RowForRecipient,
            Self::CountryNotPermitted { .. } => Check::CountryPermitted,
            Self::RecipientNotHeld { .. } => Check::RecipientHeld,
            Self::AssertionMissing(_) => Check::MemberAsserted,
            Self::NotOwnIdentity { .. } => Check::OwnIdentity,
            Self::BasisMissing { .. }
            | Self::BasisOfOtherPurpose { .. }
            | Self::BasisForeign { .. }
            | Self::SecrecyMissing { .. } => Check::BasesOnRecord,
            Self::ApprovalPending { .. } | Self::ConsentWithdrawn(_) | Self::BasisNotLive { .. } => Check::BasesLive,
            Self::MemberUnknown => Check::MemberKnown,
            Self::PreferenceRefuses(_) => Check::PreferenceAllows,
            Self::Restricted(_) | Self::ErasurePending(_) => Check::NotRestricted,
            Self::NothingLeft { .. } | Self::NotVerified { .. } => Check::SomethingLeft,
            Self::KeysNotHeld { .. } => Check::KeysHeld,
        }
    }
}

/// Why a basis does not hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lapse {
    /// It was refused.
    Refused,
    /// It was taken back.
    Revoked,
    /// It came to its end.
    Ended,
    /// It does not hold yet.
    NotYet,
    /// Its time is over.
    Expired,
}

impl Lapse {
    const fn words(self) -> &'static str {
        match self {
            Self::Refused => "was refused",
            Self::Revoked => "was revoked",
            Self::Ended => "has ended",
            Self::NotYet => "does not hold yet",
            Self::Expired => "has expired",
        }
    }
}
