//! Does a backup hold what the vault held, does a restore give it back whole, and does nobody come back who was erased?
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "tests"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../roots/site.rs"]
#[allow(dead_code, reason = "the tests of root keys use all of it")]
mod site;

mod backup;
mod commands;
mod copies;
mod drill;
mod grace;
mod off_site;
mod past;
