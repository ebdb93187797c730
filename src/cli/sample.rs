//! The sample policy that comes with the program, for trying things out.

use crate::cli::error::Error;
use crate::policy::table::Policy;

/// The sample policy, checked.
pub(super) fn policy() -> Result<Policy, Error> {
    Policy::parse(TEXT).map_err(|findings| Error::Policy { file: FILE.to_owned(), findings })
}

/// What it would be called as a file.
pub(super) const FILE: &str = "imacocokara.toml";

/// Its text.
pub(super) const TEXT: &str = include_str!("../../policies/imacocokara.toml");
