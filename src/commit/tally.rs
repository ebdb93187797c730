//! The tally: how much was sealed under each version of a key, durable ahead of the count.
//!
//! The keyring counts in memory. The store holds a ceiling for each version, which is raised by a step in the same group as the
//! first change that was sealed beyond it: no write waits for it, and a start that goes on from the ceilings counts at most a
//! step too much, and never less than the store holds.

use std::collections::BTreeMap;

use fubako_keys::{KeyDescription, KeyName, KeyState, Keyring};
use minicbor::{Decode, Encode};
use ring::rand::SecureRandom;

use crate::commit::rows;
use crate::model::ids::Revision;
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Change;
use crate::store::table::Table;
use crate::store::{Store, StoreError};

/// The ceilings that are durable, by key and version.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<(KeyName, u32), Ceiling>);

/// Ceilings that become durable with a group.
pub(super) type Raised = Vec<((KeyName, u32), Ceiling)>;

/// Up to how much may have been sealed under a version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ceiling {
    most: u64,
    revision: Revision,
}

/// A row of the tally.
#[derive(Encode, Decode)]
struct Tallied {
    #[n(0)]
    most: u64,
}

impl Tally {
    /// Reads the tally, and has the keyring count from it.
    ///
    /// A row that does not open keeps nobody from the vault: it is told, and stays for `fubako verify` to find.
    pub(super) fn resume(store: &dyn Store, keyring: &Keyring) -> Result<Self, StoreError> {
        let (table, mut tally, mut after) = (KeyPrefix::table(Table::Tally), Self::default(), None);
        loop {
            let rows = store.scan(&table, after.as_ref(), PAGE)?;
            let Some((last, _)) = rows.last() else { return Ok(tally) };
            after = Some(last.clone());
            for (key, row) in rows {
                let counted = key.tallied().and_then(|(name, version)| Some((KeyName::parse(name).ok()?, version)));
                // A key that a later version of the program knows is none to count here.
                let Some((name, version)) = counted else { continue };
                let most = match rows::open::<Tallied>(keyring, &key, &row) {
                    Ok(Tallied { most }) => {
                        keyring.count_from(name, version, most);
                        most
                    }
                    Err(error) => {
                        tracing::warn!(key = %name, version, %error, "how much was sealed under a key is not known any more");
                        u64::MAX
                    }
                };
                tally.0.insert((name, version), Ceiling { most, revision: row.revision() });
            }
        }
    }

    /// The ceilings that have to be raised for all that was sealed until now, with the changes that make them durable.
    pub(super) fn raise(
        &self,
        keyring: &Keyring,
        random: &dyn SecureRandom,
    ) -> Result<(Raised, Vec<Change>), rows::Error> {
        let (mut raised, mut changes) = (Vec::new(), Vec::new());
        let mut versions = keyring.describe();
        // INVARIANT (tally): last, since the rows of the others are sealed under it.
        versions.sort_by_key(seals_the_tally);
        for version in versions {
            let (name, number) = (version.name(), version.version());
            let (known, counted) = (self.0.get(&(name, number)), version.sealed().unwrap_or_default());
            let sealed = counted + if seals_the_tally(&version) { changes.len() as u64 } else { 0 };
            if sealed <= known.map_or(0, |known| known.most) {
                continue;
            }
            let before = known.map_or(Revision::ABSENT, |known| known.revision);
            // With room for the row that tells of it.
            let (most, revision) = ((sealed + 1).next_multiple_of(STEP), before.next());
            let key = Key::tally(&name.to_string(), number);
            let row = rows::seal(keyring, &key, revision, &Tallied { most }, random)?;
            changes.push(Change::put(key, row));
            raised.push(((name, number), Ceiling { most, revision }));
        }
        Ok((raised, changes))
    }

    /// Goes on from ceilings that are durable now.
    pub(super) fn adopt(&mut self, raised: Raised) {
        self.0.extend(raised);
    }
}

