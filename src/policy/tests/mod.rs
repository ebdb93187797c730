//! Tests of the policy by what could go wrong: too much shown, shown without leave, a wrong file taken for a right one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod fields;
mod files;
mod findings;
mod mistakes;
mod properties;
mod refusals;
mod rows;
mod spoiled;
mod world;
