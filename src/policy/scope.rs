//! Scopes: what a basis covers of one field in one slot, and which slots bases speak of.

use crate::model::basis::{Basis, Scope};
use crate::model::form::FormSet;
use crate::model::ids::Slot;
use crate::policy::table::Field;

/// The forms of the field in that slot the basis covers, closed downwards.
///
/// A basis about one member means slot 0 unless it names another. A contract or transfer is about nobody's slots: what
/// it covers, it covers in every slot.
pub(super) fn covered(basis: &Basis, field: &Field, slot: Slot) -> FormSet {
    let meant = |named: Option<Slot>| match named {
        Some(named) => named == slot,
        None => slot == Slot::default() || !basis.kind.binds_member(),
    };
    match &basis.scope {
        Scope::Unnarrowed if basis.kind.needs_scope() || !meant(None) => FormSet::NONE,
        Scope::Unnarrowed => field.forms(),
        Scope::Only(items) => {
            let named = items.iter().filter(|item| item.field == field.id() && meant(item.slot));
            field.close(named.fold(FormSet::NONE, |forms, item| forms.join(item.forms)))
        }
    }
}

/// Adds the slots of the field the bases speak of, in order: those that bases about the member name, else slot 0.
pub(super) fn add_named_slots(slots: &mut Vec<Slot>, bases: &[&Basis], field: &Field) {
    for basis in bases.iter().filter(|basis| basis.kind.binds_member()) {
        if let Scope::Only(items) = &basis.scope {
            let named = items.iter().filter(|item| item.field == field.id());
            slots.extend(named.map(|item| item.slot.unwrap_or_default()));
        }
    }
    if slots.is_empty() {
        slots.push(Slot::default());
    }
    slots.sort_unstable();
    slots.dedup();
}
