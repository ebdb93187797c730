//! The journal: an append-only, chained file of frames, one per commit group, durable before anything rests on it.
//!
//! ```text
//! journal/202611-00000001.journal   header | frame | frame | ... | zeros made ready
//! journal/202612-00000002.journal   header names the last frame before | frame | ...
//! ```
//!
//! It sees neither plaintext nor keys: the caller seals each part for the place that [`Journal::next`] names.

mod error;
mod frame;
mod header;
mod reader;
mod recovery;
mod scan;
mod segment;
mod window;

pub(crate) mod append_file;
pub(crate) mod take;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
pub(crate) mod faults;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fubako_keys::Month;

use crate::ledger::journal::append_file::{AppendFile, create_folder, sync_folder};
use crate::ledger::journal::header::Header;
use crate::ledger::journal::recovery::{FIRST_SEGMENT, GENESIS, read_header, recover, segment_files};
use crate::ledger::journal::scan::Chain;
use crate::ledger::journal::segment::{Durable, Segment, Segments};
use crate::model::ids::VaultId;

pub use crate::ledger::journal::error::{JournalError, Kept};
pub use crate::ledger::journal::frame::{FrameDraft, FrameFault, InvalidDraft, MAX_FRAME, PartKind};
pub use crate::ledger::journal::header::JournalId;
pub use crate::ledger::journal::reader::{Backward, Forward, Frame, JournalReader, SegmentPlace};
pub use crate::ledger::journal::recovery::{Cut, Expectations, Recovery};

/// A SHA-256 hash: of a frame, of a segment's header, or of a redo group.
pub type Hash = [u8; 32];

/// The open journal of a vault, and the only one who appends to it.
///
/// The caller holds the lock of the data folder.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    id: JournalId,
    segments: Arc<Segments>,
    active: Arc<Segment>,
    file: AppendFile,
    chain: Chain,
    buffer: Vec<u8>,
}

/// Where a frame stands; its parts are sealed for this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FramePlace {
    /// The origin of the journal.
    pub origin: [u8; 16],
    /// The segment's number.
    pub segment: u64,
    /// The index of the frame's first entry.
    pub first_index: u64,
    /// The segment's month, under whose key the part of that kind is sealed.
    pub month: Month,
}

/// The proof that a frame is durable: made by a finished sync and nothing else.
#[derive(Debug, PartialEq, Eq)]
pub struct Synced {
    group: u64,
    first_index: u64,
    entries: u32,
    frame_hash: Hash,
}

impl Synced {
    /// The commit group.
    #[must_use]
    pub const fn group(&self) -> u64 {
        self.group
    }

    /// The index of its first entry; the others follow it.
    #[must_use]
    pub const fn first_index(&self) -> u64 {
        self.first_index
    }

    /// How many entries it has.
    #[must_use]
    pub const fn entries(&self) -> u32 {
        self.entries
    }

    /// The frame's hash.
    #[must_use]
    pub const fn frame_hash(&self) -> &Hash {
        &self.frame_hash
    }
}

impl Journal {
    /// Creates the journal of a new vault, with an empty first segment; the folder is made where it is missing.
    pub fn create(folder: &Path, id: JournalId, month: Month) -> Result<Self, JournalError> {
        create_folder(folder).map_err(JournalError::io(folder))?;
        if !segment_files(folder)?.is_empty() {
            return Err(JournalError::Exists { folder: folder.to_owned() });
        }
        let header = Header { id, segment: FIRST_SEGMENT, month, first_index: 0, previous: GENESIS };
        let (segment, file, hash) = begin_segment(folder, header)?;
        let chain = Chain { next_index: 0, last_group: 0, hash };
        let active = Arc::new(segment);
        let segments = Arc::new(Segments::default());
        segments.push(Arc::clone(&active));
        Ok(Self { folder: folder.to_owned(), id, segments, active, file, chain, buffer: Vec::new() })
    }

    /// Which journal lies in a folder, by its first segment.
    pub fn identity(folder: &Path, vault: VaultId) -> Result<JournalId, JournalError> {
        let files = segment_files(folder)?;
        let first = files.first().ok_or_else(|| JournalError::Missing { folder: folder.to_owned() })?;
        Ok(read_header(first, vault)?.0.id)
    }

    /// A reader of a journal that nobody appends to, and the torn tail that the next start will cut: every segment and
    /// frame has been checked, and nothing is changed.
    pub fn inspect(
        folder: &Path,
        vault: VaultId,
        checkpoint: u64,
    ) -> Result<(JournalReader, Option<Cut>), JournalError> {
        // Nothing is said of the store, so that no segment is old enough to be passed over.
        let found = recover(folder, vault, Expectations { applied_group: 0, checkpoint })?;
        let segments = Arc::new(Segments::default());
        for segment in found.segments {
            segments.push(segment);
        }
        Ok((JournalReader::new(found.id, segments), found.recovery.cut))
    }

