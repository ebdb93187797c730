//! Reading frames back, forward or newest first, beside the appender; only what is durable is seen.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use fubako_keys::Month;
use jiff::Timestamp;

use crate::ledger::journal::error::JournalError;
use crate::ledger::journal::frame::{FrameFault, Head, PEEK, PartKind, declared_length, parse, parse_unhashed, peek};
use crate::ledger::journal::header::{Header, JournalId};
use crate::ledger::journal::recovery::{GENESIS, read_header, segment_files};
use crate::ledger::journal::scan::{Chain, Found};
use crate::ledger::journal::segment::{Durable, Segment, Segments};
use crate::ledger::journal::window::{PIECE, SMALL_PIECE, Window};
use crate::ledger::journal::{FramePlace, Hash};
use crate::model::ids::VaultId;

/// Reads the durable part of a journal; cheap to clone.
#[derive(Debug, Clone)]
pub struct JournalReader {
    id: JournalId,
    segments: Arc<Segments>,
}

/// A segment, as those see it who keep files beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentPlace {
    /// Its number, from 1.
    pub number: u64,
    /// The month whose key seals it.
    pub month: Month,
    /// The index of its first entry.
    pub first_index: u64,
    /// The index after its last entry, as far as it is durable now.
    pub next_index: u64,
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
    /// Each with how much of it is read; an older one may not have been walked through yet.
    segments: VecDeque<(Arc<Segment>, Option<Durable>)>,
    cursor: Option<Cursor>,
    how: How,
}

/// How frames are read.
#[derive(Debug, Clone, Copy)]
struct How {
    /// How many bytes are read at once.
    piece: usize,
    /// Whether their hashes are looked at.
    hashed: bool,
}

/// The frames before an entry, newest first; ends after the first error.
#[derive(Debug)]
pub struct Backward {
    origin: [u8; 16],
    before: u64,
    /// Each with where its part that is still to be read ends; all of it, where that is not known yet.
    segments: Vec<(Arc<Segment>, Option<u64>)>,
    /// Frames read and not yet handed out, oldest first.
    frames: Vec<Frame>,
}

impl JournalReader {
    pub(super) const fn new(id: JournalId, segments: Arc<Segments>) -> Self {
        Self { id, segments }
    }

    /// Which journal.
    #[must_use]
    pub const fn id(&self) -> JournalId {
        self.id
    }

