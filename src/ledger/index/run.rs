//! A run: the sealed postings of neighbouring entries of one segment, as a file for each of the two keys.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::sync::Arc;

use fubako_keys::Keyring;
use ring::rand::SecureRandom;

use crate::ledger::index::draft::RunDraft;
use crate::ledger::index::error::{IndexError, RunFault};
use crate::ledger::index::file::RunFile;
use crate::ledger::index::header::{RunHeader, RunPlace};
use crate::ledger::index::postings::common;
use crate::ledger::journal::{JournalId, SegmentPlace};
use crate::ledger::lifetime::Lifetime;

/// A complete run.
///
/// INVARIANT (complete run): the file of the long-lived key is written last, so where it is, the other one is too, until the
/// month is forgotten.
#[derive(Debug)]
pub(super) struct Run {
    long: Arc<RunFile>,
    /// None where the month is forgotten.
    month: Option<Arc<RunFile>>,
}

impl Run {
    /// Seals a draft; what is listed of a month that is forgotten meanwhile is left out.
    pub(super) fn write(
        folder: &Path,
        id: JournalId,
        draft: &RunDraft,
        keyring: &Keyring,
        random: &dyn SecureRandom,
    ) -> Result<Self, IndexError> {
        let write = |lifetime| {
            let header = RunHeader::new(id, lifetime, *draft.place());
            RunFile::write(folder, header, draft.postings(lifetime), keyring, random).map(Arc::new)
        };
        let forgotten = keyring.forgot_month(draft.place().month);
        let month = if forgotten { None } else { Some(write(Lifetime::Retention)?) };
        // INVARIANT (complete run).
        Ok(Self { month, long: write(Lifetime::Long)? })
    }

    /// Opens the run that begins with that entry; none if there is no complete one that lies in a segment of the journal.
    pub(super) fn open(
        folder: &Path,
        id: JournalId,
        first_index: u64,
        segments: &[SegmentPlace],
        keyring: &Keyring,
    ) -> io::Result<Option<Self>> {
        let Some(segment) =
            segments.iter().find(|segment| (segment.first_index..segment.next_index).contains(&first_index))
        else {
            return Ok(None);
        };
        let place = RunPlace { segment: segment.number, month: segment.month, first_index, next_index: first_index };
        let open = |lifetime| RunFile::open(folder, &RunHeader::new(id, lifetime, place));
        let Some(long) = open(Lifetime::Long)?.filter(|file| lies_in(file.place(), segment)) else {
            return Ok(None);
        };
        let month = if keyring.forgot_month(segment.month) {
            None
        } else {
            let month = open(Lifetime::Retention)?.filter(|file| file.place() == long.place());
            let Some(month) = month else { return Ok(None) };
            Some(Arc::new(month))
        };
        Ok(Some(Self { long: Arc::new(long), month }))
    }

    /// Which entries it lists.
    pub(super) fn place(&self) -> &RunPlace {
        self.long.place()
    }

    /// Its files.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        [Some(self.long.path()), self.month_file()].into_iter().flatten()
    }

    /// The entries listed under all keys, as offsets from the first.
    pub(super) fn find(&self, keys: &[Vec<u8>], keyring: &Keyring) -> Result<Vec<u32>, RunFault> {
        let in_part = |file: &RunFile| common(keys, |key| file.list(key, keyring).map(Cow::from));
        let mut found = in_part(&self.long)?;
        if let Some(month) = self.readable_month(keyring) {
            found.extend(in_part(month)?);
            found.sort_unstable();
        }
        Ok(found)
    }

    /// Compares every byte with what the draft is sealed as; the file of a forgotten month is left out.
    pub(super) fn check(&self, draft: &RunDraft, keyring: &Keyring) -> Result<(), RunFault> {
        if let Some(month) = self.readable_month(keyring) {
            month.check(draft.place(), draft.postings(Lifetime::Retention), keyring)?;
        }
        self.long.check(draft.place(), draft.postings(Lifetime::Long), keyring)
    }

    /// Where the file is that is sealed under the month's key.
    pub(super) fn month_file(&self) -> Option<&Path> {
        self.month.as_deref().map(RunFile::path)
    }

    /// The run without what is sealed under the month's key.
    pub(super) fn without_month(&self) -> Self {
        Self { long: Arc::clone(&self.long), month: None }
    }

    fn readable_month(&self, keyring: &Keyring) -> Option<&RunFile> {
        self.month.as_deref().filter(|month| !keyring.forgot_month(month.place().month))
    }
}

/// Whether a run that begins in that segment is one of it and ends in it.
fn lies_in(place: &RunPlace, segment: &SegmentPlace) -> bool {
    let same = (place.segment, place.month) == (segment.number, segment.month);
    // Without an entry it would be opened again and again.
    same && place.first_index < place.next_index && place.next_index <= segment.next_index
}
