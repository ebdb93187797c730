//! Is every field narrowed to the least that everything allows, and every omission given its reason?

use crate::model::basis::Scope;
use crate::model::form::Form::{self, AgeBand, Brand, Full, Last4, Locality, PostalPrefix, Region};
use crate::model::ids::{PolicyVersion, PurposeId};
use crate::model::recipient::RecipientClass;
use crate::model::time::Validity;
use crate::policy::explain::{Explanation, FieldLine};
use crate::policy::reason::Reason;
use crate::policy::table::Policy;
use crate::policy::terms::Term;
use crate::policy::tests::world::{CLINIC, MARKETPLACE, World, at};

fn delivery() -> World {
    World::of("delivery", RecipientClass::Subcontractor)
}

const TRANSACTION: usize = 0;
const CONTRACT: usize = 1;

#[test]
fn two_scopes_meet_at_what_both_cover() {
    let mut world = delivery();
    world.scope(TRANSACTION, &[("name", Full, None), ("address", Locality, None)]);
    world.scope(CONTRACT, &[("address", Full, None), ("phone", Full, None)]);
    assert_eq!(world.shown(), "address:locality");
    assert_eq!(world.withheld(), "name:basis-scope phone:basis-scope");
}

#[test]
fn forms_of_which_neither_implies_the_other_withhold_the_field() {
    let mut world = delivery();
    world.scope(TRANSACTION, &[("name", Full, None), ("address", PostalPrefix, None)]);
    world.scope(CONTRACT, &[("name", Full, None), ("address", Region, None)]);
    assert_eq!(world.shown(), "name:full");
    assert_eq!(world.withheld(), "address:basis-scope phone:basis-scope");
}

#[test]
fn a_scope_never_widens_the_row() {
    let mut world = delivery();
    world.scope(TRANSACTION, &[("name", Full, None), ("card", Full, None), ("email", Full, None)]);
    assert_eq!(world.shown(), "name:full");
}

#[test]
fn two_bases_of_one_kind_both_narrow() {
    let mut world = World::of("transaction-with-seller", RecipientClass::Seller);
    world.repeat_basis();
    world.scope(0, &[("name", Full, None), ("phone", Full, None)]);
    world.scope(1, &[("phone", Last4, None), ("address", Full, None)]);
    assert_eq!(world.shown(), "phone:last4");
}

#[test]
fn a_request_gets_no_more_than_it_asks_for_and_no_more_than_the_row() {
    let mut world = delivery();
    world.ask_for(&[("address", Region), ("name", Form::Initials), ("card", Full), ("email", Full)]);
    assert_eq!(world.shown(), "name:initials address:region");
    assert_eq!(world.withheld(), "email:not-in-view phone:not-asked-for card:not-in-view");
}

#[test]
fn asking_for_more_than_the_row_shows_yields_what_it_shows() {
    let mut world = World::of("payment", RecipientClass::Marketplace);
    world.ask_for(&[("card", Full)]);
    assert_eq!(world.shown(), "card:last4+brand");
}

#[test]
fn a_form_the_field_does_not_have_asks_for_nothing() {
    let mut world = delivery();
    world.ask_for(&[("address", Brand)]);
    assert_eq!(world.reason(), Reason::NothingToRelease);
}

#[test]
fn what_the_member_does_not_have_is_withheld_and_said_so() {
    let mut world = delivery();
    world.lose("phone");
    assert_eq!(world.shown(), "name:full address:full");
    assert_eq!(world.withheld(), "phone:not-held");
}

#[test]
fn a_member_without_any_value_has_nothing_to_release() {
    let research = World::of("service-research", RecipientClass::Marketplace);
    for mut world in [delivery(), research] {
        world.holdings = Some(Vec::new());
        assert_eq!(world.reason(), Reason::NothingToRelease);
    }
}

#[test]
fn slot_0_is_meant_unless_the_members_basis_names_another() {
    let mut world = delivery();
    world.hold("address", 1);
    assert_eq!(world.shown(), "name:full address:full phone:full");
    world.scope(TRANSACTION, &[("name", Full, None), ("address", Full, Some(1))]);
    assert_eq!(world.shown(), "name:full address#1:full");
}

#[test]
fn a_slot_the_member_does_not_have_is_not_replaced_by_another() {
    let mut world = delivery();
    world.scope(TRANSACTION, &[("name", Full, None), ("address", Full, Some(1))]);
    assert_eq!(world.shown(), "name:full");
    assert_eq!(world.withheld(), "address:not-held phone:basis-scope");
}

#[test]
fn two_slots_of_one_basis_are_each_shown_in_their_own_forms() {
    let mut world = delivery();
    world.hold("address", 1);
    world.scope(TRANSACTION, &[("address", Region, None), ("address", Full, Some(1))]);
    assert_eq!(world.shown(), "address:region address#1:full");
}

