//! Fubako: a field-level encrypted vault for the personal data of a marketplace's members.
//!
//! Each field is sealed on its own. What leaves is the smallest view that serves a stated purpose, for a recipient who
//! may have it, on a basis that is on record, and only once the ledger durably says so.
//!
//! # The way of a release
//!
//! ```text
//! Ask                                        who asks, for what, for whom, on which bases, about which member
//!  → policy::authorise  → Authorised         purpose, recipient, bases; the member is not looked at yet
//!  → Authorised::decide → Grant | Refusal    view ∩ ceiling ∩ scopes ∩ request ∩ preferences ∩ what the member was told
//!  → Draft::pending     → Pending<Grant>     its entry, not durable yet
//!  → Committer::commit  → Durable            entry synced, and nothing the grant rested on has changed
//!  → Pending::account   → Accounted<Grant>
//!  → record::open       → Released           plaintext exists from here on
//! ```
//!
//! Each of these types has private fields and one place that makes it, so that a step cannot be left out. What the law has
//! kept of an erased member takes the same way, from `policy::retained::decide` to `record::retained::open`.
//!
//! # The map
//!
//! A module imports those before it and none after it:
//! [`model`] the words, [`field`] the kinds of data, [`policy`] the decision, [`ledger`] what is written down,
//! [`record`] sealing and opening, [`store`] rows and redo log, [`commit`] the one thread that orders every change,
//! [`vault`] the use cases, [`config`] the settings, [`rpc`] gRPC over mTLS, [`cli`] the command line. Key bytes live in the
//! crate `fubako_keys`, messages and client in `fubako_proto`.
//!
//! # The promises
//!
//! - No plaintext before its entry is durable; if the ledger cannot be written, nothing is released.
//! - A revocation, refusal, suspension or erasure that was acknowledged stops every release that begins after it.
//! - A write that was acknowledged survives a crash at any moment.
//! - No value reaches a log, an error or the ledger.

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
