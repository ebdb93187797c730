//! Sealing and opening the values of members' fields.

use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::Keyring;
use crate::binding::FieldBinding;
use crate::class::KeyClass;
use crate::envelope::Envelope;
use crate::padding::{self, Padding};
use crate::seal::{NoActiveKey, SealError, Unopened};

impl Keyring {
    /// The envelope of `value` under the active key of its class, bound to this vault and `binding`.
    ///
    /// XAES-256-GCM(class key, random nonce, binding, `length u16 | value | zeros` to a multiple of 32 bytes).
    /// The value may be empty and has at most 65,535 bytes. [`Envelope`] reads what the envelope says of itself.
    pub fn seal_field(
        &self,
        class: KeyClass,
        binding: &FieldBinding,
        value: &[u8],
        rng: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SealError> {
        let (version, key) = self.classes.get(&class).ok_or(NoActiveKey)?.sealing()?;
        let aad = binding.associated_data(&self.vault, class, version);
        let padding = Padding::of(value)?;
        key.seal(&Envelope::head(class, version), &aad, &padding.around(value), rng)
    }

    /// The value that was sealed for exactly this class and place.
    ///
    /// Refuses an envelope of another class, a version that this keyring does not open with, and every change of a bit.
    pub fn open_field(
        &self,
        class: KeyClass,
        binding: &FieldBinding,
        envelope: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let envelope = Envelope::parse(envelope)?;
        // The claim of the envelope must not choose the key: a card stays a card.
        if envelope.class() != class {
            return Err(Unopened);
        }
        let sealed = envelope.sealed();
        let key = self.classes.get(&class).ok_or(Unopened)?.opening(sealed.key_version)?;
        let aad = binding.associated_data(&self.vault, class, sealed.key_version);
        padding::unpad(key.open(sealed.nonce, &aad, sealed.body)?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;
    use ring::rand::SystemRandom;

    use super::*;
    use crate::keyring::{KeyName, KeyState, fixture};

    const CLASS: KeyClass = KeyClass::Contact;
    const PLACE: FieldBinding = FieldBinding::new([7; 16], 5, 1, 3);
    const VALUE: &[u8] = b"1-2-3 Jinbocho, Chiyoda";

    fn seal(keyring: &Keyring) -> Vec<u8> {
        keyring.seal_field(CLASS, &PLACE, VALUE, &SystemRandom::new()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_value_opens_where_it_was_sealed(value in prop::collection::vec(any::<u8>(), 0..300)) {
            let keyring = fixture::keyring();
            let envelope = keyring.seal_field(CLASS, &PLACE, &value, &SystemRandom::new()).unwrap();
            prop_assert_eq!(&*keyring.open_field(CLASS, &PLACE, &envelope).unwrap(), &value);
        }

        #[test]
        fn arbitrary_bytes_never_open(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            prop_assert_eq!(fixture::keyring().open_field(CLASS, &PLACE, &bytes), Err(Unopened));
        }
    }

    #[test]
    fn a_value_moved_to_another_place_does_not_open() {
        let keyring = fixture::keyring();
        let envelope = seal(&keyring);
        let elsewhere = [
            ("member", FieldBinding::new([8; 16], 5, 1, 3)),
            ("field", FieldBinding::new([7; 16], 6, 1, 3)),
            ("slot", FieldBinding::new([7; 16], 5, 0, 3)),
            ("field and slot", FieldBinding::new([7; 16], 1, 5, 3)),
            ("earlier seal", FieldBinding::new([7; 16], 5, 1, 2)),
            ("later seal", FieldBinding::new([7; 16], 5, 1, 4)),
        ];
        for (what, place) in elsewhere {
            assert_eq!(keyring.open_field(CLASS, &place, &envelope), Err(Unopened), "{what}");
        }
        assert!(keyring.open_field(CLASS, &PLACE, &envelope).is_ok());
    }

    #[test]
    fn a_value_does_not_open_as_another_class() {
        let keyring = fixture::keyring();
        for other in KeyClass::ALL.into_iter().filter(|class| *class != CLASS) {
            let mut envelope = seal(&keyring);
            assert_eq!(keyring.open_field(other, &PLACE, &envelope), Err(Unopened));
            envelope[1] = other.number();
            assert_eq!(keyring.open_field(other, &PLACE, &envelope), Err(Unopened));
            assert_eq!(keyring.open_field(CLASS, &PLACE, &envelope), Err(Unopened));
        }
    }

    #[test]
    fn a_class_is_bound_even_where_keys_are_the_same() {
        let mut keyring = fixture::keyring();
        let contact = keyring.classes[&CLASS].clone();
        keyring.classes.insert(KeyClass::Card, contact);
        let mut envelope = seal(&keyring);
        envelope[1] = KeyClass::Card.number();
        assert_eq!(keyring.open_field(KeyClass::Card, &PLACE, &envelope), Err(Unopened));
    }

    #[test]
    fn a_value_does_not_open_in_another_vault_with_the_same_keys() {
        let keyring = fixture::keyring();
        let envelope = seal(&keyring);
        let moved = fixture::moved_to(keyring, [2; 16]);
        assert_eq!(moved.open_field(CLASS, &PLACE, &envelope), Err(Unopened));
        assert!(moved.open_field(CLASS, &PLACE, &seal(&moved)).is_ok());
    }

    #[test]
    fn a_value_does_not_open_under_another_key_version() {
        let name = KeyName::Class(CLASS);
        let old = fixture::keyring();
        let new = old.rotate(name, 1, &SystemRandom::new()).unwrap();
        let (mut first, mut second) = (seal(&old), seal(&new));
        assert_eq!(Envelope::parse(&second).unwrap().key_version(), 2);
        assert!(new.open_field(CLASS, &PLACE, &first).is_ok());
        assert_eq!(old.open_field(CLASS, &PLACE, &second), Err(Unopened));
        first[5] = 2;
        second[5] = 1;
        assert_eq!(new.open_field(CLASS, &PLACE, &first), Err(Unopened));
        assert_eq!(new.open_field(CLASS, &PLACE, &second), Err(Unopened));
    }

    #[test]
    fn a_destroyed_version_opens_nothing() {
        let name = KeyName::Class(CLASS);
        let keyring = fixture::keyring();
        let envelope = seal(&keyring);
        let keyring = keyring.rotate(name, 1, &SystemRandom::new()).unwrap();
        assert!(keyring.open_field(CLASS, &PLACE, &envelope).is_ok());
        let keyring = keyring.transition(name, 1, KeyState::Destroyed).unwrap();
        assert_eq!(keyring.open_field(CLASS, &PLACE, &envelope), Err(Unopened));
    }

    #[test]
    fn a_compromised_version_opens_and_does_not_seal() {
        let keyring = fixture::keyring();
        let envelope = seal(&keyring);
        let keyring = keyring.transition(KeyName::Class(CLASS), 1, KeyState::Compromised).unwrap();
        assert!(keyring.open_field(CLASS, &PLACE, &envelope).is_ok());
        let refused = keyring.seal_field(CLASS, &PLACE, VALUE, &SystemRandom::new());
        assert_eq!(refused, Err(SealError::NoActiveKey(NoActiveKey)));
    }

    #[test]
    fn a_class_not_held_neither_seals_nor_opens() {
        let mut keyring = fixture::keyring();
        let envelope = seal(&keyring);
        let withheld = keyring.classes[&CLASS].withheld();
        keyring.classes.insert(CLASS, withheld);
        assert_eq!(keyring.open_field(CLASS, &PLACE, &envelope), Err(Unopened));
        let refused = keyring.seal_field(CLASS, &PLACE, VALUE, &SystemRandom::new());
        assert_eq!(refused, Err(SealError::NoActiveKey(NoActiveKey)));
    }

    #[test]
    fn every_flipped_bit_of_an_envelope_is_refused() {
        let keyring = fixture::keyring().rotate(KeyName::Class(CLASS), 1, &SystemRandom::new()).unwrap();
        let envelope = seal(&keyring);
        for bit in 0..envelope.len() * 8 {
            let mut changed = envelope.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keyring.open_field(CLASS, &PLACE, &changed), Err(Unopened), "bit {bit}");
        }
    }

    #[test]
    fn an_envelope_cut_or_lengthened_is_refused() {
        let keyring = fixture::keyring();
        let mut envelope = seal(&keyring);
        for len in 0..envelope.len() {
            assert_eq!(keyring.open_field(CLASS, &PLACE, &envelope[..len]), Err(Unopened));
        }
        envelope.push(0);
        assert_eq!(keyring.open_field(CLASS, &PLACE, &envelope), Err(Unopened));
    }

    #[test]
    fn authentic_plaintext_that_is_not_padded_is_refused() {
        let keyring = fixture::keyring();
        let (version, key) = keyring.classes[&CLASS].active().unwrap();
        let aad = PLACE.associated_data(&keyring.vault, CLASS, version);
        let plain = [0xff; 32];
        let envelope = key.seal(&Envelope::head(CLASS, version), &aad, &[&plain], &SystemRandom::new()).unwrap();
        assert_eq!(keyring.open_field(CLASS, &PLACE, &envelope), Err(Unopened));
    }

    #[test]
    fn values_of_similar_length_have_envelopes_of_one_length() {
        let keyring = fixture::keyring();
        let len_of = |value: &[u8]| keyring.seal_field(CLASS, &PLACE, value, &SystemRandom::new()).unwrap().len();
        assert_eq!(len_of(b""), 6 + 24 + 32 + 16);
        assert_eq!(len_of(b""), len_of(&[1; 30]));
        assert!(len_of(&[1; 30]) < len_of(&[1; 31]));
    }

    #[test]
    fn a_value_that_is_too_long_is_refused() {
        let refused = fixture::keyring().seal_field(CLASS, &PLACE, &vec![0; 65_536], &SystemRandom::new());
        assert_eq!(refused, Err(SealError::TooLong));
    }
}
