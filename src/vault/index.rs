//! The blind index: the buckets a member is listed in, and who else is in them.

use fubako_keys::{IndexKind, IndexTag, Keyring};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::commit::work::Write;
use crate::field::kind::Kind;
use crate::model::ids::{MemberId, Revision};
use crate::record::tags::Listing;
use crate::store::key::Key;
use crate::vault::Vault;
use crate::vault::error::Error;

/// The members of one bucket, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub(super) struct Bucket {
    #[n(0)]
    members: Vec<ByteArray<16>>,
}

impl Bucket {
    pub(super) fn members(&self) -> impl Iterator<Item = MemberId> {
        self.members.iter().map(|bytes| MemberId::from_bytes(**bytes))
    }

    fn set(&mut self, member: MemberId, listed: Listed) {
        let bytes = ByteArray::from(*member.as_bytes());
        match (self.members.binary_search(&bytes), listed) {
            (Ok(place), Listed::Out) => drop(self.members.remove(place)),
            (Err(place), Listed::In) => self.members.insert(place, bytes),
            (Ok(_), Listed::In) | (Err(_), Listed::Out) => {}
        }
    }
}

/// Whether a member is to be in a bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Listed {
    In,
    Out,
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

/// The row of a bucket.
pub(super) fn bucket_key(listing: &Listing) -> Key {
    Key::index(listing.kind.number(), listing.tag.value(), listing.tag.key_version())
}

impl Vault {
    /// Where a value in its normal form is listed.
    pub(super) fn tag(&self, keyring: &Keyring, kind: IndexKind, normal: &[u8]) -> Result<IndexTag, Error> {
        Ok(keyring.index_tag(kind, normal, self.tag_bits)?)
    }

    /// The writes that take a member from its listings before to those after.
    pub(super) fn relist(&self, member: MemberId, before: &[Listing], after: &[Listing]) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::new();
        let leaving = before.iter().map(|listing| (listing, Listed::Out));
        let entering = after.iter().map(|listing| (listing, Listed::In));
        let mut done: Vec<Key> = Vec::new();
        for (listing, listed) in leaving.chain(entering) {
            let key = bucket_key(listing);
            let stays = listed == Listed::Out && after.iter().any(|other| bucket_key(other) == key);
            if stays || done.contains(&key) {
                continue;
            }
            done.push(key.clone());
            writes.extend(self.list_in_bucket(member, key, listed)?);
        }
        Ok(writes)
    }

    fn list_in_bucket(&self, member: MemberId, key: Key, listed: Listed) -> Result<Option<Write>, Error> {
        let row = self.row::<Bucket>(&key)?;
        let revision = row.as_ref().map_or(Revision::ABSENT, |row| row.revision);
        let before = row.map(|row| row.content).unwrap_or_default();
        let mut bucket = before.clone();
        bucket.set(member, listed);
        if bucket == before {
            return Ok(None);
        }
        if bucket.members.is_empty() {
            return Ok(Some(Write::remove(key, revision)));
        }
        self.write_row(key, revision, &bucket).map(Some)
    }

    /// The members in the bucket of a tag.
    pub(super) fn bucket(&self, key: &Key) -> Result<Bucket, Error> {
        Ok(self.row::<Bucket>(key)?.map(|row| row.content).unwrap_or_default())
    }
}
