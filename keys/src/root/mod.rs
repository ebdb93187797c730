//! Root keys: what a keyring is sealed under, and where it comes from.

mod claim;
mod file;
mod origin;
mod passphrase;
mod pkcs11;
mod provider;
mod shares;
mod transit;

use std::fmt;

use ring::hmac;

use crate::label;
use crate::material::prefix;
use crate::seal::SealingKey;
use crate::secret::{Sealing, Secret};

pub use self::claim::{RootClaim, WrongRoot};
pub use self::file::{FileRoot, RootFileError};
pub use self::origin::{RootKind, RootOrigin};
pub use self::passphrase::{EmptyPassphrase, Passphrase, PassphraseKdf};
pub use self::pkcs11::{Pkcs11Error, Pkcs11Origin, Pkcs11Root, TokenAnswer};
pub use self::provider::{NewRoot, RootDestroyer, RootError, RootMaker, RootProvider};
pub use self::shares::{HeldShares, Share, ShareDeal, ShareError, ShareSet, ShareTally, Tallied};
pub use self::transit::{HttpAnswer, TransitError, TransitOrigin, TransitRoot};

pub(crate) use self::origin::OriginError;

/// The key that a vault's keyring is sealed under.
///
/// From a [`RootProvider`] or a [`RootMaker`]. Its bytes never leave this crate but into the key file that
/// [`RootKey::create_file`] writes, into an HSM or a transit engine that wraps them, and into shares.
pub struct RootKey {
    id: RootId,
    origin: RootOrigin,
    sealing: SealingKey,
}

impl RootKey {
    fn new(origin: RootOrigin, secret: Secret<Sealing>) -> Self {
        Self { id: RootId::of(&secret), origin, sealing: SealingKey::new(secret) }
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

    fn of(secret: &Secret<Sealing>) -> Self {
        // EXPOSE: the id is one-way, and commits to the key, which the seal of a keyring does not.
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        Self(prefix(hmac::sign(&key, label::ROOT_ID).as_ref()))
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
}
