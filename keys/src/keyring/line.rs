//! One key through its versions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ring::rand::SecureRandom;

use super::describe::{KeyDescription, KeyName};
use super::life::LifeError;
use super::state::KeyState;
use crate::bytes::Reader;
use crate::material::Material;
use crate::seal::{NoActiveKey, Unopened};
use crate::secret::{KEY_LEN, RandomFailed, Secret};

/// All versions of one key, the oldest first.
///
/// INVARIANT (line): at least one version; numbers rise from at least 1; at most one version is active;
/// exactly the destroyed ones have no material, and in a scoped keyring also those it was not given.
pub(crate) struct KeyLine<M> {
    versions: Vec<KeyVersion<M>>,
}

/// One version: what is known of it for ever, and its key unless destroyed.
struct KeyVersion<M> {
    number: u32,
    state: KeyState,
    created_ms: i64,
    /// The generation of the keyring that first held it.
    made_in: u64,
    /// The first generation that no longer held it; 0 while it is not destroyed.
    destroyed_in: u64,
    /// Shared between snapshots, so that making one copies no key.
    material: Option<Arc<M>>,
    /// How much was sealed under it, as far as is known here; shared likewise.
    sealed: Arc<AtomicU64>,
}

/// How a line is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LineForm {
    /// In formats 1 and 2: with every key there is, and without generations: it may have been held ever since, up to now.
    Plain,
    /// Since format 3: with generations, and a mark on the versions a scoped keyring was not given.
    Marked,
}

impl<M: Material> KeyLine<M> {
    /// A fresh key with one active version, for the keyring of that generation.
    pub(crate) fn generate(generation: u64, now_ms: i64, rng: &dyn SecureRandom) -> Result<Self, RandomFailed> {
        let first = KeyVersion::active((1, generation), now_ms, rng)?;
        Ok(Self { versions: vec![first] })
    }

    /// What is known of the key, without a byte of it.
    pub(crate) fn withheld(&self) -> Self {
        let versions = self.versions.iter().cloned();
        Self { versions: versions.map(|version| KeyVersion { material: None, ..version }).collect() }
    }

    /// Number and key of the active version, to seal one thing with, which is counted.
    pub(crate) fn sealing(&self) -> Result<(u32, &M), NoActiveKey> {
        let version = self.active_version().ok_or(NoActiveKey)?;
        let material = version.material.as_deref().ok_or(NoActiveKey)?;
        version.sealed.fetch_add(1, Ordering::Relaxed);
        Ok((version.number, material))
    }

    fn active_version(&self) -> Option<&KeyVersion<M>> {
        self.versions.iter().rev().find(|version| version.state == KeyState::Active)
    }

    /// Number and key of the active version.
    pub(crate) fn active(&self) -> Result<(u32, &M), NoActiveKey> {
        self.active_version()
            .and_then(|version| Some((version.number, version.material.as_deref()?)))
            .ok_or(NoActiveKey)
    }

    /// The key of a version that may open.
    pub(crate) fn opening(&self, number: u32) -> Result<&M, Unopened> {
        self.versions
            .iter()
            .rev()
            .find(|version| version.number == number && version.state.opens())
            .and_then(|version| version.material.as_deref())
            .ok_or(Unopened)
    }

    /// Numbers and keys of all versions that may open, the newest first.
    pub(crate) fn all_opening(&self) -> impl Iterator<Item = (u32, &M)> {
        self.all_in(KeyState::opens)
    }

    /// Numbers and keys of all versions in certain states, the newest first.
    pub(crate) fn all_in(&self, state: impl Fn(KeyState) -> bool) -> impl Iterator<Item = (u32, &M)> {
        let versions = self.versions.iter().rev().filter(move |version| state(version.state));
        versions.filter_map(|version| Some((version.number, version.material.as_deref()?)))
    }

    /// Whether no version is left that holds a key.
    pub(crate) fn is_destroyed(&self) -> bool {
        self.versions.iter().all(|version| version.state == KeyState::Destroyed)
    }

