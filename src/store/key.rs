//! The keys of rows: a table, and what names the row in it, in an order that listings follow.

use std::fmt;

use crate::model::ids::{BasisId, CallerName, CopyId, FieldId, MemberId, PartyId, RequestId, Slot};
use crate::store::table::Table;

/// The key of one row.
///
/// `table u8 | what names the row`, fixed widths big-endian, so that keys sort as listings go.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Box<[u8]>);

/// What the keys of one listing begin with.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPrefix(Box<[u8]>);

impl Key {
    /// A member's record.
    #[must_use]
    pub fn record(member: MemberId) -> Self {
        Self::new(Table::Record, &[member.as_bytes()])
    }

    /// A party.
    #[must_use]
    pub fn party(party: &PartyId) -> Self {
        Self::new(Table::Party, &[party.as_str().as_bytes()])
    }

    /// A basis.
    #[must_use]
    pub fn basis(basis: BasisId) -> Self {
        Self::new(Table::Basis, &[basis.as_bytes()])
    }

    /// The note that a basis binds a member.
    #[must_use]
    pub fn basis_of_member(member: MemberId, basis: BasisId) -> Self {
        Self::new(Table::BasisIndex, &[&[BY_MEMBER], member.as_bytes(), basis.as_bytes()])
    }

    /// The note that a basis binds a party.
    #[must_use]
    pub fn basis_of_party(party: &PartyId, basis: BasisId) -> Self {
        Self::new(Table::BasisIndex, &[&[BY_PARTY], party.as_str().as_bytes(), &END, basis.as_bytes()])
    }

    /// A member's preferences.
    #[must_use]
    pub fn preferences(member: MemberId) -> Self {
        Self::new(Table::Preferences, &[member.as_bytes()])
    }

    /// The bucket of a blind-index tag, for all members that share it; a bucket that outgrows its row has further parts.
    #[must_use]
    pub fn index(kind: u8, tag: u64, key_version: u32, part: u16) -> Self {
        let (tag, key_version, part) = (tag.to_be_bytes(), key_version.to_be_bytes(), part.to_be_bytes());
        Self::new(Table::Index, &[&[kind], &key_version, &tag, &part])
    }

    /// The answer to a caller's mutation; `method` is the stable number of what was called.
    #[must_use]
    pub fn request(caller: &CallerName, method: u16, request: RequestId) -> Self {
        let caller = caller.as_str().as_bytes();
        Self::new(Table::Request, &[caller, &END, &method.to_be_bytes(), request.as_bytes()])
    }

    /// What is recorded of a caller.
    #[must_use]
    pub fn caller(caller: &CallerName) -> Self {
        Self::new(Table::Caller, &[caller.as_str().as_bytes()])
    }

    /// An entry of the catalogue.
    #[must_use]
    pub fn catalogue(name: &str) -> Self {
        Self::new(Table::Catalogue, &[name.as_bytes()])
    }

    /// What the law keeps of an erased member.
    #[must_use]
    pub fn retained(member: MemberId) -> Self {
        Self::new(Table::Retained, &[member.as_bytes()])
    }

    /// How much was sealed under a version of the key of that name.
    #[must_use]
    pub fn tally(key: &str, version: u32) -> Self {
        Self::new(Table::Tally, &[key.as_bytes(), &version.to_be_bytes()])
    }

    /// Long work under way.
    #[must_use]
    pub fn job(name: &str) -> Self {
        Self::new(Table::Job, &[name.as_bytes()])
    }

    /// A copy of the vault or of its keyring.
    #[must_use]
    pub fn copy(copy: CopyId) -> Self {
        Self::new(Table::Copy, &[&[A_COPY], copy.as_bytes()])
    }

    /// That the vault was restored from a copy, until an entry says so.
    #[must_use]
    pub fn restored() -> Self {
        Self::new(Table::Copy, &[&[RESTORED]])
    }

    /// That a member was erased after the copy was made that the vault was restored from, until that is done again.
    #[must_use]
    pub fn erased_since(member: MemberId) -> Self {
        Self::new(Table::Copy, &[&[ERASED_SINCE], member.as_bytes()])
    }