    /// Opens the journal of a vault: checks every segment and frame, and cuts a torn tail.
    ///
    /// Damage that no torn write explains, and a journal shorter than what is expected of it, are refused.
    pub fn open(folder: &Path, vault: VaultId, expected: Expectations) -> Result<(Self, Recovery), JournalError> {
        let found = recover(folder, vault, expected)?;
        remove_unfinished(folder)?;
        let Some(active) = found.segments.last().map(Arc::clone) else {
            return Err(JournalError::Missing { folder: folder.to_owned() });
        };
        let file = AppendFile::open(&active.path, active.durable()?.end, READY_AHEAD)
            .map_err(JournalError::io(&active.path))?;
        let segments = Arc::new(Segments::default());
        for segment in found.segments {
            segments.push(segment);
        }
        let (folder, chain, id) = (folder.to_owned(), found.chain, found.id);
        Ok((Self { folder, id, segments, active, file, chain, buffer: Vec::new() }, found.recovery))
    }

    /// The place of the next frame, until [`roll_if_needed`](Self::roll_if_needed) or [`append`](Self::append) moves it.
    #[must_use]
    pub fn next(&self) -> FramePlace {
        FramePlace {
            origin: self.id.origin,
            segment: self.active.header.segment,
            first_index: self.chain.next_index,
            month: self.active.header.month,
        }
    }

    /// Begins a new segment where a later month has come or the segment is long enough.
    ///
    /// A clock that steps back changes nothing: months never go back.
    pub fn roll_if_needed(&mut self, now: Month) -> Result<(), JournalError> {
        let month = self.active.header.month.max(now);
        if month == self.active.header.month && self.file.end() < SEGMENT_BYTES {
            return Ok(());
        }
        self.file.trim().map_err(JournalError::io(&self.active.path))?;
        let header = Header {
            id: self.id,
            segment: self.active.header.segment.saturating_add(1),
            month,
            first_index: self.chain.next_index,
            previous: self.chain.hash,
        };
        match begin_segment(&self.folder, header) {
            Ok((segment, file, hash)) => {
                self.active = Arc::new(segment);
                self.file = file;
                self.chain.hash = hash;
                self.segments.push(Arc::clone(&self.active));
                Ok(())
            }
            Err(error) => {
                if error.is_fatal() {
                    self.file.stop_here();
                }
                Err(error)
            }
        }
    }

    /// Appends one frame; when this returns `Ok`, it is durable.
    ///
    /// After [`JournalError::NoSpace`] the journal is as before. After an error that [is
    /// fatal](JournalError::is_fatal) every further append is refused, and the process must stop.
    pub fn append(&mut self, draft: &FrameDraft) -> Result<Synced, JournalError> {
        let bytes = draft.length();
        if bytes > MAX_FRAME {
            return Err(JournalError::TooLarge { bytes });
        }
        let Chain { next_index: first_index, last_group, hash: previous } = self.chain;
        if draft.group <= last_group {
            return Err(JournalError::GroupOutOfOrder { group: draft.group, last_group });
        }
        let next_index = first_index.checked_add(u64::from(draft.entries)).ok_or(InvalidDraft)?;
        let frame_hash = draft.encode(first_index, &previous, &mut self.buffer)?;
        self.file.append(&self.buffer)?;
        self.chain = Chain { next_index, last_group: draft.group, hash: frame_hash };
        self.active.extend(Durable { end: self.file.end(), next_index }, draft.time);
        Ok(Synced { group: draft.group, first_index, entries: draft.entries, frame_hash })
    }

    /// Gives back the space made ready behind the last frame; a later append makes some ready again.
    pub fn trim(&mut self) -> Result<(), JournalError> {
        self.file.trim().map_err(JournalError::io(&self.active.path))
    }

    /// The last group; 0 before the first.
    #[must_use]
    pub const fn last_group(&self) -> u64 {
        self.chain.last_group
    }

    /// A reader, which sees what is durable and may be used beside this journal.
    #[must_use]
    pub fn reader(&self) -> JournalReader {
        JournalReader::new(self.id, Arc::clone(&self.segments))
    }
}

/// Makes a segment's file, whole before it bears its name.
fn begin_segment(folder: &Path, header: Header) -> Result<(Segment, AppendFile, Hash), JournalError> {
    let path = folder.join(header.file_name());
    let unfinished = path.with_extension(UNFINISHED);
    remove(&unfinished)?;
    let mut file = AppendFile::create(&unfinished, READY_AHEAD).map_err(JournalError::io(&unfinished))?;
    let (bytes, hash) = header.encode();
    if let Err(error) = file.append(&bytes) {
        // Space was the likely reason: don't keep any.
        remove(&unfinished)?;
        return Err(error.into());
    }
    fs::rename(&unfinished, &path).map_err(JournalError::io(&path))?;
    sync_folder(folder).map_err(JournalError::SyncFailed)?;
    Ok((Segment::new(path, header), file, hash))
}

/// Removes segments that a crash left without their name: nothing was ever appended to them.
fn remove_unfinished(folder: &Path) -> Result<(), JournalError> {
    for entry in fs::read_dir(folder).map_err(JournalError::io(folder))? {
        let path = entry.map_err(JournalError::io(folder))?.path();
        if path.extension().is_some_and(|extension| extension == UNFINISHED) {
            remove(&path)?;
        }
    }
    Ok(())
}

fn remove(file: &Path) -> Result<(), JournalError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(JournalError::io(file)(error)),
        _ => Ok(()),
    }
}

const UNFINISHED: &str = "unfinished";
/// A segment is not continued beyond this length.
const SEGMENT_BYTES: u64 = 256 * 1024 * 1024;
/// Space is made ready in pieces of this length: an append that needs one takes some milliseconds longer.
const READY_AHEAD: u64 = 8 * 1024 * 1024;
