//! Sealing and opening what the law wants kept of erased members: a key of its own, so that no class key has to live for it.

use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::Keyring;
use crate::binding::RetainedBinding;
use crate::envelope::Sealed;
use crate::padding::{self, Padding};
use crate::seal::{SealError, Unopened};

impl Keyring {
    /// The values under the active retention key, bound to this vault, the member, the erasure and the term.
    ///
    /// `format u8 = 1 | key version u32 | nonce 24 | ciphertext | tag 16`, big-endian, over `length u16 | values | zeros`
    /// to a multiple of 32 bytes. At most 65,535 bytes.
    pub fn seal_retained(
        &self,
        binding: &RetainedBinding,
        plain: &[u8],
        rng: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SealError> {
        let (version, key) = self.retention.sealing()?;
        let aad = binding.associated_data(&self.vault, version);
        let padding = Padding::of(plain)?;
        key.seal(&Sealed::head(version), &aad, &padding.around(plain), rng)
    }

    /// The values that were sealed for exactly this member, erasure and term.
    pub fn open_retained(&self, binding: &RetainedBinding, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let sealed = Sealed::parse(sealed)?;
        let key = self.retention.opening(sealed.key_version)?;
        let aad = binding.associated_data(&self.vault, sealed.key_version);
        padding::unpad(key.open(sealed.nonce, &aad, sealed.body)?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;
    use crate::keyring::{KeyName, KeyState, fixture};

    const PLACE: RetainedBinding = RetainedBinding::new([7; 16], [8; 16], 9);

    fn seal(keyring: &Keyring) -> Vec<u8> {
        keyring.seal_retained(&PLACE, b"a name", &SystemRandom::new()).unwrap()
    }

    #[test]
    fn what_is_kept_opens_where_it_was_sealed() {
        let keyring = fixture::keyring();
        assert_eq!(&**keyring.open_retained(&PLACE, &seal(&keyring)).unwrap(), b"a name");
    }

    #[test]
    fn what_is_kept_of_one_member_or_erasure_or_until_another_time_does_not_open_as_anothers() {
        let keyring = fixture::keyring();
        let sealed = seal(&keyring);
        for place in [
            RetainedBinding::new([6; 16], [8; 16], 9),
            RetainedBinding::new([7; 16], [7; 16], 9),
            RetainedBinding::new([8; 16], [7; 16], 9),
            RetainedBinding::new([7; 16], [8; 16], 8),
            RetainedBinding::new([7; 16], [8; 16], 10),
        ] {
            assert_eq!(keyring.open_retained(&place, &sealed), Err(Unopened), "{place:?}");
        }
        let moved = fixture::moved_to(keyring, [2; 16]);
        assert_eq!(moved.open_retained(&PLACE, &sealed), Err(Unopened));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let keyring = fixture::keyring().rotate(KeyName::Retention, 1, &SystemRandom::new()).unwrap();
        let sealed = seal(&keyring);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keyring.open_retained(&PLACE, &changed), Err(Unopened), "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert_eq!(keyring.open_retained(&PLACE, &sealed[..len]), Err(Unopened));
        }
    }

    #[test]
    fn names_of_similar_length_are_sealed_in_one_length() {
        let keyring = fixture::keyring();
        let len_of = |value: &[u8]| keyring.seal_retained(&PLACE, value, &SystemRandom::new()).unwrap().len();
        assert_eq!(len_of(b""), len_of(&[1; 30]));
        assert!(len_of(&[1; 30]) < len_of(&[1; 31]));
    }

    #[test]
    fn what_is_kept_dies_with_its_key_and_with_no_other() {
        let keyring = fixture::keyring();
        let sealed = seal(&keyring);
        let keyring = keyring.rotate(KeyName::Retention, 1, &SystemRandom::new()).unwrap();
        let others = keyring.rotate(KeyName::Register, 1, &SystemRandom::new()).unwrap();
        let others = others.transition(KeyName::Register, 1, KeyState::Destroyed).unwrap();
        assert!(others.open_retained(&PLACE, &sealed).is_ok());
        let keyring = keyring.transition(KeyName::Retention, 1, KeyState::Destroyed).unwrap();
        assert_eq!(keyring.open_retained(&PLACE, &sealed), Err(Unopened));
    }
}
