//! Rotation: a key gets a new version at once, and everything that rests on an older one is made anew behind it.
//!
//! ```text
//! rotate ── entry, job row ── new version in the keyring ── sweep, batch after batch ── proof ── completion entry
//! ```
//!
//! The job row is written before the keyring changes and moves on with every batch, so that a run that was killed anywhere
//! is taken up where it stood. Reads and writes go on throughout: what is written meanwhile is under the new version, which
//! the committer sees to.

mod batch;
mod job;
mod needs;
mod pace;
mod schedule;
mod sweep;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;

use std::future::ready;

use fubako_keys::{KeyName, LifeError};
use jiff::Timestamp;
use tokio::sync::{Mutex, Notify, watch};

use crate::commit::remembered::Outcome;
use crate::commit::work::{Redo, Write};
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{CallerName, Revision};
use crate::vault::Vault;
use crate::vault::error::Error;
use crate::vault::mutation::{Done, Plan, Request};
use crate::vault::rows::Revised;

pub use self::job::Stage;
pub use self::needs::Needs;
pub use self::schedule::{KeyVersion, Schedule};

use self::job::{Job, job_key};

/// Where the work of rotations is asked for and told of.
#[derive(Debug)]
pub(super) struct Desk {
    /// Held while what two approvers agreed on is done: the second one waits for it, and the background looks for it too.
    pub(super) destroying: Mutex<()>,
    wake: Notify,
    progress: watch::Sender<Option<Progress>>,
}

/// How far a rotation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// The key.
    pub key: KeyName,
    /// Its new version.
    pub version: u32,
    /// What is being done.
    pub stage: Stage,
    /// How many records have been looked at.
    pub checked: u64,
    /// How many there are; 0 until they have been counted.
    pub total: u64,
    /// How many were made anew.
    pub resealed: u64,
    /// How many do not open and stay as they were.
    pub damaged: u64,
    /// When it was asked for.
    pub started: Timestamp,
    /// How many records were looked at in the last second or so, for a second.
    pub rate: u64,
}

impl Default for Desk {
    fn default() -> Self {
        Self { destroying: Mutex::new(()), wake: Notify::new(), progress: watch::Sender::new(None) }
    }
}

impl Desk {
    /// How far the last rotation is, now and whenever that changes; none before the first.
    pub(super) fn watch(&self) -> watch::Receiver<Option<Progress>> {
        self.progress.subscribe()
    }
}

impl Vault {
    /// Gives a key a new version and begins to bring everything under it; needs the role `operator`.
    ///
    /// The new version is in use when this returns. One rotation goes on at a time.
    pub async fn rotate_key(&self, request: Request<'_>, key: KeyName) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Operator])?;
        self.check_unscoped()?;
        let done = match self.recalled(&request)? {
            Some(done) => done,
            None if !is_rotated(key) => return Err(Error::NotRotated { key }),
            None => self.mutate(request, || ready(self.plan_rotation(request, key))).await?,
        };
        // Also where a run before was cut short behind the entry.
        self.begin_job().await?;
        self.rotation.wake.notify_one();
        Ok(done)
    }

    /// Makes the new version of the rotation that was asked for last, and tells whoever watches from now on of it.
    async fn begin_job(&self) -> Result<(), Error> {
        if let Some(job) = self.job()? {
            self.begin_version(&job.content).await?;
            self.tell_begun(&job.content);
        }
        Ok(())
    }

    /// How far the last rotation is, now and whenever that changes; none before the first.
    ///
    /// Needs the role `operator`, `officer` or `auditor`.
    pub fn watch_rotation(&self, caller: &Caller) -> Result<watch::Receiver<Option<Progress>>, Error> {
        self.admit(caller, &[Role::Operator, Role::Officer, Role::Auditor])?;
        Ok(self.rotation.watch())
    }

    fn plan_rotation(&self, request: Request<'_>, key: KeyName) -> Result<Plan, Error> {
        let (subject, write) = self.plan_job(key, &request.caller.name)?;
        Ok(Plan {
            entry: self.entry(Event::KeyRotating, &request.caller.name)?.of_subject(&subject),
            rests_on: Vec::new(),
            touches: Vec::new(),
            writes: vec![write],
            sealed_under: Vec::new(),
            outcome: Outcome { subject, revision: Revision::ABSENT },
        })
    }

    /// The next version of the key, as entries name it, and the write of the job that brings it in.
    fn plan_job(&self, key: KeyName, by: &CallerName) -> Result<(String, Write), Error> {
        let before = self.job()?.unwrap_or_default();
        if let Some(under_way) = before.content.under_way() {
            return Err(Error::RotationUnderWay { key: under_way });
        }
        let newest = self.keyring.load().newest_version(key).ok_or(Error::KeyNotFound)?;
        let version = newest.saturating_add(1);
        let job = Job::begin((key, version), by, self.now());
        Ok((subject(key, version), self.write_row(job_key(), before.revision, &job)?))
    }

    /// The key that is being rotated.
    pub(super) fn rotating(&self) -> Result<Option<KeyName>, Error> {
        Ok(self.job()?.and_then(|job| job.content.under_way()))
    }

    fn job(&self) -> Result<Option<Revised<Job>>, Error> {
        self.row(&job_key())
    }

    /// Makes the version a job is about, unless it is there: a run before may have come so far.
    async fn begin_version(&self, job: &Job) -> Result<(), Error> {
        let Some((key, version)) = job.target() else { return Ok(()) };
        let now = self.now().as_millisecond();
        let random = self.random.as_ref();
        let changed = self.change_keyring(Redo::Kept, |keyring| {
            let newest = keyring.newest_version(key).ok_or(LifeError::NoSuchKey)?;
            Ok(if newest < version { Some(keyring.rotate(key, now, random)?) } else { None })
        });
        Ok(changed.await?)
    }
}

/// Whether a key is rotated here. Ledger keys are made by the month; what the others seal is not sealed anew yet.
pub(crate) const fn is_rotated(key: KeyName) -> bool {
    matches!(key, KeyName::Class(_) | KeyName::Manifest | KeyName::Index | KeyName::Pseudonym | KeyName::Signing)
}

/// How entries name a version of a key.
pub(super) fn subject(key: KeyName, version: u32) -> String {
    format!("{key} {version}")
}
