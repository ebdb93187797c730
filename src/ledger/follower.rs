//! The follower: a thread that takes durable entries into the tree, and signs a checkpoint over them within a second.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use arc_swap::ArcSwap;
use fubako_keys::Keyring;
use tokio::sync::watch;

use crate::ledger::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::ledger::journal::JournalReader;
use crate::ledger::merkle::leaf_hash;
use crate::ledger::proofs::Proofs;
use crate::ledger::reader::{self, open_framed};
use crate::ledger::tree::trunk::{Trunk, TrunkError};
use crate::ledger::tree::{Tree, TreeError};

/// Follows the journal; a release never waits for it.
#[derive(Debug)]
pub struct Follower {
    journal: JournalReader,
    keyring: Arc<ArcSwap<Keyring>>,
    tree: Tree,
    checkpoint_file: PathBuf,
    latest: watch::Sender<Arc<SignedCheckpoint>>,
}

impl Follower {
    /// Goes on from what the last run left, once it agrees with the journal, and catches up with it.
    pub fn resume(trunk: Trunk, journal: JournalReader, keyring: Arc<ArcSwap<Keyring>>) -> Result<Self, TrunkError> {
        trunk.compare(&journal, &keyring.load())?;
        let Trunk { checkpoint_file, checkpoint, tree } = trunk;
        let (latest, _) = watch::channel(Arc::new(checkpoint));
        let mut follower = Self { journal, keyring, tree, checkpoint_file, latest };
        follower.catch_up()?;
        Ok(follower)
    }

    /// Proofs out of what it has made known.
    #[must_use]
    pub fn proofs(&self) -> Proofs {
        Proofs::new(self.tree.reader(), self.latest.subscribe())
    }

    /// Follows until nothing is appended any more, which `end` tells by closing; answers with what went wrong if the
    /// process has to stop.
    pub fn run(mut self, end: &Receiver<()>) -> Result<(), TrunkError> {
        let mut failing = false;
        loop {
            let ending = end.recv_timeout(EVERY) == Err(RecvTimeoutError::Disconnected);
            match self.catch_up() {
                Ok(()) => failing = false,
                Err(error) if is_passing(&error) && !ending => {
                    if !failing {
                        tracing::error!(%error, "the ledger's tree falls behind; it goes on when the disk does");
                    }
                    failing = true;
                }
                Err(error) => return Err(error),
            }
            if ending {
                return Ok(());
            }
        }
    }

    /// Takes in every entry that is durable now, and makes a checkpoint over them.
    fn catch_up(&mut self) -> Result<(), TrunkError> {
        while self.tree.size() < self.journal.next_index() {
            self.take_in()?;
            self.seal()?;
        }
        if self.latest.borrow().checkpoint().size < self.tree.size() {
            self.seal()?;
        }
        Ok(())
    }

    fn take_in(&mut self) -> Result<(), TrunkError> {
        let keyring = self.keyring.load_full();
        let limit = self.tree.size().saturating_add(AT_ONCE);
        for frame in self.journal.forward(self.tree.size()) {
            let frame = frame.map_err(reader::Error::from)?;
            for entry in open_framed(&frame, &keyring)? {
                self.tree.push(leaf_hash(&entry.leaf))?;
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
}

/// Whether trying again later may help: the disk could not be written, as when it is full.
const fn is_passing(error: &TrunkError) -> bool {
    matches!(error, TrunkError::Tree(TreeError::Io { .. }) | TrunkError::Checkpoint(CheckpointError::Io { .. }))
}

/// Half of what a checkpoint may be behind.
const EVERY: Duration = Duration::from_millis(500);
/// So many entries, and then a checkpoint: a ledger that is far behind gets provable step by step.
const AT_ONCE: u64 = 65_536;
