//! Is every ask refused that lacks anything, in the order that tells least, and with a rule people understand?

use std::sync::Arc;

use crate::model::basis::{BasisState, Scope};
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
use crate::policy::tests::world::{STRANGER, World, at, basis_id, marketplace};

fn seller() -> World {
    World::of("transaction-with-seller", RecipientClass::Seller)
}

/// A world for each check, spoiled there and nowhere before.
fn spoiled() -> Vec<(Check, Reason, &'static str, World)> {
    let mut spoiled = Vec::new();
    let mut spoil = |check, reason, rule, spoil: &dyn Fn(&mut World)| {
        let mut world = match check {
            Check::MemberAsserted => World::of("self-review", RecipientClass::Member),
            Check::OwnIdentity => World::of("settlement", RecipientClass::CardCompany),
            Check::PreferenceAllows | Check::NotRestricted => World::of("mailing", RecipientClass::Subcontractor),
            _ => seller(),
        };
        spoil(&mut world);
        spoiled.push((check, reason, rule, world));
    };
    spoil(Check::CallerActive, Reason::CallerSuspended, "caller `shop` is suspended", &|world| world.suspended = true);
    let rule = "a release needs a purpose, and none is stated";
    spoil(Check::PurposeStated, Reason::PurposeMissing, rule, &|world| world.ask.purpose = Stated::parse(""));
    let rule = "purpose `other` is not in the policy";
    spoil(Check::PurposeRecognised, Reason::PurposeNotRecognised, rule, &|world| {
        world.ask.purpose = Stated::parse("other");
    });
    let rule = "what is stated as purpose is not the name of one";
    spoil(Check::PurposeRecognised, Reason::PurposeNotRecognised, rule, &|world| {
        world.ask.purpose = Stated::parse("Delivery, to 090-1234-5678");
    });
    let rule = "purpose `delivery` (clause 2.b) is not among those caller `shop` may state";
    spoil(Check::PurposeHeld, Reason::PurposeNotHeld, rule, &|world| world.ask.purpose = Stated::parse("delivery"));
    let rule = "purpose `member-search` (clause 8) answers with member ids, never with a view";
    spoil(Check::AnswerFits, Reason::NothingToRelease, rule, &|world| {
        let search = PurposeId::parse("member-search").unwrap();
        Arc::make_mut(&mut world.ask.caller).purposes.insert(search.clone());
        world.ask.purpose = Stated::Named(search);
    });
    let rule = "recipient `party-1` is not registered";
    spoil(Check::RecipientRegistered, Reason::RecipientNotEntitled, rule, &|world| world.party = None);
    let rule = "recipient `party-1` is suspended";
    spoil(Check::RecipientActive, Reason::RecipientNotEntitled, rule, &|world| {
        world.party.as_mut().unwrap().state = PartyState::Suspended;
    });
    let rule = "recipient `party-1` is ended";
    spoil(Check::RecipientActive, Reason::RecipientNotEntitled, rule, &|world| {
        world.party.as_mut().unwrap().state = PartyState::Ended;
    });
    let rule = "purpose `transaction-with-seller` (clause 4.a) has no view for recipients of class `partner`";
    spoil(Check::RowForRecipient, Reason::RecipientNotEntitled, rule, &|world| {
        world.party.as_mut().unwrap().class = RecipientClass::Partner;
    });
    let rule =
        "purpose `transaction-with-seller` (clause 4.a) does not let data go to recipient `party-1` in its country";
    spoil(Check::CountryPermitted, Reason::RecipientNotEntitled, rule, &|world| {
        world.party.as_mut().unwrap().country = "US".to_owned();
    });
    let rule = "caller `shop` may not ask for recipient `party-1`";
    spoil(Check::RecipientHeld, Reason::RecipientNotEntitled, rule, &|world| {
        Arc::make_mut(&mut world.ask.caller).classes.clear();
    });
    let rule = "purpose `self-review` (clause 8) needs an assertion that it is the member who asks";
    spoil(Check::MemberAsserted, Reason::AssertionInvalid, rule, &|world| world.ask.asserted = None);
    spoil(Check::MemberAsserted, Reason::AssertionInvalid, rule, &|world| world.ask.asserted = Some(STRANGER));
    let rule = "purpose `settlement` (clause 4.d) answers recipient `party-1` only when it calls with its own \
        registered certificate identity";
    spoil(Check::OwnIdentity, Reason::RecipientNotEntitled, rule, &|world| world.call_as("shop.example"));
    spoil(Check::OwnIdentity, Reason::RecipientNotEntitled, rule, &|world| {
        world.party.as_mut().unwrap().identity = None;
    });
    let rule = "purpose `transaction-with-seller` (clause 4.a) needs a transaction on record that names the member \
        and the recipient, for a recipient of class `seller`";
    spoil(Check::BasesOnRecord, Reason::BasisMissing, rule, &|world| world.ask.bases.clear());
    let rule = "transaction 01010101-0101-0101-0101-010101010101 has expired";
    spoil(Check::BasesLive, Reason::BasisNotLive, rule, &|world| world.now = at(201));
    spoil(Check::MemberKnown, Reason::MemberNotFound, "there is no such member", &|world| world.holdings = None);
    let rule = "the member refuses purpose `mailing` (clause 2.c) by preference";
    spoil(Check::PreferenceAllows, Reason::PreferenceRefuses, rule, &|world| {
        world.preferences.refused.insert(PurposeId::parse("mailing").unwrap());
    });
    let rule = "the member restricted processing, which freezes purpose `mailing` (clause 2.c)";
    spoil(Check::NotRestricted, Reason::Restricted, rule, &|world| world.preferences.restricted = true);
    let rule = "purpose `transaction-with-seller` (clause 4.a) leaves nothing to show to a recipient of class \
        `seller`: every field is withheld";
    spoil(Check::SomethingLeft, Reason::NothingToRelease, rule, &|world| world.ask.narrowing = Some(Vec::new()));
    spoiled
}