    /// The index of the next entry: how many are durable.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.segments.all().last().map_or(0, |segment| segment.next_index())
    }

    /// The segments, in order; the last is the one appended to.
    #[must_use]
    pub fn segments(&self) -> Vec<SegmentPlace> {
        let place = |segment: Arc<Segment>| {
            let Header { segment: number, month, first_index, .. } = segment.header;
            SegmentPlace { number, month, first_index, next_index: segment.next_index() }
        };
        self.segments.all().into_iter().map(place).collect()
    }

    /// The segments' files, in order, each with how many of its bytes are durable now.
    pub fn files(&self) -> Result<Vec<(PathBuf, u64)>, JournalError> {
        self.segments.all().iter().map(|segment| Ok((segment.path.clone(), segment.durable()?.end))).collect()
    }

    /// Files in the folder that are named like segments and are none; the appender may be about to make one of them known.
    pub fn strays(&self) -> Result<Vec<PathBuf>, JournalError> {
        let segments = self.segments.all();
        let folder = segments.first().and_then(|segment| segment.path.parent());
        let files = folder.map_or(Ok(Vec::new()), segment_files)?;
        Ok(files.into_iter().filter(|file| segments.iter().all(|segment| segment.path != *file)).collect())
    }

    /// The indexes of entries among which are all that were committed between the times.
    pub fn between(&self, from: Timestamp, until: Timestamp) -> Result<Range<u64>, JournalError> {
        let mut all: Option<Range<u64>> = None;
        for segment in self.segments.all() {
            if let Some(Range { start, end }) = segment.between(from, until)? {
                all = Some(all.map_or(start, |all| all.start)..end);
            }
        }
        Ok(all.unwrap_or_default())
    }

    /// Follows the chain of hashes through every segment on disk, as far as the journal is durable now.
    pub fn follow_chain(&self) -> Result<(), JournalError> {
        let mut chain = Chain { next_index: 0, last_group: 0, hash: GENESIS };
        for segment in self.segments.all() {
            follow_segment(&segment, self.id.vault, &mut chain)?;
        }
        Ok(())
    }

    /// The frames from the one that holds the entry `from`, as far as the journal is durable now.
    #[must_use]
    pub fn forward(&self, from: u64) -> Forward {
        let segments = self.segments.all().into_iter().filter(|segment| segment.next_index() > from);
        let segments = segments.map(|segment| (Arc::clone(&segment), segment.durable_if_walked())).collect();
        Forward { origin: self.id.origin, from, segments, cursor: None, how: How { piece: PIECE, hashed: true } }
    }

    /// The same, without a look at the frames' hashes: for whoever opens every part, whose seal says all that the hash
    /// would of them.
    #[must_use]
    pub fn forward_unhashed(&self, from: u64) -> Forward {
        Forward { how: How { piece: PIECE, hashed: false }, ..self.forward(from) }
    }

    /// The frame that holds the entry, if it is durable now.
    pub fn frame_at(&self, index: u64) -> Result<Option<Frame>, JournalError> {
        Forward { how: How { piece: SMALL_PIECE, hashed: true }, ..self.forward(index) }.next().transpose()
    }

    /// The frames that hold entries before the index `before`, newest first, as far as the journal is durable now.
    #[must_use]
    pub fn backward(&self, before: u64) -> Backward {
        let segments = self.segments.all().into_iter().filter(|segment| segment.header.first_index < before);
        let end = |segment: &Segment| segment.durable_if_walked().map(|durable| durable.end);
        let segments = segments.map(|segment| (Arc::clone(&segment), end(&segment))).collect();
        Backward { origin: self.id.origin, before, segments, frames: Vec::new() }
    }
}

impl Iterator for Forward {
    type Item = Result<Frame, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.read_next();
        if next.is_err() {
            self.segments.clear();
            self.cursor = None;
        }
        next.transpose()
    }
}

impl Forward {
    fn read_next(&mut self) -> Result<Option<Frame>, JournalError> {
        loop {
            if let Some(cursor) = &mut self.cursor
                && let Some(frame) = cursor.next(self.origin)?
            {
                return Ok(Some(frame));
            }
            let Some((segment, durable)) = self.segments.pop_front() else {
                return Ok(None);
            };
            let end = durable.map_or_else(|| segment.durable(), Ok)?.end;
            let from = self.from.max(segment.header.first_index);
            let offset = segment.mark_at(from)?.map_or(end, |mark| mark.offset);
            let mut cursor = Cursor { segment, window: None, offset, end, how: self.how };
            cursor.skip_to(from)?;
            self.cursor = Some(cursor);
        }
    }
}

impl Iterator for Backward {
    type Item = Result<Frame, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.frames.is_empty() {
            let (segment, end) = self.segments.pop()?;
            match self.read_stretch(&segment, end) {
                Ok(Some(start)) => self.segments.push((segment, Some(start))),
                Ok(None) => {}
                Err(error) => {
                    self.segments.clear();
                    return Some(Err(error));
                }
            }
        }
        self.frames.pop().map(Ok)
    }
}

