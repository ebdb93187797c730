//! Does no decision ever show more than each thing that limits it, and does one limit more never show more?

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::model::basis::{Scope, ScopeItem};
use crate::model::form::{Form, FormSet};
use crate::model::ids::{FieldId, Slot};
use crate::model::recipient::RecipientClass;
use crate::policy::ask::{Holding, Stated};
use crate::policy::decide::Decision;
use crate::policy::tests::world::{World, basis_id, marketplace};

/// What limits one ask, drawn at random.
#[derive(Clone, Debug)]
struct Limits {
    scopes: Vec<Option<Vec<ScopeItem>>>,
    narrowing: Option<Vec<(FieldId, FormSet)>>,
    holdings: Vec<Holding>,
    in_person: bool,
    restricted: bool,
    refused: bool,
}

fn field() -> impl Strategy<Value = FieldId> {
    (0..17_u16).prop_map(FieldId)
}

fn forms() -> impl Strategy<Value = FormSet> {
    let form = prop_oneof![2 => Just(Form::Full), 3 => select(Form::ALL.to_vec())];
    prop::collection::vec(form, 0..4).prop_map(|forms| FormSet::of(&forms))
}

fn slot() -> impl Strategy<Value = Slot> {
    (0..3_u16).prop_map(Slot)
}

fn scope_item() -> impl Strategy<Value = ScopeItem> {
    (field(), forms(), prop::option::of(slot())).prop_map(|(field, forms, slot)| ScopeItem { field, forms, slot })
}

fn limits() -> impl Strategy<Value = Limits> {
    let scope = prop::option::of(prop::collection::vec(scope_item(), 0..24));
    let holding = (field(), slot()).prop_map(|(field, slot)| Holding { field, slot });
    let wanted = prop::option::weighted(0.3, prop::collection::vec((field(), forms()), 0..16));
    let rarely = || prop::bool::weighted(0.1);
    (prop::collection::vec(scope, 3), wanted, prop::collection::vec(holding, 0..48), any::<bool>(), rarely(), rarely())
        .prop_map(|(scopes, narrowing, holdings, in_person, restricted, refused)| Limits {
            scopes,
            narrowing,
            holdings,
            in_person,
            restricted,
            refused,
        })
}

fn row() -> impl Strategy<Value = (String, RecipientClass)> {
    let rows = marketplace()
        .purposes()
        .iter()
        .flat_map(|purpose| purpose.rows().iter().map(move |row| (purpose.id().to_string(), row.class())));
    select(rows.collect::<Vec<_>>())
}

fn world((purpose, class): &(String, RecipientClass), limits: &Limits) -> World {
    let mut world = World::of(purpose, *class);
    for (basis, scope) in world.bases.iter_mut().zip(&limits.scopes) {
        if let Some(items) = scope {
            basis.scope = Scope::Only(items.clone());
        }
    }
    world.ask.narrowing.clone_from(&limits.narrowing);
    let mut holdings = limits.holdings.clone();
    holdings.sort_by_key(|holding| (holding.field, holding.slot));
    holdings.dedup();
    world.holdings = Some(holdings);
    if limits.in_person {
        world.call_as("party.example");
    }
    world.preferences.restricted = limits.restricted;
    if let (Stated::Named(purpose), true) = (&world.ask.purpose, limits.refused) {
        world.preferences.refused.insert(purpose.clone());
    }
    world
}

/// Every single form shown, with all the policy derives from it.
fn shown(world: &World) -> Vec<(FieldId, Slot, Form)> {
    let Decision::Grant(grant) = world.decide() else {
        return Vec::new();
    };
    let closed = grant.fields().iter().flat_map(|shown| {
        let forms = world.policy.field(shown.field()).unwrap().close(shown.forms());
        forms.iter().map(|form| (shown.field(), shown.slot(), form)).collect::<Vec<_>>()
    });
    closed.collect()
}

