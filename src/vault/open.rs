//! Opening a vault: every part checked against the others, then one state, then the first entry of this run.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use fubako_keys::{Keyring, KeyringError, LifeError, RootKey, TagBits};
use jiff::Timestamp;
use ring::rand::SecureRandom;
use thiserror::Error;
use tokio::sync::{Mutex, Semaphore};

use crate::commit::rows;
use crate::commit::start::{self, Parts, Recovered, Started};
use crate::commit::work::{Redo, Work, Write};
use crate::commit::{Fatal, OnFatal, Running};
use crate::ledger::draft::Draft;
use crate::ledger::entry::Entry;
use crate::ledger::event::Event;
use crate::ledger::salts::Salts;
use crate::ledger::writer;
use crate::model::ids::{Revision, VaultId};
use crate::model::time::Clock;
use crate::store::Store;
use crate::store::folder::{DataFolder, FolderError};
use crate::store::sled::{OpenError, SledOptions, SledStore};
use crate::store::space::DiskReserve;
use crate::vault::catalogue::{Settings, settings_key};
use crate::vault::create::{KEYRING, POLICIES, read_marker};
use crate::vault::guesses::Guesses;
use crate::vault::known::Known;
use crate::vault::meter::Meter;
use crate::vault::policies::{self, Policies, Taken};
use crate::vault::refusals::Refusals;
use crate::vault::rotation::{Desk, Schedule};
use crate::vault::{Vault, error};

/// How a vault is opened.
pub struct OpenVault {
    /// The data folder.
    pub folder: PathBuf,
    /// The root key.
    pub root: RootKey,
    /// The policy to keep to: the one in force, or a newer version of it.
    pub policy_text: String,
    /// The file it was read from, for error messages.
    pub policy_file: PathBuf,
    /// How many members the blind index of a new vault is sized for; only the first start reads it.
    pub expected_members: u64,
    /// The store's cache, in bytes.
    pub cache_bytes: u64,
    /// How many months the law asks entries to be readable after their own.
    pub retention_months: u32,
    /// How many days copies of the vault are kept, at most.
    pub backup_keep_days: u32,
    /// How many days after it was asked for a member is erased; 0 is at once.
    pub erasure_grace_days: u32,
    /// After how many days the vault rotates which keys by itself.
    pub schedule: Schedule,
    /// Free disk space below which nothing is written, in bytes.
    pub disk_reserve_bytes: u64,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Arc<dyn SecureRandom + Send + Sync>,
    /// Called when nothing may be written any more.
    pub on_fatal: OnFatal,
}

impl fmt::Debug for OpenVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenVault").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// An open vault and what runs beside it.
#[derive(Debug)]
pub struct Opened {
    /// The vault.
    pub vault: Arc<Vault>,
    /// What had to be mended.
    pub recovered: Recovered,
    /// When the run before committed its last group.
    pub last_time: Option<Timestamp>,
    running: Running,
}

