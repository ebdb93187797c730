//! The vault's use cases, one a file: what may be asked of it, and what has to happen before the answer.

pub mod account;
mod approval;
pub mod audit;
pub mod backup;
pub mod basis;
pub mod caller;
mod catalogue;
mod certificate;
pub mod collect;
pub mod correct;
pub mod create;
pub mod destroy;
pub mod disclose;
mod due;
pub mod erase;
pub mod error;
pub mod explain;
pub mod exposure;
pub mod find;
pub mod guesses;
mod heard;
pub mod hold;
mod housekeeping;
mod index;
pub mod integrity;
pub mod keys;
mod known;
pub mod ledger;
pub mod measures;
mod meter;
pub mod mutation;
pub mod open;
pub mod party;
pub mod past;
pub mod pending;
mod permits;
pub mod policies;
pub mod preferences;
pub mod prove;
mod refusals;
pub mod remains;
pub mod remove;
pub mod restore;
pub mod retained;
pub mod retire;
pub mod root;
pub mod rotation;
pub mod rows;
pub mod scope;
pub mod seal;
pub mod standing;
pub mod status;
pub mod verify;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods, reason = "tests")]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use fubako_keys::{Keyring, RootKey, TagBits};
use jiff::Timestamp;
use ring::rand::SecureRandom;
use tokio::sync::{Mutex, Semaphore};

use crate::commit::Committer;
use crate::commit::work::Work;
use crate::ledger::accounted::Receipt;
use crate::ledger::draft::Draft;
use crate::ledger::entry::Entry;
use crate::ledger::event::Event;
use crate::ledger::proofs::Proofs;
use crate::ledger::reader::Reader;
use crate::ledger::salts::Salts;
use crate::model::caller::{Caller, Role, VAULT_ITSELF};
use crate::model::ids::{CallerName, VaultId};
use crate::model::label::Label;
use crate::model::time::Clock;
use crate::policy::ask::Holding;
use crate::policy::reason::Reason;
use crate::policy::table::Policy;
use crate::record::SYSTEM_FIELD;
use crate::record::sealed::SealedRecord;
use crate::store::Store;
use crate::store::key::Key;
use crate::store::space::DiskReserve;
use crate::vault::error::{Cause, Error};
use crate::vault::guesses::Guesses;
use crate::vault::known::Known;
use crate::vault::meter::Meter;
use crate::vault::policies::Policies;
use crate::vault::refusals::Refusals;
use crate::vault::rotation::{Desk, Schedule};

/// An open vault.
pub struct Vault {
    id: VaultId,
    store: Arc<dyn Store>,
    keyring: Arc<ArcSwap<Keyring>>,
    policies: ArcSwap<Policies>,
    committer: Committer,
    ledger: Reader,
    proofs: Proofs,
    clock: Clock,
    random: Arc<dyn SecureRandom + Send + Sync>,
    salts: Salts,
    guesses: Guesses,
    known: Known,
    rotation: Desk,
    schedule: Schedule,
    /// Seats for comparisons that take time and memory.
    comparisons: Arc<Semaphore>,
    /// One at a time: searches that read a part of the ledger.
    searches: Semaphore,
    refusals: Refusals,
    meter: Meter,
    reserve: DiskReserve,
    keyring_file: PathBuf,
    /// What the keyring is sealed under; held while the keyring is changed.
    root: Mutex<RootKey>,
    /// Where the ledger's tree lies.
    tree: PathBuf,
    /// How many months the law asks entries to be readable after their own.
    retention_months: u32,
    /// How many days copies of the vault are kept.
    backup_keep_days: u32,
    /// How many days after it was asked for a member is erased.
    erasure_grace_days: u32,
    tag_bits: TagBits,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Vault {
    /// Which vault this is.
    #[must_use]
    pub const fn id(&self) -> VaultId {
        self.id
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        self.policies.load().current()
    }

    /// Every version of the policy the vault has known; any caller that is not suspended may read them.
    pub fn policies(&self, caller: &Caller) -> Result<Arc<Policies>, Error> {
        self.admit(caller, &[])?;
        Ok(self.policies.load_full())
    }

    /// The present instant, by the vault's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// A new entry of what a caller did.
    fn entry(&self, event: Event, caller: &CallerName) -> Result<Entry, Error> {
        self.entry_by(event, caller.into())
    }

    /// A new entry of what the vault does by itself.
    fn vault_entry(&self, event: Event) -> Result<Entry, Error> {
        self.entry_by(event, VAULT_ITSELF.into())
    }

    fn entry_by(&self, event: Event, by: Label) -> Result<Entry, Error> {
        let salts = self.salts.draw().map_err(|_| Cause::Random)?;
        let mut entry = Entry::new(event, by, self.now(), &salts);
        entry.leaf.policy_version = self.policies.load().current().version().0;
        Ok(entry)
    }

    /// Writes an entry down that tells of nothing else.
    async fn note(&self, entry: Entry) -> Result<Receipt, Error> {
        let durable = self.committer.commit(Work::entry(Draft::new(entry))).await?;
        Ok(*durable.receipt())
    }

    fn random_bytes<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes).map_err(|_| Cause::Random)?;
        Ok(bytes)
    }

    /// Lets a caller in that has one of the roles and is not suspended; whoever is turned away is written down.
    fn admit(&self, caller: &Caller, roles: &[Role]) -> Result<(), Error> {
        if self.is_suspended(&caller.name)? {
            self.turned_away(caller, None, Reason::CallerSuspended.name());
            return Err(Error::CallerSuspended);
        }
        self.check_role(caller, roles)
    }

    /// Lets a caller in that has one of the roles, where its suspension is weighed with everything else.
    fn check_role(&self, caller: &Caller, roles: &[Role]) -> Result<(), Error> {
        self.check_scope_term()?;
        if roles.is_empty() || roles.iter().any(|role| caller.has(*role)) {
            return Ok(());
        }
        self.turned_away(caller, None, "ROLE_MISSING");
        Err(Error::RoleMissing { roles: roles.to_vec() })
    }

    fn is_suspended(&self, caller: &CallerName) -> Result<bool, Error> {
        if caller.as_str() == VAULT_ITSELF {
            // A row from before the name was reserved keeps the vault from nothing it owes.
            return Ok(false);
        }
        self.known.is_suspended(self.committer.register_changes(), caller, || {
            Ok(self.store.get(&Key::caller(caller)).map_err(Error::StoreUnavailable)?.is_some())
        })
    }
}

/// What a record holds, as the policy sees it.
fn holdings(record: &SealedRecord) -> Vec<Holding> {
    let own = record.slots().filter(|slot| slot.field != SYSTEM_FIELD);
    own.map(|slot| Holding { field: slot.field, slot: slot.slot }).collect()
}

/// How often a decision is made again when what it rested on keeps changing, before the caller is told to come back. Of those
/// who change one row at once, one gets through in each round: so many may.
const ATTEMPTS: usize = 128;
