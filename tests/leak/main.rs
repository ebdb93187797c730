//! Does any value ever show up where it must not: in the data folder, the log, an error, or `Debug` output?
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod canaries;
mod everything;
mod search;
mod types;