    /// Appends `version count u16`, then for each `number u32 | state u8 | created i64 | made in u64 | destroyed in u64 |
    /// key 32`, the key absent when destroyed or not given, of which the state's highest bit tells; none if there are too
    /// many versions.
    pub(crate) fn encode(&self, into: &mut Vec<u8>) -> Option<()> {
        let count = u16::try_from(self.versions.len()).ok()?;
        into.extend_from_slice(&count.to_be_bytes());
        for version in &self.versions {
            into.extend_from_slice(&version.number.to_be_bytes());
            into.push(version.state.number() | if version.is_held() { 0 } else { NOT_HELD });
            into.extend_from_slice(&version.created_ms.to_be_bytes());
            into.extend_from_slice(&version.made_in.to_be_bytes());
            into.extend_from_slice(&version.destroyed_in.to_be_bytes());
            if let Some(material) = &version.material {
                // EXPOSE: into the plaintext of the keyring, which is sealed before it leaves memory.
                into.extend_from_slice(material.secret().expose());
            }
        }
        Some(())
    }

    /// Upper bound of what [`KeyLine::encode`] appends.
    pub(crate) fn encoded_len(&self) -> usize {
        2 + self.versions.len() * (4 + 1 + 8 + 8 + 8 + KEY_LEN)
    }

    /// Reads what [`KeyLine::encode`] wrote; none if the bytes break INVARIANT (line).
    pub(crate) fn decode(reader: &mut Reader<'_>, form: LineForm) -> Option<Self> {
        let count = reader.u16()?;
        let mut versions: Vec<KeyVersion<M>> = Vec::new();
        for _ in 0..count {
            let version = KeyVersion::decode(reader, form)?;
            let previous = versions.last().map_or(0, |previous| previous.number);
            if version.number <= previous {
                return None;
            }
            versions.push(version);
        }
        let active = versions.iter().filter(|version| version.state == KeyState::Active).count();
        (!versions.is_empty() && active <= 1).then_some(Self { versions })
    }
}

/// What can be done to a line without knowing what kind of key it holds.
pub(crate) trait Line {
    /// The number of the active version.
    fn active_number(&self) -> Option<u32>;

    /// The number of the newest version.
    fn newest_number(&self) -> Option<u32>;

    /// Whether the key of every version is there that is not destroyed.
    fn is_held(&self) -> bool;

    /// The same as [`KeyLine::encode`].
    #[cfg(test)]
    fn encode_into(&self, into: &mut Vec<u8>) -> Option<()>;

    /// Appends a description of every version, the oldest first.
    fn describe(&self, name: KeyName, into: &mut Vec<KeyDescription>);

    /// Takes it that at least so much was sealed under a version.
    fn count_from(&self, number: u32, sealed: u64);

    /// Makes a new active version and deactivates the one before, for the keyring of that generation; answers the new
    /// number.
    fn rotate(&mut self, generation: u64, now_ms: i64, rng: &dyn SecureRandom) -> Result<u32, LifeError>;

    /// Brings one version into another state in the keyring of that generation; destroying it drops its key from this
    /// snapshot.
    fn transition(&mut self, generation: u64, number: u32, next: KeyState) -> Result<(), LifeError>;
}

impl<M: Material> Line for KeyLine<M> {
    fn active_number(&self) -> Option<u32> {
        self.active().ok().map(|(number, _)| number)
    }

    fn newest_number(&self) -> Option<u32> {
        self.versions.last().map(|version| version.number)
    }

    #[cfg(test)]
    fn encode_into(&self, into: &mut Vec<u8>) -> Option<()> {
        self.encode(into)
    }

    fn is_held(&self) -> bool {
        self.versions.iter().all(KeyVersion::is_held)
    }

