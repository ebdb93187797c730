//! Fubako's gRPC interface: the messages, the service traits, and a client.
//!
//! The `.proto` files beside this crate are the specification: every call's comment says who may make it, what it writes
//! to the ledger and which reasons it fails with. [`v1`] is generated from them. [`client`] is what a marketplace's service
//! uses, [`Reason`] names why a call failed.
//!
//! A message that carries personal data, directly or through another message, prints its type's name under `Debug` and
//! nothing else. The messages that hold a value themselves are wiped when they are dropped; take a value out of one with
//! [`std::mem::take`], since a type that is wiped cannot be taken apart.

pub mod client;
pub mod v1;

mod codec;
mod reason;
mod shorthand;

pub use reason::Reason;

/// The domain of every `google.rpc.ErrorInfo` the vault sends.
pub const ERROR_DOMAIN: &str = "fubako.v1";

/// The metadata key of a member assertion: a short-lived JWT about one member, signed by a configured issuer.
pub const MEMBER_ASSERTION_KEY: &str = "fubako-member-assertion";

/// The compiled `.proto` files with their comments and imports, a `google.protobuf.FileDescriptorSet`, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor_set.bin"));
