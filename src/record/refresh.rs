//! Refreshing a record: every value under a key version that is not active any more is sealed again, and nothing is shown.

use fubako_keys::{Envelope, IndexKind, IndexTag, KeyClass, KeyName, Keyring, NoActiveKey, SealError, Unopened};
use ring::rand::SecureRandom;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::ledger::accounted::Accounted;
use crate::policy::table::Policy;
use crate::record::SYSTEM_FIELD;
use crate::record::edit::{self, Editor};
use crate::record::open::open_slot;
use crate::record::permit::Reseal;
use crate::record::sealed::{SealedRecord, SealedSlot};
use crate::record::tags::{self, Listing, TAGS_SLOT};

/// A record brought up to its keyring.
#[derive(Debug)]
pub struct Refreshed {
    /// The record, at the same revision.
    pub record: SealedRecord,
    /// The key versions it is under now.
    pub sealed_under: Vec<(KeyName, u32)>,
}

/// Where a member is listed in the blind index, and where it is to be.
#[derive(Debug)]
pub struct Relisted {
    /// The listings before.
    pub before: Vec<Listing>,
    /// The same under the active version of the index key.
    pub after: Vec<Listing>,
}

/// Why a record could not be brought up to its keyring; it is as it was.
#[derive(Debug, Error)]
pub enum Error {
    /// Its manifest does not hold, or a value does not open.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// A value could not be sealed.
    #[error("a value could not be sealed")]
    Seal(#[from] SealError),
    /// There is no key to list the member under.
    #[error(transparent)]
    Key(#[from] NoActiveKey),
    /// The record could not be put together.
    #[error(transparent)]
    Edit(#[from] edit::Error),
}

/// Seals again what lies under versions that are not active any more, and notes under which tags the member is listed now,
/// if that is given; none if there is nothing to do.
///
/// `permit` is leave to open for this and for nothing else. A class without an active version stays as it is. The seal
/// number of each slot rises, so that the envelope before does not open in its place.
pub fn refresh(
    record: &SealedRecord,
    _permit: &Accounted<Reseal>,
    keyring: &Keyring,
    listed: Option<&[Listing]>,
    random: &dyn SecureRandom,
) -> Result<Option<Refreshed>, Error> {
    record.check_manifest(keyring)?;
    let stale: Vec<(SealedSlot<'_>, KeyClass)> =
        record.slots().filter_map(|slot| Some((slot, stale_class(slot, keyring)?))).collect();
    let whole = stale.is_empty() && !is_stale(keyring, KeyName::Manifest, record.manifest().key_version());
    if whole && listed.is_none() {
        return Ok(None);
    }
    let mut editor = Editor::refresh(keyring, record);
    for (slot, class) in stale {
        let value = keyring.open_field(class, &slot.binding(record.member()), slot.envelope)?;
        editor.put(class, (slot.field, slot.slot), &value, random)?;
    }
    if let Some(listed) = listed {
        editor.put(KeyClass::Identity, (SYSTEM_FIELD, TAGS_SLOT), &tags::encode(listed), random)?;
        editor.note_active(KeyName::Index);
    }
    let (record, sealed_under) = editor.finish()?;
    Ok(Some(Refreshed { record, sealed_under }))
}

/// Where the member is listed in the blind index, and where under the active version of its key; none if that is the same.
///
/// A value that is not there any more, or that the policy does not know, is not listed again.
pub fn relisted(
    record: &SealedRecord,
    _permit: &Accounted<Reseal>,
    (keyring, policy): (&Keyring, &Policy),
    tag: impl Fn(IndexKind, &[u8]) -> Result<IndexTag, NoActiveKey>,
) -> Result<Option<Relisted>, Error> {
    record.check_manifest(keyring)?;
    let before = tags::of_record(record, keyring)?;
    if !before.iter().any(|listing| is_stale(keyring, KeyName::Index, listing.tag.key_version())) {
        return Ok(None);
    }
    let mut after = Vec::with_capacity(before.len());
    for listing in &before {
        if let Some(normal) = normal_form(record, listing, keyring, policy)? {
            after.push(Listing { tag: tag(listing.kind, &normal)?, ..*listing });
        }
    }
    Ok(Some(Relisted { before, after }))
}

fn normal_form(
    record: &SealedRecord,
    listing: &Listing,
    keyring: &Keyring,
    policy: &Policy,
) -> Result<Option<Zeroizing<Vec<u8>>>, Unopened> {
    let Some(slot) = record.slot(listing.field, listing.slot) else { return Ok(None) };
    if listing.field == SYSTEM_FIELD {
        return keyring.open_field(KeyClass::Identity, &slot.binding(record.member()), slot.envelope).map(Some);
    }
    let Some(field) = policy.field(listing.field) else { return Ok(None) };
    Ok(open_slot(keyring, record.member(), field, slot)?.value.normal_form())
}

/// Which version of a key a record needs, as an iterator over its envelopes and its manifest.
pub fn needs(record: &SealedRecord) -> impl Iterator<Item = (KeyName, u32)> + '_ {
    let of_slot = |slot: SealedSlot<'_>| {
        let envelope = Envelope::parse(slot.envelope).ok()?;
        Some((KeyName::Class(envelope.class()), envelope.key_version()))
    };
    let manifest = (KeyName::Manifest, record.manifest().key_version());
    record.slots().filter_map(of_slot).chain([manifest])
}

/// The class of a slot whose envelope is to be made anew. The manifest covers the envelope, so its word can be taken.
fn stale_class(slot: SealedSlot<'_>, keyring: &Keyring) -> Option<KeyClass> {
    let envelope = Envelope::parse(slot.envelope).ok()?;
    is_stale(keyring, KeyName::Class(envelope.class()), envelope.key_version()).then_some(envelope.class())
}

fn is_stale(keyring: &Keyring, key: KeyName, version: u32) -> bool {
    keyring.active_version(key).is_some_and(|active| active != version)
}
