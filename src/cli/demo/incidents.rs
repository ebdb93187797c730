//! The incidents of the demo: asks that go wrong, or that ask for less, each with what is special about it.

use fubako_proto::v1::{
    BasisTerms, Choice, DiscloseRequest, EndBasisRequest, EraseMemberRequest, FieldRequest, FieldValue, Narrowing,
    PartyState, PurposePreference, Restriction, ResumeCallerRequest, ReviewMemberRequest, RevokeBasisRequest, Scope,
    ScopeItem, SetPartyStateRequest, SetPreferencesRequest, SetRestrictionRequest, SuspendCallerRequest, basis_terms,
};

use crate::cli::demo::companies;
use crate::cli::demo::grounds::record;
use crate::cli::demo::people::Member;
use crate::cli::demo::rows::{claim, recipient, verify};
use crate::cli::demo::seen::{Outcome, Seen};
use crate::cli::demo::world::World;
use crate::cli::error::Error;
use crate::model::recipient::RecipientClass;

/// Plays every incident, about other members than the leading one.
pub(super) async fn ask(world: &mut World, members: &[Member]) -> Result<Vec<Seen>, Error> {
    let mut seen = Vec::new();
    for (number, member) in members.iter().enumerate().skip(1) {
        // Each incident has a member of its own, so that none spoils another.
        let played = match number {
            1 => vague_sellers(world, member).await?,
            2 => a_gift(world, member).await?,
            3 => an_ended_sale(world, member).await?,
            4 => a_carrier(world, member).await?,
            5 => a_withdrawn_consent(world, member).await?,
            6 => in_the_place_of_a_card_company(world, member).await?,
            7 => someone_else(world, member, members).await?,
            8 => an_opt_out(world, member).await?,
            9 => a_restriction(world, member).await?,
            10 => a_wrong_password(world, member).await?,
            11 => an_erasure(world, member).await?,
            _ => break,
        };
        seen.extend(played);
    }
    Ok(seen)
}

/// A release asked for as the demo's party of a class, through a caller.
struct Ask<'a> {
    caller: &'a str,
    purpose: &'a str,
    class: RecipientClass,
    member: &'a Member,
    bases: &'a [String],
    only: &'a [(&'a str, &'a str)],
    note: &'a str,
}

impl Ask<'_> {
    async fn answer(self, world: &mut World) -> Result<Seen, Error> {
        let field =
            |(field, form): &(&str, &str)| FieldRequest { field: (*field).to_owned(), forms: vec![(*form).to_owned()] };
        let fields: Vec<FieldRequest> = self.only.iter().map(field).collect();
        let request = DiscloseRequest {
            purpose: self.purpose.to_owned(),
            recipient: Some(recipient(self.class)),
            basis_ids: self.bases.to_vec(),
            member_id: self.member.id.clone(),
            narrowing: (!fields.is_empty()).then_some(Narrowing { fields }),
        };
        let (outcome, receipt) = Outcome::of(world.client(self.caller)?.disclose(request).await);
        world.keep(receipt);
        Ok(Seen::new(self.purpose, self.class, self.note, outcome))
    }
}

/// The seller of a member's purchase asks through the shop.
const fn seller<'a>(member: &'a Member, bases: &'a [String], note: &'a str) -> Ask<'a> {
    let (purpose, class) = ("transaction-with-seller", RecipientClass::Seller);
    Ask { caller: "shop", purpose, class, member, bases, only: &[], note }
}

/// The shop asks for the marketplace itself.
const fn marketplace<'a>(purpose: &'a str, member: &'a Member, note: &'a str) -> Ask<'a> {
    Ask { caller: "shop", purpose, class: RecipientClass::Marketplace, member, bases: &[], only: &[], note }
}

async fn vague_sellers(world: &mut World, member: &Member) -> Result<Vec<Seen>, Error> {
    let silent = Ask { purpose: "", ..seller(member, &[], "without saying what for") };
    let inventive = Ask { purpose: "marketing-list", ..seller(member, &[], "for a purpose that is not in the policy") };
    Ok(vec![
        silent.answer(world).await?,
        inventive.answer(world).await?,
        seller(member, &[], "about a member who never bought from it").answer(world).await?,
    ])
}

