//! Strays: files that lie among those of a running ledger and are no part of it.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::ledger::audit::Break;
use crate::ledger::index::IndexReader;
use crate::ledger::journal::JournalReader;

/// The files, looked at twice: a new segment or run has its name a moment before it is known.
pub(super) fn beside(journal: &JournalReader, index: &IndexReader) -> Result<Vec<PathBuf>, Break> {
    let mut strays = seen(journal, index)?;
    if !strays.is_empty() {
        thread::sleep(A_MOMENT);
        let again = seen(journal, index)?;
        strays.retain(|stray| again.contains(stray));
    }
    Ok(strays)
}

fn seen(journal: &JournalReader, index: &IndexReader) -> Result<Vec<PathBuf>, Break> {
    let mut strays = journal.strays()?;
    strays.extend(index.strays()?);
    Ok(strays)
}

const A_MOMENT: Duration = Duration::from_secs(1);
