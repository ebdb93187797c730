//! The check of an Ed25519 signature, by whoever has the public key.

use ring::signature::{ED25519, UnparsedPublicKey};

/// The signature is not that of the message under the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct Unverified;

/// Verifies an Ed25519 signature (RFC 8032) of `message` under a public key of 32 bytes.
pub fn verify_signature(public_key: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), Unverified> {
    UnparsedPublicKey::new(&ED25519, public_key).verify(message, signature).map_err(|_| Unverified)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::keyring::fixture;

    #[test]
    fn what_a_keyring_signs_verifies_under_its_public_key_and_nothing_else_does() {
        let keyring = fixture::keyring();
        let key = keyring.verifying_key().unwrap();
        let signature = keyring.sign(b"checkpoint").unwrap();
        assert_eq!(verify_signature(&key, b"checkpoint", &signature), Ok(()));
        assert_eq!(verify_signature(&key, b"Checkpoint", &signature), Err(Unverified));
        assert_eq!(verify_signature(&key, b"checkpoint", &signature[..63]), Err(Unverified));
        assert_eq!(verify_signature(&[0; 32], b"checkpoint", &signature), Err(Unverified));
        for bit in 0..512 {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verify_signature(&key, b"checkpoint", &changed), Err(Unverified), "{bit}");
        }
    }
}
