//! Root keys wrapped by the transit engine of `OpenBao` or Vault: a key that never leaves it seals the root key.

mod client;

use std::fmt;

use ring::rand::SecureRandom;

use super::claim::RootClaim;
use super::origin::{OriginError, RootKind, RootOrigin};
use super::passphrase::Passphrase;
use super::provider::{NewRoot, RootDestroyer, RootError, RootMaker, RootProvider, expected, wrapping_binding};
use super::{RootId, RootKey};
use crate::bytes::Reader;
use crate::secret::{Sealing, Secret};

use self::client::Client;
pub use self::client::{HttpAnswer, TransitError};

/// A key of a transit engine, and how to reach it.
pub struct TransitRoot {
    client: Client,
    place: KeyPlace,
}

/// Which key of which engine: they become parts of an address, so neither may hold more than names do.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KeyPlace {
    mount: String,
    key: String,
}

/// How a transit key wrapped a root key; stands in the keyring's header. No secret without the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitOrigin {
    place: KeyPlace,
    /// As the engine answered it, such as `vault:v1:...`: it says which version of the key it is under.
    wrapped: String,
}

impl TransitRoot {
    /// The key `key` of the engine mounted at `mount`, on the server at `address`: `https://` with the authority in
    /// `ca` (PEM), or `http://` on this machine. `token` is what the server knows the vault by.
    pub fn new(
        address: &str,
        ca: Option<&[u8]>,
        token: Passphrase,
        mount: String,
        key: String,
    ) -> Result<Self, TransitError> {
        let place = KeyPlace::new(mount, key).ok_or(TransitError::Name)?;
        Ok(Self { client: Client::new(address, ca, token)?, place })
    }
}

impl fmt::Debug for TransitRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransitRoot").field("place", &self.place).finish_non_exhaustive()
    }
}

impl RootProvider for TransitRoot {
    fn open(&self, claim: &RootClaim) -> Result<RootKey, RootError> {
        let RootOrigin::Transit(origin) = claim.origin() else {
            return Err(RootError::other_kind(claim, RootKind::Transit));
        };
        // The header is no authority on which key is asked: whoever can write the file could name another.
        if origin.place != self.place {
            let KeyPlace { mount, key } = origin.place.clone();
            return Err(TransitError::OtherKey { mount, key }.into());
        }
        let KeyPlace { mount, key } = &self.place;
        let opened = self.client.decrypt(mount, key, &origin.wrapped, &wrapping_binding(claim.id()))?;
        let secret = Secret::copied(opened.as_slice().try_into().map_err(|_| TransitError::Answer)?);
        expected(claim, RootKey::new(claim.origin().clone(), secret))
    }
}

impl RootMaker for TransitRoot {
    fn make(&self, rng: &dyn SecureRandom) -> Result<NewRoot, RootError> {
        let secret = Secret::<Sealing>::random(rng)?;
        let id = RootId::of(&secret);
        let KeyPlace { mount, key } = &self.place;
        // EXPOSE: it leaves for the engine, over TLS, and comes back wrapped.
        let wrapped = self.client.encrypt(mount, key, secret.expose(), &wrapping_binding(id))?;
        if !is_wrapped(&wrapped) {
            return Err(TransitError::Answer.into());
        }
        let origin = RootOrigin::Transit(TransitOrigin { place: self.place.clone(), wrapped });
        // Read back, so that no keyring is ever sealed under a key that the engine does not give again.
        Ok(NewRoot::kept(self.open(&RootClaim::new(id, None, origin))?))
    }
}

impl RootDestroyer for TransitRoot {
    fn destroy(&self, claim: &RootClaim) -> Result<(), RootError> {
        drop(self.open(claim)?);
        let KeyPlace { mount, key } = &self.place;
        self.client.delete(mount, key)?;
        match self.open(claim) {
            Err(_) => Ok(()),
            Ok(_) => Err(TransitError::NotDestroyed(key.clone()).into()),
        }
    }
}

impl KeyPlace {
    fn new(mount: String, key: String) -> Option<Self> {
        let is_name = |name: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
            !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(plain) && !name.starts_with('.')
        };
        // A mount may lie in a namespace, or deeper: `team/transit`.
        let is_mount = mount.len() <= LONGEST_NAME && mount.split('/').all(is_name);
        (is_mount && is_name(&key)).then_some(Self { mount, key })
    }
}

impl TransitOrigin {
    /// Where the engine is mounted.
    #[must_use]
    pub fn mount(&self) -> &str {
        &self.place.mount
    }

