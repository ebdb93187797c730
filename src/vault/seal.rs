//! A sealed vault: no key in memory, and what people bring to open it, one piece at a time.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fubako_keys::{
    KeyringError, Passphrase, RootClaim, RootError, RootKey, RootProvider as _, Share, ShareTally, Tallied,
};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::ids::VaultId;
use crate::model::time::Clock;
use crate::vault::create::keyring_header;
use crate::vault::{Vault, error};

/// Where people bring what opens a sealed vault. It knows what the keyring's header says, and no key.
pub struct Keyhole {
    vault: VaultId,
    claim: RootClaim,
    clock: Clock,
    brought: Mutex<Option<Brought>>,
    /// One at a time: each takes 64 MiB and a core, and each may be a guess.
    passphrases: Semaphore,
    attempts: mpsc::Sender<Attempt>,
}

/// The shares so far, and since when there are any.
struct Brought {
    tally: ShareTally,
    since: Timestamp,
}

/// Something that may open the vault, for whoever opens it to try; it is answered what came of it.
#[derive(Debug)]
pub struct Attempt {
    /// What to open it with.
    pub with: Opening,
    /// Told whether it is open.
    pub answer: oneshot::Sender<Result<(), NotOpened>>,
}

/// What a vault is to be opened with.
#[derive(Debug)]
pub enum Opening {
    /// This root key, which is the one the keyring names.
    Root(Box<RootKey>),
    /// The root key that the configuration leads to.
    Configured,
}

/// The vault did not open; the words are for its operator.
#[derive(Debug, Error)]
#[error("the vault does not open with the right root key; the server's log tells why")]
pub struct NotOpened;

/// Why what was brought did not open the vault, which is as sealed as before.
#[derive(Debug, Error)]
pub enum UnsealError {
    /// It is not what this vault's root key is made of, or not the right one.
    #[error(transparent)]
    Root(#[from] RootError),
    /// The root key is right, and the vault does not open, or the configuration leads to no root key.
    #[error(transparent)]
    NotOpened(#[from] NotOpened),
    /// Whoever opens the vault has gone: the server stops.
    #[error("the server is stopping")]
    Stopping,
}

/// How far unsealing has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What the root key is made of.
    pub kind: &'static str,
    /// How many shares are needed and were dealt, and how many are there; none if it is not in shares.
    pub shares: Option<SharesSoFar>,
    /// Whether the vault is open.
    pub is_open: bool,
}

/// How many shares there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SharesSoFar {
    /// How many are enough.
    pub needed: u8,
    /// How many were dealt.
    pub dealt: u8,
    /// How many are there.
    pub brought: u8,
}

impl Keyhole {
    /// The keyhole of the sealed vault in a folder; what may open it is sent to `attempts`.
    pub fn of(folder: &Path, clock: Clock, attempts: mpsc::Sender<Attempt>) -> Result<Self, KeyringError> {
        let header = keyring_header(folder)?;
        let (vault, claim) = (VaultId(*header.vault()), header.root().clone());
        Ok(Self { vault, claim, clock, brought: Mutex::new(None), passphrases: Semaphore::new(1), attempts })
    }

    /// Which vault it is.
    #[must_use]
    pub const fn vault(&self) -> VaultId {
        self.vault
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// How far unsealing has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.told(false)
    }

    /// Takes a share; the last one that is needed opens the vault.
    pub async fn bring_share(&self, share: Share) -> Result<Progress, UnsealError> {
        match self.tally(share)? {
            Tallied::Waiting => Ok(self.told(false)),
            Tallied::Opened(root) => self.open(Opening::Root(root)).await,
        }
    }

    /// Takes the passphrase, which opens the vault; slow, as every guess is to be.
    pub async fn bring_passphrase(&self, passphrase: Passphrase) -> Result<Progress, UnsealError> {
        let _alone = self.passphrases.acquire().await.map_err(|_| UnsealError::Stopping)?;
        let claim = self.claim.clone();
        let derived = tokio::task::spawn_blocking(move || passphrase.open(&claim));
        let root = derived.await.map_err(|_| UnsealError::Stopping)??;
        self.open(Opening::Root(Box::new(root))).await
    }

    /// Opens the vault with the root key that the configuration leads to.
    pub async fn use_configured(&self) -> Result<Progress, UnsealError> {
        self.open(Opening::Configured).await
    }

    /// Drops shares that have waited too long for the others.
    pub fn forget_old(&self) {
        let mut brought = self.brought();
        let is_old = |brought: &Brought| brought.since.duration_until(self.now()) > PATIENCE;
        if brought.as_ref().is_some_and(is_old) {
            tracing::warn!("shares that waited ten minutes for the others were dropped");
            *brought = None;
        }
    }

    fn tally(&self, share: Share) -> Result<Tallied, RootError> {
        self.forget_old();
        let mut brought = self.brought();
        let mut now = match brought.take() {
            Some(brought) => brought,
            None => Brought { tally: ShareTally::new(&self.claim)?, since: self.now() },
        };
        let tallied = now.tally.add(share);
        // The ten minutes begin with the first that is kept.
        *brought = (now.tally.have() > 0).then_some(now);
        Ok(tallied?)
    }

