//! Audit: the whole ledger checked while it is served, or at rest, with those of the past and the store's position.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fubako_keys::{Keyring, RootKey};
use thiserror::Error;

use crate::ledger::audit::{Audit, Break, Folders, Verdict};
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::causes::with_causes;
use crate::store::Store as _;
use crate::store::folder::{DataFolder, FolderError};
use crate::store::sled::{OpenError, SledOptions, SledStore};
use crate::vault::Vault;
use crate::vault::create::{KEYRING, read_marker};
use crate::vault::error;
use crate::vault::open::{self, FLUSH_LIMIT};
use crate::vault::past::{PastVerdict, audit_past};

/// The verdict over a ledger and the store beside it.
#[derive(Debug)]
pub struct LedgerVerdict {
    /// What the audit of the ledger found.
    pub ledger: Verdict,
    /// What the audit of the ledgers from before restores found.
    pub past: PastVerdict,
    /// The store's break with the ledger, if there is one.
    pub store: Option<StoreBreak>,
}

/// What was seen before the entry that a check begins with: the checkpoint over that entry takes the place of a broken one.
#[derive(Debug)]
pub struct Before(Option<Break>);

/// The store is not at a position the ledger explains.
#[derive(Debug, Error)]
pub enum StoreBreak {
    /// It is ahead of the ledger.
    #[error("the store is at group {store}, but the ledger ends at group {ledger}")]
    Ahead {
        /// The store's group.
        store: u64,
        /// The ledger's last group.
        ledger: u64,
    },
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is not there.
    #[error("the store `{}` is gone, and the ledger has {entries} entries", folder.display())]
    Gone {
        /// Its folder.
        folder: PathBuf,
        /// How many entries the ledger has.
        entries: u64,
    },
}

/// Why a ledger at rest cannot be checked.
#[derive(Debug, Error)]
pub enum Error {
    /// The folder holds no vault, or its keyring does not open.
    #[error(transparent)]
    Vault(#[from] open::Error),
    /// The folder cannot be had.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl LedgerVerdict {
    /// Whether everything is as it should be.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.ledger.breaks.is_empty() && self.past.breaks.is_empty() && self.store.is_none()
    }

    /// What is broken, in words.
    #[must_use]
    pub fn breaks(&self) -> Vec<String> {
        let ledger = self.ledger.breaks.iter().map(|broken| with_causes(broken));
        let past = self.past.breaks.iter().map(|broken| with_causes(broken));
        ledger.chain(past).chain(self.store.as_ref().map(|broken| with_causes(broken))).collect()
    }
}

impl Vault {
    /// Writes down that the caller has the ledger checked; needs the role `auditor`, `officer` or `operator`.
    ///
    /// It is answered once a checkpoint covers what had happened until then.
    pub async fn begin_audit(&self, caller: &Caller) -> Result<Before, error::Error> {
        self.admit(caller, &[Role::Auditor, Role::Officer, Role::Operator])?;
        let before = self.before_check();
        let receipt = self.note(self.entry(Event::LedgerVerified, &caller.name)?).await?;
        self.proofs.covering(receipt.index()).await?;
        Ok(before)
    }

    /// A look at the checkpoint's file, before an entry is written that another checkpoint comes to cover.
    pub(super) fn before_check(&self) -> Before {
        let signed = self.proofs.checkpoint();
        Before(Audit::broken_checkpoint(&self.ledger, &self.tree, &self.keyring.load(), &signed))
    }

    /// Checks the ledger as far as the last checkpoint covers it; it takes a while, and a thread of its own.
    pub fn audit(
        &self,
        Before(checkpoint): Before,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<LedgerVerdict, error::Error> {
        // Taken first: what the store has applied by then, the ledger tells of by the time it is read.
        let applied = self.store.position().group();
        let keyring = self.keyring.load_full();
        let audit = Audit::served(&self.ledger, &self.tree, Arc::clone(&keyring), self.proofs.checkpoint());
        let last = self.ledger.last_group()?;
        let store = (applied > last).then_some(StoreBreak::Ahead { store: applied, ledger: last });
        let mut ledger = audit.run(&mut progress);
        ledger.breaks.extend(checkpoint);
        let data = self.tree.parent().unwrap_or(Path::new(""));
        let past = audit_past(data, (self.id, &keyring), ledger.previous_origin.as_deref(), &mut progress);
        Ok(LedgerVerdict { ledger, past, store })
    }
}

/// Checks the ledger of a vault that nobody serves.
pub fn audit_at_rest(
    folder: &Path,
    root: &RootKey,
    mut progress: impl FnMut(u64, u64),
) -> Result<LedgerVerdict, Error> {
    let data = DataFolder::open(folder)?;
    let no_vault = |source| open::Error::NoVault { folder: folder.to_owned(), source };
    let id = read_marker(folder).map_err(no_vault)?;
    let keyring = Arc::new(Keyring::load(&folder.join(KEYRING), root).map_err(open::Error::from)?);
    keyring.expect_vault(&id.0).map_err(open::Error::from)?;
    let (journal, tree, index) = (data.journal(), data.tree(), data.index());
    let folders = Folders { journal: &journal, tree: &tree, index: &index };
    let ledger = match Audit::at_rest(&folders, id, Arc::clone(&keyring)) {
        Ok(audit) => audit.run(&mut progress),
        // A vault that was never started has neither yet.
        Err(Break::NoCheckpoint { entries: 0 }) if !tree.exists() && !data.store().exists() => {
            return Ok(LedgerVerdict { ledger: Verdict::empty(), past: PastVerdict::default(), store: None });
        }
        Err(broken) => Verdict { breaks: vec![broken], ..Verdict::default() },
    };
    let past = audit_past(folder, (id, &keyring), ledger.previous_origin.as_deref(), &mut progress);
    let store = store_break(&data, &ledger);
    Ok(LedgerVerdict { ledger, past, store })
}

fn store_break(data: &DataFolder, ledger: &Verdict) -> Option<StoreBreak> {
    if !data.store().exists() {
        return Some(StoreBreak::Gone { folder: data.store(), entries: ledger.entries });
    }
    let options = SledOptions { cache_bytes: CACHE, flush_limit: FLUSH_LIMIT, on_fatal: Arc::new(|_| ()) };
    match SledStore::open(data, options) {
        Ok(store) => {
            let (store, last) = (store.position().group(), ledger.last_group);
            let readable = ledger.breaks.is_empty();
            (readable && store > last).then_some(StoreBreak::Ahead { store, ledger: last })
        }
        Err(error) => Some(error.into()),
    }
}

/// Only the store's position is read.
const CACHE: u64 = 64 << 20;