/// Why a vault does not open; nothing was changed.
#[derive(Debug, Error)]
pub enum Error {
    /// The folder holds no vault, or one of another format.
    #[error("`{folder}` is not a vault's data folder; `fubako init` makes one")]
    NoVault {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The keyring does not do.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The keyring is older than the vault.
    #[error(
        "the keyring is of generation {keyring}, but this vault has used generation {vault}: an old copy was put in \
         its place; put the newest one back"
    )]
    OldKeyring {
        /// The keyring's generation.
        keyring: u64,
        /// The generation the vault has used.
        vault: u64,
    },
    /// The store is not the one this vault wrote.
    #[error("the store in `{folder}` is not this vault's: what it says of the vault does not open; put its own back")]
    ForeignStore {
        /// The store's folder.
        folder: PathBuf,
    },
    /// The policy does not do.
    #[error(transparent)]
    Policy(#[from] policies::Error),
    /// The data folder cannot be had.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// Store, redo log and journal do not fit together.
    #[error(transparent)]
    Start(#[from] start::Error),
    /// The clock stands outside the years there can be ledger keys for.
    #[error(transparent)]
    Clock(#[from] writer::Error),
    /// New ledger keys could not be made.
    #[error(transparent)]
    Keys(#[from] LifeError),
    /// The first entries could not be written.
    #[error(transparent)]
    Vault(#[from] error::Error),
}

impl From<Error> for error::Error {
    /// For a change of the keyring: the ledger did not take it, or the keyring itself failed.
    fn from(failure: Error) -> Self {
        if let Error::Vault(error) = failure { error } else { error::Cause::Keyring(Box::new(failure)).into() }
    }
}

fn sled_options(how: &OpenVault) -> SledOptions {
    let on_fatal = Arc::clone(&how.on_fatal);
    SledOptions {
        cache_bytes: how.cache_bytes,
        flush_limit: FLUSH_LIMIT,
        on_fatal: Arc::new(move |fatal| on_fatal(&Fatal::Engine(fatal.clone()))),
    }
}

/// Opens the vault in a folder and writes down that it started.
pub async fn open(how: OpenVault) -> Result<Opened, Error> {
    let folder = how.folder.clone();
    let data = DataFolder::open(&folder)?;
    let id = read_marker(&folder).map_err(|source| Error::NoVault { folder: folder.clone(), source })?;
    let keyring = load_keyring(&how, id)?;
    let policies = Policies::load(&folder.join(POLICIES))?;
    let (policies, taken) = policies.take_on(&how.policy_text, &how.policy_file)?;
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&data, sled_options(&how))?);
    let known = known_settings(store.as_ref(), &keyring, &data)?;
    if keyring.generation() < known.keyring_generation {
        return Err(Error::OldKeyring { keyring: keyring.generation(), vault: known.keyring_generation });
    }
    let keyring = Arc::new(ArcSwap::from_pointee(keyring));
    let reserve = DiskReserve::new(folder.clone(), how.disk_reserve_bytes);
    let parts = Parts {
        store: Arc::clone(&store),
        keyring: Arc::clone(&keyring),
        random: Arc::clone(&how.random),
        clock: Arc::clone(&how.clock),
        reserve: reserve.clone(),
        checkpointed: known.checkpointed,
        on_fatal: Arc::clone(&how.on_fatal),
    };
    let Started { committer, running, reader, proofs, recovered, last_time } = start::start(&data, id, parts)?;
    let meter = Meter::of(&policies.current());
    let mut vault = Vault {
        id,
        store,
        keyring,
        policies: ArcSwap::from_pointee(policies),
        committer,
        ledger: reader,
        proofs,
        clock: how.clock,
        salts: Salts::new(Arc::clone(&how.random)),
        random: how.random,
        guesses: Guesses::default(),
        known: Known::default(),
        rotation: Desk::default(),
        comparisons: Arc::new(Semaphore::new(COMPARISONS)),
        searches: Semaphore::new(1),
        refusals: Refusals::default(),
        meter,
        reserve,
        keyring_file: folder.join(KEYRING),
        root: Mutex::new(how.root),
        tree: data.tree(),
        retention_months: how.retention_months,
        backup_keep_days: how.backup_keep_days,
        erasure_grace_days: how.erasure_grace_days,
        schedule: how.schedule,
        tag_bits: TagBits::MIN,
    };
    vault.make_ready(how.expected_members, taken, &folder).await?;
    Ok(Opened { vault: Arc::new(vault), recovered, last_time, running })
}

/// The keyring of that vault, which may be used now.
fn load_keyring(how: &OpenVault, vault: VaultId) -> Result<Keyring, Error> {
    let keyring = Keyring::load(&how.folder.join(KEYRING), &how.root)?;
    keyring.expect_vault(&vault.0)?;
    if keyring.scope().is_some_and(|scope| (how.clock)().as_millisecond() >= scope.until_ms()) {
        return Err(error::Error::ScopeOver.into());
    }
    Ok(keyring)
}

/// The newest policy that the vault in a folder has kept, for who opens it without a policy of their own.
pub fn kept_policy(folder: &Path) -> Result<String, Error> {
    Ok(Policies::load(&folder.join(POLICIES))?.current().text().to_owned())
}

impl Opened {
    /// Waits until everything queued is durable and the store is flushed; the vault must have no other user any more.
    ///
    /// Without it nothing acknowledged is lost either; the next start only has more to apply again.
    pub fn close(self) {
        drop(self.vault);
        self.running.join();
    }
}

impl Vault {
    /// Does what must be done before the first call.
    async fn make_ready(&mut self, expected_members: u64, taken: Taken, folder: &Path) -> Result<(), Error> {
        self.begin_restored().await?;
        self.settle(expected_members).await?;
        if taken == Taken::New {
            self.policies.load().keep(&folder.join(POLICIES))?;
        }
        self.begin().await?;
        self.replay_erasures().await?;
        Ok(self.replay_removals().await?)
    }

    /// Reads what the catalogue keeps of the vault, or writes it on the very first start.
    async fn settle(&mut self, expected_members: u64) -> Result<(), Error> {
        let generation = self.keyring.load().generation();
        let key = settings_key();
        let Some(row) = self.row::<Settings>(&key)? else {
            self.tag_bits = bits_for(expected_members);
            let settings = Settings {
                index_bits: self.tag_bits.count(),
                keyring_generation: generation,
                policy_version: self.policy().version(),
                checkpointed: 0,
                retired_through: 0,
            };
            let entry = self.vault_entry(Event::VaultCreated)?.of_subject(&self.id);
            let mut writes = self.unsealed_policies()?;
            writes.push(self.write_row(key, Revision::ABSENT, &settings)?);
            return Ok(self.commit_own(entry, writes).await?);
        };
        let settings = row.content;
        self.tag_bits = TagBits::new(settings.index_bits).unwrap_or(TagBits::MIN);
        if generation < settings.keyring_generation {
            return Err(Error::OldKeyring { keyring: generation, vault: settings.keyring_generation });
        }
        self.check_policies(settings.policy_version)??;
        if generation > settings.keyring_generation {
            // The last run ended between the keyring and its completion entry.
            self.complete_keyring_change(generation).await?;
        }
        Ok(self.complete_retirement().await?)
    }

    /// Writes down under which policy the vault starts, and that it does; makes the ledger keys that are due.
    async fn begin(&self) -> Result<(), Error> {
        let policy = self.policy();
        let row = self.settings()?;
        // Also where the last run ended between keeping a new policy and saying so.
        if row.content.policy_version != policy.version() {
            let entry = self.vault_entry(Event::PolicyActivated)?.of_subject(&policy.id());
            let settings = Settings { policy_version: policy.version(), ..row.content };
            let mut writes = self.unsealed_policies()?;
            writes.push(self.write_row(settings_key(), row.revision, &settings)?);
            self.commit_own(entry, writes).await?;
        }
        self.make_due_ledger_keys().await?;
        let entry = self.vault_entry(Event::Started)?.of_subject(&env!("CARGO_PKG_VERSION"));
        let row = self.settings()?;
        let settings = Settings { checkpointed: self.proofs.checkpoint().checkpoint().size, ..row.content };
        let mut writes = self.unsealed_policies()?;
        writes.push(self.write_row(settings_key(), row.revision, &settings)?);
        Ok(self.commit_own(entry, writes).await?)
    }

    /// Makes the ledger keys of this month and the three ahead, if any is missing.
    pub(super) async fn make_due_ledger_keys(&self) -> Result<(), Error> {
        if self.is_scoped() {
            // Those of its term came with it.
            return Ok(());
        }
        let now = self.now();
        let month = writer::month_of(now)?;
        let random = self.random.as_ref();
        let change = |keyring: &Keyring| Ok(keyring.ensure_months(month, now.as_millisecond(), random)?);
        self.change_keyring(Redo::Kept, change).await
    }

    /// Changes the keyring, one change at a time: intent entry, keyring, completion entry. No change, no entries.
    ///
    /// A change that destroys a key drops the redo log first: it may hold what was sealed under the key.
    pub(super) async fn change_keyring(
        &self,
        redo: Redo,
        change: impl FnOnce(&Keyring) -> Result<Option<Keyring>, LifeError>,
    ) -> Result<(), Error> {
        let root = self.root.lock().await;
        let Some(next) = change(&self.keyring.load())? else { return Ok(()) };
        let generation = next.generation();
        let entry = self.vault_entry(Event::KeysChanging)?.of_subject(&generation);
        let work = Work::entry(Draft::new(entry)).with_redo(redo);
        self.committer.commit(work).await.map(drop).map_err(error::Error::from)?;
        next.save(&self.keyring_file, &root, self.random.as_ref())?;
        self.keyring.store(Arc::new(next));
        self.complete_keyring_change(generation).await
    }

    pub(super) async fn complete_keyring_change(&self, generation: u64) -> Result<(), Error> {
        let row = self.settings()?;
        let settings = Settings { keyring_generation: generation, ..row.content };
        let entry = self.vault_entry(Event::KeysChanged)?.of_subject(&generation);
        Ok(self.commit_own(entry, vec![self.write_row(settings_key(), row.revision, &settings)?]).await?)
    }

    pub(super) async fn commit_own(&self, entry: Entry, writes: Vec<Write>) -> Result<(), error::Error> {
        let work = Work::entry(Draft::new(entry)).writing(writes);
        self.committer.commit(work).await.map(drop).map_err(error::Error::from)
    }
}

/// What the store says of the vault, before the redo log is applied to it; another vault's store is refused.
fn known_settings(store: &dyn Store, keyring: &Keyring, data: &DataFolder) -> Result<Settings, Error> {
    let key = settings_key();
    let Some(row) = store.get(&key).map_err(error::Error::StoreUnavailable)? else {
        return Ok(Settings::default());
    };
    rows::open(keyring, &key, &row).map_err(|_| Error::ForeignStore { folder: data.store() })
}

/// So many bits that about 16 members share a tag.
fn bits_for(expected_members: u64) -> TagBits {
    let buckets = expected_members / MEMBERS_A_TAG;
    let bits = u8::try_from(buckets.max(2).ilog2()).unwrap_or(u8::MAX);
    TagBits::new(bits).unwrap_or(TagBits::MIN)
}

const MEMBERS_A_TAG: u64 = 16;
/// Comparisons at once; each may take 19 MiB and a core for some tens of milliseconds.
const COMPARISONS: usize = 4;
/// A flush that takes longer has hung.
pub(super) const FLUSH_LIMIT: Duration = Duration::from_mins(1);
