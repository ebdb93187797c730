//! The redo log: the changed rows of each commit group, durable before the group's frame, until the store has flushed them.
//!
//! A group counts once a durable frame of the journal names its hash. At start the caller cuts off what no frame names
//! with [`RedoLog::truncate_after`], and applies what lies above the store's position again.

mod file;
mod group;

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::slice;
use std::vec;

use thiserror::Error;

use crate::ledger::journal::Hash;
use crate::ledger::journal::append_file::{AppendError, AppendFile, create_folder, sync_folder};
use crate::store::folder::DataFolder;
use crate::store::redo::file::{RedoFile, Tail};
use crate::store::redo::group::{MAX_GROUP, encode};
use crate::store::row::Change;

pub use crate::store::redo::group::RedoGroup;

/// The redo log of a vault, and the only one who appends to it.
#[derive(Debug)]
pub struct RedoLog {
    folder: PathBuf,
    _held: DataFolder,
    files: Vec<RedoFile>,
    /// The last of the files, once something was appended to it.
    active: Option<AppendFile>,
    buffer: Vec<u8>,
    limit: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Stopped,
}

/// The groups of a redo log, in order; ends after the first error.
#[derive(Debug)]
pub struct RedoGroups<'a> {
    from: u64,
    files: slice::Iter<'a, RedoFile>,
    groups: vec::IntoIter<(RedoGroup, u64)>,
}

/// Why the redo log did not do what was asked.
#[derive(Debug, Error)]
pub enum RedoError {
    /// The disk is full. Nothing was kept; the same append may succeed when there is room.
    #[error("no space left on the disk of the redo log")]
    NoSpace(#[source] io::Error),
    /// A sync failed: what it covered may or may not be on disk. The process must stop; the log takes no more.
    #[error("a sync of the redo log to disk failed")]
    SyncFailed(#[source] io::Error),
    /// An earlier failure stopped this log; the process must stop.
    #[error("the redo log was stopped by an earlier failure")]
    Stopped,
    /// The changes of the group take more than 16 MiB.
    #[error("the changes of group {group} are over the limit of {MAX_GROUP} bytes")]
    TooLarge {
        /// The group.
        group: u64,
    },
    /// The group is not greater than the last one.
    #[error("group {group} does not follow group {last_group}")]
    GroupOutOfOrder {
        /// The group to append.
        group: u64,
        /// The last group of the log.
        last_group: u64,
    },
    /// A file is damaged in a way that no torn write explains.
    #[error("`{}` is damaged at byte {offset}, and not by a torn write", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where the damage begins.
        offset: u64,
    },
    /// Reading or writing failed.
    #[error("cannot read or write `{}`", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl RedoLog {
    /// Opens the log of a data folder, or makes an empty one; checks every group. A torn last group is not counted.
    pub fn open(held: &DataFolder) -> Result<Self, RedoError> {
        Self::open_with_limit(held, FILE_BYTES)
    }

    fn open_with_limit(held: &DataFolder, limit: u64) -> Result<Self, RedoError> {
        let folder = held.redo();
        create_folder(&folder).map_err(RedoError::io(&folder))?;
        let mut files = RedoFile::all_in(&folder).map_err(RedoError::io(&folder))?;
        let mut last_group = None;
        let count = files.len();
        for (number, file) in files.iter_mut().enumerate() {
            let contents = file.contents()?;
            file.measure(&contents);
            let torn = contents.tail == Tail::Torn || file.last.is_none();
            let out_of_order = last_group.is_some_and(|last| file.first <= last);
            if out_of_order || contents.tail == Tail::Damaged || (torn && number + 1 < count) {
                return Err(RedoError::Damaged { file: file.path.clone(), offset: file.end });
            }
            last_group = file.last;
        }
        let (active, buffer, state) = (None, Vec::new(), State::Running);
        Ok(Self { folder, _held: held.clone(), files, active, buffer, limit, state })
    }

    /// The group the log begins with; none in an empty log.
    #[must_use]
    pub fn first_group(&self) -> Option<u64> {
        self.files.first().filter(|file| file.last.is_some()).map(|file| file.first)
    }

    /// The last group; none in an empty log.
    #[must_use]
    pub fn last_group(&self) -> Option<u64> {
        self.files.iter().rev().find_map(|file| file.last)
    }

    /// How many bytes of groups the log holds.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().fold(0, |bytes, file| bytes.saturating_add(file.end))
    }

    /// Appends the changes of a group; when this returns `Ok`, they are durable. The hash is for the group's frame.
    ///
    /// After [`RedoError::NoSpace`] the log is as before. After an error that [is fatal](RedoError::is_fatal) every
    /// further append is refused, and the process must stop.
    pub fn append(&mut self, group: u64, changes: &[Change]) -> Result<Hash, RedoError> {
        self.ensure_running()?;
        if let Some(last_group) = self.last_group().filter(|last| group <= *last) {
            return Err(RedoError::GroupOutOfOrder { group, last_group });
        }
        let mut buffer = mem::take(&mut self.buffer);
        let hash = encode(group, changes, &mut buffer).ok_or(RedoError::TooLarge { group })?;
        let appended = self.append_bytes(group, &buffer);
        self.buffer = buffer;
        self.stop_if_fatal(appended)?;
        Ok(hash)
    }

