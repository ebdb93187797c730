//! What the tests share: a vault in a temporary folder, a little CA, a server on loopback, callers, made-up members.
#![allow(dead_code, reason = "each test binary uses its own part of it")]

pub(crate) mod authority;
pub(crate) mod callers;
pub(crate) mod member;
pub(crate) mod place;
pub(crate) mod register;
pub(crate) mod signer;
pub(crate) mod view;
pub(crate) mod world;

/// The marketplace's policy.
pub(crate) const MARKETPLACE: &str = include_str!("../../policies/imacocokara.toml");

/// Another trade's.
pub(crate) const CLINIC: &str = include_str!("../data/clinic.toml");
