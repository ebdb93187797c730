//! The callers of the tests, each with as much as its tests need.

use std::collections::BTreeSet;

use fubako::model::basis::BasisKind;
use fubako::model::caller::{Caller, Identity, Role};
use fubako::model::ids::{CallerName, PartyId, PurposeId};
use fubako::model::recipient::RecipientClass;
use fubako::policy::table::Policy;

/// Collects and corrects.
pub(crate) const SHOP: &str = "shop";
/// Asks for any view the policy knows.
pub(crate) const ASKER: &str = "asker";
/// Asks for notices to the marketplace, and for one seller.
pub(crate) const NARROW: &str = "narrow";
/// The card company's own caller.
pub(crate) const CARDS: &str = "cards";
/// The bank's own caller.
pub(crate) const BANK: &str = "bank";
/// Registers parties, records bases.
pub(crate) const REGISTRAR: &str = "registrar";
/// Records contracts and nothing else.
pub(crate) const CONTRACTS: &str = "contracts";
/// The privacy officer's.
pub(crate) const OFFICER: &str = "officer";
/// Runs the vault.
pub(crate) const OPERATOR: &str = "operator";
/// Reads the ledger.
pub(crate) const AUDITOR: &str = "auditor";
/// Reads what the law keeps of the erased.
pub(crate) const LEGAL: &str = "legal";

/// Approves, as does the second one.
pub(crate) const APPROVER: &str = "approver";
/// The second approver.
pub(crate) const SECOND: &str = "second";

/// All of them.
pub(crate) fn all(policy: &Policy) -> Vec<Caller> {
    let every_purpose = || policy.purposes().iter().map(|purpose| purpose.id().clone()).collect();
    let every_kind = || BTreeSet::from(BasisKind::ALL);
    let some = |name: &str| policy.purposes().iter().map(|p| p.id().clone()).filter(|id| id.as_str() == name).collect();
    vec![
        Caller { roles: [Role::Collector].into(), ..nothing(SHOP) },
        Caller {
            roles: [Role::Discloser].into(),
            purposes: every_purpose(),
            classes: RecipientClass::ALL.into(),
            ..nothing(ASKER)
        },
        Caller {
            roles: [Role::Discloser].into(),
            purposes: ["transaction-notice", "transaction-with-seller"].map(purpose).into(),
            classes: [RecipientClass::Marketplace].into(),
            parties: [PartyId::parse("potter").unwrap()].into(),
            ..nothing(NARROW)
        },
        Caller {
            identity: Identity::parse(&identity(CARDS)).unwrap(),
            roles: [Role::Discloser].into(),
            purposes: some("settlement"),
            classes: [RecipientClass::CardCompany].into(),
            ..nothing(CARDS)
        },
        Caller {
            roles: [Role::Discloser].into(),
            purposes: some("settlement"),
            classes: [RecipientClass::FinancialInstitution].into(),
            ..nothing(BANK)
        },
        Caller { roles: [Role::Registrar].into(), records: every_kind(), ..nothing(REGISTRAR) },
        Caller { roles: [Role::Registrar].into(), records: [BasisKind::Contract].into(), ..nothing(CONTRACTS) },
        Caller { roles: [Role::Officer].into(), ..nothing(OFFICER) },
        Caller { roles: [Role::Operator].into(), ..nothing(OPERATOR) },
        Caller { roles: [Role::Auditor].into(), ..nothing(AUDITOR) },
        Caller { roles: [Role::Legal].into(), ..nothing(LEGAL) },
        Caller { roles: [Role::Approver].into(), ..nothing(APPROVER) },
        Caller { roles: [Role::Approver].into(), ..nothing(SECOND) },
    ]
}

/// A caller that may do nothing.
pub(crate) fn nothing(name: &str) -> Caller {
    Caller {
        name: CallerName::parse(name).unwrap(),
        identity: Identity::parse(&identity(name)).unwrap(),
        roles: BTreeSet::new(),
        purposes: BTreeSet::new(),
        classes: BTreeSet::new(),
        parties: BTreeSet::new(),
        records: BTreeSet::new(),
    }
}

/// The identity in a caller's certificate; the card company goes by a DNS name, all others by a SPIFFE URI.
pub(crate) fn identity(name: &str) -> String {
    if name == CARDS { "cards.example".to_owned() } else { format!("spiffe://market.example/{name}") }
}

pub(crate) fn purpose(name: &str) -> PurposeId {
    PurposeId::parse(name).unwrap()
}
