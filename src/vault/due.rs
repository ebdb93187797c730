//! Due: the vault erases by itself whose grace period is over, unless something stands in the way.

use crate::ledger::event::Event;
use crate::model::caller::{Caller, Identity, Role, VAULT_ITSELF};
use crate::model::ids::{CallerName, MemberId, RequestId};
use crate::store::key::{Key, KeyPrefix};
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::erase::Trigger;
use crate::vault::error::Error;
use crate::vault::mutation::{Method, Request};
use crate::vault::pending::{Obstacle, Pending};
use crate::vault::rows::Revised;

impl Vault {
    /// Erases everybody whose grace period is over; one who cannot be does not keep the others waiting.
    pub(super) async fn erase_due(&self) -> Result<(), Error> {
        if self.is_scoped() {
            // The vault its keyring was taken of does.
            return Ok(());
        }
        let table = KeyPrefix::table(Table::PendingErasure);
        let mut after: Option<Key> = None;
        loop {
            let rows = self.store.scan(&table, after.as_ref(), SWEEP).map_err(Error::StoreUnavailable)?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            after = Some(last.clone());
            for (key, row) in rows {
                let Some(member) = key.member() else { continue };
                let looked = match self.open_row::<Pending>(&key, &row) {
                    Ok(pending) => self.look_at_pending(member, pending).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = looked {
                    tracing::warn!(vault = %self.id, %member, %error, "an erasure that is pending is tried again");
                }
            }
            tokio::task::yield_now().await;
        }
    }

    async fn look_at_pending(&self, member: MemberId, row: Revised<Pending>) -> Result<(), Error> {
        if row.content.ledger != self.origin() {
            return self.begin_again(member, row).await;
        }
        if row.content.due() > self.now() || row.content.obstacle == Some(Obstacle::Unreadable) {
            return Ok(());
        }
        let obstacle = match self.erase_due_member(member, &row.content).await {
            Ok(()) | Err(Error::NoErasurePending) => return Ok(()),
            Err(Error::Held) => Obstacle::Hold,
            Err(Error::RetainedUnreadable) => Obstacle::Unreadable,
            Err(other) => return Err(other),
        };
        if row.content.obstacle == Some(obstacle) {
            return Ok(());
        }
        tracing::warn!(vault = %self.id, %member, obstacle = obstacle.name(), "an erasure that is due is stopped");
        let entry = self.vault_entry(Event::ErasureStopped)?.about(member).because(obstacle.name());
        let stopped = row.content.stopped_by(obstacle);
        self.commit_own(entry, vec![self.write_row(Key::pending_erasure(member), row.revision, &stopped)?]).await
    }

    /// After a restore the grace period begins again: that the erasure was taken back since the backup may be forgotten.
    async fn begin_again(&self, member: MemberId, row: Revised<Pending>) -> Result<(), Error> {
        let entry = self.vault_entry(Event::ErasureScheduled)?.about(member);
        let pending = row.content.begun_again(self.now(), entry.id(), self.origin());
        let entry = entry.of_subject(&pending.due()).because(&pending.reason);
        let writes = self.pending_writes(member, row.revision, Some(&pending))?;
        self.commit_own(entry, writes).await
    }

    async fn erase_due_member(&self, member: MemberId, pending: &Pending) -> Result<(), Error> {
        let Some(own) = own_caller() else { return Ok(()) };
        let Ok(id) = RequestId::parse(&member.to_string()) else { return Ok(()) };
        let request = Request { caller: &own, method: Method::EraseMember, id, digest: [0; 32] };
        self.erase_at_once(request, &pending.erasure(member), Trigger::Due).await.map(drop)
    }
}

/// The vault where it erases by itself.
pub(super) fn own_caller() -> Option<Caller> {
    Some(Caller {
        name: CallerName::parse(VAULT_ITSELF).ok()?,
        identity: Identity::parse(IDENTITY)?,
        roles: [Role::Officer].into(),
        purposes: [].into(),
        classes: [].into(),
        parties: [].into(),
        records: [].into(),
    })
}

/// Nobody calls by it.
const IDENTITY: &str = "spiffe://vault/itself";
/// Rows looked at in one go.
const SWEEP: usize = 500;
