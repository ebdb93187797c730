//! Sealing and opening the two parts of a ledger frame, and those of the ledger's index under the same keys.

use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::Keyring;
use super::line::KeyLine;
use crate::binding::{FrameBinding, IndexBinding, LedgerPart};
use crate::envelope::Sealed;
use crate::month::Month;
use crate::seal::{NoActiveKey, SealError, SealingKey, Unopened};

impl Keyring {
    /// One part of a ledger frame, sealed under the key of its month or the long-lived one, bound to this vault, the
    /// ledger's origin and the frame's place in it.
    ///
    /// `format u8 = 1 | key version u32 | nonce 24 | ciphertext | tag 16`, big-endian. A month without a key is
    /// refused: [`Keyring::ensure_months`] makes them ahead.
    pub fn seal_frame(
        &self,
        part: LedgerPart,
        binding: &FrameBinding,
        plain: &[u8],
        rng: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SealError> {
        self.seal_ledger(part, |version| binding.associated_data(&self.vault, part, version), plain, rng)
    }

    /// One piece of a part of the ledger's index, sealed under the key of that part's frames, bound to this vault, the
    /// ledger's origin and the piece's place; in the form of a frame's part.
    pub fn seal_index(
        &self,
        part: LedgerPart,
        binding: &IndexBinding,
        plain: &[u8],
        rng: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SealError> {
        self.seal_ledger(part, |version| binding.associated_data(&self.vault, part, version), plain, rng)
    }

    /// Whether frames of that month can be sealed.
    #[must_use]
    pub fn may_seal_month(&self, month: Month) -> bool {
        self.months.get(&month).is_some_and(|line| line.active().is_ok())
    }

    /// Whether the month had a key and no version of it is left: nothing sealed under it opens ever again.
    ///
    /// A month that never had a key is not forgotten.
    #[must_use]
    pub fn forgot_month(&self, month: Month) -> bool {
        self.months.get(&month).is_some_and(KeyLine::is_destroyed)
    }

    /// The part that was sealed for exactly this place.
    pub fn open_frame(
        &self,
        part: LedgerPart,
        binding: &FrameBinding,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        self.open_ledger(part, |version| binding.associated_data(&self.vault, part, version), sealed)
    }

    /// The piece of the ledger's index that was sealed for exactly this place.
    pub fn open_index(
        &self,
        part: LedgerPart,
        binding: &IndexBinding,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        self.open_ledger(part, |version| binding.associated_data(&self.vault, part, version), sealed)
    }

    /// Seals with the associated data that the key version gives.
    fn seal_ledger<const N: usize>(
        &self,
        part: LedgerPart,
        associated_data: impl FnOnce(u32) -> [u8; N],
        plain: &[u8],
        rng: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SealError> {
        let (version, key) = self.ledger_line(part).ok_or(NoActiveKey)?.active()?;
        key.seal(&Sealed::head(version), &associated_data(version), &[plain], rng)
    }

    /// Opens with the associated data that the key version gives.
    fn open_ledger<const N: usize>(
        &self,
        part: LedgerPart,
        associated_data: impl FnOnce(u32) -> [u8; N],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let sealed = Sealed::parse(sealed)?;
        let key = self.ledger_line(part).ok_or(Unopened)?.opening(sealed.key_version)?;
        key.open(sealed.nonce, &associated_data(sealed.key_version), sealed.body)
    }

    fn ledger_line(&self, part: LedgerPart) -> Option<&KeyLine<SealingKey>> {
        match part {
            LedgerPart::Month(month) => self.months.get(&month),
            LedgerPart::LongLived => Some(&self.long_lived),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;
    use crate::keyring::{KeyName, KeyState, fixture};

    const PLACE: FrameBinding = FrameBinding::new([4; 16], 5, 6);

    fn month(number: u32) -> LedgerPart {
        LedgerPart::Month(Month::new(number).unwrap())
    }

    fn seal(keyring: &Keyring, part: LedgerPart) -> Vec<u8> {
        keyring.seal_frame(part, &PLACE, b"entries", &SystemRandom::new()).unwrap()
    }

    #[test]
    fn both_parts_open_where_they_were_sealed() {
        let keyring = fixture::keyring();
        for part in [month(202_611), month(202_702), LedgerPart::LongLived] {
            let sealed = seal(&keyring, part);
            assert_eq!(&**keyring.open_frame(part, &PLACE, &sealed).unwrap(), b"entries");
        }
    }

    #[test]
    fn a_frame_moved_to_another_place_does_not_open() {
        let keyring = fixture::keyring();
        let part = month(202_611);
        let sealed = seal(&keyring, part);
        for place in [
            FrameBinding::new([5; 16], 5, 6),
            FrameBinding::new([4; 16], 6, 6),
            FrameBinding::new([4; 16], 5, 7),
            FrameBinding::new([4; 16], 6, 5),
        ] {
            assert_eq!(keyring.open_frame(part, &place, &sealed), Err(Unopened), "{place:?}");
        }
        let moved = fixture::moved_to(keyring, [2; 16]);
        assert_eq!(moved.open_frame(part, &PLACE, &sealed), Err(Unopened));
    }

    #[test]
    fn a_part_does_not_open_as_the_other_even_where_keys_are_the_same() {
        let mut keyring = fixture::keyring();
        let shared = keyring.long_lived.clone();
        for line in keyring.months.values_mut() {
            *line = shared.clone();
        }
        let parts = [month(202_611), month(202_612), LedgerPart::LongLived];
        for sealed_as in parts {
            let sealed = seal(&keyring, sealed_as);
            for opened_as in parts.into_iter().filter(|part| *part != sealed_as) {
                assert_eq!(keyring.open_frame(opened_as, &PLACE, &sealed), Err(Unopened));
            }
        }
    }

    #[test]
    fn a_month_without_a_key_neither_seals_nor_opens() {
        let keyring = fixture::keyring();
        let sealed = seal(&keyring, month(202_611));
        let absent = month(202_703);
        let refused = keyring.seal_frame(absent, &PLACE, b"", &SystemRandom::new());
        assert_eq!(refused, Err(SealError::NoActiveKey(NoActiveKey)));
        assert_eq!(keyring.open_frame(absent, &PLACE, &sealed), Err(Unopened));
    }

    #[test]
    fn a_destroyed_month_opens_nothing_and_the_long_lived_part_still_opens() {
        let keyring = fixture::keyring();
        let monthly = seal(&keyring, month(202_611));
        let long_lived = seal(&keyring, LedgerPart::LongLived);
        let name = KeyName::Ledger(Month::new(202_611).unwrap());
        let keyring = keyring.transition(name, 1, KeyState::Deactivated).unwrap();
        assert!(keyring.open_frame(month(202_611), &PLACE, &monthly).is_ok());
        let keyring = keyring.transition(name, 1, KeyState::Destroyed).unwrap();
        assert_eq!(keyring.open_frame(month(202_611), &PLACE, &monthly), Err(Unopened));
        assert!(keyring.open_frame(LedgerPart::LongLived, &PLACE, &long_lived).is_ok());
    }

    #[test]
    fn a_part_opens_under_its_own_key_version_only() {
        let old = fixture::keyring();
        let new = old.rotate(KeyName::LongLivedLedger, 1, &SystemRandom::new()).unwrap();
        let part = LedgerPart::LongLived;
        let (mut first, mut second) = (seal(&old, part), seal(&new, part));
        assert!(new.open_frame(part, &PLACE, &first).is_ok());
        assert!(new.open_frame(part, &PLACE, &second).is_ok());
        (first[4], second[4]) = (2, 1);
        assert_eq!(new.open_frame(part, &PLACE, &first), Err(Unopened));
        assert_eq!(new.open_frame(part, &PLACE, &second), Err(Unopened));
    }

    #[test]
    fn a_key_version_is_bound_even_where_keys_are_the_same() {
        let keyring = fixture::keyring();
        let part = LedgerPart::LongLived;
        let (_, key) = keyring.long_lived.active().unwrap();
        let aad = PLACE.associated_data(&keyring.vault, part, 2);
        let sealed = key.seal(&Sealed::head(1), &aad, &[b"entries"], &SystemRandom::new()).unwrap();
        assert_eq!(keyring.open_frame(part, &PLACE, &sealed), Err(Unopened));
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let keyring = fixture::keyring();
        let sealed = seal(&keyring, LedgerPart::LongLived);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keyring.open_frame(LedgerPart::LongLived, &PLACE, &changed), Err(Unopened));
        }
    }

    const BLOCK: IndexBinding = IndexBinding::new([4; 16], 5, 6);

    fn seal_block(keyring: &Keyring, part: LedgerPart) -> Vec<u8> {
        keyring.seal_index(part, &BLOCK, b"postings", &SystemRandom::new()).unwrap()
    }

    #[test]
    fn a_block_of_the_index_opens_where_it_was_sealed_and_nowhere_else() {
        let keyring = fixture::keyring();
        for part in [month(202_611), LedgerPart::LongLived] {
            let sealed = seal_block(&keyring, part);
            assert_eq!(&**keyring.open_index(part, &BLOCK, &sealed).unwrap(), b"postings");
            for place in [
                IndexBinding::new([5; 16], 5, 6),
                IndexBinding::new([4; 16], 6, 6),
                IndexBinding::new([4; 16], 5, 7),
                IndexBinding::new([4; 16], 6, 5),
                IndexBinding::new([4; 16], 5, u32::MAX),
            ] {
                assert_eq!(keyring.open_index(part, &place, &sealed), Err(Unopened), "{place:?}");
            }
        }
        let sealed = seal_block(&keyring, LedgerPart::LongLived);
        let moved = fixture::moved_to(keyring, [2; 16]);
        assert_eq!(moved.open_index(LedgerPart::LongLived, &BLOCK, &sealed), Err(Unopened));
    }

    #[test]
    fn a_block_opens_in_no_other_part_and_never_as_a_frame_even_where_keys_are_the_same() {
        let mut keyring = fixture::keyring();
        let shared = keyring.long_lived.clone();
        for line in keyring.months.values_mut() {
            *line = shared.clone();
        }
        let parts = [month(202_611), month(202_612), LedgerPart::LongLived];
        for sealed_as in parts {
            let block = seal_block(&keyring, sealed_as);
            for opened_as in parts.into_iter().filter(|part| *part != sealed_as) {
                assert_eq!(keyring.open_index(opened_as, &BLOCK, &block), Err(Unopened));
            }
            assert_eq!(keyring.open_frame(sealed_as, &PLACE, &block), Err(Unopened));
            assert_eq!(keyring.open_index(sealed_as, &BLOCK, &seal(&keyring, sealed_as)), Err(Unopened));
        }
    }

    #[test]
    fn every_flipped_bit_of_a_block_is_refused() {
        let keyring = fixture::keyring();
        let part = month(202_611);
        let sealed = seal_block(&keyring, part);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keyring.open_index(part, &BLOCK, &changed), Err(Unopened));
        }
    }

    #[test]
    fn a_month_is_forgotten_when_its_last_key_is_destroyed_and_with_it_its_index() {
        let (keyring, november) = (fixture::keyring(), Month::new(202_611).unwrap());
        let (monthly, long_lived) = (seal_block(&keyring, month(202_611)), seal_block(&keyring, LedgerPart::LongLived));
        let name = KeyName::Ledger(november);
        let keyring = keyring.rotate(name, 1, &SystemRandom::new()).unwrap();
        let keyring = keyring.transition(name, 1, KeyState::Destroyed).unwrap();
        assert_eq!(keyring.open_index(month(202_611), &BLOCK, &monthly), Err(Unopened));
        assert!(!keyring.forgot_month(november), "version 2 is left");
        let keyring = keyring.transition(name, 2, KeyState::Deactivated).unwrap();
        assert!(!keyring.forgot_month(november));
        let keyring = keyring.transition(name, 2, KeyState::Destroyed).unwrap();
        assert!(keyring.forgot_month(november));
        assert!(!keyring.forgot_month(Month::new(203_001).unwrap()), "it never had a key");
        assert!(keyring.open_index(LedgerPart::LongLived, &BLOCK, &long_lived).is_ok());
    }
}
