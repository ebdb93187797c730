//! Root keys: what a keyring is sealed under, and where it comes from.

mod file;
mod passphrase;

use std::fmt;

use ring::hmac;

use crate::argon::ArgonError;
use crate::bytes::Reader;
use crate::label;
use crate::material::prefix;
use crate::seal::SealingKey;
use crate::secret::{Sealing, Secret};

pub use self::file::RootFileError;
pub use self::passphrase::{EmptyPassphrase, Passphrase, PassphraseKdf};

/// The key that a vault's keyring is sealed under.
///
/// From [`RootKey::load_file`] or [`RootKey::from_passphrase`]. Its bytes never leave this crate but into the key file
/// that [`RootKey::create_file`] writes.
pub struct RootKey {
    id: RootId,
    origin: RootOrigin,
    sealing: SealingKey,
}

impl RootKey {
    fn new(origin: RootOrigin, secret: Secret<Sealing>) -> Self {
        // EXPOSE: the id is one-way, and commits to the key, which the seal of a keyring does not.
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        let id = RootId::new(prefix(hmac::sign(&key, label::ROOT_ID).as_ref()));
        Self { id, origin, sealing: SealingKey::new(secret) }
    }

    /// The key's public name.
    #[must_use]
    pub fn id(&self) -> RootId {
        self.id
    }

    /// Where the key comes from.
    #[must_use]
    pub fn origin(&self) -> &RootOrigin {
        &self.origin
    }

    pub(crate) fn sealing(&self) -> &SealingKey {
        &self.sealing
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey")
    }
}

/// The public name of a root key: the first 16 bytes of HMAC-SHA-256(key, `"fubako/root-id/v1"`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RootId([u8; 16]);

impl RootId {
    pub(crate) const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The name's bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for RootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for RootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootId({self})")
    }
}

/// Where a root key comes from; stands in the header of the keyring it seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootOrigin {
    /// A key file.
    File,
    /// A passphrase, and what turns it into the key.
    Passphrase(PassphraseKdf),
}

impl RootOrigin {
    /// Appends `kind u8`, and for a passphrase what derives the key from it.
    pub(crate) fn encode(&self, into: &mut Vec<u8>) {
        match self {
            Self::File => into.push(FILE),
            Self::Passphrase(kdf) => {
                into.push(PASSPHRASE);
                kdf.encode(into);
            }
        }
    }

    /// Reads what [`RootOrigin::encode`] wrote.
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, OriginError> {
        match reader.u8().ok_or(OriginError::Cut)? {
            FILE => Ok(Self::File),
            PASSPHRASE => PassphraseKdf::decode(reader).map(Self::Passphrase),
            kind => Err(OriginError::Unknown(kind)),
        }
    }
}

/// Why bytes name no origin of a root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OriginError {
    /// They end too early.
    Cut,
    /// A kind that this version does not know.
    Unknown(u8),
    /// More work than is allowed.
    Cost(ArgonError),
}

const FILE: u8 = 1;
const PASSPHRASE: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_the_name_and_no_byte() {
        let root = RootKey::new(RootOrigin::File, Secret::copied(&[0xab; 32]));
        assert_eq!(format!("{root:?}"), "RootKey");
    }

    #[test]
    fn the_id_names_the_key() {
        let id = |byte| RootKey::new(RootOrigin::File, Secret::copied(&[byte; 32])).id();
        assert_eq!(id(1), id(1));
        assert_ne!(id(1), id(2));
        assert_eq!(id(1).to_string().len(), 32);
    }

    #[test]
    fn unknown_kinds_and_cut_origins_are_refused() {
        for kind in (3..=u8::MAX).chain([0]) {
            let decoded = RootOrigin::decode(&mut Reader::new(&[kind]));
            assert_eq!(decoded, Err(OriginError::Unknown(kind)));
        }
        for len in 0..=28 {
            let bytes = [PASSPHRASE; 29];
            let decoded = RootOrigin::decode(&mut Reader::new(bytes.split_at(len).0));
            assert_eq!(decoded, Err(OriginError::Cut));
        }
    }

    #[test]
    fn an_origin_that_asks_for_too_much_work_is_refused() {
        let mut bytes = vec![PASSPHRASE];
        bytes.extend([0xff; 28]);
        let decoded = RootOrigin::decode(&mut Reader::new(&bytes));
        assert!(matches!(decoded, Err(OriginError::Cost(_))));
    }
}
