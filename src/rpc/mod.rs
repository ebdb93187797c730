//! The service: gRPC over mutual TLS; every call is converted, answered by the vault, and converted back.
//!
//! ```text
//! TCP -> accept -> lane -> TLS 1.3 handshake -> identity                  once a connection
//!     -> gate: caller, member assertion                                  once a call
//!     -> convert -> vault -> convert, or status                          one file a service
//! ```
//!
//! A handler that panics ends its own call and nothing else: each call is a task of its own, and its client sees a
//! reset stream. No other module knows gRPC, and only `status` knows its codes.

mod accept;
mod account;
pub mod assertion;
mod backup;
mod basis;
mod batch;
pub mod callers;
mod connection;
mod convert;
mod disclosure;
pub mod echo;
mod error;
mod gate;
mod identity;
mod keys;
mod lanes;
mod ledger;
pub mod limits;
mod member;
pub mod metrics;
mod operator;
mod page;
mod party;
mod passwords;
mod policy;
pub mod published;
pub mod seal;
pub mod sealed;
mod seated;
pub mod security;
pub mod server;
mod status;
pub mod tls;
#[cfg(test)]
mod trial;
