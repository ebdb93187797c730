//! Past: the ledgers that ended with a restore lie beside the present one, and are checked with it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fubako_keys::Keyring;
use thiserror::Error;

use crate::ledger::audit::{Audit, Break, Folders, Verdict};
use crate::ledger::journal::Journal;
use crate::model::ids::VaultId;
use crate::vault::create::PAST;

/// What was found of the ledgers from before restores.
#[derive(Debug, Default)]
pub struct PastVerdict {
    /// How many ledgers there are.
    pub ledgers: u64,
    /// How many entries they have.
    pub entries: u64,
    /// What is broken.
    pub breaks: Vec<PastBreak>,
}

/// Something about a ledger of the past that is not as it was left.
#[derive(Debug, Error)]
pub enum PastBreak {
    /// A ledger says that it goes on from one that is not there.
    #[error("the ledger `{0}`, from before a restore, is gone from `{PAST}`")]
    Gone(String),
    /// A folder holds another ledger than its name says.
    #[error("`{}` holds the ledger `{origin}`", folder.display())]
    Misplaced {
        /// The folder.
        folder: PathBuf,
        /// The origin of what is in it.
        origin: String,
    },
    /// It is broken in itself.
    #[error("the ledger from before a restore in `{}` is broken", folder.display())]
    Ledger {
        /// Its folder.
        folder: PathBuf,
        /// What is broken.
        #[source]
        broken: Break,
    },
    /// The folder of all of them cannot be read.
    #[error("cannot read `{}`", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Checks every ledger of the past of a data folder; `previous` is the origin that the present one goes on from.
pub(super) fn audit_past(
    data: &Path,
    (vault, keyring): (VaultId, &Arc<Keyring>),
    previous: Option<&str>,
    progress: &mut dyn FnMut(u64, u64),
) -> PastVerdict {
    let mut found = PastVerdict::default();
    let mut missing: BTreeSet<String> = previous.map(ToOwned::to_owned).into_iter().collect();
    let past = data.join(PAST);
    let folders = match folders(&past) {
        Ok(folders) => folders,
        Err(source) => {
            found.breaks.push(PastBreak::Io { folder: past, source });
            return found;
        }
    };
    for folder in &folders {
        let verdict = audit_one(folder, vault, keyring, progress);
        found.ledgers += 1;
        found.entries += verdict.entries;
        missing.extend(verdict.previous_origin);
        let breaks = verdict.breaks.into_iter();
        found.breaks.extend(breaks.map(|broken| PastBreak::Ledger { folder: folder.clone(), broken }));
        found.breaks.extend(misplaced(folder, vault));
    }
    missing.retain(|origin| !folders.iter().any(|folder| folder.ends_with(origin)));
    found.breaks.extend(missing.into_iter().map(PastBreak::Gone));
    found
}

fn folders(past: &Path) -> io::Result<Vec<PathBuf>> {
    let items = match fs::read_dir(past) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        items => items?,
    };
    let mut folders = items.map(|item| Ok(item?.path())).collect::<io::Result<Vec<_>>>()?;
    folders.sort();
    Ok(folders)
}

fn audit_one(folder: &Path, vault: VaultId, keyring: &Arc<Keyring>, progress: &mut dyn FnMut(u64, u64)) -> Verdict {
    let [journal, tree, index] = ["journal", "tree", "index"].map(|part| folder.join(part));
    let folders = Folders { journal: &journal, tree: &tree, index: &index };
    match Audit::at_rest(&folders, vault, Arc::clone(keyring)) {
        Ok(audit) => audit.run(progress),
        Err(broken) => Verdict { breaks: vec![broken], ..Verdict::default() },
    }
}

/// Whether the folder has another ledger's name; what cannot be read at all is told by the audit.
fn misplaced(folder: &Path, vault: VaultId) -> Option<PastBreak> {
    let origin = hex::encode(Journal::identity(&folder.join("journal"), vault).ok()?.origin);
    (!folder.ends_with(&origin)).then(|| PastBreak::Misplaced { folder: folder.to_owned(), origin })
}
