//! Callers: the authenticated services, and what the configuration lets each do.

use std::collections::BTreeSet;
use std::fmt;

use crate::model::basis::BasisKind;
use crate::model::ids::{CallerName, PartyId, PurposeId};
use crate::model::recipient::RecipientClass;

/// What entries call the vault where it acts by itself; no caller may have this name.
pub const VAULT_ITSELF: &str = "vault";

/// An authenticated service and what it may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// What the configuration and the ledger call it.
    pub name: CallerName,
    /// The identity in its certificate.
    pub identity: Identity,
    /// What it may do.
    pub roles: BTreeSet<Role>,
    /// The purposes it may state.
    pub purposes: BTreeSet<PurposeId>,
    /// The recipient classes it may ask for.
    pub classes: BTreeSet<RecipientClass>,
    /// The single parties it may ask for.
    pub parties: BTreeSet<PartyId>,
    /// The kinds of basis it may record.
    pub records: BTreeSet<BasisKind>,
}

impl Caller {
    /// Whether it may ask for a recipient of that class or that party.
    #[must_use]
    pub fn may_ask_for(&self, class: RecipientClass, party: Option<&PartyId>) -> bool {
        self.classes.contains(&class) || party.is_some_and(|party| self.parties.contains(party))
    }

    /// Whether it has the role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// The identity a certificate proves: one SPIFFE URI, or one DNS name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity(Box<str>);

impl Identity {
    /// Parses `spiffe://trust-domain/path` or a DNS name (lower case, no wildcard).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = match text.strip_prefix("spiffe://") {
            Some(rest) => is_spiffe(rest),
            None => is_dns_name(text),
        };
        well_formed.then(|| Self(text.into()))
    }

    /// The identity's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// What a caller may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// Collects and corrects members' data.
    Collector,
    /// Asks for views.
    Discloser,
    /// Registers parties and records bases.
    Registrar,
    /// Erases, restricts, explains; the privacy officer's.
    Officer,
    /// Approves bases that need approval.
    Approver,
    /// Runs the vault.
    Operator,
    /// Reads the ledger and the register.
    Auditor,
    /// Reads what the law keeps of the erased.
    Legal,
}

impl Role {
    /// Every role there is.
    pub const ALL: [Self; 8] = [
        Self::Collector,
        Self::Discloser,
        Self::Registrar,
        Self::Officer,
        Self::Approver,
        Self::Operator,
        Self::Auditor,
        Self::Legal,
    ];

    /// The role's name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Collector => "collector",
            Self::Discloser => "discloser",
            Self::Registrar => "registrar",
            Self::Officer => "officer",
            Self::Approver => "approver",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Legal => "legal",
        }
    }

    /// The role of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn is_spiffe(rest: &str) -> bool {
    let Some((domain, path)) = rest.split_once('/') else {
        return false;
    };
    let segment = |segment: &str| {
        !segment.is_empty()
            && segment != "."
            && segment != ".."
            && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    !domain.is_empty()
        && domain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
        && path.split('/').all(segment)
        && rest.len() <= 2048
}

fn is_dns_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_that_could_be_read_two_ways_are_refused() {
        for text in [
            "",
            "spiffe://",
            "spiffe://a",
            "spiffe://a/",
            "spiffe:///b",
            "spiffe://a/b/../c",
            "spiffe://a/b//c",
            "spiffe://A/b",
            "spiffe://a/b%2f",
            "*.example",
            "Shop.example",
            "shop..example",
            "-shop.example",
            "a b",
        ] {
            assert_eq!(Identity::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn spiffe_uris_and_dns_names_are_identities() {
        for text in ["spiffe://market.example/shop", "shop.market.example", "localhost"] {
            assert_eq!(Identity::parse(text).as_ref().map(Identity::as_str), Some(text));
        }
    }
}
