//! Views for the screen: fields in their forms with what they show, what is withheld and why, and the terms.

use fubako_proto::v1::{Receipt, View, ViewField, WithheldField};
use serde_json::{Value, json};

use crate::cli::screen::{Screen, facts};
use crate::cli::value::write;
use crate::cli::wire;

/// A view as JSON.
pub(super) fn view_json(view: &View) -> Value {
    json!({
        "fields": view.fields.iter().map(field_json).collect::<Vec<_>>(),
        "withheld": view.withheld.iter().map(withheld_json).collect::<Vec<_>>(),
        "terms": view.terms,
        "delete_by_time": view.delete_by_time.as_ref().map(|time| wire::time(Some(time))),
        "policy_version": view.policy_version,
    })
}

/// A view as people read it, with the entry that accounts for it.
pub(super) fn view_words(screen: Screen, view: &View, receipt: Option<&Receipt>) -> String {
    let mut table = screen.table(&["field", "form", "value"]);
    for field in &view.fields {
        for value in &field.values {
            let shown = value.value.as_ref().map(write::words).unwrap_or_default();
            table.add_row([place(&field.field, field.slot), value.form.clone(), shown]);
        }
    }
    for withheld in &view.withheld {
        let forms = if withheld.forms.is_empty() { "-".to_owned() } else { withheld.forms.join("\n") };
        table.add_row([place(&withheld.field, withheld.slot), forms, withheld_words(withheld)]);
    }
    let facts = facts(&[
        ("terms", view.terms.join(", ")),
        ("delete by", wire::time(view.delete_by_time.as_ref())),
        ("policy", format!("version {}", view.policy_version)),
        ("written down", wire::receipt_words(receipt)),
    ]);
    format!("{table}\n{facts}")
}

/// A withheld field as JSON.
pub(super) fn withheld_json(withheld: &WithheldField) -> Value {
    let WithheldField { field, slot, reason, rule, forms } = withheld;
    json!({ "field": field, "slot": slot, "reason": reason, "rule": rule, "forms": forms })
}

/// Why a field is withheld, in words.
pub(super) fn withheld_words(withheld: &WithheldField) -> String {
    format!("withheld ({}): {}", withheld.reason, withheld.rule)
}

/// A field with its slot, unless that is the first.
pub(super) fn place(field: &str, slot: u32) -> String {
    if slot == 0 { field.to_owned() } else { format!("{field}@{slot}") }
}

/// A field with what it shows, as JSON.
pub(super) fn field_json(field: &ViewField) -> Value {
    let values = field
        .values
        .iter()
        .map(|value| json!({ "form": value.form, "value": value.value.as_ref().map_or(Value::Null, write::json) }));
    json!({ "field": field.field, "slot": field.slot, "values": values.collect::<Vec<_>>() })
}
