//! Key material in memory: boxed, wiped when dropped, silent in `Debug`, compared in constant time.

use std::fmt;
use std::marker::PhantomData;

use ring::rand::SecureRandom;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Length of every key of the vault, in bytes.
pub(crate) const KEY_LEN: usize = 32;

/// What a secret is used for; makes each use a type of its own.
pub(crate) trait Kind {
    /// What `Debug` prints instead of the bytes.
    const NAME: &'static str;
}

/// Names the secrets that seal (XAES-256-GCM).
pub(crate) struct Sealing;

/// Names the secrets that authenticate (HMAC-SHA-256).
pub(crate) struct Tagging;

/// Names the secrets that sign (Ed25519 seeds, RFC 8032 section 5.1.5).
pub(crate) struct Signing;

/// Names one person's part of a root key.
pub(crate) struct Sharing;

impl Kind for Sealing {
    const NAME: &'static str = "SealingSecret";
}

impl Kind for Tagging {
    const NAME: &'static str = "TaggingSecret";
}

impl Kind for Signing {
    const NAME: &'static str = "SigningSecret";
}

impl Kind for Sharing {
    const NAME: &'static str = "ShareSecret";
}

/// 32 secret bytes for the use `K`.
///
/// Neither cloned, compared, printed nor serialised. The box keeps the bytes in one place while the owner moves.
pub(crate) struct Secret<K> {
    bytes: Box<Zeroizing<[u8; KEY_LEN]>>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Secret<K> {
    /// A secret that `fill` writes into its final place; starts as zeros.
    pub(crate) fn born<E>(fill: impl FnOnce(&mut [u8; KEY_LEN]) -> Result<(), E>) -> Result<Self, E> {
        let mut bytes = Box::new(Zeroizing::new([0; KEY_LEN]));
        fill(&mut bytes)?;
        Ok(Self { bytes, kind: PhantomData })
    }

    /// A fresh random secret.
    pub(crate) fn random(rng: &dyn SecureRandom) -> Result<Self, RandomFailed> {
        Self::born(|bytes| fill_random(rng, bytes))
    }

    /// A secret copied out of a buffer that its owner wipes.
    pub(crate) fn copied(bytes: &[u8; KEY_LEN]) -> Self {
        let mut place = Box::new(Zeroizing::new([0; KEY_LEN]));
        place.copy_from_slice(bytes);
        Self { bytes: place, kind: PhantomData }
    }

    /// The bytes. Every call says why in a comment that begins with `EXPOSE`.
    pub(crate) fn expose(&self) -> &[u8; KEY_LEN] {
        &self.bytes
    }
}

impl<K: Kind> fmt::Debug for Secret<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(K::NAME)
    }
}

/// The system's random source gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the random source of the system failed")]
pub struct RandomFailed;

/// Fills `bytes` from `rng`.
pub(crate) fn fill_random(rng: &dyn SecureRandom, bytes: &mut [u8]) -> Result<(), RandomFailed> {
    rng.fill(bytes).map_err(|_| RandomFailed)
}

/// Whether `left` and `right` are equal, in a time that depends on their lengths only.
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;

    #[test]
    fn debug_prints_the_name_and_no_byte() {
        let secret = Secret::<Sealing>::random(&SystemRandom::new()).unwrap();
        assert_eq!(format!("{secret:?}"), "SealingSecret");
        assert_eq!(format!("{secret:#?}"), "SealingSecret");
    }

    #[test]
    fn two_random_secrets_differ() {
        let rng = SystemRandom::new();
        let one = Secret::<Tagging>::random(&rng).unwrap();
        let other = Secret::<Tagging>::random(&rng).unwrap();
        // EXPOSE: to compare them.
        assert!(!equal(one.expose(), other.expose()));
        assert!(equal(one.expose(), one.expose()));
    }

    #[test]
    fn different_lengths_are_not_equal() {
        assert!(!equal(b"abc", b"ab"));
        assert!(!equal(b"", b"a"));
    }

    #[test]
    fn a_failed_birth_gives_no_secret() {
        assert!(Secret::<Signing>::born(|_| Err(RandomFailed)).is_err());
    }

    #[test]
    fn secrets_are_wiped_when_dropped() {
        fn wiped<T: zeroize::ZeroizeOnDrop>() {}
        wiped::<Zeroizing<[u8; KEY_LEN]>>();
        wiped::<xaes_256_gcm::Xaes256Gcm>();
    }
}
