//! The development kit: everything a vault needs to be tried out, made in one folder and in a second.
//!
//! A certificate authority of its own, certificates for a server and a set of sample callers, a root key, a policy, and a
//! configuration that names them all. None of it is for real data: the root key lies beside the vault.

pub(super) mod assertion;
mod authority;
pub(super) mod callers;
mod configuration;
pub(super) mod kit;
