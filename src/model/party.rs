//! Parties: registered recipients outside the marketplace.

use std::fmt;

use jiff::Timestamp;
use minicbor::{Decode, Encode};

use crate::model::ids::PartyId;
use crate::model::recipient::RecipientClass;
use crate::model::time::micros;

/// A registered recipient, with what the law wants recorded of it (APPI Art. 29, 30).
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Party {
    /// What the vault calls it.
    #[n(0)]
    pub id: PartyId,
    /// The class whose rows of the policy apply to it.
    #[n(1)]
    pub class: RecipientClass,
    /// The name people know it by.
    #[n(2)]
    pub name: String,
    /// Its registered name.
    #[n(3)]
    pub legal_name: String,
    /// Where it sits.
    #[n(4)]
    pub address: String,
    /// Who represents it.
    #[n(5)]
    pub representative: String,
    /// ISO 3166-1 alpha-2 code of the country it receives data in.
    #[n(6)]
    pub country: String,
    /// The certificate identity it calls with, if it calls itself.
    #[n(7)]
    pub identity: Option<String>,
    /// The HPKE public key views may be sealed to, if it has one.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub hpke_key: Option<Vec<u8>>,
    /// Whether it may receive now.
    #[n(9)]
    pub state: PartyState,
    /// When it was registered.
    #[cbor(n(10), with = "micros")]
    pub registered: Timestamp,
}

/// Whether a party may receive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum PartyState {
    /// It may.
    #[n(0)]
    Active,
    /// Not at present.
    #[n(1)]
    Suspended,
    /// Never again.
    #[n(2)]
    Ended,
}

impl PartyState {
    /// Every state there is.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Ended];

    /// The state's name in requests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
        }
    }

    /// The state of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for PartyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
