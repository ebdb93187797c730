//! Shares brought one at a time, until they are enough.

use std::collections::BTreeMap;

use super::deal::{claimed_set, join};
use super::{Share, ShareError, ShareSet};
use crate::root::RootKey;
use crate::root::claim::RootClaim;
use crate::root::provider::RootError;

/// The shares of one set that were brought so far, in memory that is wiped.
#[derive(Debug)]
pub struct ShareTally {
    claim: RootClaim,
    set: ShareSet,
    shares: BTreeMap<u8, Share>,
}

/// What a share that was taken led to.
#[derive(Debug)]
pub enum Tallied {
    /// More are needed.
    Waiting,
    /// It was the last one needed: this is the root key.
    Opened(Box<RootKey>),
}

impl ShareTally {
    /// None yet, of the set that the claim is about.
    pub fn new(claim: &RootClaim) -> Result<Self, RootError> {
        Ok(Self { claim: claim.clone(), set: claimed_set(claim)?, shares: BTreeMap::new() })
    }

    /// The set it is about.
    #[must_use]
    pub const fn set(&self) -> &ShareSet {
        &self.set
    }

    /// How many shares are there.
    #[must_use]
    pub fn have(&self) -> u8 {
        u8::try_from(self.shares.len()).unwrap_or(u8::MAX)
    }

    /// Takes a share; a refused one changes nothing. Shares that are enough and give another key are all dropped.
    pub fn add(&mut self, share: Share) -> Result<Tallied, ShareError> {
        let (index, threshold) = (share.index(), self.set.threshold());
        if *share.set() != self.set {
            return Err(ShareError::OtherSet { wanted: self.set.name(), given: share.set().name() });
        }
        if self.shares.contains_key(&index) {
            return Err(ShareError::Repeated { index, have: self.have(), threshold });
        }
        self.shares.insert(index, share);
        if self.have() < threshold {
            return Ok(Tallied::Waiting);
        }
        // Right or wrong, they have done what they were brought for.
        let brought = std::mem::take(&mut self.shares);
        let root = join(self.set, brought.values())?;
        if self.claim.expect(root.id()).is_err() {
            return Err(ShareError::Forged);
        }
        Ok(Tallied::Opened(Box::new(root)))
    }

    /// Drops all of them.
    pub fn clear(&mut self) {
        self.shares.clear();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;
    use ring::rand::SystemRandom;

    use super::*;
    use crate::root::origin::RootOrigin;
    use crate::root::provider::{NewRoot, RootMaker as _, RootProvider as _};
    use crate::root::shares::{HeldShares, ShareDeal};
    use crate::secret::Secret;

    fn dealt(threshold: u8, count: u8) -> NewRoot {
        ShareDeal::new(threshold, count).unwrap().make(&SystemRandom::new()).unwrap()
    }

    fn claim(root: &NewRoot) -> RootClaim {
        RootClaim::new(root.key().id(), None, root.key().origin().clone())
    }

    fn again(share: &Share) -> Share {
        Share::parse(&share.to_line()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_that_are_enough_give_the_key(count in 2_u8..12, least in 2_u8..12, order in any::<prop::sample::Index>()) {
            let threshold = least.min(count);
            let root = dealt(threshold, count);
            let mut shares: Vec<&Share> = root.shares().iter().collect();
            shares.rotate_left(order.index(usize::from(count)));
            let mut tally = ShareTally::new(&claim(&root)).unwrap();
            for share in &shares[1..usize::from(threshold)] {
                prop_assert!(matches!(tally.add(again(share)), Ok(Tallied::Waiting)));
            }
            let Ok(Tallied::Opened(key)) = tally.add(again(shares[0])) else { unreachable!("enough are there") };
            prop_assert_eq!(key.id(), root.key().id());
            prop_assert_eq!(tally.have(), 0);
        }
    }

    /// Made by another program from docs/format.md: the key is the bytes 0 to 31.
    #[test]
    fn shares_dealt_by_the_format_alone_give_their_key() {
        let lines = [
            "fubako-share-v1-01020304-05060708-02030103-0b131b1b-232b3333-4b435b5b-536b6363-\
             6b939b9b-838bb3b3-aba3dbdb-d3cbc32b-03fca6",
            "fubako-share-v1-01020304-05060708-02030305-1f312b25-6f715b45-cfd1fbf5-efa1bb85-\
             9f8c9698-b2ace6f8-d2cc4648-527c6697-dd40b8",
        ];
        let shares = lines.map(|line| Share::parse(line).unwrap());
        let key = join(*shares[0].set(), shares.iter()).unwrap();
        assert_eq!(key.id().to_string(), "0da68713fdad5def71c3776025ac875e");
        assert_eq!(lines.map(str::len), shares.map(|share| share.to_line().len()));
    }

    #[test]
    fn one_too_few_gives_nothing() {
        let root = dealt(3, 5);
        let held = HeldShares::new(root.shares()[..2].iter().map(again).collect());
        let told = held.open(&claim(&root)).unwrap_err();
        assert!(matches!(told, RootError::Shares(ShareError::TooFew { have: 2, threshold: 3 })), "{told}");
    }

    #[test]
    fn fewer_than_enough_say_nothing_of_the_key() {
        // With one share of two fixed, every key is still possible: the same share begins 256 different last bytes.
        let root = dealt(2, 2);
        let RootOrigin::Shares(set) = *root.key().origin() else { unreachable!("shares") };
        let mut ids = std::collections::HashSet::new();
        for last in 0..=u8::MAX {
            let mut part = *root.shares()[1].part().expose();
            part[31] = last;
            let other = Share::new(set, 2, Secret::copied(&part));
            ids.insert(join(set, [&root.shares()[0], &other].into_iter()).unwrap().id());
        }
        assert_eq!(ids.len(), 256);
    }

    #[test]
    fn a_share_twice_is_refused_and_the_rest_stays() {
        let root = dealt(2, 3);
        let mut tally = ShareTally::new(&claim(&root)).unwrap();
        tally.add(again(&root.shares()[0])).unwrap();
        let told = tally.add(again(&root.shares()[0])).unwrap_err();
        assert_eq!(told, ShareError::Repeated { index: 1, have: 1, threshold: 2 });
        assert!(matches!(tally.add(again(&root.shares()[2])), Ok(Tallied::Opened(_))));
    }

    #[test]
    fn a_share_of_another_set_is_refused_and_the_rest_stays() {
        let (root, other) = (dealt(2, 3), dealt(2, 3));
        let mut tally = ShareTally::new(&claim(&root)).unwrap();
        tally.add(again(&root.shares()[0])).unwrap();
        assert!(matches!(tally.add(again(&other.shares()[1])), Err(ShareError::OtherSet { .. })));
        assert_eq!(tally.have(), 1);
        assert!(matches!(tally.add(again(&root.shares()[1])), Ok(Tallied::Opened(_))));
    }

    #[test]
    fn a_forged_share_drops_all_of_them() {
        let root = dealt(2, 3);
        let mut tally = ShareTally::new(&claim(&root)).unwrap();
        tally.add(again(&root.shares()[0])).unwrap();
        let forged = Share::new(*root.shares()[1].set(), 2, Secret::copied(&[9; 32]));
        assert_eq!(tally.add(forged).unwrap_err(), ShareError::Forged);
        assert_eq!(tally.have(), 0);
    }
}
