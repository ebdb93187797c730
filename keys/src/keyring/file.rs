//! Loading and saving a keyring: one small file, sealed under the root key, replaced as a whole.

use std::path::Path;

use ring::rand::SecureRandom;

use super::Keyring;
use super::error::KeyringError;
use super::header::{KeyringFile, KeyringHeader, read_file};
use crate::atomic;
use crate::root::{RootClaim, RootKey};
use crate::seal::{NONCE_LEN, SealError, TAG_LEN};

impl Keyring {
    /// Opens the keyring at `path` with its root key; [`KeyringHeader::read`] says which that is.
    pub fn load(path: &Path, root: &RootKey) -> Result<Self, KeyringError> {
        let bytes = read_file(path)?;
        let file = KeyringFile::parse(&bytes)?;
        file.header.root().expect(root.id())?;
        let plain = root.sealing().open(file.nonce, file.head, file.body).map_err(|_| KeyringError::Changed)?;
        Self::decode(&file.header, &plain).ok_or(KeyringError::Malformed)
    }

    /// Writes the keyring to `path`, sealed under `root`, readable to its owner only.
    ///
    /// Another file is written, synced and renamed over the old one, and the folder is synced: after a crash there is
    /// the old keyring or the new one. When this returns, the new one is durable. An error leaves the old one in place,
    /// unless it came from the last sync of the folder, when either may be there. The old file is overwritten with zeros
    /// afterwards, as far as the disk lets that mean something: it may hold a key that has been destroyed.
    pub fn save(&self, path: &Path, root: &RootKey, rng: &dyn SecureRandom) -> Result<(), KeyringError> {
        let file = self.sealed(root, rng)?;
        atomic::replace_and_overwrite(path, &file)
            .map_err(|source| KeyringError::Write { path: path.to_owned(), source })
    }

    /// The keyring's file, sealed under `root`, for whoever is to have it elsewhere.
    pub fn sealed(&self, root: &RootKey, rng: &dyn SecureRandom) -> Result<Vec<u8>, KeyringError> {
        let plain = self.encode().ok_or(KeyringError::Full)?;
        let sealed_len = u32::try_from(NONCE_LEN + plain.len() + TAG_LEN).map_err(|_| SealError::TooLong)?;
        let claim = RootClaim::new(root.id(), self.previous_root, root.origin().clone());
        let header = KeyringHeader::new(self.generation, self.vault, claim);
        let head = header.encode(sealed_len);
        Ok(root.sealing().seal(&head, &head, &[&plain], rng)?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::fs;

    use ring::rand::SystemRandom;

    use super::*;
    use crate::keyring::fixture;
    use crate::root::{RootId, RootOrigin};

    /// A keyring file whose seal is right, with a header and content as given.
    fn sealed(root: &RootKey, root_id: RootId, plain: &[u8]) -> Vec<u8> {
        let header = KeyringHeader::new(1, [1; 16], RootClaim::new(root_id, None, RootOrigin::File));
        let head = header.encode(u32::try_from(NONCE_LEN + plain.len() + TAG_LEN).unwrap());
        root.sealing().seal(&head, &head, &[plain], &SystemRandom::new()).unwrap()
    }

    #[test]
    fn a_keyring_that_names_another_root_key_is_refused_though_it_would_open() {
        let folder = tempfile::tempdir().unwrap();
        let root = RootKey::create_file(&folder.path().join("root.key"), &SystemRandom::new()).unwrap();
        let path = folder.path().join("keyring");
        let plain = fixture::keyring().encode().unwrap();
        fs::write(&path, sealed(&root, root.id(), &plain)).unwrap();
        assert!(Keyring::load(&path, &root).is_ok());
        fs::write(&path, sealed(&root, RootId::new([0; 16]), &plain)).unwrap();
        assert!(matches!(Keyring::load(&path, &root), Err(KeyringError::WrongRoot(_))));
    }

    #[test]
    fn a_keyring_of_malformed_content_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = RootKey::create_file(&folder.path().join("root.key"), &SystemRandom::new()).unwrap();
        let path = folder.path().join("keyring");
        for plain in [&b""[..], b"\0", &[0xff; 600]] {
            fs::write(&path, sealed(&root, root.id(), plain)).unwrap();
            assert!(matches!(Keyring::load(&path, &root), Err(KeyringError::Malformed)));
        }
    }
}
