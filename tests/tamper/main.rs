//! Is every change an attacker can make to what is stored noticed, so that no value ever comes out wrong or elsewhere?
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod at_rest;
mod bits;
mod damage;
mod desk;
mod ledger;
mod past;
mod retained;
mod served;
mod swaps;
mod whole;
