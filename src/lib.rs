//! A field-level encrypted vault for personal data.

pub mod commit;
pub mod field;
pub mod ledger;
pub mod model;
pub mod policy;
pub mod record;
pub mod store;
pub mod vault;
