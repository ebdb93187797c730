//! Standing: how gone an erased member or value is, what that rests on, and what would have to happen for it to be more gone.
//!
//! ```text
//! erased    gone from the live store
//! shredded  every version of a class or index key that can ever have sealed it is destroyed in the keyring
//!           and no export of keys that holds one is within its term
//! final     no copy of the keyring on record can hold one either, and every root key that ever sealed one is destroyed, as
//!           its keeper proves; never where something was kept under the retention key, which is not destroyed, or nobody
//!           wrote down whether it was, nor where a root key was a file, a passphrase or shares, whose destruction nobody
//!           can prove
//! ```

use fubako_keys::{KeyClass, KeyDescription, KeyName, KeyState, Keyring};
use jiff::Timestamp;
use minicbor::{Decode, Encode};

use crate::commit::work::Write;
use crate::ledger::entry::Entry;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{EntryId, FieldId, MemberId, Revision, Slot};
use crate::model::preferences::Preferences;
use crate::policy::reason::Reason;
use crate::store::key::{Key, KeyPrefix};
use crate::vault::Vault;
use crate::vault::backup::copies::CopyOf;
use crate::vault::error::Error;
use crate::vault::remains::Remains;

/// How gone something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// It is gone from the live store.
    Erased,
    /// No key that can have sealed it is left in the keyring, nor in an export of keys.
    Shredded,
    /// No such key is left in a copy of the keyring on record, and none opens that is not.
    Final,
}

/// How gone an erased member or value is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The member.
    pub member: MemberId,
    /// The value; none for all of the member.
    pub slot: Option<(FieldId, Slot)>,
    /// The entry of the erasure.
    pub entry: EntryId,
    /// When it was erased.
    pub erased: Timestamp,
    /// The level reached.
    pub level: Level,
    /// The keys, each with the newest version that can have sealed it, and how many of those up to it are left.
    pub keys: Vec<Rest>,
    /// Where those keys may still lie.
    pub remains: Remains,
    /// Until when the law has something kept.
    pub kept_until: Option<Timestamp>,
    /// Whether something was kept when it was erased: sealed again under the retention key, of which no version is destroyed.
    /// Nothing where nobody wrote it down then, so that it has to be reckoned with.
    pub was_kept: Option<bool>,
}

/// What an erasure rests on of one key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rest {
    /// The key.
    pub key: KeyName,
    /// The newest version that can have sealed what was erased.
    pub through: u32,
    /// How many versions up to that one are not destroyed.
    pub left: u32,
}

/// The row of an erasure.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Erased {
    #[n(0)]
    entry: EntryId,
    #[n(1)]
    time_micros: i64,
    #[n(2)]
    sealed: Vec<Sealed>,
    /// The generation of the keyring by which the member was collected, where somebody wrote it down: what had been
    /// destroyed by then never sealed anything of theirs.
    #[n(3)]
    since: Option<u64>,
    /// Whether something was kept of it, under the retention key; rows from before this was written down do not say.
    #[n(4)]
    was_kept: Option<bool>,
}

#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Sealed {
    #[n(0)]
    key: String,
    #[n(1)]
    through: u32,
}

impl Vault {
    /// How gone a member, or one of a member's values, is; needs the role `officer` or `auditor`, or `collector` with the
    /// member's own assertion.
    pub fn erasure(
        &self,
        caller: &Caller,
        (member, slot): (MemberId, Option<(FieldId, Slot)>),
        asserted: Option<MemberId>,
    ) -> Result<Standing, Error> {
        self.admit_to_tell(caller, member, asserted)?;
        let row = self.row::<Erased>(&Key::erasure(member, slot))?.ok_or(Error::NotErased)?.content;
        let keyring = self.keyring.load();
        let versions = versions(&row, &keyring);
        let keys: Vec<Rest> = row.sealed.iter().filter_map(|sealed| rest(sealed, &versions)).collect();
        let remains = self.remains(&versions, &keyring)?;
        let level = level(&keys, &remains, row.was_kept);
        let erased = Timestamp::from_microsecond(row.time_micros).unwrap_or(Timestamp::UNIX_EPOCH);
        let kept_until = if slot.is_none() { self.kept_until(member)? } else { None };
        Ok(Standing {
            member,
            slot,
            entry: row.entry,
            erased,
            level,
            keys,
            remains,
            kept_until,
            was_kept: row.was_kept,
        })
    }

    /// Lets in whoever is told of a member's erasure.
    pub(super) fn admit_to_tell(
        &self,
        caller: &Caller,
        member: MemberId,
        asserted: Option<MemberId>,
    ) -> Result<(), Error> {
        self.admit(caller, &[Role::Officer, Role::Auditor, Role::Collector])?;
        if caller.has(Role::Officer) || caller.has(Role::Auditor) || asserted == Some(member) {
            return Ok(());
        }
        self.turned_away(caller, Some(member), Reason::AssertionInvalid.name());
        Err(Error::AssertionInvalid)
    }

