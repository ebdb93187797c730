//! Sealing and opening the rows of the register: everything stored that is no member's field.

use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::Keyring;
use crate::binding::RowBinding;
use crate::envelope::Sealed;
use crate::seal::{SealError, Unopened};

impl Keyring {
    /// The sealed row under the active register key, bound to this vault, the row's table, key and revision.
    ///
    /// `format u8 = 1 | key version u32 | nonce 24 | ciphertext | tag 16`, big-endian. Its length shows the row's.
    pub fn seal_row(
        &self,
        binding: &RowBinding<'_>,
        plain: &[u8],
        rng: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SealError> {
        let (version, key) = self.register.sealing()?;
        let aad = binding.associated_data(&self.vault, version).ok_or(SealError::TooLong)?;
        key.seal(&Sealed::head(version), &aad, &[plain], rng)
    }

    /// The row that was sealed for exactly this table, key and revision.
    pub fn open_row(&self, binding: &RowBinding<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let sealed = Sealed::parse(sealed)?;
        let key = self.register.opening(sealed.key_version)?;
        let aad = binding.associated_data(&self.vault, sealed.key_version).ok_or(Unopened)?;
        key.open(sealed.nonce, &aad, sealed.body)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;
    use crate::keyring::{KeyName, KeyState, fixture};

    const PLACE: RowBinding<'_> = RowBinding::new(3, b"party-1", 9);

    fn seal(keyring: &Keyring) -> Vec<u8> {
        keyring.seal_row(&PLACE, b"a party", &SystemRandom::new()).unwrap()
    }

    #[test]
    fn a_row_opens_where_it_was_sealed() {
        let keyring = fixture::keyring();
        assert_eq!(&**keyring.open_row(&PLACE, &seal(&keyring)).unwrap(), b"a party");
        let empty = keyring.seal_row(&PLACE, b"", &SystemRandom::new()).unwrap();
        assert_eq!(&**keyring.open_row(&PLACE, &empty).unwrap(), b"");
    }

    #[test]
    fn a_row_moved_to_another_place_does_not_open() {
        let keyring = fixture::keyring();
        let sealed = seal(&keyring);
        for place in [
            RowBinding::new(4, b"party-1", 9),
            RowBinding::new(3, b"party-2", 9),
            RowBinding::new(3, b"party-", 9),
            RowBinding::new(3, b"party-1\0", 9),
            RowBinding::new(3, b"", 9),
            RowBinding::new(3, b"party-1", 8),
            RowBinding::new(3, b"party-1", 10),
        ] {
            assert_eq!(keyring.open_row(&place, &sealed), Err(Unopened), "{place:?}");
        }
        let moved = fixture::moved_to(keyring, [2; 16]);
        assert_eq!(moved.open_row(&PLACE, &sealed), Err(Unopened));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let keyring = fixture::keyring().rotate(KeyName::Register, 1, &SystemRandom::new()).unwrap();
        let sealed = seal(&keyring);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keyring.open_row(&PLACE, &changed), Err(Unopened), "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert_eq!(keyring.open_row(&PLACE, &sealed[..len]), Err(Unopened));
        }
    }

    #[test]
    fn rows_of_former_versions_open_until_destroyed() {
        let keyring = fixture::keyring();
        let sealed = seal(&keyring);
        let keyring = keyring.rotate(KeyName::Register, 1, &SystemRandom::new()).unwrap();
        assert!(keyring.open_row(&PLACE, &sealed).is_ok());
        let keyring = keyring.transition(KeyName::Register, 1, KeyState::Destroyed).unwrap();
        assert_eq!(keyring.open_row(&PLACE, &sealed), Err(Unopened));
    }

    #[test]
    fn a_row_key_that_is_too_long_is_refused() {
        let key = vec![0; 65_536];
        let place = RowBinding::new(3, &key, 1);
        let keyring = fixture::keyring();
        assert_eq!(keyring.seal_row(&place, b"", &SystemRandom::new()), Err(SealError::TooLong));
        assert_eq!(keyring.open_row(&place, &seal(&keyring)), Err(Unopened));
    }
}
