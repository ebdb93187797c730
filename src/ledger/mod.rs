//! The ledger: what is written down of everything that happens, before it takes effect.

pub mod accounted;
pub mod draft;
pub mod entry;
pub mod event;
pub mod frame;
pub mod journal;
pub mod reader;
pub mod writer;
