//! Pieces: what a backup is made of, each sealed for its place in it, so that none is changed, moved, left out or added.
//!
//! `"fubako backup 1\n" | vault 16 | copy 16`, then pieces, `length u32 | sealed row`, big-endian. A piece is sealed as a row
//! of table 255 under the copy's id, its place from 0 as the revision. The last one says how much there is.

use std::sync::Arc;

use fubako_keys::{Keyring, RowBinding, SealError, Unopened};
use minicbor::{Decode, Encode};
use ring::rand::SecureRandom;

use crate::ledger::journal::take::{take, take_slice};
use crate::model::ids::{CopyId, Revision, VaultId};
use crate::store::key::Key;
use crate::store::row::{Change, Row};

/// One piece of a backup.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The first.
    Head(Head),
    /// Rows as they came to be, to be applied in the order of the pieces.
    Changes(Vec<Change>),
    /// The next bytes of a file, by its path in the data folder.
    File(String, Vec<u8>),
    /// The last.
    End(End),
}

/// What a backup begins with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Head {
    /// When it was begun, in microseconds since 1970 (UTC).
    #[n(0)]
    pub made_micros: i64,
    /// The generation of the keyring that opens it; a later one does too.
    #[n(1)]
    pub keyring_generation: u64,
}

/// What a backup ends with.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct End {
    /// The commit group after which the store looked like this.
    #[n(0)]
    pub group: u64,
    /// How many entries the ledger had then.
    #[n(1)]
    pub entries: u64,
    /// The ledger's origin.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub origin: [u8; 16],
    /// How many entries the checkpoint covers that came along.
    #[n(3)]
    pub covered: u64,
    /// The root it signs.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub root: [u8; 32],
    /// How many changes of rows there are in the pieces before.
    #[n(5)]
    pub changes: u64,
    /// How many bytes of files.
    #[n(6)]
    pub file_bytes: u64,
}

/// Seals piece after piece.
#[derive(Debug)]
pub(super) struct Sealer {
    copy: CopyId,
    place: u64,
}

/// Opens piece after piece.
#[derive(Debug)]
pub(super) struct Opener {
    keyring: Arc<Keyring>,
    copy: CopyId,
    place: u64,
}

impl Sealer {
    pub(super) const fn new(copy: CopyId) -> Self {
        Self { copy, place: 0 }
    }

    /// The next piece as it lies in the file, with the file's head before the first.
    pub(super) fn seal(
        &mut self,
        piece: &Piece,
        keyring: &Keyring,
        random: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SealError> {
        let sealed = keyring.seal_row(&binding(&self.copy, self.place), &piece.encode()?, random)?;
        let mut bytes = Vec::with_capacity(HEAD_BYTES + 4 + sealed.len());
        if self.place == 0 {
            bytes.extend(MAGIC);
            bytes.extend(keyring.vault());
            bytes.extend(self.copy.as_bytes());
        }
        self.place += 1;
        bytes.extend(u32::try_from(sealed.len()).map_err(|_| SealError::TooLong)?.to_be_bytes());
        bytes.extend(sealed);
        Ok(bytes)
    }
}

impl Opener {
    pub(super) const fn new(keyring: Arc<Keyring>, copy: CopyId) -> Self {
        Self { keyring, copy, place: 0 }
    }

    /// The next piece, which must have been sealed for its place.
    pub(super) fn open(&mut self, sealed: &[u8]) -> Result<Piece, Unopened> {
        let plain = self.keyring.open_row(&binding(&self.copy, self.place), sealed)?;
        self.place += 1;
        Piece::decode(&plain).ok_or(Unopened)
    }
}

impl Piece {
    fn encode(&self) -> Result<Vec<u8>, SealError> {
        let mut bytes = vec![self.kind()];
        match self {
            // INVARIANT (infallible): encoding into a vector fails only if the type's encoder does, and ours do not.
            Self::Head(head) => bytes.extend(minicbor::to_vec(head).unwrap_or_default()),
            Self::End(end) => bytes.extend(minicbor::to_vec(end).unwrap_or_default()),
            Self::File(name, content) => {
                put(&mut bytes, name.as_bytes())?;
                bytes.extend(content);
            }
            Self::Changes(changes) => {
                for change in changes {
                    put(&mut bytes, change.key().as_bytes())?;
                    match change.row() {
                        None => bytes.push(0),
                        Some(row) => {
                            bytes.push(1);
                            bytes.extend(row.revision().0.to_be_bytes());
                            put(&mut bytes, row.value())?;
                        }
                    }
                }
            }
        }
        Ok(bytes)
    }

    fn decode(mut bytes: &[u8]) -> Option<Self> {
        let [kind] = take(&mut bytes)?;
        match kind {
            1 => minicbor::decode(bytes).ok().map(Self::Head),
            2 => {
                let mut changes = Vec::new();
                while !bytes.is_empty() {
                    changes.push(change(&mut bytes)?);
                }
                Some(Self::Changes(changes))
            }
            3 => {
                let name = str::from_utf8(get(&mut bytes)?).ok()?.to_owned();
                Some(Self::File(name, bytes.to_vec()))
            }
            4 => minicbor::decode(bytes).ok().map(Self::End),
            _ => None,
        }
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Head(_) => 1,
            Self::Changes(_) => 2,
            Self::File(..) => 3,
            Self::End(_) => 4,
        }
    }
}

/// Reads the head of a file; none where it is no backup.
pub(super) fn file_head(mut bytes: &[u8]) -> Option<(VaultId, CopyId)> {
    (take_slice(&mut bytes, MAGIC.len())? == MAGIC).then_some(())?;
    Some((VaultId(take(&mut bytes)?), CopyId::from_bytes(take(&mut bytes)?)))
}

const fn binding(copy: &CopyId, place: u64) -> RowBinding<'_> {
    RowBinding::new(NO_TABLE, copy.as_bytes(), place)
}

fn change(bytes: &mut &[u8]) -> Option<Change> {
    let key = Key::from_bytes(get(bytes)?)?;
    match take(bytes)? {
        [0] => Some(Change::delete(key)),
        [1] => {
            let revision = Revision(u64::from_be_bytes(take(bytes)?));
            Some(Change::put(key, Row::new(revision, get(bytes)?.to_vec()).ok()?))
        }
        _ => None,
    }
}

/// `length u16 | bytes`
fn put(into: &mut Vec<u8>, bytes: &[u8]) -> Result<(), SealError> {
    into.extend(u16::try_from(bytes.len()).map_err(|_| SealError::TooLong)?.to_be_bytes());
    into.extend(bytes);
    Ok(())
}

fn get<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u16::from_be_bytes(take(bytes)?);
    take_slice(bytes, length.into())
}

const MAGIC: &[u8] = b"fubako backup 1\n";
/// How long the head of a file is.
pub(super) const HEAD_BYTES: usize = MAGIC.len() + 16 + 16;
/// In the place of a table's number: no row of any table opens as a piece, and no piece as a row.
const NO_TABLE: u8 = 255;
