//! Where a root key comes from, as the header of a keyring says it.

use std::fmt;

use super::passphrase::PassphraseKdf;
use super::pkcs11::Pkcs11Origin;
use super::shares::ShareSet;
use super::transit::TransitOrigin;
use crate::argon::ArgonError;
use crate::bytes::Reader;

/// Where a root key comes from; stands in the header of the keyring it seals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootOrigin {
    /// A key file.
    File,
    /// A passphrase, and what turns it into the key.
    Passphrase(PassphraseKdf),
    /// A random key, wrapped by a key of an HSM.
    Pkcs11(Pkcs11Origin),
    /// A random key, wrapped by a key of a transit engine (`OpenBao`, Vault).
    Transit(TransitOrigin),
    /// A random key, split into shares that people hold.
    Shares(ShareSet),
}

/// The kinds of place a root key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootKind {
    /// A key file.
    File,
    /// A passphrase.
    Passphrase,
    /// An HSM.
    Pkcs11,
    /// A transit engine.
    Transit,
    /// Shares.
    Shares,
}

impl RootKind {
    /// Its name on the command line and in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Passphrase => "passphrase",
            Self::Pkcs11 => "pkcs11",
            Self::Transit => "transit",
            Self::Shares => "shares",
        }
    }
}

impl fmt::Display for RootKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a key file",
            Self::Passphrase => "a passphrase",
            Self::Pkcs11 => "wrapped by an HSM (pkcs11)",
            Self::Transit => "wrapped by a transit engine",
            Self::Shares => "split into shares",
        })
    }
}

impl RootOrigin {
    /// Which kind of place it is.
    #[must_use]
    pub const fn kind(&self) -> RootKind {
        match self {
            Self::File => RootKind::File,
            Self::Passphrase(_) => RootKind::Passphrase,
            Self::Pkcs11(_) => RootKind::Pkcs11,
            Self::Transit(_) => RootKind::Transit,
            Self::Shares(_) => RootKind::Shares,
        }
    }

    /// Whether one key of a keeper opens both, so that they end together.
    #[must_use]
    pub fn ends_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Pkcs11(one), Self::Pkcs11(other)) => (one.token(), one.key()) == (other.token(), other.key()),
            (Self::Transit(one), Self::Transit(other)) => (one.mount(), one.key()) == (other.mount(), other.key()),
            _ => false,
        }
    }

    /// Appends `kind u8`, and what is needed beside the secret itself to come by the key.
    pub(crate) fn encode(&self, into: &mut Vec<u8>) {
        match self {
            Self::File => into.push(FILE),
            Self::Passphrase(kdf) => {
                into.push(PASSPHRASE);
                kdf.encode(into);
            }
            Self::Pkcs11(origin) => {
                into.push(PKCS11);
                origin.encode(into);
            }
            Self::Transit(origin) => {
                into.push(TRANSIT);
                origin.encode(into);
            }
            Self::Shares(set) => {
                into.push(SHARES);
                set.encode(into);
            }
        }
    }

    /// Reads what [`RootOrigin::encode`] wrote.
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, OriginError> {
        match reader.u8().ok_or(OriginError::Cut)? {
            FILE => Ok(Self::File),
            PASSPHRASE => PassphraseKdf::decode(reader).map(Self::Passphrase),
            PKCS11 => Pkcs11Origin::decode(reader).map(Self::Pkcs11),
            TRANSIT => TransitOrigin::decode(reader).map(Self::Transit),
            SHARES => ShareSet::decode(reader).map(Self::Shares),
            kind => Err(OriginError::Unknown(kind)),
        }
    }
}

/// Why bytes name no origin of a root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OriginError {
    /// They end too early.
    Cut,
    /// A kind that this version does not know.
    Unknown(u8),
    /// More work than is allowed.
    Cost(ArgonError),
    /// Names, counts or lengths that no root key has.
    Malformed,
}

impl Reader<'_> {
    /// `length u8 | UTF-8`
    pub(super) fn short_text(&mut self) -> Result<String, OriginError> {
        let len = self.u8().ok_or(OriginError::Cut)?;
        self.text(len.into())
    }

    /// So many bytes of UTF-8.
    pub(super) fn text(&mut self, len: usize) -> Result<String, OriginError> {
        let bytes = self.bytes(len).ok_or(OriginError::Cut)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| OriginError::Malformed)
    }
}

const FILE: u8 = 1;
const PASSPHRASE: u8 = 2;
const PKCS11: u8 = 3;
const TRANSIT: u8 = 4;
const SHARES: u8 = 5;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unknown_kinds_and_cut_origins_are_refused() {
        for kind in (6..=u8::MAX).chain([0]) {
            let decoded = RootOrigin::decode(&mut Reader::new(&[kind]));
            assert_eq!(decoded, Err(OriginError::Unknown(kind)));
        }
        for len in 0..=28 {
            let bytes = [PASSPHRASE; 29];
            let decoded = RootOrigin::decode(&mut Reader::new(bytes.split_at(len).0));
            assert_eq!(decoded, Err(OriginError::Cut));
        }
    }

    #[test]
    fn an_origin_that_asks_for_too_much_work_is_refused() {
        let mut bytes = vec![PASSPHRASE];
        bytes.extend([0xff; 28]);
        let decoded = RootOrigin::decode(&mut Reader::new(&bytes));
        assert!(matches!(decoded, Err(OriginError::Cost(_))));
    }

    proptest! {
        #[test]
        fn whatever_is_read_would_be_written_so(kind in 0_u8..8, rest in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = vec![kind];
            bytes.extend(rest);
            let mut reader = Reader::new(&bytes);
            if let Ok(origin) = RootOrigin::decode(&mut reader) {
                let mut written = Vec::new();
                origin.encode(&mut written);
                let read = bytes.len() - reader.rest().len();
                prop_assert_eq!(&written, bytes.split_at(read).0);
            }
        }
    }
}
