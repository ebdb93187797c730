//! A vault in a temporary folder, opened and closed without a network, by a clock the test sets.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use fubako::model::time::Clock;
use fubako::vault::create::{NewVault, create};
use fubako::vault::open::{Error, OpenVault, Opened, open};
use fubako::vault::rotation::Schedule;
use fubako_keys::{KeyringHeader, Passphrase, RootKey, RootProvider as _};
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use tempfile::TempDir;

use super::MARKETPLACE;

/// Where one test's vault lies.
pub(crate) struct Place {
    folder: PathBuf,
    /// Keeps the folder until the test is over; none where it is another process's.
    _temporary: Option<TempDir>,
    policy: String,
    pub(crate) clock: TestClock,
    /// What the blind index is sized for; few, so that members share buckets.
    pub(crate) expected_members: u64,
    /// How many days after it was asked for a member is erased.
    pub(crate) erasure_grace_days: u32,
    /// Which keys the vault rotates by itself.
    pub(crate) schedule: Schedule,
    /// What the keyring is sealed under, where it is not the root key's file.
    pub(crate) passphrase: Option<&'static str>,
    /// Set when the test is over: a vault nobody closed loses its folder under its feet, and that is no failure.
    over: Arc<AtomicBool>,
}

impl Drop for Place {
    fn drop(&mut self) {
        // Before the folder goes, which is a field.
        self.over.store(true, Ordering::Release);
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::under(MARKETPLACE)
    }

    /// One whose members are erased so many days after it was asked for.
    pub(crate) fn with_grace(days: u32) -> Self {
        let mut place = Self::new();
        place.erasure_grace_days = days;
        place
    }

    pub(crate) fn under(policy: &str) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let place = Self {
            folder: temporary.path().to_owned(),
            _temporary: Some(temporary),
            policy: policy.to_owned(),
            clock: TestClock::default(),
            expected_members: 64,
            erasure_grace_days: 0,
            schedule: Schedule::default(),
            passphrase: None,
            over: Arc::default(),
        };
        let root = RootKey::create_file(&place.root_file(), &SystemRandom::new()).unwrap();
        let data = place.data();
        let new = NewVault { folder: &data, policy_text: policy, policy_file: Path::new("policy.toml") };
        create(&new, &root, place.clock.now(), &SystemRandom::new()).unwrap();
        place
    }

    /// A place another process made, under the policy it left there.
    pub(crate) fn again(folder: PathBuf) -> Self {
        let policy = std::fs::read_to_string(folder.join("data/policies/v1.toml")).unwrap();
        let clock = TestClock::default();
        Self {
            folder,
            _temporary: None,
            policy,
            clock,
            expected_members: 64,
            erasure_grace_days: 0,
            schedule: Schedule::default(),
            passphrase: None,
            over: Arc::default(),
        }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Somewhere else in the same temporary folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn root_file(&self) -> PathBuf {
        self.beside("root")
    }

    fn root(&self) -> RootKey {
        let Some(passphrase) = self.passphrase else { return RootKey::load_file(&self.root_file()).unwrap() };
        let header = KeyringHeader::read(&self.data().join("keyring")).unwrap();
        Passphrase::new(passphrase.to_owned()).unwrap().open(header.root()).unwrap()
    }

    pub(crate) async fn open(&self) -> Opened {
        self.try_open().await.unwrap()
    }

    pub(crate) async fn try_open(&self) -> Result<Opened, Error> {
        open(self.how()).await
    }

    pub(crate) fn how(&self) -> OpenVault {
        let over = Arc::clone(&self.over);
        OpenVault {
            folder: self.data(),
            root: self.root(),
            policy_text: self.policy.clone(),
            policy_file: "policy.toml".into(),
            expected_members: self.expected_members,
            cache_bytes: 16 << 20,
            retention_months: 36,
            backup_keep_days: 35,
            erasure_grace_days: self.erasure_grace_days,
            schedule: self.schedule.clone(),
            disk_reserve_bytes: 0,
            clock: self.clock.clock(),
            random: Arc::new(SystemRandom::new()),
            on_fatal: Arc::new(move |fatal| assert!(over.load(Ordering::Acquire), "{fatal}")),
        }
    }
}

/// A clock that stands at one day and goes on by a millisecond each time it is read.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.fetch_add(1000, Ordering::Relaxed)).unwrap()
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

impl Default for TestClock {
    fn default() -> Self {
        let start: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        Self(Arc::new(AtomicI64::new(start.as_microsecond())))
    }
}

/// Copies a folder with everything in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            copy_folder(&item.path(), &target);
        } else {
            std::fs::copy(item.path(), target).unwrap();
        }
    }
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}
