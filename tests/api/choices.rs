//! Does what a member refuses or restricts stop every purpose it may stop, and no other?

use fubako_proto::Reason;
use fubako_proto::v1::{
    Choice, GetPreferencesRequest, PurposePreference, Recipient, Restriction, SetPreferencesRequest,
    SetRestrictionRequest,
};

use crate::support::callers::{OFFICER, SHOP};
use crate::support::member::hanako;
use crate::support::register::{about, party, scope};
use crate::support::world::{World, ask, reason};

const OPTIONAL: [&str; 8] = [
    "mailing",
    "service-research",
    "service-development",
    "service-notice",
    "survey-and-events",
    "survey-results",
    "statistics",
    "partner-cooperation",
];

fn refuse(member: &str, purpose: &str, choice: Choice) -> SetPreferencesRequest {
    let purposes = vec![PurposePreference { purpose: purpose.into(), choice: choice.into() }];
    SetPreferencesRequest { member_id: member.into(), purposes, ..Default::default() }
}

async fn restrict(world: &World, member: &str, restriction: Restriction) {
    let request =
        SetRestrictionRequest { member_id: member.into(), restriction: restriction.into(), ..Default::default() };
    world.client(OFFICER).await.set_restriction(request).await.unwrap();
}

#[tokio::test]
async fn a_refused_purpose_shows_nothing_until_it_is_allowed_again() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let shop = world.client_for(SHOP, &member).await;
    for purpose in ["mailing", "service-research", "service-notice", "survey-and-events", "survey-results"] {
        let asked = || ask(purpose, Recipient::marketplace(), &member, &[]);
        shop.set_preferences(refuse(&member, purpose, Choice::Refuse)).await.unwrap();
        assert_eq!(world.refusal(asked()).await, Reason::PreferenceRefuses, "{purpose}");
        shop.set_preferences(refuse(&member, purpose, Choice::Allow)).await.unwrap();
        assert!(world.disclose(asked()).await.is_ok(), "{purpose}");
    }
}

#[tokio::test]
async fn only_optional_purposes_can_be_refused_and_only_by_the_member() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let shop = world.client_for(SHOP, &member).await;
    for mandatory in ["transaction-notice", "public-profile", "consented-provision", "other"] {
        let refused = shop.set_preferences(refuse(&member, mandatory, Choice::Refuse)).await;
        assert_eq!(reason(refused), Reason::ValueInvalid, "{mandatory}");
    }
    let unasserted = world.client(SHOP).await.set_preferences(refuse(&member, "mailing", Choice::Refuse)).await;
    assert_eq!(reason(unasserted), Reason::AssertionInvalid);
    let other = world.collect(hanako()).await;
    let foreign = world.client_for(SHOP, &other).await;
    let refused = foreign.set_preferences(refuse(&member, "mailing", Choice::Refuse)).await;
    assert_eq!(reason(refused), Reason::AssertionInvalid);
}

#[tokio::test]
async fn a_new_member_allows_everything_and_every_word_is_kept() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let shop = world.client(SHOP).await;
    let words = async || {
        let request = GetPreferencesRequest { member_id: member.clone() };
        shop.get_preferences(request).await.unwrap().preferences.unwrap()
    };
    let before = words().await;
    let mut names: Vec<_> = before.purposes.iter().map(|purpose| purpose.purpose.as_str()).collect();
    names.sort_unstable();
    let mut optional = OPTIONAL;
    optional.sort_unstable();
    assert_eq!(names, optional);
    assert!(before.purposes.iter().all(|purpose| purpose.choice() == Choice::Allow));
    assert_eq!((before.cookies(), before.restriction(), before.revision), (Choice::Allow, Restriction::Lifted, 1));
    let request = SetPreferencesRequest {
        cookies: Choice::Refuse.into(),
        advertising: Choice::Refuse.into(),
        ..refuse(&member, "mailing", Choice::Refuse)
    };
    world.client_for(SHOP, &member).await.set_preferences(request).await.unwrap();
    let after = words().await;
    assert_eq!(
        (after.cookies(), after.analytics(), after.advertising()),
        (Choice::Refuse, Choice::Allow, Choice::Refuse)
    );
    let refused: Vec<_> = after.purposes.iter().filter(|purpose| purpose.choice() == Choice::Refuse).collect();
    assert_eq!((refused.len(), refused[0].purpose.as_str(), after.revision), (1, "mailing", 2));
}

#[tokio::test]
async fn a_restriction_freezes_optional_and_consented_purposes_and_leaves_the_others() {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let member = world.collect(hanako()).await;
    let mut consent = about("consent", &member, "potter", "consented-provision");
    consent.scope = Some(scope(&[("email", "full")]));
    let consent = world.record(consent).await;
    let sale = world.record(about("transaction", &member, "potter", "transaction-with-seller")).await;
    restrict(&world, &member, Restriction::Restricted).await;
    for purpose in ["mailing", "service-research", "service-development", "service-notice", "survey-results"] {
        let asked = ask(purpose, Recipient::marketplace(), &member, &[]);
        assert_eq!(world.refusal(asked).await, Reason::Restricted, "{purpose}");
    }
    let consented = || ask("consented-provision", Recipient::party("potter"), &member, &[&consent]);
    assert_eq!(world.refusal(consented()).await, Reason::Restricted);
    for purpose in ["transaction-notice", "service-provision", "payment", "reward-delivery", "maintenance-notice"] {
        assert!(world.disclose(ask(purpose, Recipient::marketplace(), &member, &[])).await.is_ok(), "{purpose}");
    }
    assert!(world.disclose(ask("public-profile", Recipient::public(), &member, &[])).await.is_ok());
    let sold = ask("transaction-with-seller", Recipient::party("potter"), &member, &[&sale]);
    assert!(world.disclose(sold).await.is_ok());
    restrict(&world, &member, Restriction::Lifted).await;
    assert!(world.disclose(consented()).await.is_ok());
}

#[tokio::test]
async fn a_member_may_restrict_themself_and_nobody_else() {
    let world = World::new().await;
    let (member, other) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let request = |member: &str| SetRestrictionRequest {
        member_id: member.into(),
        restriction: Restriction::Restricted.into(),
        ..Default::default()
    };
    let shop = world.client_for(SHOP, &member).await;
    assert!(shop.set_restriction(request(&member)).await.is_ok());
    assert_eq!(reason(shop.set_restriction(request(&other)).await), Reason::AssertionInvalid);
    let bare = world.client(SHOP).await;
    assert_eq!(reason(bare.set_restriction(request(&other)).await), Reason::AssertionInvalid);
}

#[tokio::test]
async fn who_refuses_that_opened_mail_is_recorded_has_none_recorded() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let shop = world.client_for(SHOP, &member).await;
    let request =
        SetPreferencesRequest { member_id: member.clone(), mail_signal: Choice::Refuse.into(), ..Default::default() };
    shop.set_preferences(request).await.unwrap();
    let trace = hanako().into_iter().filter(|value| value.field == "access_trace").collect();
    let correction = fubako_proto::v1::CorrectMemberRequest { member_id: member, values: trace, ..Default::default() };
    assert_eq!(reason(shop.correct_member(correction).await), Reason::PreferenceRefuses);
}
