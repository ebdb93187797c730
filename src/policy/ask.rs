//! Asks: everything a decision weighs, read from the request, the register and the member's record.

use std::collections::BTreeSet;
use std::sync::Arc;

use fubako_keys::KeyClass;
use jiff::Timestamp;

use crate::model::basis::Basis;
use crate::model::caller::Caller;
use crate::model::form::FormSet;
use crate::model::ids::{BasisId, FieldId, MemberId, PurposeId, Slot};
use crate::model::party::Party;
use crate::model::preferences::Preferences;
use crate::model::recipient::Recipient;
use crate::policy::table::Policy;

/// A request for a view of one member.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Who asks.
    pub caller: Arc<Caller>,
    /// What for.
    pub purpose: Stated,
    /// For whom.
    pub recipient: Recipient,
    /// On what bases: all that the row needs, and no other.
    pub bases: Vec<BasisId>,
    /// About whom.
    pub member: MemberId,
    /// The fields and forms wanted; absent, the row's view, and empty, nothing.
    pub narrowing: Option<Vec<(FieldId, FormSet)>>,
    /// The member a verified self-service assertion is about.
    pub asserted: Option<MemberId>,
}

/// The purpose as a request states it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stated {
    /// Not at all.
    Nothing,
    /// By a text that cannot be a purpose's name.
    Unreadable,
    /// By name, in the policy or not.
    Named(PurposeId),
}

impl Stated {
    /// Reads what a request states.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.is_empty() { Self::Nothing } else { PurposeId::parse(text).map_or(Self::Unreadable, Self::Named) }
    }

    /// The name stated; empty where there is none that could be written down.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Nothing | Self::Unreadable => "",
            Self::Named(name) => name.as_str(),
        }
    }
}

impl From<PurposeId> for Stated {
    fn from(purpose: PurposeId) -> Self {
        Self::Named(purpose)
    }
}

/// What the register holds of what an ask names, and the time.
#[derive(Clone, Copy, Debug)]
pub struct Register<'a> {
    /// The party the ask names as recipient, if it is registered.
    pub party: Option<&'a Party>,
    /// Those of the bases asked for that were found.
    pub bases: &'a [Basis],
    /// Whether the caller is suspended.
    pub caller_suspended: bool,
    /// The instant decided at.
    pub now: Timestamp,
}

/// What the vault knows of the member; looked up only for an ask that is authorised.
#[derive(Clone, Copy, Debug)]
pub struct MemberFacts<'a> {
    /// What the record holds; absent, there is no such member.
    pub holdings: Option<&'a [Holding]>,
    /// The member's own choices.
    pub preferences: &'a Preferences,
    /// The last policy version the member was told of; absent, the current one.
    pub told: Option<&'a Policy>,
    /// The classes whose keys are here; absent, all of them.
    pub held: Option<&'a BTreeSet<KeyClass>>,
}

/// One value a record holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holding {
    /// The field.
    pub field: FieldId,
    /// The slot.
    pub slot: Slot,
}