#[test]
fn a_contract_that_names_no_slot_covers_the_one_the_member_named_and_another_slot_it_does_not() {
    let mut world = delivery();
    world.hold("address", 1);
    world.scope(TRANSACTION, &[("address", Full, Some(1))]);
    world.scope(CONTRACT, &[("address", Locality, None)]);
    assert_eq!(world.shown(), "address#1:locality");
    world.scope(CONTRACT, &[("address", Locality, Some(0))]);
    assert_eq!(world.reason(), Reason::NothingToRelease);
}

#[test]
fn a_contract_cannot_choose_another_of_the_members_slots() {
    let mut world = delivery();
    world.hold("address", 1);
    world.scope(CONTRACT, &[("address", Full, Some(1)), ("name", Full, None)]);
    assert_eq!(world.shown(), "name:full");
    let mut world = World::of("subcontracted-work", RecipientClass::Subcontractor);
    world.hold("address", 1);
    world.scope(0, &[("address", Full, Some(1))]);
    assert_eq!(world.reason(), Reason::NothingToRelease);
}

#[test]
fn a_basis_that_names_no_slot_means_slot_0_beside_one_that_names_another_too() {
    let mut world = World::of("transaction-with-seller", RecipientClass::Seller);
    world.hold("address", 1);
    world.repeat_basis();
    world.scope(1, &[("name", Full, None), ("address", Full, Some(1))]);
    assert_eq!(world.shown(), "name:full");
}

#[test]
fn members_and_successors_receive_every_slot() {
    let mut world = World::of("self-review", RecipientClass::Member);
    world.hold("address", 1);
    world.hold("card", 3);
    world.ask_for(&[("address", Full), ("card", Full)]);
    assert_eq!(world.shown(), "address:full address#1:full card:last4+brand+expiry card#3:last4+brand+expiry");
    let mut world = World::of("business-transfer", RecipientClass::Successor);
    world.hold("bank_account", 2);
    world.ask_for(&[("bank_account", Full)]);
    assert_eq!(world.shown(), "bank_account:full bank_account#2:full");
}

#[test]
fn a_transfer_and_a_contract_narrow_the_view_by_their_scope() {
    let mut world = World::of("business-transfer", RecipientClass::Successor);
    world.scope(0, &[("name", Full, None), ("email", Form::Domain, None), ("password", Full, None)]);
    assert_eq!(world.shown(), "name:full email:domain");
    let mut world = World::of("subcontracted-work", RecipientClass::Subcontractor);
    world.scope(0, &[("email", Full, None)]);
    assert_eq!(world.shown(), "email:full");
}

#[test]
fn full_accounts_go_only_into_the_recipients_own_hands() {
    let mut order = World::of("legal-order", RecipientClass::Authority);
    order.ask_for(&[("bank_account", Full), ("card", Full)]);
    assert_eq!(order.shown(), "card:truncated+expiry bank_account:bank-only+last3");
    order.call_as("party.example");
    assert_eq!(order.shown(), "card:full bank_account:full");
    // A consent does not reach a card's number even then.
    let mut consent = World::of("consented-provision", RecipientClass::CardCompany);
    consent.call_as("party.example");
    consent.ask_for(&[("card", Full)]);
    assert_eq!(consent.shown(), "card:truncated+expiry");
}

