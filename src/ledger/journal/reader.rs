//! Reading frames back, forward or newest first, beside the appender; only what is durable is seen.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;

use crate::ledger::journal::error::{JournalError, Kept};
use crate::ledger::journal::frame::{FrameFault, Head, PartKind, declared_length, parse};
use crate::ledger::journal::header::Header;
use crate::ledger::journal::segment::{Durable, Segment, Segments};
use crate::ledger::journal::window::Window;
use crate::ledger::journal::{FramePlace, Hash};

/// Reads the durable part of a journal; cheap to clone.
#[derive(Debug, Clone)]
pub struct JournalReader {
    origin: [u8; 16],
    segments: Arc<Segments>,
}

/// One frame read back: where it stands, and its sealed parts.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    place: FramePlace,
    head: Head,
    parts: Vec<(PartKind, Vec<u8>)>,
}

/// The frames from an entry on, oldest first; ends after the first error.
#[derive(Debug)]
pub struct Forward {
    origin: [u8; 16],
    from: u64,
    segments: VecDeque<(Arc<Segment>, Durable)>,
    cursor: Option<Cursor>,
}

/// The frames before an entry, newest first; ends after the first error.
#[derive(Debug)]
pub struct Backward {
    origin: [u8; 16],
    before: u64,
    /// Each with where its part that is still to be read ends.
    segments: Vec<(Arc<Segment>, u64)>,
    /// Frames read and not yet handed out, oldest first.
    frames: Vec<Frame>,
}

impl JournalReader {
    pub(super) const fn new(origin: [u8; 16], segments: Arc<Segments>) -> Self {
        Self { origin, segments }
    }

    /// The index of the next entry: how many are durable.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.segments.all().last().map_or(0, |segment| segment.durable().next_index)
    }

    /// The frames from the one that holds the entry `from`, as far as the journal is durable now.
    #[must_use]
    pub fn forward(&self, from: u64) -> Forward {
        let segments = self.segments.all().into_iter().map(|segment| (Arc::clone(&segment), segment.durable()));
        let segments = segments.filter(|(_, durable)| durable.next_index > from).collect();
        Forward { origin: self.origin, from, segments, cursor: None }
    }

    /// The frames that hold entries before the index `before`, newest first, as far as the journal is durable now.
    #[must_use]
    pub fn backward(&self, before: u64) -> Backward {
        let segments = self.segments.all().into_iter().filter(|segment| segment.header.first_index < before);
        let segments = segments.map(|segment| (Arc::clone(&segment), segment.durable().end)).collect();
        Backward { origin: self.origin, before, segments, frames: Vec::new() }
    }
}

impl Iterator for Forward {
    type Item = Result<Frame, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_of_cursor() {
                Ok(Some(frame)) if frame.next_index() <= self.from => {}
                Ok(Some(frame)) => return Some(Ok(frame)),
                Ok(None) => {
                    let (segment, durable) = self.segments.pop_front()?;
                    let mark = segment.mark_at(self.from.max(segment.header.first_index));
                    let offset = mark.map_or(durable.end, |mark| mark.offset);
                    self.cursor = Some(Cursor { segment, window: None, offset, end: durable.end });
                }
                Err(error) => {
                    self.segments.clear();
                    self.cursor = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Forward {
    fn next_of_cursor(&mut self) -> Result<Option<Frame>, JournalError> {
        self.cursor.as_mut().map_or(Ok(None), |cursor| cursor.next(self.origin))
    }
}

impl Iterator for Backward {
    type Item = Result<Frame, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.frames.is_empty() {
            let (segment, end) = self.segments.pop()?;
            let Some(mark) = segment.mark_before(end) else {
                continue;
            };
            if let Err(error) = self.read_stretch(&segment, mark.offset, end) {
                self.segments.clear();
                return Some(Err(error));
            }
            self.segments.push((segment, mark.offset));
        }
        self.frames.pop().map(Ok)
    }
}

impl Backward {
    /// Reads the frames between two offsets that hold entries before the bound.
    fn read_stretch(&mut self, segment: &Arc<Segment>, offset: u64, end: u64) -> Result<(), JournalError> {
        let mut cursor = Cursor { segment: Arc::clone(segment), window: None, offset, end };
        while let Some(frame) = cursor.next(self.origin)? {
            if frame.place.first_index < self.before {
                self.frames.push(frame);
            }
        }
        Ok(())
    }
}

impl Frame {
    /// Where it stands: what its parts were sealed for.
    #[must_use]
    pub const fn place(&self) -> &FramePlace {
        &self.place
    }

    /// The commit group.
    #[must_use]
    pub const fn group(&self) -> u64 {
        self.head.group
    }

    /// The index of its first entry.
    #[must_use]
    pub const fn first_index(&self) -> u64 {
        self.head.first_index
    }

    /// How many entries it has.
    #[must_use]
    pub const fn entries(&self) -> u32 {
        self.head.entries
    }

    /// The index after its last entry.
    #[must_use]
    pub const fn next_index(&self) -> u64 {
        self.head.first_index.saturating_add(self.head.entries as u64)
    }

    /// When the group was committed, by the clock of then.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.head.time
    }

    /// The hash of the group's redo, if it changed rows.
    #[must_use]
    pub const fn redo(&self) -> Option<&Hash> {
        self.head.redo.as_ref()
    }

    /// The frame's hash.
    #[must_use]
    pub const fn hash(&self) -> &Hash {
        &self.head.hash
    }

    /// The sealed parts.
    #[must_use]
    pub fn parts(&self) -> &[(PartKind, Vec<u8>)] {
        &self.parts
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame(group {}, {} entries from {})", self.group(), self.entries(), self.first_index())
    }
}

/// Reads the frames of one segment between two offsets.
#[derive(Debug)]
struct Cursor {
    segment: Arc<Segment>,
    window: Option<Window>,
    offset: u64,
    end: u64,
}

impl Cursor {
    fn next(&mut self, origin: [u8; 16]) -> Result<Option<Frame>, JournalError> {
        if self.offset >= self.end {
            return Ok(None);
        }
        let (offset, segment) = (self.offset, Arc::clone(&self.segment));
        let read = self.read().map_err(JournalError::io(&segment.path))?;
        let (head, parts, length) = read.map_err(|fault| JournalError::Damaged {
            file: segment.path.clone(),
            offset,
            fault,
            kept: Kept::RestedOn,
        })?;
        self.offset = offset.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        let Header { segment, month, .. } = segment.header;
        let place = FramePlace { origin, segment, first_index: head.first_index, month };
        Ok(Some(Frame { place, head, parts }))
    }

    fn read(&mut self) -> io::Result<Result<Read, FrameFault>> {
        let window = match &mut self.window {
            Some(window) => window,
            unopened => unopened.insert(Window::open_to(&self.segment.path, self.end)?),
        };
        let Some(length) = declared_length(window.bytes(self.offset, 4)?) else {
            return Ok(Err(FrameFault::Length));
        };
        Ok(parse(window.bytes(self.offset, length)?).map(|(head, parts)| {
            let parts = parts.into_iter().map(|(kind, sealed)| (kind, sealed.to_vec())).collect();
            (head, parts, length)
        }))
    }
}

/// A frame's fields, its parts, and how many bytes it takes.
type Read = (Head, Vec<(PartKind, Vec<u8>)>, usize);
