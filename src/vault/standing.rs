//! Standing: how gone an erased member or value is, what that rests on, and what would have to happen for it to be more gone.
//!
//! ```text
//! erased    gone from the live store
//! shredded  every version of a class or index key that can ever have sealed it is destroyed in the keyring
//! final     no copy of the keyring can hold one either: not claimed yet, since a file or passphrase root proves nothing
//! ```

use fubako_keys::{KeyClass, KeyName, KeyState, Keyring};
use jiff::Timestamp;
use minicbor::{Decode, Encode};

use crate::commit::work::Write;
use crate::ledger::entry::Entry;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{EntryId, FieldId, MemberId, Revision, Slot};
use crate::policy::reason::Reason;
use crate::store::key::{Key, KeyPrefix};
use crate::vault::Vault;
use crate::vault::error::Error;

/// How gone something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// It is gone from the live store.
    Erased,
    /// No key that can have sealed it is left in the keyring.
    Shredded,
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
    /// Until when the law has something kept.
    pub kept_until: Option<Timestamp>,
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
        self.admit(caller, &[Role::Officer, Role::Auditor, Role::Collector])?;
        if !caller.has(Role::Officer) && !caller.has(Role::Auditor) && asserted != Some(member) {
            self.turned_away(caller, Some(member), Reason::AssertionInvalid.name());
            return Err(Error::AssertionInvalid);
        }
        let row = self.row::<Erased>(&Key::erasure(member, slot))?.ok_or(Error::NotErased)?.content;
        let keyring = self.keyring.load();
        let keys: Vec<Rest> = row.sealed.iter().filter_map(|sealed| rest(sealed, &keyring)).collect();
        let level = if keys.iter().all(|rest| rest.left == 0) { Level::Shredded } else { Level::Erased };
        let erased = Timestamp::from_microsecond(row.time_micros).unwrap_or(Timestamp::UNIX_EPOCH);
        let kept_until = if slot.is_none() { self.kept_until(member)? } else { None };
        Ok(Standing { member, slot, entry: row.entry, erased, level, keys, kept_until })
    }

    /// The writes that remember what the erasure of a whole member rests on; what was remembered of single values goes.
    pub(super) fn erased_writes(&self, entry: &Entry, member: MemberId) -> Result<Vec<Write>, Error> {
        let classes = KeyClass::ALL.into_iter().map(KeyName::Class);
        let row = self.erased(entry, classes.chain([KeyName::Index]));
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
        self.write_row(key, before, &self.erased(entry, [KeyName::Class(class), KeyName::Index].into_iter()))
    }

    /// Versions are only ever added, so the newest one bounds all that can have sealed what is erased now.
    fn erased(&self, entry: &Entry, keys: impl Iterator<Item = KeyName>) -> Erased {
        let keyring = self.keyring.load();
        let sealed = |key: KeyName| Some(Sealed { key: key.to_string(), through: keyring.newest_version(key)? });
        Erased {
            entry: entry.id(),
            time_micros: entry.time().as_microsecond(),
            sealed: keys.filter_map(sealed).collect(),
        }
    }
}

/// How much is left of what an erasure rests on.
fn rest(sealed: &Sealed, keyring: &Keyring) -> Option<Rest> {
    let (key, through) = (KeyName::parse(&sealed.key).ok()?, sealed.through);
    let versions = keyring.describe().into_iter().filter(|found| found.name() == key && found.version() <= through);
    let left = versions.filter(|found| found.state() != KeyState::Destroyed).count();
    Some(Rest { key, through, left: u32::try_from(left).unwrap_or(u32::MAX) })
}

/// More values than a record has room for.
const MOST_VALUES: usize = 1000;
