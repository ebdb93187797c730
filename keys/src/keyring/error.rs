//! Why a keyring was not loaded or saved.

use std::io;
use std::path::PathBuf;

use crate::argon::ArgonError;
use crate::root::WrongRoot;
use crate::seal::SealError;

/// Why a keyring was not loaded, saved or accepted.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// There is no file.
    #[error("there is no keyring at `{}`", .0.display())]
    Missing(PathBuf),
    /// The file begins with something else.
    #[error("the file is not a keyring")]
    NotAKeyring,
    /// The file ends too early.
    #[error("the keyring is cut off: {found} bytes are there, at least {expected} belong to it")]
    Truncated {
        /// Bytes in the file.
        found: usize,
        /// Bytes that its header promises.
        expected: usize,
    },
    /// Something follows the keyring, or it is far too large.
    #[error("the file holds more than a keyring")]
    TooLong,
    /// A newer or foreign format.
    #[error("the keyring has format {0}, which this version does not read")]
    UnknownFormat(u16),
    /// A kind of root key that this version does not know.
    #[error("the keyring is sealed under a kind of root key that this version does not know ({0})")]
    UnknownRoot(u8),
    /// The header asks for more work than any vault would.
    #[error("the keyring asks for unreasonable work to derive its root key")]
    Cost(#[source] ArgonError),
    /// It is sealed under another root key.
    #[error(transparent)]
    WrongRoot(#[from] WrongRoot),
    /// The header's words about the root key make no sense.
    #[error("what the keyring says of its root key is malformed")]
    Origin,
    /// The root key is the one in its header, and its seal does not open.
    #[error("the keyring does not open, though it names this root key: the file was changed")]
    Changed,
    /// The seal opened, but what is in it is no set of keys.
    #[error("the keyring opens, but its content is malformed")]
    Malformed,
    /// Right root key, wrong vault.
    #[error("the keyring belongs to vault `{found}`, not to `{expected}`")]
    OtherVault {
        /// Id of the keyring's vault, in hexadecimal.
        found: String,
        /// Id of the vault it was opened for.
        expected: String,
    },
    /// More versions or months than a keyring counts.
    #[error("the keyring is full")]
    Full,
    /// The file could not be read.
    #[error("cannot read the keyring at `{}`", path.display())]
    Read {
        /// The keyring's path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file could not be written; what was there before is still there.
    #[error("cannot write the keyring to `{}`", path.display())]
    Write {
        /// The keyring's path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The seal could not be made.
    #[error("the keyring cannot be sealed")]
    Seal(#[from] SealError),
}
