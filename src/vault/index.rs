//! The blind index: the buckets a member is listed in, and who else is in them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use fubako_keys::{IndexKind, IndexTag, Keyring};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::commit::work::Write;
use crate::field::kind::Kind;
use crate::model::ids::{MemberId, Revision};
use crate::record::tags::Listing;
use crate::store::key::{Key, KeyPrefix};
use crate::store::row::Row;
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::error::Error;
use crate::vault::rows::Revised;

/// The members of one part of a bucket, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
struct Part {
    #[n(0)]
    members: Vec<ByteArray<16>>,
}

impl Part {
    fn members(&self) -> impl Iterator<Item = MemberId> {
        self.members.iter().map(|bytes| MemberId::from_bytes(**bytes))
    }

    fn place_of(&self, member: MemberId) -> Result<usize, usize> {
        self.members.binary_search(&ByteArray::from(*member.as_bytes()))
    }

    fn insert(&mut self, member: MemberId) {
        if let Err(place) = self.place_of(member) {
            self.members.insert(place, ByteArray::from(*member.as_bytes()));
        }
    }

    fn remove(&mut self, member: MemberId) {
        if let Ok(place) = self.place_of(member) {
            self.members.remove(place);
        }
    }
}

/// A bucket: everyone who shares a tag.
#[derive(Debug, Default)]
struct Bucket {
    /// At which revision its parts lie in the store.
    stored: Vec<Revision>,
    parts: Vec<Part>,
    changed: BTreeSet<usize>,
}

/// The index a kind of value is found by.
pub(super) const fn index_of(kind: Kind) -> Option<IndexKind> {
    match kind {
        Kind::Email => Some(IndexKind::Email),
        Kind::Phone => Some(IndexKind::Phone),
        Kind::Text
        | Kind::PersonName
        | Kind::Credential
        | Kind::PostalAddress
        | Kind::Date
        | Kind::PaymentCard
        | Kind::BankAccount
        | Kind::UsageHistory
        | Kind::AccessTrace
        | Kind::Pseudonym => None,
    }
}

impl Vault {
    /// Where a value in its normal form is to be listed.
    pub(super) fn tag(&self, keyring: &Keyring, kind: IndexKind, normal: &[u8]) -> Result<IndexTag, Error> {
        Ok(keyring.index_tag(kind, normal, self.tag_bits)?)
    }

    /// The members who may be listed under a value in its normal form, under any version of the index key that is there.
    pub(super) fn candidates(&self, keyring: &Keyring, kind: IndexKind, normal: &[u8]) -> Result<Vec<MemberId>, Error> {
        let mut members = Vec::new();
        // The oldest first: a rotation takes members to a newer one meanwhile, never back.
        let tags: Vec<IndexTag> = keyring.index_tags(kind, normal, self.tag_bits).collect();
        for tag in tags.into_iter().rev() {
            members.extend(self.bucket(kind, tag)?.parts.iter().flat_map(Part::members));
        }
        members.sort_unstable();
        members.dedup();
        Ok(members)
    }

    /// The writes that take a member from its listings before to those after.
    pub(super) fn relist(&self, member: MemberId, before: &[Listing], after: &[Listing]) -> Result<Vec<Write>, Error> {
        let mut relisting = Relisting::new(self);
        relisting.relist(member, before, after)?;
        relisting.into_writes()
    }

    /// Every row of the index that lists a member, where nobody can tell any more which.
    ///
    /// The whole index is read for it, and others are let by time and again. A row that does not open is passed over: a check
    /// of the vault names it. No row comes to list a member whose record does not open, so that this holds for good.
    pub(super) async fn rows_listing(&self, member: MemberId) -> Result<Vec<Key>, Error> {
        let (table, mut after, mut listing) = (KeyPrefix::table(Table::Index), None, Vec::new());
        loop {
            let rows = self.store.scan(&table, after.as_ref(), AT_ONCE).map_err(Error::StoreUnavailable)?;
            let Some((last, _)) = rows.last() else { return Ok(listing) };
            after = Some(last.clone());
            let lists = |key: &Key, row: &Row| {
                self.open_row::<Part>(key, row).is_ok_and(|part| part.content.place_of(member).is_ok())
            };
            listing.extend(rows.into_iter().filter(|(key, row)| lists(key, row)).map(|(key, _)| key));
            tokio::task::yield_now().await;
        }
    }

