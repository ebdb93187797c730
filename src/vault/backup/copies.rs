//! Copies: which backups and copies of the keyring lie elsewhere, and until when they are kept.

use std::future::ready;

use fubako_keys::{KeyClass, KeyDescription, KeyName, Scope};
use jiff::{SignedDuration, Timestamp};
use minicbor::{Decode, Encode};

use crate::commit::remembered::Outcome;
use crate::commit::work::Write;
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{CallerName, CopyId, Revision};
use crate::model::time::micros;
use crate::store::key::{Key, KeyPrefix};
use crate::vault::Vault;
use crate::vault::due::own_caller;
use crate::vault::error::Error;
use crate::vault::mutation::{Done, Plan, Request};

/// What a copy is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum CopyOf {
    /// Everything but the keyring.
    #[n(0)]
    Vault,
    /// The sealed keyring.
    #[n(1)]
    Keyring,
    /// A keyring of some classes, for another node.
    #[n(2)]
    Scoped,
}

/// Whether a copy became whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub enum CopyState {
    /// It was begun; if nobody works on it any more, what there is of it lies somewhere all the same.
    #[n(0)]
    Begun,
    /// It was given out to its end.
    #[n(1)]
    Made,
}

/// A copy that lies elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct RegisteredCopy {
    /// What it is of.
    #[n(0)]
    pub of: CopyOf,
    /// Whether it became whole.
    #[n(1)]
    pub state: CopyState,
    /// When it was begun.
    #[cbor(n(2), with = "micros")]
    pub begun: Timestamp,
    /// The first instant at which nobody has it any more, as the configuration promises.
    #[cbor(n(3), with = "micros")]
    pub kept_until: Timestamp,
    /// The generation of the keyring it was made under: it may need, or hold, every key version of then.
    #[n(4)]
    pub keyring_generation: u64,
    /// How many entries the ledger had, at least.
    #[n(5)]
    pub entries: u64,
    /// Who asked for it.
    #[n(6)]
    pub by: CallerName,
    /// After this, nothing more has gone into it.
    #[cbor(n(7), with = "micros")]
    pub latest: Timestamp,
    /// Of an export: who has it, and what of.
    #[n(8)]
    pub given: Option<Given>,
    /// Of exports nobody knows of: since which generation of the keyring they can have been made, up to the one above.
    #[n(9)]
    pub since_generation: Option<u64>,
}

/// To whom a scoped keyring was given.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Given {
    /// Who has it.
    #[n(0)]
    pub holder: String,
    /// The names of the classes it opens.
    #[n(1)]
    pub classes: Vec<String>,
}

impl RegisteredCopy {
    /// Whether it holds a version of a key, as far as anybody can rule it out. Backups hold no key.
    #[must_use]
    pub fn may_hold(&self, version: &KeyDescription) -> bool {
        let given = |key: KeyName| {
            let classes = self.given.iter().flat_map(|given| &given.classes);
            Scope::new([0; 16], 0, classes.filter_map(|class| KeyClass::parse(class).ok()).collect()).has(key)
        };
        let of_key = match self.of {
            CopyOf::Vault => false,
            CopyOf::Keyring => true,
            CopyOf::Scoped => given(version.name()),
        };
        let since = self.since_generation.unwrap_or(self.keyring_generation);
        of_key && version.may_be_in(since..=self.keyring_generation)
    }
}

/// The longest an export is given out for: ledger keys are made ahead for all of a term.
pub(in crate::vault) const LONGEST_TERM: SignedDuration = SignedDuration::from_hours(24 * 366);

impl Vault {
    /// Every copy that is not known to be gone, the oldest first; needs the role `operator`, `officer` or `auditor`.
    pub fn copies(&self, caller: &Caller) -> Result<Vec<(CopyId, RegisteredCopy)>, Error> {
        self.admit(caller, &[Role::Operator, Role::Officer, Role::Auditor])?;
        self.registered_copies()
    }

    /// The copies that may still be somewhere at that instant: what they were sealed under, or hold, is not gone from the
    /// world before they are.
    pub fn backups_needing(&self, when: Timestamp) -> Result<Vec<(CopyId, RegisteredCopy)>, Error> {
        let mut copies = self.registered_copies()?;
        copies.retain(|(_, copy)| copy.kept_until > when);
        Ok(copies)
    }