    /// The groups from that one on.
    #[must_use]
    pub fn read_from(&self, group: u64) -> RedoGroups<'_> {
        RedoGroups { from: group, files: self.files.iter(), groups: Vec::new().into_iter() }
    }

    /// Discards, durably, every group after that one, and whatever a torn write left.
    pub fn truncate_after(&mut self, group: u64) -> Result<(), RedoError> {
        self.ensure_running()?;
        let truncated = self.truncate_files(group);
        self.stop_if_fatal(truncated)
    }

    /// Deletes the files whose groups are all at or before that one: the store has flushed them twice.
    pub fn drop_until(&mut self, group: u64) -> Result<(), RedoError> {
        let covered = self.files.iter().take_while(|file| file.last.is_some_and(|last| last <= group)).count();
        if covered == self.files.len() {
            self.active = None;
        }
        for file in self.files.drain(..covered) {
            remove(&file.path)?;
        }
        if covered == 0 {
            return Ok(());
        }
        let synced = sync_folder(&self.folder).map_err(RedoError::SyncFailed);
        self.stop_if_fatal(synced)
    }

    fn ensure_running(&self) -> Result<(), RedoError> {
        if self.state == State::Stopped { Err(RedoError::Stopped) } else { Ok(()) }
    }

    fn stop_if_fatal(&mut self, done: Result<(), RedoError>) -> Result<(), RedoError> {
        if done.as_ref().is_err_and(RedoError::is_fatal) {
            self.state = State::Stopped;
        }
        done
    }

    fn truncate_files(&mut self, group: u64) -> Result<(), RedoError> {
        self.active = None;
        while let Some(file) = self.files.pop_if(|file| file.last.is_none() || file.first > group) {
            remove(&file.path)?;
        }
        if let Some(file) = self.files.last_mut() {
            let mut contents = file.contents()?;
            contents.groups.retain(|(kept, _)| kept.group() <= group);
            file.measure(&contents);
            let kept = AppendFile::open(&file.path, file.end, READY_AHEAD).map_err(RedoError::io(&file.path))?;
            kept.sync().map_err(RedoError::SyncFailed)?;
            self.active = Some(kept);
        }
        sync_folder(&self.folder).map_err(RedoError::SyncFailed)
    }

    fn append_bytes(&mut self, group: u64, bytes: &[u8]) -> Result<(), RedoError> {
        let full = self.files.last().is_none_or(|file| file.last.is_none() || file.end >= self.limit);
        if full {
            return self.append_to_new_file(group, bytes);
        }
        let file = self.files.last_mut().ok_or(RedoError::Stopped)?;
        let active = match &mut self.active {
            Some(active) => active,
            unopened => {
                let opened = AppendFile::open(&file.path, file.end, READY_AHEAD);
                unopened.insert(opened.map_err(RedoError::io(&file.path))?)
            }
        };
        active.append(bytes)?;
        (file.last, file.end) = (Some(group), active.end());
        Ok(())
    }

    fn append_to_new_file(&mut self, group: u64, bytes: &[u8]) -> Result<(), RedoError> {
        // What a torn first group left would stand before the new file.
        if let Some(torn) = self.files.pop_if(|file| file.last.is_none()) {
            remove(&torn.path)?;
        }
        let mut file = RedoFile::beginning_with(&self.folder, group);
        let mut active = AppendFile::create(&file.path, READY_AHEAD).map_err(RedoError::io(&file.path))?;
        if let Err(error) = active.append(bytes) {
            remove(&file.path)?;
            return Err(error.into());
        }
        sync_folder(&self.folder).map_err(RedoError::SyncFailed)?;
        (file.last, file.end) = (Some(group), active.end());
        self.files.push(file);
        self.active = Some(active);
        Ok(())
    }
}

impl Iterator for RedoGroups<'_> {
    type Item = Result<RedoGroup, RedoError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((group, _)) = self.groups.find(|(group, _)| group.group() >= self.from) {
                return Some(Ok(group));
            }
            let from = self.from;
            let file = self.files.find(|file| file.last.is_some_and(|last| last >= from))?;
            match file.contents() {
                Ok(contents) => self.groups = contents.groups.into_iter(),
                Err(error) => {
                    self.files = [].iter();
                    return Some(Err(error));
                }
            }
        }
    }
}

impl RedoError {
    /// Whether the process must stop: going on would promise what may not be on disk.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::SyncFailed(_) | Self::Stopped)
    }

    /// Whether there was no room: nothing was kept, and the same append may succeed later.
    #[must_use]
    pub fn is_no_space(&self) -> bool {
        match self {
            Self::NoSpace(_) => true,
            // A file that could not be begun leaves those before as they were.
            Self::Io { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            Self::SyncFailed(_)
            | Self::Stopped
            | Self::TooLarge { .. }
            | Self::GroupOutOfOrder { .. }
            | Self::Damaged { .. } => false,
        }
    }

    fn io(file: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { file: file.to_owned(), source }
    }
}

impl From<AppendError> for RedoError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::NoSpace(source) => Self::NoSpace(source),
            // A write that failed leaves as much in doubt as a sync that did.
            AppendError::SyncFailed(source) | AppendError::WriteFailed(source) => Self::SyncFailed(source),
            AppendError::Stopped => Self::Stopped,
        }
    }
}

fn remove(file: &Path) -> Result<(), RedoError> {
    fs::remove_file(file).map_err(RedoError::io(file))
}

/// A file is not continued beyond this length.
const FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Space is made ready in pieces of this length.
const READY_AHEAD: u64 = 4 * 1024 * 1024;
