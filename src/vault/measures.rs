//! Measures: how the vault is, in numbers that tell nothing of anybody.

use fubako_keys::Keyring;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use prometheus_client::registry::Registry;

use crate::ledger::tree::trunk::checkpoint_time;
use crate::vault::Vault;
use crate::vault::rotation::Progress;

/// How the vault is at one moment.
#[derive(Clone, Debug)]
pub struct Measures {
    /// How many entries are durable.
    pub entries: u64,
    /// How many of them no checkpoint covers yet.
    pub uncovered: u64,
    /// How many of them the index does not reach yet.
    pub unindexed: u64,
    /// When the last checkpoint was written; none if the system does not say.
    pub checkpoint_time: Option<Timestamp>,
    /// Free space on the disk of the data folder, in bytes, the reserve among it; none if the system does not say.
    pub disk_free: Option<u64>,
    /// Free space below which nothing is written, in bytes.
    pub disk_reserve: u64,
    /// How many pieces of work wait to be taken into a commit group.
    pub waiting: usize,
    /// The keyring's generation.
    pub keyring_generation: u64,
    /// Until when entries can be sealed with the ledger keys that are made.
    pub ledger_keys_until: Option<Timestamp>,
    /// The last rotation since the vault was opened.
    pub rotation: Option<Progress>,
}

impl Vault {
    /// How the vault is now, for whoever keeps watch over the process. Costs a system call or two.
    #[must_use]
    pub fn measures(&self) -> Measures {
        // What follows is read first: it never passes what is durable.
        let (covered, indexed) = (self.proofs.checkpoint().checkpoint().size, self.ledger.indexed());
        let (entries, keyring) = (self.ledger.entries(), self.keyring.load());
        Measures {
            entries,
            uncovered: entries.saturating_sub(covered),
            unindexed: entries.saturating_sub(indexed),
            checkpoint_time: checkpoint_time(&self.tree).ok(),
            disk_free: self.reserve.free().ok(),
            disk_reserve: self.reserve.bytes(),
            waiting: self.committer.waiting(),
            keyring_generation: keyring.generation(),
            ledger_keys_until: ledger_keys_until(&keyring),
            rotation: *self.rotation.watch().borrow(),
        }
    }

    /// Counts a refusal of somebody who was turned away before the vault was asked.
    pub fn count_refusal(&self, reason: &'static str) {
        self.meter.refused(reason);
    }

    /// Has everything shown that is counted while the vault is open.
    pub fn register_counters(&self, registry: &mut Registry) {
        self.meter.register(registry);
        self.committer.meter().register(registry);
    }
}

/// The end of the last month that has a ledger key.
fn ledger_keys_until(keyring: &Keyring) -> Option<Timestamp> {
    let following = keyring.ledger_months().max()?.next()?.number();
    let (year, month) = (i16::try_from(following / 100).ok()?, i8::try_from(following % 100).ok()?);
    let first = Date::new(year, month, 1).ok()?;
    first.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp())
}
