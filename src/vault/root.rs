//! Rotation of the root key: the keyring is sealed under another one, and nothing else changes.

use std::sync::Arc;

use fubako_keys::{FormerRoot, Keyring, KeyringError, RootDestroyer, RootError, RootId, RootKey};
use thiserror::Error;

use crate::commit::work::Redo;
use crate::ledger::event::Event;
use crate::vault::Vault;
use crate::vault::open;

/// A root key that was replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RootRotated {
    /// The one the keyring was sealed under.
    pub previous: RootId,
    /// The one it is sealed under now.
    pub current: RootId,
}

/// Why a root key was not replaced in order, and which one is in force.
#[derive(Debug, Error)]
pub enum Error {
    /// Nothing changed.
    #[error("the root key was not replaced; the old one is in force")]
    NotReplaced(#[source] Box<open::Error>),
    /// The file was to be replaced, and the disk failed at it.
    #[error(
        "the keyring could not be written: it is sealed under the old root key, or under the new one if all but the last \
             sync was done"
    )]
    NotWritten(#[source] KeyringError),
    /// The new one is in force; the next start writes down what is missing.
    #[error("the root key was replaced, but the entry that says so could not be written; the next start writes it")]
    NotNoted {
        /// What was done.
        rotated: RootRotated,
        /// Why it is not written down.
        #[source]
        source: Box<open::Error>,
    },
}

/// Why a root key was not destroyed, or not known to be.
#[derive(Debug, Error)]
pub enum NotDestroyed {
    /// It never was this vault's root key, is in force, or nobody wrote down where it came from.
    #[error("root key {0} is not one that was replaced and whose keeper is known")]
    Unknown(RootId),
    /// The root key in force would end with it.
    #[error("the keeper's key also opens root key {0}, which is in force: replace that by one under another key first")]
    InForce(RootId),
    /// The keeper did not do it.
    #[error(transparent)]
    Keeper(#[from] RootError),
    /// It is destroyed, and that could not be written down.
    #[error("the root key is destroyed, but that could not be written down; it counts as alive")]
    NotNoted(#[source] Box<open::Error>),
    /// The node has a scoped keyring, or it could not be written down that the keeper is about to be asked.
    #[error(transparent)]
    Vault(#[from] crate::vault::error::Error),
}

impl Vault {
    /// The root keys that were in force before, and those that exports were sealed under.
    #[must_use]
    pub fn former_roots(&self) -> Vec<FormerRoot> {
        self.keyring.load().former_roots().to_vec()
    }

    /// Has the keeper of a root key that was replaced destroy it, and writes down before that it is to, and then that it did:
    /// no copy of the keyring sealed under it opens any more. Who may ask is for the caller to see to.
    pub async fn destroy_root(&self, id: RootId, keeper: &dyn RootDestroyer) -> Result<(), NotDestroyed> {
        self.check_unscoped()?;
        let keyring = self.keyring.load_full();
        let former = keyring.former_roots().iter().find(|former| former.id() == id && former.destroyed_ms().is_none());
        let claim = former.and_then(FormerRoot::claim).ok_or(NotDestroyed::Unknown(id))?;
        {
            let present = self.root.lock().await;
            if present.id() == id || present.origin().ends_with(claim.origin()) {
                return Err(NotDestroyed::InForce(present.id()));
            }
        }
        // Durable before the key is gone: of a run that is cut short behind it, something tells.
        let reason = format!("root key {id} ({}) is to be destroyed by its keeper", claim.origin().kind().name());
        let entry = self.vault_entry(Event::KeysChanging)?.of_subject(&keyring.generation().saturating_add(1));
        self.commit_own(entry.because(&reason), Vec::new()).await?;
        keeper.destroy(&claim)?;
        let not_noted = |error: open::Error| NotDestroyed::NotNoted(Box::new(error));
        let now = self.now().as_millisecond();
        let change = |keyring: &Keyring| Ok(keyring.root_destroyed(&claim, now));
        self.change_keyring(Redo::Kept, change).await.map_err(not_noted)?;
        let entry = self.vault_entry(Event::RootDestroyed).map_err(|error| not_noted(error.into()))?;
        let entry = entry.of_subject(&id).because(claim.origin().kind().name());
        self.commit_own(entry, Vec::new()).await.map_err(|error| not_noted(error.into()))
    }

    /// Seals the keyring under a new root key: intent entry, keyring, completion entry. Who may ask is for the caller to
    /// see to.
    ///
    /// The keyring's file is replaced as a whole, so that it is sealed under the one or the other whenever this ends; an
    /// error says which.
    pub async fn rotate_root(&self, new: RootKey) -> Result<RootRotated, Error> {
        let not_replaced = |error| Error::NotReplaced(Box::new(error));
        self.check_unscoped().map_err(|error| not_replaced(error.into()))?;
        let mut root = self.root.lock().await;
        let rotated = RootRotated { previous: root.id(), current: new.id() };
        let next = self.keyring.load().rotate_root(&root);
        let generation = next.generation();
        let entry = self.vault_entry(Event::KeysChanging).map_err(|error| not_replaced(error.into()))?;
        let reason = format!("root key {} replaces {}", rotated.current, rotated.previous);
        let entry = entry.of_subject(&generation).because(&reason);
        self.commit_own(entry, Vec::new()).await.map_err(|error| not_replaced(error.into()))?;
        next.save(&self.keyring_file, &new, self.random.as_ref()).map_err(Error::NotWritten)?;
        // Before anything else may fail: whatever changes the keyring next has to seal it under what it is sealed under.
        *root = new;
        self.keyring.store(Arc::new(next));
        let noted = self.complete_keyring_change(generation).await;
        noted.map_err(|source| Error::NotNoted { rotated, source: Box::new(source) })?;
        Ok(rotated)
    }
}
