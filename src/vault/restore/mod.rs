//! Restore: a backup made into a vault again, whose ledger begins anew and says after what.
//!
//! ```text
//! backup read to its end ── rows, policies, the old ledger ── what is left to do ── keyring, new journal ── marker
//! first start: entry that names the old checkpoint ── who and what was erased since is erased again ── served
//! ```

mod begin;
mod files;
mod since;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fubako_keys::{Keyring, KeyringError, RootKey};
use jiff::Timestamp;
use minicbor::{Decode, Encode};
use ring::rand::SecureRandom;
use thiserror::Error;

use crate::commit::rows;
use crate::ledger::audit::{Audit, Folders};
use crate::ledger::journal::append_file::create_folder;
use crate::ledger::journal::{Journal, JournalError, JournalId};
use crate::ledger::writer;
use crate::model::ids::{CopyId, Revision};
use crate::store::folder::{DataFolder, FolderError};
use crate::store::key::Key;
use crate::store::row::{Change, Row};
use crate::store::sled::{OpenError, SledOptions, SledStore};
use crate::store::{Position, Store, StoreError};
use crate::vault::backup::reading::{self, Contents, Part, read};
use crate::vault::backup::shipped;
use crate::vault::catalogue::{Settings, settings_key};
use crate::vault::create::{JOURNAL, KEYRING, random_id, write_marker};
use crate::vault::open::FLUSH_LIMIT;
use crate::vault::restore::files::Files;
use crate::vault::restore::since::Since;

/// A vault to be restored.
#[derive(Debug, Clone, Copy)]
pub struct Restore<'a> {
    /// The folder, empty or not there yet.
    pub folder: &'a Path,
    /// The backup.
    pub backup: &'a Path,
    /// The newest copy of the keyring.
    pub keyring: &'a Path,
    /// What is known of members erased since.
    pub erasures: Erasures<'a>,
}

/// What is known of members who were erased after the backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasures<'a> {
    /// What was shipped into this folder.
    Shipped(&'a Path),
    /// Nothing: they come back, and somebody takes that upon themself.
    Accepted,
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// The backup.
    pub contents: Contents,
    /// How many members are erased again at the first start, at most.
    pub erased: u64,
    /// Of how many others values are removed again, at most.
    pub removed: u64,
    /// How many entries of the old ledger are known to be lost with what they did; none, where nobody knows.
    pub lost: Option<u64>,
}

