//! Reading and writing the rows of the register, opened and sealed on the way.

use fubako_keys::Unopened;
use minicbor::{Decode, Encode};

use crate::commit::rows;
use crate::commit::work::Write;
use crate::model::basis::Basis;
use crate::model::ids::{BasisId, MemberId, PartyId, Revision};
use crate::model::party::Party;
use crate::model::preferences::Preferences;
use crate::record::sealed::SealedRecord;
use crate::store::key::Key;
use crate::store::row::Row;
use crate::vault::Vault;
use crate::vault::error::Error;

/// A row's content with its revision.
#[derive(Clone, Debug, Default)]
pub struct Revised<T> {
    /// The content.
    pub content: T,
    /// The row's revision.
    pub revision: Revision,
}

impl Vault {
    /// A party.
    pub(super) fn party_row(&self, id: &PartyId) -> Result<Option<Revised<Party>>, Error> {
        self.row(&Key::party(id))
    }

    /// A basis.
    pub(super) fn basis_row(&self, id: BasisId) -> Result<Option<Revised<Basis>>, Error> {
        self.row(&Key::basis(id))
    }

    /// A member's preferences; every member has a row.
    pub(super) fn preferences_row(&self, member: MemberId) -> Result<Option<Revised<Preferences>>, Error> {
        self.row(&Key::preferences(member))
    }

    /// A member's record.
    pub(super) fn record_row(&self, member: MemberId) -> Result<Option<SealedRecord>, Error> {
        let Some(row) = self.store.get(&Key::record(member)).map_err(Error::StoreUnavailable)? else {
            return Ok(None);
        };
        let revision = row.revision();
        let record = SealedRecord::parse(row.into_value())?;
        // A record put in another's place, or an old one under a new revision, is not what was written there.
        if record.member() != member || record.revision() != revision {
            return Err(Unopened.into());
        }
        Ok(Some(record))
    }

    /// A row of the register, opened.
    pub(super) fn row<T: for<'b> Decode<'b, ()>>(&self, key: &Key) -> Result<Option<Revised<T>>, Error> {
        let row = self.store.get(key).map_err(Error::StoreUnavailable)?;
        row.map(|row| self.open_row(key, &row)).transpose()
    }

    /// Opens a row that was read already.
    pub(super) fn open_row<T: for<'b> Decode<'b, ()>>(&self, key: &Key, row: &Row) -> Result<Revised<T>, Error> {
        let content = rows::open(&self.keyring.load(), key, row)?;
        Ok(Revised { content, revision: row.revision() })
    }

    /// The write that puts this content in place of the row at the revision before.
    pub(super) fn write_row<T: Encode<()>>(&self, key: Key, before: Revision, content: &T) -> Result<Write, Error> {
        let row = rows::seal(&self.keyring.load(), &key, before.next(), content, self.random.as_ref())?;
        Ok(Write::put(key, row))
    }
}