fn told(edit: &[(&str, &str)]) -> Policy {
    let text = edit.iter().fold(MARKETPLACE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    Policy::parse(&text).unwrap()
}

#[test]
fn a_member_told_of_an_older_version_is_shown_no_more_than_it_showed() {
    let mut world = World::of("survey-results", RecipientClass::Marketplace);
    let older = r#"view = { nickname = ["full"], email = ["masked"] }"#;
    world.told =
        Some(told(&[(r#"view = { nickname = ["full"], email = ["full"], usage = ["frequency-band"] }"#, older)]));
    assert_eq!(world.shown(), "nickname:full email:masked");
    assert_eq!(world.withheld(), "usage:not-told");
}

#[test]
fn a_member_told_of_a_version_without_the_purpose_or_the_row_is_shown_nothing() {
    let mut world = World::of("mailing", RecipientClass::Marketplace);
    world.told = Some(told(&[(r#"id = "mailing""#, r#"id = "letters""#)]));
    assert_eq!(world.reason(), Reason::NothingToRelease);
    world.told = Some(Policy::parse(CLINIC).unwrap());
    assert_eq!(world.reason(), Reason::NothingToRelease);
    let mut world = World::of("public-profile", RecipientClass::Public);
    world.told = Some(told(&[(r#"recipients = ["public"]"#, r#"recipients = ["marketplace"]"#)]));
    assert_eq!(world.reason(), Reason::NothingToRelease);
}

#[test]
fn a_member_told_of_a_wider_version_is_shown_the_current_view() {
    let mut world = World::of("maintenance-notice", RecipientClass::Marketplace);
    let wider = [
        ("ceiling = { email = [\"full\"] }", "ceiling = { email = [\"full\"], name = [\"full\"] }"),
        ("view = { email = [\"full\"] }", "view = { email = [\"full\"], name = [\"full\"] }"),
    ];
    world.told = Some(told(&wider));
    assert_eq!(world.shown(), "email:full");
}

#[test]
fn what_the_member_was_told_they_can_refuse_or_freeze_stays_so() {
    let mandatory = "id = \"transaction-notice\"\nclause = \"2.a\"\nanswers = \"view\"\nchoice = \"mandatory\"";
    let mut world = World::of("transaction-notice", RecipientClass::Marketplace);
    world.preferences.restricted = true;
    assert_eq!(world.shown(), "name:full email:full");
    world.told = Some(told(&[(mandatory, &mandatory.replace("mandatory", "optional"))]));
    assert_eq!(world.reason(), Reason::Restricted);
    world.preferences.restricted = false;
    world.preferences.refused.insert(PurposeId::parse("transaction-notice").unwrap());
    assert_eq!(world.reason(), Reason::PreferenceRefuses);
}

#[test]
fn a_pseudonym_needs_the_consent_to_name_it() {
    let mut world = World::of("partner-cooperation", RecipientClass::Partner);
    world.scope(1, &[("birth_date", AgeBand, None), ("address", Full, None)]);
    assert_eq!(world.shown(), "address:region birth_date:age-band");
    assert_eq!(world.withheld(), "gender:basis-scope pseudonym:basis-scope");
}

#[test]
fn a_view_carries_the_rows_terms_filled_in() {
    let mut world = World::of("partner-cooperation", RecipientClass::Partner);
    world.basis(0).policy_version = PolicyVersion(4);
    let deletion = Term::DeleteBy(at(100 + 365 * 86_400));
    let agreement = Term::SecrecyAgreement("NDA-7".to_owned());
    let standing = [Term::UseOnlyForPurpose, Term::NoOnwardWithoutConsent, Term::UnderPolicy(PolicyVersion(4))];
    assert_eq!(world.grant().terms(), [&standing[..], &[deletion, agreement]].concat());
    assert_eq!(World::of("maintenance-notice", RecipientClass::Marketplace).grant().terms(), []);
}

#[test]
fn days_are_counted_by_the_policys_calendar() {
    // On 31 March 2024 Vienna's clocks go forward, so that seven days there are an hour short of 168.
    let policy = Policy::parse(CLINIC).unwrap();
    let mut world = World::under(&policy, "billing", RecipientClass::Partner);
    world.now = "2024-03-30T12:00:00Z".parse().unwrap();
    world.basis(0).validity = Validity::new(at(0), None).unwrap();
    assert_eq!(world.grant().terms().last(), Some(&Term::DeleteBy("2024-04-06T11:00:00Z".parse().unwrap())));
}

#[test]
fn a_grant_holds_until_the_first_of_its_bases_ends() {
    let mut world = delivery();
    assert_eq!(world.grant().valid_until(), Some(at(201)));
    world.basis(TRANSACTION).validity = Validity::new(at(50), None).unwrap();
    assert_eq!(world.grant().valid_until(), Some(at(202)));
    let grant = World::of("maintenance-notice", RecipientClass::Marketplace).grant();
    assert_eq!((grant.valid_until(), grant.decided()), (None, at(100)));
}

#[test]
fn a_basis_named_twice_is_rested_on_once() {
    let mut world = delivery();
    let twice = world.ask.bases.repeat(2);
    let once = std::mem::replace(&mut world.ask.bases, twice);
    assert_eq!(world.grant().bases(), once);
}

#[test]
fn an_explanation_tells_every_field_and_what_narrowed_it() {
    let mut world = delivery();
    world.lose("phone");
    world.scope(TRANSACTION, &[("address", Region, None), ("phone", Full, None)]);
    let explanation = Explanation::of(&world.policy, &world.decide());
    let lines: Vec<_> =
        explanation.fields().iter().map(|line| (line.field(), line.forms(), line.rule().unwrap_or(""))).collect();
    let uncovered = "a basis the release rests on does not cover it";
    assert_eq!(
        lines,
        [("address", "region", uncovered), ("name", "", uncovered), ("phone", "", "the member has no such value"),]
    );
    assert_eq!((explanation.outcome(), explanation.reason()), ("granted", None));
}

#[test]
fn an_explanation_of_nothing_left_tells_why_each_field_is_withheld() {
    let mut world = delivery();
    world.basis(TRANSACTION).scope = Scope::Only(Vec::new());
    let explanation = Explanation::of(&world.policy, &world.decide());
    let fields: Vec<_> = explanation.fields().iter().map(FieldLine::field).collect();
    assert_eq!(fields, ["name", "address", "phone"]);
    assert_eq!(explanation.reason(), Some("NOTHING_TO_RELEASE"));
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json.pointer("/checks/17/status").unwrap(), "failed");
    assert_eq!(json.pointer("/checks/0/check").unwrap(), "caller-active");
}