/// Why nothing was restored; a folder that has no marker yet holds nothing that is needed.
#[derive(Debug, Error)]
pub enum Error {
    /// There is something in the folder.
    #[error("`{}` is not empty; a vault is restored into an empty folder", .0.display())]
    NotEmpty(PathBuf),
    /// Something could not be written.
    #[error("`{}` could not be written", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The backup does not do.
    #[error(transparent)]
    Backup(#[from] reading::Error),
    /// The keyring does not do.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The keyring is older than the backup.
    #[error("the backup has used generation {backup} of the keyring, and this copy is of generation {keyring}")]
    OldKeyring {
        /// What the backup has used.
        backup: u64,
        /// The keyring's generation.
        keyring: u64,
    },
    /// What was shipped does not do.
    #[error(transparent)]
    Shipped(#[from] shipped::Error),
    /// What was shipped says nothing of the time after the backup.
    #[error(
        "the erasures shipped cover {covered} entries of the ledger, but the backup was made at entry {backup}: members \
         erased since would be back"
    )]
    ShippedBehind {
        /// How far they reach.
        covered: u64,
        /// How far the backup does.
        backup: u64,
    },
    /// A scoped keyring does not erase.
    #[error(
        "{erased} members were erased since the backup was made, and a scoped keyring does not erase: restore from a backup \
         made after the last of them"
    )]
    ScopedErasures {
        /// How many.
        erased: u64,
    },
    /// A row of the backup that has to be read does not open.
    #[error("the catalogue in the backup does not open")]
    Catalogue,
    /// A row could not be made.
    #[error(transparent)]
    Row(#[from] rows::Error),
    /// The data folder cannot be had.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The store cannot be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store did not take the rows.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The new journal could not be made.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The old ledger in the backup is broken.
    #[error("the ledger in the backup is broken: {0}")]
    OldLedger(String),
    /// The clock is far off.
    #[error(transparent)]
    Clock(#[from] writer::Error),
    /// The system gave no randomness.
    #[error(transparent)]
    Random(#[from] fubako_keys::RandomFailed),
}

/// What the first start has to say of the restore.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Note {
    #[n(0)]
    backup: CopyId,
    #[cbor(n(1), with = "minicbor::bytes")]
    origin: [u8; 16],
    #[n(2)]
    covered: u64,
    #[cbor(n(3), with = "minicbor::bytes")]
    root: [u8; 32],
    /// From which entry on what the old ledger tells of is lost.
    #[n(4)]
    from: u64,
    /// Up to which entry the old ledger is known to have gone.
    #[n(5)]
    until: Option<u64>,
    /// Whether somebody accepted that erased members come back.
    #[n(6)]
    accepted: bool,
    /// The generation of the keyring that the vault had used by then.
    #[n(7)]
    generation: Option<u64>,
}

/// Makes a vault of a backup; its first start goes on from there.
pub fn restore(
    how: &Restore<'_>,
    root: &RootKey,
    (now, random): (Timestamp, &dyn SecureRandom),
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Restored, Error> {
    let keyring = Arc::new(Keyring::load(how.keyring, root)?);
    let (contents, generation) = check(how.backup, &keyring, progress)?;
    let since = Since::read(how.erasures, &keyring, &contents)?;
    let io = |source| Error::Io { path: how.folder.to_owned(), source };
    create_folder(how.folder).map_err(io)?;
    if fs::read_dir(how.folder).map_err(io)?.next().is_some() {
        return Err(Error::NotEmpty(how.folder.to_owned()));
    }
    let data = DataFolder::open(how.folder)?;
    write_rows_and_files(how, &data, &keyring, progress)?;
    check_old_ledger(how.folder, &keyring, &contents)?;
    let accepted = how.erasures == Erasures::Accepted;
    let end = &contents.end;
    let (origin, covered, root_hash) = (end.origin, end.covered, end.root);
    let (backup, from, generation) = (contents.id, end.entries, Some(generation));
    let until = since.until;
    let note = Note { backup, origin, covered, root: root_hash, from, until, accepted, generation };
    leave_work(&data, &keyring, (&note, &since), random)?;
    keyring.restored().save(&how.folder.join(KEYRING), root, random)?;
    let journal = JournalId { vault: contents.vault, origin: random_id(random)? };
    Journal::create(&how.folder.join(JOURNAL), journal, writer::month_of(now)?)?;
    // Last, as when a vault is made: a folder without it is no vault.
    write_marker(how.folder, contents.vault).map_err(io)?;
    let lost = until.map(|until| until.saturating_sub(contents.end.entries));
    let (erased, removed) = (since.erased.len() as u64, since.removed.len() as u64);
    Ok(Restored { contents, erased, removed, lost })
}

/// Reads the whole backup before anything is written, and whether the keyring is new enough for what it holds; with the
/// generation it has used.
fn check(backup: &Path, keyring: &Arc<Keyring>, progress: &mut dyn FnMut(u64, u64)) -> Result<(Contents, u64), Error> {
    let mut settings: Option<Row> = None;
    let contents = read(backup, keyring, &mut |part, at, length| {
        if let Part::Changes(changes) = &part {
            for change in changes.iter().filter(|change| *change.key() == settings_key()) {
                settings = change.row().cloned();
            }
        }
        progress(at, length.saturating_mul(2));
        Ok(())
    })?;
    let settings = settings.ok_or(Error::Catalogue)?;
    let settings: Settings = rows::open(keyring, &settings_key(), &settings).map_err(|_| Error::Catalogue)?;
    if settings.keyring_generation > keyring.generation() {
        return Err(Error::OldKeyring { backup: settings.keyring_generation, keyring: keyring.generation() });
    }
    Ok((contents, settings.keyring_generation))
}

fn write_rows_and_files(
    how: &Restore<'_>,
    data: &DataFolder,
    keyring: &Arc<Keyring>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Error> {
    let store = store(data)?;
    let mut files = Files::new(how.folder);
    read(how.backup, keyring, &mut |part, at, length| {
        match part {
            Part::Changes(changes) => store.apply(&changes, Position::START)?,
            Part::File(name, bytes) => files.append(&name, &bytes)?,
        }
        progress(length.saturating_add(at), length.saturating_mul(2));
        Ok(())
    })?;
    files.finish().map_err(|source| Error::Io { path: how.folder.to_owned(), source })?;
    store.flush()?;
    Ok(())
}

/// The old ledger as it came along has to be whole; its index is not needed.
fn check_old_ledger(folder: &Path, keyring: &Arc<Keyring>, contents: &Contents) -> Result<(), Error> {
    let past = files::past(folder);
    let (journal, tree, index) = (past.join("journal"), past.join("tree"), past.join("index"));
    let folders = Folders { journal: &journal, tree: &tree, index: &index };
    let told = |broken: String| Error::OldLedger(broken);
    let audit =
        Audit::at_rest(&folders, contents.vault, Arc::clone(keyring)).map_err(|broken| told(broken.to_string()))?;
    let verdict = audit.run(|_, _| {});
    match verdict.breaks.first() {
        Some(broken) => Err(told(broken.to_string())),
        None if verdict.root == contents.end.root => files::name_past(folder, &contents.end.origin)
            .map_err(|source| Error::Io { path: folder.to_owned(), source }),
        None => Err(told("its root is another than the backup says".to_owned())),
    }
}

/// Leaves in the store what the first start has to do, before there is anything to start.
fn leave_work(
    data: &DataFolder,
    keyring: &Keyring,
    (note, since): (&Note, &Since),
    random: &dyn SecureRandom,
) -> Result<(), Error> {
    let store = store(data)?;
    let key = settings_key();
    let row = store.get(&key)?.ok_or(Error::Catalogue)?;
    let settings: Settings = rows::open(keyring, &key, &row).map_err(|_| Error::Catalogue)?;
    // The new ledger has no checkpoint yet.
    let settings = Settings { checkpointed: 0, ..settings };
    if keyring.scope().is_some() {
        since.check_nobody_is_left(&store)?;
    }
    let mut changes = vec![
        Change::put(key.clone(), rows::seal(keyring, &key, row.revision().next(), &settings, random)?),
        Change::put(Key::restored(), rows::seal(keyring, &Key::restored(), Revision::ABSENT.next(), note, random)?),
    ];
    changes.extend(since.left_to_do(keyring, random)?);
    for some in changes.chunks(CHANGES_AT_ONCE) {
        store.apply(some, Position::START)?;
    }
    store.flush()?;
    Ok(())
}

fn store(data: &DataFolder) -> Result<SledStore, Error> {
    let options = SledOptions { cache_bytes: CACHE, flush_limit: FLUSH_LIMIT, on_fatal: Arc::new(|_| ()) };
    Ok(SledStore::open(data, options)?)
}

const CACHE: u64 = 256 << 20;
const CHANGES_AT_ONCE: usize = 256;
