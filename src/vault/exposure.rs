//! Exposure: what a caller, a party or a key version could have seen between two times.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use fubako_keys::{KeyClass, KeyName};
use jiff::Timestamp;

use crate::ledger::event::Event;
use crate::ledger::leaf::LeafField;
use crate::ledger::outcome::Outcome;
use crate::ledger::query::{Filter, Order};
use crate::ledger::reader::{ReadEntry, Reader};
use crate::model::ids::{CallerName, MemberId, PartyId, PolicyVersion};
use crate::vault::Vault;
use crate::vault::account::Account;
use crate::vault::error::Error;
use crate::vault::rotation::subject;

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
    /// How many records a rotation sealed again under the key version in that time; its entries name no members.
    pub resealed: u64,
    /// The origin of the ledger before this one, where the vault was restored.
    pub previous_origin: Option<String>,
    /// How many entries of that time are past retention.
    pub forgotten: u64,
}

impl Vault {
    /// Refuses a party or a key version that neither is nor was; a scoped keyring does not know the keys it does not hold.
    pub fn expect_seer(&self, seer: &Seer) -> Result<(), Error> {
        match seer {
            Seer::Caller(_) => Ok(()),
            Seer::Party(party) => self.expect_account(&Account::Party(party.clone())),
            Seer::Key(class, version) => {
                let newest = self.keyring.load().newest_version(KeyName::Class(*class));
                let is_known = newest.is_none_or(|newest| (1..=newest).contains(version));
                if is_known { Ok(()) } else { Err(Error::KeyNotFound) }
            }
        }
    }

    /// Goes through what could have been seen, oldest first, and sums it up; `ledger` comes from [`Vault::reader`].
    pub fn trace(
        &self,
        ledger: &Reader,
        trace: &Trace,
        mut visit: impl FnMut(ReadEntry) -> ControlFlow<()>,
    ) -> Result<Exposure, Error> {
        let filter = trace.filter();
        let mut exposure = Exposure {
            forgotten: ledger.forgotten(trace.from, trace.until)?,
            previous_origin: self.previous_origin()?,
            ..Exposure::default()
        };
        let _ = ledger.walk(&filter, Order::OldestFirst, 0..u64::MAX, |entry| {
            if !filter.admits(&entry) {
                return ControlFlow::Continue(());
            }
            let fields = match &trace.seer {
                Seer::Caller(_) | Seer::Party(_) => {
                    let is_release = Outcome::of(entry.leaf.event) == Some(Outcome::Granted);
                    is_release.then(|| entry.leaf.fields.iter().collect())
                }
                Seer::Key(class, version) => {
                    exposure.resealed += resealed_under(&entry, *class, *version);
                    Some(self.fields_under(&entry, *class, *version)).filter(|fields| !fields.is_empty())
                }
            };
            let Some(fields) = fields else { return ControlFlow::Continue(()) };
            exposure.add(&entry, &fields);
            visit(entry)
        })?;
        Ok(exposure)
    }

    /// The fields of the entry whose values were sealed under that key version: released then, or written.
    fn fields_under<'a>(&self, entry: &'a ReadEntry, class: KeyClass, version: u32) -> Vec<&'a LeafField> {
        let events = [Event::Released, Event::Collected, Event::Corrected];
        if !events.map(|event| u32::from(event.number())).contains(&entry.leaf.event) {
            return Vec::new();
        }
        let policy = self.policies.load().version(PolicyVersion(entry.leaf.policy_version));
        let of_class = |name: &str| policy.as_ref()?.field_named(name).map(|field| field.class() == class);
        let is_under = |field: &&LeafField| field.key_version == version && of_class(&field.name) == Some(true);
        entry.leaf.fields.iter().filter(is_under).collect()
    }
}

impl Trace {
    /// The entries to be gone through.
    #[must_use]
    pub fn filter(&self) -> Filter {
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
    fn add(&mut self, entry: &ReadEntry, fields: &[&LeafField]) {
        let member = entry.member();
        self.releases += u64::from(Outcome::of(entry.leaf.event) == Some(Outcome::Granted));
        self.members.extend(member);
        for field in fields {
            for form in field.forms.split('+') {
                let (entries, members) = self.forms.entry((field.name.clone(), form.to_owned())).or_default();
                *entries += 1;
                members.extend(member);
            }
        }
    }
}

/// How many records the entry says were sealed again under that key version.
fn resealed_under(entry: &ReadEntry, class: KeyClass, version: u32) -> u64 {
    let is_resealing = entry.leaf.event == u32::from(Event::FieldsResealed.number());
    let is_under = is_resealing && entry.leaf.subject == subject(KeyName::Class(class), version);
    if is_under { entry.leaf.count } else { 0 }
}
