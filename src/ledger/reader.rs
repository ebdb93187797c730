//! The reader: opens the frames of the journal and gives entries back.

use fubako_keys::{Keyring, Unopened};
use prost::Message;
use thiserror::Error;

use crate::ledger::entry::Leaf;
use crate::ledger::frame::{FramedEntry, MalformedPart, decode_part};
use crate::ledger::journal::{Frame, JournalError, JournalReader};
use crate::ledger::merkle::leaf_hash;
use crate::ledger::writer::binding;
use crate::model::ids::MemberId;

/// Reads entries, beside a running writer.
#[derive(Debug)]
pub struct Reader {
    journal: JournalReader,
}

/// An entry read back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadEntry {
    /// Its place in the ledger, from 0.
    pub index: u64,
    /// The leaf.
    pub leaf: Leaf,
    /// The leaf's hash (RFC 6962).
    pub leaf_hash: [u8; 32],
    /// The member it is about.
    pub member: Option<MemberId>,
}

/// Why entries could not be read.
#[derive(Debug, Error)]
pub enum Error {
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A part does not open under the keys of this vault.
    #[error("the entries from index {first_index} on do not open")]
    Unopened {
        /// The first index of the frame.
        first_index: u64,
        /// The opaque failure.
        #[source]
        source: Unopened,
    },
    /// A part opens, but is not what this vault writes.
    #[error("the entries from index {first_index} on are malformed")]
    Malformed {
        /// The first index of the frame.
        first_index: u64,
    },
}

impl Reader {
    /// Reads from the given journal.
    #[must_use]
    pub const fn new(journal: JournalReader) -> Self {
        Self { journal }
    }

    /// How many entries are durable.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.journal.next_index()
    }

    /// Up to `limit` entries with an index below `before`, the newest first.
    pub fn newest(&self, before: u64, limit: usize, keyring: &Keyring) -> Result<Vec<ReadEntry>, Error> {
        let mut entries = Vec::new();
        for frame in self.journal.backward(before) {
            if entries.len() >= limit {
                break;
            }
            let read = open_frame(&frame?, keyring)?;
            let asked = read.into_iter().rev().filter(|entry| entry.index < before);
            entries.extend(asked.take(limit - entries.len()));
        }
        Ok(entries)
    }
}

/// The entries of one frame as they lie in it, in order: as many as the frame says.
pub(super) fn open_framed(frame: &Frame, keyring: &Keyring) -> Result<Vec<FramedEntry>, Error> {
    let first_index = frame.first_index();
    let mut entries = Vec::new();
    for (kind, sealed) in frame.parts() {
        let (part, binding) = binding(*kind, frame.place());
        let plain =
            keyring.open_frame(part, &binding, sealed).map_err(|source| Error::Unopened { first_index, source })?;
        entries.extend(decode_part(&plain).map_err(|MalformedPart| Error::Malformed { first_index })?);
    }
    entries.sort_unstable_by_key(|entry| entry.offset);
    let in_order = (0..frame.entries()).eq(entries.iter().map(|entry| u32::from(entry.offset)));
    if in_order { Ok(entries) } else { Err(Error::Malformed { first_index }) }
}

/// The entries of one frame, in order.
fn open_frame(frame: &Frame, keyring: &Keyring) -> Result<Vec<ReadEntry>, Error> {
    let first_index = frame.first_index();
    open_framed(frame, keyring)?.iter().map(|entry| read_entry(first_index, entry)).collect()
}

fn read_entry(first_index: u64, framed: &FramedEntry) -> Result<ReadEntry, Error> {
    let leaf = Leaf::decode(framed.leaf.as_slice()).map_err(|_| Error::Malformed { first_index })?;
    // The commitment in the leaf and the name beside it must agree, or the frame was put together from two.
    let commitment = framed.beside.map(|beside| beside.commitment().to_vec()).unwrap_or_default();
    if commitment != leaf.member_commitment {
        return Err(Error::Malformed { first_index });
    }
    Ok(ReadEntry {
        index: first_index + u64::from(framed.offset),
        leaf_hash: leaf_hash(&framed.leaf),
        leaf,
        member: framed.beside.map(|beside| beside.member),
    })
}
