//! Creating a vault: a folder with a keyring, a policy, and room for everything else.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use fubako_keys::{Keyring, KeyringError, KeyringHeader, Month, RandomFailed, RootKey};
use jiff::Timestamp;
use ring::rand::SecureRandom;
use tempfile::NamedTempFile;
use thiserror::Error;

use crate::ledger::journal::append_file::create_folder;
use crate::ledger::journal::{Journal, JournalError, JournalId};
use crate::ledger::writer;
use crate::model::ids::VaultId;
use crate::vault::policies::{self, Policies};

/// A vault to be made.
#[derive(Debug)]
pub struct NewVault<'a> {
    /// The folder, empty or not there yet.
    pub folder: &'a Path,
    /// The text of its first policy.
    pub policy_text: &'a str,
    /// The file it was read from, for error messages.
    pub policy_file: &'a Path,
}

/// Why no vault was made; a folder that has no marker yet holds nothing that is needed.
#[derive(Debug, Error)]
pub enum Error {
    /// There is something in the folder.
    #[error("`{0}` is not empty; a vault is made in an empty folder")]
    NotEmpty(PathBuf),
    /// The folder could not be written.
    #[error("`{folder}` could not be written")]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The policy does not do.
    #[error(transparent)]
    Policy(#[from] policies::Error),
    /// The keyring could not be written.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The system gave no randomness.
    #[error(transparent)]
    Random(#[from] RandomFailed),
    /// The journal could not be made.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The clock is far off.
    #[error(transparent)]
    Clock(#[from] writer::Error),
}

/// Why a folder is not opened as a vault; nothing in it was touched.
#[derive(Debug, Error)]
pub enum NoVault {
    /// There is no folder.
    #[error("there is no folder `{}`", .0.display())]
    Missing(PathBuf),
    /// Nothing in it looks like a part of a vault.
    #[error("`{}` is not a vault's data folder", .0.display())]
    Foreign(PathBuf),
    /// It has parts of a vault, but not the marker that says it is one.
    #[error(
        "`{folder}` looks like a vault's data folder, but its marker, the file `{MARKER}`, is missing{}",
        .written.map(|id| format!("; it is two lines, `{}` and `{id}`", MARKER_HEAD.trim_end())).unwrap_or_default(),
        folder = folder.display()
    )]
    MarkerLost {
        /// The folder.
        folder: PathBuf,
        /// The vault its keyring says it is of.
        written: Option<VaultId>,
    },
    /// The marker is not one.
    #[error("the marker `{}` cannot be read", file.display())]
    Marker {
        /// The marker.
        file: PathBuf,
        /// What the system said, or what is wrong with it.
        #[source]
        source: io::Error,
    },
}

/// Looks at a folder, without a key and without touching it, whether it is a vault's.
pub fn expect_vault(folder: &Path) -> Result<VaultId, NoVault> {
    read_marker(folder).map_err(|source| {
        // A vault's folder holds no folder of that name, but the folder that `init` makes around it does.
        if !matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) {
            NoVault::Marker { file: folder.join(MARKER), source }
        } else if !folder.exists() {
            NoVault::Missing(folder.to_owned())
        } else if PARTS.iter().any(|part| folder.join(part).exists()) {
            let written = keyring_header(folder).ok().map(|header| VaultId(*header.vault()));
            NoVault::MarkerLost { folder: folder.to_owned(), written }
        } else {
            NoVault::Foreign(folder.to_owned())
        }
    })
}

/// What the keyring of the vault in a folder says without being opened, such as which root key opens it.
pub fn keyring_header(folder: &Path) -> Result<KeyringHeader, KeyringError> {
    KeyringHeader::read(&folder.join(KEYRING))
}

/// Where the keyring of the vault in a folder lies.
#[must_use]
pub fn keyring_file(folder: &Path) -> PathBuf {
    folder.join(KEYRING)
}