    /// That some of a member's values were removed after that copy was made, until that is done again.
    #[must_use]
    pub fn removed_since(member: MemberId) -> Self {
        Self::new(Table::Copy, &[&[REMOVED_SINCE], member.as_bytes()])
    }

    /// What the erasure of a member rests on, or that of one of their values.
    #[must_use]
    pub fn erasure(member: MemberId, value: Option<(FieldId, Slot)>) -> Self {
        match value {
            None => Self::new(Table::Erasure, &[member.as_bytes()]),
            Some((field, slot)) => {
                let (field, slot) = (field.0.to_be_bytes(), slot.0.to_be_bytes());
                Self::new(Table::Erasure, &[member.as_bytes(), &field, &slot])
            }
        }
    }

    /// That nothing of a member is erased.
    #[must_use]
    pub fn hold(member: MemberId) -> Self {
        Self::new(Table::Hold, &[member.as_bytes()])
    }

    /// That a member is erased when their grace period is over.
    #[must_use]
    pub fn pending_erasure(member: MemberId) -> Self {
        Self::new(Table::PendingErasure, &[member.as_bytes()])
    }

    /// Reads a key this vault wrote; `None` where it names no table.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Table::of(*bytes.first()?)?;
        Some(Self(bytes.into()))
    }

    /// The key's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The table its row is in; keys are only made with one.
    #[must_use]
    pub fn table(&self) -> Option<Table> {
        self.0.first().and_then(|number| Table::of(*number))
    }

    /// The member a key names of a table with one row a member.
    #[must_use]
    pub fn member(&self) -> Option<MemberId> {
        let of_member =
            matches!(self.table()?, Table::Record | Table::Preferences | Table::Retained | Table::PendingErasure);
        let (_, id) = self.0.split_first()?;
        id.try_into().ok().filter(|_| of_member).map(MemberId::from_bytes)
    }

    /// The basis a key of [`Table::Basis`] or [`Table::BasisIndex`] names.
    #[must_use]
    pub fn basis_id(&self) -> Option<BasisId> {
        let of_basis = matches!(self.table()?, Table::Basis | Table::BasisIndex);
        self.0.last_chunk().filter(|_| of_basis).copied().map(BasisId::from_bytes)
    }

    /// The copy that a key made by [`copy`](Self::copy) names.
    #[must_use]
    pub fn copy_id(&self) -> Option<CopyId> {
        let [_, A_COPY, id @ ..] = &*self.0 else { return None };
        (*id).try_into().ok().filter(|_| self.table() == Some(Table::Copy)).map(CopyId::from_bytes)
    }

    /// The member that a key made by [`erased_since`](Self::erased_since) names.
    #[must_use]
    pub fn erased_member(&self) -> Option<MemberId> {
        let [_, ERASED_SINCE, id @ ..] = &*self.0 else { return None };
        (*id).try_into().ok().filter(|_| self.table() == Some(Table::Copy)).map(MemberId::from_bytes)
    }

    /// The member that a key made by [`removed_since`](Self::removed_since) names.
    #[must_use]
    pub fn member_of_removal(&self) -> Option<MemberId> {
        let [_, REMOVED_SINCE, id @ ..] = &*self.0 else { return None };
        (*id).try_into().ok().filter(|_| self.table() == Some(Table::Copy)).map(MemberId::from_bytes)
    }

    /// The key's name and the version that a key made by [`tally`](Self::tally) names.
    #[must_use]
    pub fn tallied(&self) -> Option<(&str, u32)> {
        let (_, named) = self.0.split_first().filter(|_| self.table() == Some(Table::Tally))?;
        let (name, version) = named.split_last_chunk()?;
        Some((str::from_utf8(name).ok()?, u32::from_be_bytes(*version)))
    }

    /// The name in a key of [`Table::Party`], [`Table::Caller`], [`Table::Catalogue`] or [`Table::Job`].
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let named = matches!(self.table()?, Table::Party | Table::Caller | Table::Catalogue | Table::Job);
        let (_, name) = self.0.split_first()?;
        str::from_utf8(name).ok().filter(|_| named)
    }

    /// Whether this is the key of a part of the bucket that a blind-index tag names.
    #[must_use]
    pub fn is_of_bucket(&self, kind: u8, tag: u64, key_version: u32) -> bool {
        let bucket = Self::index(kind, tag, key_version, 0);
        let (one, other) = (self.0.split_last_chunk::<2>(), bucket.0.split_last_chunk::<2>());
        one.zip(other).is_some_and(|((one, _), (other, _))| one == other)
    }

    /// The key of the part behind this one of the same bucket.
    #[must_use]
    pub fn next_part(&self) -> Option<Self> {
        let (bucket, part) = self.0.split_last_chunk::<2>()?;
        let next = u16::from_be_bytes(*part).checked_add(1)?.to_be_bytes();
        Some(Self([bucket, &next].concat().into()))
    }

    /// The version of the index key a key of [`Table::Index`] names.
    #[must_use]
    pub fn index_version(&self) -> Option<u32> {
        let [table, _kind, version @ ..] = &*self.0 else { return None };
        let version = version.first_chunk().copied().map(u32::from_be_bytes);
        version.filter(|_| Table::of(*table) == Some(Table::Index))
    }

    fn new(table: Table, parts: &[&[u8]]) -> Self {
        Self(join(table, parts))
    }
}