/// Whether the forms named, or what can be derived from them, include the form.
fn implied(world: &World, field: FieldId, named: FormSet, form: Form) -> bool {
    world.policy.field(field).is_some_and(|field| field.kind().close(named).contains(form))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_shown_beyond_any_limit(row in row(), limits in limits()) {
        let world = world(&row, &limits);
        let Stated::Named(purpose) = &world.ask.purpose else { unreachable!() };
        let purpose = world.policy.purpose(purpose).unwrap();
        let ceiling = world.policy.clause(purpose.clause()).unwrap().ceiling();
        for (id, slot, form) in shown(&world) {
            let position = world.policy.fields().iter().position(|field| field.id() == id).unwrap();
            let field = world.policy.fields().get(position).unwrap();
            let view = purpose.row(row.1).unwrap().view();
            prop_assert!(view.get(position).unwrap().contains(form), "view");
            prop_assert!(ceiling.get(position).unwrap().contains(form), "ceiling");
            prop_assert!(field.forms().contains(form), "declared");
            let held = world.holdings.iter().flatten().any(|held| *held == Holding { field: id, slot });
            prop_assert!(held, "held");
            for basis in &world.bases {
                let Scope::Only(items) = &basis.scope else { continue };
                let covers = |item: &ScopeItem| {
                    item.field == id && item.slot.is_none_or(|named| named == slot) && implied(&world, id, item.forms, form)
                };
                prop_assert!(items.iter().any(covers), "scope");
            }
            if let Some(wanted) = &world.ask.narrowing {
                let wants = |(field, forms): &(FieldId, FormSet)| *field == id && implied(&world, id, *forms, form);
                prop_assert!(wanted.iter().any(wants), "narrowing");
            }
            if form == Form::Full && field.is_handed_over_in_person() {
                let party = world.party.as_ref().unwrap();
                prop_assert_eq!(party.identity.as_deref(), Some(world.ask.caller.identity.as_str()));
            }
            prop_assert!(!world.preferences.restricted || purpose.survives_restriction());
            prop_assert!(!purpose.is_optional() || world.preferences.refused.is_empty());
        }
    }

    #[test]
    fn one_more_limit_never_shows_more(row in row(), limits in limits(), spoil in any::<Index>(), which in 0..8_u8) {
        let before = world(&row, &limits);
        let mut after = before.clone();
        match which {
            0 => after.preferences.restricted = true,
            1 => after.preferences.refused = world(&row, &Limits { refused: true, ..limits.clone() }).preferences.refused,
            2 => after.ask.narrowing = Some(limits.narrowing.iter().flatten().skip(1).copied().collect()),
            3 => after.call_as("somebody.example"),
            4 => {
                let holdings = after.holdings.as_mut().unwrap();
                if !holdings.is_empty() {
                    holdings.remove(spoil.index(holdings.len()));
                }
            }
            5 => {
                // A second basis of the same kind, as another would have recorded it.
                if let Some(mut second) = after.bases.first().cloned() {
                    second.id = basis_id(77);
                    second.scope = limits.scopes.last().cloned().flatten().map_or(Scope::Unnarrowed, Scope::Only);
                    after.ask.bases.push(second.id);
                    after.bases.push(second);
                }
            }
            6 => after.told = Some(marketplace().clone()),
            _ => after.ask.bases.push(basis_id(99)),
        }
        let before = shown(&before);
        for shown in shown(&after) {
            prop_assert!(before.contains(&shown), "{:?}", shown);
        }
    }

    #[test]
    fn whatever_the_policy_file_holds_parsing_ends_in_a_policy_or_findings(
        cut in any::<Index>(),
        length in 0..40_usize,
        into in ".{0,12}",
    ) {
        let text = super::world::CLINIC;
        let from = cut.index(text.len());
        let mut bytes = text.as_bytes().to_vec();
        bytes.splice(from..(from + length).min(text.len()), into.bytes());
        if let Ok(text) = String::from_utf8(bytes)
            && let Err(findings) = crate::policy::table::Policy::parse(&text)
        {
            prop_assert!(!findings.is_empty());
        }
    }
}
