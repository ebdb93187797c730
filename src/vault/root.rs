//! Rotation of the root key: the keyring is sealed under another one, and nothing else changes.

use std::sync::Arc;

use fubako_keys::{RootId, RootKey};

use crate::ledger::event::Event;
use crate::vault::Vault;
use crate::vault::open::Error;

/// A root key that was replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RootRotated {
    /// The one the keyring was sealed under.
    pub previous: RootId,
    /// The one it is sealed under now.
    pub current: RootId,
}

impl Vault {
    /// Seals the keyring under a new root key: intent entry, keyring, completion entry.
    ///
    /// The keyring's file is replaced as a whole, so that it is sealed under the one or the other whenever this ends. An
    /// error tells whether nothing changed, except where it says that the keyring could not be written. Who may ask is
    /// for the caller to see to.
    pub async fn rotate_root(&self, new: RootKey) -> Result<RootRotated, Error> {
        let mut root = self.root.lock().await;
        let rotated = RootRotated { previous: root.id(), current: new.id() };
        let next = self.keyring.load().rotate_root(rotated.previous);
        let generation = next.generation();
        let entry = self.vault_entry(Event::KeysChanging)?.of_subject(&generation);
        let entry = entry.because(&format!("root key {} replaces {}", rotated.current, rotated.previous));
        self.commit_own(&entry, Vec::new()).await?;
        next.save(&self.keyring_file, &new, self.random.as_ref())?;
        // Before anything else may fail: whatever changes the keyring next has to seal it under what it is sealed under.
        *root = new;
        self.keyring.store(Arc::new(next));
        self.complete_keyring_change(generation).await?;
        Ok(rotated)
    }

    /// The name of the root key the keyring is sealed under.
    pub async fn root_id(&self) -> RootId {
        self.root.lock().await.id()
    }
}
