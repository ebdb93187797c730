//! Can a node with a scoped keyring open its classes and nothing else, and is nobody taken for gone who is not?
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

#[path = "../restore/off_site.rs"]
#[allow(dead_code, reason = "the restore tests use all of it")]
mod off_site;

mod keyfile;
mod levels;
mod memory;
mod node;
mod register;
mod story;
