//! Comparing under a permit: a value is opened, compared and forgotten; only a yes or no comes out.

use std::fmt;

use fubako_keys::{KeyClass, Keyring, PasswordCheck, PasswordVerifier, Unopened};
use jiff::Timestamp;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::field::credential::Password;
use crate::field::kind::Kind;
use crate::field::value::{Shown, Value};
use crate::ledger::accounted::Accounted;
use crate::model::form::Form;
use crate::model::ids::{FieldId, Slot};
use crate::policy::table::Policy;
use crate::record::SYSTEM_FIELD;
use crate::record::open::open_slot;
use crate::record::permit::{Search, Verification};
use crate::record::sealed::SealedRecord;

/// The slot of the system field that holds the member's external reference.
pub const REFERENCE_SLOT: Slot = Slot(0);

/// Something claimed about one value of a member.
#[derive(Debug)]
pub struct Claim {
    /// The field.
    pub field: FieldId,
    /// Which of its values.
    pub slot: Slot,
    /// What is claimed of it.
    pub claimed: Claimed,
}

/// What is claimed of a value.
#[derive(Debug)]
pub enum Claimed {
    /// The verifier was made from this password.
    Password(Password),
    /// It is this value.
    Value(Value),
    /// In this form it shows this text.
    Text(Form, Zeroizing<String>),
}

/// How a claim compares with what is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It agrees.
    Match,
    /// It does not.
    NoMatch,
    /// The member has no such value, or not in that form.
    NotHeld,
}

/// What a search looks for, in its normal form.
pub enum Sought<'a> {
    /// A value of this kind.
    Value(Kind, &'a [u8]),
    /// The external reference.
    Reference(&'a [u8]),
}

/// Compares a claim with the value it is about.
///
/// Fails, opaquely, when the record is not the one the permit is for, or not what was written.
pub fn verify(
    record: &SealedRecord,
    permit: &Accounted<Verification>,
    claim: &Claim,
    (keyring, policy): (&Keyring, &Policy),
) -> Result<Answer, Unopened> {
    if record.member() != permit.what().member {
        return Err(Unopened);
    }
    record.check_manifest(keyring)?;
    let (Some(field), Some(slot)) = (policy.field(claim.field), record.slot(claim.field, claim.slot)) else {
        return Ok(Answer::NotHeld);
    };
    let stored = open_slot(keyring, record.member(), field, slot)?.value;
    let now = Timestamp::from_microsecond(permit.receipt().time_micros()).map_err(|_| Unopened)?;
    claim.claimed.against(&stored, policy, now)
}

/// Whether the record holds what is sought; tells the member from the others in the same bucket of the index.
pub fn holds(
    record: &SealedRecord,
    _permit: &Accounted<Search>,
    sought: &Sought<'_>,
    keyring: &Keyring,
    policy: &Policy,
) -> Result<bool, Unopened> {
    record.check_manifest(keyring)?;
    match sought {
        Sought::Reference(wanted) => holds_reference(record, wanted, keyring),
        Sought::Value(kind, wanted) => holds_value(record, *kind, wanted, (keyring, policy)),
    }
}

impl fmt::Debug for Sought<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sought")
    }
}

impl Claimed {
    /// Compares in constant time, so that how much of it agrees does not show in how long it takes.
    fn against(&self, stored: &Value, policy: &Policy, now: Timestamp) -> Result<Answer, Unopened> {
        let agrees = match self {
            Self::Password(password) => {
                let Value::Credential(credential) = stored else {
                    return Ok(Answer::NotHeld);
                };
                // EXPOSE: the verifier and the claimed password meet in Argon2id.
                let verifier = PasswordVerifier::parse(credential.expose()).map_err(|_| Unopened)?;
                let check = verifier.check(password.expose()).map_err(|_| Unopened)?;
                check == PasswordCheck::Matches
            }
            Self::Value(claimed) => comparable(claimed).ct_eq(&comparable(stored)).into(),
            Self::Text(form, text) => match stored.show(*form, policy.presentation(), now) {
                Ok(Shown::Text(shown)) => shown.as_bytes().ct_eq(text.as_bytes()).into(),
                Ok(Shown::Value(_)) | Err(_) => return Ok(Answer::NotHeld),
            },
        };
        Ok(if agrees { Answer::Match } else { Answer::NoMatch })
    }
}

/// What two equal values have in common however they were typed: the normal form, where the kind has one.
fn comparable(value: &Value) -> Zeroizing<Vec<u8>> {
    value.normal_form().unwrap_or_else(|| value.encode())
}

fn holds_value(
    record: &SealedRecord,
    kind: Kind,
    wanted: &[u8],
    (keyring, policy): (&Keyring, &Policy),
) -> Result<bool, Unopened> {
    for slot in record.slots() {
        let Some(field) = policy.field(slot.field).filter(|field| field.kind() == kind) else {
            continue;
        };
        let stored = open_slot(keyring, record.member(), field, slot)?;
        if stored.value.normal_form().is_some_and(|normal| *normal == wanted) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn holds_reference(record: &SealedRecord, wanted: &[u8], keyring: &Keyring) -> Result<bool, Unopened> {
    let Some(slot) = record.slot(SYSTEM_FIELD, REFERENCE_SLOT) else {
        return Ok(false);
    };
    let reference = keyring.open_field(KeyClass::Identity, &slot.binding(record.member()), slot.envelope)?;
    Ok(*reference == wanted)
}
