//! Retained: what the law has kept of an erased member; sealed again as the member goes, read by the role `legal`, and gone
//! when its term is over.

use jiff::Timestamp;

use crate::commit;
use crate::commit::work::{Premise, Work, Write};
use crate::ledger::accounted::{Accounted, Receipt};
use crate::ledger::draft::Draft;
use crate::ledger::entry::Entry;
use crate::ledger::event::Event;
use crate::ledger::leaf::FieldDraft;
use crate::model::caller::{Caller, Role};
use crate::model::form::Form;
use crate::model::ids::{MemberId, PolicyVersion, Revision};
use crate::model::label::Label;
use crate::model::recipient::Recipient;
use crate::policy::retained::{self as terms, LegalGrant};
use crate::policy::table::Policy;
use crate::record::permit::Retain;
use crate::record::retained::{self, Kept, ReleasedKept, Retained};
use crate::record::sealed::SealedRecord;
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Row;
use crate::store::table::Table;
use crate::vault::error::{Cause, Error};
use crate::vault::rows::Revised;
use crate::vault::{ATTEMPTS, Vault};

impl Vault {
    /// Releases what is kept of an erased member, once its entry is durable; needs the role `legal`.
    ///
    /// One answer stands for a member who never was, who lives, of whom nothing was to be kept, and whose term is over:
    /// the role reads what is kept, and learns of nobody else.
    pub async fn read_retained(&self, caller: &Caller, member: MemberId, why: &str) -> Result<ReleasedKept, Error> {
        self.check_role(caller, &[Role::Legal])?;
        self.check_unscoped()?;
        for _ in 0..ATTEMPTS {
            // INVARIANT (premise): taken before the suspension and the row are looked up.
            let read_at = self.committer.applied();
            self.admit(caller, &[])?;
            let kept = self.kept_row(&Key::retained(member))?;
            let of = kept.as_ref().map(|row| row.content.of(member));
            let (Some(kept), Ok(grant)) = (kept, terms::decide(caller, of, self.now())) else {
                self.turned_away(caller, Some(member), "NOTHING_RETAINED");
                return Err(Error::NothingRetained);
            };
            let policy = self.policies.load().version(kept.content.policy());
            let policy = policy.ok_or(Cause::PolicyLost(kept.content.policy()))?;
            let entry = self.reading_entry(&grant, &kept.content, &policy)?.because(why);
            let rows = vec![Key::retained(member), Key::caller(&caller.name)];
            let premise = Premise { read_at, rows, until: Some(grant.kept().until) };
            let (draft, pending) = Draft::pending(entry, grant);
            match self.committer.commit(Work::entry(draft).resting_on(premise)).await {
                Ok(durable) => return self.open_kept(&kept.content, pending.account(durable)?, &policy).await,
                Err(commit::Error::Stale) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(Error::Overloaded)
    }

    /// Writes down that a member is about to be erased, and lets what the law wants kept be sealed again; no permit where
    /// the policy has nothing kept.
    pub(super) async fn permit_to_retain(
        &self,
        caller: &Caller,
        policy: &Policy,
        member: MemberId,
    ) -> Result<Option<Accounted<Retain>>, Error> {
        if policy.retained().is_none() {
            return Ok(None);
        }
        let entry = self.entry(Event::Erasing, &caller.name)?.about(member);
        self.permit(caller, &entry, Retain { member }).await.map(Some)
    }

    /// What is kept of the record by the erasure that `entry` tells of.
    pub(super) fn retain(
        &self,
        record: &SealedRecord,
        permit: &Accounted<Retain>,
        entry: &Entry,
        policy: &Policy,
    ) -> Result<Retained, Error> {
        let erasure = retained::Erasure { entry: entry.id(), time: entry.time() };
        let keyring = self.keyring.load();
        retained::seal(record, permit, erasure, (&keyring, policy), self.random.as_ref()).map_err(|error| match error {
            retained::Error::Unopened(_) => Error::RetainedUnreadable,
            retained::Error::Seal(error) => error.into(),
        })
    }

    /// The write that puts what is kept in the erased member's place, or nothing.
    ///
    /// Without it too there is a row: the id is never given to anyone again, since old bases and old copies of the record
    /// must not find a new owner.
    pub(super) fn retained_write(&self, member: MemberId, kept: Option<&Kept>) -> Result<Write, Error> {
        let key = Key::retained(member);
        match kept {
            Some(kept) => self.write_row(key, Revision::ABSENT, kept),
            None => Ok(Write::put(key, Row::new(Revision::ABSENT.next(), Vec::new())?)),
        }
    }

    /// Destroys what is past its term, and writes down how much; the ids stay taken.
    pub(super) async fn destroy_lapsed(&self) -> Result<(), Error> {
        let table = KeyPrefix::table(Table::Retained);
        let mut after: Option<Key> = None;
        loop {
            let rows = self.store.scan(&table, after.as_ref(), SWEEP).map_err(Error::StoreUnavailable)?;
            let Some((last, _)) = rows.last() else { return Ok(()) };
            after = Some(last.clone());
            let mut lapsed = Vec::new();
            for (key, row) in rows {
                if self.is_lapsed(&key, &row) {
                    lapsed.push(Write::put(key, Row::new(row.revision().next(), Vec::new())?));
                }
            }
            if !lapsed.is_empty() {
                let mut entry = self.vault_entry(Event::RetainedDestroyed)?;
                entry.leaf.count = lapsed.len() as u64;
                self.committer.commit(Work::entry(Draft::new(entry)).writing(lapsed)).await.map(drop)?;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Whether something is kept in that row, and no longer. A row that does not open must not keep the others' terms from
    /// being held to; nobody can read it either.
    fn is_lapsed(&self, key: &Key, row: &Row) -> bool {
        if row.value().is_empty() {
            return false;
        }
        match self.open_row::<Kept>(key, row) {
            Ok(kept) => key.member().is_some_and(|member| kept.content.of(member).until <= self.now()),
            Err(error) => {
                tracing::warn!(vault = %self.id, ?key, %error, "what is kept of an erased member does not open");
                false
            }
        }
    }

    /// Until when something is kept of an erased member.
    pub(super) fn kept_until(&self, member: MemberId) -> Result<Option<Timestamp>, Error> {
        let until = self.kept_row(&Key::retained(member))?.map(|row| row.content.of(member).until);
        Ok(until.filter(|until| *until > self.now()))
    }

    fn kept_row(&self, key: &Key) -> Result<Option<Revised<Kept>>, Error> {
        let row = self.store.get(key).map_err(Error::StoreUnavailable)?.filter(|row| !row.value().is_empty());
        row.map(|row| self.open_row(key, &row)).transpose()
    }

    fn reading_entry(&self, grant: &LegalGrant, kept: &Kept, policy: &Policy) -> Result<Entry, Error> {
        let of = grant.kept();
        let entry = self.entry(Event::RetainedReleased, grant.caller())?.about(of.member).of_subject(&of.erasure);
        let field = |name| FieldDraft { name, slot: 0, forms: Form::Full.name().into(), key_version: 0 };
        let names = kept.fields().iter().filter_map(|id| Some(policy.field(*id)?.name().into()));
        let PolicyVersion(version) = kept.policy();
        Ok(entry.telling(|leaf| {
            leaf.purpose = terms::PURPOSE.into();
            leaf.recipient = Label::from(&Recipient::Marketplace);
            leaf.recipient_class = leaf.recipient.clone();
            leaf.policy_version = version;
            leaf.fields = names.map(field).collect();
        }))
    }

    async fn open_kept(
        &self,
        kept: &Kept,
        grant: Accounted<LegalGrant>,
        policy: &Policy,
    ) -> Result<ReleasedKept, Error> {
        let (granted, caller) = (grant.receipt(), grant.what().caller().clone());
        let member = grant.what().kept().member;
        let keyring = self.keyring.load_full();
        match retained::open(kept, grant, &keyring, policy) {
            Ok(released) => Ok(released),
            Err(unopened) => {
                let entry = self.entry(Event::NotReleased, &caller)?.about(member);
                let receipt: Receipt = self.note(entry.of_subject(&granted.entry()).because("DOES_NOT_OPEN")).await?;
                Err(Error::Internal { entry: Some(receipt.entry()), cause: Cause::Unopened(unopened) })
            }
        }
    }
}

/// Rows looked at, and at most destroyed, in one go.
const SWEEP: usize = 500;
