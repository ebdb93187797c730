//! What the law wants kept of an erased member: sealed again under the retention key, opened for the role `legal` alone.

use fubako_keys::{Keyring, RetainedBinding, SealError, Unopened};
use jiff::Timestamp;
use minicbor::{Decode, Encode};
use ring::rand::SecureRandom;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::ledger::accounted::{Accounted, Receipt};
use crate::model::ids::{EntryId, FieldId, MemberId, PolicyVersion, Slot};
use crate::model::time::micros;
use crate::policy::retained::{KeptOf, LegalGrant};
use crate::policy::table::Policy;
use crate::record::collected::Collected;
use crate::record::open::{ReleasedField, open_slot};
use crate::record::permit::{Check, Retain};
use crate::record::sealed::SealedRecord;

/// What is kept of one erased member, as it is stored: its terms for all that run the vault, its values sealed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Kept {
    /// The entry of the erasure.
    #[n(0)]
    erasure: EntryId,
    /// When that was.
    #[cbor(n(1), with = "micros")]
    erased: Timestamp,
    /// The first instant at which it is no longer kept.
    #[cbor(n(2), with = "micros")]
    until: Timestamp,
    /// The policy version by which it is kept.
    #[n(3)]
    policy: PolicyVersion,
    /// The fields, in the order of their numbers.
    #[n(4)]
    fields: Vec<FieldId>,
    /// Their values, under the retention key.
    #[cbor(n(5), with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

/// The erasure something is kept of.
#[derive(Clone, Copy, Debug)]
pub struct Erasure {
    /// Its entry.
    pub entry: EntryId,
    /// When, to the microsecond.
    pub time: Timestamp,
}

/// What a record gave of what the law wants kept.
#[derive(Debug)]
pub struct Retained {
    /// What is kept; nothing, where the record has none of the fields, or none of them opens.
    pub kept: Option<Kept>,
    /// Where the record is not what was written, the fields that do not open. A field that opens is the member's own, but
    /// nobody can say that it is the newest there was.
    pub damage: Option<Vec<FieldId>>,
}

