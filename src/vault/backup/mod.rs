//! Backup: everything but the keyring, sealed as it lies in the store, given out while the vault goes on.
//!
//! ```text
//! entry, copy registered ── rows, and what is written meanwhile ── entry, copy made: the group it ends with ── the ledger
//! ```

pub mod copies;
mod copying;
mod piece;
pub mod reading;
pub mod shipped;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::mem;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::commit;
use crate::commit::work::{Premise, Work, Write};
use crate::ledger::accounted::Receipt;
use crate::ledger::checkpoint::SignedCheckpoint;
use crate::ledger::draft::Draft;
use crate::ledger::entry::Entry;
use crate::ledger::event::Event;
use crate::ledger::files::LedgerFile;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{CopyId, Revision};
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Change;
use crate::store::table::Table;
use crate::vault::backup::copies::{CopyOf, CopyState, RegisteredCopy};
use crate::vault::backup::copying::StoreCopy;
use crate::vault::backup::piece::{Piece, Sealer};
use crate::vault::create::{PAST, POLICIES};
use crate::vault::error::{Cause, Error};
use crate::vault::{ATTEMPTS, Vault};

pub use crate::vault::backup::piece::{End, Head};

/// Takes the next bytes of a backup, how many rows have been read, and of how many; breaks off where nobody wants them.
pub type OnPiece<'a> = &'a mut dyn FnMut(Vec<u8>, u64, u64) -> ControlFlow<()>;

/// A backup being made: to be [copied](Self::copy_rows), [completed](Self::complete) and [ended](Self::end).
pub struct Backup {
    vault: Arc<Vault>,
    caller: Caller,
    id: CopyId,
    registered: RegisteredCopy,
    sealer: Sealer,
    store: StoreCopy,
    unsent: Vec<Change>,
    changes: u64,
    file_bytes: u64,
    rows: u64,
    total: u64,
}

/// The sealed keyring, to be kept elsewhere.
#[derive(Debug)]
pub struct KeyringCopy {
    /// What it is called.
    pub id: CopyId,
    /// How it is registered.
    pub registered: RegisteredCopy,
    /// The file as it lies in the data folder.
    pub bytes: Vec<u8>,
    /// The entry that tells of it.
    pub receipt: Receipt,
}

