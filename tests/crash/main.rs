//! Is everything that was acknowledged there after a crash, wherever it strikes, and is a start on damage refused?
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod book;
mod child;
mod full_disk;
mod history;
mod imports;
mod kills;
mod load;
mod program;
mod recovery;
mod refused_starts;
mod syncs;
mod volatile;
