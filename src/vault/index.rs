//! The blind index: the buckets a member is listed in, and who else is in them.

use fubako_keys::{IndexKind, IndexTag, Keyring};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::commit::work::Write;
use crate::field::kind::Kind;
use crate::model::ids::MemberId;
use crate::record::tags::Listing;
use crate::store::key::Key;
use crate::store::row::Row;
use crate::vault::Vault;
use crate::vault::error::Error;
use crate::vault::rows::Revised;

/// The members of one part of a bucket, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
struct Bucket {
    #[n(0)]
    members: Vec<ByteArray<16>>,
}

impl Bucket {
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
    /// Where a value in its normal form is listed.
    pub(super) fn tag(&self, keyring: &Keyring, kind: IndexKind, normal: &[u8]) -> Result<IndexTag, Error> {
        Ok(keyring.index_tag(kind, normal, self.tag_bits)?)
    }

    /// The members in the bucket of a listing.
    pub(super) fn listed(&self, listing: &Listing) -> Result<Vec<MemberId>, Error> {
        let parts = self.parts(listing)?;
        Ok(parts.iter().flat_map(|part| part.content.members()).collect())
    }

    /// The writes that take a member from its listings before to those after.
    pub(super) fn relist(&self, member: MemberId, before: &[Listing], after: &[Listing]) -> Result<Vec<Write>, Error> {
        let same = |one: &Listing, other: &Listing| (one.kind, one.tag) == (other.kind, other.tag);
        let mut writes = Vec::new();
        for (position, listing) in before.iter().enumerate() {
            let twice = before.iter().take(position).any(|other| same(other, listing));
            if !twice && !after.iter().any(|other| same(other, listing)) {
                writes.extend(self.unlist(member, listing)?);
            }
        }
        for (position, listing) in after.iter().enumerate() {
            if !after.iter().take(position).any(|other| same(other, listing)) {
                writes.extend(self.list(member, listing)?);
            }
        }
        Ok(writes)
    }

    /// Puts a member into the first part of a bucket that has room, unless it is in one already.
    fn list(&self, member: MemberId, listing: &Listing) -> Result<Option<Write>, Error> {
        let mut parts = self.parts(listing)?;
        if parts.iter().any(|part| part.content.place_of(member).is_ok()) {
            return Ok(None);
        }
        let roomy = parts.iter().position(|part| part.content.members.len() < MOST_IN_A_PART);
        let number = roomy.unwrap_or(parts.len());
        let mut part = roomy.map_or_else(Revised::default, |number| parts.swap_remove(number));
        part.content.insert(member);
        self.write_row(key(listing, number), part.revision, &part.content).map(Some)
    }

    /// Takes a member out of the part of a bucket it is in; an empty part stays while others follow it.
    fn unlist(&self, member: MemberId, listing: &Listing) -> Result<Option<Write>, Error> {
        let mut parts = self.parts(listing)?;
        let Some(number) = parts.iter().position(|part| part.content.place_of(member).is_ok()) else {
            return Ok(None);
        };
        let is_last = number + 1 == parts.len();
        let mut part = parts.swap_remove(number);
        part.content.remove(member);
        if part.content.members.is_empty() && is_last {
            return Ok(Some(Write::remove(key(listing, number), part.revision)));
        }
        self.write_row(key(listing, number), part.revision, &part.content).map(Some)
    }

    /// The members that one row of the index lists.
    pub(super) fn members_in(&self, key: &Key, row: &Row) -> Result<Vec<MemberId>, Error> {
        Ok(self.open_row::<Bucket>(key, row)?.content.members().collect())
    }

    /// The parts of a bucket; they are numbered without a gap.
    fn parts(&self, listing: &Listing) -> Result<Vec<Revised<Bucket>>, Error> {
        let mut parts = Vec::new();
        while let Some(part) = self.row::<Bucket>(&key(listing, parts.len()))? {
            parts.push(part);
        }
        Ok(parts)
    }
}

fn key(listing: &Listing, part: usize) -> Key {
    let part = u16::try_from(part).unwrap_or(u16::MAX);
    Key::index(listing.kind.number(), listing.tag.value(), listing.tag.key_version(), part)
}

/// Members in one part: 17 bytes each, within what a row of the store may have.
const MOST_IN_A_PART: usize = 200;