/// Makes a vault. Its first start writes the first entry; until then it holds keys and a policy.
pub fn create(new: &NewVault<'_>, root: &RootKey, now: Timestamp, random: &dyn SecureRandom) -> Result<VaultId, Error> {
    let io = |source| Error::Io { folder: new.folder.to_owned(), source };
    create_folder(new.folder).map_err(io)?;
    if fs::read_dir(new.folder).map_err(io)?.next().is_some() {
        return Err(Error::NotEmpty(new.folder.to_owned()));
    }
    let id = VaultId(random_id(random)?);
    Policies::create(&new.folder.join(POLICIES), new.policy_text, new.policy_file)?;
    let month: Month = writer::month_of(now)?;
    let keyring = Keyring::create(id.0, month, now.as_millisecond(), random)?;
    keyring.save(&new.folder.join(KEYRING), root, random)?;
    let journal = JournalId { vault: id, origin: random_id(random)? };
    Journal::create(&new.folder.join(JOURNAL), journal, month)?;
    // The marker comes last: a folder without it is no vault, whatever else is in it.
    write_marker(new.folder, id).map_err(io)?;
    Ok(id)
}

pub(super) fn random_id(random: &dyn SecureRandom) -> Result<[u8; 16], RandomFailed> {
    let mut id = [0; 16];
    random.fill(&mut id).map_err(|_| RandomFailed)?;
    Ok(id)
}

/// Reads which vault a folder is.
pub(super) fn read_marker(folder: &Path) -> io::Result<VaultId> {
    let text = fs::read_to_string(folder.join(MARKER))?;
    let malformed = || io::Error::new(io::ErrorKind::InvalidData, "not the marker of a vault of format 1");
    let line = text.strip_prefix(MARKER_HEAD).ok_or_else(malformed)?;
    let mut id = [0; 16];
    hex::decode_to_slice(line.trim_end(), &mut id).map_err(|_| malformed())?;
    Ok(VaultId(id))
}

pub(super) fn write_marker(folder: &Path, id: VaultId) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(folder)?;
    writeln!(file, "{MARKER_HEAD}{id}")?;
    file.as_file().sync_all()?;
    file.persist(folder.join(MARKER)).map_err(|error| error.error)?;
    fs::File::open(folder)?.sync_all()
}

/// The names of a data folder's parts.
pub(super) const KEYRING: &str = "keyring";
pub(super) const POLICIES: &str = "policies";
/// Ledgers that ended with a restore, each in a folder named after its origin.
pub(super) const PAST: &str = "past";
pub(super) const JOURNAL: &str = "journal";
const MARKER: &str = "vault";
const MARKER_HEAD: &str = "fubako vault 1\n";
/// What only a vault's folder has; its lock and its marker aside.
const PARTS: [&str; 4] = [KEYRING, JOURNAL, "redo", "store"];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use ring::rand::SystemRandom;

    use super::*;

    const POLICY: &str = include_str!("../../policies/imacocokara.toml");

    #[test]
    fn a_lost_marker_is_told_from_a_folder_that_is_no_vault() {
        let folder = tempfile::tempdir().unwrap();
        let (data, random) = (folder.path().join("data"), SystemRandom::new());
        assert!(matches!(expect_vault(&data), Err(NoVault::Missing(_))));
        assert!(matches!(expect_vault(folder.path()), Err(NoVault::Foreign(_))));
        let root = RootKey::create_file(&folder.path().join("root"), &random).unwrap();
        let new = NewVault { folder: &data, policy_text: POLICY, policy_file: Path::new("policy.toml") };
        let id = create(&new, &root, "2026-11-23T09:00:00Z".parse().unwrap(), &random).unwrap();
        assert_eq!(expect_vault(&data).unwrap(), id);

        let marker = fs::read_to_string(data.join(MARKER)).unwrap();
        fs::remove_file(data.join(MARKER)).unwrap();
        let told = expect_vault(&data).unwrap_err().to_string();
        assert!(told.ends_with(&format!("is missing; it is two lines, `fubako vault 1` and `{id}`")), "{told}");
        assert_eq!(marker, format!("fubako vault 1\n{id}\n"), "as the message says");
        fs::write(data.join(MARKER), "fubako vault 2\n").unwrap();
        assert!(matches!(expect_vault(&data), Err(NoVault::Marker { .. })));
    }
}
