//! Slots: the values a request wants stored, and the places it wants emptied.

use fubako_proto::v1;
use jiff::Timestamp;

use crate::field::kind::Kind;
use crate::field::value::Value;
use crate::model::form::Form;
use crate::model::ids::{FieldId, Slot};
use crate::model::source::Source;
use crate::policy::table::{Field, Policy};
use crate::record::collected::Collected;
use crate::rpc::convert::value::{self, Parsed, Unusable};
use crate::rpc::convert::{argument, time};
use crate::rpc::error::Error;
use crate::rpc::gate::Gate;
use crate::vault::collect::NewValue;

/// A value to be stored, whose password, if it is one, has no verifier yet.
struct Given {
    field: FieldId,
    slot: Slot,
    value: Parsed,
    source: Source,
    time: Timestamp,
}

/// The values to be stored, at least one. Passwords are made into verifiers once everything else has passed.
pub(in crate::rpc) async fn new_values(gate: &Gate, values: &[v1::SlotValue]) -> Result<Vec<NewValue>, Error> {
    argument::counted("values", values.len(), 1..=MOST)?;
    let (policy, now) = (gate.vault().policy(), gate.vault().now());
    let given = values.iter().enumerate().map(|(position, value)| parse(position, value, (&policy, now)));
    let given = given.collect::<Result<Vec<_>, _>>()?;
    let mut parsed = Vec::with_capacity(given.len());
    for Given { field, slot, value, source, time } in given {
        let value = match value {
            Parsed::Value(value) => value,
            Parsed::Password(password) => Value::Credential(gate.passwords().verifier(password).await?),
        };
        let collected = Collected { value, source, time, policy: policy.version() };
        parsed.push(NewValue { field, slot, collected });
    }
    Ok(parsed)
}

/// The places to be emptied, at least one.
pub(in crate::rpc) fn names(slots: &[v1::SlotName], policy: &Policy) -> Result<Vec<(FieldId, Slot)>, Error> {
    argument::counted("slots", slots.len(), 1..=MOST)?;
    let mut named = Vec::with_capacity(slots.len());
    for (position, slot) in slots.iter().enumerate() {
        let path = |part| format!("slots[{position}].{part}");
        let field = policy.field_named(&slot.field).ok_or_else(|| Error::FieldUnknown { path: path("field") })?;
        let place = (field.id(), argument::slot(|| path("slot"), slot.slot)?);
        if named.contains(&place) {
            return Err(Error::invalid(path("slot"), "is named twice"));
        }
        named.push(place);
    }
    Ok(named)
}

fn parse(position: usize, given: &v1::SlotValue, (policy, now): (&Policy, Timestamp)) -> Result<Given, Error> {
    let path = |part| format!("values[{position}].{part}");
    let place = || format!("values[{position}]");
    let unknown = || Error::FieldUnknown { path: path("field") };
    let field = policy.field_named(&given.field).ok_or_else(unknown)?;
    let value = value::parse(given.value.as_ref()).map_err(|unusable| unusable.at(&place()))?;
    fits(field, &value, (policy, now)).map_err(|unusable| unusable.at(&place()))?;
    let kind = match &value {
        Parsed::Value(value) => value.kind(),
        Parsed::Password(_) => Kind::Credential,
    };
    if kind != field.kind() {
        return Err(Error::invalid(path("value"), "is not of the field's kind"));
    }
    let source =
        Source::parse(&given.source).ok_or_else(|| argument::none_of(path("source"), Source::ALL.map(Source::name)))?;
    let time = match &given.collected_time {
        Some(time) => time::parse(|| path("collected_time"), time)?,
        None => now,
    };
    if time > now {
        return Err(Error::invalid(path("collected_time"), "lies in the future"));
    }
    Ok(Given { field: field.id(), slot: argument::slot(|| path("slot"), given.slot)?, value, source, time })
}

/// Refuses a birth date to come: what ages are told of has happened.
fn fits(field: &Field, value: &Parsed, (policy, now): (&Policy, Timestamp)) -> Result<(), Unusable> {
    let tells_age = field.forms().contains(Form::AgeBand) || field.forms().contains(Form::Adult);
    match value {
        Parsed::Value(Value::Date(date)) if tells_age => date
            .not_after(now, policy.presentation(), "date")
            .map_err(|problem| Unusable::Invalid { arm: "date", problem }),
        Parsed::Value(_) | Parsed::Password(_) => Ok(()),
    }
}

const MOST: usize = 64;
