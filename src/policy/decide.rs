//! Decisions: what of an authorised ask is shown, once the member's record, choices and notices are weighed.

use std::collections::BTreeSet;

use fubako_keys::KeyClass;

use crate::model::form::FormSet;
use crate::model::ids::{FieldId, Slot};
use crate::policy::ask::{Holding, MemberFacts};
use crate::policy::authorise::{Authorised, calls_itself};
use crate::policy::grant::{Grant, GrantedField};
use crate::policy::purpose::Purpose;
use crate::policy::refusal::Refusal;
use crate::policy::rule::Rule;
use crate::policy::scope::{add_named_slots, covered};
use crate::policy::table::{Field, Policy};
use crate::policy::withheld::{Withheld, WithheldField};

/// What came of an ask.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub enum Decision {
    /// A view may be released, once that is written down.
    Grant(Grant),
    /// Nothing is released.
    Refuse(Refusal),
}

impl Authorised<'_> {
    /// Decides, by what the vault knows of the member.
    pub fn decide(self, facts: &MemberFacts<'_>) -> Decision {
        match self.weigh(facts) {
            Ok(grant) => Decision::Grant(grant),
            Err(refusal) => Decision::Refuse(refusal),
        }
    }

    fn weigh(&self, facts: &MemberFacts<'_>) -> Result<Grant, Refusal> {
        let holdings = facts.holdings.ok_or(Rule::MemberUnknown)?;
        // What the member was told they can refuse, or freeze, stays refused and frozen under a version they were not.
        let told = facts.told.and_then(|told| told.purpose(self.purpose.id()));
        let optional = self.purpose.is_optional() || told.is_some_and(Purpose::is_optional);
        let survives = self.purpose.survives_restriction() && told.is_none_or(Purpose::survives_restriction);
        if optional && facts.preferences.refused.contains(self.purpose.id()) {
            return Err(Rule::PreferenceRefuses(self.purpose.place()).into());
        }
        if facts.preferences.restricted && !survives {
            return Err(Rule::Restricted(self.purpose.place()).into());
        }
        if facts.preferences.erasure_due.is_some() && !survives {
            return Err(Rule::ErasurePending(self.purpose.place()).into());
        }
        let (shown, withheld) = self.fields(&Known { holdings, told: facts.told });
        if shown.is_empty() {
            let rule = Rule::NothingLeft { place: self.purpose.place(), class: self.row.class() };
            return Err(Refusal::with_withheld(rule, withheld));
        }
        let shown_fields = shown.iter().filter_map(|granted| self.policy.field(granted.field()));
        keys_held(self.purpose, shown_fields, facts.held)?;
        Ok(Grant::new(self, shown, withheld))
    }

    /// Every field of the row's view or of the request, in each slot meant: shown or withheld.
    fn fields(&self, known: &Known<'_>) -> (Vec<GrantedField>, Vec<WithheldField>) {
        let mut shown = Vec::with_capacity(self.policy.fields().len());
        let mut withheld = Vec::new();
        let mut slots = Vec::new();
        for (field, view) in self.policy.fields().iter().zip(self.row.view()) {
            if view.is_empty() {
                if self.is_asked_for(field) {
                    let slot = Slot::default();
                    withheld.push(WithheldField::new(field.id(), slot, Withheld::NotInView));
                }
                continue;
            }
            slots.clear();
            self.add_slots(&mut slots, field, known);
            for slot in slots.iter().copied() {
                match self.narrow(field, slot, *view, known) {
                    Narrowed::Shown(forms, narrowed_by) => {
                        let forms = field.shown(forms);
                        shown.push(GrantedField { field: field.id(), slot, forms, narrowed_by });
                    }
                    Narrowed::Withheld(why) => withheld.push(WithheldField::new(field.id(), slot, why)),
                }
            }
        }
        (shown, withheld)
    }

    /// Adds the slots meant: those the record holds, where the row shows all; else those the bases name.
    fn add_slots(&self, slots: &mut Vec<Slot>, field: &Field, known: &Known<'_>) {
        if self.row.shows_all_slots() {
            let held = known.holdings.iter().filter(|holding| holding.field == field.id());
            slots.extend(held.map(|holding| holding.slot));
        }
        if slots.is_empty() {
            add_named_slots(slots, &self.bases, field);
        }
    }

    /// The meet of everything that says what may be shown of the field in that slot.
    fn narrow(&self, field: &Field, slot: Slot, view: FormSet, known: &Known<'_>) -> Narrowed {
        let scopes = self.bases.iter().map(|basis| covered(basis, field, slot));
        let limits = [
            (Withheld::NotInPerson, self.in_person(field)),
            (Withheld::BasisScope, scopes.fold(field.forms(), FormSet::meet)),
            (Withheld::NotAskedFor, self.asked_for(field)),
            (Withheld::NotTold, known.told.map_or(field.forms(), |told| self.told(told, field.id()))),
            (Withheld::NotHeld, held(field, slot, known.holdings)),
        ];
        let mut left = view;
        let mut narrowed_by = None;
        for (why, limit) in limits {
            if !left.is_within(limit) {
                left = left.meet(limit);
                narrowed_by = Some(why);
            }
            if left.is_empty() {
                return Narrowed::Withheld(why);
            }
        }
        Narrowed::Shown(left, narrowed_by)
    }

    /// Whether the request names the field.
    fn is_asked_for(&self, field: &Field) -> bool {
        self.ask.narrowing.iter().flatten().any(|(id, _)| *id == field.id())
    }

    /// Every form, if the recipient itself asks; else those that may pass through other hands.
    fn in_person(&self, field: &Field) -> FormSet {
        match self.party {
            Some(party) if calls_itself(party, &self.ask.caller) => field.forms(),
            _ => field.forms_for_others(),
        }
    }

    /// The forms the request asks for; every form, if it does not narrow.
    fn asked_for(&self, field: &Field) -> FormSet {
        let Some(wanted) = &self.ask.narrowing else {
            return field.forms();
        };
        let of_field = wanted.iter().filter(|(id, _)| *id == field.id());
        field.close(of_field.fold(FormSet::NONE, |forms, (_, wanted)| forms.join(*wanted)))
    }

    /// The forms the policy version the member was last told of shows in the same row.
    fn told(&self, told: &Policy, field: FieldId) -> FormSet {
        let row = told.purpose(self.purpose.id()).and_then(|purpose| purpose.row(self.row.class()));
        // A basis the member was told of, and this version does not ask for, is missing.
        let row = row.filter(|row| row.bases().iter().all(|need| self.row.bases().contains(need)));
        let view = row.and_then(|row| row.view().get(told.position(field)?));
        view.copied().unwrap_or_default()
    }
}

