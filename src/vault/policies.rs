//! Policies: the version in force, and every earlier one a member may still be bound to.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;
use thiserror::Error;

use crate::ledger::journal::append_file::create_folder;
use crate::model::ids::PolicyVersion;
use crate::policy::finding::Finding;
use crate::policy::table::Policy;

/// Every version of the policy the vault has known.
#[derive(Debug, Clone)]
pub struct Policies {
    current: Arc<Policy>,
    versions: BTreeMap<PolicyVersion, Arc<Policy>>,
}

/// Why the policies could not be read or a policy not be taken on.
#[derive(Debug, Error)]
pub enum Error {
    /// The folder could not be read or written.
    #[error("the policies in `{folder}` could not be read or written")]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A policy has mistakes.
    #[error("the policy in `{file}` has mistakes:{}", in_lines(.findings))]
    Mistakes {
        /// The file.
        file: PathBuf,
        /// Each of them.
        findings: Vec<Finding>,
    },
    /// A version that was in force has other words now.
    #[error(
        "policy version {version} is in force with other words; a changed policy needs a new, higher version number"
    )]
    Changed {
        /// The version.
        version: PolicyVersion,
    },
    /// An older version than the one in force.
    #[error("policy version {offered} is older than version {current}, which is in force")]
    Older {
        /// The version offered.
        offered: PolicyVersion,
        /// The version in force.
        current: PolicyVersion,
    },
    /// A kept version has other words than when it was kept, or was never kept.
    #[error(
        "policy version {version} in the data folder is not the one this vault kept; put the kept file back, from a \
         backup"
    )]
    Altered {
        /// The version.
        version: PolicyVersion,
    },
    /// A kept version is gone.
    #[error("policy version {version} is missing from the data folder; put the kept file back, from a backup")]
    Lost {
        /// The version.
        version: PolicyVersion,
    },
    /// A policy of another marketplace.
    #[error("this vault keeps to the policy `{current}`, not to `{offered}`")]
    OtherPolicy {
        /// The policy in force.
        current: String,
        /// The policy offered.
        offered: String,
    },
}

/// Whether taking a policy on changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is a new version.
    New,
    /// It was in force already.
    AsBefore,
}

impl Policies {
    /// Starts with the first policy of a new vault.
    pub fn create(folder: &Path, text: &str, file: &Path) -> Result<Self, Error> {
        let policy = Arc::new(parse(text, file)?);
        create_folder(folder).map_err(|source| Error::Io { folder: folder.to_owned(), source })?;
        keep(folder, &policy, text)?;
        Ok(Self { versions: BTreeMap::from([(policy.version(), Arc::clone(&policy))]), current: policy })
    }

    /// Reads every version the vault has known; the highest is in force.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let io = |source| Error::Io { folder: folder.to_owned(), source };
        let mut versions = BTreeMap::new();
        for item in fs::read_dir(folder).map_err(io)? {
            let file = item.map_err(io)?.path();
            if file.extension().is_some_and(|extension| extension == "toml") {
                let policy = parse(&fs::read_to_string(&file).map_err(io)?, &file)?;
                versions.insert(policy.version(), Arc::new(policy));
            }
        }
        let missing = || io(io::Error::new(io::ErrorKind::NotFound, "no policy is there"));
        let current = versions.last_key_value().map(|(_, policy)| Arc::clone(policy)).ok_or_else(missing)?;
        Ok(Self { current, versions })
    }

    /// Takes on the policy of a file: the one in force, or a newer version of it, which is still to be [kept](Self::keep).
    pub fn take_on(mut self, text: &str, file: &Path) -> Result<(Self, Taken), Error> {
        let offered = parse(text, file)?;
        let current = &self.current;
        if offered.id() != current.id() {
            return Err(Error::OtherPolicy { current: current.id().to_string(), offered: offered.id().to_string() });
        }
        if offered.version() < current.version() {
            return Err(Error::Older { offered: offered.version(), current: current.version() });
        }
        if offered.version() == current.version() {
            return if offered.text() == current.text() {
                Ok((self, Taken::AsBefore))
            } else {
                Err(Error::Changed { version: offered.version() })
            };
        }
        self.current = Arc::new(offered);
        self.versions.insert(self.current.version(), Arc::clone(&self.current));
        Ok((self, Taken::New))
    }

    /// Puts the policy in force beside the versions before it, whole or not at all.
    pub fn keep(&self, folder: &Path) -> Result<(), Error> {
        keep(folder, &self.current, self.current.text())
    }

    /// The policy in force.
    #[must_use]
    pub fn current(&self) -> Arc<Policy> {
        Arc::clone(&self.current)
    }

    /// An earlier or the present version; a version the vault has never known is none.
    #[must_use]
    pub fn version(&self, version: PolicyVersion) -> Option<Arc<Policy>> {
        self.versions.get(&version).cloned()
    }

    /// Every version, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.versions.values()
    }
}

fn parse(text: &str, file: &Path) -> Result<Policy, Error> {
    Policy::parse(text).map_err(|findings| Error::Mistakes { file: file.to_owned(), findings })
}

/// Puts a version beside the others, whole or not at all.
fn keep(folder: &Path, policy: &Policy, text: &str) -> Result<(), Error> {
    let io = |source| Error::Io { folder: folder.to_owned(), source };
    let mut file = NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(folder.join(format!("v{}.toml", policy.version()))).map_err(|error| io(error.error))?;
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
}

fn in_lines(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |text, finding| format!("{text}\n  {finding}"))
}
