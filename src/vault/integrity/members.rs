//! Members: every record against its seals, the blind index and what the ledger says of it.

use std::cell::Cell;
use std::thread::sleep;
use std::time::Duration;

use crate::model::ids::MemberId;
use crate::record::check::{self, check};
use crate::record::sealed::SealedRecord;
use crate::record::tags::Listing;
use crate::store::key::Key;
use crate::store::row::Row;
use crate::store::table::Table;
use crate::vault::error::{Cause, Error};
use crate::vault::integrity::finding::{Fault, Place};
use crate::vault::integrity::history::{History, Said, Word};
use crate::vault::integrity::{Bench, OnProgress, Stage};

impl Bench<'_> {
    /// Checks every record; in several passes where one's history would take too much memory.
    pub(super) fn check_members(&mut self, progress: OnProgress<'_>) -> Result<(), Error> {
        let mut records = 0;
        self.each_row(Table::Record, |_, _, _| {
            records += 1;
            Ok(())
        })?;
        let passes = 1 + records / MEMBERS_A_PASS;
        self.total = records;
        // Everything before this entry has been applied: the committer answered for it.
        let until = self.permit.receipt().index();
        for pass in 0..passes {
            let of = |member: MemberId| part(member) % passes == pass;
            let mut history = self.vault.history(until, of, |index| progress(Stage::History, index, until))?;
            self.each_row(Table::Record, |bench, key, row| {
                if let Some(member) = key.member().filter(|member| of(*member)) {
                    bench.check_member(member, (&key, row), &mut history)?;
                    bench.step(progress);
                }
                Ok(())
            })?;
            for (member, word) in history.left() {
                self.check_missing(member, word)?;
            }
        }
        Ok(())
    }

    fn check_member(&mut self, member: MemberId, (key, row): (&Key, Row), history: &mut History) -> Result<(), Error> {
        let word = history.take(member);
        self.found.records += 1;
        if let Ok(record) = SealedRecord::parse(row.value().to_vec()) {
            self.found.fields += record.slots().len() as u64;
        }
        let not_held = Cell::new(0);
        let found = self.steadily((key, row), |row| {
            let looked = self.look_at_record(member, row, (word, history))?;
            not_held.set(looked.not_held);
            Ok(looked.found)
        })?;
        self.found.not_held += not_held.get();
        self.found.extend(found);
        Ok(())
    }

    fn look_at_record(
        &self,
        member: MemberId,
        row: &Row,
        (word, history): (Option<Word>, &History),
    ) -> Result<Looked, Error> {
        let mut faults = Vec::new();
        let mut not_held = 0;
        match SealedRecord::parse(row.value().to_vec()) {
            Err(_) => faults.push(Fault::Malformed),
            Ok(record) if record.member() != member || record.revision() != row.revision() => {
                faults.push(Fault::Misplaced);
            }
            Ok(record) => {
                let checked = check(&record, self.permit, &self.vault.keyring.load(), &self.newest_first);
                not_held = checked.not_held;
                faults.extend(checked.faults.into_iter().map(Fault::from));
                for listing in &checked.listings {
                    if !self.lists(member, listing)? {
                        faults.push(Fault::NotListed(listing.kind.name()));
                    }
                }
                faults.extend(self.compare_with_ledger(&record, word, history)?);
            }
        }
        if self.get(&Key::preferences(member))?.is_none() {
            faults.push(Fault::NoPreferences);
        }
        let found = faults.into_iter().map(|fault| (Place::Member(Table::Record, member), fault)).collect();
        Ok(Looked { found, not_held })
    }

    /// Whether the index lists the member; a part of the bucket that does not open is a finding of its own.
    fn lists(&self, member: MemberId, listing: &Listing) -> Result<bool, Error> {
        for part in 0..=u16::MAX {
            let key = Key::index(listing.kind.number(), listing.tag.value(), listing.tag.key_version(), part);
            let Some(row) = self.get(&key)? else { return Ok(false) };
            if opened(self.vault.members_in(&key, &row))?.is_none_or(|members| members.contains(&member)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The record against the word on it; where it is newer than that, against what has been said since.
    fn compare_with_ledger(
        &self,
        record: &SealedRecord,
        word: Option<Word>,
        history: &History,
    ) -> Result<Option<Fault>, Error> {
        match compare(record, word) {
            Compared::Same => return Ok(None),
            Compared::Broken(Fault::Other { entry }) if self.is_resealed_since(entry, history)? => return Ok(None),
            Compared::Broken(fault) => return Ok(Some(fault)),
            Compared::Newer => {}
        }
        let word = self.vault.word_on(record.member())?;
        Ok(match compare(record, word) {
            Compared::Same => None,
            Compared::Broken(Fault::Other { entry }) if self.is_resealed_since(entry, history)? => None,
            Compared::Newer if history.may_have_been_told_after(word) => None,
            Compared::Newer => Some(Fault::Untold { record: record.revision() }),
            Compared::Broken(fault) => {
                // The ledger is ahead of the store for a moment of every commit; then the row has changed after it.
                sleep(MOMENT);
                Some(fault)
            }
        })
    }

    /// Whether records have been brought under other keys since an entry: that changes manifests, and names no member.
    fn is_resealed_since(&self, entry: u64, history: &History) -> Result<bool, Error> {
        if history.is_resealed_since(entry) || self.resealed_meanwhile.get() {
            return Ok(true);
        }
        let (from, until) = (self.looked_to.get(), self.vault.ledger.entries());
        self.looked_to.set(until);
        self.resealed_meanwhile.set(self.vault.is_resealed_in(from..until)?);
        Ok(self.resealed_meanwhile.get())
    }

    /// A member the ledger told of, and whose record was not among those looked at.
    fn check_missing(&mut self, member: MemberId, word: Word) -> Result<(), Error> {
        let there = self.get(&Key::record(member))?.is_some();
        let erased = || Ok::<_, Error>(self.vault.word_on(member)?.is_some_and(|word| word.said == Said::Erased));
        if !there && !erased()? {
            self.found.add(Place::Member(Table::Record, member), Fault::Gone { entry: word.entry });
        }
        Ok(())
    }
}

/// What a look at a record came to.
struct Looked {
    found: Vec<(Place, Fault)>,
    /// How many of its values a scoped keyring cannot open.
    not_held: u64,
}

/// A record beside what the ledger says of it.
enum Compared {
    Same,
    /// The ledger has not told of this revision, or not so far as it was read.
    Newer,
    Broken(Fault),
}

fn compare(record: &SealedRecord, word: Option<Word>) -> Compared {
    let Some(Word { entry, said }) = word else { return Compared::Newer };
    let Said::Made(ledger, manifest) = said else { return Compared::Broken(Fault::Returned { entry }) };
    let revision = record.revision();
    if revision > ledger {
        Compared::Newer
    } else if revision < ledger {
        Compared::Broken(Fault::RolledBack { record: revision, ledger, entry })
    } else if record.manifest().mac().starts_with(&manifest) {
        Compared::Same
    } else {
        Compared::Broken(Fault::Other { entry })
    }
}

/// What a row holds; none where it does not open, which is found where its table is checked.
pub(super) fn opened<T>(row: Result<T, Error>) -> Result<Option<T>, Error> {
    match row {
        Ok(content) => Ok(Some(content)),
        Err(Error::Internal { cause: Cause::Register(_) | Cause::Unopened(_) | Cause::Record(_), .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

impl From<check::Fault> for Fault {
    fn from(fault: check::Fault) -> Self {
        match fault {
            check::Fault::Manifest => Self::Manifest,
            check::Fault::Slot(field, slot) => Self::Slot(field, slot),
            check::Fault::Listings => Self::Listings,
        }
    }
}

/// The bytes of an id that are drawn at random, as a number.
fn part(member: MemberId) -> u64 {
    member.as_bytes().last_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// What is known of so many members takes some 150 MB.
const MEMBERS_A_PASS: u64 = 2_000_000;
const MOMENT: Duration = Duration::from_secs(1);
