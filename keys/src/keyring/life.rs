//! Change of keys: each change makes the next snapshot, and leaves this one as it is.

use ring::rand::SecureRandom;

use super::Keyring;
use super::describe::KeyName;
use super::line::{KeyLine, Line};
use super::state::KeyState;
use crate::month::Month;
use crate::secret::RandomFailed;

/// Why a key was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifeError {
    /// This keyring does not hold the key.
    #[error("the keyring does not hold this key")]
    NoSuchKey,
    /// The key has no such version.
    #[error("the key has no such version")]
    NoSuchVersion,
    /// The life of a key does not lead there.
    #[error("a version that is {from} cannot become {next}")]
    Illegal {
        /// The state it is in.
        from: KeyState,
        /// The state that was asked for.
        next: KeyState,
    },
    /// Two versions would seal.
    #[error("another version of the key is active")]
    AnotherActive,
    /// There is no number left for a new version.
    #[error("the key has had as many versions as can be numbered")]
    Exhausted,
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] RandomFailed),
}

impl Keyring {
    /// The next snapshot, with ledger keys for `month` and the three after it; none if they are all there.
    ///
    /// A month whose key was destroyed stays destroyed. Months ahead are active at once, since a frame names its month
    /// and nobody is there at midnight to activate it.
    pub fn ensure_months(
        &self,
        month: Month,
        now_ms: i64,
        rng: &dyn SecureRandom,
    ) -> Result<Option<Self>, RandomFailed> {
        let missing: Vec<_> = month.and_ahead().filter(|month| !self.months.contains_key(month)).collect();
        if missing.is_empty() {
            return Ok(None);
        }
        let mut next = self.next_snapshot();
        for month in missing {
            next.months.insert(month, KeyLine::generate(next.generation, now_ms, rng)?);
        }
        Ok(Some(next))
    }

    /// The next snapshot, in which the key has a new active version; the one before opens but no longer seals.
    ///
    /// To be saved before anything is sealed under it.
    pub fn rotate(&self, key: KeyName, now_ms: i64, rng: &dyn SecureRandom) -> Result<Self, LifeError> {
        let mut next = self.next_snapshot();
        let generation = next.generation;
        next.line_mut(key).ok_or(LifeError::NoSuchKey)?.rotate(generation, now_ms, rng)?;
        Ok(next)
    }

    /// The next snapshot, in which one version of a key is in another state.
    ///
    /// Destroying a version drops its bytes from the new snapshot and from every file saved of it; earlier snapshots
    /// and files still hold them.
    pub fn transition(&self, key: KeyName, version: u32, next_state: KeyState) -> Result<Self, LifeError> {
        let mut next = self.next_snapshot();
        let generation = next.generation;
        next.line_mut(key).ok_or(LifeError::NoSuchKey)?.transition(generation, version, next_state)?;
        Ok(next)
    }

    /// The next snapshot, in which every version of these months' ledger keys is destroyed.
    pub fn destroy_months(&self, months: &[Month]) -> Result<Self, LifeError> {
        let mut next = self.next_snapshot();
        let generation = next.generation;
        for key in self.describe() {
            let KeyName::Ledger(month) = key.name() else { continue };
            if !months.contains(&month) || key.state() == KeyState::Destroyed {
                continue;
            }
            let line = next.line_mut(key.name()).ok_or(LifeError::NoSuchKey)?;
            if key.state() == KeyState::Active {
                line.transition(generation, key.version(), KeyState::Deactivated)?;
            }
            line.transition(generation, key.version(), KeyState::Destroyed)?;
        }
        Ok(next)
    }

    pub(super) fn next_snapshot(&self) -> Self {
        Self {
            vault: self.vault,
            generation: self.generation.saturating_add(1),
            previous_root: self.previous_root,
            roots: self.roots.clone(),
            scope: self.scope.clone(),
            classes: self.classes.clone(),
            register: self.register.clone(),
            manifest: self.manifest.clone(),
            index: self.index.clone(),
            pseudonym: self.pseudonym.clone(),
            request_digest: self.request_digest.clone(),
            long_lived: self.long_lived.clone(),
            retention: self.retention.clone(),
            signing: self.signing.clone(),
            months: self.months.clone(),
        }
    }

