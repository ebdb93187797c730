//! The register: every row beside the records opened, and every index against what it lists, from both sides.

use fubako_keys::{KeyClass, KeyName};
use minicbor::Decode;
use minicbor::decode::{Decoder, Error as Malformed};

use crate::commit::rows;
use crate::model::basis::Basis;
use crate::model::ids::MemberId;
use crate::model::party::Party;
use crate::model::preferences::Preferences;
use crate::record::register;
use crate::record::retained::{self, Kept};
use crate::record::sealed::SealedRecord;
use crate::record::tags;
use crate::store::key::Key;
use crate::store::row::Row;
use crate::store::table::Table;
use crate::vault::error::Error;
use crate::vault::integrity::finding::{Fault, Place};
use crate::vault::integrity::members::opened;
use crate::vault::integrity::{Bench, OnProgress};
use crate::vault::pending::Pending;

/// What is found of one row.
type Found = Vec<(Place, Fault)>;

impl Bench<'_> {
    /// Checks every table but that of the records.
    pub(super) fn check_register(&mut self, progress: OnProgress<'_>) -> Result<(), Error> {
        for table in Table::ALL {
            if table != Table::Record {
                self.each_row(table, |bench, key, row| {
                    let found = bench.steadily((&key, row), |row| bench.look_at_row(table, &key, row))?;
                    bench.found.extend(found);
                    bench.found.rows += 1;
                    bench.step(progress);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    fn look_at_row(&self, table: Table, key: &Key, row: &Row) -> Result<Found, Error> {
        let found = match table {
            Table::Record => Vec::new(),
            Table::Index => return self.look_at_bucket(key, row),
            Table::BasisIndex => self.look_at_note(key)?,
            Table::Basis => match self.open::<Basis>(key, row) {
                Ok(basis) => self.look_at_basis(&basis)?,
                Err(fault) => vec![fault],
            },
            Table::Preferences => {
                let record = key.member().map(Key::record);
                let record = record.map(|record| self.get(&record)).transpose()?.flatten();
                let alone = record.is_none().then_some(Fault::NoMember);
                self.look_at_preferences(key, row)?.into_iter().chain(alone).collect()
            }
            Table::Retained => self.look_at_retained(key, row).into_iter().collect(),
            Table::PendingErasure => self.look_at_pending(key, row)?.into_iter().collect(),
            Table::Party => self.open::<Party>(key, row).err().into_iter().collect(),
            Table::Request
            | Table::Caller
            | Table::Catalogue
            | Table::Job
            | Table::Copy
            | Table::Erasure
            | Table::Hold
            | Table::Tally => self.open::<Anything>(key, row).err().into_iter().collect(),
        };
        let place = Place::of(table, key);
        Ok(found.into_iter().map(|fault| (place.clone(), fault)).collect())
    }

    /// A part of a bucket: every member it lists says so.
    fn look_at_bucket(&self, key: &Key, row: &Row) -> Result<Found, Error> {
        let place = Place::of(Table::Index, key);
        let Some(members) = opened(self.vault.members_in(key, row))? else {
            return Ok(vec![(place, Fault::Unopened)]);
        };
        let mut found = Vec::new();
        for member in members {
            if !self.says_so(member, key)? {
                found.push((place.clone(), Fault::Unasked(member)));
            }
        }
        Ok(found)
    }

    /// Whether the member's record names the bucket. One that does not open is a finding of its own.
    fn says_so(&self, member: MemberId, bucket: &Key) -> Result<bool, Error> {
        let Some(row) = self.get(&Key::record(member))? else { return Ok(false) };
        let keyring = self.vault.keyring.load();
        if !keyring.holds(KeyName::Class(KeyClass::Identity)) {
            // A scoped keyring cannot tell; that there is such a member, it can.
            return Ok(true);
        }
        let listings = SealedRecord::parse(row.into_value()).ok().map(|record| tags::of_record(&record, &keyring));
        Ok(listings.and_then(Result::ok).is_none_or(|listings| {
            let names = |listing: &tags::Listing| {
                bucket.is_of_bucket(listing.kind.number(), listing.tag.value(), listing.tag.key_version())
            };
            listings.iter().any(names)
        }))
    }

    fn look_at_basis(&self, basis: &Basis) -> Result<Vec<Fault>, Error> {
        let of_member = basis.member.map(|member| (Key::basis_of_member(member, basis.id), "member"));
        let of_party = basis.party.as_ref().map(|party| (Key::basis_of_party(party, basis.id), "party"));
        let mut faults = Vec::new();
        for (note, bound) in [of_member, of_party].into_iter().flatten() {
            if self.get(&note)?.is_none() {
                faults.push(Fault::BasisNotListed(bound));
            }
        }
        Ok(faults)
    }

    /// A note that a basis binds somebody: its key says everything, and the basis says the same.
    fn look_at_note(&self, note: &Key) -> Result<Vec<Fault>, Error> {
        let Some(id) = note.basis_id() else { return Ok(vec![Fault::Malformed]) };
        let row = self.get(&Key::basis(id))?;
        let Some(row) = row else { return Ok(vec![Fault::BasisUnasked(id)]) };
        let Ok(basis) = self.open::<Basis>(&Key::basis(id), &row) else { return Ok(Vec::new()) };
        let of_member = basis.member.map(|member| Key::basis_of_member(member, id));
        let of_party = basis.party.as_ref().map(|party| Key::basis_of_party(party, id));
        let says_so = of_member.as_ref() == Some(note) || of_party.as_ref() == Some(note);
        Ok(if says_so { Vec::new() } else { vec![Fault::BasisUnasked(id)] })
    }

    /// Preferences: where they say that the member is to be erased, that is pending.
    fn look_at_preferences(&self, key: &Key, row: &Row) -> Result<Option<Fault>, Error> {
        let preferences = match self.open::<Preferences>(key, row) {
            Ok(preferences) => preferences,
            Err(fault) => return Ok(Some(fault)),
        };
        let (Some(_), Some(member)) = (preferences.erasure_due, key.member()) else { return Ok(None) };
        Ok(self.get(&Key::pending_erasure(member))?.is_none().then_some(Fault::NotPending))
    }

    /// A pending erasure: the member's preferences say so, by which nothing optional is released any more.
    fn look_at_pending(&self, key: &Key, row: &Row) -> Result<Option<Fault>, Error> {
        let pending = match self.open::<Pending>(key, row) {
            Ok(pending) => pending,
            Err(fault) => return Ok(Some(fault)),
        };
        let Some(member) = key.member() else { return Ok(Some(Fault::Malformed)) };
        let of_member = Key::preferences(member);
        let preferences = self.get(&of_member)?.map(|row| self.open::<Preferences>(&of_member, &row));
        // What does not open is a finding of its own.
        let Some(Ok(preferences)) = preferences else {
            return Ok(preferences.is_none().then_some(Fault::PendingUnsaid));
        };
        let says_so = preferences.erasure_due == Some(pending.due().as_microsecond());
        Ok((!says_so).then_some(Fault::PendingUnsaid))
    }

    /// What is kept of an erased member, its values included; an empty row only keeps the id from being given again.
    fn look_at_retained(&self, key: &Key, row: &Row) -> Option<Fault> {
        if row.value().is_empty() {
            return None;
        }
        let kept = match self.open::<Kept>(key, row) {
            Ok(kept) => kept,
            Err(fault) => return Some(fault),
        };
        let Some(member) = key.member() else { return Some(Fault::Malformed) };
        let policy = self.newest_first.iter().find(|policy| policy.version() == kept.policy());
        let keyring = self.vault.keyring.load();
        if !keyring.holds(KeyName::Retention) {
            return None;
        }
        let checked = policy.map(|policy| retained::check(&kept, member, self.permit, (&keyring, policy)));
        if checked == Some(Ok(())) { None } else { Some(Fault::Unopened) }
    }

    fn open<T: for<'b> Decode<'b, ()>>(&self, key: &Key, row: &Row) -> Result<T, Fault> {
        rows::open(&self.vault.keyring.load(), key, row).map_err(|error| match error {
            register::Error::Unopened(_) => Fault::Unopened,
            register::Error::Malformed(_) => Fault::Malformed,
        })
    }
}

/// One item of CBOR, whatever it says.
struct Anything;

impl<'b, C> Decode<'b, C> for Anything {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, Malformed> {
        decoder.skip().map(|()| Self)
    }
}
