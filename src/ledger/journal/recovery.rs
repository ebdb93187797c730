//! Opening a journal: every segment and frame is checked, and a torn tail is cut where that loses nothing acknowledged.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::ledger::journal::Hash;
use crate::ledger::journal::error::{JournalError, Kept};
use crate::ledger::journal::frame::{FrameFault, PEEK, peek};
use crate::ledger::journal::header::{EXTENSION, Header, JournalId};
use crate::ledger::journal::scan::{Chain, Following, Found, frame_after};
use crate::ledger::journal::segment::{Durable, Segment};
use crate::ledger::journal::window::Window;
use crate::model::ids::VaultId;

/// What the rest of the vault knows of the journal, and the journal must therefore hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Expectations {
    /// The last group applied to the store; 0 for none.
    pub applied_group: u64,
    /// How many entries the last checkpoint covers; 0 for none.
    pub checkpoint: u64,
}

/// What opening a journal found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovery {
    /// The torn tail that was cut, if there was one.
    pub cut: Option<Cut>,
    /// The last group; 0 for none.
    pub last_group: u64,
    /// The index of the next entry, which is how many there are.
    pub next_index: u64,
    /// When the last group was committed.
    pub last_time: Option<Timestamp>,
    /// The groups above the applied one, in order, each with the hash of its redo if it changes rows.
    pub above_applied: Vec<(u64, Option<Hash>)>,
}

/// A torn tail that was cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The segment's file.
    pub file: PathBuf,
    /// Where it was cut.
    pub offset: u64,
    /// How many bytes lay after that, with the space made ready for later frames.
    pub bytes: u64,
}

/// A journal on disk that was found whole, as far as it was checked.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) id: JournalId,
    pub(super) segments: Vec<Arc<Segment>>,
    pub(super) chain: Chain,
    pub(super) recovery: Recovery,
    expected: Expectations,
}

/// Checks the journal of a folder as far back as the store and the last checkpoint leave open, and the last segment whole;
/// the torn tail it reports still has to be cut from the file.
///
/// Of older segments the headers are checked; their frames are when somebody reads them, and by `fubako ledger verify`.
pub(super) fn recover(folder: &Path, vault: VaultId, expected: Expectations) -> Result<Recovered, JournalError> {
    let mut files = Vec::new();
    for file in segment_files(folder)? {
        let (header, hash) = read_header(&file, vault)?;
        files.push(SegmentFile { file, header, hash });
    }
    let (last, before) = files.split_last().ok_or_else(|| JournalError::Missing { folder: folder.to_owned() })?;
    check_order(&files)?;
    let whole = first_to_check(&files, expected)?;
    let begin = files.get(whole).unwrap_or(last);
    let chain = Chain { next_index: begin.header.first_index, last_group: 0, hash: begin.header.previous };
    let recovery = Recovery::default();
    let mut found = Recovered { id: last.header.id, segments: Vec::new(), chain, recovery, expected };
    for (older, next) in before.iter().zip(files.iter().skip(1)).take(whole) {
        let segment = Segment::followed(older.file.clone(), older.header.clone(), next.header.first_index);
        found.segments.push(Arc::new(segment));
    }
    for file in before.iter().skip(whole) {
        let segment = found.begin_segment(file)?;
        if let Some(bad) = found.check_frames(&segment)? {
            return Err(bad.kept(&segment, Kept::Followed));
        }
    }
    let segment = found.begin_segment(last)?;
    if let Some(bad) = found.check_frames(&segment)? {
        found.recovery.cut = Some(found.cut(&segment, bad)?);
    }
    found.finish()
}

/// A segment's file with what it begins with.
struct SegmentFile {
    file: PathBuf,
    header: Header,
    hash: Hash,
}

/// Checks that the segments follow one another, as far as their headers and names tell.
fn check_order(files: &[SegmentFile]) -> Result<(), JournalError> {
    let mut last: Option<&Header> = None;
    for SegmentFile { file, header, .. } in files {
        let follows = match last {
            None => header.segment == FIRST_SEGMENT && header.first_index == 0 && header.previous == GENESIS,
            Some(last) => {
                header.id == last.id
                    && header.segment == last.segment.saturating_add(1)
                    && header.month >= last.month
                    && header.first_index >= last.first_index
            }
        };
        if !follows || file.file_name().is_none_or(|name| name != header.file_name().as_str()) {
            return Err(JournalError::SegmentOutOfPlace { file: file.clone() });
        }
        last = Some(header);
    }
    Ok(())
}

/// The segment from which on every frame is checked: nothing before it is above the checkpoint or the applied group.
fn first_to_check(files: &[SegmentFile], expected: Expectations) -> Result<usize, JournalError> {
    for (at, SegmentFile { file, header, .. }) in files.iter().enumerate().rev() {
        if header.first_index <= expected.checkpoint
            && first_group(file)?.is_some_and(|it| it <= expected.applied_group)
        {
            return Ok(at);
        }
    }
    Ok(0)
}

