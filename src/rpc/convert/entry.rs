//! Entries of the ledger, on the way out.

use fubako_proto::v1;

use crate::ledger::event::Event;
use crate::ledger::leaf::LeafField;
use crate::ledger::outcome::Outcome;
use crate::ledger::reader::ReadEntry;
use crate::model::ids::{BasisId, EntryId};
use crate::rpc::convert::time;

/// The entry as it travels.
pub(in crate::rpc) fn of(entry: ReadEntry) -> v1::LedgerEntry {
    let ReadEntry { index, leaf, leaf_hash, beside, .. } = entry;
    let event = Event::from_number(leaf.event);
    let id = |bytes: &[u8]| <[u8; 16]>::try_from(bytes).ok();
    v1::LedgerEntry {
        index,
        entry_id: id(&leaf.entry_id).map(|id| EntryId::from_bytes(id).to_string()).unwrap_or_default(),
        entry_time: time::of_micros(leaf.time_micros),
        // An event of a later version has a number and no name here yet.
        event: event.map_or_else(|| format!("event-{}", leaf.event), |event| event.name().to_owned()),
        caller: leaf.caller,
        purpose: leaf.purpose,
        recipient: leaf.recipient,
        recipient_class: leaf.recipient_class,
        basis_ids: leaf.bases.iter().filter_map(|b| Some(BasisId::from_bytes(id(b)?).to_string())).collect(),
        member_id: beside.map(|beside| beside.member.to_string()).unwrap_or_default(),
        fields: leaf.fields.into_iter().map(field).collect(),
        outcome: outcome(event).into(),
        reason: leaf.reason,
        policy_version: leaf.policy_version,
        leaf_hash: leaf_hash.to_vec(),
        subject: leaf.subject,
        revision: leaf.revision,
        count: leaf.count,
        basis_kinds: leaf.basis_kinds,
    }
}

/// One slot an entry is about.
pub(in crate::rpc) fn field(field: LeafField) -> v1::EntryField {
    let forms = field.forms.split('+').filter(|form| !form.is_empty()).map(ToOwned::to_owned);
    v1::EntryField { field: field.name, slot: field.slot, forms: forms.collect(), key_version: field.key_version }
}

/// The outcome as it travels; of an event of a later version it is not known.
const fn outcome(event: Option<Event>) -> v1::EntryOutcome {
    match event {
        Some(event) => match event.outcome() {
            Outcome::Granted => v1::EntryOutcome::Granted,
            Outcome::NotReleased => v1::EntryOutcome::NotReleased,
            Outcome::Refused => v1::EntryOutcome::Refused,
            Outcome::Done => v1::EntryOutcome::Done,
        },
        None => v1::EntryOutcome::Unspecified,
    }
}
