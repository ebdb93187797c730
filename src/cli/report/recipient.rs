//! Recipients, as a record of provisions has to name them.

use std::collections::BTreeMap;

use fubako_proto::v1::{LedgerEntry, Party};
use serde::Serialize;

use crate::cli::wire;
use crate::model::recipient::RecipientClass;

/// The register of parties, by their ids.
pub(super) type Register = BTreeMap<String, Party>;

/// Who was given something, as registered when the report is made.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize)]
pub(super) struct Recipient {
    pub(super) class: String,
    pub(super) id: String,
    /// The name people know it by.
    pub(super) name: String,
    pub(super) legal_name: String,
    pub(super) address: String,
    pub(super) representative: String,
    pub(super) country: String,
    /// `active`, `suspended` or `ended`; `public` for everyone; `not-registered` for a party nobody knows any more.
    pub(super) standing: String,
}

impl Recipient {
    /// The recipient an entry names.
    pub(super) fn of(entry: &LedgerEntry, register: &Register) -> Self {
        let known = Self { class: entry.recipient_class.clone(), id: entry.recipient.clone(), ..Self::default() };
        if known.is_public() {
            return Self { legal_name: PUBLIC.to_owned(), standing: "public".to_owned(), ..known };
        }
        let Some(party) = register.get(&entry.recipient) else {
            return Self { standing: "not-registered".to_owned(), ..known };
        };
        let details = party.details.clone().unwrap_or_default();
        let legal_name = if details.legal_name.is_empty() { details.name.clone() } else { details.legal_name };
        Self {
            name: details.name,
            legal_name,
            address: details.address,
            representative: details.representative,
            country: details.country,
            standing: wire::party_state(party.state()).to_owned(),
            ..known
        }
    }

    /// Whether everyone was given it.
    pub(super) fn is_public(&self) -> bool {
        self.class == RecipientClass::Public.name()
    }

    /// Its name in the record: the legal one, else its id.
    pub(super) fn title(&self) -> &str {
        if self.legal_name.is_empty() { &self.id } else { &self.legal_name }
    }
}

/// Whether what goes to this class leaves the marketplace and the member it is about.
pub(super) fn is_outside(class: &str) -> bool {
    ![RecipientClass::Marketplace.name(), RecipientClass::Member.name()].contains(&class)
}

/// How the record names everyone (Enforcement Rules, Art. 20: that it was given to unspecified and many persons).
const PUBLIC: &str = "the public (unspecified and many persons)";
