//! Which root keys a keyring has been sealed under, in which generations, and which of them are known to be destroyed.
//!
//! Whoever kept a copy of the keyring opens it as long as there is the root key of then; so how gone a destroyed key is rests
//! on these. They travel with the keyring, which a vault never takes an older one of.

use std::iter;

use ring::rand::SecureRandom;

use super::Keyring;
use super::line::KeyLine;
use crate::bytes::Reader;
use crate::month::Month;
use crate::root::{RootClaim, RootId, RootKey, RootKind, RootOrigin};
use crate::secret::RandomFailed;

/// A root key that sealed some generations of the keyring, or an export of one, and is not in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerRoot {
    id: RootId,
    /// None where nobody wrote it down.
    origin: Option<RootOrigin>,
    from: u64,
    until: u64,
    destroyed_ms: i64,
}

/// All of them, and since when the present one is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RootHistory {
    /// The first generation the present root key may have sealed.
    pub(super) since: u64,
    pub(super) former: Vec<FormerRoot>,
}

impl FormerRoot {
    /// The root key's name.
    #[must_use]
    pub const fn id(&self) -> RootId {
        self.id
    }

    /// The kind of place it came from; none where nobody wrote it down.
    #[must_use]
    pub fn kind(&self) -> Option<RootKind> {
        self.origin.as_ref().map(RootOrigin::kind)
    }

    /// What is needed beside the secret itself to come by it; none where nobody wrote it down.
    #[must_use]
    pub fn claim(&self) -> Option<RootClaim> {
        self.origin.clone().map(|origin| RootClaim::new(self.id, None, origin))
    }

    /// The first generation it sealed, and the first it did not.
    #[must_use]
    pub const fn generations(&self) -> (u64, u64) {
        (self.from, self.until)
    }

    /// When its keeper destroyed it, in milliseconds since 1970 UTC; none where that is not known.
    #[must_use]
    pub fn destroyed_ms(&self) -> Option<i64> {
        (self.destroyed_ms != 0).then_some(self.destroyed_ms)
    }

    /// `root key id 16 | origin, or 0 where it is not known | from u64 | until u64 | destroyed i64`
    fn encode(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(self.id.bytes());
        match &self.origin {
            Some(origin) => origin.encode(into),
            None => into.push(UNKNOWN),
        }
        into.extend_from_slice(&self.from.to_be_bytes());
        into.extend_from_slice(&self.until.to_be_bytes());
        into.extend_from_slice(&self.destroyed_ms.to_be_bytes());
    }

    fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let id = RootId::new(*reader.array()?);
        let origin = match reader.peek()? {
            UNKNOWN => reader.u8().map(|_| None)?,
            _ => Some(RootOrigin::decode(reader).ok()?),
        };
        Some(Self { id, origin, from: reader.u64()?, until: reader.u64()?, destroyed_ms: reader.i64()? })
    }
}

impl Default for RootHistory {
    /// Of a keyring that has had one root key.
    fn default() -> Self {
        Self { since: 1, former: Vec::new() }
    }
}

impl RootHistory {
    /// Of a keyring written before histories were: the root key before was some other, and nobody knows since when.
    pub(super) fn unwritten(previous: Option<RootId>, generation: u64) -> Self {
        let before = |id| FormerRoot { id, origin: None, from: 1, until: generation, destroyed_ms: 0 };
        Self { since: 1, former: previous.map(before).into_iter().collect() }
    }

    /// Appends `in force since u64 | count u16`, then each former root key; none if they are too many.
    pub(super) fn encode(&self, into: &mut Vec<u8>) -> Option<()> {
        into.extend_from_slice(&self.since.to_be_bytes());
        into.extend_from_slice(&u16::try_from(self.former.len()).ok()?.to_be_bytes());
        self.former.iter().for_each(|former| former.encode(into));
        Some(())
    }

    /// Reads what [`RootHistory::encode`] wrote.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let since = reader.u64()?;
        let former = (0..reader.u16()?).map(|_| FormerRoot::decode(reader)).collect::<Option<_>>()?;
        Some(Self { since, former })
    }
}

impl Keyring {
    /// The next snapshot, to be saved under another root key than `from`, which it is sealed under now.
    #[must_use]
    pub fn rotate_root(&self, from: &RootKey) -> Self {
        let mut next = self.next_snapshot();
        next.previous_root = Some(from.id());
        let (since, until) = (next.roots.since, next.generation);
        next.roots.former.push(former(from, (since, until)));
        next.roots.since = next.generation;
        next
    }

    /// The next snapshot, which remembers that keys of its are given out under that root key, with ledger keys for every
    /// month up to `through`: what is given out never changes, and has to last.
    pub fn given_out_under(
        &self,
        root: &RootKey,
        through: Month,
        now_ms: i64,
        rng: &dyn SecureRandom,
    ) -> Result<Self, RandomFailed> {
        let mut next = self.next_snapshot();
        let generation = next.generation;
        next.roots.former.push(former(root, (generation, generation.saturating_add(1))));
        let last = next.months.last_key_value().map(|(month, _)| *month);
        let missing = iter::successors(last.and_then(Month::next), |month| month.next());
        for month in missing.take_while(|month| *month <= through) {
            next.months.insert(month, KeyLine::generate(generation, now_ms, rng)?);
        }
        Ok(next)
    }

