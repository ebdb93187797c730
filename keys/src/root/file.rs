//! Root keys in files.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::RootKey;
use super::claim::RootClaim;
use super::origin::{RootKind, RootOrigin};
use super::provider::{NewRoot, RootError, RootMaker, RootProvider, expected};
use crate::atomic;
use crate::label;
use crate::secret::{KEY_LEN, RandomFailed, Sealing, Secret};

impl RootKey {
    /// Makes a random root key and writes it to a new file that only its owner may read.
    ///
    /// Two lines: `fubako root key v1`, and the key in 64 hexadecimal digits. A file that is there is never replaced:
    /// it may be the only key to a vault.
    pub fn create_file(path: &Path, rng: &dyn SecureRandom) -> Result<Self, RootFileError> {
        let secret = Secret::<Sealing>::random(rng)?;
        let mut text = Zeroizing::new(Vec::with_capacity(FILE_LEN));
        text.extend_from_slice(label::ROOT_FILE.as_bytes());
        text.push(b'\n');
        let mut digits = Zeroizing::new([0; 2 * KEY_LEN]);
        // EXPOSE: the file is where this key lives.
        hex::encode_to_slice(secret.expose(), digits.as_mut_slice()).map_err(|_| RootFileError::Malformed)?;
        text.extend_from_slice(digits.as_slice());
        text.push(b'\n');
        atomic::create(path, &text).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                RootFileError::Exists(path.to_owned())
            } else {
                RootFileError::Write { path: path.to_owned(), source }
            }
        })?;
        Ok(Self::new(RootOrigin::File, secret))
    }

    /// Reads a root key file; refuses one that anybody but its owner may read.
    pub fn load_file(path: &Path) -> Result<Self, RootFileError> {
        let failed = |source: io::Error| {
            if source.kind() == io::ErrorKind::NotFound {
                RootFileError::Missing(path.to_owned())
            } else {
                RootFileError::Read { path: path.to_owned(), source }
            }
        };
        let file = File::open(path).map_err(failed)?;
        // Of the open file, since the path may name another one a moment later.
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(RootFileError::Readable { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(Vec::with_capacity(FILE_LEN + 1));
        file.take(FILE_LEN as u64 + 1).read_to_end(&mut text).map_err(failed)?;
        let secret = parse(&text).ok_or(RootFileError::Malformed)?;
        Ok(Self::new(RootOrigin::File, secret))
    }
}

/// A root key in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRoot(PathBuf);

impl FileRoot {
    /// The file at that path.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }
}

impl RootProvider for FileRoot {
    fn open(&self, claim: &RootClaim) -> Result<RootKey, RootError> {
        if *claim.origin() != RootOrigin::File {
            return Err(RootError::other_kind(claim, RootKind::File));
        }
        expected(claim, RootKey::load_file(&self.0)?)
    }
}

impl RootMaker for FileRoot {
    fn make(&self, rng: &dyn SecureRandom) -> Result<NewRoot, RootError> {
        Ok(NewRoot::kept(RootKey::create_file(&self.0, rng)?))
    }
}

/// Why a root key file was not read or made.
#[derive(Debug, thiserror::Error)]
pub enum RootFileError {
    /// There is no file.
    #[error("there is no root key at `{}`", .0.display())]
    Missing(PathBuf),
    /// There is a file already.
    #[error("there is a file at `{}` already; a root key never replaces one", .0.display())]
    Exists(PathBuf),
    /// Group or others may read or write it.
    #[error(
        "the root key at `{}` is open to others than its owner (mode {mode:03o}); allow its owner only, with chmod 600",
        path.display()
    )]
    Readable {
        /// The key file's path.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not two lines of the right form.
    #[error(
        "the file is not a root key: `{}` and 64 hexadecimal digits are expected, each on a line",
        label::ROOT_FILE
    )]
    Malformed,
    /// The file could not be read.
    #[error("cannot read the root key at `{}`", path.display())]
    Read {
        /// The key file's path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file could not be written.
    #[error("cannot write the root key to `{}`", path.display())]
    Write {
        /// The key file's path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] RandomFailed),
}

/// The key in the text of a file; the last line break may be missing.
fn parse(text: &[u8]) -> Option<Secret<Sealing>> {
    let rest = text.strip_prefix(label::ROOT_FILE.as_bytes())?.strip_prefix(b"\n")?;
    let digits = rest.strip_suffix(b"\n").unwrap_or(rest);
    Secret::born(|place| hex::decode_to_slice(digits, place)).ok()
}

/// Length of a key file: the first line, the digits, two line breaks.
const FILE_LEN: usize = label::ROOT_FILE.len() + 1 + 2 * KEY_LEN + 1;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::fs::{self, Permissions};

    use ring::rand::SystemRandom;

    use super::*;

    fn file_with(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_created_key_is_loaded_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        let created = RootKey::create_file(&path, &SystemRandom::new()).unwrap();
        let loaded = RootKey::load_file(&path).unwrap();
        assert_eq!(created.id(), loaded.id());
        assert_eq!(loaded.origin(), &RootOrigin::File);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap().len(), FILE_LEN);
    }

    #[test]
    fn a_key_file_is_never_replaced() {
        let (_folder, path) = file_with("anything", 0o600);
        let refused = RootKey::create_file(&path, &SystemRandom::new()).unwrap_err();
        assert!(matches!(refused, RootFileError::Exists(_)));
        assert_eq!(fs::read(&path).unwrap(), b"anything");
    }

    #[test]
    fn a_key_file_open_to_others_is_refused() {
        let text = format!("{}\n{}\n", label::ROOT_FILE, "00".repeat(32));
        for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666, 0o777] {
            let (_folder, path) = file_with(&text, mode);
            let refused = RootKey::load_file(&path).unwrap_err();
            assert!(matches!(refused, RootFileError::Readable { mode: found, .. } if found == mode));
            assert!(refused.to_string().contains("chmod 600"));
        }
        for mode in [0o600, 0o400] {
            let (_folder, path) = file_with(&text, mode);
            assert!(RootKey::load_file(&path).is_ok());
        }
    }

    #[test]
    fn malformed_key_files_are_refused() {
        let head = label::ROOT_FILE;
        let digits = "0f".repeat(32);
        for text in [
            String::new(),
            head.to_owned(),
            format!("{head}\n"),
            format!("{head}\n{}\n", "0f".repeat(31)),
            format!("{head}\n{}\n", "0f".repeat(33)),
            format!("{head}\n{digits}\n\n"),
            format!("{head}\n{digits}\nmore\n"),
            format!("{head}\n{}g\n", digits.split_at(63).0),
            format!("{head}\r\n{digits}\r\n"),
            format!("{digits}\n"),
            format!("fubako root key v2\n{digits}\n"),
        ] {
            let (_folder, path) = file_with(&text, 0o600);
            let refused = RootKey::load_file(&path).unwrap_err();
            assert!(matches!(refused, RootFileError::Malformed), "{text}");
            assert!(!refused.to_string().contains("0f0f"));
        }
    }

    #[test]
    fn a_missing_key_file_and_a_folder_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let missing = RootKey::load_file(&folder.path().join("none")).unwrap_err();
        assert!(matches!(missing, RootFileError::Missing(_)));
        fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        let unreadable = RootKey::load_file(folder.path()).unwrap_err();
        assert!(matches!(unreadable, RootFileError::Read { .. }));
    }
}