    /// The writes that remember what the erasure of a whole member rests on, of whom something is kept or not; what was
    /// remembered of single values goes.
    pub(super) fn erased_writes(
        &self,
        entry: &Entry,
        member: MemberId,
        preferences: &Preferences,
        was_kept: bool,
    ) -> Result<Vec<Write>, Error> {
        let classes = KeyClass::ALL.into_iter().map(KeyName::Class);
        let row = self.erased(entry, preferences.collected_in, classes.chain([KeyName::Index]));
        let row = Erased { was_kept: Some(was_kept), ..row };
        let of_values = KeyPrefix::erasures_of_member(member);
        let of_values = self.store.scan(&of_values, None, MOST_VALUES).map_err(Error::StoreUnavailable)?;
        let mut writes: Vec<Write> =
            of_values.into_iter().map(|(key, row)| Write::remove(key, row.revision())).collect();
        writes.push(self.write_row(Key::erasure(member, None), Revision::ABSENT, &row)?);
        Ok(writes)
    }

    /// The write that remembers what the erasure of one value rests on.
    pub(super) fn removed_write(
        &self,
        entry: &Entry,
        (member, field, slot): (MemberId, FieldId, Slot),
        class: KeyClass,
    ) -> Result<Write, Error> {
        let key = Key::erasure(member, Some((field, slot)));
        let before = self.row::<Erased>(&key)?.map_or(Revision::ABSENT, |row| row.revision);
        let since = self.preferences_row(member)?.and_then(|row| row.content.collected_in);
        self.write_row(key, before, &self.erased(entry, since, [KeyName::Class(class), KeyName::Index].into_iter()))
    }

    /// Versions are only ever added, so the newest one bounds all that can have sealed what is erased now.
    fn erased(&self, entry: &Entry, since: Option<u64>, keys: impl Iterator<Item = KeyName>) -> Erased {
        let keyring = self.keyring.load();
        let sealed = |key: KeyName| Some(Sealed { key: key.to_string(), through: keyring.newest_version(key)? });
        Erased {
            entry: entry.id(),
            time_micros: entry.time().as_microsecond(),
            sealed: keys.filter_map(sealed).collect(),
            since,
            was_kept: Some(false),
        }
    }
}

/// The versions that can have sealed what was erased.
fn versions(row: &Erased, keyring: &Keyring) -> Vec<KeyDescription> {
    let through = |key: KeyName| row.sealed.iter().find(|sealed| sealed.key == key.to_string());
    let mut versions = keyring.describe();
    versions.retain(|version| {
        let gone_before = version.destroyed_in().zip(row.since).is_some_and(|(destroyed, since)| destroyed <= since);
        !gone_before && through(version.name()).is_some_and(|sealed| version.version() <= sealed.through)
    });
    versions
}

/// How much is left of what an erasure rests on.
fn rest(sealed: &Sealed, versions: &[KeyDescription]) -> Option<Rest> {
    let (key, through) = (KeyName::parse(&sealed.key).ok()?, sealed.through);
    let left = versions.iter().filter(|found| found.name() == key && found.state() != KeyState::Destroyed).count();
    Some(Rest { key, through, left: u32::try_from(left).unwrap_or(u32::MAX) })
}

fn level(keys: &[Rest], remains: &Remains, was_kept: Option<bool>) -> Level {
    let exported = remains.copies.iter().any(|copy| copy.of == CopyOf::Scoped);
    if exported || keys.iter().any(|rest| rest.left > 0) {
        Level::Erased
    } else if remains.copies.is_empty() && remains.roots.is_empty() && was_kept == Some(false) {
        Level::Final
    } else {
        Level::Shredded
    }
}

/// More values than a record has room for.
const MOST_VALUES: usize = 1000;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_under_a_key_that_lives_is_never_final() {
        let gone = [Rest { key: KeyName::Index, through: 3, left: 0 }];
        assert_eq!(level(&gone, &Remains::default(), Some(false)), Level::Final);
        assert_eq!(level(&gone, &Remains::default(), Some(true)), Level::Shredded);
    }

    #[test]
    fn a_row_that_does_not_say_whether_something_was_kept_is_never_final() {
        // As it was written before there was a word for it: entry, time, sealed, since.
        let entry = EntryId::from_bytes([7; 16]);
        let old = minicbor::to_vec((entry, 7_i64, Vec::<Sealed>::new(), Some(3_u64))).unwrap();
        let row: Erased = minicbor::decode(&old).unwrap();
        assert_eq!((row.entry, row.since), (entry, Some(3)));
        assert_eq!(level(&[], &Remains::default(), row.was_kept), Level::Shredded);
    }
}
