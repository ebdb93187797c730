//! The grounds of the demo: the bases that the policy's rows ask for, all about one member.

use fubako_proto::v1::{AllMembers, BasisTerms, RecordBasisRequest, Scope, ScopeItem, basis_terms};

use crate::cli::demo::companies;
use crate::cli::demo::people::Member;
use crate::cli::demo::world::World;
use crate::cli::error::Error;
use crate::model::basis::BasisKind;
use crate::model::form::FormSet;
use crate::model::recipient::RecipientClass;
use crate::policy::row::{Extent, Requirement, Row};
use crate::policy::table::Policy;

/// The bases on record, each with the purposes and the party it serves.
pub(super) struct Grounds {
    recorded: Vec<(Ground, String)>,
}

/// A basis to record.
struct Ground {
    kind: BasisKind,
    member: Option<String>,
    party: &'static str,
    purposes: Vec<String>,
    scope: Option<Vec<ScopeItem>>,
}

impl Grounds {
    /// Records what every row of the policy needs to be asked about the leading member.
    pub(super) async fn record(world: &mut World, members: &[Member]) -> Result<Self, Error> {
        let leading = members.first().map(|member| member.id.clone()).unwrap_or_default();
        let needed = needed(world.policy(), &leading);
        let mut recorded = Vec::with_capacity(needed.len());
        for ground in needed {
            let basis = ground.record(world).await?;
            recorded.push((ground, basis));
        }
        Ok(Self { recorded })
    }

    /// The bases for a row.
    pub(super) fn of(&self, purpose: &str, row: &Row) -> Vec<String> {
        let serves = |need: &Requirement, ground: &Ground| {
            ground.kind == need.kind()
                && ground.purposes.iter().any(|served| served == purpose)
                && (!need.binds().of_recipient() || ground.party == party_of(need.kind(), row.class()))
        };
        let of_need = |need| self.recorded.iter().find(|(ground, _)| serves(need, ground)).map(|(_, id)| id.clone());
        row.bases().iter().filter_map(of_need).collect()
    }
}

impl Ground {
    async fn record(&self, world: &mut World) -> Result<String, Error> {
        let subject = match &self.member {
            Some(member) => basis_terms::Subject::MemberId(member.clone()),
            None => basis_terms::Subject::AllMembers(AllMembers {}),
        };
        let terms = BasisTerms {
            kind: self.kind.name().to_owned(),
            subject: Some(subject),
            party_id: self.party.to_owned(),
            scope: self.scope.clone().map(|items| Scope { items }),
            purposes: self.purposes.clone(),
            reference: format!("{} 2026-17", self.kind),
            secrecy_agreement: if self.kind == BasisKind::Contract { "NDA 2026-5".to_owned() } else { String::new() },
            ..BasisTerms::default()
        };
        record(world, terms).await
    }
}

/// Records a basis.
pub(super) async fn record(world: &mut World, terms: BasisTerms) -> Result<String, Error> {
    let request = RecordBasisRequest { terms: Some(terms), ..RecordBasisRequest::default() };
    let answer = world.client("registry")?.record_basis(request).await?;
    world.keep(answer.receipt);
    Ok(answer.basis_id)
}

/// What a basis of a row names, where the row leaves it to the basis: enough to see that it decides.
pub(super) fn named(kind: BasisKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        BasisKind::LegalOrder => &[("name", "full"), ("address", "full"), ("access_trace", "full")],
        BasisKind::Consent => &[("nickname", "full"), ("email", "full"), ("birth_date", "age-band")],
        BasisKind::Transaction
        | BasisKind::Contract
        | BasisKind::Settlement
        | BasisKind::Dispute
        | BasisKind::Emergency
        | BasisKind::Transfer => &[],
    }
}

/// One basis for each row that needs it; those of one kind that narrow nothing serve several purposes at once.
fn needed(policy: &Policy, member: &str) -> Vec<Ground> {
    let mut grounds: Vec<Ground> = Vec::new();
    for purpose in policy.purposes() {
        for row in purpose.rows() {
            for need in row.bases() {
                let ground = ground(policy, purpose.id().to_string(), row, *need, member);
                let alike = |known: &&mut Ground| {
                    known.kind == ground.kind
                        && known.party == ground.party
                        && known.scope.is_none()
                        && ground.scope.is_none()
                };
                match grounds.iter_mut().find(alike) {
                    Some(known) => {
                        let new = ground.purposes.into_iter().filter(|purpose| !known.purposes.contains(purpose));
                        known.purposes.extend(new.collect::<Vec<_>>());
                    }
                    None => grounds.push(ground),
                }
            }
        }
    }
    grounds
}

fn ground(policy: &Policy, purpose: String, row: &Row, need: Requirement, member: &str) -> Ground {
    let kind = need.kind();
    Ground {
        kind,
        member: kind.binds_member().then(|| member.to_owned()),
        party: if need.binds().of_recipient() || kind == BasisKind::Transaction {
            party_of(kind, row.class())
        } else {
            ""
        },
        purposes: vec![purpose],
        scope: kind.needs_scope().then(|| scope(policy, row, kind)),
    }
}

/// The party a basis binds: a purchase is always from the seller, whoever carries it.
fn party_of(kind: BasisKind, class: RecipientClass) -> &'static str {
    let class = if kind == BasisKind::Transaction { RecipientClass::Seller } else { class };
    companies::of(class).map_or("", |company| company.id)
}

/// The row's own view, or what the basis names where the row leaves it to that.
fn scope(policy: &Policy, row: &Row, kind: BasisKind) -> Vec<ScopeItem> {
    if row.extent() == Extent::NamedByBasis {
        let item = |(field, form): &(&str, &str)| item(field, vec![(*form).to_owned()]);
        return named(kind).iter().map(item).collect();
    }
    let shown = policy.fields().iter().zip(row.view()).filter(|(_, view)| !view.is_empty());
    shown.map(|(field, view)| item(field.name().as_str(), names(field.shown(*view)))).collect()
}

/// One field of a scope.
fn item(field: &str, forms: Vec<String>) -> ScopeItem {
    ScopeItem { field: field.to_owned(), forms, slot: None }
}

fn names(forms: FormSet) -> Vec<String> {
    forms.iter().map(|form| form.name().to_owned()).collect()
}
