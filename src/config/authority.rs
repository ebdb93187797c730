//! Separation of powers: nobody records a kind of basis that its own releases could rest on.

use crate::config::problem::Problem;
use crate::model::basis::BasisKind;
use crate::model::caller::Caller;
use crate::model::ids::PurposeId;
use crate::model::recipient::RecipientClass;
use crate::policy::table::Policy;

/// A kind of basis a caller may both record and use, and where it could use it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OwnGround<'a> {
    pub(super) caller: &'a Caller,
    pub(super) kind: BasisKind,
    pub(super) purpose: PurposeId,
    pub(super) class: RecipientClass,
}

/// The kinds the caller may both record and use, each once, with the first release of the policy it could use it for.
pub(super) fn own_ground<'a>(policy: &Policy, caller: &'a Caller) -> Vec<OwnGround<'a>> {
    let mut found: Vec<OwnGround<'a>> = Vec::new();
    for purpose in policy.purposes().iter().filter(|purpose| caller.purposes.contains(purpose.id())) {
        for row in purpose.rows().iter().filter(|row| may_reach(caller, row.class())) {
            for kind in row.bases().iter().map(|need| need.kind()).filter(|kind| caller.records.contains(kind)) {
                if found.iter().all(|known| known.kind != kind) {
                    found.push(OwnGround { caller, kind, purpose: purpose.id().clone(), class: row.class() });
                }
            }
        }
    }
    found
}

/// Whether the caller may ask for someone of the class. A party named by id may be registered into any class later, so
/// it counts for every class that parties can have.
fn may_reach(caller: &Caller, class: RecipientClass) -> bool {
    caller.classes.contains(&class) || (!caller.parties.is_empty() && !class.is_built_in())
}

impl From<OwnGround<'_>> for Problem {
    fn from(ground: OwnGround<'_>) -> Self {
        Self::MakesOwnGround {
            caller: ground.caller.name.to_string(),
            kind: ground.kind,
            purpose: ground.purpose.to_string(),
            class: ground.class,
        }
    }
}
