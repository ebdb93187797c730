//! What the index must find, must notice, and must never show.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod damage;
mod forgetting;
mod lookups;
mod restart;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use fubako_keys::{KeyName, KeyState, Keyring, Month};
use ring::rand::SystemRandom;
use tempfile::TempDir;

use crate::ledger::index::header::{RunHeader, RunPlace};
use crate::ledger::index::{Index, IndexError, IndexReader, Indexed, RunDraft, RunFault, Span, Term};
use crate::ledger::journal::{JournalId, SegmentPlace};
use crate::ledger::lifetime::Lifetime;
use crate::model::ids::{MemberId, VaultId};

const ID: JournalId = JournalId { vault: VaultId([11; 16]), origin: [12; 16] };

fn month(number: u32) -> Month {
    Month::new(number).unwrap()
}

fn november() -> Month {
    month(202_611)
}

fn december() -> Month {
    month(202_612)
}

fn keyring() -> Keyring {
    Keyring::create(ID.vault.0, november(), 0, &SystemRandom::new()).unwrap()
}

/// The keyring after November's key was destroyed.
fn without_november(keyring: &Keyring) -> Keyring {
    let name = KeyName::Ledger(november());
    let keyring = keyring.transition(name, 1, KeyState::Deactivated).unwrap();
    keyring.transition(name, 1, KeyState::Destroyed).unwrap()
}

/// An entry of a test: what it is found by, by small numbers, of which 0 is none.
#[derive(Debug, Clone)]
struct Listed {
    segment: u64,
    month: Month,
    lifetime: Lifetime,
    member: u8,
    names: [String; 3],
}

impl Listed {
    /// The entry at that place: every seventh of long life, names and members in cycles of different lengths.
    fn nth(index: u64, segment: u64, month: Month) -> Self {
        let lifetime = if index.is_multiple_of(7) { Lifetime::Long } else { Lifetime::Retention };
        let name = |cycle: u64| format!("name-{}", index % cycle);
        Self { segment, month, lifetime, member: u8::try_from(index % 5).unwrap(), names: [name(3), name(2), name(4)] }
    }

    fn member(&self) -> Option<MemberId> {
        (self.member > 0).then(|| member(self.member))
    }

    fn has(&self, term: &Term) -> bool {
        let [recipient, caller, purpose] = &self.names;
        match term {
            Term::Member(member) => self.member() == Some(*member),
            Term::Recipient(name) => !name.is_empty() && recipient == name,
            Term::Caller(name) => !name.is_empty() && caller == name,
            Term::Purpose(name) => !name.is_empty() && purpose == name,
        }
    }

    fn indexed(&self, index: u64) -> Indexed<'_> {
        let [recipient, caller, purpose] = &self.names;
        let (segment, month, lifetime) = (self.segment, self.month, self.lifetime);
        Indexed { index, segment, month, lifetime, member: self.member(), recipient, caller, purpose }
    }
}

fn member(number: u8) -> MemberId {
    MemberId::from_bytes([number; 16])
}

fn caller(name: &str) -> Term {
    Term::Caller(name.to_owned())
}

/// A folder with an index whose files a test can cut and change, and the ledger it is of.
struct Desk {
    folder: TempDir,
    keyring: Keyring,
    entries: Vec<Listed>,
}

impl Desk {
    fn with(entries: Vec<Listed>) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), keyring: keyring(), entries }
    }

    /// A ledger of as many entries in each of two months; nothing is indexed yet.
    fn of_two_months(each: u64) -> Self {
        let entry = |index| if index < each { (index, 1, november()) } else { (index, 2, december()) };
        let entries = (0..2 * each).map(entry).map(|(index, segment, month)| Listed::nth(index, segment, month));
        Self::with(entries.collect())
    }

    /// A ledger of as many entries, all indexed in one sealed run.
    fn of_one_run(entries: u64) -> Self {
        // The one entry of the second segment is what seals the run.
        let last = Listed::nth(entries, 2, december());
        let entries = (0..entries).map(|index| Listed::nth(index, 1, november())).chain([last]);
        let desk = Self::with(entries.collect());
        desk.indexed(1000);
        assert_eq!(desk.files().len(), 2);
        desk
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    fn segments(&self) -> Vec<SegmentPlace> {
        let mut segments = BTreeMap::new();
        for (index, entry) in (0..).zip(&self.entries) {
            let place =
                SegmentPlace { number: entry.segment, month: entry.month, first_index: index, next_index: index };
            segments.entry(entry.segment).or_insert(place).next_index = index + 1;
        }
        segments.into_values().collect()
    }

    /// Opens the index with runs of at most so many entries.
    fn open(&self, run_entries: u64) -> Index {
        let index = Index::open(&self.path(), ID, &self.segments(), &self.keyring).unwrap();
        Index { run_entries, ..index }
    }

    /// Adds what is missing, up to the given entry.
    fn feed(&self, index: &mut Index, to: u64) -> Result<(), IndexError> {
        while index.next_index() < to {
            let at = index.next_index();
            let entry = &self.entries[usize::try_from(at).unwrap()];
            index.add(&entry.indexed(at), &self.keyring, &SystemRandom::new())?;
        }
        Ok(())
    }

    /// Opens the index and adds every entry that is missing.
    fn indexed(&self, run_entries: u64) -> IndexReader {
        let mut index = self.open(run_entries);
        self.feed(&mut index, self.entries.len() as u64).unwrap();
        index.reader()
    }

    /// The entries below `to` that have all terms, by looking at each.
    fn scanned(&self, terms: &[Term], to: u64) -> Vec<u64> {
        let entries = (0..to).zip(&self.entries);
        entries.filter(|(_, entry)| terms.iter().all(|term| entry.has(term))).map(|(index, _)| index).collect()
    }

    /// What the entries of a span are sealed as.
    fn draft(&self, span: &Span) -> RunDraft {
        let first = usize::try_from(span.first_index()).unwrap();
        let mut draft = RunDraft::begin(self.entries[first].segment, self.entries[first].month, span.first_index());
        for (index, entry) in (span.first_index()..span.next_index()).zip(&self.entries[first..]) {
            draft.add(&entry.indexed(index)).unwrap();
        }
        draft
    }

    fn check(&self, span: &Span) -> Result<(), RunFault> {
        span.check(&self.draft(span), &self.keyring)
    }

    /// The files of the index, in order.
    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    fn names(&self) -> Vec<String> {
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        self.files().into_iter().map(name).collect()
    }

    /// Gives each file a header that says another end, and its hash.
    fn forge_ends(&self, next_index: u64) {
        for file in self.files() {
            let whole = fs::read(&file).unwrap();
            let (front, rest) = whole.split_at(RunHeader::LENGTH);
            let ours = RunHeader::parse(front).unwrap();
            let forged = RunHeader { place: RunPlace { next_index, ..ours.place }, ..ours };
            fs::write(file, [forged.encode().as_slice(), rest].concat()).unwrap();
        }
    }

    fn file(&self, first_index: u64, part: &str) -> PathBuf {
        self.path().join(format!("{first_index:020}-{part}.run"))
    }
}

/// What all spans find.
fn found(reader: &IndexReader, terms: &[Term], keyring: &Keyring) -> Vec<u64> {
    reader.spans().iter().flat_map(|span| span.find(terms, keyring).unwrap()).collect()
}

/// Where each span begins and ends.
fn bounds(reader: &IndexReader) -> Vec<(u64, u64)> {
    reader.spans().iter().map(|span| (span.first_index(), span.next_index())).collect()
}
