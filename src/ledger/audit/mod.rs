//! The audit: the whole ledger checked against itself, byte for byte, by what was written and by nothing remembered.
//!
//! Every frame against its hash and the frame before; every entry against its seal, its commitment and its hash in the
//! tree; every hash of the tree against those below; the root against the signed checkpoint; the index against the entries.

mod ahead;
pub mod month;
mod strays;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use fubako_keys::Keyring;
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::ledger::audit::ahead::read_ahead;
use crate::ledger::audit::strays::beside;
use crate::ledger::checkpoint::{CheckpointError, SignedCheckpoint, note_keys};
use crate::ledger::event::Event;
use crate::ledger::glance::listed;
use crate::ledger::index::{Index, IndexError, IndexReader, Indexed, RunDraft, RunFault, Span};
use crate::ledger::journal::{Cut, Journal, JournalError, JournalReader};
use crate::ledger::merkle::{Hash, empty_root};
use crate::ledger::reader::{self, Reader};
use crate::ledger::tree::TreeError;
use crate::ledger::tree::recount::{Recount, RecountError};
use crate::ledger::tree::trunk::CHECKPOINT;
use crate::model::ids::VaultId;

/// Where the parts of a ledger lie.
#[derive(Debug, Clone, Copy)]
pub struct Folders<'a> {
    /// The journal.
    pub journal: &'a Path,
    /// The tree.
    pub tree: &'a Path,
    /// The index.
    pub index: &'a Path,
}

/// A ledger to be checked.
#[derive(Debug)]
pub struct Audit<'a> {
    journal: JournalReader,
    index: IndexReader,
    /// What was broken before a look at any entry.
    found: Vec<Break>,
    tree: &'a Path,
    keyring: Arc<Keyring>,
    checkpoint: Result<Arc<SignedCheckpoint>, CheckpointError>,
    state: State,
}

/// Whether somebody writes to the ledger meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A server does: what comes after the checkpoint is not looked at.
    Served,
    /// Nobody does: everything is looked at, to the last byte.
    AtRest,
}

/// What an audit found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// How many entries there are.
    pub entries: u64,
    /// How many of them are past retention: their hashes were checked, their leaves cannot be.
    pub forgotten: u64,
    /// How many entries the checkpoint covers.
    pub tree_size: u64,
    /// The root it signs.
    pub root: Hash,
    /// The last commit group.
    pub last_group: u64,
    /// The origin of the ledger before this one, where its first entry tells of a restore.
    pub previous_origin: Option<String>,
    /// What is broken, each with its place; none, if everything is as it should be.
    pub breaks: Vec<Break>,
}

impl Verdict {
    /// Of a ledger without an entry.
    #[must_use]
    pub fn empty() -> Self {
        Self { root: empty_root(), ..Self::default() }
    }
}

