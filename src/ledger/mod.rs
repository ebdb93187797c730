//! The ledger: what is written down of everything that happens, before it takes effect.

pub mod accounted;
pub mod audit;
pub mod checkpoint;
pub mod draft;
pub mod entry;
pub mod event;
pub mod files;
pub mod follower;
pub mod frame;
mod glance;
pub mod handover;
pub mod index;
pub mod journal;
pub mod lifetime;
pub mod merkle;
pub mod note;
mod opened;
pub mod outcome;
pub mod proofs;
pub mod query;
pub mod reader;
pub mod salts;
pub mod tile;
pub mod tlog_proof;
pub mod tree;
mod varint;
pub mod writer;
