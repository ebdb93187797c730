//! Splitting a root key into shares, and putting it together again.

use blahaj::Sharks;
use rand_core::{Infallible, TryCryptoRng, TryRng};
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::{SET_LEN, Share, ShareError, ShareSet, ShareTally, Tallied};
use crate::root::RootKey;
use crate::root::claim::RootClaim;
use crate::root::origin::{RootKind, RootOrigin};
use crate::root::provider::{NewRoot, RootError, RootMaker, RootProvider};
use crate::secret::{RandomFailed, Sealing, Secret, fill_random};

/// How a new root key is to be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareDeal {
    threshold: u8,
    count: u8,
}

impl ShareDeal {
    /// Any `threshold` of `count` shares are to be enough: at least two of at most 255.
    pub fn new(threshold: u8, count: u8) -> Result<Self, ShareError> {
        let plan = ShareSet::new([0; SET_LEN], threshold, count).ok_or(ShareError::Plan { threshold, count })?;
        Ok(Self { threshold: plan.threshold(), count: plan.count() })
    }
}

impl RootMaker for ShareDeal {
    fn make(&self, rng: &dyn SecureRandom) -> Result<NewRoot, RootError> {
        let (threshold, count) = (self.threshold, self.count);
        let mut id = [0; SET_LEN];
        fill_random(rng, &mut id)?;
        let set = ShareSet::new(id, threshold, count).ok_or(ShareError::Plan { threshold, count })?;
        let secret = Secret::<Sealing>::random(rng)?;
        let shares = split(&secret, set, rng)?;
        Ok(NewRoot::split(RootKey::new(RootOrigin::Shares(set), secret), shares))
    }
}

/// Shares that were brought, to put a root key together.
#[derive(Debug)]
pub struct HeldShares(Vec<Share>);

impl HeldShares {
    /// These shares.
    #[must_use]
    pub const fn new(shares: Vec<Share>) -> Self {
        Self(shares)
    }
}

impl RootProvider for HeldShares {
    fn open(&self, claim: &RootClaim) -> Result<RootKey, RootError> {
        let mut tally = ShareTally::new(claim)?;
        for share in &self.0 {
            if let Tallied::Opened(root) = tally.add(share.copy())? {
                return Ok(*root);
            }
        }
        let (have, threshold) = (tally.have(), tally.set().threshold());
        Err(ShareError::TooFew { have, threshold }.into())
    }
}

/// The set of shares a claim is about.
pub(super) fn claimed_set(claim: &RootClaim) -> Result<ShareSet, RootError> {
    let RootOrigin::Shares(set) = claim.origin() else { return Err(RootError::other_kind(claim, RootKind::Shares)) };
    Ok(*set)
}

fn split(secret: &Secret<Sealing>, set: ShareSet, rng: &dyn SecureRandom) -> Result<Vec<Share>, RandomFailed> {
    let mut drawn = Drawn { rng, failed: false };
    // EXPOSE: it leaves as shares.
    let dealt = Sharks(set.threshold()).dealer_rng(secret.expose(), &mut drawn);
    let shares = dealt.take(set.count().into()).map(|dealt| {
        let bytes = Zeroizing::new(Vec::from(&dealt));
        let (index, part) = bytes.split_first().ok_or(RandomFailed)?;
        Ok(Share::new(set, *index, Secret::copied(part.try_into().map_err(|_| RandomFailed)?)))
    });
    let shares = shares.collect::<Result<Vec<_>, _>>();
    // Shares that were made from a failed draw would give the key away.
    if drawn.failed { Err(RandomFailed) } else { shares }
}

/// The root key that these shares of one set give, whichever it is; they have different numbers and are enough.
pub(super) fn join<'a>(set: ShareSet, shares: impl Iterator<Item = &'a Share>) -> Result<RootKey, ShareError> {
    let mut brought = Vec::with_capacity(set.threshold().into());
    for share in shares {
        let mut bytes = Zeroizing::new(vec![share.index()]);
        bytes.reserve_exact(crate::secret::KEY_LEN);
        // EXPOSE: it is put together with the others.
        bytes.extend_from_slice(share.part().expose());
        brought.push(blahaj::Share::try_from(bytes.as_slice()).map_err(|_| ShareError::NotAShare)?);
    }
    let joined = Zeroizing::new(Sharks(set.threshold()).recover(&brought).map_err(|_| ShareError::Forged)?);
    let secret = Secret::copied(joined.as_slice().try_into().map_err(|_| ShareError::Forged)?);
    Ok(RootKey::new(RootOrigin::Shares(set), secret))
}

/// The vault's randomness for `blahaj`, which cannot hear of a failure: it is remembered instead.
struct Drawn<'a> {
    rng: &'a dyn SecureRandom,
    failed: bool,
}

impl TryRng for Drawn<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.failed |= fill_random(self.rng, bytes).is_err();
        Ok(())
    }
}

impl TryCryptoRng for Drawn<'_> {}
