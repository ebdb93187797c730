//! The draft of a run: entries listed in memory, until they are sealed or compared with what was.

use std::convert::Infallible;

use fubako_keys::{Keyring, Month};
use thiserror::Error;

use crate::ledger::index::header::RunPlace;
use crate::ledger::index::postings::{Postings, common};
use crate::ledger::index::term::Indexed;
use crate::ledger::lifetime::Lifetime;

/// What a run lists, or will list once it is sealed.
#[derive(Debug)]
pub struct RunDraft {
    place: RunPlace,
    month: Postings,
    long: Postings,
}

/// An entry is not the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("entry {found} is not the next one to be indexed, which is {expected}")]
pub struct OutOfPlace {
    /// The next entry.
    pub expected: u64,
    /// The entry that was added.
    pub found: u64,
}

impl RunDraft {
    /// A draft without entries, the first of which will be `first_index`, in that segment of the journal.
    #[must_use]
    pub fn begin(segment: u64, month: Month, first_index: u64) -> Self {
        let place = RunPlace { segment, month, first_index, next_index: first_index };
        Self { place, month: Postings::default(), long: Postings::default() }
    }

    /// Lists the next entry.
    pub fn add(&mut self, entry: &Indexed<'_>) -> Result<(), OutOfPlace> {
        let out_of_place = OutOfPlace { expected: self.place.next_index, found: entry.index };
        if entry.index != self.place.next_index {
            return Err(out_of_place);
        }
        let offset = u32::try_from(self.place.entries()).map_err(|_| out_of_place)?;
        let postings = match entry.lifetime {
            Lifetime::Retention => &mut self.month,
            Lifetime::Long => &mut self.long,
        };
        for (kind, term) in entry.terms() {
            postings.add(kind, term, offset);
        }
        self.place.next_index = entry.index.saturating_add(1);
        Ok(())
    }

    /// Which entries it lists.
    pub(super) const fn place(&self) -> &RunPlace {
        &self.place
    }

    /// The part with that lifetime.
    pub(super) const fn postings(&self, lifetime: Lifetime) -> &Postings {
        match lifetime {
            Lifetime::Retention => &self.month,
            Lifetime::Long => &self.long,
        }
    }

    /// Whether the entry belongs to the same run: of the same segment, and there is room for it.
    pub(super) fn takes(&self, entry: &Indexed<'_>, run_entries: u64) -> bool {
        let same_segment = (entry.segment, entry.month) == (self.place.segment, self.place.month);
        same_segment && self.place.entries() < run_entries
    }

    /// The entries listed under all keys, as offsets from the first.
    pub(super) fn find(&self, keys: &[Vec<u8>], keyring: &Keyring) -> Vec<u32> {
        let in_part = |postings: &Postings| {
            let Ok(found) = common(keys, |key| Ok::<_, Infallible>(postings.list(key)));
            found
        };
        let mut found = in_part(&self.long);
        if !keyring.forgot_month(self.place.month) {
            found.extend(in_part(&self.month));
            found.sort_unstable();
        }
        found
    }

    /// Lists nothing under the key of that month any more.
    pub(super) fn forget(&mut self, month: Month) {
        if self.place.month == month {
            self.month = Postings::default();
        }
    }
}