    /// The writes that take a member out of these rows of the index.
    pub(super) fn unlist(&self, member: MemberId, listing: &[Key]) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::with_capacity(listing.len());
        for key in listing {
            let Some(Revised { content: mut part, revision }) = self.row::<Part>(key)? else { continue };
            part.remove(member);
            // An empty part stays while others follow it.
            let goes = part.members.is_empty() && !self.has_row(key.next_part())?;
            let key = key.clone();
            writes.push(if goes { Write::remove(key, revision) } else { self.write_row(key, revision, &part)? });
        }
        Ok(writes)
    }

    fn has_row(&self, key: Option<Key>) -> Result<bool, Error> {
        let row = key.map_or(Ok(None), |key| self.store.get(&key));
        Ok(row.map_err(Error::StoreUnavailable)?.is_some())
    }

    /// The members that one row of the index lists.
    pub(super) fn members_in(&self, key: &Key, row: &Row) -> Result<Vec<MemberId>, Error> {
        Ok(self.open_row::<Part>(key, row)?.content.members().collect())
    }

    /// The parts of a bucket; they are numbered without a gap.
    fn bucket(&self, kind: IndexKind, tag: IndexTag) -> Result<Bucket, Error> {
        let mut bucket = Bucket::default();
        while let Some(part) = self.row::<Part>(&key(kind, tag, bucket.parts.len()))? {
            bucket.stored.push(part.revision);
            bucket.parts.push(part.content);
        }
        Ok(bucket)
    }
}

/// Changes to the blind index of one piece of work: members of it may share a bucket.
pub(super) struct Relisting<'a> {
    vault: &'a Vault,
    buckets: BTreeMap<(u8, IndexTag), (IndexKind, Bucket)>,
}

impl<'a> Relisting<'a> {
    pub(super) const fn new(vault: &'a Vault) -> Self {
        Self { vault, buckets: BTreeMap::new() }
    }

    /// Takes a member from its listings before to those after.
    pub(super) fn relist(&mut self, member: MemberId, before: &[Listing], after: &[Listing]) -> Result<(), Error> {
        let same = |one: &Listing, other: &Listing| (one.kind, one.tag) == (other.kind, other.tag);
        for listing in before.iter().filter(|listing| !after.iter().any(|other| same(other, listing))) {
            self.bucket(listing)?.remove(member);
        }
        for listing in after {
            self.bucket(listing)?.insert(member);
        }
        Ok(())
    }

    /// What has to be written for it.
    pub(super) fn into_writes(self) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::new();
        for ((_, tag), (kind, bucket)) in self.buckets {
            for number in 0..bucket.stored.len().max(bucket.parts.len()) {
                let before = bucket.stored.get(number).copied().unwrap_or(Revision::ABSENT);
                let key = key(kind, tag, number);
                match bucket.parts.get(number) {
                    Some(part) if bucket.changed.contains(&number) => {
                        writes.push(self.vault.write_row(key, before, part)?);
                    }
                    Some(_) => {}
                    None => writes.push(Write::remove(key, before)),
                }
            }
        }
        Ok(writes)
    }

    fn bucket(&mut self, listing: &Listing) -> Result<&mut Bucket, Error> {
        let (kind, tag) = (listing.kind, listing.tag);
        match self.buckets.entry((kind.number(), tag)) {
            Entry::Occupied(occupied) => Ok(&mut occupied.into_mut().1),
            Entry::Vacant(vacant) => Ok(&mut vacant.insert((kind, self.vault.bucket(kind, tag)?)).1),
        }
    }
}

impl Bucket {
    /// Puts a member into the first part that has room, unless it is in one already.
    fn insert(&mut self, member: MemberId) {
        if self.parts.iter().any(|part| part.place_of(member).is_ok()) {
            return;
        }
        let number = self.parts.iter().position(|part| part.members.len() < MOST_IN_A_PART);
        let number = number.unwrap_or_else(|| {
            self.parts.push(Part::default());
            self.parts.len() - 1
        });
        if let Some(part) = self.parts.get_mut(number) {
            part.insert(member);
            self.changed.insert(number);
        }
    }

    /// Takes a member out of the part it is in; an empty part stays while others follow it.
    fn remove(&mut self, member: MemberId) {
        let Some(number) = self.parts.iter().position(|part| part.place_of(member).is_ok()) else { return };
        if let Some(part) = self.parts.get_mut(number) {
            part.remove(member);
            self.changed.insert(number);
        }
        while self.parts.pop_if(|part| part.members.is_empty()).is_some() {}
    }
}

fn key(kind: IndexKind, tag: IndexTag, part: usize) -> Key {
    Key::index(kind.number(), tag.value(), tag.key_version(), u16::try_from(part).unwrap_or(u16::MAX))
}

/// Rows of the index looked at in one go.
const AT_ONCE: usize = 1000;
/// Members in one part: 17 bytes each, within what a row of the store may have.
const MOST_IN_A_PART: usize = 200;
