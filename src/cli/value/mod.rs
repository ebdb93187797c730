//! Values on the command line: from the JSON people write, and back into words and JSON.

mod json;
pub(super) mod places;
pub(super) mod read;
pub(super) mod write;
