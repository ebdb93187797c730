//! Grants: the outcome of a decision that releases a view, with everything the ledger writes down of it.

use jiff::{Span, Timestamp};

use crate::model::basis::Basis;
use crate::model::form::FormSet;
use crate::model::ids::{BasisId, CallerName, FieldId, MemberId, PartyId, PolicyVersion, PurposeId, Slot};
use crate::model::recipient::{Recipient, RecipientClass};
use crate::policy::authorise::Authorised;
use crate::policy::clause::ClauseId;
use crate::policy::purpose::Place;
use crate::policy::refusal::Refusal;
use crate::policy::rule::Rule;
use crate::policy::terms::{StandingTerm, Term};
use crate::policy::withheld::{Withheld, WithheldField};

/// Leave to release a view; only a decision makes one, and nothing opens without one.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub struct Grant {
    caller: CallerName,
    purpose: PurposeId,
    clause: ClauseId,
    recipient: Recipient,
    class: RecipientClass,
    bases: Vec<BasisId>,
    member: MemberId,
    fields: Vec<GrantedField>,
    withheld: Vec<WithheldField>,
    terms: Vec<Term>,
    policy_version: PolicyVersion,
    valid_until: Option<Timestamp>,
    decided: Timestamp,
}

impl Grant {
    pub(super) fn new(authorised: &Authorised<'_>, fields: Vec<GrantedField>, withheld: Vec<WithheldField>) -> Self {
        let Authorised { policy, ask, purpose, row, ref bases, now, .. } = *authorised;
        Self {
            caller: ask.caller.name.clone(),
            purpose: purpose.id().clone(),
            clause: purpose.clause().clone(),
            recipient: ask.recipient.clone(),
            class: row.class(),
            bases: bases.iter().map(|basis| basis.id).collect(),
            member: ask.member,
            fields,
            withheld,
            terms: terms(authorised),
            policy_version: policy.version(),
            valid_until: bases.iter().filter_map(|basis| basis.validity.until()).min(),
            decided: now,
        }
    }

    /// Who asked.
    #[must_use]
    pub const fn caller(&self) -> &CallerName {
        &self.caller
    }

    /// What for.
    #[must_use]
    pub const fn purpose(&self) -> &PurposeId {
        &self.purpose
    }

    /// The clause that allows it.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// For whom.
    #[must_use]
    pub const fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// The recipient's class.
    #[must_use]
    pub const fn class(&self) -> RecipientClass {
        self.class
    }

    /// The recipient, if it is a registered party.
    #[must_use]
    pub const fn party(&self) -> Option<&PartyId> {
        self.recipient.party()
    }

    /// The bases it rests on, each of them.
    #[must_use]
    pub fn bases(&self) -> &[BasisId] {
        &self.bases
    }

    /// About whom.
    #[must_use]
    pub const fn member(&self) -> MemberId {
        self.member
    }

    /// What may be shown, by field and slot; never empty.
    #[must_use]
    pub fn fields(&self) -> &[GrantedField] {
        &self.fields
    }

    /// What was in the row's view or asked for, and is not shown, by field and slot.
    #[must_use]
    pub fn withheld(&self) -> &[WithheldField] {
        &self.withheld
    }

    /// What the recipient undertakes.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The version of the policy it was decided by.
    #[must_use]
    pub const fn policy_version(&self) -> PolicyVersion {
        self.policy_version
    }

    /// The first instant at which a basis it rests on holds no more, if one ends.
    #[must_use]
    pub const fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// When it was decided.
    #[must_use]
    pub const fn decided(&self) -> Timestamp {
        self.decided
    }

    /// The refusal it comes to, where the values have none of the forms it shows; told with all that was withheld before.
    #[must_use]
    pub fn nothing_left(&self, not_in_form: Vec<WithheldField>) -> Refusal {
        let place = Place::new(self.purpose.clone(), self.clause.clone());
        let mut withheld = self.withheld.clone();
        withheld.extend(not_in_form);
        Refusal::with_withheld(Rule::NothingLeft { place, class: self.class }, withheld)
    }
}

/// One field a grant shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GrantedField {
    pub(super) field: FieldId,
    pub(super) slot: Slot,
    pub(super) forms: FormSet,
    pub(super) narrowed_by: Option<Withheld>,
}

impl GrantedField {
    /// The field.
    #[must_use]
    pub const fn field(self) -> FieldId {
        self.field
    }

    /// The slot.
    #[must_use]
    pub const fn slot(self) -> Slot {
        self.slot
    }

    /// The forms to show: the topmost of those allowed.
    #[must_use]
    pub const fn forms(self) -> FormSet {
        self.forms
    }

    /// What last took forms away from the row's view of it, if anything did.
    #[must_use]
    pub const fn narrowed_by(self) -> Option<Withheld> {
        self.narrowed_by
    }
}

/// The row's terms, filled in from the bases and the day.
fn terms(authorised: &Authorised<'_>) -> Vec<Term> {
    let Authorised { row, ref bases, .. } = *authorised;
    let under = |basis: &&Basis| Term::UnderPolicy(basis.policy_version);
    let standing = row.terms().iter().flat_map(|term| match term {
        StandingTerm::UseOnlyForPurpose => vec![Term::UseOnlyForPurpose],
        StandingTerm::NoOnwardWithoutConsent => vec![Term::NoOnwardWithoutConsent],
        StandingTerm::UnderPolicy => bases.iter().filter(|basis| !basis.kind.binds_member()).map(under).collect(),
    });
    let deletion = row.delete_after_days().map(|days| Term::DeleteBy(deletion(authorised, days)));
    let secret = row.bases().iter().filter(|need| need.needs_secrecy()).map(|need| need.kind());
    let agreements = secret.flat_map(|kind| bases.iter().filter(move |basis| basis.kind == kind));
    let secrecy = agreements.filter_map(|basis| basis.secrecy_agreement.clone()).map(Term::SecrecyAgreement);
    standing.chain(deletion).chain(secrecy).collect()
}

/// So many days after the decision, as the policy's time zone counts days.
fn deletion(authorised: &Authorised<'_>, days: u16) -> Timestamp {
    let zone = authorised.policy.presentation().time_zone.clone();
    let due = authorised.now.to_zoned(zone).checked_add(Span::new().days(days));
    // Beyond the calendar's end the view is not to be kept at all.
    due.map_or(authorised.now, |due| due.timestamp())
}
