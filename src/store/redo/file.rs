//! One file of the redo log: its name, and what of it is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::store::redo::RedoError;
use crate::store::redo::group::{Found, RedoGroup, any_in, read};

/// A file of the redo log and the groups in it.
#[derive(Debug)]
pub(super) struct RedoFile {
    pub(super) path: PathBuf,
    /// The group in its name, with which it begins.
    pub(super) first: u64,
    /// The last whole group; none where the first one is torn.
    pub(super) last: Option<u64>,
    /// Where the last whole group ends.
    pub(super) end: u64,
}

/// The groups of a file, in order, and where each ends; and whether something else follows them.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) groups: Vec<(RedoGroup, u64)>,
    pub(super) tail: Tail,
}

/// What follows the groups of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    /// Zeros or nothing.
    Clean,
    /// What a torn write leaves.
    Torn,
    /// Damage, with a whole group after it.
    Damaged,
}

impl RedoFile {
    /// The file that begins with that group.
    pub(super) fn beginning_with(folder: &Path, first: u64) -> Self {
        Self { path: folder.join(format!("{first:016x}.{EXTENSION}")), first, last: None, end: 0 }
    }

    /// The files of a folder, in order.
    pub(super) fn all_in(folder: &Path) -> io::Result<Vec<Self>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let first = stem.filter(|stem| stem.len() == 16).and_then(|stem| u64::from_str_radix(stem, 16).ok());
            match first {
                Some(first) if path.extension().is_some_and(|extension| extension == EXTENSION) => {
                    files.push(Self { path, first, last: None, end: 0 });
                }
                _ => {}
            }
        }
        files.sort_by_key(|file| file.first);
        Ok(files)
    }

    /// Reads the whole file; groups that don't follow each other from the file's first on are damage.
    pub(super) fn contents(&self) -> Result<Contents, RedoError> {
        let bytes = fs::read(&self.path).map_err(RedoError::io(&self.path))?;
        let mut groups: Vec<(RedoGroup, u64)> = Vec::new();
        let mut rest = bytes.as_slice();
        let tail = loop {
            match read(rest) {
                Found::Group(group, length) => {
                    let follows =
                        groups.last().map_or(group.group() == self.first, |(last, _)| last.group() < group.group());
                    if !follows {
                        break Tail::Damaged;
                    }
                    rest = rest.split_at_checked(length).map_or(&[][..], |(_, rest)| rest);
                    let end = bytes.len().saturating_sub(rest.len());
                    groups.push((group, u64::try_from(end).unwrap_or(u64::MAX)));
                }
                Found::End => break Tail::Clean,
                Found::Bad if any_in(rest) => break Tail::Damaged,
                Found::Bad => break Tail::Torn,
            }
        };
        Ok(Contents { groups, tail })
    }

    /// Takes over what its contents say of it.
    pub(super) fn measure(&mut self, contents: &Contents) {
        self.last = contents.groups.last().map(|(group, _)| group.group());
        self.end = contents.groups.last().map_or(0, |(_, end)| *end);
    }
}

const EXTENSION: &str = "redo";
