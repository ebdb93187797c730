//! The words of the vault as types, each parsed once at the edge; a value of one of these types is the proof that it is well formed.

pub mod basis;
pub mod caller;
pub(crate) mod causes;
pub mod form;
pub mod ids;
pub mod label;
pub mod party;
pub mod preferences;
pub mod recipient;
pub mod slug;
pub mod source;
pub mod time;
