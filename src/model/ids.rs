//! Identifiers: what a member, basis, entry, request, field or version is called.

use std::fmt;

use jiff::Timestamp;
use minicbor::{Decode, Encode};
use thiserror::Error;
use uuid::{Builder, Uuid, Variant, Version};

use crate::model::slug::slug_kind;

/// The text is not the identifier it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidId {
    /// Not a UUID in its hyphenated form.
    #[error("not a UUID such as `01890a5d-ac96-774b-bcce-b302099a8057`")]
    NotUuid,
    /// A UUID of a version that carries no time, where one is needed.
    #[error("not a version 7 UUID (RFC 9562)")]
    NotVersion7,
}

/// Declares an identifier that is a version 7 UUID (RFC 9562): ordered by when it was made.
macro_rules! uuid7 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] [u8; 16]);

        impl $name {
            /// Makes one from the time and 10 random bytes.
            #[must_use]
            pub fn new(now: Timestamp, random: &[u8; 10]) -> Self {
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                Self(Builder::from_unix_timestamp_millis(millis, random).into_uuid().into_bytes())
            }

            /// Parses the hyphenated form.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let uuid = hyphenated(text)?;
                if uuid.get_version() == Some(Version::SortRand) && uuid.get_variant() == Variant::RFC4122 {
                    Ok(Self(uuid.into_bytes()))
                } else {
                    Err(InvalidId::NotVersion7)
                }
            }

            /// When it was made, to the millisecond.
            #[must_use]
            pub fn time(self) -> Option<Timestamp> {
                let [a, b, c, d, e, f, ..] = self.0;
                let millis = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
                Timestamp::from_millisecond(i64::try_from(millis).ok()?).ok()
            }

            /// Takes 16 bytes this vault wrote before.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Uuid::from_bytes(self.0).fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

uuid7!(
    /// The person the data is about.
    MemberId
);
uuid7!(
    /// One recorded legal basis.
    BasisId
);
uuid7!(
    /// One entry of the ledger.
    EntryId
);
uuid7!(
    /// One copy of the vault or of its keyring that lies elsewhere.
    CopyId
);

/// What a client calls one mutation, so that a retry is answered and not done again; any UUID.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// Parses the hyphenated form of a UUID of any version.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        hyphenated(text).map(|uuid| Self(uuid.into_bytes()))
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({})", Uuid::from_bytes(self.0))
    }
}

slug_kind!(
    /// A registered recipient.
    PartyId
);
slug_kind!(
    /// An authenticated service, as the configuration calls it.
    CallerName
);
slug_kind!(
    /// Why data is asked for, as the policy calls it.
    PurposeId
);
slug_kind!(
    /// A kind of personal data, as the policy calls it.
    FieldName
);

/// Declares a number with a meaning.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// The stable number of a field, declared by the policy.
    FieldId(u16)
);
number!(
    /// Which of a field's values: 0 is the default.
    Slot(u16)
);
number!(
    /// Counts the changes of a row; the first is 1, and 0 is the revision of what is not there.
    Revision(u64)
);
number!(
    /// The version of a policy.
    PolicyVersion(u32)
);

impl Revision {
    /// What is not there yet.
    pub const ABSENT: Self = Self(0);

    /// The revision after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Which vault this is: 16 random bytes made by `init`, bound into everything sealed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VaultId(pub [u8; 16]);

impl fmt::Display for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultId({self})")
    }
}

fn hyphenated(text: &str) -> Result<Uuid, InvalidId> {
    // The other spellings of a UUID would give one thing several names.
    if text.len() != 36 {
        return Err(InvalidId::NotUuid);
    }
    Uuid::try_parse(text).map_err(|_| InvalidId::NotUuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        let id = MemberId::new(Timestamp::UNIX_EPOCH, &[7; 10]);
        assert_eq!(MemberId::parse(&id.to_string()), Ok(id));
    }

    #[test]
    fn only_version_7_names_a_member() {
        let random = "7d444840-9dc0-4ad1-9245-5ffdce74fad2";
        assert_eq!(MemberId::parse(random), Err(InvalidId::NotVersion7));
        assert!(RequestId::parse(random).is_ok());
    }

    #[test]
    fn other_spellings_of_a_uuid_are_refused() {
        for text in ["", "7d4448409dc04ad192455ffdce74fad2", "{7d444840-9dc0-4ad1-9245-5ffdce74fad2}"] {
            assert_eq!(RequestId::parse(text), Err(InvalidId::NotUuid), "{text}");
        }
    }
}