/// Something that is not as it was written.
#[derive(Debug, Error)]
pub enum Break {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its entries.
    #[error(transparent)]
    Entries(#[from] reader::Error),
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// There is no checkpoint, but there are entries.
    #[error("there is no checkpoint over the ledger's {entries} entries")]
    NoCheckpoint {
        /// How many entries there are.
        entries: u64,
    },
    /// The checkpoint has been left behind for longer than a crash explains.
    #[error(
        "the checkpoint covers {covered} of {entries} entries, and is older than a crash explains: an old copy was put \
         in its place, or nothing could be written there"
    )]
    Stale {
        /// How many entries it covers.
        covered: u64,
        /// How many there are.
        entries: u64,
    },
    /// A hash of the tree.
    #[error(transparent)]
    Tree(#[from] RecountError),
    /// The root over the entries is not the one that was signed.
    #[error("the root over the first {size} entries is not the one the checkpoint signs")]
    Root {
        /// How many entries the checkpoint covers.
        size: u64,
    },
    /// A part of the index.
    #[error("the index of the entries from {first_index} on is damaged: {fault}")]
    Index {
        /// The part's first entry.
        first_index: u64,
        /// What is wrong with it.
        fault: RunFault,
    },
    /// A file of the journal or the index is damaged, or out of its place.
    #[error("`{}` is no part of the ledger: it is damaged, out of its place, or another ledger's", .0.display())]
    Stray(PathBuf),
    /// Something stands behind the last frame.
    #[error(
        "`{}` has something behind its last frame, from byte {offset} on, that is no frame: a write that a crash cut \
         off, which the next start removes, or not of this ledger", file.display()
    )]
    Tail {
        /// The segment's file.
        file: PathBuf,
        /// Where the last frame ends.
        offset: u64,
    },
    /// The checkpoint's file is older than what the server has signed.
    #[error(
        "the checkpoint on the disk covers {covered} entries, and the server has signed one over {signed}: an old copy \
         was put in its place"
    )]
    OldFile {
        /// How many entries the file covers.
        covered: u64,
        /// How many the last signed one does.
        signed: u64,
    },
    /// The index could not be read.
    #[error(transparent)]
    IndexFiles(#[from] IndexError),
    /// The tree could not be read.
    #[error(transparent)]
    TreeFiles(#[from] TreeError),
}

impl<'a> Audit<'a> {
    /// A ledger that nobody writes to; the caller holds the lock of its data folder.
    pub fn at_rest(folders: &Folders<'a>, vault: VaultId, keyring: Arc<Keyring>) -> Result<Self, Break> {
        let keys = note_keys(Journal::identity(folders.journal, vault)?, &keyring);
        let loaded = SignedCheckpoint::load(&folders.tree.join(CHECKPOINT), &keys);
        let covered = loaded.as_ref().ok().and_then(Option::as_ref).map_or(0, |it| it.checkpoint().size);
        let (journal, cut) = Journal::inspect(folders.journal, vault, covered)?;
        let checkpoint = match loaded {
            Ok(Some(checkpoint)) => Ok(Arc::new(checkpoint)),
            Ok(None) => return Err(Break::NoCheckpoint { entries: journal.next_index() }),
            Err(error) => Err(error),
        };
        let (index, strays) = Index::inspect(folders.index, journal.id(), &journal.segments(), &keyring)?;
        let tail = cut.map(|Cut { file, offset, .. }| Break::Tail { file, offset });
        let found = strays.into_iter().map(Break::Stray).chain(tail).collect();
        Ok(Self { journal, index, found, tree: folders.tree, keyring, checkpoint, state: State::AtRest })
    }

    /// A ledger that is being written to, as far as a checkpoint covers it.
    #[must_use]
    pub fn served(ledger: &Reader, tree: &'a Path, keyring: Arc<Keyring>, checkpoint: Arc<SignedCheckpoint>) -> Self {
        let (journal, index) = (ledger.journal.clone(), ledger.index.clone());
        let found = Vec::new();
        Self { journal, index, found, tree, keyring, checkpoint: Ok(checkpoint), state: State::Served }
    }

    /// What is wrong with the checkpoint's file beside a running server, which has signed that one or a later one: to be
    /// asked before an entry is written, since the next checkpoint takes its place.
    #[must_use]
    pub fn broken_checkpoint(
        ledger: &Reader,
        tree: &Path,
        keyring: &Keyring,
        signed: &SignedCheckpoint,
    ) -> Option<Break> {
        let signed = signed.checkpoint().size;
        match SignedCheckpoint::load(&tree.join(CHECKPOINT), &note_keys(ledger.journal.id(), keyring)) {
            Ok(None) => Some(Break::NoCheckpoint { entries: ledger.entries() }),
            Ok(Some(file)) => {
                let covered = file.checkpoint().size;
                (covered < signed).then_some(Break::OldFile { covered, signed })
            }
            Err(error) => Some(error.into()),
        }
    }

    /// Checks everything; `progress` is told how many entries have been checked, and of how many.
    pub fn run(mut self, mut progress: impl FnMut(u64, u64)) -> Verdict {
        let mut verdict = Verdict { breaks: std::mem::take(&mut self.found), ..Verdict::default() };
        let covered = match &self.checkpoint {
            Ok(signed) => {
                let checkpoint = signed.checkpoint();
                (verdict.tree_size, verdict.root) = (checkpoint.size, checkpoint.root);
                Some(Arc::clone(signed))
            }
            Err(_) => None,
        };
        let entries = match self.state {
            State::Served => verdict.tree_size,
            State::AtRest => self.journal.next_index(),
        };
        verdict.entries = entries;
        if self.state == State::Served {
            verdict.breaks.extend(self.broken_files());
        }
        if let Err(error) = self.recount(entries, covered.as_deref(), &mut verdict, &mut progress) {
            verdict.breaks.push(error);
        }
        if let Err(error) = self.checkpoint {
            verdict.breaks.push(error.into());
        }
        progress(entries, entries);
        verdict
    }

    /// What an audit at rest has found before it begins.
    fn broken_files(&self) -> Vec<Break> {
        let strays = beside(&self.journal, &self.index);
        let mut broken: Vec<_> =
            strays.map_or_else(|error| vec![error], |it| it.into_iter().map(Break::Stray).collect());
        broken.extend(self.journal.follow_chain().err().map(Break::from));
        broken
    }

    fn recount(
        &self,
        entries: u64,
        signed: Option<&SignedCheckpoint>,
        verdict: &mut Verdict,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<(), Break> {
        let covered = signed.map_or(0, |signed| signed.checkpoint().size);
        let mut recount = Recount::open(self.tree, covered)?;
        let mut lag = Lag::default();
        let mut spans = Spans::new(self.index.spans());
        thread::scope(|scope| {
            for hashed in read_ahead(scope, &self.journal, &self.keyring, entries) {
                let hashed = hashed?;
                if hashed.opened.place().first_index >= entries {
                    break;
                }
                verdict.last_group = hashed.group;
                if hashed.opened.holds(0) {
                    verdict.previous_origin = hashed.opened.entry(0)?.and_then(|first| first.previous_origin());
                }
                for (place, leaf_hash) in hashed.opened.glances().zip(&hashed.leaf_hashes) {
                    let (index, entry) = place?;
                    if index >= covered {
                        lag.see(hashed.time, entry.and_then(|entry| entry.event()));
                    }
                    match leaf_hash {
                        _ if index >= entries => {}
                        Some(hash) => recount.count(*hash)?,
                        None => {
                            verdict.forgotten += 1;
                            recount.count_stored(index)?;
                        }
                    }
                    let listed = listed(hashed.opened.place(), index, entry.as_ref());
                    verdict.breaks.extend(spans.add(&listed, &self.keyring));
                }
                progress(hashed.next_index.min(entries), entries);
            }
            Ok::<_, Break>(())
        })?;
        if let Some(signed) = signed
            && recount.root_at_covered() != Some(signed.checkpoint().root)
        {
            verdict.breaks.push(Break::Root { size: covered });
        }
        if self.state == State::AtRest && lag.is_beyond_a_crash() {
            verdict.breaks.push(Break::Stale { covered, entries });
        }
        Ok(())
    }
}

/// What the entries that no checkpoint covers tell of its age.
#[derive(Debug, Default)]
struct Lag {
    /// The times of the first and the last of them.
    times: Option<(Timestamp, Timestamp)>,
    /// Whether one of them is of a run's work, and not of its start.
    worked: bool,
    /// Whether a later run started after such work: it had a checkpoint over everything before it.
    restarted: bool,
}

impl Lag {
    fn see(&mut self, time: Timestamp, event: Option<Event>) {
        let first = self.times.map_or(time, |(first, _)| first);
        self.times = Some((first, time));
        match event {
            Some(Event::Started) => self.restarted |= self.worked,
            Some(Event::VaultCreated | Event::PolicyActivated | Event::KeysChanging | Event::KeysChanged) => {}
            Some(_) | None => self.worked = true,
        }
    }

    fn is_beyond_a_crash(&self) -> bool {
        let apart = self.times.map(|(first, last)| first.duration_until(last));
        self.restarted || apart.is_some_and(|apart| apart > LEFT_BY_A_CRASH)
    }
}

/// The sealed parts of the index, each compared once its last entry has been indexed anew.
struct Spans {
    left: std::collections::VecDeque<Span>,
    draft: Option<RunDraft>,
}

impl Spans {
    fn new(spans: Vec<Span>) -> Self {
        Self { left: spans.into(), draft: None }
    }

    fn add(&mut self, entry: &Indexed<'_>, keyring: &Keyring) -> Option<Break> {
        let span = self.left.front()?;
        if entry.index < span.first_index() {
            return None;
        }
        let draft = self.draft.get_or_insert_with(|| RunDraft::begin(entry.segment, entry.month, entry.index));
        // An entry out of place is a fault of the span: it ends elsewhere than the index says.
        let added = draft.add(entry).is_ok();
        if entry.index.saturating_add(1) < span.next_index() && added {
            return None;
        }
        let first_index = span.first_index();
        let checked = span.check(draft, keyring);
        self.left.pop_front();
        self.draft = None;
        checked.err().map(|fault| Break::Index { first_index, fault })
    }
}

/// A checkpoint is made every half a second; a disk that stalls may take longer.
const LEFT_BY_A_CRASH: SignedDuration = SignedDuration::from_mins(1);