    /// The next snapshot, which remembers that a former root key was destroyed by its keeper, and with it those that the same
    /// key of the keeper opened; none if there is none of that name, or that is known.
    #[must_use]
    pub fn root_destroyed(&self, claim: &RootClaim, now_ms: i64) -> Option<Self> {
        let mut next = self.next_snapshot();
        let mut news = false;
        let ends = |former: &FormerRoot| {
            former.id == claim.id() || former.origin.as_ref().is_some_and(|origin| origin.ends_with(claim.origin()))
        };
        for former in next.roots.former.iter_mut().filter(|former| ends(former) && former.destroyed_ms == 0) {
            former.destroyed_ms = now_ms;
            news = true;
        }
        news.then_some(next)
    }

    /// The same keys where a vault is restored with them: nobody knows under which root keys a newer keyring was sealed that
    /// was lost, so of what this one holds nothing is claimed.
    #[must_use]
    pub fn restored(&self) -> Self {
        let mut restored = Self { generation: self.generation, ..self.next_snapshot() };
        if restored.scope.is_none() {
            let id = RootId::new([0; 16]);
            let (from, until) = (self.generation, self.generation.saturating_add(1));
            restored.roots.former.push(FormerRoot { id, origin: None, from, until, destroyed_ms: 0 });
        }
        restored
    }

    /// Every root key that sealed this vault's keys and is not in force, the oldest first.
    #[must_use]
    pub fn former_roots(&self) -> &[FormerRoot] {
        &self.roots.former
    }

    /// The first generation that the root key in force may have sealed.
    #[must_use]
    pub const fn root_since(&self) -> u64 {
        self.roots.since
    }
}

fn former(root: &RootKey, (from, until): (u64, u64)) -> FormerRoot {
    FormerRoot { id: root.id(), origin: Some(root.origin().clone()), from, until, destroyed_ms: 0 }
}

/// In the place of an origin nobody wrote down.
const UNKNOWN: u8 = 0;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;
    use crate::keyring::fixture;

    fn root(name: &str) -> RootKey {
        let folder = tempfile::tempdir().unwrap();
        RootKey::create_file(&folder.path().join(name), &SystemRandom::new()).unwrap()
    }

    #[test]
    fn root_keys_follow_each_other_without_a_gap() {
        let (first, second, third) = (root("1"), root("2"), root("3"));
        let keyring = fixture::keyring().rotate_root(&first);
        let through = Month::new(202_706).unwrap();
        let keyring = keyring.given_out_under(&third, through, 7, &SystemRandom::new()).unwrap().rotate_root(&second);
        assert_eq!(keyring.ledger_months().last(), Some(through));
        assert_eq!(keyring.ledger_months().count(), 8);
        let told: Vec<_> = keyring.former_roots().iter().map(|former| (former.id(), former.generations())).collect();
        assert_eq!(told, [(first.id(), (1, 2)), (third.id(), (3, 4)), (second.id(), (2, 4))]);
        assert_eq!(keyring.root_since(), 4);
        let mut bytes = Vec::new();
        keyring.roots.encode(&mut bytes).unwrap();
        assert_eq!(RootHistory::decode(&mut Reader::new(&bytes)), Some(keyring.roots.clone()));
        for len in 0..bytes.len() {
            assert_eq!(RootHistory::decode(&mut Reader::new(bytes.split_at(len).0)), None);
        }
    }

    #[test]
    fn a_root_key_is_destroyed_once_and_only_if_it_was_one() {
        let (first, second) = (root("1"), root("2"));
        let keyring = fixture::keyring().rotate_root(&first);
        let claim = |root: &RootKey| RootClaim::new(root.id(), None, root.origin().clone());
        assert!(keyring.root_destroyed(&claim(&second), 7).is_none());
        let keyring = keyring.root_destroyed(&claim(&first), 7).unwrap();
        assert_eq!(keyring.former_roots().iter().map(FormerRoot::destroyed_ms).collect::<Vec<_>>(), [Some(7)]);
        assert!(keyring.root_destroyed(&claim(&first), 8).is_none());
    }

    #[test]
    fn of_a_history_nobody_wrote_nothing_is_claimed() {
        let history = RootHistory::unwritten(Some(RootId::new([4; 16])), 9);
        assert_eq!(history.since, 1);
        let former = history.former.first().unwrap();
        assert_eq!((former.kind(), former.claim(), former.generations()), (None, None, (1, 9)));
        let mut bytes = Vec::new();
        history.encode(&mut bytes).unwrap();
        assert_eq!(RootHistory::decode(&mut Reader::new(&bytes)), Some(history));
    }
}
