//! Does a vault open with its own root key of every kind, and with nothing else; is it closed while it is sealed; and does
//! a changed root key leave everything else as it was?
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

mod keepers;
mod rotation;
mod sealed;
mod shipping;
mod site;