async fn a_gift(world: &mut World, member: &Member) -> Result<Vec<Seen>, Error> {
    let covered = |field: &str, slot| ScopeItem { field: field.to_owned(), forms: vec!["full".to_owned()], slot };
    let scope = Scope { items: vec![covered("name", None), covered("address", Some(1))] };
    let terms = BasisTerms {
        scope: Some(scope),
        ..about(member, "transaction", RecipientClass::Seller, "transaction-with-seller")
    };
    let bases = [record(world, terms).await?];
    Ok(vec![seller(member, &bases, "for a gift, which goes to the other address").answer(world).await?])
}

async fn an_ended_sale(world: &mut World, member: &Member) -> Result<Vec<Seen>, Error> {
    let terms = about(member, "transaction", RecipientClass::Seller, "transaction-with-seller");
    let bases = [record(world, terms).await?];
    let [basis_id] = bases.clone();
    let answer =
        world.client("registry")?.end_basis(EndBasisRequest { basis_id, ..EndBasisRequest::default() }).await?;
    world.keep(answer.receipt);
    Ok(vec![seller(member, &bases, "after the transaction has ended").answer(world).await?])
}

async fn a_carrier(world: &mut World, member: &Member) -> Result<Vec<Seen>, Error> {
    let class = RecipientClass::Subcontractor;
    let terms = about(member, "transaction", RecipientClass::Seller, "delivery");
    let contract = BasisTerms {
        subject: Some(basis_terms::Subject::AllMembers(fubako_proto::v1::AllMembers {})),
        secrecy_agreement: "NDA 2026-6".to_owned(),
        ..about(member, "contract", class, "delivery")
    };
    let bases = [record(world, terms).await?, record(world, contract).await?];
    let ask = |purpose, note| Ask { caller: "hayate-express", purpose, class, member, bases: &bases, only: &[], note };
    let label = Ask { only: &[("name", "full"), ("address", "full")], ..ask("delivery", "only what the label needs") };
    let mut seen =
        vec![label.answer(world).await?, ask("settlement", "for a purpose that is not its own").answer(world).await?];
    set_party(world, class, PartyState::Suspended).await?;
    seen.push(ask("delivery", "while it is suspended").answer(world).await?);
    set_party(world, class, PartyState::Active).await?;
    Ok(seen)
}

async fn a_withdrawn_consent(world: &mut World, member: &Member) -> Result<Vec<Seen>, Error> {
    let class = RecipientClass::Partner;
    let scope =
        Scope { items: vec![ScopeItem { field: "email".to_owned(), forms: vec!["domain".to_owned()], slot: None }] };
    let terms = BasisTerms { scope: Some(scope), ..about(member, "consent", class, "consented-provision") };
    let bases = [record(world, terms).await?];
    let ask = |note| Ask {
        caller: "minato-research",
        purpose: "consented-provision",
        class,
        member,
        bases: &bases,
        only: &[],
        note,
    };
    let before = ask("by a consent that names the e-mail's domain").answer(world).await?;
    let [basis_id] = bases.clone();
    let request =
        RevokeBasisRequest { basis_id, reason: "the member asked".to_owned(), ..RevokeBasisRequest::default() };
    let answer = world.client("registry")?.revoke_basis(request).await?;
    world.keep(answer.receipt);
    Ok(vec![before, ask("after the consent was taken back").answer(world).await?])
}

async fn in_the_place_of_a_card_company(world: &mut World, member: &Member) -> Result<Vec<Seen>, Error> {
    let class = RecipientClass::CardCompany;
    let bases = [record(world, about(member, "settlement", class, "settlement")).await?];
    let ask = |caller, note| Ask { caller, purpose: "settlement", class, member, bases: &bases, only: &[], note };
    let mut seen = vec![ask("billing", "by the marketplace's billing service, in its place").answer(world).await?];
    let operator = world.client("operator")?;
    let (caller, reason) = ("hoshi-card".to_owned(), "its key may be stolen".to_owned());
    let stop = SuspendCallerRequest { caller: caller.clone(), reason, ..SuspendCallerRequest::default() };
    let answer = operator.suspend_caller(stop).await?;
    world.keep(answer.receipt);
    seen.push(ask("hoshi-card", "after the operator suspended its certificate").answer(world).await?);
    let answer = operator.resume_caller(ResumeCallerRequest { caller, ..ResumeCallerRequest::default() }).await?;
    world.keep(answer.receipt);
    Ok(seen)
}

