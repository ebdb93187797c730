//! Beginning again: the first start of a restored vault says what it is, and erases again who was erased since.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::commit::work::{Work, Write};
use crate::ledger::draft::Draft;
use crate::ledger::event::Event;
use crate::model::ids::{FieldId, MemberId, RequestId, Revision, Slot};
use crate::store::key::{Key, KeyPrefix};
use crate::vault::Vault;
use crate::vault::backup::shipped::ErasedMember;
use crate::vault::due::own_caller;
use crate::vault::erase::{Erasure, Trigger, Unreadable};
use crate::vault::error::Error;
use crate::vault::mutation::{Method, Request};
use crate::vault::remove::Removal;
use crate::vault::restore::Note;
use crate::vault::restore::since::Removed;

impl Vault {
    /// Writes the first entry of the ledger of a restored vault: the old checkpoint, and what is lost behind it. An export of
    /// each class is registered that may have been made since.
    pub(in crate::vault) async fn begin_restored(&self) -> Result<(), Error> {
        let Some(row) = self.row::<Note>(&Key::restored())? else { return Ok(()) };
        let Note { backup, origin, covered, root, from, until, accepted, generation } = row.content;
        let checkpoint = format!("{} {covered} {}", hex::encode(origin), STANDARD.encode(root));
        let range = until
            .map_or_else(|| format!("from entry {from} on"), |until| format!("entries {from} to {until} at least"));
        let erasures = if accepted { "; erasures since are not known, which was accepted" } else { "" };
        let entry = self.vault_entry(Event::Restored)?.of_subject(&checkpoint);
        let entry = entry.because(&format!("backup {backup}; lost: what is told {range}{erasures}"));
        // What was given out since the backup holds keys, and nobody knows of it: it must not be taken for nothing.
        let mut writes = self.unknown_exports(generation.unwrap_or(0))?;
        writes.push(Write::remove(Key::restored(), row.revision));
        let work = Work::entry(Draft::new(entry)).writing(writes);
        self.committer.commit(work).await.map(drop).map_err(Error::from)
    }

    /// Erases again who was erased after the backup was made; what a start that was cut short has left is done now.
    pub(in crate::vault) async fn replay_erasures(&self) -> Result<(), Error> {
        loop {
            let rows = self.store.scan(&KeyPrefix::erased_since(), None, AT_ONCE).map_err(Error::StoreUnavailable)?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut writes = Vec::with_capacity(rows.len() * 2);
            for (key, row) in rows {
                let since = self.open_row::<ErasedMember>(&key, &row)?;
                let member = since.content.member;
                self.erase_again(member, &since.content).await?;
                if self.store.get(&Key::retained(member)).map_err(Error::StoreUnavailable)?.is_none() {
                    // Collected and erased since: the id stays taken all the same.
                    writes.push(self.retained_write(member, None)?);
                }
                writes.push(Write::remove(key, since.revision));
            }
            let mut entry = self.vault_entry(Event::ErasuresReplayed)?;
            entry.leaf.count = writes.iter().filter(|write| write.key.erased_member().is_some()).count() as u64;
            self.committer.commit(Work::entry(Draft::new(entry)).writing(writes)).await.map(drop)?;
        }
    }

    /// Removes again what was removed of members after the backup was made.
    pub(in crate::vault) async fn replay_removals(&self) -> Result<(), Error> {
        loop {
            let rows = self.store.scan(&KeyPrefix::removed_since(), None, AT_ONCE).map_err(Error::StoreUnavailable)?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut writes = Vec::with_capacity(rows.len());
            for (key, row) in rows {
                let since = self.open_row::<Removed>(&key, &row)?;
                if let Some(member) = key.member_of_removal() {
                    self.remove_since(member, &since.content).await?;
                }
                writes.push(Write::remove(key, since.revision));
            }
            let mut entry = self.vault_entry(Event::ErasuresReplayed)?.of_subject(&VALUES);
            entry.leaf.count = writes.len() as u64;
            self.committer.commit(Work::entry(Draft::new(entry)).writing(writes)).await.map(drop)?;
        }
    }

    /// Removes of a member's values those that are there.
    async fn remove_since(&self, member: MemberId, removed: &Removed) -> Result<(), Error> {
        let Some(own) = own_caller() else { return Ok(()) };
        let Ok(id) = RequestId::parse(&member.to_string()) else { return Ok(()) };
        let request = Request { caller: &own, method: Method::RemoveFields, id, digest: [0; 32] };
        let named = |(name, slot): &(String, u16)| Some((self.field_once_named(name)?, Some(Slot(*slot))));
        let fields = removed.values.iter().filter_map(named).collect();
        match self.remove_again(request, &Removal { member, expected: Revision::ABSENT, fields }).await {
            // Whoever came after the backup is not there, nor is what was collected after it.
            Ok(_) | Err(Error::MemberNotFound | Error::Invalid { .. }) => Ok(()),
            Err(Error::StoreUnavailable(error)) => Err(Error::StoreUnavailable(error)),
            Err(error) => {
                // A start must not fail for ever at one damaged record; a check of the vault names it.
                tracing::error!(vault = %self.id, %member, %error, "what was removed since the backup could not be again");
                Ok(())
            }
        }
    }

    /// The field that has or had that name.
    fn field_once_named(&self, name: &str) -> Option<FieldId> {
        self.policies.load().all().find_map(|policy| Some(policy.field_named(name)?.id()))
    }

    /// Erases a member if there is one, also where what the law wants kept does not open: it was decided before.
    async fn erase_again(&self, member: MemberId, since: &ErasedMember) -> Result<(), Error> {
        let Some(own) = own_caller() else { return Ok(()) };
        let Ok(id) = RequestId::parse(&member.to_string()) else { return Ok(()) };
        let request = Request { caller: &own, method: Method::EraseMember, id, digest: [0; 32] };
        let erasure = Erasure {
            member,
            asserted: None,
            expected: Revision::ABSENT,
            reason: format!("erased on {:.0}, and brought back by a restore", since.time),
            unreadable: Unreadable::LetGo,
        };
        match self.erase_at_once(request, &erasure, Trigger::Replayed).await {
            Ok(_) | Err(Error::MemberNotFound) => Ok(()),
            Err(other) => Err(other),
        }
    }
}

const AT_ONCE: usize = 200;
/// What the entry says where values were removed again, and nobody erased.
const VALUES: &str = "values";
