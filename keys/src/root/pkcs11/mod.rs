//! Root keys wrapped by an HSM: a key that never leaves the token seals the random root key (PKCS#11, AES-256-GCM).

mod token;

use std::fmt;
use std::path::PathBuf;

use ring::rand::SecureRandom;

use super::claim::RootClaim;
use super::origin::{OriginError, RootKind, RootOrigin};
use super::passphrase::Passphrase;
use super::provider::{NewRoot, RootDestroyer, RootError, RootMaker, RootProvider, expected, wrapping_binding};
use super::{RootId, RootKey};
use crate::bytes::Reader;
use crate::secret::{Sealing, Secret, fill_random};

use self::token::Token;
pub use self::token::{Pkcs11Error, TokenAnswer};

/// A key in an HSM, and how to reach it.
pub struct Pkcs11Root {
    module: PathBuf,
    place: KeyPlace,
    pin: Passphrase,
}

/// Which key of which token, by their labels.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KeyPlace {
    token: String,
    key: String,
}

/// How an HSM's key wrapped a root key; stands in the keyring's header. No secret without the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pkcs11Origin {
    place: KeyPlace,
    nonce: [u8; NONCE_LEN],
    wrapped: [u8; WRAPPED_LEN],
}

impl Pkcs11Root {
    /// The key of that label in the token of that label, through the PKCS#11 library at `module`, as the user whose PIN
    /// that is.
    pub fn new(module: PathBuf, token: String, key: String, pin: Passphrase) -> Result<Self, Pkcs11Error> {
        let place = KeyPlace::new(token, key).ok_or(Pkcs11Error::Label)?;
        Ok(Self { module, place, pin })
    }
}

impl fmt::Debug for Pkcs11Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Root").field("module", &self.module).field("place", &self.place).finish_non_exhaustive()
    }
}

impl RootProvider for Pkcs11Root {
    fn open(&self, claim: &RootClaim) -> Result<RootKey, RootError> {
        let RootOrigin::Pkcs11(origin) = claim.origin() else {
            return Err(RootError::other_kind(claim, RootKind::Pkcs11));
        };
        // The header is no authority on which key of the token works: whoever can write the file could name another.
        if origin.place != self.place {
            let KeyPlace { token, key } = origin.place.clone();
            return Err(Pkcs11Error::OtherKey { token, key }.into());
        }
        let binding = wrapping_binding(claim.id());
        let token = Token::open(&self.module, &self.place.token, &self.pin)?;
        let opened = token.unwrap(&self.place.key, &origin.nonce, &binding, &origin.wrapped)?;
        let secret = Secret::copied(opened.as_slice().try_into().map_err(|_| Pkcs11Error::Length)?);
        expected(claim, RootKey::new(claim.origin().clone(), secret))
    }
}

impl RootMaker for Pkcs11Root {
    /// Makes the HSM's key too, if the token has none of that label.
    fn make(&self, rng: &dyn SecureRandom) -> Result<NewRoot, RootError> {
        let secret = Secret::<Sealing>::random(rng)?;
        let mut nonce = [0; NONCE_LEN];
        fill_random(rng, &mut nonce)?;
        let binding = wrapping_binding(RootId::of(&secret));
        let token = Token::open(&self.module, &self.place.token, &self.pin)?;
        // EXPOSE: it leaves as the HSM's key wraps it.
        let wrapped = token.wrap(&self.place.key, &nonce, &binding, secret.expose())?;
        let wrapped = wrapped.as_slice().try_into().map_err(|_| Pkcs11Error::Length)?;
        let origin = RootOrigin::Pkcs11(Pkcs11Origin { place: self.place.clone(), nonce, wrapped });
        let claim = RootClaim::new(RootId::of(&secret), None, origin);
        drop((secret, token));
        // Read back, so that no keyring is ever sealed under a key that the token does not give again.
        Ok(NewRoot::kept(self.open(&claim)?))
    }
}

impl RootDestroyer for Pkcs11Root {
    fn destroy(&self, claim: &RootClaim) -> Result<(), RootError> {
        drop(self.open(claim)?);
        let token = Token::open(&self.module, &self.place.token, &self.pin)?;
        Ok(token.destroy(&self.place.key)?)
    }
}

