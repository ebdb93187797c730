//! Between messages and the vault's own words: strict on the way in, complete on the way out.

pub(super) mod argument;
pub(super) mod ask;
pub(super) mod basis;
pub(super) mod checkpoint;
pub(super) mod claim;
pub(super) mod clue;
pub(super) mod disclosure;
pub(super) mod entry;
pub(super) mod explanation;
pub(super) mod exposure;
pub(super) mod filter;
pub(super) mod party;
pub(super) mod policy;
pub(super) mod preferences;
pub(super) mod receipt;
pub(super) mod retained;
pub(super) mod shown;
pub(super) mod slot;
pub(super) mod standing;
pub(super) mod time;
pub(super) mod value;
pub(super) mod verdict;
pub(super) mod view;
