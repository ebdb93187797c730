//! The follower: a thread that takes durable entries into tree and index, and signs a checkpoint within a second.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use fubako_keys::Keyring;
use ring::rand::SecureRandom;
use tokio::sync::watch;

use crate::ledger::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::ledger::glance::{Glance, listed};
use crate::ledger::handover::{Appended, Taker};
use crate::ledger::index::Index;
use crate::ledger::journal::{FramePlace, JournalError, JournalReader};
use crate::ledger::opened::OpenedFrame;
use crate::ledger::proofs::Proofs;
use crate::ledger::reader::{self, Reader};
use crate::ledger::tree::trunk::{Trunk, TrunkError};
use crate::ledger::tree::{Tree, TreeError};

/// Follows the journal; a release never waits for it.
pub struct Follower {
    journal: JournalReader,
    taker: Taker,
    keyring: Arc<ArcSwap<Keyring>>,
    random: Arc<dyn SecureRandom + Send + Sync>,
    tree: Tree,
    index: Index,
    checkpoint_file: PathBuf,
    latest: watch::Sender<Arc<SignedCheckpoint>>,
    /// What could not be written last, so that it is told once.
    failing: Failing,
}

/// What follows a journal, besides the keys.
#[derive(Debug)]
pub struct Followed {
    /// The journal.
    pub journal: JournalReader,
    /// What the last run left of the tree.
    pub trunk: Trunk,
    /// The index.
    pub index: Index,
    /// Where the journal's writer leaves what it appends.
    pub taker: Taker,
}

/// Whether something could not be written when it was last tried.
#[derive(Debug, Default)]
struct Failing {
    tree: bool,
    index: bool,
}

impl Follower {
    /// Goes on from what the last run left, once it agrees with the journal, and catches up with it.
    ///
    /// The index catches up later: until it has, what it does not reach is read.
    pub fn resume(
        what: Followed,
        keyring: Arc<ArcSwap<Keyring>>,
        random: Arc<dyn SecureRandom + Send + Sync>,
    ) -> Result<Self, TrunkError> {
        let Followed { journal, trunk, index, taker } = what;
        trunk.compare(&journal, &keyring.load())?;
        let Trunk { checkpoint_file, checkpoint, tree, .. } = trunk;
        let (latest, _) = watch::channel(Arc::new(checkpoint));
        let failing = Failing::default();
        let mut follower = Self { journal, taker, keyring, random, tree, index, checkpoint_file, latest, failing };
        follower.catch_up()?;
        Ok(follower)
    }

    /// Proofs out of what it has made known.
    #[must_use]
    pub fn proofs(&self) -> Proofs {
        Proofs::new(self.tree.reader(), self.latest.subscribe())
    }

