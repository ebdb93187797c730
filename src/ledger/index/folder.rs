//! Opening the folder of the index: the unbroken chain of complete runs is kept, everything else is removed.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fubako_keys::Keyring;

use crate::ledger::index::error::IndexError;
use crate::ledger::index::header::EXTENSION;
use crate::ledger::index::run::Run;
use crate::ledger::journal::append_file::create_folder;
use crate::ledger::journal::{JournalId, SegmentPlace};

/// The complete runs from the journal's first entry on, up to the first gap.
///
/// Files behind the gap, of forgotten months, of other ledgers and unfinished ones are removed: entries that nobody lists
/// any more are added again from the journal.
pub(super) fn open_runs(
    folder: &Path,
    id: JournalId,
    segments: &[SegmentPlace],
    keyring: &Keyring,
) -> Result<Vec<Arc<Run>>, IndexError> {
    create_folder(folder).map_err(IndexError::io(folder))?;
    let runs = chain_of_runs(folder, id, segments, keyring)?;
    for other in others(folder, &runs)? {
        fs::remove_file(&other).map_err(IndexError::io(&other))?;
    }
    Ok(runs)
}

/// The same runs, and the files of complete runs that are not among them: nothing is changed.
pub(super) fn inspect_runs(
    folder: &Path,
    id: JournalId,
    segments: &[SegmentPlace],
    keyring: &Keyring,
) -> Result<(Vec<Arc<Run>>, Vec<PathBuf>), IndexError> {
    if !folder.exists() {
        return Ok((Vec::new(), Vec::new()));
    }
    let runs = chain_of_runs(folder, id, segments, keyring)?;
    let strays = strays(folder, &runs)?;
    Ok((runs, strays))
}

/// The files of complete runs that are not among these.
pub(super) fn strays(folder: &Path, runs: &[Arc<Run>]) -> Result<Vec<PathBuf>, IndexError> {
    let mut others = others(folder, runs)?;
    // A crash leaves files of runs that are not complete, which this one would say they are.
    others.retain(|path| path.to_string_lossy().ends_with(COMPLETE));
    Ok(others)
}

fn chain_of_runs(
    folder: &Path,
    id: JournalId,
    segments: &[SegmentPlace],
    keyring: &Keyring,
) -> Result<Vec<Arc<Run>>, IndexError> {
    let mut runs = Vec::new();
    let mut next_index = first_index(segments);
    while let Some(run) = Run::open(folder, id, next_index, segments, keyring).map_err(IndexError::io(folder))? {
        next_index = run.place().next_index;
        runs.push(Arc::new(run));
    }
    Ok(runs)
}

/// The index of the first entry of the journal.
pub(super) fn first_index(segments: &[SegmentPlace]) -> u64 {
    segments.first().map_or(0, |segment| segment.first_index)
}

/// Every file of an index that belongs to none of the runs.
fn others(folder: &Path, runs: &[Arc<Run>]) -> Result<Vec<PathBuf>, IndexError> {
    let kept: HashSet<&Path> = runs.iter().flat_map(|run| run.files()).collect();
    let mut others = Vec::new();
    for entry in fs::read_dir(folder).map_err(IndexError::io(folder))? {
        let path = entry.map_err(IndexError::io(folder))?.path();
        if is_of_an_index(&path) && !kept.contains(path.as_path()) {
            others.push(path);
        }
    }
    Ok(others)
}

/// Whether the name is one that a run's file has, or had before it was finished.
fn is_of_an_index(path: &Path) -> bool {
    let unfinished = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(UNFINISHED));
    unfinished || path.extension().is_some_and(|extension| extension == EXTENSION)
}

/// What the name of the file ends with that is written last.
const COMPLETE: &str = "-long.run";
/// What the names of files begin with that `fubako_keys::replace_file` has not finished.
const UNFINISHED: &[u8] = b".fubako-";
