//! A world in which a row of a policy is granted, for tests to spoil.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use fubako_keys::KeyClass;
use jiff::Timestamp;

use crate::model::basis::{Basis, BasisState, Scope, ScopeItem};
use crate::model::caller::{Caller, Identity};
use crate::model::form::{Form, FormSet};
use crate::model::ids::{BasisId, CallerName, FieldId, MemberId, PartyId, PolicyVersion, PurposeId, Slot};
use crate::model::party::{Party, PartyState};
use crate::model::preferences::Preferences;
use crate::model::recipient::{Recipient, RecipientClass};
use crate::model::time::Validity;
use crate::policy::ask::{Ask, Holding, MemberFacts, Register, Stated};
use crate::policy::authorise::authorise;
use crate::policy::decide::Decision;
use crate::policy::grant::Grant;
use crate::policy::reason::Reason;
use crate::policy::row::{Requirement, Row};
use crate::policy::table::Policy;

pub(super) const MARKETPLACE: &str = include_str!("../../../policies/imacocokara.toml");
pub(super) const CLINIC: &str = include_str!("../../../tests/data/clinic.toml");

pub(super) const MEMBER: MemberId = MemberId::from_bytes([1; 16]);
pub(super) const STRANGER: MemberId = MemberId::from_bytes([2; 16]);

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::parse(MARKETPLACE).unwrap());

pub(super) fn marketplace() -> &'static Policy {
    &POLICY
}

/// Everything a decision weighs, owned, so that tests can change it.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) policy: Policy,
    pub(super) ask: Ask,
    pub(super) party: Option<Party>,
    pub(super) bases: Vec<Basis>,
    pub(super) suspended: bool,
    pub(super) now: Timestamp,
    pub(super) holdings: Option<Vec<Holding>>,
    pub(super) preferences: Preferences,
    pub(super) told: Option<Policy>,
    pub(super) held: Option<BTreeSet<KeyClass>>,
}

impl World {
    /// The marketplace's world for that row.
    pub(super) fn of(purpose: &str, class: RecipientClass) -> Self {
        Self::under(marketplace(), purpose, class)
    }

    /// The world for a row of any policy: everything the row needs is on record, and the member has every field.
    pub(super) fn under(policy: &Policy, purpose: &str, class: RecipientClass) -> Self {
        let id = PurposeId::parse(purpose).unwrap();
        let row = policy.purpose(&id).and_then(|purpose| purpose.row(class));
        let country = row.and_then(|row| row.countries().first()).map_or("JP", String::as_str);
        let party = (!class.is_built_in()).then(|| party(class, country));
        let needs = row.map_or(&[][..], |row| row.bases());
        let bases: Vec<Basis> =
            needs.iter().zip(1..).map(|(need, number)| basis((policy, &id), *need, number, party.as_ref())).collect();
        let in_person = row.is_some_and(Row::is_for_own_identity);
        let identity = if in_person { "party.example" } else { "shop.example" };
        let ask = Ask {
            caller: Arc::new(caller(&id, class, identity)),
            purpose: Stated::Named(id),
            recipient: recipient(class, party.as_ref()),
            bases: bases.iter().map(|basis| basis.id).collect(),
            member: MEMBER,
            narrowing: None,
            asserted: (class == RecipientClass::Member).then_some(MEMBER),
        };
        let holdings = policy.fields().iter().map(|field| Holding { field: field.id(), slot: Slot(0) }).collect();
        Self {
            policy: policy.clone(),
            ask,
            party,
            bases,
            suspended: false,
            now: at(100),
            holdings: Some(holdings),
            preferences: Preferences::default(),
            told: None,
            held: None,
        }
    }

    pub(super) fn decide(&self) -> Decision {
        let register = Register {
            party: self.party.as_ref(),
            bases: &self.bases,
            caller_suspended: self.suspended,
            now: self.now,
        };
        let facts = MemberFacts {
            holdings: self.holdings.as_deref(),
            preferences: &self.preferences,
            told: self.told.as_ref(),
            held: self.held.as_ref(),
        };
        match authorise(&self.policy, &self.ask, &register) {
            Ok(authorised) => authorised.decide(&facts),
            Err(refusal) => Decision::Refuse(refusal),
        }
    }

