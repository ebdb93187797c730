//! The writer: seals the entries of a commit group, appends them as one frame, and vouches for what is durable.

use std::fmt;
use std::io::ErrorKind;

use fubako_keys::{FrameBinding, Keyring, LedgerPart, Month, SealError};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ring::rand::SecureRandom;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::ledger::accounted::Durable;
use crate::ledger::draft::Draft;
use crate::ledger::frame::encode_part;
use crate::ledger::handover::{Appended, Giver};
use crate::ledger::journal::{FrameDraft, FramePlace, Journal, JournalError, PartKind};
use crate::ledger::lifetime::Lifetime;

/// The ledger, as the committer holds it.
pub struct Writer {
    journal: Journal,
    /// To whoever follows the journal.
    giver: Option<Giver>,
    /// What is sealed next; kept, so that a group need not wait for fresh memory.
    plain: Zeroizing<Vec<u8>>,
}

/// One commit group to append.
#[derive(Debug)]
pub struct Group {
    /// The group's number.
    pub number: u64,
    /// Its entries, in order.
    pub drafts: Vec<Draft>,
    /// The hash of its group in the redo log, if it changes the store.
    pub redo: Option<[u8; 32]>,
}

/// Why nothing was appended.
#[derive(Debug, Error)]
pub enum Error {
    /// The journal did not take it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// It could not be sealed.
    #[error("the ledger's entries could not be sealed")]
    Seal(#[from] SealError),
    /// The clock stands outside the years a ledger key can be made for.
    #[error("the clock stands at `{0}`, for which there can be no ledger key")]
    Clock(Timestamp),
}

impl Error {
    /// Whether there was no room: nothing was kept, and the same append may succeed later.
    #[must_use]
    pub fn is_no_space(&self) -> bool {
        match self {
            Self::Journal(JournalError::NoSpace(_)) => true,
            // A segment that could not be begun leaves the one before as it was.
            Self::Journal(JournalError::Io { source, .. }) => matches!(source.kind(), ErrorKind::StorageFull),
            Self::Journal(_) | Self::Seal(_) | Self::Clock(_) => false,
        }
    }
}

impl Writer {
    /// Takes over an open journal.
    #[must_use]
    pub fn new(journal: Journal) -> Self {
        Self { journal, giver: None, plain: Zeroizing::default() }
    }

    /// The same, for a journal that is followed: what is durable is handed over.
    #[must_use]
    pub fn followed(journal: Journal, giver: Giver) -> Self {
        Self { giver: Some(giver), ..Self::new(journal) }
    }

    /// The place the next entry will have.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.journal.next().first_index
    }

    /// Gives back the space made ready for entries to come: nothing is left behind the last that could be changed unseen.
    pub fn close(mut self) -> Result<(), JournalError> {
        self.journal.trim()
    }

    /// Appends one group and syncs it; every entry of it is durable when this returns.
    pub fn append(
        &mut self,
        group: Group,
        now: Timestamp,
        keyring: &Keyring,
        random: &dyn SecureRandom,
    ) -> Result<Vec<Durable>, Error> {
        // A segment never goes back to an earlier month: one that a clock gone astray began, and no key seals, would
        // be there for good. Without a key the present segment goes on.
        let month = month_of(now)?;
        if keyring.may_seal_month(month) {
            self.journal.roll_if_needed(month)?;
        }
        let place = self.journal.next();
        let mut parts = Vec::with_capacity(2);
        for (kind, lifetime) in [(PartKind::Month, Lifetime::Retention), (PartKind::LongLived, Lifetime::Long)] {
            encode_part(&group.drafts, lifetime, &mut self.plain);
            if !self.plain.is_empty() {
                let (part, binding) = binding(kind, &place);
                parts.push((kind, keyring.seal_frame(part, &binding, &self.plain, random)?));
            }
        }
        let frame = FrameDraft {
            group: group.number,
            entries: u32::try_from(group.drafts.len()).unwrap_or(u32::MAX),
            time: now,
            redo: group.redo,
            parts,
        };
        let synced = self.journal.append(&frame)?;
        let durable = Durable::of_group(&synced, &group.drafts);
        if let Some(giver) = &self.giver {
            giver.give(Appended { place, drafts: group.drafts });
        }
        Ok(durable)
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("journal", &self.journal).finish_non_exhaustive()
    }
}

/// The month a ledger key belongs to, in UTC.
pub fn month_of(time: Timestamp) -> Result<Month, Error> {
    let date = time.to_zoned(TimeZone::UTC).date();
    let year = u32::try_from(date.year()).map_err(|_| Error::Clock(time))?;
    Month::new(year * 100 + u32::from(date.month().unsigned_abs())).map_err(|_| Error::Clock(time))
}

/// Which key and which place a part is bound to.
pub(super) const fn binding(kind: PartKind, place: &FramePlace) -> (LedgerPart, FrameBinding) {
    let part = match kind {
        PartKind::Month => LedgerPart::Month(place.month),
        PartKind::LongLived => LedgerPart::LongLived,
    };
    (part, FrameBinding::new(place.origin, place.segment, place.first_index))
}