    fn describe(&self, name: KeyName, into: &mut Vec<KeyDescription>) {
        into.extend(self.versions.iter().map(|version| KeyDescription {
            name,
            version: version.number,
            state: version.state,
            created_ms: version.created_ms,
            made_in: version.made_in,
            destroyed_in: version.destroyed_in,
            sealed: version.sealed.load(Ordering::Relaxed),
        }));
    }

    fn count_from(&self, number: u32, sealed: u64) {
        if let Some(version) = self.versions.iter().find(|version| version.number == number) {
            version.sealed.fetch_max(sealed, Ordering::Relaxed);
        }
    }

    fn rotate(&mut self, generation: u64, now_ms: i64, rng: &dyn SecureRandom) -> Result<u32, LifeError> {
        let newest = self.versions.last().map_or(0, |version| version.number);
        let number = newest.checked_add(1).ok_or(LifeError::Exhausted)?;
        let version = KeyVersion::active((number, generation), now_ms, rng)?;
        for former in &mut self.versions {
            if former.state == KeyState::Active {
                former.state = KeyState::Deactivated;
            }
        }
        self.versions.push(version);
        Ok(number)
    }

    fn transition(&mut self, generation: u64, number: u32, next: KeyState) -> Result<(), LifeError> {
        let another_active = self.active().is_ok_and(|(active, _)| active != number);
        let version =
            self.versions.iter_mut().find(|version| version.number == number).ok_or(LifeError::NoSuchVersion)?;
        if !version.state.may_become(next) {
            return Err(LifeError::Illegal { from: version.state, next });
        }
        if next == KeyState::Active && another_active {
            return Err(LifeError::AnotherActive);
        }
        version.state = next;
        if next == KeyState::Destroyed {
            version.material = None;
            version.destroyed_in = generation;
        }
        Ok(())
    }
}

impl<M: Material> KeyVersion<M> {
    fn active((number, made_in): (u32, u64), created_ms: i64, rng: &dyn SecureRandom) -> Result<Self, RandomFailed> {
        let material = Some(Arc::new(M::generate(rng)?));
        Ok(Self {
            number,
            state: KeyState::Active,
            created_ms,
            made_in,
            destroyed_in: 0,
            material,
            sealed: Arc::default(),
        })
    }

    fn is_held(&self) -> bool {
        self.state == KeyState::Destroyed || self.material.is_some()
    }

    fn decode(reader: &mut Reader<'_>, form: LineForm) -> Option<Self> {
        let number = reader.u32()?;
        let marked = reader.u8()?;
        let (not_held, state) = (marked & NOT_HELD != 0, KeyState::from_number(marked & !NOT_HELD)?);
        let created_ms = reader.i64()?;
        let (made_in, destroyed_in) = match form {
            LineForm::Marked => (reader.u64()?, reader.u64()?),
            LineForm::Plain => (0, 0),
        };
        let destroyed = state == KeyState::Destroyed;
        if (not_held && (destroyed || form == LineForm::Plain)) || (!destroyed && destroyed_in != 0) {
            return None;
        }
        let material = if destroyed || not_held {
            None
        } else {
            let secret = Secret::copied(reader.array()?);
            Some(Arc::new(M::prepare(secret)?))
        };
        Some(Self { number, state, created_ms, made_in, destroyed_in, material, sealed: Arc::default() })
    }
}

// Not derived: deriving would ask for `M: Clone`, and keys are not cloned.
impl<M> Clone for KeyLine<M> {
    fn clone(&self) -> Self {
        Self { versions: self.versions.clone() }
    }
}

impl<M> Clone for KeyVersion<M> {
    fn clone(&self) -> Self {
        let Self { number, state, created_ms, made_in, destroyed_in, ref material, ref sealed } = *self;
        let (material, sealed) = (material.clone(), Arc::clone(sealed));
        Self { number, state, created_ms, made_in, destroyed_in, material, sealed }
    }
}

/// Stands beside the state of a version that a scoped keyring was not given.
const NOT_HELD: u8 = 0x80;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