    pub(super) fn grant(&self) -> Grant {
        match self.decide() {
            Decision::Grant(grant) => grant,
            Decision::Refuse(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// What is shown, as `name:full address#1:region`.
    pub(super) fn shown(&self) -> String {
        let grant = self.grant();
        let shown = grant.fields().iter().map(|shown| {
            let name = self.policy.field(shown.field()).unwrap().name();
            let slot = if shown.slot() == Slot(0) { String::new() } else { format!("#{}", shown.slot()) };
            format!("{name}{slot}:{}", shown.forms())
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// What is withheld, as `phone:not-held`.
    pub(super) fn withheld(&self) -> String {
        let grant = self.grant();
        let withheld = grant
            .withheld()
            .iter()
            .map(|withheld| format!("{}:{}", self.policy.field(withheld.field()).unwrap().name(), withheld.why()));
        withheld.collect::<Vec<_>>().join(" ")
    }

    /// The reason and the rule it was refused by.
    pub(super) fn refusal(&self) -> (Reason, String) {
        match self.decide() {
            Decision::Grant(grant) => panic!("granted: {grant:?}"),
            Decision::Refuse(refusal) => (refusal.reason(), refusal.to_string()),
        }
    }

    pub(super) fn reason(&self) -> Reason {
        self.refusal().0
    }

    pub(super) fn field(&self, name: &str) -> FieldId {
        self.policy.field_named(name).unwrap().id()
    }

    /// Narrows the basis of that number to these fields in full, each in the slot given.
    pub(super) fn scope(&mut self, basis: usize, items: &[(&str, Form, Option<u16>)]) {
        let items = items.iter().map(|(name, form, slot)| ScopeItem {
            field: self.field(name),
            forms: FormSet::of(&[*form]),
            slot: slot.map(Slot),
        });
        let items = items.collect();
        self.bases.get_mut(basis).unwrap().scope = Scope::Only(items);
    }

    /// Puts a second basis like the first on record, and asks for it too.
    pub(super) fn repeat_basis(&mut self) {
        let mut second = self.bases.first().unwrap().clone();
        second.id = basis_id(2);
        self.ask.bases.push(second.id);
        self.bases.push(second);
    }

    pub(super) fn hold(&mut self, name: &str, slot: u16) {
        let field = self.field(name);
        self.holdings.as_mut().unwrap().push(Holding { field, slot: Slot(slot) });
    }

    pub(super) fn lose(&mut self, name: &str) {
        let field = self.field(name);
        self.holdings.as_mut().unwrap().retain(|holding| holding.field != field);
    }

    pub(super) fn ask_for(&mut self, fields: &[(&str, Form)]) {
        let wanted = fields.iter().map(|(name, form)| (self.field(name), FormSet::of(&[*form]))).collect();
        self.ask.narrowing = Some(wanted);
    }

    /// Has the caller present that certificate identity.
    pub(super) fn call_as(&mut self, identity: &str) {
        self.caller().identity = Identity::parse(identity).unwrap();
    }

    /// Has the caller state the purpose, which it holds.
    pub(super) fn state(&mut self, purpose: &str) {
        let purpose = PurposeId::parse(purpose).unwrap();
        self.caller().purposes.insert(purpose.clone());
        self.ask.purpose = Stated::Named(purpose);
    }

    /// Has the member refuse the purpose.
    pub(super) fn refuse(&mut self, purpose: &str) {
        self.preferences.refused.insert(PurposeId::parse(purpose).unwrap());
    }

    pub(super) fn caller(&mut self) -> &mut Caller {
        Arc::make_mut(&mut self.ask.caller)
    }

    pub(super) fn party(&mut self) -> &mut Party {
        self.party.as_mut().unwrap()
    }

    pub(super) fn basis(&mut self, number: usize) -> &mut Basis {
        self.bases.get_mut(number).unwrap()
    }
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(super) fn basis_id(number: u8) -> BasisId {
    BasisId::from_bytes([number; 16])
}

fn caller(purpose: &PurposeId, class: RecipientClass, identity: &str) -> Caller {
    Caller {
        name: CallerName::parse("shop").unwrap(),
        identity: Identity::parse(identity).unwrap(),
        roles: [].into(),
        purposes: [purpose.clone()].into(),
        classes: [class].into(),
        parties: [].into(),
        records: [].into(),
    }
}

fn recipient(class: RecipientClass, party: Option<&Party>) -> Recipient {
    match (class, party) {
        (_, Some(party)) => Recipient::Party(party.id.clone()),
        (RecipientClass::Member, None) => Recipient::Member,
        (RecipientClass::Public, None) => Recipient::Public,
        _ => Recipient::Marketplace,
    }
}

fn party(class: RecipientClass, country: &str) -> Party {
    Party {
        id: PartyId::parse("party-1").unwrap(),
        class,
        name: "Party".to_owned(),
        legal_name: "Party KK".to_owned(),
        address: "Osaka".to_owned(),
        representative: "P. Arty".to_owned(),
        country: country.to_owned(),
        identity: Some("party.example".to_owned()),
        hpke_key: None,
        state: PartyState::Active,
        registered: at(0),
    }
}

/// A live basis as the row needs it; where it must say what it covers, it covers every field in full.
fn basis((policy, purpose): (&Policy, &PurposeId), need: Requirement, number: u8, party: Option<&Party>) -> Basis {
    let everything = policy.fields().iter().map(|field| ScopeItem {
        field: field.id(),
        forms: FormSet::of(&[Form::Full]),
        slot: None,
    });
    Basis {
        id: basis_id(number),
        kind: need.kind(),
        member: need.binds().of_member().then_some(MEMBER),
        party: party.filter(|_| need.binds().of_recipient()).map(|party| party.id.clone()),
        scope: if need.kind().needs_scope() { Scope::Only(everything.collect()) } else { Scope::Unnarrowed },
        purposes: vec![purpose.clone()],
        validity: Validity::new(at(50), Some(at(200 + i64::from(number)))).unwrap(),
        approvals_needed: need.kind().approvals_needed(),
        approvals: Vec::new(),
        reference: "ref".to_owned(),
        secrecy_agreement: need.needs_secrecy().then(|| "NDA-7".to_owned()),
        state: BasisState::Live,
        policy_version: PolicyVersion(1),
        recorded_by: CallerName::parse("registrar").unwrap(),
        recorded: at(10),
    }
}
