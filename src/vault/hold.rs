//! Legal hold: while it lasts, nothing of a member is erased or removed.

use std::future::ready;

use minicbor::{Decode, Encode};

use crate::commit::remembered::Outcome;
use crate::commit::work::Write;
use crate::ledger::event::Event;
use crate::model::caller::Role;
use crate::model::ids::{CallerName, MemberId, Revision};
use crate::store::key::Key;
use crate::vault::Vault;
use crate::vault::error::Error;
use crate::vault::mutation::{Done, Plan, Request};

/// The row of a hold; it is there while the hold lasts.
#[derive(Debug, Encode, Decode)]
struct Hold {
    #[n(0)]
    reason: String,
    #[n(1)]
    by: CallerName,
}

/// Whether a member is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holding {
    /// Nothing of the member is erased.
    Held,
    /// A hold is lifted.
    Lifted,
}

impl Vault {
    /// Puts a hold on a member, or lifts it; needs the role `legal` or `officer`.
    pub async fn set_hold(
        &self,
        request: Request<'_>,
        member: MemberId,
        (holding, reason): (Holding, &str),
    ) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Legal, Role::Officer])?;
        self.mutate(request, || ready(self.plan_hold(request, member, holding, reason))).await
    }

    /// Refuses what would erase something of a member that is held; the row has to be rested on.
    pub(super) fn check_hold(&self, member: MemberId) -> Result<Key, Error> {
        let key = Key::hold(member);
        if self.row::<Hold>(&key)?.is_some() { Err(Error::Held) } else { Ok(key) }
    }

    /// The write by which a hold goes with the member it was put on, if there is one.
    pub(super) fn removed_hold(&self, member: MemberId) -> Result<Option<Write>, Error> {
        let key = Key::hold(member);
        let row = self.store.get(&key).map_err(Error::StoreUnavailable)?;
        Ok(row.map(|row| Write::remove(key, row.revision())))
    }

    fn plan_hold(&self, request: Request<'_>, member: MemberId, holding: Holding, reason: &str) -> Result<Plan, Error> {
        let key = Key::hold(member);
        let before = self.row::<Hold>(&key)?;
        let write = match (holding, before) {
            (Holding::Held, before) => {
                self.store.get(&Key::record(member)).map_err(Error::StoreUnavailable)?.ok_or(Error::MemberNotFound)?;
                let hold = Hold { reason: reason.to_owned(), by: request.caller.name.clone() };
                self.write_row(key, before.map_or(Revision::ABSENT, |row| row.revision), &hold)?
            }
            (Holding::Lifted, Some(before)) => Write::remove(key, before.revision),
            (Holding::Lifted, None) => return Err(Error::NotHeld),
        };
        let event = match holding {
            Holding::Held => Event::HoldSet,
            Holding::Lifted => Event::HoldLifted,
        };
        Ok(Plan {
            entry: self.entry(event, &request.caller.name)?.about(member).because(reason),
            rests_on: vec![Key::record(member)],
            touches: Vec::new(),
            writes: vec![write],
            sealed_under: Vec::new(),
            outcome: Outcome { subject: member.to_string(), revision: Revision::ABSENT },
        })
    }
}
