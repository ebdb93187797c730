//! Labels: the short texts of an entry, most of which stand somewhere already and need no copy.

use std::fmt;

use crate::model::slug::Slug;

/// A short text: fixed in the program, a name shared with its owner, or its own.
#[derive(Clone)]
pub enum Label {
    /// A text of the program.
    Fixed(&'static str),
    /// A name.
    Shared(Slug),
    /// Any other text.
    Own(Box<str>),
}

impl Label {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Shared(name) => name.as_str(),
            Self::Own(text) => text,
        }
    }
}

impl Default for Label {
    fn default() -> Self {
        Self::Fixed("")
    }
}

impl From<&'static str> for Label {
    fn from(text: &'static str) -> Self {
        Self::Fixed(text)
    }
}

impl From<Slug> for Label {
    fn from(name: Slug) -> Self {
        Self::Shared(name)
    }
}

impl From<String> for Label {
    fn from(text: String) -> Self {
        Self::Own(text.into())
    }
}

impl PartialEq for Label {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Label {}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
