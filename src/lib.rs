//! A field-level encrypted vault for personal data.

pub mod cli;
pub mod commit;
pub mod config;
pub mod field;
pub mod ledger;
pub mod model;
pub mod policy;
pub mod record;
pub mod rpc;
pub mod store;
pub mod telemetry;
pub mod vault;
