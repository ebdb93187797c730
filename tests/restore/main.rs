//! Does a backup hold what the vault held, does a restore give it back whole, and does nobody come back who was erased?
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod copies;
mod drill;
mod grace;
mod off_site;
mod past;