/// What fields are weighed by, once there is a member.
struct Known<'a> {
    holdings: &'a [Holding],
    told: Option<&'a Policy>,
}

/// What is left of a field's view.
enum Narrowed {
    /// These forms, and what last took some away.
    Shown(FormSet, Option<Withheld>),
    /// Nothing, and what took the last away.
    Withheld(Withheld),
}

/// Every form, if the record holds the slot; else none. A derived field is held as the secret it is derived from.
fn held(field: &Field, slot: Slot, holdings: &[Holding]) -> FormSet {
    let stored = |holding: &Holding| holding.field == field.id() && holding.slot == slot;
    if holdings.iter().any(stored) { field.forms() } else { FormSet::NONE }
}

/// Refuses what shows or compares a field whose keys are not here: all of it, so that nobody takes a part for the whole.
pub fn keys_held<'a>(
    purpose: &Purpose,
    fields: impl Iterator<Item = &'a Field>,
    held: Option<&BTreeSet<KeyClass>>,
) -> Result<(), Rule> {
    let Some(held) = held else { return Ok(()) };
    let missing: BTreeSet<KeyClass> = fields.map(Field::class).filter(|class| !held.contains(class)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = missing.iter().map(|class| format!("`{class}`")).collect();
    Err(Rule::KeysNotHeld { place: purpose.place(), classes: names.join(", ") })
}
