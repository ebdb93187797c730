//! The ledger: what is written down of everything that happens, before it takes effect.

pub mod accounted;
pub mod checkpoint;
pub mod draft;
pub mod entry;
pub mod event;
pub mod frame;
pub mod index;
pub mod journal;
pub mod merkle;
pub mod note;
pub mod reader;
pub mod tree;
pub mod writer;
