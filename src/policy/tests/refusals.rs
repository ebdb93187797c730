//! Is every ask refused that lacks anything, in the order that tells least, and with a rule people understand?

use std::cmp::Ordering;

use crate::model::basis::{BasisKind, BasisState, Scope};
use crate::model::ids::{PartyId, PurposeId};
use crate::model::party::PartyState;
use crate::model::recipient::{Recipient, RecipientClass};
use crate::model::time::Validity;
use crate::policy::ask::Stated;
use crate::policy::authorise::authorise_answer;
use crate::policy::check::Check;
use crate::policy::decide::Decision;
use crate::policy::explain::{CheckStatus, Explanation};
use crate::policy::purpose::Answers;
use crate::policy::reason::Reason;
use crate::policy::tests::spoiled::{SPOILED, Spoiled, seller};
use crate::policy::tests::world::{STRANGER, World, at, basis_id, marketplace};

/// A check, and what makes it fail.
type Spoil = (Check, fn(&mut World));

#[test]
fn each_check_refuses_with_its_reason_and_its_rule() {
    for spoiled in SPOILED {
        let refusal = (spoiled.reason, spoiled.rule.to_owned());
        assert_eq!(spoiled.world().refusal(), refusal, "{}", spoiled.check);
    }
}

#[test]
fn an_explanation_passes_what_came_before_the_failure_and_nothing_after() {
    let mut explained = Vec::new();
    for spoiled @ Spoiled { check, reason, rule, .. } in SPOILED {
        let world = spoiled.world();
        let explanation = Explanation::of(&world.policy, &world.decide());
        assert_eq!(explanation.reason(), Some(reason.name()));
        for line in explanation.checks() {
            let status = match line.check().cmp(check) {
                Ordering::Less => CheckStatus::Passed,
                Ordering::Equal => CheckStatus::Failed,
                Ordering::Greater => CheckStatus::NotReached,
            };
            assert_eq!(line.status(), status, "{check}: {}", line.check());
        }
        let failed = explanation.checks().iter().find(|line| line.status() == CheckStatus::Failed);
        assert_eq!(failed.unwrap().rule(), *rule);
        explained.push(*check);
    }
    explained.dedup();
    assert_eq!(explained, Check::ALL, "every check can fail, and is tried in its order");
}

#[test]
fn what_fails_everywhere_is_refused_where_the_first_check_stands() {
    // The order is what explanations rest on: each spoiled world also fails the checks after its own.
    let spoils: [Spoil; 10] = [
        (Check::CallerActive, |world| world.suspended = true),
        (Check::PurposeHeld, |world| world.caller().purposes.clear()),
        (Check::RecipientActive, |world| world.party().state = PartyState::Ended),
        (Check::CountryPermitted, |world| world.party().country = "US".to_owned()),
        (Check::RecipientHeld, |world| world.caller().classes.clear()),
        (Check::OwnIdentity, |world| world.call_as("shop.example")),
        (Check::BasesOnRecord, |world| world.ask.bases.push(basis_id(99))),
        (Check::BasesLive, |world| world.basis(0).state = BasisState::Ended),
        (Check::MemberKnown, |world| world.holdings = None),
        (Check::SomethingLeft, |world| world.ask.narrowing = Some(Vec::new())),
    ];
    for (from, (check, _)) in spoils.iter().enumerate() {
        let mut world = World::of("settlement", RecipientClass::CardCompany);
        spoils.iter().skip(from).for_each(|(_, spoil)| spoil(&mut world));
        let Decision::Refuse(refusal) = world.decide() else {
            panic!("granted");
        };
        assert_eq!(refusal.check(), *check);
    }
}

#[test]
fn a_foreign_basis_an_unknown_one_and_a_needless_one_are_answered_alike() {
    let mut unknown = seller();
    unknown.bases.clear();
    let mut of_another_member = seller();
    of_another_member.basis(0).member = Some(STRANGER);
    let mut of_no_member = seller();
    of_no_member.basis(0).member = None;
    let mut of_another_party = seller();
    of_another_party.basis(0).party = Some(PartyId::parse("party-2").unwrap());
    let mut of_no_party = seller();
    of_no_party.basis(0).party = None;
    let mut of_another_kind = seller();
    of_another_kind.basis(0).kind = BasisKind::Dispute;
    let expected = unknown.refusal();
    assert_eq!(expected.0, Reason::BasisMissing);
    for world in [of_another_member, of_no_member, of_another_party, of_no_party, of_another_kind] {
        assert_eq!(world.refusal(), expected);
    }
    // Beside the one that is needed, too.
    let mut beside = seller();
    beside.ask.bases.push(basis_id(9));
    let expected = beside.refusal();
    assert_eq!(expected.0, Reason::BasisMissing);
    let mut foreign = seller().bases.remove(0);
    foreign.id = basis_id(9);
    foreign.member = Some(STRANGER);
    beside.bases.push(foreign);
    assert_eq!(beside.refusal(), expected);
}

#[test]
fn a_basis_of_this_member_and_recipient_for_another_purpose_is_told_as_that() {
    let mut of_another_purpose = seller();
    of_another_purpose.basis(0).purposes = vec![PurposeId::parse("delivery").unwrap()];
    let Decision::Refuse(refusal) = of_another_purpose.decide() else { panic!("granted") };
    assert_eq!(refusal.reason(), Reason::BasisMissing);
    assert!(refusal.to_string().contains("does not list purpose `transaction-with-seller`"), "{refusal}");
    // Nothing is told of a basis that names somebody else.
    of_another_purpose.basis(0).member = Some(STRANGER);
    let Decision::Refuse(refusal) = of_another_purpose.decide() else { panic!("granted") };
    assert!(!refusal.to_string().contains("does not list"), "{refusal}");
}

