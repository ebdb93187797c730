//! Keys ready for use: a raw secret beside what is computed from it once.

use ring::{
    hmac,
    rand::SecureRandom,
    signature::{Ed25519KeyPair, KeyPair},
};

use crate::seal::SealingKey;
use crate::secret::{Kind, RandomFailed, Sealing, Secret, Signing, Tagging};

/// A key that a keyring can hold: made from 32 secret bytes, which it keeps for saving.
pub(crate) trait Material: Sized {
    /// What its secret is for.
    type Use: Kind;

    /// Computes what can be computed once; none if the secret is no such key.
    fn prepare(secret: Secret<Self::Use>) -> Option<Self>;

    /// The secret it was prepared from.
    fn secret(&self) -> &Secret<Self::Use>;

    /// A fresh random key.
    fn generate(rng: &dyn SecureRandom) -> Result<Self, RandomFailed> {
        Self::prepare(Secret::random(rng)?).ok_or(RandomFailed)
    }
}

impl Material for SealingKey {
    type Use = Sealing;

    fn prepare(secret: Secret<Sealing>) -> Option<Self> {
        Some(Self::new(secret))
    }

    fn secret(&self) -> &Secret<Sealing> {
        Self::secret(self)
    }
}

/// A key of HMAC-SHA-256.
pub(crate) struct TaggingKey {
    secret: Secret<Tagging>,
    /// The two hash states after the padded key. ring does not wipe them: they stay in the one heap block of their
    /// version, where an allocator that clears freed memory does.
    hmac: hmac::Key,
}

impl TaggingKey {
    /// HMAC-SHA-256 of `parts`, one after the other. The caller makes their concatenation unambiguous.
    pub(crate) fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.begin();
        for part in parts {
            mac.update(part);
        }
        finish(mac)
    }

    /// Starts an HMAC whose parts come one by one; [`finish`] ends it.
    pub(crate) fn begin(&self) -> hmac::Context {
        hmac::Context::with_key(&self.hmac)
    }
}

impl Material for TaggingKey {
    type Use = Tagging;

    fn prepare(secret: Secret<Tagging>) -> Option<Self> {
        // EXPOSE: ring computes the inner and outer hash state once, here.
        let hmac = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        Some(Self { secret, hmac })
    }

    fn secret(&self) -> &Secret<Tagging> {
        &self.secret
    }
}

/// The 32 bytes of a finished HMAC-SHA-256.
pub(crate) fn finish(mac: hmac::Context) -> [u8; 32] {
    prefix(mac.sign().as_ref())
}

/// An Ed25519 key (RFC 8032); its secret is the 32-byte seed.
pub(crate) struct SigningKey {
    secret: Secret<Signing>,
    /// Scalar and prefix of section 5.1.5, kept as [`TaggingKey`] keeps its states.
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// The signature of `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        prefix(self.pair.sign(message).as_ref())
    }

    /// The public key that verifies it.
    pub(crate) fn verifying_key(&self) -> [u8; 32] {
        prefix(self.pair.public_key().as_ref())
    }
}

impl Material for SigningKey {
    type Use = Signing;

    fn prepare(secret: Secret<Signing>) -> Option<Self> {
        // EXPOSE: ring expands the seed once, here.
        let pair = Ed25519KeyPair::from_seed_unchecked(secret.expose()).ok()?;
        Some(Self { secret, pair })
    }

    fn secret(&self) -> &Secret<Signing> {
        &self.secret
    }
}

/// The first `N` bytes of at least `N`.
pub(crate) fn prefix<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut first = [0; N];
    first.copy_from_slice(bytes.split_at(N).0);
    first
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn secret<K: Kind>(hex: &str) -> Secret<K> {
        Secret::born(|place| hex::decode_to_slice(hex, place)).unwrap()
    }

    #[test]
    fn published_vector_of_rfc_8032_signs() {
        // RFC 8032, section 7.1, TEST 2.
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let key = SigningKey::prepare(secret(seed)).unwrap();
        assert_eq!(
            hex::encode(key.verifying_key()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        assert_eq!(
            hex::encode(key.sign(&[0x72])),
            concat!(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            )
        );
    }

    #[test]
    fn tagging_joins_its_parts() {
        let key = TaggingKey::prepare(secret(&"0b".repeat(32))).unwrap();
        assert_eq!(key.tag(&[b"Hi", b" ", b"There"]), key.tag(&[b"Hi There"]));
        assert_ne!(key.tag(&[b"Hi There"]), key.tag(&[b"Hi there"]));
    }

    #[test]
    fn tagging_is_hmac_sha_256() {
        // RFC 4231, test case 2, whose key of 4 bytes HMAC pads with zeros to the same block as these 32.
        let key = TaggingKey::prepare(secret(&format!("4a656665{}", "00".repeat(28)))).unwrap();
        assert_eq!(
            hex::encode(key.tag(&[b"what do ya want for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
