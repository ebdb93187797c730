//! The kinds of personal data: how each is parsed, encoded, and shown in its forms.
//!
//! What comes from outside goes through a type's `parse` and nowhere else; [`value::Value`] then is any of those types,
//! with its bytes ([`encode`](value::Value::encode), [`decode`](value::Value::decode)) and its forms
//! ([`show`](value::Value::show)). Every type is wiped when dropped and prints its name only.

pub mod access_trace;
pub mod bank_account;
pub mod codec;
pub mod credential;
pub mod date;
pub mod email;
pub mod forbidden;
pub mod invalid;
pub mod kind;
pub mod normal;
pub mod payment_card;
pub mod person_name;
pub mod phone;
pub mod postal_address;
pub mod presentation;
pub mod private_text;
pub mod pseudonym_secret;
pub mod text;
pub mod usage_history;
pub mod value;

mod card_network;
mod country;
mod grapheme;
mod part;
mod silent;
