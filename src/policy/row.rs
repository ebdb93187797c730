//! Rows: what one class of recipient is shown for one purpose, and on what conditions.

use std::collections::BTreeMap;

use crate::model::basis::{Basis, BasisKind};
use crate::model::form::FormSet;
use crate::model::recipient::RecipientClass;
use crate::policy::terms::StandingTerm;

/// What one recipient class is shown for one purpose.
#[derive(Clone, Debug)]
pub struct Row {
    pub(super) class: RecipientClass,
    pub(super) view: Box<[FormSet]>,
    pub(super) extent: Extent,
    pub(super) verify: Box<[Option<FormSet>]>,
    pub(super) bases: Vec<Requirement>,
    pub(super) terms: Vec<StandingTerm>,
    pub(super) delete_after_days: Option<u16>,
    pub(super) own_identity: bool,
    pub(super) all_slots: bool,
    pub(super) countries: Vec<String>,
    pub(super) grounds: BTreeMap<String, String>,
}

impl Row {
    /// The class of recipients it is for.
    #[must_use]
    pub const fn class(&self) -> RecipientClass {
        self.class
    }

    /// The forms of each field of the policy, in the policy's order: closed downwards and under the clause's ceiling.
    #[must_use]
    pub const fn view(&self) -> &[FormSet] {
        &self.view
    }

    /// Whether the row lists its view, or leaves it to what the basis names.
    #[must_use]
    pub const fn extent(&self) -> Extent {
        self.extent
    }

    /// What a question may be about, for each field of the policy: the forms, closed downwards (none for a password,
    /// whose verifier alone is asked); `None` where the field may not be asked about.
    #[must_use]
    pub const fn verify(&self) -> &[Option<FormSet>] {
        &self.verify
    }

    /// The bases a release needs, each of them.
    #[must_use]
    pub fn bases(&self) -> &[Requirement] {
        &self.bases
    }

    /// The terms every view of the row is given under.
    #[must_use]
    pub fn terms(&self) -> &[StandingTerm] {
        &self.terms
    }

    /// After how many days, in the policy's time zone, the recipient must have deleted the view.
    #[must_use]
    pub const fn delete_after_days(&self) -> Option<u16> {
        self.delete_after_days
    }

    /// Whether only the party itself may ask, by the certificate identity it is registered with.
    #[must_use]
    pub const fn is_for_own_identity(&self) -> bool {
        self.own_identity
    }

    /// Whether every slot of a field is shown, not one of them.
    #[must_use]
    pub const fn shows_all_slots(&self) -> bool {
        self.all_slots
    }

    /// The countries a party of the row may receive in (ISO 3166-1 alpha-2); empty for built-in recipients.
    #[must_use]
    pub fn countries(&self) -> &[String] {
        &self.countries
    }

    /// The legal ground, by law.
    #[must_use]
    pub const fn grounds(&self) -> &BTreeMap<String, String> {
        &self.grounds
    }
}

/// How a row says what it shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// Field by field.
    Listed,
    /// What the basis names, under the clause's ceiling.
    NamedByBasis,
}

/// One basis a row needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Requirement {
    pub(super) kind: BasisKind,
    pub(super) binds: Binding,
    pub(super) secrecy: bool,
}

impl Requirement {
    /// The kind of basis.
    #[must_use]
    pub const fn kind(self) -> BasisKind {
        self.kind
    }

    /// Whom it must name.
    #[must_use]
    pub const fn binds(self) -> Binding {
        self.binds
    }

    /// Whether it must come with a secrecy agreement.
    #[must_use]
    pub const fn needs_secrecy(self) -> bool {
        self.secrecy
    }

    /// Whether the secrecy it asks for, if any, is on record with the basis.
    #[must_use]
    pub const fn secrecy_is_agreed(self, basis: &Basis) -> bool {
        !self.secrecy || basis.secrecy_agreement.is_some()
    }
}

/// Whom a basis must name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// The member.
    Member,
    /// The recipient.
    Recipient,
    /// The member and the recipient.
    Both,
}

impl Binding {
    /// Whether it must name the member.
    #[must_use]
    pub const fn of_member(self) -> bool {
        matches!(self, Self::Member | Self::Both)
    }

    /// Whether it must name the recipient.
    #[must_use]
    pub const fn of_recipient(self) -> bool {
        matches!(self, Self::Recipient | Self::Both)
    }

    /// Whom it must name, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Member => "the member",
            Self::Recipient => "the recipient",
            Self::Both => "the member and the recipient",
        }
    }
}