    async fn open(&self, with: Opening) -> Result<Progress, UnsealError> {
        let (answer, answered) = oneshot::channel();
        self.attempts.send(Attempt { with, answer }).await.map_err(|_| UnsealError::Stopping)?;
        answered.await.map_err(|_| UnsealError::Stopping)??;
        Ok(self.told(true))
    }

    fn told(&self, is_open: bool) -> Progress {
        let empty = ShareTally::new(&self.claim).ok();
        let shares = empty.map(|empty| SharesSoFar {
            needed: empty.set().threshold(),
            dealt: empty.set().count(),
            brought: self.brought().as_ref().map_or(0, |brought| brought.tally.have()),
        });
        Progress { kind: self.claim.origin().kind().name(), shares, is_open }
    }

    fn brought(&self) -> MutexGuard<'_, Option<Brought>> {
        self.brought.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Keyhole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyhole").field("vault", &self.vault).finish_non_exhaustive()
    }
}

impl Vault {
    /// Writes down that a caller has the vault sealed; needs the role `operator` or `officer`.
    pub async fn note_sealing(&self, caller: &Caller) -> Result<(), error::Error> {
        self.admit(caller, &[Role::Operator, Role::Officer])?;
        self.note(self.entry(Event::Sealed, &caller.name)?).await.map(drop)
    }

    /// How far unsealing has come for one who may know: it is done. Needs the role `operator`, `officer` or `auditor`.
    pub async fn seal_progress(&self, caller: &Caller) -> Result<Progress, error::Error> {
        self.admit(caller, &[Role::Operator, Role::Officer, Role::Auditor])?;
        let kind = self.root.lock().await.origin().kind().name();
        Ok(Progress { kind, shares: None, is_open: true })
    }
}

/// How long shares wait for the others.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use fubako_keys::{Keyring, Month, NewRoot, RootMaker as _, ShareDeal};
    use ring::rand::SystemRandom;
    use tempfile::TempDir;

    use super::*;

    /// A keyhole of a keyring under two of three shares, by a clock in minutes.
    fn keyhole() -> (Keyhole, NewRoot, Arc<AtomicI64>, mpsc::Receiver<Attempt>, TempDir) {
        let (folder, random) = (tempfile::tempdir().unwrap(), SystemRandom::new());
        let made = ShareDeal::new(2, 3).unwrap().make(&random).unwrap();
        let keyring = Keyring::create([1; 16], Month::new(202_611).unwrap(), 1, &random).unwrap();
        keyring.save(&folder.path().join("keyring"), made.key(), &random).unwrap();
        let minutes = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&minutes);
        let clock: Clock = Arc::new(move || Timestamp::from_second(60 * clock.load(Ordering::Relaxed)).unwrap());
        let (attempts, taken) = mpsc::channel(1);
        (Keyhole::of(folder.path(), clock, attempts).unwrap(), made, minutes, taken, folder)
    }

    fn share(made: &NewRoot, at: usize) -> Share {
        Share::parse(&made.shares().get(at).unwrap().to_line()).unwrap()
    }

    #[tokio::test]
    async fn enough_shares_lead_to_an_attempt_with_the_root_key() {
        let (keyhole, made, _, mut taken, _folder) = keyhole();
        let progress = keyhole.bring_share(share(&made, 0)).await.unwrap();
        assert_eq!(progress.shares, Some(SharesSoFar { needed: 2, dealt: 3, brought: 1 }));
        let opener = tokio::spawn(async move {
            let Attempt { with, answer } = taken.recv().await.unwrap();
            let Opening::Root(root) = with else { unreachable!("{with:?}") };
            answer.send(Ok(())).unwrap();
            root.id()
        });
        assert!(keyhole.bring_share(share(&made, 2)).await.unwrap().is_open);
        assert_eq!(opener.await.unwrap(), made.key().id());
        assert_eq!(keyhole.progress().shares.map(|shares| shares.brought), Some(0), "none is kept beyond its use");
    }

    #[tokio::test]
    async fn shares_that_wait_too_long_are_dropped() {
        let (keyhole, made, minutes, _taken, _folder) = keyhole();
        keyhole.bring_share(share(&made, 0)).await.unwrap();
        minutes.store(11, Ordering::Relaxed);
        // It is the first again, and opens nothing.
        let progress = keyhole.bring_share(share(&made, 1)).await.unwrap();
        assert!(!progress.is_open && progress.shares.is_some_and(|shares| shares.brought == 1), "{progress:?}");
    }

    #[tokio::test]
    async fn a_passphrase_does_not_open_a_vault_under_shares() {
        let (keyhole, ..) = keyhole();
        let refused = keyhole.bring_passphrase(Passphrase::new("words".to_owned()).unwrap()).await.unwrap_err();
        assert!(matches!(refused, UnsealError::Root(RootError::OtherKind { .. })), "{refused}");
    }
}