    /// Refuses to take a key version out of the world while a backup that may need it, or an export that holds it, is on
    /// record and not past its time.
    ///
    /// Copies of the keyring do not need a version: they hold it, and until they are gone too it is not gone for good. An
    /// export holds it as well, but for a node at work, which would go on opening what it is to be shredded with.
    pub(in crate::vault) fn check_not_in_copies(&self, version: &KeyDescription) -> Result<(), Error> {
        let mut needing = self.backups_needing(self.now())?;
        needing.retain(|(_, copy)| match copy.of {
            CopyOf::Vault => copy.latest.as_millisecond() >= version.created_ms(),
            CopyOf::Scoped => copy.may_hold(version),
            CopyOf::Keyring => false,
        });
        match needing.iter().map(|(_, copy)| copy.kept_until).max() {
            None => Ok(()),
            Some(until) => Err(Error::KeyInBackups { copies: needing.len(), until }),
        }
    }

    /// Takes note that a copy was destroyed, as the caller attests; needs the role `operator`.
    pub async fn forget_copy(&self, request: Request<'_>, copy: CopyId, reason: &str) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Operator])?;
        self.mutate(request, || ready(self.plan_forget(request, copy, reason))).await
    }

    fn plan_forget(&self, request: Request<'_>, copy: CopyId, reason: &str) -> Result<Plan, Error> {
        let row = self.row::<RegisteredCopy>(&Key::copy(copy))?.ok_or(Error::CopyNotFound)?;
        Ok(Plan {
            entry: self.entry(Event::CopyForgotten, &request.caller.name)?.of_subject(&copy).because(reason),
            rests_on: Vec::new(),
            touches: Vec::new(),
            writes: vec![Write::remove(Key::copy(copy), row.revision)],
            sealed_under: Vec::new(),
            outcome: Outcome { subject: copy.to_string(), revision: Revision::ABSENT },
        })
    }

    /// The writes that register what may have been given out of each class while nobody who remembers it was there, since that
    /// generation of the keyring, for as long as an export can be given out.
    pub(in crate::vault) fn unknown_exports(&self, since: u64) -> Result<Vec<Write>, Error> {
        let Some(own) = own_caller() else { return Ok(Vec::new()) };
        let register = |class: KeyClass| {
            let (id, copy) = self.new_copy(CopyOf::Scoped, &own.name)?;
            let holder = "unknown, if there is one at all".to_owned();
            let copy = RegisteredCopy {
                state: CopyState::Made,
                latest: copy.begun,
                kept_until: copy.begun.checked_add(LONGEST_TERM).unwrap_or(Timestamp::MAX),
                given: Some(Given { holder, classes: vec![class.to_string()] }),
                since_generation: Some(since),
                ..copy
            };
            self.write_row(Key::copy(id), Revision::ABSENT, &copy)
        };
        KeyClass::ALL.into_iter().map(register).collect()
    }

    fn registered_copies(&self) -> Result<Vec<(CopyId, RegisteredCopy)>, Error> {
        let rows = self.store.scan(&KeyPrefix::copies(), None, usize::MAX).map_err(Error::StoreUnavailable)?;
        let mut copies = Vec::with_capacity(rows.len());
        for (key, row) in &rows {
            if let Some(id) = key.copy_id() {
                copies.push((id, self.open_row::<RegisteredCopy>(key, row)?.content));
            }
        }
        Ok(copies)
    }

    /// A new copy as it is registered, before anything leaves the vault.
    pub(in crate::vault) fn new_copy(
        &self,
        of: CopyOf,
        caller: &CallerName,
    ) -> Result<(CopyId, RegisteredCopy), Error> {
        let begun = self.now();
        let kept_until = begun.checked_add(SignedDuration::from_hours(24 * i64::from(self.backup_keep_days)));
        let kept_until = kept_until.unwrap_or(Timestamp::MAX);
        let copy = RegisteredCopy {
            of,
            state: CopyState::Begun,
            begun,
            kept_until,
            keyring_generation: self.keyring.load().generation(),
            entries: self.ledger.entries(),
            by: caller.clone(),
            latest: kept_until,
            given: None,
            since_generation: None,
        };
        Ok((CopyId::new(begun, &self.random_bytes()?), copy))
    }
}
