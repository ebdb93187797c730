//! The part of a keyring file that is read without a key.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::KeyringError;
use super::line::LineForm;
use crate::bytes::Reader;
use crate::label;
use crate::root::{OriginError, RootClaim, RootId, RootOrigin};
use crate::seal::{NONCE_LEN, TAG_LEN};

/// What a keyring says of itself before it is opened: a claim, until it opens.
///
/// `"fubakokr" | format u16 | generation u64 | vault 16 | root key id 16 | id of the root key before 16, in formats 2 and 4 |
/// root kind u8 | what belongs to that kind | sealed length u32`, big-endian; `nonce 24 | ciphertext | tag 16` follow.
/// All of it is bound into the seal. Formats 3 and 4 say more inside the seal than 1 and 2, which are read and not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyringHeader {
    generation: u64,
    vault: [u8; 16],
    root: RootClaim,
    form: LineForm,
}

impl KeyringHeader {
    /// Of a keyring as it is written today.
    pub(crate) const fn new(generation: u64, vault: [u8; 16], root: RootClaim) -> Self {
        Self { generation, vault, root, form: LineForm::Marked }
    }

    /// Reads the header of the keyring at `path`, so that the right root key can be asked for.
    pub fn read(path: &Path) -> Result<Self, KeyringError> {
        let bytes = read_file(path)?;
        Ok(KeyringFile::parse(&bytes)?.header)
    }

    /// How often the keys were changed, counted from 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The vault whose keys these are.
    #[must_use]
    pub fn vault(&self) -> &[u8; 16] {
        &self.vault
    }

    /// The root key that opens it.
    #[must_use]
    pub fn root(&self) -> &RootClaim {
        &self.root
    }

    /// How its keys are written.
    pub(super) const fn form(&self) -> LineForm {
        self.form
    }

    /// The header's bytes, for a seal of `sealed_len` bytes.
    pub(super) fn encode(&self, sealed_len: u32) -> Vec<u8> {
        let mut bytes = label::KEYRING_MAGIC.to_vec();
        let format = match (self.form, self.root.previous()) {
            (LineForm::Plain, None) => OLD_FORMAT,
            (LineForm::Plain, Some(_)) => OLD_WITH_PREVIOUS,
            (LineForm::Marked, None) => FORMAT,
            (LineForm::Marked, Some(_)) => WITH_PREVIOUS,
        };
        bytes.extend_from_slice(&format.to_be_bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&self.vault);
        bytes.extend_from_slice(self.root.id().bytes());
        bytes.extend_from_slice(self.root.previous().as_ref().map_or(&[], |id| id.bytes().as_slice()));
        self.root.origin().encode(&mut bytes);
        bytes.extend_from_slice(&sealed_len.to_be_bytes());
        bytes
    }
}

/// A keyring file in its parts, of which none is trusted yet.
#[derive(Debug)]
pub(super) struct KeyringFile<'a> {
    /// What the header says.
    pub(super) header: KeyringHeader,
    /// The header as it stands in the file: associated data of the seal.
    pub(super) head: &'a [u8],
    /// The seal's nonce.
    pub(super) nonce: &'a [u8; NONCE_LEN],
    /// Ciphertext and tag.
    pub(super) body: &'a [u8],
}

impl<'a> KeyringFile<'a> {
    /// Takes a whole file apart; refuses a byte too few or too many.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, KeyringError> {
        let magic = label::KEYRING_MAGIC;
        if !bytes.starts_with(magic) && !magic.starts_with(bytes) {
            return Err(KeyringError::NotAKeyring);
        }
        let cut = || KeyringError::Truncated { found: bytes.len(), expected: SHORTEST };
        let mut reader = Reader::new(bytes);
        let _magic: &[u8; 8] = reader.array().ok_or_else(cut)?;
        let format = reader.u16().ok_or_else(cut)?;
        let form = match format {
            OLD_FORMAT | OLD_WITH_PREVIOUS => LineForm::Plain,
            FORMAT | WITH_PREVIOUS => LineForm::Marked,
            unknown => return Err(KeyringError::UnknownFormat(unknown)),
        };
        let generation = reader.u64().ok_or_else(cut)?;
        let vault = *reader.array().ok_or_else(cut)?;
        let root_id = RootId::new(*reader.array().ok_or_else(cut)?);
        let previous_root = match format {
            OLD_WITH_PREVIOUS | WITH_PREVIOUS => Some(RootId::new(*reader.array().ok_or_else(cut)?)),
            _ => None,
        };
        let root = RootOrigin::decode(&mut reader).map_err(|error| match error {
            OriginError::Cut => cut(),
            OriginError::Unknown(kind) => KeyringError::UnknownRoot(kind),
            OriginError::Cost(error) => KeyringError::Cost(error),
            OriginError::Malformed => KeyringError::Origin,
        })?;
        let sealed_len = reader.u32().ok_or_else(cut)?;
        let sealed = reader.rest();
        let head = bytes.split_at(bytes.len() - sealed.len()).0;
        let sealed = exactly(sealed, sealed_len, head.len())?;
        let (nonce, body) = sealed.split_first_chunk().ok_or_else(cut)?;
        let root = RootClaim::new(root_id, previous_root, root);
        let header = KeyringHeader { form, ..KeyringHeader::new(generation, vault, root) };
        Ok(Self { header, head, nonce, body })
    }
}

/// The bytes of the file at `path`, if they are not far more than a keyring has.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, KeyringError> {
    let failed = |source: io::Error| {
        if source.kind() == io::ErrorKind::NotFound {
            KeyringError::Missing(path.to_owned())
        } else {
            KeyringError::Read { path: path.to_owned(), source }
        }
    };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LONGEST {
        return Err(KeyringError::TooLong);
    }
    Ok(bytes)
}

/// `sealed`, if it has exactly the length that the header promises and a seal can have.
fn exactly(sealed: &[u8], promised: u32, head_len: usize) -> Result<&[u8], KeyringError> {
    let promised = usize::try_from(promised).map_err(|_| KeyringError::TooLong)?;
    if sealed.len() > promised {
        return Err(KeyringError::TooLong);
    }
    if sealed.len() < promised || promised < NONCE_LEN + TAG_LEN {
        return Err(KeyringError::Truncated {
            found: head_len + sealed.len(),
            expected: head_len.saturating_add(promised.max(NONCE_LEN + TAG_LEN)),
        });
    }
    Ok(sealed)
}

/// Of a keyring that has had one root key.
const FORMAT: u16 = 3;
/// Of one whose root key was changed: the id of the one before follows the id of the root key.
const WITH_PREVIOUS: u16 = 4;
/// The same two, before generations, root keys and scopes were written down.
const OLD_FORMAT: u16 = 1;
const OLD_WITH_PREVIOUS: u16 = 2;

/// Header of a file root, nonce and tag: no keyring is shorter.
const SHORTEST: usize = 8 + 2 + 8 + 16 + 16 + 1 + 4 + NONCE_LEN + TAG_LEN;

/// No keyring is longer; one with a thousand months has about 60 KB.
const LONGEST: u64 = 4 << 20;