/// Why what the law wants kept could not be sealed again.
#[derive(Debug, Error)]
pub enum Error {
    /// The record is another member's.
    #[error("a record does not open")]
    Unopened(#[from] Unopened),
    /// It could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// What was kept, as it may leave the vault; only [`open`] makes one.
#[derive(Debug)]
#[must_use]
pub struct ReleasedKept {
    grant: Accounted<LegalGrant>,
    erased: Timestamp,
    fields: Vec<ReleasedField>,
}

/// Seals what the policy has kept, of each field the value in slot 0 where it opens, and says whether the record was damaged:
/// whether what was tampered with may come out as what the law had kept is for the caller to decide.
///
/// Fails, opaquely, when the record is not the one the permit is for.
pub fn seal(
    record: &SealedRecord,
    permit: &Accounted<Retain>,
    erasure: Erasure,
    (keyring, policy): (&Keyring, &Policy),
    random: &dyn SecureRandom,
) -> Result<Retained, Error> {
    if record.member() != permit.what().member {
        return Err(Unopened.into());
    }
    let Some(retained) = policy.retained() else { return Ok(Retained { kept: None, damage: None }) };
    let mut values = Vec::with_capacity(retained.fields().len());
    let mut unopened = Vec::new();
    for field in retained.fields().iter().filter_map(|id| policy.field(*id)) {
        let Some(slot) = record.slot(field.id(), Slot(0)) else { continue };
        match open_slot(keyring, record.member(), field, slot) {
            Ok(collected) => values.push((field.id(), collected.encode())),
            Err(Unopened) => unopened.push(field.id()),
        }
    }
    let is_whole = unopened.is_empty() && record.check_manifest(keyring).is_ok();
    let damage = if is_whole { None } else { Some(unopened) };
    if values.is_empty() {
        return Ok(Retained { kept: None, damage });
    }
    let until = retained.until(erasure.time, &policy.presentation().time_zone);
    let binding = binding(KeptOf { member: record.member(), erasure: erasure.entry, until });
    let sealed = keyring.seal_retained(&binding, &joined(&values)?, random)?;
    let fields = values.iter().map(|(field, _)| *field).collect();
    let kept = Kept { erasure: erasure.entry, erased: erasure.time, until, policy: policy.version(), fields, sealed };
    Ok(Retained { kept: Some(kept), damage })
}

/// Opens what is kept under an accounted grant, by the policy version it is kept by.
///
/// Fails, opaquely, when it is another member's, another erasure's or not what was sealed.
pub fn open(
    kept: &Kept,
    grant: Accounted<LegalGrant>,
    keyring: &Keyring,
    policy: &Policy,
) -> Result<ReleasedKept, Unopened> {
    let of = grant.what().kept();
    // The grant names a member and an erasure; nothing else that is kept must answer for them.
    if kept.of(of.member) != of {
        return Err(Unopened);
    }
    let plain = keyring.open_retained(&binding(of), &kept.sealed)?;
    let fields = split(&plain, &kept.fields, policy).ok_or(Unopened)?;
    Ok(ReleasedKept { grant, erased: kept.erased, fields })
}

/// Whether what is kept of a member opens, by the policy version it is kept by; the values are dropped as they come.
pub fn check(
    kept: &Kept,
    member: MemberId,
    _permit: &Accounted<Check>,
    (keyring, policy): (&Keyring, &Policy),
) -> Result<(), Unopened> {
    let plain = keyring.open_retained(&binding(kept.of(member)), &kept.sealed)?;
    split(&plain, &kept.fields, policy).map(drop).ok_or(Unopened)
}

impl Kept {
    /// The terms it is kept on, as what is kept of that member.
    #[must_use]
    pub const fn of(&self, member: MemberId) -> KeptOf {
        KeptOf { member, erasure: self.erasure, until: self.until }
    }

    /// The policy version by which it is kept.
    #[must_use]
    pub const fn policy(&self) -> PolicyVersion {
        self.policy
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &[FieldId] {
        &self.fields
    }
}

impl ReleasedKept {
    /// The terms it was kept on.
    #[must_use]
    pub const fn kept(&self) -> KeptOf {
        self.grant.what().kept()
    }

    /// When the member was erased.
    #[must_use]
    pub const fn erased(&self) -> Timestamp {
        self.erased
    }

    /// The entry that tells of the reading.
    #[must_use]
    pub const fn receipt(&self) -> Receipt {
        self.grant.receipt()
    }

    /// The fields, in the order of the policy, each in full.
    #[must_use]
    pub fn into_fields(self) -> Vec<ReleasedField> {
        self.fields
    }
}

fn binding(of: KeptOf) -> RetainedBinding {
    RetainedBinding::new(*of.member.as_bytes(), *of.erasure.as_bytes(), of.until.as_microsecond())
}

/// `( field u16 | length u16 | collected value )*`, big-endian.
fn joined(values: &[(FieldId, Zeroizing<Vec<u8>>)]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let length = values.iter().map(|(_, value)| FIELD_HEADER + value.len()).sum();
    // Full capacity from the start: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    for (field, value) in values {
        bytes.extend(field.0.to_be_bytes());
        bytes.extend(u16::try_from(value.len()).map_err(|_| SealError::TooLong)?.to_be_bytes());
        bytes.extend(value.iter());
    }
    Ok(bytes)
}

/// The fields expected and no others, in their order.
fn split(mut bytes: &[u8], expected: &[FieldId], policy: &Policy) -> Option<Vec<ReleasedField>> {
    let mut fields = Vec::with_capacity(expected.len());
    for id in expected {
        let (number, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let field = policy.field(*id).filter(|_| u16::from_be_bytes(*number) == id.0)?;
        fields.push(ReleasedField::in_full(field.name().clone(), Collected::decode(field.kind(), value).ok()?));
        bytes = rest;
    }
    bytes.is_empty().then_some(fields)
}

const FIELD_HEADER: usize = 2 + 2;
