//! Parties: registering recipients, and suspending or ending them.

use std::future::ready;

use crate::commit::remembered::Outcome;
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{PartyId, Revision};
use crate::model::party::{Party, PartyState};
use crate::store::key::{Key, KeyPrefix};
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::error::{Error, Taken};
use crate::vault::mutation::{Done, Plan, Request};
use crate::vault::rows::Revised;

/// A change of a party's state.
#[derive(Debug)]
pub struct PartyStateChange {
    /// The party.
    pub party: PartyId,
    /// The revision the caller saw; [`Revision::ABSENT`] if it does not care.
    pub expected: Revision,
    /// The state it is to have.
    pub state: PartyState,
}

impl Vault {
    /// Registers a party; needs the role `registrar`.
    pub async fn register_party(&self, request: Request<'_>, party: &Party) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Registrar])?;
        if party.class.is_built_in() {
            let problem = format!("`{}` is built in, nobody can be registered as it", party.class);
            return Err(Error::Invalid { argument: "class".to_owned(), problem });
        }
        self.mutate(request, || ready(self.plan_register(request, party))).await
    }

    /// Suspends a party, ends it, or makes it active again; needs the role `registrar` or `officer`.
    pub async fn set_party_state(&self, request: Request<'_>, change: &PartyStateChange) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Registrar, Role::Officer])?;
        self.mutate(request, || ready(self.plan_party_state(request, change))).await
    }

    /// A party; needs the role `registrar`, `officer` or `auditor`.
    pub fn party(&self, caller: &Caller, id: &PartyId) -> Result<Revised<Party>, Error> {
        self.admit(caller, &READERS)?;
        self.party_row(id)?.ok_or(Error::PartyNotFound)
    }

    /// Up to `limit` parties behind `after`, by id; needs the role `registrar`, `officer` or `auditor`.
    pub fn parties(
        &self,
        caller: &Caller,
        after: Option<&PartyId>,
        limit: usize,
    ) -> Result<Vec<Revised<Party>>, Error> {
        self.admit(caller, &READERS)?;
        let after = after.map(Key::party);
        let rows =
            self.store.scan(&KeyPrefix::table(Table::Party), after.as_ref(), limit).map_err(Error::StoreUnavailable)?;
        rows.iter().map(|(key, row)| self.open_row(key, row)).collect()
    }

    fn plan_register(&self, request: Request<'_>, party: &Party) -> Result<Plan, Error> {
        if self.party_row(&party.id)?.is_some() {
            return Err(Error::AlreadyExists(Taken::PartyId));
        }
        self.plan_party(request, Event::PartyRegistered, Revision::ABSENT, party)
    }

    fn plan_party_state(&self, request: Request<'_>, change: &PartyStateChange) -> Result<Plan, Error> {
        let row = self.party_row(&change.party)?.ok_or(Error::PartyNotFound)?;
        if change.expected != Revision::ABSENT && change.expected != row.revision {
            return Err(Error::RevisionStale { current: row.revision });
        }
        if row.content.state == PartyState::Ended {
            return Err(Error::NotFromThisState { from: row.content.state.name(), to: change.state.name() });
        }
        let after = Party { state: change.state, ..row.content };
        self.plan_party(request, Event::PartyStateSet, row.revision, &after)
    }

    fn plan_party(&self, request: Request<'_>, event: Event, before: Revision, party: &Party) -> Result<Plan, Error> {
        let mut entry = self.entry(event, &request.caller.name)?.of_subject(&party.id).because(party.state.name());
        entry.leaf.recipient_class = party.class.name().into();
        entry.leaf.revision = before.next().0;
        Ok(Plan {
            entry,
            rests_on: Vec::new(),
            touches: Vec::new(),
            writes: vec![self.write_row(Key::party(&party.id), before, party)?],
            sealed_under: Vec::new(),
            outcome: Outcome { subject: party.id.to_string(), revision: before.next() },
        })
    }
}

const READERS: [Role; 3] = [Role::Registrar, Role::Officer, Role::Auditor];
