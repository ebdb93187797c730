//! Bases: the recorded legal ground of a release, and the states it goes through.

use std::fmt;

use jiff::Timestamp;
use minicbor::{Decode, Encode};

use crate::model::form::FormSet;
use crate::model::ids::{BasisId, CallerName, FieldId, MemberId, PartyId, PolicyVersion, PurposeId, Slot};
use crate::model::time::{Validity, micros};

/// A recorded legal basis.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Basis {
    /// What the vault calls it.
    #[n(0)]
    pub id: BasisId,
    /// What kind of ground it is.
    #[n(1)]
    pub kind: BasisKind,
    /// The member it is about; absent where it is about all (a contract).
    #[n(2)]
    pub member: Option<MemberId>,
    /// The party it lets receive, if it names one.
    #[n(3)]
    pub party: Option<PartyId>,
    /// What it covers; it may only narrow.
    #[n(4)]
    pub scope: Scope,
    /// The purposes it may serve; never empty.
    #[n(5)]
    pub purposes: Vec<PurposeId>,
    /// When it holds.
    #[n(6)]
    pub validity: Validity,
    /// How many distinct people must approve it before it is live.
    #[n(7)]
    pub approvals_needed: u8,
    /// Who did.
    #[n(8)]
    pub approvals: Vec<Approval>,
    /// Where the document lies that it rests on (an order, a contract, a court file).
    #[n(9)]
    pub reference: String,
    /// For a contract: the reference of its secrecy agreement.
    #[n(10)]
    pub secrecy_agreement: Option<String>,
    /// Where it stands.
    #[n(11)]
    pub state: BasisState,
    /// The policy version in force when it was recorded.
    #[n(12)]
    pub policy_version: PolicyVersion,
    /// Who recorded it.
    #[n(13)]
    pub recorded_by: CallerName,
    /// When.
    #[cbor(n(14), with = "micros")]
    pub recorded: Timestamp,
}

impl Basis {
    /// The state a basis of that kind is recorded in: live at once, or waiting for its approvals.
    #[must_use]
    pub const fn first_state(kind: BasisKind) -> BasisState {
        if kind.approvals_needed() == 0 { BasisState::Live } else { BasisState::Proposed }
    }

    /// Whether it can carry a release at that instant.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.state == BasisState::Live && self.validity.contains(now)
    }

    /// Whether it may serve the purpose.
    #[must_use]
    pub fn serves(&self, purpose: &PurposeId) -> bool {
        self.purposes.contains(purpose)
    }
}

/// What a basis covers.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Scope {
    /// It does not narrow the policy's view.
    #[n(0)]
    Unnarrowed,
    /// Only these; nothing, if the list is empty.
    #[n(1)]
    Only(#[n(0)] Vec<ScopeItem>),
}

/// One field a basis covers.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct ScopeItem {
    /// The field.
    #[n(0)]
    pub field: FieldId,
    /// The forms named, not closed downwards.
    #[n(1)]
    pub forms: FormSet,
    /// The slot it names; absent, it names none and slot 0 is meant.
    #[n(2)]
    pub slot: Option<Slot>,
}

/// One person's approval.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Approval {
    /// Who approved.
    #[n(0)]
    pub by: CallerName,
    /// When.
    #[cbor(n(1), with = "micros")]
    pub time: Timestamp,
}

/// The kind of a basis.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum BasisKind {
    /// One member bought from one seller.
    #[n(0)]
    Transaction,
    /// A contract with a party.
    #[n(1)]
    Contract,
    /// The member's consent.
    #[n(2)]
    Consent,
    /// A payment to settle.
    #[n(3)]
    Settlement,
    /// A dispute to solve.
    #[n(4)]
    Dispute,
    /// Life, body or property at stake.
    #[n(5)]
    Emergency,
    /// An order of a court or an authority.
    #[n(6)]
    LegalOrder,
    /// The business changes hands.
    #[n(7)]
    Transfer,
}

impl BasisKind {
    /// Every kind there is.
    pub const ALL: [Self; 8] = [
        Self::Transaction,
        Self::Contract,
        Self::Consent,
        Self::Settlement,
        Self::Dispute,
        Self::Emergency,
        Self::LegalOrder,
        Self::Transfer,
    ];

    /// The kind's name in policies, requests and entries.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::Contract => "contract",
            Self::Consent => "consent",
            Self::Settlement => "settlement",
            Self::Dispute => "dispute",
            Self::Emergency => "emergency",
            Self::LegalOrder => "legal-order",
            Self::Transfer => "transfer",
        }
    }

    /// The kind of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How many distinct people must approve a basis of this kind before it is live.
    #[must_use]
    pub const fn approvals_needed(self) -> u8 {
        match self {
            Self::Transaction | Self::Contract | Self::Consent | Self::Settlement | Self::Dispute => 0,
            Self::Emergency => 1,
            Self::LegalOrder | Self::Transfer => 2,
        }
    }

    /// Whether it must say what it covers: without a scope it covers nothing.
    #[must_use]
    pub const fn needs_scope(self) -> bool {
        matches!(self, Self::Consent | Self::LegalOrder)
    }

    /// Whether it is about one member, so that one must be named.
    #[must_use]
    pub const fn binds_member(self) -> bool {
        !matches!(self, Self::Contract | Self::Transfer)
    }
}

impl fmt::Display for BasisKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a basis stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum BasisState {
    /// Recorded, waiting for approvals.
    #[n(0)]
    Proposed,
    /// It carries releases while its validity holds.
    #[n(1)]
    Live,
    /// An approver or the marketplace refused it, with reasons.
    #[n(2)]
    Refused,
    /// The member or the registrar took it back.
    #[n(3)]
    Revoked,
    /// It came to its ordinary end.
    #[n(4)]
    Ended,
}

impl BasisState {
    /// Every state there is.
    pub const ALL: [Self; 5] = [Self::Proposed, Self::Live, Self::Refused, Self::Revoked, Self::Ended];

    /// The state's name in requests and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Live => "live",
            Self::Refused => "refused",
            Self::Revoked => "revoked",
            Self::Ended => "ended",
        }
    }

    /// Whether a basis may go from this state to the other.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Proposed => matches!(next, Self::Live | Self::Refused | Self::Revoked),
            Self::Live => matches!(next, Self::Revoked | Self::Ended),
            Self::Refused | Self::Revoked | Self::Ended => false,
        }
    }
}

impl fmt::Display for BasisState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
