//! Rotation of the root key: the keyring is sealed under another one, and nothing else changes.

use std::sync::Arc;

use fubako_keys::{KeyringError, RootId, RootKey};
use thiserror::Error;

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

impl Vault {
    /// Seals the keyring under a new root key: intent entry, keyring, completion entry. Who may ask is for the caller to
    /// see to.
    ///
    /// The keyring's file is replaced as a whole, so that it is sealed under the one or the other whenever this ends; an
    /// error says which.
    pub async fn rotate_root(&self, new: RootKey) -> Result<RootRotated, Error> {
        let not_replaced = |error| Error::NotReplaced(Box::new(error));
        let mut root = self.root.lock().await;
        let rotated = RootRotated { previous: root.id(), current: new.id() };
        let next = self.keyring.load().rotate_root(rotated.previous);
        let generation = next.generation();
        let entry = self.vault_entry(Event::KeysChanging).map_err(|error| not_replaced(error.into()))?;
        let reason = format!("root key {} replaces {}", rotated.current, rotated.previous);
        let entry = entry.of_subject(&generation).because(&reason);
        self.commit_own(&entry, Vec::new()).await.map_err(|error| not_replaced(error.into()))?;
        next.save(&self.keyring_file, &new, self.random.as_ref()).map_err(Error::NotWritten)?;
        // Before anything else may fail: whatever changes the keyring next has to seal it under what it is sealed under.
        *root = new;
        self.keyring.store(Arc::new(next));
        let noted = self.complete_keyring_change(generation).await;
        noted.map_err(|source| Error::NotNoted { rotated, source: Box::new(source) })?;
        Ok(rotated)
    }
}