/// Whether the tally's own rows are sealed under it.
fn seals_the_tally(version: &KeyDescription) -> bool {
    version.name() == KeyName::Register && version.state() == KeyState::Active
}

/// How much is sealed between two changes of a row.
const STEP: u64 = 4096;
/// Rows read in one go.
const PAGE: usize = 100;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    use fubako_keys::{FieldBinding, KeyClass, Month};
    use ring::rand::SystemRandom;

    use crate::store::Position;
    use crate::store::memory::MemoryStore;

    fn keyring() -> Keyring {
        Keyring::create([1; 16], Month::new(202_611).unwrap(), 0, &SystemRandom::new()).unwrap()
    }

    fn seal_a_row(keyring: &Keyring) {
        rows::seal(keyring, &Key::tally("x", 1), Revision(1), &Tallied { most: 1 }, &SystemRandom::new()).unwrap();
    }

    fn sealed(keyring: &Keyring) -> u64 {
        let register = keyring.describe().into_iter().find(|key| key.name() == KeyName::Register);
        register.unwrap().sealed().unwrap()
    }

    #[test]
    fn a_ceiling_is_raised_by_a_step_once_it_is_passed_and_bounds_the_count_of_the_next_start() {
        let (keyring, mut tally, store) = (keyring(), Tally::default(), MemoryStore::default());
        let raise = |tally: &mut Tally, group| {
            let (raised, changes) = tally.raise(&keyring, &SystemRandom::new()).unwrap();
            tally.adopt(raised);
            store.apply(&changes, Position::after(group)).unwrap();
            changes.len()
        };
        assert_eq!(raise(&mut tally, 1), 0, "nothing was sealed");
        seal_a_row(&keyring);
        assert_eq!(raise(&mut tally, 2), 1);
        assert_eq!(raise(&mut tally, 3), 0, "the ceiling covers it");
        for _ in 0..STEP {
            seal_a_row(&keyring);
        }
        assert_eq!(raise(&mut tally, 4), 1);
        let counted = sealed(&keyring);
        // As a start does, which knows no more than the ceilings.
        let resumed = Tally::resume(&store, &keyring).unwrap();
        assert_eq!((sealed(&keyring), counted < 2 * STEP), (2 * STEP, true));
        assert!(resumed.raise(&keyring, &SystemRandom::new()).unwrap().1.is_empty());
    }

    #[test]
    fn a_ceiling_covers_the_rows_that_tell_of_the_ceilings_too() {
        let (keyring, mut tally) = (keyring(), Tally::default());
        for _ in 0..STEP {
            seal_a_row(&keyring);
        }
        let (raised, _) = tally.raise(&keyring, &SystemRandom::new()).unwrap();
        tally.adopt(raised);
        let most = |tally: &Tally| tally.0[&(KeyName::Register, 1)].most;
        assert!(most(&tally) >= sealed(&keyring), "its own row: {} of {}", sealed(&keyring), most(&tally));

        // As much under the register key as its ceiling allows, and then the first field of a class.
        while sealed(&keyring) < most(&tally) {
            seal_a_row(&keyring);
        }
        let place = FieldBinding::new([7; 16], 5, 1, 3);
        keyring.seal_field(KeyClass::Contact, &place, b"value", &SystemRandom::new()).unwrap();
        let (raised, changes) = tally.raise(&keyring, &SystemRandom::new()).unwrap();
        tally.adopt(raised);
        assert_eq!(changes.len(), 2, "the class and the register");
        assert!(most(&tally) >= sealed(&keyring), "the row of the class: {} of {}", sealed(&keyring), most(&tally));
    }

    #[test]
    fn what_did_not_become_durable_is_raised_again() {
        let (keyring, tally) = (keyring(), Tally::default());
        seal_a_row(&keyring);
        assert_eq!(tally.raise(&keyring, &SystemRandom::new()).unwrap().1.len(), 1);
        assert_eq!(tally.raise(&keyring, &SystemRandom::new()).unwrap().1.len(), 1);
    }
}
