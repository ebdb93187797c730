//! The vault's meter: what was released and refused, counted by names of the policy alone, never by who or about whom.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::model::form::Form;
use crate::model::ids::PurposeId;
use crate::model::recipient::RecipientClass;
use crate::policy::ask::{Ask, Stated};
use crate::policy::grant::Grant;
use crate::policy::reason::Reason;
use crate::policy::table::Policy;
use crate::record::open::{NotReleased, Released, WhyNot};
use crate::vault::disclose::KEY_DESTROYED;

/// Counters of an open vault, from 0 at its opening.
///
/// Every label is a purpose of the policy in force, a class, a form or a reason: there are as many series as the policy has
/// rows, however many members, parties and callers there are.
#[derive(Debug)]
pub(super) struct Meter {
    /// What a release counts up is found once, here, and not by its labels each time.
    purposes: HashMap<PurposeId, Vec<(Option<RecipientClass>, Outcomes)>, RandomState>,
    /// Asks for what is no purpose.
    no_purpose: Outcomes,
    releases: Family<Labels, Counter>,
    refusals: Family<Labels, Counter>,
    opened: [Counter; Form::ALL.len()],
    opens: Family<Labels, Counter>,
}

/// How asks of one purpose, for one class, ended.
#[derive(Debug)]
struct Outcomes {
    released: Counter,
    refused: Counter,
    not_released: Counter,
}

type Labels = Vec<(&'static str, String)>;

impl Meter {
    /// A meter for that policy's purposes.
    pub(super) fn of(policy: &Policy) -> Self {
        let (releases, opens) = (Family::default(), Family::default());
        let purposes = policy.purposes().iter().map(|purpose| {
            let classes = purpose.rows().iter().map(|row| Some(row.class())).chain([None]);
            let outcomes = classes.map(|class| (class, Outcomes::of(&releases, purpose.id().as_str(), class)));
            (purpose.id().clone(), outcomes.collect())
        });
        Self {
            purposes: purposes.collect(),
            no_purpose: Outcomes::of(&releases, NONE, None),
            opened: Form::ALL.map(|form| opens.get_or_create_owned(&vec![("form", form.name().to_owned())])),
            refusals: Family::default(),
            releases,
            opens,
        }
    }

    /// Has all of it shown.
    pub(super) fn register(&self, registry: &mut Registry) {
        let releases = "Asks for a view, by purpose, class of the recipient and outcome";
        registry.register("releases", releases, self.releases.clone());
        registry.register("refusals", "Refusals, by reason", self.refusals.clone());
        registry.register("opens", "Fields released, by the form they were shown in", self.opens.clone());
    }

    /// A view leaves the vault.
    pub(super) fn released(&self, released: &Released) {
        self.outcomes_of(released.grant()).released.inc();
        for form in released.forms() {
            if let Some(opened) = self.opened.get(form as usize) {
                opened.inc();
            }
        }
    }

    /// A grant was accounted for, and nothing came of it; damage alone is told apart from a refusal.
    pub(super) fn not_released(&self, not_released: &NotReleased) {
        let outcomes = self.outcomes_of(not_released.grant());
        match not_released.why() {
            WhyNot::Unopened => {
                outcomes.not_released.inc();
            }
            WhyNot::KeyDestroyed(_) => {
                outcomes.refused.inc();
                self.refused(KEY_DESTROYED);
            }
            WhyNot::NotInForm(_) => {
                outcomes.refused.inc();
                self.refused(Reason::NothingToRelease.name());
            }
        }
    }

    /// The policy refused a view; the class is that of the recipient, where it is known.
    pub(super) fn refused_ask(&self, ask: &Ask, class: Option<RecipientClass>) {
        let purpose = match &ask.purpose {
            Stated::Named(purpose) => Some(purpose),
            Stated::Nothing | Stated::Unreadable => None,
        };
        self.outcomes(purpose, class).refused.inc();
    }

    /// Somebody was refused something, whatever it was.
    pub(super) fn refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&vec![("reason", reason.to_owned())]).inc();
    }

    fn outcomes_of(&self, grant: &Grant) -> &Outcomes {
        self.outcomes(Some(grant.purpose()), Some(grant.class()))
    }

    fn outcomes(&self, purpose: Option<&PurposeId>, class: Option<RecipientClass>) -> &Outcomes {
        let known = purpose.and_then(|purpose| self.purposes.get(purpose));
        // What has no row stands last, under no class.
        let found = known.and_then(|rows| rows.iter().find(|(of, _)| *of == class).or(rows.last()));
        found.map_or(&self.no_purpose, |(_, outcomes)| outcomes)
    }
}

impl Outcomes {
    fn of(releases: &Family<Labels, Counter>, purpose: &str, class: Option<RecipientClass>) -> Self {
        let outcome = |outcome: &str| {
            let class = class.map_or(NONE, RecipientClass::name);
            let labels = [("purpose", purpose), ("recipient_class", class), ("outcome", outcome)];
            releases.get_or_create_owned(&labels.map(|(name, value)| (name, value.to_owned())).to_vec())
        };
        Self { released: outcome("released"), refused: outcome("refused"), not_released: outcome("not-released") }
    }
}

/// Stands for a purpose the policy has not got, and for a class no row of the purpose is for.
const NONE: &str = "none";
