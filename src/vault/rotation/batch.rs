//! A batch: some records in the order of their keys, brought under the active versions, as one piece of work.

use fubako_keys::{KeyName, Keyring};

use crate::commit::work::{Premise, Write};
use crate::ledger::accounted::Accounted;
use crate::model::ids::MemberId;
use crate::policy::table::Policy;
use crate::record::permit::Reseal;
use crate::record::refresh::{self, Refreshed, Relisted, refresh, relisted};
use crate::record::sealed::SealedRecord;
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Row;
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::collect::record_write;
use crate::vault::error::Error;
use crate::vault::index::Relisting;

/// Records brought up to the keyring, not committed yet.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) premise: Premise,
    pub(super) writes: Vec<Write>,
    pub(super) sealed_under: Vec<(KeyName, u32)>,
    /// The last record looked at; none if there was none.
    pub(super) last: Option<MemberId>,
    pub(super) checked: u64,
    pub(super) resealed: u64,
    pub(super) damaged: u64,
}

/// What a batch is made with.
struct Bench<'a> {
    permit: &'a Accounted<Reseal>,
    keyring: &'a Keyring,
    policy: &'a Policy,
    key: KeyName,
}

impl Vault {
    /// Brings the next `size` records behind `after` under the active versions.
    pub(super) fn refresh_batch(
        &self,
        permit: &Accounted<Reseal>,
        key: KeyName,
        after: Option<&Key>,
        size: usize,
    ) -> Result<Batch, Error> {
        // INVARIANT (premise): taken before anything is read.
        let premise = Premise { read_at: self.committer.applied(), ..Premise::default() };
        let (keyring, policy) = (self.keyring.load_full(), self.policy());
        let bench = Bench { permit, keyring: &keyring, policy: &policy, key };
        let mut batch = Batch { premise, ..Batch::default() };
        let mut relisting = Relisting::new(self);
        let records = KeyPrefix::table(Table::Record);
        for (key, row) in self.store.scan(&records, after, size).map_err(Error::StoreUnavailable)? {
            let Some(member) = key.member() else { continue };
            batch.last = Some(member);
            batch.checked += 1;
            match self.refresh_one(&bench, member, row, &mut relisting) {
                Ok(None) => {}
                Ok(Some(refreshed)) => batch.take(&refreshed)?,
                Err(Error::StoreUnavailable(error)) => return Err(Error::StoreUnavailable(error)),
                Err(error) => {
                    tracing::warn!(vault = %self.id, %member, %error, "a record does not open, and stays as it is");
                    batch.damaged += 1;
                }
            }
        }
        batch.writes.extend(relisting.into_writes()?);
        batch.premise.rows = batch.writes.iter().map(|write| write.key.clone()).collect();
        batch.sealed_under.sort_unstable();
        batch.sealed_under.dedup();
        Ok(batch)
    }

    fn refresh_one(
        &self,
        bench: &Bench<'_>,
        member: MemberId,
        row: Row,
        relisting: &mut Relisting<'_>,
    ) -> Result<Option<Refreshed>, Error> {
        let revision = row.revision();
        let record = SealedRecord::parse(row.into_value())?;
        if record.member() != member || record.revision() != revision {
            return Err(fubako_keys::Unopened.into());
        }
        let Bench { permit, keyring, policy, key } = *bench;
        if key != KeyName::Index {
            return Ok(refresh(&record, permit, keyring, None, self.random.as_ref())?);
        }
        let tag = |kind, normal: &[u8]| keyring.index_tag(kind, normal, self.tag_bits);
        let Some(Relisted { before, after }) = relisted(&record, permit, (keyring, policy), tag)? else {
            return Ok(None);
        };
        let refreshed = refresh(&record, permit, keyring, Some(&after), self.random.as_ref())?;
        relisting.relist(member, &before, &after)?;
        Ok(refreshed)
    }
}

impl Batch {
    fn take(&mut self, refreshed: &Refreshed) -> Result<(), Error> {
        self.resealed += 1;
        // The revision stays: what clients see has not changed.
        let write = record_write(&refreshed.record)?;
        self.writes.push(Write { expected: refreshed.record.revision(), ..write });
        self.sealed_under.extend(&refreshed.sealed_under);
        Ok(())
    }
}

impl From<refresh::Error> for Error {
    fn from(error: refresh::Error) -> Self {
        match error {
            refresh::Error::Unopened(error) => error.into(),
            refresh::Error::Seal(error) => error.into(),
            refresh::Error::Key(error) => error.into(),
            refresh::Error::Edit(error) => error.into(),
        }
    }
}