    fn line_mut(&mut self, key: KeyName) -> Option<&mut dyn Line> {
        Some(match key {
            KeyName::Class(class) => self.classes.get_mut(&class)?,
            KeyName::Register => &mut self.register,
            KeyName::Manifest => &mut self.manifest,
            KeyName::Index => &mut self.index,
            KeyName::Pseudonym => &mut self.pseudonym,
            KeyName::RequestDigest => &mut self.request_digest,
            KeyName::LongLivedLedger => &mut self.long_lived,
            KeyName::Retention => &mut self.retention,
            KeyName::Signing => &mut self.signing,
            KeyName::Ledger(month) => self.months.get_mut(&month)?,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;
    use crate::class::KeyClass;
    use crate::keyring::{KeyDescription, fixture};

    fn month(number: u32) -> Month {
        Month::new(number).unwrap()
    }

    #[test]
    fn months_that_are_there_make_no_new_snapshot() {
        let keyring = fixture::keyring();
        let next = keyring.ensure_months(month(202_611), 5, &SystemRandom::new()).unwrap();
        assert!(next.is_none());
    }

    #[test]
    fn missing_months_are_made_in_the_next_generation() {
        let keyring = fixture::keyring();
        let next = keyring.ensure_months(month(202_612), 5, &SystemRandom::new()).unwrap().unwrap();
        assert_eq!((keyring.generation(), next.generation()), (1, 2));
        let months: Vec<_> = next.months.keys().map(|month| month.number()).collect();
        assert_eq!(months, [202_611, 202_612, 202_701, 202_702, 202_703]);
        assert_eq!(keyring.months.len(), 4);
    }

    #[test]
    fn a_destroyed_month_is_not_made_again() {
        let name = KeyName::Ledger(month(202_611));
        let keyring = fixture::keyring().transition(name, 1, KeyState::Deactivated).unwrap();
        let keyring = keyring.transition(name, 1, KeyState::Destroyed).unwrap();
        let next = keyring.ensure_months(month(202_611), 5, &SystemRandom::new()).unwrap();
        assert!(next.is_none());
    }

    #[test]
    fn rotation_makes_a_version_and_deactivates_the_one_before() {
        let keyring = fixture::keyring();
        let next = keyring.rotate(KeyName::Class(KeyClass::Card), 7, &SystemRandom::new()).unwrap();
        assert_eq!(keyring.active_version(KeyName::Class(KeyClass::Card)), Some(1));
        assert_eq!(next.active_version(KeyName::Class(KeyClass::Card)), Some(2));
        let card: Vec<_> = next
            .describe()
            .into_iter()
            .filter(|key| key.name() == KeyName::Class(KeyClass::Card))
            .map(|key| (key.version(), key.state(), key.created_ms()))
            .collect();
        assert_eq!(card, [(1, KeyState::Deactivated, fixture::NOW_MS), (2, KeyState::Active, 7)]);
    }

    #[test]
    fn every_key_can_be_rotated() {
        let keyring = fixture::keyring();
        let names: Vec<_> = keyring.describe().iter().map(KeyDescription::name).collect();
        assert_eq!(names.len(), 5 + 8 + 4);
        for name in names {
            let next = keyring.rotate(name, 7, &SystemRandom::new()).unwrap();
            assert!(next.describe().iter().any(|key| key.name() == name && key.version() == 2));
        }
    }

    #[test]
    fn unknown_keys_and_versions_are_refused() {
        let keyring = fixture::keyring();
        let unknown = KeyName::Ledger(month(203_001));
        assert_eq!(keyring.rotate(unknown, 1, &SystemRandom::new()).unwrap_err(), LifeError::NoSuchKey);
        assert_eq!(
            keyring.transition(KeyName::Register, 2, KeyState::Deactivated).unwrap_err(),
            LifeError::NoSuchVersion
        );
    }

    #[test]
    fn a_month_is_destroyed_with_every_version_and_no_other_is() {
        let november = KeyName::Ledger(month(202_611));
        let keyring = fixture::keyring().rotate(november, 7, &SystemRandom::new()).unwrap();
        let next = keyring.destroy_months(&[month(202_611)]).unwrap();
        for key in next.describe().into_iter().filter(|key| matches!(key.name(), KeyName::Ledger(_))) {
            assert_eq!(key.state() == KeyState::Destroyed, key.name() == november, "{key:?}");
        }
        assert_eq!(next.generation(), keyring.generation() + 1);
        assert!(next.destroy_months(&[month(202_611), month(203_001)]).is_ok());
    }

    #[test]
    fn the_active_version_is_not_destroyed() {
        let refused = fixture::keyring().transition(KeyName::Register, 1, KeyState::Destroyed);
        assert_eq!(refused.unwrap_err().to_string(), "a version that is active cannot become destroyed");
    }
}
