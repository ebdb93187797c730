//! Does every row of the policy show exactly what the written policy allows, and nothing else?

use crate::model::basis::BasisState;
use crate::model::form::Form;
use crate::model::recipient::RecipientClass::{
    self, Authority, CardCompany, DisputeParty, FinancialInstitution, Marketplace, Member, Partner, Public, Seller,
    Subcontractor, Successor,
};
use crate::policy::purpose::Answers;
use crate::policy::purpose::Choice::{self, Mandatory, Optional, Revocable};
use crate::policy::reason::Reason;
use crate::policy::tests::world::{World, marketplace};

/// Clause, purpose, recipients, what the member can do, and what is shown of a member who has every field.
type Line = (&'static str, &'static str, &'static [RecipientClass], Choice, &'static str);

const VIEWS: &[Line] = &[
    ("2.a", "transaction-notice", &[Marketplace], Mandatory, "name:full email:full"),
    ("2.b", "delivery", &[Marketplace, Subcontractor], Mandatory, "name:full address:full phone:full"),
    ("2.c", "mailing", &[Marketplace, Subcontractor], Optional, "nickname:full email:full"),
    ("2.d", "service-provision", &[Marketplace], Mandatory, "login_id:full nickname:full email:full"),
    (
        "2.e",
        "payment",
        &[Marketplace],
        Mandatory,
        "name:full card:last4+brand bank_account:bank-only payment_status:full",
    ),
    ("2.f", "reward-delivery", &[Marketplace, Subcontractor], Mandatory, "name:full address:full phone:full"),
    (
        "2.g",
        "troubleshooting",
        &[Marketplace],
        Mandatory,
        "login_id:masked nickname:full email:masked payment_status:full access_trace:coarse",
    ),
    ("2.h", "service-research", &[Marketplace], Optional, RESEARCH),
    ("2.j", "service-development", &[Marketplace], Optional, RESEARCH),
    ("2.k", "service-notice", &[Marketplace], Optional, "nickname:full email:full"),
    ("2.l", "survey-and-events", &[Marketplace], Optional, "nickname:full email:full"),
    ("2.m", "survey-results", &[Marketplace], Optional, "nickname:full email:full usage:frequency-band"),
    ("2.n", "maintenance-notice", &[Marketplace], Mandatory, "email:full"),
    ("2.o", "consented-provision", PARTIES, Revocable, CONSENTED),
    ("2.p", "agreed-at-start", &[Marketplace], Mandatory, "nickname:full email:full"),
    ("4.a", "transaction-with-seller", &[Seller], Mandatory, "name:full address:full phone:full"),
    ("4.a", "public-profile", &[Public], Mandatory, "nickname:full usage:frequency-band"),
    ("4.b", "subcontracted-work", &[Subcontractor], Mandatory, "name:full address:full email:full phone:full"),
    (
        "4.c",
        "partner-cooperation",
        &[Partner],
        Optional,
        "address:region gender:full birth_date:age-band pseudonym:full",
    ),
    ("4.d", "settlement", &[CardCompany], Mandatory, "name:full card:full"),
    ("4.d", "settlement", &[FinancialInstitution], Mandatory, "name:full bank_account:full"),
    ("4.e", "business-transfer", &[Successor], Mandatory, TRANSFERRED),
    ("4.f", "legal-order", &[Authority], Mandatory, ORDERED),
    ("4", "emergency", &[Authority], Mandatory, "name:full address:full phone:full"),
    ("4.g", "dispute", &[DisputeParty], Mandatory, "name:full address:full email:full phone:full"),
    ("8", "self-review", &[Member], Mandatory, REVIEWED),
    ("8", "self-export", &[Member], Mandatory, REVIEWED),
];

const PARTIES: &[RecipientClass] =
    &[Seller, Subcontractor, Partner, CardCompany, FinancialInstitution, Successor, Authority, DisputeParty];

const RESEARCH: &str = "address:region gender:full birth_date:age-band usage:frequency-band pseudonym:full";

const CONSENTED: &str = "name:full login_id:full nickname:full address:full email:full phone:full gender:full \
    birth_date:full card:truncated+expiry bank_account:bank-only+last3 payment_status:full usage:full access_trace:full";

const ORDERED: &str = CONSENTED;

const TRANSFERRED: &str = "name:full login_id:full nickname:full address:full email:full phone:full gender:full \
    birth_date:full card:truncated bank_account:full payment_status:full usage:full access_trace:full";

const REVIEWED: &str = "name:full login_id:full nickname:full address:full email:full phone:full gender:full \
    birth_date:full card:last4+brand+expiry bank_account:bank-only+last3 payment_status:full usage:full \
    access_trace:full";

/// Purposes that are never answered with a view.
const OTHERS: &[(&str, &str, &[RecipientClass], Choice, Answers)] = &[
    ("1", "identity-verification", &[Marketplace], Mandatory, Answers::Verify),
    ("2.i", "statistics", &[Marketplace, Public], Optional, Answers::Statistics),
    ("8", "member-search", &[Marketplace], Mandatory, Answers::Search),
];

