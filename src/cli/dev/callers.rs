//! The sample callers: the services of a small marketplace, and the companies it works with.

use std::collections::BTreeSet;

use crate::model::basis::BasisKind;
use crate::model::caller::Role;
use crate::model::recipient::RecipientClass;
use crate::policy::table::Policy;

/// A sample caller.
pub(in crate::cli) struct SampleCaller {
    /// Its name; of a company that calls itself, also its id as a party.
    pub(in crate::cli) name: &'static str,
    /// Who it is, in a few words.
    pub(in crate::cli) who: &'static str,
    pub(super) roles: &'static [Role],
    pub(super) reach: Reach,
    pub(super) records: &'static [BasisKind],
}

/// For whom a sample caller may ask.
pub(super) enum Reach {
    /// For nobody.
    Nobody,
    /// For recipients of these classes.
    Classes(&'static [RecipientClass]),
    /// For itself, a party of this class.
    Itself(RecipientClass),
}

impl SampleCaller {
    /// The identity in its certificate.
    pub(in crate::cli) fn identity(&self) -> String {
        format!("spiffe://fubako.test/{}", self.name)
    }

    /// The class of the party it is, if it is one.
    pub(in crate::cli) fn own_class(&self) -> Option<RecipientClass> {
        match self.reach {
            Reach::Itself(class) => Some(class),
            Reach::Nobody | Reach::Classes(_) => None,
        }
    }

    /// Whether members come to it, so that it calls with their assertions.
    pub(super) fn is_for_members(&self) -> bool {
        self.reaches(RecipientClass::Member)
    }

    /// Every purpose of the policy that it can ask for somebody for.
    pub(super) fn purposes(&self, policy: &Policy) -> Vec<String> {
        let rows =
            policy.purposes().iter().filter(|purpose| purpose.rows().iter().any(|row| self.reaches(row.class())));
        rows.map(|purpose| purpose.id().to_string()).collect()
    }

    fn reaches(&self, class: RecipientClass) -> bool {
        match self.reach {
            Reach::Nobody => false,
            Reach::Classes(classes) => classes.contains(&class),
            Reach::Itself(own) => own == class,
        }
    }
}

/// The caller that asks for recipients of a class: the party itself, where it calls.
pub(in crate::cli) fn asking_for(class: RecipientClass) -> Option<&'static SampleCaller> {
    let itself = CALLERS.iter().find(|caller| caller.own_class() == Some(class));
    itself.or_else(|| CALLERS.iter().find(|caller| caller.reaches(class)))
}

/// The roles that occur, for a table of who may do what.
pub(in crate::cli) fn roles(caller: &SampleCaller) -> String {
    let names: BTreeSet<&str> = caller.roles.iter().map(|role| role.name()).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// All of them. Nobody who asks for views records bases, and the other way round.
pub(in crate::cli) const CALLERS: &[SampleCaller] = &[
    SampleCaller {
        name: "shop",
        who: "the marketplace's own site: collects members, asks for itself and for sellers",
        roles: &[Role::Collector, Role::Discloser],
        reach: Reach::Classes(&[RecipientClass::Marketplace, RecipientClass::Seller, RecipientClass::Public]),
        records: &[],
    },
    SampleCaller {
        name: "portal",
        who: "where members see and change their own data",
        roles: &[Role::Collector, Role::Discloser],
        reach: Reach::Classes(&[RecipientClass::Member]),
        records: &[],
    },
    SampleCaller {
        name: "registry",
        who: "registers parties and records bases, and never sees a view",
        roles: &[Role::Registrar],
        reach: Reach::Nobody,
        records: &BasisKind::ALL,
    },
    SampleCaller {
        name: "officer",
        who: "the privacy officer",
        roles: &[Role::Officer],
        reach: Reach::Nobody,
        records: &[],
    },
    SampleCaller {
        name: "auditor",
        who: "reads the ledger",
        roles: &[Role::Auditor],
        reach: Reach::Nobody,
        records: &[],
    },
    SampleCaller {
        name: "operator",
        who: "runs the vault",
        roles: &[Role::Operator],
        reach: Reach::Nobody,
        records: &[],
    },
    SampleCaller {
        name: "keeper",
        who: "one of two who approve that a key is destroyed or given out",
        roles: &[Role::Approver],
        reach: Reach::Nobody,
        records: &[],
    },
    SampleCaller {
        name: "second-keeper",
        who: "the other one",
        roles: &[Role::Approver],
        reach: Reach::Nobody,
        records: &[],
    },
    SampleCaller {
        name: "billing",
        who: "prepares payments; may ask for card companies and banks, and is none",
        roles: &[Role::Discloser],
        reach: Reach::Classes(&[RecipientClass::CardCompany, RecipientClass::FinancialInstitution]),
        records: &[],
    },
    SampleCaller {
        name: "legal-desk",
        who: "answers authorities and the other side of disputes, and reads what the law keeps of the erased",
        roles: &[Role::Discloser, Role::Legal],
        reach: Reach::Classes(&[RecipientClass::Authority, RecipientClass::DisputeParty]),
        records: &[],
    },
    company("hayate-express", "a carrier, with its own certificate", RecipientClass::Subcontractor),
    company("minato-research", "a partner, with its own certificate", RecipientClass::Partner),
    company("hoshi-card", "a card company, with its own certificate", RecipientClass::CardCompany),
    company("kawabe-bank", "a bank, with its own certificate", RecipientClass::FinancialInstitution),
    company("tsugi-market", "a successor, with its own certificate", RecipientClass::Successor),
];

/// A company that asks for itself.
const fn company(name: &'static str, who: &'static str, class: RecipientClass) -> SampleCaller {
    SampleCaller { name, who, roles: &[Role::Discloser], reach: Reach::Itself(class), records: &[] }
}
