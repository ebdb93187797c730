//! Names people give to things (parties, callers, purposes, fields): short, lower-case, safe in logs, keys and URLs.

use std::fmt;
use std::sync::Arc;

use minicbor::decode;
use minicbor::encode;
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A name of 1 to 64 bytes: `a-z`, `0-9`, and `-`, `_`, `.` after the first.
///
/// Cheap to clone; the bytes are shared.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(Arc<str>);

/// The text is not a [`Slug`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a name has 1 to 64 characters of a-z, 0-9, `-`, `_` and `.`, and starts with a letter or digit")]
pub struct InvalidSlug;

impl Slug {
    /// Parses a name; nothing is trimmed or changed.
    pub fn parse(text: &str) -> Result<Self, InvalidSlug> {
        let starts_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        if starts_well && text.len() <= MAX_BYTES && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidSlug)
        }
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = InvalidSlug;

    fn try_from(text: String) -> Result<Self, InvalidSlug> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0.as_ref().to_owned()
    }
}

impl<C> Encode<C> for Slug {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Slug {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Self::parse(d.str()?).map_err(decode::Error::custom)
    }
}

/// Declares a kind of name, so that a party's cannot stand where a caller's belongs.
macro_rules! slug_kind {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug,
            serde::Serialize, serde::Deserialize, minicbor::Encode, minicbor::Decode,
        )]
        #[serde(transparent)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] $crate::model::slug::Slug);

        impl $name {
            /// Parses the name.
            pub fn parse(text: &str) -> Result<Self, $crate::model::slug::InvalidSlug> {
                $crate::model::slug::Slug::parse(text).map(Self)
            }

            /// The name's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl From<&$name> for $crate::model::label::Label {
            fn from(name: &$name) -> Self {
                name.0.clone().into()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

pub(crate) use slug_kind;

const MAX_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_outside_the_alphabet_are_refused() {
        for text in ["", "-a", ".a", "A", "a b", "a/b", "é", "a\n", &"a".repeat(65)] {
            assert_eq!(Slug::parse(text), Err(InvalidSlug), "{text:?}");
        }
    }

    #[test]
    fn names_inside_the_alphabet_are_kept_as_given() {
        for text in ["a", "0", "tokyo-express.2_b", &"a".repeat(64)] {
            assert_eq!(Slug::parse(text).map(String::from).as_deref(), Ok(text));
        }
    }
}
