//! Sealing with XAES-256-GCM, and the one error of opening.

use ring::rand::SecureRandom;
use xaes_256_gcm::{
    Tag, Xaes256Gcm,
    aead::{AeadInOut, KeyInit},
};
use zeroize::Zeroizing;

use crate::secret::{RandomFailed, Sealing, Secret, fill_random};

/// Length of an XAES-256-GCM nonce; random, unique for 2^80 messages a key.
pub(crate) const NONCE_LEN: usize = 24;

/// Length of an authentication tag.
pub(crate) const TAG_LEN: usize = 16;

/// Sealed bytes did not open; nobody learns why.
///
/// A wrong place, class or key, a changed byte and a malformed envelope are all the same: the answer is no oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sealed bytes did not open")]
pub struct Unopened;

/// The keyring holds no active version of the key that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keyring holds no active version of this key")]
pub struct NoActiveKey;

/// Why a value was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No key may seal: a class this keyring was not given, a month not made yet, or a key taken out of use.
    #[error(transparent)]
    NoActiveKey(#[from] NoActiveKey),
    /// The value, or the key of the row it is bound to, is longer than 65,535 bytes, or a message than AES-GCM takes.
    #[error("too long to be sealed")]
    TooLong,
    /// No nonce could be drawn.
    #[error(transparent)]
    Random(#[from] RandomFailed),
}

/// A sealing key with what is computed from it once.
pub(crate) struct SealingKey {
    secret: Secret<Sealing>,
    /// The AES-256 key schedule and the CMAC subkey `K1`: steps 1 and 2 of XAES-256-GCM, which need not be repeated
    /// for each message. As secret as the key; its crate wipes both when dropped.
    cipher: Xaes256Gcm,
}

impl SealingKey {
    /// Prepares `secret` for use.
    pub(crate) fn new(secret: Secret<Sealing>) -> Self {
        // EXPOSE: the cipher expands the key once, here.
        let cipher = Xaes256Gcm::new(secret.expose().into());
        Self { secret, cipher }
    }

    /// The raw key, to be written into a sealed keyring.
    pub(crate) fn secret(&self) -> &Secret<Sealing> {
        &self.secret
    }

    /// `head | nonce 24 | ciphertext | tag 16` of the message that `parts` make, in one allocation.
    ///
    /// `head` is not authenticated by itself: what it says must be in `aad`.
    pub(crate) fn seal(
        &self,
        head: &[u8],
        aad: &[u8],
        parts: &[&[u8]],
        rng: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        fill_random(rng, &mut nonce)?;
        let message_len: usize = parts.iter().map(|part| part.len()).sum();
        let start = head.len() + NONCE_LEN;
        // Exact: a buffer that grew would leave plaintext behind. Wiped if encryption refuses.
        let mut sealed = Zeroizing::new(Vec::with_capacity(start + message_len + TAG_LEN));
        sealed.extend_from_slice(head);
        sealed.extend_from_slice(&nonce);
        for part in parts {
            sealed.extend_from_slice(part);
        }
        let tag = self.encrypt(&nonce, aad, sealed.split_at_mut(start).1)?;
        sealed.extend_from_slice(&tag);
        Ok(std::mem::take(&mut *sealed))
    }

    /// The message of `body = ciphertext | tag 16`, decrypted in place in one allocation.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        body: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let (ciphertext, tag) = body.split_last_chunk::<TAG_LEN>().ok_or(Unopened)?;
        let mut message = Zeroizing::new(ciphertext.to_vec());
        self.cipher
            .decrypt_inout_detached(nonce.into(), aad, message.as_mut_slice().into(), tag.into())
            .map_err(|_| Unopened)?;
        Ok(message)
    }

    fn encrypt(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], message: &mut [u8]) -> Result<Tag, SealError> {
        self.cipher.encrypt_inout_detached(nonce.into(), aad, message.into()).map_err(|_| SealError::TooLong)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;

    /// One of the two single vectors of C2SP's XAES-256-GCM.md: key, associated data, ciphertext and tag.
    const VECTORS: [([u8; 32], &[u8], &str); 2] = [
        ([1; 32], b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        ([3; 32], b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
    ];
    const NONCE: &[u8; NONCE_LEN] = b"ABCDEFGHIJKLMNOPQRSTUVWX";
    const MESSAGE: &[u8] = b"XAES-256-GCM";

    fn key(bytes: [u8; 32]) -> SealingKey {
        SealingKey::new(Secret::copied(&bytes))
    }

    #[test]
    fn published_vectors_of_c2sp_seal_and_open() {
        for (bytes, aad, expected) in VECTORS {
            let key = key(bytes);
            let mut message = MESSAGE.to_vec();
            let tag = key.encrypt(NONCE, aad, &mut message).unwrap();
            message.extend_from_slice(&tag);
            assert_eq!(hex::encode(&message), expected);
            assert_eq!(&**key.open(NONCE, aad, &message).unwrap(), MESSAGE);
        }
    }

    #[test]
    fn every_changed_bit_of_a_published_vector_is_refused() {
        for (bytes, aad, sealed) in VECTORS {
            let key = key(bytes);
            let sealed = hex::decode(sealed).unwrap();
            for bit in 0..sealed.len() * 8 {
                let mut changed = sealed.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(key.open(NONCE, aad, &changed), Err(Unopened));
            }
        }
    }

    #[test]
    fn every_changed_bit_of_the_nonce_or_key_is_refused() {
        let (bytes, aad, sealed) = VECTORS[1];
        let sealed = hex::decode(sealed).unwrap();
        for bit in 0..NONCE_LEN * 8 {
            let mut nonce = *NONCE;
            nonce[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key(bytes).open(&nonce, aad, &sealed), Err(Unopened));
        }
        for bit in 0..256 {
            let mut other = bytes;
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key(other).open(NONCE, aad, &sealed), Err(Unopened));
        }
    }

    #[test]
    fn other_associated_data_is_refused() {
        let (bytes, _, sealed) = VECTORS[1];
        let sealed = hex::decode(sealed).unwrap();
        for aad in [&b""[..], b"c2sp.org/XAES-256-GC", b"c2sp.org/XAES-256-GCM\0"] {
            assert_eq!(key(bytes).open(NONCE, aad, &sealed), Err(Unopened));
        }
    }

    #[test]
    fn a_body_shorter_than_a_tag_is_refused() {
        for len in 0..TAG_LEN {
            assert_eq!(key([1; 32]).open(NONCE, b"", &vec![0; len]), Err(Unopened));
        }
    }

    #[test]
    fn the_same_message_is_never_sealed_to_the_same_bytes() {
        let rng = SystemRandom::new();
        let key = key([1; 32]);
        let seal = || key.seal(b"head", b"", &[MESSAGE], &rng).unwrap();
        let (one, other) = (seal(), seal());
        assert_eq!(one.len(), 4 + NONCE_LEN + MESSAGE.len() + TAG_LEN);
        assert_eq!(one.capacity(), one.len());
        assert_ne!(one[4..4 + NONCE_LEN], other[4..4 + NONCE_LEN]);
        assert_ne!(one[4 + NONCE_LEN..], other[4 + NONCE_LEN..]);
    }
}
