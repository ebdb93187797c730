//! A short text of personal data: wiped when dropped, silent in `Debug`, leaving by one method.

use zeroize::Zeroizing;

use crate::field::silent::silent_debug;

/// A text of personal data, never empty.
///
/// Neither cloned, compared, displayed nor serialised. It was checked when it was parsed, and is kept as it was given.
pub struct PrivateText(Zeroizing<String>);

impl PrivateText {
    /// Takes a text that was checked.
    pub(super) fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// Takes a text that was checked and written by the vault itself.
    pub(super) const fn from_written(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The text, for whoever may hand it out; each call says why.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text()
    }

    /// The text, for deriving forms from it inside this module.
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

silent_debug!(PrivateText);
