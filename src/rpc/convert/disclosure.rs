//! Past releases, in words their member or recipient can read.

use fubako_proto::v1;

use crate::ledger::leaf::Leaf;
use crate::model::ids::EntryId;
use crate::rpc::convert::{entry, time};
use crate::vault::account::Disclosure;

/// The release as it travels.
pub(in crate::rpc) fn of(disclosure: Disclosure) -> v1::PastDisclosure {
    let sentence = sentence(&disclosure);
    let Disclosure { entry: read, party, clause, bases, not_released, proof } = disclosure;
    let member_id = read.member().map(|member| member.to_string()).unwrap_or_default();
    let Leaf { entry_id, time_micros, caller, purpose, recipient, recipient_class, fields, .. } = read.leaf;
    let id = <[u8; 16]>::try_from(entry_id).map(|id| EntryId::from_bytes(id).to_string()).unwrap_or_default();
    let (recipient_name, recipient_legal_name) = party.map(|party| (party.name, party.legal_name)).unwrap_or_default();
    let bases = bases.into_iter().map(|(id, kind, reference)| v1::DisclosureBasis {
        basis_id: id.to_string(),
        kind,
        reference: reference.unwrap_or_default(),
    });
    v1::PastDisclosure {
        entry_id: id,
        index: read.index,
        entry_time: time::of_micros(time_micros),
        member_id,
        recipient,
        recipient_class,
        recipient_name,
        recipient_legal_name,
        fields: fields.into_iter().map(entry::field).collect(),
        purpose,
        clause: clause.unwrap_or_default(),
        bases: bases.collect(),
        caller,
        not_released,
        sentence,
        proof: proof.unwrap_or_default(),
    }
}

/// `On 2026-11-25T10:00:00Z the seller Aoyama Books received name (full) …, for delivery (clause 2.b), on …`.
fn sentence(disclosure: &Disclosure) -> String {
    let leaf = &disclosure.entry.leaf;
    let when = jiff::Timestamp::from_microsecond(leaf.time_micros).map(|time| format!("{time:.0}")).unwrap_or_default();
    let who = match (&disclosure.party, leaf.recipient_class.as_str()) {
        (Some(party), class) if party.legal_name == party.name => format!("the {class} {}", party.name),
        (Some(party), class) => format!("the {class} {} ({})", party.name, party.legal_name),
        (None, "member") => "the member".to_owned(),
        (None, class) if class == leaf.recipient => format!("the {class}"),
        (None, class) => format!("the {class} {}", leaf.recipient),
    };
    let what = leaf.fields.iter().map(|field| {
        let slot = if field.slot == 0 { String::new() } else { format!(" no. {}", field.slot + 1) };
        format!("{}{slot} ({})", field.name, field.forms.replace('+', " and "))
    });
    let what = listed(&what.collect::<Vec<_>>());
    let received = if disclosure.not_released { "was granted, and did not receive," } else { "may have received" };
    let clause = disclosure.clause.as_ref().map(|clause| format!(" (clause {clause})")).unwrap_or_default();
    let bases = disclosure.bases.iter().map(|(id, kind, reference)| {
        let reference = reference.as_deref().filter(|text| !text.is_empty());
        let reference = reference.map(|reference| format!(" “{reference}”")).unwrap_or_default();
        format!("{} {id}{reference}", if kind.is_empty() { "basis" } else { kind })
    });
    let bases = listed(&bases.collect::<Vec<_>>());
    let on = if bases.is_empty() { String::new() } else { format!(", on {bases}") };
    format!("On {when} {who} {received} {what}, for {}{clause}{on}; {} asked.", leaf.purpose, leaf.caller)
}

/// `a, b and c`.
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
