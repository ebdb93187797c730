//! The reader: opens the frames of the journal and gives entries back.

use std::sync::Arc;

use arc_swap::ArcSwap;
use fubako_keys::{Keyring, Month, Unopened};
use jiff::Timestamp;
use thiserror::Error;

use crate::ledger::entry::Beside;
use crate::ledger::event::Event;
use crate::ledger::index::{IndexError, IndexReader, Span};
use crate::ledger::journal::{JournalError, JournalReader};
use crate::ledger::leaf::Leaf;
use crate::ledger::opened::OpenedFrame;
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

    /// Which ledger of its vault it is: a restore begins another.
    #[must_use]
    pub fn origin(&self) -> [u8; 16] {
        self.journal.id().origin
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
        let entry = OpenedFrame::open(&frame, &self.keyring())?.entry(index)?;
        Ok(entry.map_or(Found::Forgotten, |entry| Found::Entry(Box::new(entry))))
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

    /// The origin of the ledger before this one, in hexadecimal digits, where it is the first entry of a restored vault.
    #[must_use]
    pub fn previous_origin(&self) -> Option<String> {
        let is_restored = self.leaf.event == u32::from(Event::Restored.number());
        let origin = self.leaf.subject.split(' ').next().map(ToOwned::to_owned);
        origin.filter(|_| is_restored)
    }
}