impl Backward {
    /// Reads the frames of the last stretch before an offset that hold entries before the bound, and tells where the
    /// stretch begins; none where nothing is left.
    fn read_stretch(&mut self, segment: &Arc<Segment>, end: Option<u64>) -> Result<Option<u64>, JournalError> {
        let end = end.map_or_else(|| segment.durable().map(|durable| durable.end), Ok)?;
        let Some(mark) = segment.mark_before(end)? else {
            return Ok(None);
        };
        let segment = Arc::clone(segment);
        let how = How { piece: PIECE, hashed: true };
        let mut cursor = Cursor { segment, window: None, offset: mark.offset, end, how };
        while mark.first_index < self.before
            && let Some(frame) = cursor.next(self.origin)?
        {
            if frame.place.first_index < self.before {
                self.frames.push(frame);
            }
        }
        Ok(Some(mark.offset))
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

/// Follows the chain through a segment's header and durable frames.
fn follow_segment(segment: &Segment, vault: VaultId, chain: &mut Chain) -> Result<(), JournalError> {
    let file = segment.path.as_path();
    let (header, hash) = read_header(file, vault)?;
    if header != segment.header || header.first_index != chain.next_index || header.previous != chain.hash {
        return Err(JournalError::SegmentOutOfPlace { file: file.to_owned() });
    }
    chain.hash = hash;
    let end = segment.durable()?.end;
    let mut window = Window::open_to(file, end, PIECE).map_err(JournalError::io(file))?;
    let mut offset = u64::try_from(Header::LENGTH).unwrap_or(u64::MAX);
    while offset < end {
        match chain.step(&mut window, offset).map_err(JournalError::io(file))? {
            Found::Frame(_, length) => offset = offset.saturating_add(u64::try_from(length).unwrap_or(u64::MAX)),
            Found::End => return Err(segment.damaged(offset, FrameFault::Length)),
            Found::Fault(fault) => return Err(segment.damaged(offset, fault)),
        }
    }
    Ok(())
}

/// Reads the frames of one segment between two offsets.
#[derive(Debug)]
struct Cursor {
    segment: Arc<Segment>,
    window: Option<Window>,
    offset: u64,
    end: u64,
    how: How,
}

impl Cursor {
    fn next(&mut self, origin: [u8; 16]) -> Result<Option<Frame>, JournalError> {
        if self.offset >= self.end {
            return Ok(None);
        }
        let (offset, segment) = (self.offset, Arc::clone(&self.segment));
        let read = self.read().map_err(JournalError::io(&segment.path))?;
        let (head, parts, length) = read.map_err(|fault| segment.damaged(offset, fault))?;
        self.offset = offset.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        let Header { segment, month, .. } = segment.header;
        let place = FramePlace { origin, segment, first_index: head.first_index, month };
        Ok(Some(Frame { place, head, parts }))
    }

    /// Passes over the frames before the one that holds the entry, without checking them.
    fn skip_to(&mut self, index: u64) -> Result<(), JournalError> {
        while self.offset < self.end {
            let segment = Arc::clone(&self.segment);
            let offset = self.offset;
            let front = self.window().and_then(|window| Ok(peek(window.bytes(offset, PEEK)?)));
            let front = front.map_err(JournalError::io(&segment.path))?;
            let front = front.ok_or_else(|| segment.damaged(offset, FrameFault::Length))?;
            if front.next_index > index {
                return Ok(());
            }
            self.offset = offset.saturating_add(front.length);
        }
        Ok(())
    }

    fn read(&mut self) -> io::Result<Result<Read, FrameFault>> {
        let (offset, hashed) = (self.offset, self.how.hashed);
        let window = self.window()?;
        let Some(length) = declared_length(window.bytes(offset, 4)?) else {
            return Ok(Err(FrameFault::Length));
        };
        let bytes = window.bytes(offset, length)?;
        let read = if hashed { parse(bytes) } else { parse_unhashed(bytes) };
        Ok(read.map(|(head, parts)| {
            let parts = parts.into_iter().map(|(kind, sealed)| (kind, sealed.to_vec())).collect();
            (head, parts, length)
        }))
    }

    fn window(&mut self) -> io::Result<&mut Window> {
        match &mut self.window {
            Some(window) => Ok(window),
            unopened => Ok(unopened.insert(Window::open_to(&self.segment.path, self.end, self.how.piece)?)),
        }
    }
}

/// A frame's fields, its parts, and how many bytes it takes.
type Read = (Head, Vec<(PartKind, Vec<u8>)>, usize);