/// The group of a segment's first frame, if it seems to have one.
fn first_group(file: &Path) -> Result<Option<u64>, JournalError> {
    let mut window = Window::open(file).map_err(JournalError::io(file))?;
    let offset = u64::try_from(Header::LENGTH).unwrap_or(u64::MAX);
    Ok(peek(window.bytes(offset, PEEK).map_err(JournalError::io(file))?).map(|frame| frame.group))
}

/// The files of a folder's segments, in order; other files are none of the journal's.
pub(super) fn segment_files(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(JournalError::io(folder))? {
        let path = entry.map_err(JournalError::io(folder))?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl Recovered {
    /// Checks that the segment continues the chain, and puts its header into the chain.
    fn begin_segment(
        &mut self,
        SegmentFile { file, header, hash }: &SegmentFile,
    ) -> Result<Arc<Segment>, JournalError> {
        if header.first_index != self.chain.next_index || header.previous != self.chain.hash {
            return Err(JournalError::SegmentOutOfPlace { file: file.clone() });
        }
        self.chain.hash = *hash;
        let segment = Arc::new(Segment::new(file.clone(), header.clone()));
        self.segments.push(Arc::clone(&segment));
        Ok(segment)
    }

    /// Follows the segment's frames to its end, or to the first that is bad.
    fn check_frames(&mut self, segment: &Segment) -> Result<Option<BadFrame>, JournalError> {
        let file = segment.path.as_path();
        let mut window = Window::open(file).map_err(JournalError::io(file))?;
        loop {
            let offset = segment.durable()?.end;
            match self.chain.step(&mut window, offset).map_err(JournalError::io(file))? {
                Found::Frame(head, length) => {
                    let end = offset.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
                    segment.extend(Durable { end, next_index: self.chain.next_index }, head.time);
                    self.recovery.last_time = Some(head.time);
                    if head.group > self.expected.applied_group {
                        self.recovery.above_applied.push((head.group, head.redo));
                    }
                }
                Found::End => return Ok(None),
                Found::Fault(fault) => return Ok(Some(BadFrame { window, offset, fault })),
            }
        }
    }

    /// INVARIANT (torn tail): a bad frame is cut only where nothing valid follows it and nothing rests on it.
    fn cut(&self, segment: &Segment, mut bad: BadFrame) -> Result<Cut, JournalError> {
        if bad.fault.is_whole_frame() {
            return Err(bad.kept(segment, Kept::Misplaced));
        }
        if self.falls_short() {
            return Err(bad.kept(segment, Kept::RestedOn));
        }
        match frame_after(&mut bad.window, bad.offset).map_err(JournalError::io(&segment.path))? {
            Following::Frame => Err(bad.kept(segment, Kept::Followed)),
            Following::Undecided => Err(bad.kept(segment, Kept::Undecided)),
            Following::Nothing => Ok(Cut {
                file: segment.path.clone(),
                offset: bad.offset,
                bytes: bad.window.limit().saturating_sub(bad.offset),
            }),
        }
    }

    fn finish(mut self) -> Result<Self, JournalError> {
        let Chain { last_group, next_index, .. } = self.chain;
        if self.falls_short() {
            let Expectations { applied_group, checkpoint } = self.expected;
            return Err(JournalError::Behind { last_group, next_index, applied_group, checkpoint });
        }
        self.recovery.last_group = last_group;
        self.recovery.next_index = next_index;
        Ok(self)
    }

    const fn falls_short(&self) -> bool {
        self.chain.last_group < self.expected.applied_group || self.chain.next_index < self.expected.checkpoint
    }
}

/// The first bytes of a segment that are not the next frame.
#[derive(Debug)]
struct BadFrame {
    window: Window,
    offset: u64,
    fault: FrameFault,
}

impl BadFrame {
    fn kept(&self, segment: &Segment, kept: Kept) -> JournalError {
        JournalError::Damaged { file: segment.path.clone(), offset: self.offset, fault: self.fault, kept }
    }
}

/// A segment's header, and the hash it ends with.
pub(super) fn read_header(file: &Path, vault: VaultId) -> Result<(Header, Hash), JournalError> {
    let mut window = Window::open(file).map_err(JournalError::io(file))?;
    let bytes = window.bytes(0, Header::LENGTH).map_err(JournalError::io(file))?;
    let (header, hash) = Header::parse(bytes).ok_or_else(|| JournalError::BadHeader { file: file.to_owned() })?;
    if header.id.vault != vault {
        return Err(JournalError::OtherVault { file: file.to_owned(), found: header.id.vault });
    }
    Ok((header, hash))
}

/// The number of the first segment.
pub(super) const FIRST_SEGMENT: u64 = 1;
/// What the first segment names as the hash before it.
pub(super) const GENESIS: Hash = [0; 32];
