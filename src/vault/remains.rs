//! Remains: where keys may still lie that are destroyed in the keyring: in exports, in copies of the keyring, and in copies
//! nobody registered, as long as there is a root key that opens them.

use fubako_keys::{FormerRoot, KeyDescription, Keyring, KeyringHeader, RootClaim, RootId, RootKind};
use jiff::Timestamp;

use crate::model::ids::CopyId;
use crate::vault::Vault;
use crate::vault::backup::copies::CopyOf;
use crate::vault::error::{Cause, Error};

/// Where keys may still lie.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Remains {
    /// Registered copies that may hold one, and are not past their time.
    pub copies: Vec<HoldingCopy>,
    /// Root keys that open a keyring which may hold one, and are not known to be destroyed.
    pub roots: Vec<HoldingRoot>,
}

/// A copy that may hold a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HoldingCopy {
    /// What it is called.
    pub id: CopyId,
    /// What it is of: the keyring, or some classes of it.
    pub of: CopyOf,
    /// When it is to be gone.
    pub kept_until: Timestamp,
}

/// A root key that opens copies of the keyring which may hold a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HoldingRoot {
    /// Its name; none where nobody wrote down which there were.
    pub id: Option<RootId>,
    /// Where it comes from; none where nobody wrote it down.
    pub kind: Option<RootKind>,
    /// Whether the keyring is sealed under it now.
    pub in_force: bool,
}

impl HoldingRoot {
    /// Whether its keeper could ever prove that it is destroyed. Of a file, a passphrase or shares nobody knows who has a
    /// copy.
    #[must_use]
    pub const fn is_provable(&self) -> bool {
        matches!(self.kind, Some(RootKind::Pkcs11 | RootKind::Transit))
    }
}

impl Vault {
    /// Where these versions of keys may still lie.
    pub(super) fn remains(&self, versions: &[KeyDescription], keyring: &Keyring) -> Result<Remains, Error> {
        let mut copies = self.backups_needing(self.now())?;
        copies.retain(|(_, copy)| versions.iter().any(|version| copy.may_hold(version)));
        let copies = copies.into_iter().map(|(id, copy)| HoldingCopy { id, of: copy.of, kept_until: copy.kept_until });
        let header = KeyringHeader::read(&self.keyring_file).map_err(|error| Cause::Keyring(Box::new(error)))?;
        Ok(Remains { copies: copies.collect(), roots: roots(versions, keyring, header.root()) })
    }
}

fn roots(versions: &[KeyDescription], keyring: &Keyring, present: &RootClaim) -> Vec<HoldingRoot> {
    if keyring.scope().is_some() {
        // It does not know what the vault it was taken of has been sealed under.
        return vec![HoldingRoot { id: None, kind: None, in_force: false }];
    }
    let held_between = |(from, until): (u64, u64)| {
        let held = |version: &KeyDescription| {
            version.made_in() < until && version.destroyed_in().is_none_or(|destroyed_in| from < destroyed_in)
        };
        versions.iter().any(held)
    };
    let former = keyring.former_roots().iter().filter(|root| root.destroyed_ms().is_none());
    let former = former.filter(|root| held_between(root.generations()));
    let named = |root: &FormerRoot| HoldingRoot {
        id: Some(root.id()).filter(|id| id.bytes() != &[0; 16]),
        kind: root.kind(),
        in_force: false,
    };
    let mut roots: Vec<HoldingRoot> = former.map(named).collect();
    if held_between((keyring.root_since(), u64::MAX)) {
        roots.push(HoldingRoot { id: Some(present.id()), kind: Some(present.origin().kind()), in_force: true });
    }
    roots
}