#[test]
fn a_contract_that_names_another_member_carries_nothing() {
    let mut world = World::of("subcontracted-work", RecipientClass::Subcontractor);
    world.basis(0).member = Some(STRANGER);
    assert_eq!(world.reason(), Reason::BasisMissing);
}

#[test]
fn without_a_basis_nobody_learns_whether_a_member_exists() {
    let mut world = seller();
    world.ask.bases.clear();
    let with_member = world.refusal();
    world.holdings = None;
    assert_eq!(world.refusal(), with_member);
}

#[test]
fn a_basis_found_but_not_asked_for_carries_nothing() {
    let mut world = seller();
    world.ask.bases = vec![basis_id(8)];
    assert_eq!(world.reason(), Reason::BasisMissing);
}

#[test]
fn a_basis_carries_releases_only_while_it_is_live() {
    let ended = [
        (BasisState::Proposed, Reason::ApprovalPending),
        (BasisState::Refused, Reason::BasisNotLive),
        (BasisState::Revoked, Reason::BasisNotLive),
        (BasisState::Ended, Reason::BasisNotLive),
    ];
    for (state, reason) in ended {
        let mut world = seller();
        world.basis(0).state = state;
        assert_eq!(world.reason(), reason, "{state}");
    }
    let mut consent = World::of("agreed-at-start", RecipientClass::Marketplace);
    consent.basis(0).state = BasisState::Revoked;
    assert_eq!(consent.reason(), Reason::ConsentWithdrawn);
}

#[test]
fn a_basis_holds_from_its_first_instant_to_the_one_before_its_end() {
    for (second, live) in [(49, false), (50, true), (199, true), (200, false)] {
        let mut world = seller();
        world.basis(0).validity = Validity::new(at(50), Some(at(200))).unwrap();
        world.now = at(second);
        let granted = matches!(world.decide(), Decision::Grant(_));
        assert_eq!(granted, live, "{second}");
    }
}

#[test]
fn a_partners_contract_without_a_secrecy_agreement_is_not_enough() {
    let mut world = World::of("partner-cooperation", RecipientClass::Partner);
    world.basis(0).secrecy_agreement = None;
    assert_eq!(world.reason(), Reason::BasisMissing);
}

#[test]
fn a_party_cannot_pass_for_the_marketplace_or_the_member() {
    for (purpose, class) in
        [("transaction-notice", RecipientClass::Marketplace), ("self-review", RecipientClass::Member)]
    {
        let mut world = World::of(purpose, class);
        world.party = seller().party;
        let party = world.party();
        party.class = class;
        world.ask.recipient = Recipient::Party(party.id.clone());
        let (reason, rule) = world.refusal();
        assert_eq!(reason, Reason::RecipientNotEntitled, "{class}");
        assert!(rule.contains("has no view for recipients of class"), "{rule}");
    }
}

#[test]
fn a_party_read_for_another_name_is_not_the_recipient() {
    let mut world = seller();
    world.ask.recipient = Recipient::Party(PartyId::parse("party-2").unwrap());
    assert_eq!(world.reason(), Reason::RecipientNotEntitled);
}

#[test]
fn a_caller_bound_to_one_party_may_ask_for_that_one() {
    let mut world = seller();
    let caller = world.caller();
    caller.classes.clear();
    caller.parties.insert(PartyId::parse("party-1").unwrap());
    assert_eq!(world.shown(), "name:full address:full phone:full");
}

#[test]
fn a_consent_or_order_that_says_nothing_covers_nothing() {
    for (purpose, class) in
        [("agreed-at-start", RecipientClass::Marketplace), ("legal-order", RecipientClass::Authority)]
    {
        for scope in [Scope::Unnarrowed, Scope::Only(Vec::new())] {
            let mut world = World::of(purpose, class);
            world.basis(0).scope = scope;
            assert_eq!(world.reason(), Reason::NothingToRelease, "{purpose}");
        }
    }
}

#[test]
fn a_question_needs_a_purpose_that_is_answered_with_yes_or_no() {
    let mut world = World::of("identity-verification", RecipientClass::Marketplace);
    world.state("delivery");
    let ask = |stated: &str, suspended| {
        let stated = Stated::parse(stated);
        let answer = authorise_answer(marketplace(), &world.ask.caller, suspended, &stated, Answers::Verify);
        answer.map(|purpose| purpose.id().to_string()).map_err(|refusal| refusal.reason())
    };
    assert_eq!(ask("", false), Err(Reason::PurposeMissing));
    assert_eq!(ask("other", false), Err(Reason::PurposeNotRecognised));
    assert_eq!(ask("member-search", false), Err(Reason::PurposeNotHeld));
    assert_eq!(ask("delivery", false), Err(Reason::NothingToRelease));
    assert_eq!(ask("identity-verification", true), Err(Reason::CallerSuspended));
    assert_eq!(ask("identity-verification", false), Ok("identity-verification".to_owned()));
}

#[test]
fn reasons_keep_their_names() {
    for reason in Reason::ALL {
        let name = reason.name();
        assert!(name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{name}");
    }
}