#[test]
fn every_row_shows_exactly_its_fields_in_exactly_its_forms() {
    for (clause, purpose, classes, _, shown) in VIEWS {
        for class in *classes {
            let world = World::of(purpose, *class);
            assert_eq!(world.shown(), *shown, "{purpose} to {class}");
            assert_eq!(world.grant().clause().as_str(), *clause, "{purpose}");
            assert_eq!(world.grant().class(), *class, "{purpose}");
        }
    }
}

#[test]
fn the_file_has_these_rows_and_no_others() {
    let listed = VIEWS.iter().flat_map(|(clause, purpose, classes, choice, _)| {
        classes.iter().map(move |class| (*purpose, *class, *clause, *choice, Answers::View))
    });
    let others = OTHERS.iter().flat_map(|(clause, purpose, classes, choice, answers)| {
        classes.iter().map(move |class| (*purpose, *class, *clause, *choice, *answers))
    });
    let mut listed: Vec<_> = listed.chain(others).collect();
    let mut written: Vec<_> = marketplace()
        .purposes()
        .iter()
        .flat_map(|purpose| purpose.rows().iter().map(move |row| (purpose, row.class())))
        .map(|(purpose, class)| {
            (purpose.id().as_str(), class, purpose.clause().as_str(), purpose.choice(), purpose.answers())
        })
        .collect();
    listed.sort_by_key(|line| (line.0, line.1));
    written.sort_by_key(|line| (line.0, line.1));
    assert_eq!(written, listed);
}

#[test]
fn no_class_outside_its_row_receives_anything() {
    for (_, purpose, _, _, _) in VIEWS {
        let entitled: Vec<_> =
            VIEWS.iter().filter(|line| line.1 == *purpose).flat_map(|line| line.2.iter().copied()).collect();
        for class in RecipientClass::ALL.into_iter().filter(|class| !entitled.contains(class)) {
            assert_eq!(World::of(purpose, class).reason(), Reason::RecipientNotEntitled, "{purpose} to {class}");
        }
    }
}

#[test]
fn purposes_that_answer_otherwise_never_release_a_view() {
    for (_, purpose, classes, _, _) in OTHERS {
        for class in *classes {
            assert_eq!(World::of(purpose, *class).reason(), Reason::NothingToRelease, "{purpose}");
        }
    }
    let (_, rule) = World::of("statistics", Marketplace).refusal();
    assert_eq!(rule, "purpose `statistics` (clause 2.i) answers with counts only, never with a view");
}

#[test]
fn without_any_one_of_its_bases_no_row_releases_anything() {
    for (_, purpose, classes, _, _) in VIEWS {
        for class in *classes {
            for missing in 0..World::of(purpose, *class).bases.len() {
                let mut world = World::of(purpose, *class);
                world.ask.bases.remove(missing);
                assert_eq!(world.reason(), Reason::BasisMissing, "{purpose} to {class}");
            }
        }
    }
}

#[test]
fn a_basis_that_still_waits_for_approval_releases_nothing() {
    for (purpose, class) in [("business-transfer", Successor), ("legal-order", Authority), ("emergency", Authority)] {
        let mut world = World::of(purpose, class);
        world.basis(0).state = BasisState::Proposed;
        assert_eq!(world.reason(), Reason::ApprovalPending, "{purpose}");
    }
}

#[test]
fn a_restriction_freezes_what_is_not_mandatory_and_leaves_the_rest() {
    for (_, purpose, classes, choice, shown) in VIEWS {
        for class in *classes {
            let mut world = World::of(purpose, *class);
            world.preferences.restricted = true;
            match choice {
                Mandatory => assert_eq!(world.shown(), *shown, "{purpose}"),
                Optional | Revocable => assert_eq!(world.reason(), Reason::Restricted, "{purpose}"),
            }
        }
    }
}

#[test]
fn a_preference_refuses_optional_purposes_only() {
    for (_, purpose, classes, choice, shown) in VIEWS {
        for class in *classes {
            let mut world = World::of(purpose, *class);
            let ids = marketplace().purposes().iter().map(|purpose| purpose.id().clone());
            world.preferences.refused = ids.collect();
            match choice {
                Optional => assert_eq!(world.reason(), Reason::PreferenceRefuses, "{purpose}"),
                Mandatory | Revocable => assert_eq!(world.shown(), *shown, "{purpose}"),
            }
        }
    }
}

#[test]
fn the_password_is_shown_to_nobody_whatever_is_asked_and_consented() {
    for (_, purpose, classes, _, _) in VIEWS {
        for class in *classes {
            let mut world = World::of(purpose, *class);
            world.ask_for(&[("password", Form::Full)]);
            assert_eq!(world.reason(), Reason::NothingToRelease, "{purpose} to {class}");
        }
    }
}

#[test]
fn every_view_of_a_third_party_goes_only_where_the_row_says() {
    for (_, purpose, classes, _, _) in VIEWS {
        for class in classes.iter().filter(|class| !class.is_built_in()) {
            let mut world = World::of(purpose, *class);
            world.party().country = "US".to_owned();
            assert_eq!(world.reason(), Reason::RecipientNotEntitled, "{purpose} to {class}");
        }
    }
}