impl KeyPlace {
    /// Labels as PKCS#11 has them: a token's fills at most 32 bytes.
    fn new(token: String, key: String) -> Option<Self> {
        let is_label = |label: &str, longest| {
            !label.is_empty() && label.len() <= longest && label.trim() == label && !label.contains(char::is_control)
        };
        (is_label(&token, 32) && is_label(&key, 255)).then_some(Self { token, key })
    }
}

impl Pkcs11Origin {
    /// The label of the token that wrapped it.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.place.token
    }

    /// The label of the key that wrapped it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.place.key
    }

    /// Appends `token length u8 | token | key length u8 | key | nonce 12 | ciphertext 32 | tag 16`.
    pub(super) fn encode(&self, into: &mut Vec<u8>) {
        for label in [&self.place.token, &self.place.key] {
            // Their lengths were checked when they were taken.
            into.push(u8::try_from(label.len()).unwrap_or_default());
            into.extend_from_slice(label.as_bytes());
        }
        into.extend_from_slice(&self.nonce);
        into.extend_from_slice(&self.wrapped);
    }

    /// Reads what [`Pkcs11Origin::encode`] wrote.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, OriginError> {
        let (token, key) = (reader.short_text()?, reader.short_text()?);
        let place = KeyPlace::new(token, key).ok_or(OriginError::Malformed)?;
        let nonce = *reader.array().ok_or(OriginError::Cut)?;
        let wrapped = *reader.array().ok_or(OriginError::Cut)?;
        Ok(Self { place, nonce, wrapped })
    }
}

const NONCE_LEN: usize = 12;
const WRAPPED_LEN: usize = crate::secret::KEY_LEN + crate::seal::TAG_LEN;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn root(token: &str, key: &str) -> Result<Pkcs11Root, Pkcs11Error> {
        let pin = Passphrase::new("1234".to_owned()).unwrap();
        Pkcs11Root::new("/nowhere/module.so".into(), token.to_owned(), key.to_owned(), pin)
    }

    fn origin(token: &str, key: &str) -> Pkcs11Origin {
        let place = KeyPlace::new(token.to_owned(), key.to_owned()).unwrap();
        Pkcs11Origin { place, nonce: [1; NONCE_LEN], wrapped: [2; WRAPPED_LEN] }
    }

    proptest! {
        #[test]
        fn an_origin_is_read_as_written_and_cut_ones_are_refused(token in "[a-z 0-9]{1,32}", key in "[a-z茶]{1,80}") {
            prop_assume!(token.trim() == token);
            let origin = origin(&token, &key);
            let mut bytes = Vec::new();
            origin.encode(&mut bytes);
            prop_assert_eq!(Pkcs11Origin::decode(&mut Reader::new(&bytes)), Ok(origin));
            for len in 0..bytes.len() {
                prop_assert_eq!(Pkcs11Origin::decode(&mut Reader::new(bytes.split_at(len).0)), Err(OriginError::Cut));
            }
        }
    }

    #[test]
    fn labels_no_token_has_are_refused() {
        let long = "x".repeat(33);
        for (token, key) in [("", "key"), ("token", ""), (" token", "key"), ("token", "a\nb"), (long.as_str(), "key")] {
            assert!(matches!(root(token, key), Err(Pkcs11Error::Label)), "{token:?} {key:?}");
        }
    }

    #[test]
    fn a_header_does_not_choose_the_key_that_works() {
        let claim = RootClaim::new(RootId::new([1; 16]), None, RootOrigin::Pkcs11(origin("token", "another")));
        let told = root("token", "key").unwrap().open(&claim).unwrap_err();
        assert!(matches!(told, RootError::Pkcs11(Pkcs11Error::OtherKey { .. })), "{told}");
    }

    #[test]
    fn a_module_that_is_not_there_is_told() {
        let claim = RootClaim::new(RootId::new([1; 16]), None, RootOrigin::Pkcs11(origin("token", "key")));
        let told = root("token", "key").unwrap().open(&claim).unwrap_err();
        assert!(matches!(told, RootError::Pkcs11(Pkcs11Error::Module { .. })), "{told}");
        assert!(!format!("{:?}", root("token", "key").unwrap()).contains("1234"));
    }
}
