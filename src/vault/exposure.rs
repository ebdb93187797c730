//! Exposure: what a caller, a party or a key version could have seen between two times.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use fubako_keys::KeyClass;
use jiff::Timestamp;

use crate::ledger::event::Event;
use crate::ledger::outcome::Outcome;
use crate::ledger::query::{Filter, Order};
use crate::ledger::reader::{ReadEntry, Reader};
use crate::model::ids::{CallerName, MemberId, PartyId, PolicyVersion};
use crate::vault::Vault;
use crate::vault::error::Error;

/// Who or what could have seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seer {
    /// A caller.
    Caller(CallerName),
    /// A party.
    Party(PartyId),
    /// A version of a class key.
    Key(KeyClass, u32),
}

/// A question of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Who.
    pub seer: Seer,
    /// The earliest time.
    pub from: Timestamp,
    /// The time it has to be before.
    pub until: Timestamp,
}

/// What could have been seen, all in all.
#[derive(Debug, Default)]
pub struct Exposure {
    /// How many releases.
    pub releases: u64,
    /// Which members.
    pub members: HashSet<MemberId>,
    /// By field and form, in how many entries and of which members; a write has no form.
    pub forms: BTreeMap<(String, String), (u64, HashSet<MemberId>)>,
    /// How many entries of that time are past retention.
    pub forgotten: u64,
}

impl Vault {
    /// Goes through what could have been seen, oldest first, and sums it up; `ledger` comes from [`Vault::reader`].
    pub fn trace(
        &self,
        ledger: &Reader,
        trace: &Trace,
        mut visit: impl FnMut(ReadEntry) -> ControlFlow<()>,
    ) -> Result<Exposure, Error> {
        let filter = trace.filter();
        let mut exposure = Exposure { forgotten: ledger.forgotten(trace.from, trace.until)?, ..Exposure::default() };
        let _ = ledger.walk(&filter, Order::OldestFirst, 0..u64::MAX, |entry| {
            let outcome = Outcome::of(entry.leaf.event);
            let seen = match &trace.seer {
                Seer::Caller(_) | Seer::Party(_) => outcome == Some(Outcome::Granted),
                Seer::Key(class, version) => self.is_under(&entry, *class, *version),
            };
            if !seen || !filter.admits(&entry) {
                return ControlFlow::Continue(());
            }
            exposure.add(&entry);
            visit(entry)
        })?;
        Ok(exposure)
    }

    /// Whether a value the entry is about was sealed under that key version: released then, or written.
    fn is_under(&self, entry: &ReadEntry, class: KeyClass, version: u32) -> bool {
        let events = [Event::Released, Event::Collected, Event::Corrected];
        let policy = self.policies.load().version(PolicyVersion(entry.leaf.policy_version));
        let of_class = |name: &str| policy.as_ref()?.field_named(name).map(|field| field.class() == class);
        events.map(|event| u32::from(event.number())).contains(&entry.leaf.event)
            && entry.leaf.fields.iter().any(|field| field.key_version == version && of_class(&field.name) == Some(true))
    }
}

impl Trace {
    fn filter(&self) -> Filter {
        let mut filter = Filter { from: Some(self.from), until: Some(self.until), ..Filter::default() };
        match &self.seer {
            Seer::Caller(caller) => filter.caller = Some(caller.to_string()),
            Seer::Party(party) => filter.recipient = Some(party.to_string()),
            Seer::Key(..) => {}
        }
        filter
    }
}

impl Exposure {
    fn add(&mut self, entry: &ReadEntry) {
        let member = entry.member();
        self.releases += u64::from(Outcome::of(entry.leaf.event) == Some(Outcome::Granted));
        self.members.extend(member);
        for field in &entry.leaf.fields {
            for form in field.forms.split('+') {
                let (entries, members) = self.forms.entry((field.name.clone(), form.to_owned())).or_default();
                *entries += 1;
                members.extend(member);
            }
        }
    }
}