impl KeyPrefix {
    /// Every row of a table.
    #[must_use]
    pub fn table(table: Table) -> Self {
        Self(join(table, &[]))
    }

    /// The notes of the bases that bind a member.
    #[must_use]
    pub fn bases_of_member(member: MemberId) -> Self {
        Self(join(Table::BasisIndex, &[&[BY_MEMBER], member.as_bytes()]))
    }

    /// What the erasures of a member's values rest on, and that of the member.
    #[must_use]
    pub fn erasures_of_member(member: MemberId) -> Self {
        Self(join(Table::Erasure, &[member.as_bytes()]))
    }

    /// The notes of the bases that bind a party.
    #[must_use]
    pub fn bases_of_party(party: &PartyId) -> Self {
        Self(join(Table::BasisIndex, &[&[BY_PARTY], party.as_str().as_bytes(), &END]))
    }

    /// The copies of the vault.
    #[must_use]
    pub fn copies() -> Self {
        Self(join(Table::Copy, &[&[A_COPY]]))
    }

    /// The erasures to be done again.
    #[must_use]
    pub fn erased_since() -> Self {
        Self(join(Table::Copy, &[&[ERASED_SINCE]]))
    }

    /// The removals to be done again.
    #[must_use]
    pub fn removed_since() -> Self {
        Self(join(Table::Copy, &[&[REMOVED_SINCE]]))
    }

    /// The buckets of one kind of blind index under one version of its key.
    #[must_use]
    pub fn index(kind: u8, key_version: u32) -> Self {
        Self(join(Table::Index, &[&[kind], &key_version.to_be_bytes()]))
    }

    /// The prefix's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the key begins with it.
    #[must_use]
    pub fn holds(&self, key: &[u8]) -> bool {
        key.starts_with(&self.0)
    }
}

impl From<Table> for KeyPrefix {
    fn from(table: Table) -> Self {
        Self::table(table)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", hex::encode(&self.0))
    }
}

impl fmt::Debug for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPrefix({})", hex::encode(&self.0))
    }
}

fn join(table: Table, parts: &[&[u8]]) -> Box<[u8]> {
    let mut bytes = vec![table.number()];
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes.into()
}

const BY_MEMBER: u8 = 1;
const BY_PARTY: u8 = 2;
const A_COPY: u8 = 1;
const RESTORED: u8 = 2;
const ERASED_SINCE: u8 = 3;
const REMOVED_SINCE: u8 = 4;
/// Ends a name inside a key: no name has this byte, so that no name's keys are among another's.
const END: [u8; 1] = [0];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
