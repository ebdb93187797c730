//! The environment: the few settings a container or a unit file lays over the configuration.

use std::env;
use std::path::PathBuf;

/// What the environment says; what it does not say, the file does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Environment {
    folder: Option<PathBuf>,
    listen: Option<String>,
    root_file: Option<PathBuf>,
    passphrase_file: Option<PathBuf>,
}

impl Environment {
    /// Reads the process's environment. An empty variable counts as absent.
    #[must_use]
    pub fn read() -> Self {
        Self {
            folder: path(FOLDER),
            listen: path(LISTEN).map(|text| text.to_string_lossy().into_owned()),
            root_file: path(ROOT_FILE),
            passphrase_file: path(PASSPHRASE_FILE),
        }
    }

    /// The data folder: `FUBAKO_FOLDER`.
    #[must_use]
    pub const fn folder(&self) -> Option<&PathBuf> {
        self.folder.as_ref()
    }

    /// The address to listen on: `FUBAKO_LISTEN`.
    #[must_use]
    pub fn listen(&self) -> Option<&str> {
        self.listen.as_deref()
    }

    /// The root key's file, in the place of all that `[root]` says: `FUBAKO_ROOT_FILE`.
    #[must_use]
    pub const fn root_file(&self) -> Option<&PathBuf> {
        self.root_file.as_ref()
    }

    /// The passphrase's file, in the place of all that `[root]` says: `FUBAKO_PASSPHRASE_FILE`.
    #[must_use]
    pub const fn passphrase_file(&self) -> Option<&PathBuf> {
        self.passphrase_file.as_ref()
    }
}

/// The variable's value, which need not be UTF-8.
fn path(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

const FOLDER: &str = "FUBAKO_FOLDER";
/// The variable of the address to listen on.
pub(super) const LISTEN: &str = "FUBAKO_LISTEN";
const ROOT_FILE: &str = "FUBAKO_ROOT_FILE";
/// The two variables that name a root key.
pub(super) const ROOTS: &str = "FUBAKO_ROOT_FILE and FUBAKO_PASSPHRASE_FILE";
const PASSPHRASE_FILE: &str = "FUBAKO_PASSPHRASE_FILE";

#[cfg(test)]
impl Environment {
    /// One that says these things.
    pub(super) fn saying(folder: Option<&str>, listen: Option<&str>, root_file: Option<&str>) -> Self {
        let listen = listen.map(ToOwned::to_owned);
        Self {
            folder: folder.map(PathBuf::from),
            listen,
            root_file: root_file.map(PathBuf::from),
            passphrase_file: None,
        }
    }
}
