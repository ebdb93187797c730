//! The sweep: record after record brought under the new version, beside everything else the vault does.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use fubako_keys::KeyName;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::commit;
use crate::commit::work::Work;
use crate::ledger::accounted::Accounted;
use crate::ledger::draft::Draft;
use crate::ledger::event::Event;
use crate::record::permit::Reseal;
use crate::store::key::Key;
use crate::vault::Vault;
use crate::vault::error::{Cause, Error};
use crate::vault::rotation::Progress;
use crate::vault::rotation::batch::Batch;
use crate::vault::rotation::job::{Job, Stage, job_key};
use crate::vault::rotation::pace::{Pace, aside};
use crate::vault::rows::Revised;

impl Vault {
    /// Rotates and destroys what was asked for, and takes up what an earlier run left; to be run beside the server.
    pub async fn keep_keys(self: Arc<Self>) -> Infallible {
        loop {
            match self.keep_keys_once().await {
                Ok(()) => drop(timeout(LOOK_AGAIN, self.rotation.wake.notified()).await),
                Err(error) => {
                    tracing::warn!(vault = %self.id, %error, "the rotation goes on in a moment");
                    sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Does what [`keep_keys`](Self::keep_keys) does until nothing is left to do.
    pub async fn keep_keys_once(self: &Arc<Self>) -> Result<(), Error> {
        if self.is_scoped() {
            // A copy may have been made in the midst of a rotation; the vault it is of goes on with it.
            return Ok(());
        }
        self.finish_destructions().await?;
        self.advance_rotation().await?;
        while self.begin_due_rotation().await? {
            self.advance_rotation().await?;
        }
        Ok(())
    }

    /// Brings the rotation that is under way to its end, if there is one.
    pub async fn advance_rotation(self: &Arc<Self>) -> Result<(), Error> {
        let Some(mut job) = self.job()? else { return Ok(()) };
        let Some((key, _)) = job.content.target() else { return Ok(()) };
        if job.content.under_way().is_none() {
            self.tell(&job.content, 0, 0);
            return Ok(());
        }
        self.begin_version(&job.content).await?;
        if job.content.stage() == Stage::Sweeping {
            if is_swept(key) {
                job = self.sweep(job, key).await?;
            }
            job.content.reach(Stage::Proving);
        }
        self.conclude(job).await
    }

    async fn sweep(self: &Arc<Self>, mut job: Revised<Job>, key: KeyName) -> Result<Revised<Job>, Error> {
        let total = self.blocking(Self::count_records).await?;
        let permit = Arc::new(self.permit_reseal(&job.content).await?);
        let mut pace = Pace::beginning(self.now());
        let read = |after: Option<Key>, size| {
            let (vault, permit) = (Arc::clone(self), Arc::clone(&permit));
            aside(move || vault.refresh_batch(&permit, key, after.as_ref(), size))
        };
        let mut ahead = None;
        loop {
            self.tell(&job.content, total, pace.rate);
            let reading = ahead.take().unwrap_or_else(|| read(job.content.cursor(), pace.size));
            let batch: Batch = reading.await.map_err(|_| Cause::Panicked)??;
            let Some(last) = batch.last else { return Ok(job) };
            // The next is worked out while this one is committed. Batches of the index change each other's lists.
            let following = (key != KeyName::Index).then(|| read(Some(Key::record(last)), pace.size));
            let mut next = job.content.clone();
            next.move_to(last);
            next.checked += batch.checked;
            next.resealed += batch.resealed;
            next.damaged += batch.damaged;
            let (before, entries) = (self.now(), self.ledger.entries());
            if self.commit_batch(batch, &job, &next).await? {
                let checked = next.checked - job.content.checked;
                job = Revised { content: next, revision: job.revision.next() };
                let others = self.ledger.entries().saturating_sub(entries).saturating_sub(1);
                let took = Duration::try_from(before.duration_until(self.now())).unwrap_or_default();
                ahead = following;
                pace.keep((self.now(), checked), took, others > 0).await;
            }
        }
    }

    /// Commits a batch with the job's next state; false if something in it was changed meanwhile.
    pub(super) async fn commit_batch(&self, batch: Batch, job: &Revised<Job>, next: &Job) -> Result<bool, Error> {
        let mut entry = self.vault_entry(Event::FieldsResealed)?.of_subject(&next.subject());
        entry.leaf.count = batch.resealed;
        let mut writes = batch.writes;
        writes.push(self.write_row(job_key(), job.revision, next)?);
        let work =
            Work::entry(Draft::new(entry)).resting_on(batch.premise).writing(writes).sealed_under(batch.sealed_under);
        match self.committer.commit(work).await {
            Ok(_) => Ok(true),
            Err(commit::Error::Stale | commit::Error::Conflict(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks for what still needs an older version, and writes down how the rotation ended.
    async fn conclude(self: &Arc<Self>, mut job: Revised<Job>) -> Result<(), Error> {
        let Some((key, version)) = job.content.target() else { return Ok(()) };
        self.tell(&job.content, job.content.checked, 0);
        let needs = self.blocking(Self::key_needs).await?;
        let left = needs.before(key, version) + needs.unread;
        job.content.reach(if left == 0 { Stage::Complete } else { Stage::Incomplete });
        let reason = job.content.stage().name();
        let mut entry = self.vault_entry(Event::KeyRotated)?.of_subject(&job.content.subject()).because(reason);
        entry.leaf.count = job.content.resealed;
        let write = self.write_row(job_key(), job.revision, &job.content)?;
        self.commit_own(entry, vec![write]).await?;
        self.tell(&job.content, needs.records, 0);
        tracing::info!(vault = %self.id, %key, version, records = needs.records, left, "a rotation has ended: {reason}");
        Ok(())
    }

    /// Leave to open what is to be sealed again, for as long as this sweep goes on.
    pub(super) async fn permit_reseal(&self, job: &Job) -> Result<Accounted<Reseal>, Error> {
        let entry = self.vault_entry(Event::Resealing)?.of_subject(&job.subject());
        let (draft, pending) = Draft::pending(entry, Reseal);
        let durable = self.committer.commit(Work::entry(draft)).await?;
        Ok(pending.account(durable)?)
    }

    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        look: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let vault = Arc::clone(self);
        spawn_blocking(move || look(&vault)).await.map_err(|_| Cause::Panicked)?
    }

    /// Tells of a rotation that was just asked for, unless it is told of already.
    pub(super) fn tell_begun(&self, job: &Job) {
        let begun = progress(job, 0, 0);
        let target = |progress: &Progress| (progress.key, progress.version);
        self.rotation.progress.send_if_modified(|told| {
            let is_new = told.as_ref().map(target) != begun.as_ref().map(target);
            if is_new {
                *told = begun;
            }
            is_new
        });
    }

    fn tell(&self, job: &Job, total: u64, rate: u64) {
        if let Some(progress) = progress(job, total, rate) {
            self.rotation.progress.send_replace(Some(progress));
        }
    }
}

fn progress(job: &Job, total: u64, rate: u64) -> Option<Progress> {
    let (key, version) = job.target()?;
    let Job { checked, resealed, damaged, .. } = *job;
    let (stage, started) = (job.stage(), job.started());
    Some(Progress { key, version, stage, checked, total, resealed, damaged, started, rate })
}

/// Whether records rest on the key. What is derived with the pseudonym key, and signed, is not stored in them.
const fn is_swept(key: KeyName) -> bool {
    matches!(key, KeyName::Class(_) | KeyName::Manifest | KeyName::Index)
}

/// How often somebody looks for a rotation nobody was woken for.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
const AFTER_FAILURE: Duration = Duration::from_secs(1);
