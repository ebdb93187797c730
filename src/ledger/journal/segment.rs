//! What is known of each segment while the journal is open, shared by the appender and its readers.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::ledger::journal::header::Header;

/// One segment file and how much of it is durable.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) header: Header,
    extent: Mutex<Extent>,
}

/// How much of a segment is durable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Durable {
    /// Where its last frame ends.
    pub(super) end: u64,
    /// The index after its last entry.
    pub(super) next_index: u64,
}

/// Where a frame begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) first_index: u64,
    pub(super) offset: u64,
}

/// The durable part, with a mark for every [`MARK_EVERY`] bytes of it; the first is the segment's first frame.
#[derive(Debug)]
struct Extent {
    durable: Durable,
    marks: Vec<Mark>,
}

impl Segment {
    /// A segment of which only the header is known to be durable.
    pub(super) fn new(path: PathBuf, header: Header) -> Self {
        let end = u64::try_from(Header::LENGTH).unwrap_or(u64::MAX);
        let durable = Durable { end, next_index: header.first_index };
        Self { path, header, extent: Mutex::new(Extent { durable, marks: Vec::new() }) }
    }

    /// Takes note that the frame that begins where the durable part ended is durable.
    pub(super) fn extend(&self, durable: Durable) {
        let mut extent = self.extent.lock().unwrap_or_else(PoisonError::into_inner);
        let Durable { end: offset, next_index: first_index } = extent.durable;
        if extent.marks.last().is_none_or(|mark| offset.saturating_sub(mark.offset) >= MARK_EVERY) {
            extent.marks.push(Mark { first_index, offset });
        }
        extent.durable = durable;
    }

    /// How much is durable now.
    pub(super) fn durable(&self) -> Durable {
        self.extent.lock().unwrap_or_else(PoisonError::into_inner).durable
    }

    /// The last mark at or before the entry, to start reading there; none in a segment without frames.
    pub(super) fn mark_at(&self, index: u64) -> Option<Mark> {
        let extent = self.extent.lock().unwrap_or_else(PoisonError::into_inner);
        let after = extent.marks.partition_point(|mark| mark.first_index <= index);
        extent.marks.get(after.checked_sub(1)?).copied()
    }

    /// The last mark that lies before the offset.
    pub(super) fn mark_before(&self, offset: u64) -> Option<Mark> {
        let extent = self.extent.lock().unwrap_or_else(PoisonError::into_inner);
        let after = extent.marks.partition_point(|mark| mark.offset < offset);
        extent.marks.get(after.checked_sub(1)?).copied()
    }
}

/// The segments of a journal, in order; the last is the one appended to.
#[derive(Debug, Default)]
pub(super) struct Segments(RwLock<Vec<Arc<Segment>>>);

impl Segments {
    /// Adds the next segment.
    pub(super) fn push(&self, segment: Arc<Segment>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(segment);
    }

    /// The segments there are now.
    pub(super) fn all(&self) -> Vec<Arc<Segment>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reading starts at most this far before what is looked for.
const MARK_EVERY: u64 = 64 * 1024;