impl std::fmt::Debug for Backup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backup").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Vault {
    /// Begins a backup: registers it, since what has left the vault lies somewhere even if it never becomes whole; needs
    /// the role `operator`.
    pub async fn begin_backup(self: &Arc<Self>, caller: &Caller) -> Result<Backup, Error> {
        self.admit(caller, &[Role::Operator])?;
        let (id, registered) = self.new_copy(CopyOf::Vault, &caller.name)?;
        let entry = self.entry(Event::BackupBegun, &caller.name)?.of_subject(&id);
        self.commit_for(caller, &entry, || Ok(vec![self.write_row(Key::copy(id), Revision::ABSENT, &registered)?]))
            .await?;
        let total = self.count_rows()?;
        // Before the first row is read.
        let store = StoreCopy::new(Arc::clone(&self.store), self.committer.follow());
        Ok(Backup {
            vault: Arc::clone(self),
            caller: caller.clone(),
            id,
            registered,
            sealer: Sealer::new(id),
            store,
            unsent: Vec::new(),
            changes: 0,
            file_bytes: 0,
            rows: 0,
            total,
        })
    }

    /// Gives out the sealed keyring, and registers that; needs the role `operator`.
    pub async fn copy_keyring(&self, caller: &Caller) -> Result<KeyringCopy, Error> {
        self.admit(caller, &[Role::Operator])?;
        self.check_unscoped()?;
        let _unchanged = self.root.lock().await;
        let (id, registered) = self.new_copy(CopyOf::Keyring, &caller.name)?;
        let registered = RegisteredCopy { state: CopyState::Made, latest: registered.begun, ..registered };
        let bytes = fs::read(&self.keyring_file).map_err(unreadable)?;
        let entry = self.entry(Event::KeyringCopied, &caller.name)?.of_subject(&id);
        let writes = || Ok(vec![self.write_row(Key::copy(id), Revision::ABSENT, &registered)?]);
        let receipt = self.commit_for(caller, &entry, writes).await?;
        Ok(KeyringCopy { id, registered, bytes, receipt })
    }

    /// Commits what a caller asked for, unless it was suspended first.
    pub(super) async fn commit_for(
        &self,
        caller: &Caller,
        entry: &Entry,
        writes: impl Fn() -> Result<Vec<Write>, Error>,
    ) -> Result<Receipt, Error> {
        for _ in 0..ATTEMPTS {
            // INVARIANT (premise): taken before the suspension is looked up.
            let read_at = self.committer.applied();
            self.admit(caller, &[])?;
            let writes = writes()?;
            // Not their revisions alone: a row that was removed and made anew meanwhile starts at the first again.
            let written = writes.iter().map(|write| write.key.clone());
            let rows = written.chain([Key::caller(&caller.name)]).collect();
            let premise = Premise { read_at, rows, until: None };
            let work = Work::entry(Draft::new(entry.clone())).resting_on(premise).writing(writes);
            match self.committer.commit(work).await {
                Ok(durable) => return Ok(*durable.receipt()),
                Err(commit::Error::Stale | commit::Error::Conflict(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(Error::Overloaded)
    }

    fn count_rows(&self) -> Result<u64, Error> {
        let mut rows = 0;
        for table in Table::ALL {
            let mut after = None;
            loop {
                let page = self.store.scan(&KeyPrefix::table(table), after.as_ref(), PAGE);
                let page = page.map_err(Error::StoreUnavailable)?;
                let Some((last, _)) = page.last() else { break };
                after = Some(last.clone());
                rows += page.len() as u64;
            }
        }
        Ok(rows)
    }
}

impl Backup {
    /// What it is called.
    #[must_use]
    pub const fn id(&self) -> CopyId {
        self.id
    }

    /// Gives out every row, and what is written meanwhile.
    pub fn copy_rows(&mut self, send: OnPiece<'_>) -> Result<ControlFlow<()>, Error> {
        let head = Head {
            made_micros: self.registered.begun.as_microsecond(),
            keyring_generation: self.registered.keyring_generation,
        };
        if self.send(&Piece::Head(head), send)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        while let Some(changes) = self.store.next().map_err(not_copied)? {
            self.rows = (self.rows + changes.len() as u64).min(self.total);
            if self.send_changes(changes, send)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Writes down that it is made; what it holds is the store as the group of this entry leaves it. It is answered once a
    /// checkpoint covers that.
    pub async fn complete(&mut self) -> Result<(Receipt, Arc<SignedCheckpoint>), Error> {
        let vault = Arc::clone(&self.vault);
        let entry = vault.entry(Event::BackupMade, &self.caller.name)?.of_subject(&self.id);
        let key = Key::copy(self.id);
        let entries = vault.ledger.entries();
        let latest = vault.now();
        let made = RegisteredCopy { state: CopyState::Made, entries, latest, ..self.registered.clone() };
        let writes = || {
            let before = vault.row::<RegisteredCopy>(&key)?.ok_or(Error::CopyNotFound)?.revision;
            Ok(vec![vault.write_row(key.clone(), before, &made)?])
        };
        let receipt = vault.commit_for(&self.caller, &entry, writes).await?;
        self.registered = made.clone();
        Ok((receipt, vault.proofs.covering(receipt.index()).await?))
    }

    /// Gives out the changes up to its group, the policies and the ledger; then its end, which is answered as well.
    pub fn end(
        mut self,
        (receipt, checkpoint): (Receipt, Arc<SignedCheckpoint>),
        send: OnPiece<'_>,
    ) -> Result<Option<(End, RegisteredCopy)>, Error> {
        let (group, changes) = self.store.up_to(receipt.index()).map_err(not_copied)?;
        let mut flow = self.send_changes(changes, send)?;
        if flow.is_continue() {
            flow = self.flush(send)?;
        }
        if flow.is_continue() {
            flow = self.send_files(&checkpoint, send)?;
        }
        let told = checkpoint.checkpoint();
        let end = End {
            group,
            entries: receipt.index() + 1,
            origin: self.vault.ledger.origin(),
            covered: told.size,
            root: told.root,
            changes: self.changes,
            file_bytes: self.file_bytes,
        };
        if flow.is_break() || self.send(&Piece::End(end.clone()), send)?.is_break() {
            return Ok(None);
        }
        Ok(Some((end, self.registered)))
    }

    fn send_files(&mut self, checkpoint: &SignedCheckpoint, send: OnPiece<'_>) -> Result<ControlFlow<()>, Error> {
        let vault = Arc::clone(&self.vault);
        for policy in vault.policies.load().all() {
            let name = format!("{POLICIES}/v{}.toml", policy.version());
            if self.send_file(name, policy.text().as_bytes().to_vec(), send)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let note = checkpoint.note().as_bytes().to_vec();
        if self.send_file("tree/checkpoint".to_owned(), note, send)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let mut files = vault.ledger.files(&vault.tree, checkpoint)?;
        files.extend(past_files(vault.keyring_file.parent().unwrap_or(Path::new(""))).map_err(unreadable)?);
        for file in files {
            let mut reader = File::open(&file.path).map_err(unreadable)?.take(file.length);
            let mut left = file.length;
            while left > 0 {
                let mut bytes = Vec::new();
                reader.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut bytes).map_err(unreadable)?;
                if bytes.is_empty() {
                    return Err(unreadable(io::ErrorKind::UnexpectedEof.into()));
                }
                left = left.saturating_sub(bytes.len() as u64);
                if self.send_file(file.name.clone(), bytes, send)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn send_file(&mut self, name: String, bytes: Vec<u8>, send: OnPiece<'_>) -> Result<ControlFlow<()>, Error> {
        self.file_bytes += bytes.len() as u64;
        self.send(&Piece::File(name, bytes), send)
    }

    /// Sends changes, as many at once as a piece holds.
    fn send_changes(&mut self, changes: Vec<Change>, send: OnPiece<'_>) -> Result<ControlFlow<()>, Error> {
        for change in changes {
            self.unsent.push(change);
            if self.unsent.len() == CHANGES_A_PIECE && self.flush(send)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn flush(&mut self, send: OnPiece<'_>) -> Result<ControlFlow<()>, Error> {
        let changes = mem::take(&mut self.unsent);
        self.changes += changes.len() as u64;
        if changes.is_empty() { Ok(ControlFlow::Continue(())) } else { self.send(&Piece::Changes(changes), send) }
    }

    fn send(&mut self, piece: &Piece, send: OnPiece<'_>) -> Result<ControlFlow<()>, Error> {
        let sealed = self.sealer.seal(piece, &self.vault.keyring.load(), self.vault.random.as_ref())?;
        Ok(send(sealed, self.rows, self.total))
    }
}

/// The ledgers that ended with earlier restores; nothing of them changes any more.
fn past_files(data: &Path) -> io::Result<Vec<LedgerFile>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(PAST)];
    while let Some(folder) = folders.pop() {
        let items = match fs::read_dir(data.join(&folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            items => items?,
        };
        for item in items {
            let item = item?;
            let (name, found) = (folder.join(item.file_name()), item.metadata()?);
            if found.is_dir() {
                folders.push(name);
            } else {
                let length = found.len();
                files.push(LedgerFile { path: data.join(&name), name: name.to_string_lossy().into_owned(), length });
            }
        }
    }
    Ok(files)
}

fn not_copied(error: copying::Error) -> Error {
    match error {
        copying::Error::Store(error) => Error::StoreUnavailable(error),
        copying::Error::FallenBehind(_) => Error::BackupOverrun,
    }
}

fn unreadable(error: io::Error) -> Error {
    Cause::Files(error).into()
}

const PAGE: usize = 1024;
/// With values of at most 4 KiB, a piece stays within 300 KiB.
const CHANGES_A_PIECE: usize = 64;
const PIECE_BYTES: usize = 256 * 1024;
