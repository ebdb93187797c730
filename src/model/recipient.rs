//! Recipients: who a release is for, and the class each belongs to.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::model::ids::PartyId;
use crate::model::label::Label;

/// The class of a recipient; a policy's rows speak of classes, never of single parties.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum RecipientClass {
    /// The marketplace itself.
    #[n(0)]
    Marketplace,
    /// The member, about themself.
    #[n(1)]
    Member,
    /// Everyone.
    #[n(2)]
    Public,
    /// A seller on the marketplace.
    #[n(3)]
    Seller,
    /// A company that works for the marketplace.
    #[n(4)]
    Subcontractor,
    /// A company that cooperates with the marketplace.
    #[n(5)]
    Partner,
    /// A card company.
    #[n(6)]
    CardCompany,
    /// A bank or another financial institution.
    #[n(7)]
    FinancialInstitution,
    /// Who takes the business over.
    #[n(8)]
    Successor,
    /// A court, a regulator, the police.
    #[n(9)]
    Authority,
    /// The other side of a dispute.
    #[n(10)]
    DisputeParty,
}

impl RecipientClass {
    /// Every class there is.
    pub const ALL: [Self; 11] = [
        Self::Marketplace,
        Self::Member,
        Self::Public,
        Self::Seller,
        Self::Subcontractor,
        Self::Partner,
        Self::CardCompany,
        Self::FinancialInstitution,
        Self::Successor,
        Self::Authority,
        Self::DisputeParty,
    ];

    /// The class's name in policies, requests and entries.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Marketplace => "marketplace",
            Self::Member => "member",
            Self::Public => "public",
            Self::Seller => "seller",
            Self::Subcontractor => "subcontractor",
            Self::Partner => "partner",
            Self::CardCompany => "card-company",
            Self::FinancialInstitution => "financial-institution",
            Self::Successor => "successor",
            Self::Authority => "authority",
            Self::DisputeParty => "dispute-party",
        }
    }

    /// The class of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Whether the class is built in, so that nobody can register into it.
    #[must_use]
    pub const fn is_built_in(self) -> bool {
        matches!(self, Self::Marketplace | Self::Member | Self::Public)
    }
}

impl fmt::Display for RecipientClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who a release is for, as the caller states it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Recipient {
    /// The marketplace itself.
    Marketplace,
    /// The member the data is about.
    Member,
    /// Everyone.
    Public,
    /// A registered party.
    Party(PartyId),
}

impl Recipient {
    /// The class, where it does not need looking up.
    #[must_use]
    pub const fn built_in_class(&self) -> Option<RecipientClass> {
        match self {
            Self::Marketplace => Some(RecipientClass::Marketplace),
            Self::Member => Some(RecipientClass::Member),
            Self::Public => Some(RecipientClass::Public),
            Self::Party(_) => None,
        }
    }

    /// The registered party, if it is one.
    #[must_use]
    pub const fn party(&self) -> Option<&PartyId> {
        match self {
            Self::Party(id) => Some(id),
            Self::Marketplace | Self::Member | Self::Public => None,
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Label::from(self).as_str())
    }
}

impl From<&Recipient> for Label {
    fn from(recipient: &Recipient) -> Self {
        match recipient {
            Recipient::Marketplace => "marketplace".into(),
            Recipient::Member => "member".into(),
            Recipient::Public => "public".into(),
            Recipient::Party(id) => id.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_its_own_name() {
        for class in RecipientClass::ALL {
            assert_eq!(RecipientClass::parse(class.name()), Some(class));
        }
    }
}
