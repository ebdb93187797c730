//! The keys of a Fubako vault, and everything that is done with them: no other code holds a key byte.
//!
//! ```text
//! root key            from a root provider: file, passphrase, HSM, transit engine, shares     RootKey
//!  └ keyring          one small file, sealed under the root, replaced as a whole              Keyring
//!     ├ class keys         identity contact card bank credential: seal members' fields        seal_field
//!     ├ register key       seals every other row                                              seal_row
//!     ├ manifest key       authenticates a whole record                                       manifest
//!     ├ index key          blind index tags                                                   index_tag
//!     ├ pseudonym key      a member's name for one recipient                                  pseudonym
//!     ├ request key        recognises a retried request                                       digest_request
//!     ├ ledger keys        one a month, three made ahead: seal ledger frames and their index  seal_frame, seal_index
//!     ├ long-lived key     seals the ledger's events that outlast their month                 seal_frame, seal_index
//!     ├ retention key      seals what the law wants kept of the erased                           seal_retained
//!     └ signing key        Ed25519: signs checkpoints                                         sign
//! ```
//!
//! Every key of the keyring is 32 random bytes with versions of its own; none is derived from another, so that
//! destroying one destroys what it sealed and nothing else.
//!
//! - **Sealing** is XAES-256-GCM (C2SP) with a random nonce of 24 bytes, and binds what is sealed to its place:
//!   vault, member, field, slot and rewrite for a field; table, key and revision for a row; member, erasure and term
//!   for what is kept of the erased; origin, segment and index for a frame; origin, run and block for the ledger's index.
//!   Bytes moved to another place do not open.
//! - **Opening** fails with [`Unopened`] and no reason.
//! - **Secrets** are boxed, wiped when dropped, and silent in `Debug`. No public method answers with one.
//! - Nothing here reads a clock or draws randomness by itself: both are arguments. Only files are touched.
//!
//! ```
//! use fubako_keys::{FieldBinding, KeyClass, Keyring, Month};
//! use ring::rand::SystemRandom;
//!
//! let rng = SystemRandom::new();
//! let keyring = Keyring::create([1; 16], Month::new(202_611)?, 1_763_856_000_000, &rng)?;
//!
//! let home = FieldBinding::new([7; 16], 5, 0, 1);
//! let envelope = keyring.seal_field(KeyClass::Contact, &home, b"Jinbocho 1-2-3", &rng)?;
//! assert_eq!(&**keyring.open_field(KeyClass::Contact, &home, &envelope)?, b"Jinbocho 1-2-3");
//!
//! let elsewhere = FieldBinding::new([8; 16], 5, 0, 1);
//! assert!(keyring.open_field(KeyClass::Contact, &elsewhere, &envelope).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod argon;
mod atomic;
mod binding;
mod bytes;
mod class;
mod envelope;
mod keyring;
mod label;
mod material;
mod month;
mod padding;
mod password;
mod root;
mod seal;
mod secret;
mod signature;

pub use crate::argon::{ArgonCost, ArgonError};
pub use crate::atomic::{remove_left_behind, replace as replace_file};
pub use crate::binding::{FieldBinding, FrameBinding, IndexBinding, LedgerPart, RetainedBinding, RowBinding};
pub use crate::class::{KeyClass, UnknownClass};
pub use crate::envelope::Envelope;
pub use crate::keyring::{
    FormerRoot, IndexKind, IndexTag, InvalidTagBits, KeyDescription, KeyName, KeyState, Keyring, KeyringError,
    KeyringHeader, LifeError, Manifest, ManifestError, Scope, SealedSlot, TagBits, UnknownKey,
};
pub use crate::month::{InvalidMonth, Month};
pub use crate::password::{PasswordCheck, PasswordError, PasswordVerifier};
pub use crate::root::{
    EmptyPassphrase, FileRoot, HeldShares, HttpAnswer, NewRoot, Passphrase, PassphraseKdf, Pkcs11Error, Pkcs11Origin,
    Pkcs11Root, RootClaim, RootDestroyer, RootError, RootFileError, RootId, RootKey, RootKind, RootMaker, RootOrigin,
    RootProvider, Share, ShareDeal, ShareError, ShareSet, ShareTally, Tallied, TokenAnswer, TransitError,
    TransitOrigin, TransitRoot, WrongRoot,
};
pub use crate::seal::{NoActiveKey, SealError, Unopened};
pub use crate::secret::RandomFailed;
pub use crate::signature::{Unverified, verify_signature};
