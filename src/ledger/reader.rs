//! The reader: opens the frames of the journal and gives entries back.

use std::sync::Arc;

use arc_swap::ArcSwap;
use fubako_keys::{Keyring, Month, Unopened};
use jiff::Timestamp;
use prost::Message;
use thiserror::Error;

use crate::ledger::entry::{Beside, Leaf};
use crate::ledger::event::{Event, Lifetime};
use crate::ledger::frame::{FramedEntry, MalformedPart, decode_part};
use crate::ledger::index::{IndexError, IndexReader, Indexed, Span};
use crate::ledger::journal::{Frame, FramePlace, JournalError, JournalReader, PartKind};
use crate::ledger::merkle::leaf_hash;
use crate::ledger::writer::binding;
use crate::model::ids::MemberId;

/// Reads entries, beside a running writer; cheap to clone.
#[derive(Clone)]
pub struct Reader {
    pub(super) journal: JournalReader,
    pub(super) index: IndexReader,
    keyring: Arc<ArcSwap<Keyring>>,
}

/// An entry read back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadEntry {
    /// Its place in the ledger, from 0.
    pub index: u64,
    /// The leaf.
    pub leaf: Leaf,
    /// The leaf's bytes, as they were hashed.
    pub bytes: Vec<u8>,
    /// The leaf's hash (RFC 6962).
    pub leaf_hash: [u8; 32],
    /// The member it is about, with the salt of the leaf's commitment.
    pub beside: Option<Beside>,
}

/// What stands at a place of the ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// An entry.
    Entry(Box<ReadEntry>),
    /// An entry past retention: only its leaf hash is left.
    Forgotten,
    /// Nothing yet.
    Nothing,
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
    /// Reads from the given journal, by way of the index.
    #[must_use]
    pub const fn new(journal: JournalReader, index: IndexReader, keyring: Arc<ArcSwap<Keyring>>) -> Self {
        Self { journal, index, keyring }
    }

    /// How many entries are durable.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.journal.next_index()
    }

    /// How many entries the index reaches; those behind are read instead.
    #[must_use]
    pub fn indexed(&self) -> u64 {
        self.index.spans().last().map_or(0, Span::next_index)
    }

    /// What stands at an index.
    pub fn at(&self, index: u64) -> Result<Found, Error> {
        let Some(frame) = self.journal.frame_at(index)? else {
            return Ok(Found::Nothing);
        };
        let framed = open_framed(&frame, &self.keyring())?;
        let entry = framed.into_iter().find(|entry| frame.first_index() + u64::from(entry.offset) == index);
        entry.map_or(Ok(Found::Forgotten), |entry| Ok(Found::Entry(Box::new(read_entry(frame.first_index(), entry)?))))
    }

    /// The last commit group that is durable; 0 for none.
    pub fn last_group(&self) -> Result<u64, Error> {
        Ok(self.journal.backward(u64::MAX).next().transpose()?.map_or(0, |frame| frame.group()))
    }

    /// About how many entries made between the times are past retention: those in segments of forgotten months.
    pub fn forgotten(&self, from: Timestamp, until: Timestamp) -> Result<u64, Error> {
        let (range, keyring) = (self.journal.between(from, until)?, self.keyring());
        let segments = self.journal.segments().into_iter().filter(|segment| keyring.forgot_month(segment.month));
        let within = segments.map(|it| it.next_index.min(range.end).saturating_sub(it.first_index.max(range.start)));
        Ok(within.sum())
    }

    /// Whether the segment that is appended to is of that month.
    #[must_use]
    pub fn is_written_to(&self, month: Month) -> bool {
        self.journal.segments().last().is_some_and(|segment| segment.month == month)
    }

    /// Drops what the index lists of a month whose key was destroyed.
    pub fn forget(&self, month: Month) -> Result<(), IndexError> {
        self.index.forget(month)
    }

    pub(super) fn keyring(&self) -> Arc<Keyring> {
        self.keyring.load_full()
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("journal", &self.journal).finish_non_exhaustive()
    }
}

impl ReadEntry {
    /// The member it is about.
    #[must_use]
    pub fn member(&self) -> Option<MemberId> {
        self.beside.map(|beside| beside.member)
    }
}

/// The entries of one frame as they lie in it, in order; those of a month whose key was destroyed are not among them.
pub(super) fn open_framed(frame: &Frame, keyring: &Keyring) -> Result<Vec<FramedEntry>, Error> {
    let first_index = frame.first_index();
    let mut entries = Vec::new();
    let mut whole = true;
    for (kind, sealed) in frame.parts() {
        if *kind == PartKind::Month && keyring.forgot_month(frame.place().month) {
            whole = false;
            continue;
        }
        let (part, binding) = binding(*kind, frame.place());
        let plain =
            keyring.open_frame(part, &binding, sealed).map_err(|source| Error::Unopened { first_index, source })?;
        entries.extend(decode_part(&plain).map_err(|MalformedPart| Error::Malformed { first_index })?);
    }
    entries.sort_unstable_by_key(|entry| entry.offset);
    let offsets = || entries.iter().map(|entry| u32::from(entry.offset));
    let in_order = if whole {
        offsets().eq(0..frame.entries())
    } else {
        offsets().zip(offsets().skip(1)).all(|(a, b)| a < b) && offsets().all(|offset| offset < frame.entries())
    };
    if in_order { Ok(entries) } else { Err(Error::Malformed { first_index }) }
}

/// Every place of a frame, in order, with its entry; none where that is past retention.
pub(super) fn read_places(frame: &Frame, keyring: &Keyring) -> Result<Vec<(u64, Option<ReadEntry>)>, Error> {
    let mut readable = open_framed(frame, keyring)?.into_iter().peekable();
    let places = (0..frame.entries()).zip(frame.first_index()..);
    let place = |(offset, index)| {
        let entry = readable.next_if(|entry| u32::from(entry.offset) == offset);
        Ok((index, entry.map(|entry| read_entry(frame.first_index(), entry)).transpose()?))
    };
    places.map(place).collect()
}

/// What the index lists of a place of a frame.
pub(super) fn listed<'a>(place: &FramePlace, index: u64, entry: Option<&'a ReadEntry>) -> Indexed<'a> {
    let leaf = entry.map(|entry| &entry.leaf);
    let event = leaf.and_then(|leaf| Event::from_number(leaf.event));
    Indexed {
        index,
        segment: place.segment,
        month: place.month,
        lifetime: event.map_or(Lifetime::Retention, Event::lifetime),
        member: entry.and_then(ReadEntry::member),
        recipient: leaf.map_or("", |leaf| &leaf.recipient),
        caller: leaf.map_or("", |leaf| &leaf.caller),
        purpose: leaf.map_or("", |leaf| &leaf.purpose),
    }
}

/// The entry of a frame that begins at `first_index`.
pub(super) fn read_entry(first_index: u64, framed: FramedEntry) -> Result<ReadEntry, Error> {
    let FramedEntry { offset, leaf: bytes, beside } = framed;
    let leaf = Leaf::decode(bytes.as_slice()).map_err(|_| Error::Malformed { first_index })?;
    // The commitment in the leaf and the name beside it must agree, or the frame was put together from two.
    let commitment = beside.map(|beside| beside.commitment());
    if commitment.as_ref().map_or(&[][..], |commitment| commitment) != leaf.member_commitment {
        return Err(Error::Malformed { first_index });
    }
    let leaf_hash = leaf_hash(&bytes);
    Ok(ReadEntry { index: first_index + u64::from(offset), leaf, bytes, leaf_hash, beside })
}
