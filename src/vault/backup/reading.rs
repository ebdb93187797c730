//! Reading a backup: from its first byte to its last, each piece checked for its place, and nothing behind the end.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use fubako_keys::{Keyring, Unopened};
use jiff::Timestamp;
use thiserror::Error;

use crate::model::ids::{CopyId, VaultId};
use crate::store::row::Change;
use crate::vault::backup::piece::{End, HEAD_BYTES, Head, Opener, Piece, file_head};

/// What a backup is, once all of it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// What it is called.
    pub id: CopyId,
    /// The vault it is of.
    pub vault: VaultId,
    /// What it says at its beginning.
    pub head: Head,
    /// What it says at its end.
    pub end: End,
}

/// What comes out of a backup, in its order.
#[derive(Debug)]
pub enum Part {
    /// Changes of rows.
    Changes(Vec<Change>),
    /// The next bytes of a file, by its path in the data folder.
    File(PathBuf, Vec<u8>),
}

/// Why a file is no whole backup of this vault.
#[derive(Debug, Error)]
pub enum Error {
    /// It cannot be read.
    #[error("`{}` cannot be read", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It does not begin as one.
    #[error("`{}` is no backup", .0.display())]
    NoBackup(PathBuf),
    /// It is of another vault than the keyring.
    #[error("the backup is of the vault {backup}, but the keyring of the vault {keyring}")]
    OtherVault {
        /// The backup's.
        backup: VaultId,
        /// The keyring's.
        keyring: VaultId,
    },
    /// It was made under a keyring that is newer.
    #[error("the backup was made under generation {backup} of the keyring, and this one is of generation {keyring}")]
    OldKeyring {
        /// The backup's.
        backup: u64,
        /// The keyring's.
        keyring: u64,
    },
    /// A piece does not open in its place.
    #[error(
        "the backup is damaged at byte {at}: it was changed there, or the keyring is not the one it was made under"
    )]
    Damaged {
        /// Where the piece begins.
        at: u64,
    },
    /// It ends before its end.
    #[error("the backup was cut at byte {at}")]
    Cut {
        /// Where.
        at: u64,
    },
    /// There is something behind its end.
    #[error("there is something behind the end of the backup, which is at byte {at}")]
    Behind {
        /// Where it ends.
        at: u64,
    },
    /// The pieces do not come to what the last one says.
    #[error("the backup does not hold what its end says")]
    Sums,
    /// Whoever takes the parts could not.
    #[error(transparent)]
    Taken(#[from] Box<dyn std::error::Error + Send + Sync>),
}

/// Takes a part, how many bytes have been read, and of how many.
pub type OnPart<'a> = &'a mut dyn FnMut(Part, u64, u64) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A backup being read.
struct Reading {
    path: PathBuf,
    file: BufReader<File>,
    at: u64,
    opener: Opener,
}

/// Reads a whole backup; what is wrong with it may come out only behind parts that were taken already.
pub fn read(path: &Path, keyring: &Arc<Keyring>, take: OnPart<'_>) -> Result<Contents, Error> {
    let io = |source| Error::Io { file: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut file = BufReader::new(file);
    let mut bytes = [0; HEAD_BYTES];
    file.read_exact(&mut bytes).map_err(|_| Error::NoBackup(path.to_owned()))?;
    let (vault, id) = file_head(&bytes).ok_or_else(|| Error::NoBackup(path.to_owned()))?;
    let of_keyring = VaultId(*keyring.vault());
    if vault != of_keyring {
        return Err(Error::OtherVault { backup: vault, keyring: of_keyring });
    }
    let opener = Opener::new(Arc::clone(keyring), id);
    let mut reading = Reading { path: path.to_owned(), file, at: HEAD_BYTES as u64, opener };
    let Piece::Head(head) = reading.piece()? else { return Err(Error::Damaged { at: HEAD_BYTES as u64 }) };
    if head.keyring_generation > keyring.generation() {
        return Err(Error::OldKeyring { backup: head.keyring_generation, keyring: keyring.generation() });
    }
    let (mut changes, mut file_bytes) = (0, 0);
    let end = loop {
        let at = reading.at;
        match reading.piece()? {
            Piece::Head(_) => return Err(Error::Damaged { at }),
            Piece::Changes(some) => {
                changes += some.len() as u64;
                take(Part::Changes(some), reading.at, length)?;
            }
            Piece::File(name, bytes) => {
                file_bytes += bytes.len() as u64;
                let name = within(&name).ok_or(Error::Damaged { at })?;
                take(Part::File(name, bytes), reading.at, length)?;
            }
            Piece::End(end) => break end,
        }
    };
    if (end.changes, end.file_bytes) != (changes, file_bytes) {
        return Err(Error::Sums);
    }
    if reading.at != length {
        return Err(Error::Behind { at: reading.at });
    }
    Ok(Contents { id, vault, head, end })
}

impl Contents {
    /// When it was begun.
    #[must_use]
    pub fn made(&self) -> Timestamp {
        Timestamp::from_microsecond(self.head.made_micros).unwrap_or_default()
    }
}

impl Reading {
    fn piece(&mut self) -> Result<Piece, Error> {
        let at = self.at;
        let mut length = [0; 4];
        self.fill(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > MOST {
            return Err(Error::Damaged { at });
        }
        let mut sealed = vec![0; length];
        self.fill(&mut sealed)?;
        self.opener.open(&sealed).map_err(|Unopened| Error::Damaged { at })
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.file.read_exact(bytes).map_err(|source| {
            if source.kind() == io::ErrorKind::UnexpectedEof {
                Error::Cut { at: self.at }
            } else {
                Error::Io { file: self.path.clone(), source }
            }
        })?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

/// The path, if it leads into the data folder and nowhere else.
fn within(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(name);
    path.components().all(|part| matches!(part, Component::Normal(_))).then_some(path)
}

/// No piece is longer.
const MOST: usize = 1 << 20;