    /// The name of the key that wrapped it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.place.key
    }

    /// Appends `mount length u8 | mount | key length u8 | key | wrapped length u16 | wrapped`.
    pub(super) fn encode(&self, into: &mut Vec<u8>) {
        for name in [&self.place.mount, &self.place.key] {
            // Their lengths were checked when they were taken.
            into.push(u8::try_from(name.len()).unwrap_or_default());
            into.extend_from_slice(name.as_bytes());
        }
        into.extend_from_slice(&u16::try_from(self.wrapped.len()).unwrap_or_default().to_be_bytes());
        into.extend_from_slice(self.wrapped.as_bytes());
    }

    /// Reads what [`TransitOrigin::encode`] wrote.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, OriginError> {
        let (mount, key) = (reader.short_text()?, reader.short_text()?);
        let place = KeyPlace::new(mount, key).ok_or(OriginError::Malformed)?;
        let len = reader.u16().ok_or(OriginError::Cut)?;
        let wrapped = reader.text(len.into())?;
        if is_wrapped(&wrapped) { Ok(Self { place, wrapped }) } else { Err(OriginError::Malformed) }
    }
}

/// Whether it can be what an engine answers: a short line of visible characters.
fn is_wrapped(text: &str) -> bool {
    (1..=LONGEST_WRAPPED).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

const LONGEST_NAME: usize = 128;
/// `vault:v1:` and 60 bytes in base64 are 89; other engines and key types may need more.
const LONGEST_WRAPPED: usize = 1024;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn origin(mount: &str, key: &str, wrapped: &str) -> TransitOrigin {
        let place = KeyPlace::new(mount.to_owned(), key.to_owned()).unwrap();
        TransitOrigin { place, wrapped: wrapped.to_owned() }
    }

    fn root(address: &str) -> Result<TransitRoot, TransitError> {
        let token = Passphrase::new("s.token".to_owned()).unwrap();
        TransitRoot::new(address, None, token, "transit".to_owned(), "fubako".to_owned())
    }

    proptest! {
        #[test]
        fn an_origin_is_read_as_written_and_cut_ones_are_refused(key in "[a-z][a-z0-9._-]{0,60}", wrapped in "[!-~]{1,200}") {
            let origin = origin("team/transit", &key, &wrapped);
            let mut bytes = Vec::new();
            origin.encode(&mut bytes);
            prop_assert_eq!(TransitOrigin::decode(&mut Reader::new(&bytes)), Ok(origin));
            for len in 0..bytes.len() {
                prop_assert_eq!(TransitOrigin::decode(&mut Reader::new(bytes.split_at(len).0)), Err(OriginError::Cut));
            }
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for (mount, key) in [
            ("", "key"),
            ("transit", ""),
            ("../sys", "key"),
            ("transit", ".."),
            ("transit", "a/b"),
            ("/transit", "key"),
            ("transit", "a?b"),
            ("transit", "a%2f"),
            ("transit ", "key"),
            ("a//b", "key"),
        ] {
            assert_eq!(KeyPlace::new(mount.to_owned(), key.to_owned()), None, "{mount:?} {key:?}");
        }
        assert!(KeyPlace::new("team/transit".to_owned(), "fubako-1".to_owned()).is_some());
    }

    #[test]
    fn an_origin_with_a_line_that_is_too_long_or_not_a_line_is_malformed() {
        for wrapped in [String::new(), "v".repeat(1025), "a b".to_owned(), "a\nb".to_owned()] {
            let mut bytes = Vec::new();
            origin("transit", "fubako", &wrapped).encode(&mut bytes);
            assert_eq!(TransitOrigin::decode(&mut Reader::new(&bytes)), Err(OriginError::Malformed));
        }
    }

    #[test]
    fn a_header_does_not_choose_the_key_that_is_asked() {
        let other = RootOrigin::Transit(origin("transit", "another", "vault:v1:AAAA"));
        let claim = RootClaim::new(RootId::new([1; 16]), None, other);
        let told = root("http://127.0.0.1:9").unwrap().open(&claim).unwrap_err();
        assert!(matches!(told, RootError::Transit(TransitError::OtherKey { .. })), "{told}");
    }

    #[test]
    fn a_token_never_goes_to_another_machine_in_the_clear() {
        for address in ["http://bao.internal:8200", "http://10.0.0.1:8200", "bao.internal", "ftp://127.0.0.1", ""] {
            assert!(matches!(root(address), Err(TransitError::Address(_))), "{address}");
        }
        assert!(matches!(root("https://bao.internal:8200"), Err(TransitError::NoAuthority)));
        for address in ["http://127.0.0.1:8200", "http://[::1]:8200/", "http://localhost:8200"] {
            assert!(root(address).is_ok(), "{address}");
        }
    }

    #[test]
    fn a_server_that_is_not_there_is_told() {
        let ours = RootOrigin::Transit(origin("transit", "fubako", "vault:v1:AAAA"));
        let claim = RootClaim::new(RootId::new([1; 16]), None, ours);
        let told = root("http://127.0.0.1:9").unwrap().open(&claim).unwrap_err();
        assert!(matches!(told, RootError::Transit(TransitError::Unreachable { .. })), "{told}");
        assert!(!format!("{:?}", root("http://127.0.0.1:9").unwrap()).contains("s.token"));
    }
}
