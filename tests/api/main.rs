//! Does the service, over mTLS, release what the policy allows and refuse everything else, with the reason it promises?
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "tests"
)]

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod bases;
mod bytes;
mod certificates;
mod choices;
mod clinic;
mod configuration;
mod connections;
mod crowds;
mod erasure;
mod find;
mod forms;
mod free_texts;
mod grace;
mod keys;
mod ledger;
mod metrics;
mod narrowing;
mod pages;
mod purposes;
mod races;
mod recipients;
mod requests;
mod retained;
mod retirement;
mod roles;
mod rows;
mod schedule;
mod self_service;
mod slots;
mod unheard;
mod values;
mod verify;
