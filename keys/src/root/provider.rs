//! Root providers: the one way by which root keys are made and come by, whoever keeps them.

use std::fmt;

use ring::rand::SecureRandom;

use super::claim::{RootClaim, WrongRoot};
use super::file::RootFileError;
use super::origin::{RootKind, RootOrigin};
use super::passphrase::{Passphrase, PassphraseKdf};
use super::pkcs11::Pkcs11Error;
use super::shares::{Share, ShareError};
use super::transit::TransitError;
use super::{RootId, RootKey};
use crate::argon::{ArgonCost, ArgonError};
use crate::secret::RandomFailed;

/// What comes by the root key of a keyring: it was made before, and the keyring's header says how.
pub trait RootProvider: fmt::Debug {
    /// The root key that is claimed; any other is refused.
    fn open(&self, claim: &RootClaim) -> Result<RootKey, RootError>;
}

/// What makes new root keys. Two calls make two keys.
pub trait RootMaker: fmt::Debug {
    /// A new root key, durable with its keeper before this returns.
    fn make(&self, rng: &dyn SecureRandom) -> Result<NewRoot, RootError>;
}

/// Who keeps root keys, and can destroy one so that it is proved: nobody could take what opens it out of there.
pub trait RootDestroyer: fmt::Debug {
    /// Destroys for good what opens the root key that is claimed, and whatever else it opens.
    ///
    /// It is opened once more before, which shows that it is this key, and looked for afterwards.
    fn destroy(&self, claim: &RootClaim) -> Result<(), RootError>;
}

/// A root key that was just made, and what of it has to be handed out.
#[derive(Debug)]
pub struct NewRoot {
    key: RootKey,
    shares: Vec<Share>,
}

impl NewRoot {
    pub(super) fn kept(key: RootKey) -> Self {
        Self { key, shares: Vec::new() }
    }

    pub(super) fn split(key: RootKey, shares: Vec<Share>) -> Self {
        Self { key, shares }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &RootKey {
        &self.key
    }

    /// The shares to be handed out now, since nothing keeps them; none if something keeps the key.
    #[must_use]
    pub fn shares(&self) -> &[Share] {
        &self.shares
    }

    /// The key; the shares are gone.
    #[must_use]
    pub fn into_key(self) -> RootKey {
        self.key
    }
}

/// Why there is no root key; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// The vault's root key is of another kind.
    #[error("this vault's root key is {wanted}, not {given}")]
    OtherKind {
        /// What the keyring's header says.
        wanted: RootKind,
        /// What was tried.
        given: RootKind,
    },
    /// It is another key than the keyring is sealed under.
    #[error(transparent)]
    Wrong(#[from] WrongRoot),
    /// The key file does not do.
    #[error(transparent)]
    File(#[from] RootFileError),
    /// The passphrase could not be turned into a key.
    #[error("the root key cannot be derived from the passphrase")]
    Passphrase(#[from] ArgonError),
    /// The HSM did not do it.
    #[error(transparent)]
    Pkcs11(#[from] Pkcs11Error),
    /// The transit engine did not do it.
    #[error(transparent)]
    Transit(#[from] TransitError),
    /// The shares do not do.
    #[error(transparent)]
    Shares(#[from] ShareError),
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] RandomFailed),
}

impl RootError {
    pub(super) fn other_kind(claim: &RootClaim, given: RootKind) -> Self {
        Self::OtherKind { wanted: claim.origin().kind(), given }
    }
}

/// A key's passphrase, as it was typed or read.
impl RootProvider for Passphrase {
    fn open(&self, claim: &RootClaim) -> Result<RootKey, RootError> {
        let RootOrigin::Passphrase(kdf) = claim.origin() else {
            return Err(RootError::other_kind(claim, RootKind::Passphrase));
        };
        expected(claim, RootKey::from_passphrase(self, kdf)?)
    }
}

impl RootMaker for Passphrase {
    fn make(&self, rng: &dyn SecureRandom) -> Result<NewRoot, RootError> {
        let kdf = PassphraseKdf::new(ArgonCost::ROOT, rng)?;
        Ok(NewRoot::kept(RootKey::from_passphrase(self, &kdf)?))
    }
}

/// The key, if it is the one that is claimed.
pub(super) fn expected(claim: &RootClaim, key: RootKey) -> Result<RootKey, RootError> {
    claim.expect(key.id())?;
    Ok(key)
}

/// What a wrapping binds the wrapped key to, so that the keeper opens it as this key or not at all:
/// `"fubako/root-wrap/v1" | root id 16`.
pub(super) fn wrapping_binding(id: RootId) -> Vec<u8> {
    [crate::label::ROOT_WRAP, id.bytes().as_slice()].concat()
}
