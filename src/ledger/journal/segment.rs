//! What is known of each segment while the journal is open, shared by the appender and its readers.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;

use crate::ledger::journal::error::{JournalError, Kept};
use crate::ledger::journal::frame::{FrameFault, PEEK, peek};
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

/// Where a stretch of frames begins, and between which times its frames were committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) first_index: u64,
    pub(super) offset: u64,
    pub(super) earliest: Timestamp,
    pub(super) latest: Timestamp,
}

/// The durable part, with a mark for every [`MARK_EVERY`] bytes of it; the first is the segment's first frame.
#[derive(Debug)]
struct Extent {
    durable: Durable,
    marks: Vec<Mark>,
    /// The index after the segment's last entry, where its frames have not been walked through yet.
    unwalked_to: Option<u64>,
}

impl Segment {
    /// A segment of which only the header is known to be durable.
    pub(super) fn new(path: PathBuf, header: Header) -> Self {
        let end = u64::try_from(Header::LENGTH).unwrap_or(u64::MAX);
        let durable = Durable { end, next_index: header.first_index };
        Self { path, header, extent: Mutex::new(Extent { durable, marks: Vec::new(), unwalked_to: None }) }
    }

    /// A segment that another follows, which begins at `next_index`; its frames are walked through when they are read.
    pub(super) fn followed(path: PathBuf, header: Header, next_index: u64) -> Self {
        let segment = Self::new(path, header);
        segment.lock().unwalked_to = Some(next_index);
        segment
    }

    /// Takes note that the frame that begins where the durable part ended, committed at that time, is durable.
    pub(super) fn extend(&self, durable: Durable, time: Timestamp) {
        self.lock().extend(durable, time);
    }

    /// The index after the last entry that is durable now.
    pub(super) fn next_index(&self) -> u64 {
        let extent = self.lock();
        extent.unwalked_to.unwrap_or(extent.durable.next_index)
    }

    /// How much is durable now.
    pub(super) fn durable(&self) -> Result<Durable, JournalError> {
        Ok(self.walked()?.durable)
    }

    /// How much is durable now, unless its frames have not been walked through yet.
    pub(super) fn durable_if_walked(&self) -> Option<Durable> {
        let extent = self.lock();
        extent.unwalked_to.is_none().then_some(extent.durable)
    }

    /// The last mark at or before the entry, to start reading there; none in a segment without frames.
    pub(super) fn mark_at(&self, index: u64) -> Result<Option<Mark>, JournalError> {
        let extent = self.walked()?;
        let after = extent.marks.partition_point(|mark| mark.first_index <= index);
        Ok(after.checked_sub(1).and_then(|at| extent.marks.get(at)).copied())
    }

    /// The last mark that lies before the offset.
    pub(super) fn mark_before(&self, offset: u64) -> Result<Option<Mark>, JournalError> {
        let extent = self.walked()?;
        let after = extent.marks.partition_point(|mark| mark.offset < offset);
        Ok(after.checked_sub(1).and_then(|at| extent.marks.get(at)).copied())
    }

    /// The indexes of entries among which are all that were committed between the times; none if none was.
    pub(super) fn between(&self, from: Timestamp, until: Timestamp) -> Result<Option<Range<u64>>, JournalError> {
        let extent = self.walked()?;
        let meets = |mark: &Mark| mark.latest >= from && mark.earliest < until;
        let first = extent.marks.iter().position(meets);
        let after = extent.marks.iter().rposition(meets).map(|last| last + 1);
        Ok(first.zip(after).and_then(|(first, after)| {
            let end = extent.marks.get(after).map_or(extent.durable.next_index, |mark| mark.first_index);
            Some(extent.marks.get(first)?.first_index..end)
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Extent> {
        self.extent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The extent, once the frames have been walked through: whoever reads one checks it.
    fn walked(&self) -> Result<MutexGuard<'_, Extent>, JournalError> {
        let mut extent = self.lock();
        let Some(next_index) = extent.unwalked_to else {
            return Ok(extent);
        };
        let file = File::open(&self.path).map_err(JournalError::io(&self.path))?;
        let mut walked = Extent { durable: extent.durable, marks: Vec::new(), unwalked_to: None };
        while walked.durable.next_index < next_index {
            let offset = walked.durable.end;
            let mut front = [0; PEEK];
            file.read_exact_at(&mut front, offset).map_err(JournalError::io(&self.path))?;
            let next = peek(&front).filter(|next| next.first_index == walked.durable.next_index);
            let next = next.ok_or_else(|| self.damaged(offset, FrameFault::Sequence))?;
            let durable = Durable { end: offset.saturating_add(next.length), next_index: next.next_index };
            walked.extend(durable, next.time);
        }
        *extent = walked;
        Ok(extent)
    }

    /// A frame that is not what was promised to be there.
    pub(super) fn damaged(&self, offset: u64, fault: FrameFault) -> JournalError {
        JournalError::Damaged { file: self.path.clone(), offset, fault, kept: Kept::RestedOn }
    }
}

impl Extent {
    fn extend(&mut self, durable: Durable, time: Timestamp) {
        let Durable { end: offset, next_index: first_index } = self.durable;
        match self.marks.last_mut().filter(|mark| offset.saturating_sub(mark.offset) < MARK_EVERY) {
            Some(mark) => {
                mark.earliest = mark.earliest.min(time);
                mark.latest = mark.latest.max(time);
            }
            None => self.marks.push(Mark { first_index, offset, earliest: time, latest: time }),
        }
        self.durable = durable;
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