#[test]
fn each_check_refuses_with_its_reason_and_its_rule() {
    for (check, reason, rule, world) in spoiled() {
        assert_eq!(world.refusal(), (reason, rule.to_owned()), "{check}");
    }
}

#[test]
fn an_explanation_passes_what_came_before_the_failure_and_nothing_after() {
    let mut explained = Vec::new();
    for (check, reason, rule, world) in spoiled() {
        let explanation = Explanation::of(&world.policy, &world.decide());
        assert_eq!(explanation.reason(), Some(reason.name()));
        for line in explanation.checks() {
            let status = match line.check().cmp(&check) {
                std::cmp::Ordering::Less => CheckStatus::Passed,
                std::cmp::Ordering::Equal => CheckStatus::Failed,
                std::cmp::Ordering::Greater => CheckStatus::NotReached,
            };
            assert_eq!(line.status(), status, "{check}: {}", line.check());
        }
        let failed = explanation.checks().iter().find(|line| line.status() == CheckStatus::Failed);
        assert_eq!(failed.unwrap().rule(), rule);
        explained.push(check);
    }
    explained.dedup();
    assert_eq!(explained, Check::ALL, "every check can fail, and is tried in its order");
}

#[test]
fn what_fails_everywhere_is_refused_where_the_first_check_stands() {
    // The order is what explanations rest on: each spoiled world also fails the checks after its own.
    let spoils: Vec<(Check, fn(&mut World))> = vec![
        (Check::CallerActive, |world| world.suspended = true),
        (Check::PurposeHeld, |world| Arc::make_mut(&mut world.ask.caller).purposes.clear()),
        (Check::RecipientActive, |world| world.party.as_mut().unwrap().state = PartyState::Ended),
        (Check::CountryPermitted, |world| world.party.as_mut().unwrap().country = "US".to_owned()),
        (Check::RecipientHeld, |world| Arc::make_mut(&mut world.ask.caller).classes.clear()),
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
    let mut of_another_party = seller();
    of_another_party.basis(0).party = Some(PartyId::parse("party-2").unwrap());
    let mut of_no_party = seller();
    of_no_party.basis(0).party = None;
    let mut of_another_kind = seller();
    of_another_kind.basis(0).kind = crate::model::basis::BasisKind::Dispute;
    let mut of_another_purpose = seller();
    of_another_purpose.basis(0).purposes = vec![PurposeId::parse("delivery").unwrap()];
    let expected = unknown.refusal();
    assert_eq!(expected.0, Reason::BasisMissing);
    for world in [of_another_member, of_another_party, of_no_party, of_another_kind, of_another_purpose] {
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
        let party = world.party.as_mut().unwrap();
        party.class = class;
        world.ask.recipient = Recipient::Party(party.id.clone());
        assert_eq!(world.reason(), Reason::RecipientNotEntitled, "{class}");
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
    let caller = Arc::make_mut(&mut world.ask.caller);
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
    let delivery = PurposeId::parse("delivery").unwrap();
    Arc::make_mut(&mut world.ask.caller).purposes.insert(delivery);
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
