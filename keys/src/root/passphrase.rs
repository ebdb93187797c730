//! Root keys from passphrases.

use std::fmt;

use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::RootKey;
use super::origin::{OriginError, RootOrigin};
use super::shares::{Share, ShareError};
use crate::argon::{ArgonCost, ArgonError};
use crate::bytes::Reader;
use crate::secret::{RandomFailed, Secret, equal, fill_random};

/// A passphrase, a PIN or a token as it was typed or read, wiped when dropped. Its bytes are used as they are: no Unicode
/// normalisation.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes a passphrase over; an empty one is refused.
    pub fn new(typed: String) -> Result<Self, EmptyPassphrase> {
        let typed = Zeroizing::new(typed);
        if typed.is_empty() {
            return Err(EmptyPassphrase);
        }
        Ok(Self(typed))
    }

    /// The characters. Every call says why in a comment that begins with `EXPOSE`.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The characters, to be sent to the server of the vault they open.
    #[must_use]
    pub fn to_sent(&self) -> Zeroizing<String> {
        // EXPOSE: whoever types it on one machine may mean the vault of another.
        self.0.clone()
    }

    /// The share that was typed, where one was asked for.
    pub fn as_share(&self) -> Result<Share, ShareError> {
        Share::parse(&self.0)
    }

    /// Whether the same was typed twice; compares in constant time.
    #[must_use]
    pub fn matches(&self, again: &Self) -> bool {
        equal(self.0.as_bytes(), again.0.as_bytes())
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}

/// A passphrase must have at least one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the passphrase is empty")]
pub struct EmptyPassphrase;

/// What turns a passphrase into a root key: Argon2id with this cost and salt. No secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseKdf {
    cost: ArgonCost,
    salt: [u8; 16],
}

impl PassphraseKdf {
    /// A fresh random salt; [`ArgonCost::ROOT`] is the cost to choose.
    pub fn new(cost: ArgonCost, rng: &dyn SecureRandom) -> Result<Self, RandomFailed> {
        let mut salt = [0; 16];
        fill_random(rng, &mut salt)?;
        Ok(Self { cost, salt })
    }

    /// The cost of one derivation.
    #[must_use]
    pub fn cost(&self) -> ArgonCost {
        self.cost
    }

    /// Appends `memory KiB u32 | passes u32 | lanes u32 | salt 16`.
    pub(super) fn encode(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.cost.memory_kib().to_be_bytes());
        into.extend_from_slice(&self.cost.passes().to_be_bytes());
        into.extend_from_slice(&self.cost.lanes().to_be_bytes());
        into.extend_from_slice(&self.salt);
    }

    /// Reads what [`PassphraseKdf::encode`] wrote, if its cost is within bounds.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, OriginError> {
        let mut number = || reader.u32().ok_or(OriginError::Cut);
        let (memory_kib, passes, lanes) = (number()?, number()?, number()?);
        let salt = *reader.array().ok_or(OriginError::Cut)?;
        let cost = ArgonCost::new(memory_kib, passes, lanes).map_err(OriginError::Cost)?;
        Ok(Self { cost, salt })
    }
}

impl RootKey {
    /// Argon2id(passphrase, salt, cost) to 32 bytes (RFC 9106, version 1.3). Takes a noticeable fraction of a second.
    ///
    /// Any passphrase gives a root key; only the right one opens the keyring.
    pub fn from_passphrase(passphrase: &Passphrase, kdf: &PassphraseKdf) -> Result<Self, ArgonError> {
        let secret = Secret::born(|place| kdf.cost.derive(passphrase.0.as_bytes(), &kdf.salt, place))?;
        Ok(Self::new(RootOrigin::Passphrase(*kdf), secret))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;
    use ring::rand::SystemRandom;

    use super::*;

    fn passphrase(typed: &str) -> Passphrase {
        Passphrase::new(typed.to_owned()).unwrap()
    }

    fn kdf() -> PassphraseKdf {
        PassphraseKdf::new(ArgonCost::new(64, 1, 1).unwrap(), &SystemRandom::new()).unwrap()
    }

    proptest! {
        #[test]
        fn a_derivation_is_read_as_written(memory_kib in 128_u32..=1 << 20, passes in 1_u32..=16, lanes in 1_u32..=16) {
            let cost = ArgonCost::new(memory_kib, passes, lanes).unwrap();
            let kdf = PassphraseKdf { cost, salt: [5; 16] };
            let mut bytes = Vec::new();
            kdf.encode(&mut bytes);
            prop_assert_eq!(PassphraseKdf::decode(&mut Reader::new(&bytes)), Ok(kdf));
        }

        #[test]
        fn arbitrary_bytes_never_ask_for_unbounded_work(bytes: [u8; 28]) {
            if let Ok(kdf) = PassphraseKdf::decode(&mut Reader::new(&bytes)) {
                prop_assert!(kdf.cost().memory_kib() <= 1 << 20);
                prop_assert!(kdf.cost().passes() <= 16 && kdf.cost().lanes() <= 16);
            }
        }
    }

    #[test]
    fn the_same_passphrase_and_salt_give_the_same_key() {
        let kdf = kdf();
        let key = RootKey::from_passphrase(&passphrase("open"), &kdf).unwrap();
        assert_eq!(key.id(), RootKey::from_passphrase(&passphrase("open"), &kdf).unwrap().id());
        assert_eq!(key.origin(), &RootOrigin::Passphrase(kdf));
    }

    #[test]
    fn another_passphrase_salt_or_cost_gives_another_key() {
        let kdf = kdf();
        let id = |typed: &str, kdf| RootKey::from_passphrase(&passphrase(typed), &kdf).unwrap().id();
        let dearer = PassphraseKdf { cost: ArgonCost::new(64, 2, 1).unwrap(), ..kdf };
        assert_ne!(id("open", kdf), id("Open", kdf));
        assert_ne!(id("open", kdf), id("open ", kdf));
        assert_ne!(id("open", kdf), id("open", self::kdf()));
        assert_ne!(id("open", kdf), id("open", dearer));
    }

    #[test]
    fn an_empty_passphrase_is_refused() {
        assert_eq!(Passphrase::new(String::new()).unwrap_err(), EmptyPassphrase);
    }

    #[test]
    fn a_passphrase_typed_differently_does_not_match() {
        assert!(passphrase("open").matches(&passphrase("open")));
        assert!(!passphrase("open").matches(&passphrase("opem")));
        assert!(!passphrase("open").matches(&passphrase("ope")));
    }

    #[test]
    fn debug_prints_the_name_and_no_character() {
        assert_eq!(format!("{:?}", passphrase("zq")), "Passphrase");
    }
}
