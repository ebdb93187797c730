//! Configuration: a file and a few words of the environment, turned into one validated [`Config`].
//!
//! Everything that is wrong is told at once, with the lines it stands on. Nothing here knows of servers or connections:
//! what comes out is plain data, and the paths in it are seen from the file's own folder.

mod authority;
mod bounds;
mod callers;
mod check;
pub mod environment;
pub mod finding;
mod machine;
mod problem;
pub mod restart;
mod root;
pub mod settings;
pub mod size;
mod source;
#[cfg(test)]
mod tests;
mod unknown;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::environment::Environment;
use crate::config::finding::Finding;
use crate::config::settings::Config;
use crate::policy::table::Policy;

/// Why there is no configuration.
#[derive(Debug, Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the configuration `{}`", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file, or what it names, has mistakes.
    #[error("the configuration `{}` has {}", file.display(), counted(findings.len()))]
    Mistakes {
        /// The file.
        file: PathBuf,
        /// Each of them, in the order of the file.
        findings: Vec<Finding>,
    },
}

/// Reads a configuration file, lays the environment over it, and checks the whole.
pub fn load(file: &Path, environment: &Environment) -> Result<Config, Error> {
    checked(file, environment, None)
}

/// The same for a vault that runs: its callers are checked against the policy in force, whatever file is named by now.
pub fn reload(file: &Path, environment: &Environment, in_force: &Policy) -> Result<Config, Error> {
    checked(file, environment, Some(in_force))
}

fn checked(file: &Path, environment: &Environment, in_force: Option<&Policy>) -> Result<Config, Error> {
    let text = fs::read_to_string(file).map_err(|source| Error::Unreadable { file: file.to_owned(), source })?;
    check::check(file, &text, environment, in_force)
        .map_err(|findings| Error::Mistakes { file: file.to_owned(), findings })
}

fn counted(mistakes: usize) -> String {
    match mistakes {
        1 => "a mistake".to_owned(),
        several => format!("{several} mistakes"),
    }
}
