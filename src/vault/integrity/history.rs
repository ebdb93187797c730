//! History: what the ledger says of a member's record, as far as its entries can be read.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::ops::Range;

use foldhash::fast::RandomState;

use crate::ledger::event::Event;
use crate::ledger::query::{Filter, Order};
use crate::ledger::reader::ReadEntry;
use crate::model::ids::{MemberId, Revision};
use crate::vault::Vault;
use crate::vault::erase::BASES;
use crate::vault::error::Error;

/// The newest word of the ledger on a member's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// The entry.
    pub(super) entry: u64,
    /// What it says.
    pub(super) said: Said,
}

/// What an entry says of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// It made this revision, with a manifest that begins so.
    Made(Revision, Prefix),
    /// It erased the member.
    Erased,
}

/// The first bytes of a manifest. It is a MAC, so they tell any two apart that nobody has the key to choose.
pub(super) type Prefix = [u8; 8];

/// What the ledger says of some members' records.
#[derive(Debug, Default)]
pub(super) struct History {
    words: HashMap<MemberId, Word, RandomState>,
    /// The last entry that cannot be read any more, or that stands for a ledger before a restore.
    pub(super) forgotten: Option<u64>,
    /// The last entry that tells of records brought under other keys, and names none of them.
    resealed: Option<u64>,
}

impl History {
    /// What is said of a member; it is said once.
    pub(super) fn take(&mut self, member: MemberId) -> Option<Word> {
        self.words.remove(&member)
    }

    /// Those of whom nobody took what is said, and who were not erased.
    pub(super) fn left(self) -> impl Iterator<Item = (MemberId, Word)> {
        self.words.into_iter().filter(|(_, word)| word.said != Said::Erased)
    }

    /// Whether records have been brought under other keys since that entry, so that manifests differ from what it says.
    pub(super) fn is_resealed_since(&self, entry: u64) -> bool {
        self.resealed.is_some_and(|resealed| resealed > entry)
    }

    /// Whether an entry that cannot be read any more may have said something after that word.
    pub(super) fn may_have_been_told_after(&self, word: Option<Word>) -> bool {
        self.forgotten.is_some_and(|forgotten| word.is_none_or(|word| word.entry < forgotten))
    }
}

impl Vault {
    /// What the entries before `until` say of the members that `of` picks.
    pub(super) fn history(
        &self,
        until: u64,
        of: impl Fn(MemberId) -> bool,
        mut progress: impl FnMut(u64),
    ) -> Result<History, Error> {
        let mut history = History::default();
        let _ = self.ledger.places(0..until, |index, entry| {
            match &entry {
                None => history.forgotten = Some(index),
                Some(entry) => {
                    if entry.leaf.event == u32::from(Event::FieldsResealed.number()) {
                        history.resealed = Some(index);
                    }
                    if entry.leaf.event == u32::from(Event::Restored.number()) {
                        // The ledger before told of every record there was.
                        history.forgotten = Some(index);
                    }
                    let member = entry.member().filter(|member| of(*member));
                    if let Some((member, word)) = member.zip(word(entry)) {
                        history.words.insert(member, word);
                    }
                }
            }
            if index.is_multiple_of(PROGRESS_EVERY) {
                progress(index);
            }
            ControlFlow::Continue(())
        })?;
        Ok(history)
    }

    /// Whether records have been brought under other keys by entries of a range.
    pub(super) fn is_resealed_in(&self, range: Range<u64>) -> Result<bool, Error> {
        let resealed = |entry: ReadEntry| entry.leaf.event == u32::from(Event::FieldsResealed.number());
        let walked = self.ledger.places(range, |_, entry| {
            if entry.is_some_and(resealed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(walked.is_break())
    }

    /// The newest word on one member, as of now.
    pub(super) fn word_on(&self, member: MemberId) -> Result<Option<Word>, Error> {
        let filter = Filter { member: Some(member), ..Filter::default() };
        let mut newest = None;
        let _ = self.ledger.walk(&filter, Order::NewestFirst, 0..u64::MAX, |entry| {
            newest = word(&entry).filter(|_| entry.member() == Some(member));
            if newest.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(newest)
    }
}

/// What an entry says of the record of the member it is about.
fn word(entry: &ReadEntry) -> Option<Word> {
    let leaf = &entry.leaf;
    let erased = leaf.event == u32::from(Event::Erased.number()) && leaf.subject != BASES;
    let made = || Some(Said::Made(Revision(leaf.revision), *leaf.manifest.first_chunk()?));
    let said = if erased { Said::Erased } else { made()? };
    Some(Word { entry: entry.index, said })
}

const PROGRESS_EVERY: u64 = 50_000;