    /// A reader of the journal, by way of the index.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(self.journal.clone(), self.index.reader(), Arc::clone(&self.keyring))
    }

    /// Follows until the writer is gone and all it appended is taken in; answers with what went wrong if the process has to
    /// stop.
    pub fn run(mut self) -> Result<(), TrunkError> {
        loop {
            let wait = if self.is_indexed() || self.failing.index { EVERY } else { Duration::ZERO };
            let ending = self.taker.wait(wait);
            match self.catch_up() {
                Ok(()) => self.failing.tree = false,
                Err(error) if is_passing(&error) || ending => {
                    if !self.failing.tree {
                        tracing::error!(%error, "the ledger's tree falls behind; it goes on when the disk does");
                    }
                    self.failing.tree = true;
                }
                Err(error) => return Err(error),
            }
            if ending {
                return Ok(());
            }
            if let Err(error) = self.index_some() {
                self.tell_failing(&error);
            }
        }
    }

    /// Takes in every entry that is durable now, and makes a checkpoint over them.
    fn catch_up(&mut self) -> Result<(), TrunkError> {
        let (handed, lost) = self.taker.take();
        for appended in &handed {
            self.read_until(appended.place.first_index)?;
            // What was read before it was handed over is there already.
            if appended.place.first_index == self.tree.size() {
                self.take_over(appended)?;
            }
        }
        if let Some(last) = handed.back() {
            self.read_back(last)?;
        }
        // What was appended since was handed over too, and is taken next time.
        if handed.is_empty() || lost {
            self.read_until(self.journal.next_index())?;
        }
        if self.latest.borrow().checkpoint().size < self.tree.size() {
            self.seal()?;
        }
        Ok(())
    }

    /// Takes in what was handed over.
    fn take_over(&mut self, appended: &Appended) -> Result<(), TrunkError> {
        for draft in &appended.drafts {
            self.tree.push(*draft.hash())?;
        }
        if self.is_indexed_to(appended.place.first_index) {
            self.index_places(&appended.place, appended.glances())?;
        }
        Ok(())
    }

    /// Compares a frame that was handed over with what stands in the journal: a writer that seals what nobody can open, or
    /// something else than it was given, is noticed before a checkpoint covers much of it.
    fn read_back(&self, appended: &Appended) -> Result<(), TrunkError> {
        let first_index = appended.place.first_index;
        let unlike = reader::Error::Malformed { first_index };
        let Some(frame) = self.journal.frame_at(first_index).map_err(reader::Error::from)? else {
            return Err(unlike.into());
        };
        let opened = OpenedFrame::open(&frame, &self.keyring.load())?;
        let handed = appended.drafts.iter().map(|draft| Some(*draft.hash()));
        if opened.leaf_hashes().map(|(_, hash)| hash).eq(handed) { Ok(()) } else { Err(unlike.into()) }
    }

    /// Reads in what the tree does not have of the entries before an index, and makes a checkpoint over some at a time.
    fn read_until(&mut self, index: u64) -> Result<(), TrunkError> {
        while self.tree.size() < index {
            self.read_in()?;
            self.seal()?;
        }
        Ok(())
    }

    fn read_in(&mut self) -> Result<(), TrunkError> {
        let keyring = self.keyring.load_full();
        let limit = self.tree.size().saturating_add(AT_ONCE);
        for frame in self.journal.forward_unhashed(self.tree.size()) {
            let frame = frame.map_err(reader::Error::from)?;
            let opened = OpenedFrame::open(&frame, &keyring)?;
            let size = self.tree.size();
            for (_, hash) in opened.leaf_hashes().filter(|(index, _)| *index >= size) {
                // A leaf that nobody can read any more, and that the tree does not hold, cannot be made up for.
                self.tree.push(hash.ok_or(reader::Error::Malformed { first_index: frame.first_index() })?)?;
            }
            if self.is_indexed_to(frame.first_index()) {
                self.index_places(opened.place(), opened.glances())?;
            }
            if self.tree.size() >= limit {
                break;
            }
        }
        Ok(())
    }

    /// Makes the tree durable, and only then signs it.
    fn seal(&mut self) -> Result<(), TrunkError> {
        self.tree.sync()?;
        let origin = self.latest.borrow().checkpoint().origin.clone();
        let checkpoint = Checkpoint { origin, size: self.tree.size(), root: self.tree.root() };
        let signed = checkpoint.sign(&self.keyring.load()).map_err(CheckpointError::from)?;
        signed.save(&self.checkpoint_file)?;
        self.latest.send_replace(Arc::new(signed));
        Ok(())
    }

    fn is_indexed(&self) -> bool {
        self.is_indexed_to(self.tree.size())
    }

    fn is_indexed_to(&self, index: u64) -> bool {
        self.index.next_index() >= index
    }

    /// Indexes some of what the index is behind by.
    fn index_some(&mut self) -> Result<(), TrunkError> {
        let keyring = self.keyring.load_full();
        let limit = self.index.next_index().saturating_add(AT_ONCE).min(self.tree.size());
        for frame in self.journal.forward_unhashed(self.index.next_index()) {
            let frame = frame.map_err(reader::Error::from)?;
            if frame.first_index() >= limit || !self.is_indexed_to(frame.first_index()) {
                break;
            }
            let opened = OpenedFrame::open(&frame, &keyring)?;
            self.index_places(opened.place(), opened.glances())?;
        }
        Ok(())
    }

    /// Indexes what of a frame is not indexed yet. An index that cannot be written is no reason to stop.
    fn index_places<'a>(
        &mut self,
        place: &FramePlace,
        glances: impl Iterator<Item = Result<(u64, Option<Glance<'a>>), reader::Error>>,
    ) -> Result<(), reader::Error> {
        let keyring = self.keyring.load_full();
        for glance in glances {
            let (index, entry) = glance?;
            if index < self.index.next_index() {
                continue;
            }
            let listed = listed(place, index, entry.as_ref());
            if let Err(error) = self.index.add(&listed, &keyring, self.random.as_ref()) {
                self.tell_failing(&error);
                return Ok(());
            }
            self.failing.index = false;
        }
        Ok(())
    }

    fn tell_failing(&mut self, error: &dyn std::error::Error) {
        if !self.failing.index {
            tracing::error!(%error, "the ledger's index falls behind; what it does not reach is read instead");
        }
        self.failing.index = true;
    }
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower").field("tree", &self.tree).finish_non_exhaustive()
    }
}

/// Whether trying again later may help: the disk could not be read or written, as when it is full.
const fn is_passing(error: &TrunkError) -> bool {
    matches!(
        error,
        TrunkError::Tree(TreeError::Io { .. })
            | TrunkError::Checkpoint(CheckpointError::Io { .. })
            | TrunkError::Reader(reader::Error::Journal(JournalError::Io { .. }))
    )
}

/// Half of what a checkpoint may be behind.
const EVERY: Duration = Duration::from_millis(500);
/// So many entries, and then a checkpoint: a ledger that is far behind gets provable step by step.
const AT_ONCE: u64 = 65_536;