async fn someone_else(world: &mut World, member: &Member, members: &[Member]) -> Result<Vec<Seen>, Error> {
    let request = ReviewMemberRequest { member_id: member.id.clone(), purpose: "self-review".to_owned() };
    let other = members.first().map(|other| other.id.clone()).unwrap_or_default();
    let askers = [
        (world.client("portal")?, "without having signed in"),
        (world.portal_of(&other)?, "signed in as somebody else"),
    ];
    let mut seen = Vec::new();
    for (portal, note) in askers {
        let outcome = match portal.review_member(request.clone()).await {
            Ok(answer) => Outcome::of_view(&answer.view.unwrap_or_default()),
            Err(error) => Outcome::refused(&error),
        };
        seen.push(Seen::new("self-review", RecipientClass::Member, note, outcome));
    }
    Ok(seen)
}

async fn an_opt_out(world: &mut World, member: &Member) -> Result<Vec<Seen>, Error> {
    let refuse = |purpose: &str| PurposePreference { purpose: purpose.to_owned(), choice: Choice::Refuse.into() };
    let request = SetPreferencesRequest {
        member_id: member.id.clone(),
        purposes: vec![refuse("mailing"), refuse("service-research")],
        ..SetPreferencesRequest::default()
    };
    let answer = world.portal_of(&member.id)?.set_preferences(request).await?;
    world.keep(answer.receipt);
    Ok(vec![
        marketplace("mailing", member, "to a member who refuses it").answer(world).await?,
        marketplace("service-research", member, "about a member who refuses it").answer(world).await?,
    ])
}

async fn a_restriction(world: &mut World, member: &Member) -> Result<Vec<Seen>, Error> {
    let mut request = SetRestrictionRequest { member_id: member.id.clone(), ..SetRestrictionRequest::default() };
    request.set_restriction(Restriction::Restricted);
    let answer = world.client("officer")?.set_restriction(request).await?;
    world.keep(answer.receipt);
    Ok(vec![
        marketplace("survey-and-events", member, "to a member whose data is frozen").answer(world).await?,
        marketplace("transaction-notice", member, "to the same: what is mandatory goes on").answer(world).await?,
    ])
}

async fn a_wrong_password(world: &mut World, member: &Member) -> Result<Vec<Seen>, Error> {
    let claims = vec![claim("password", "", FieldValue::password("not the password"))];
    let outcome = verify(world, "identity-verification", &(member.id.clone(), claims)).await?;
    Ok(vec![Seen::new("identity-verification", RecipientClass::Marketplace, "with a wrong password", outcome)])
}

async fn an_erasure(world: &mut World, member: &Member) -> Result<Vec<Seen>, Error> {
    let reason = "the member left".to_owned();
    let request = EraseMemberRequest { member_id: member.id.clone(), reason, ..EraseMemberRequest::default() };
    let answer = world.client("officer")?.erase_member(request).await?;
    world.keep(answer.receipt);
    Ok(vec![
        marketplace("transaction-notice", member, "to a member who was erased").answer(world).await?,
        seller(member, &[], "about a member who was erased").answer(world).await?,
    ])
}

/// A basis about one member that binds the demo's party of a class.
fn about(member: &Member, kind: &str, class: RecipientClass, purpose: &str) -> BasisTerms {
    BasisTerms {
        kind: kind.to_owned(),
        subject: Some(basis_terms::Subject::MemberId(member.id.clone())),
        party_id: companies::of(class).map_or_else(String::new, |company| company.id.to_owned()),
        purposes: vec![purpose.to_owned()],
        reference: format!("{kind} for {}", member.reference),
        ..BasisTerms::default()
    }
}

async fn set_party(world: &mut World, class: RecipientClass, state: PartyState) -> Result<(), Error> {
    let party_id = companies::of(class).map_or_else(String::new, |company| company.id.to_owned());
    let mut request = SetPartyStateRequest { party_id, ..SetPartyStateRequest::default() };
    request.set_state(state);
    let answer = world.client("registry")?.set_party_state(request).await?;
    world.keep(answer.receipt);
    Ok(())
}
