//! Does `Verify` answer yes or no, about what the purpose names and nothing else, and only so often?

use fubako_proto::Reason;
use fubako_proto::v1::{FieldValue, VerifyAnswer, VerifyClaim, VerifyOutcome, VerifyRequest};
use jiff::SignedDuration;

use crate::support::callers::{ASKER, NARROW, SHOP};
use crate::support::member::{PASSWORD, PHONE, hanako};
use crate::support::world::{World, reason};

fn claim(field: &str, form: &str, value: FieldValue) -> VerifyClaim {
    VerifyClaim { field: field.into(), form: form.into(), slot: 0, value: Some(value) }
}

fn request(member: &str, claims: Vec<VerifyClaim>) -> VerifyRequest {
    VerifyRequest { purpose: "identity-verification".into(), member_id: member.into(), claims }
}

#[tokio::test]
async fn true_claims_match_and_false_ones_do_not() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let asker = world.client(ASKER).await;
    let claims = |password: &str, born: &str, phone: &str, last4: &str, adult: &str| {
        vec![
            claim("password", "", FieldValue::password(password)),
            claim("birth_date", "full", FieldValue::date(born)),
            claim("phone", "full", FieldValue::phone(phone)),
            claim("card", "last4", FieldValue::text(last4)),
            claim("birth_date", "adult", FieldValue::text(adult)),
        ]
    };
    let outcomes = async |claims| {
        let answers = asker.verify(request(&member, claims)).await.unwrap().answers;
        answers.iter().map(VerifyAnswer::outcome).collect::<Vec<_>>()
    };
    let truth = claims(PASSWORD, "1990-04-23", PHONE, "4242", "true");
    assert_eq!(outcomes(truth).await, [VerifyOutcome::Match; 5]);
    let lies = claims("correct horse batterY", "1990-04-24", "+819012345679", "4243", "false");
    assert_eq!(outcomes(lies).await, [VerifyOutcome::NoMatch; 5]);
}

#[tokio::test]
async fn what_the_member_does_not_hold_is_told_apart() {
    let world = World::new().await;
    let member = world.collect(hanako().into_iter().filter(|value| value.field == "email").collect()).await;
    let claims = vec![claim("phone", "full", FieldValue::phone(PHONE))];
    let answers = world.client(ASKER).await.verify(request(&member, claims)).await.unwrap().answers;
    assert_eq!(answers[0].outcome(), VerifyOutcome::NotHeld);
}

#[tokio::test]
async fn what_the_purpose_does_not_verify_is_not_answered() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let asker = world.client(ASKER).await;
    for (field, form, value) in [
        ("email", "full", FieldValue::email("hanako@example.jp")),
        ("card", "expiry", FieldValue::text("2031-12")),
        ("card", "truncated", FieldValue::text("424242******4242")),
        ("nickname", "full", FieldValue::text("Hana")),
    ] {
        let refused = asker.verify(request(&member, vec![claim(field, form, value)])).await;
        assert_eq!(reason(refused), Reason::NothingToRelease, "{field}:{form}");
    }
}

#[tokio::test]
async fn guesses_run_out_for_each_member_and_caller_and_come_back_in_time() {
    let world = World::new().await;
    let (member, other) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let asker = world.client(ASKER).await;
    let guess = |number: usize| vec![claim("card", "last4", FieldValue::text(format!("{number:04}")))];
    for number in 0..10 {
        let answers = asker.verify(request(&member, guess(number))).await.unwrap().answers;
        assert_eq!(answers[0].outcome(), VerifyOutcome::NoMatch);
    }
    let refused = asker.verify(request(&member, guess(4242))).await.unwrap_err();
    assert_eq!(refused.reason(), &Reason::BudgetExceeded);
    let wait = refused.retry_after().unwrap().as_secs();
    assert!((600..=900).contains(&wait), "{wait}");
    // Another connection of the same caller is no fresh start; another member is.
    let again = world.client(ASKER).await.verify(request(&member, guess(4242))).await;
    assert_eq!(reason(again), Reason::BudgetExceeded);
    assert!(asker.verify(request(&other, guess(1))).await.is_ok());
    world.place.clock.advance(SignedDuration::from_mins(15));
    assert!(asker.verify(request(&member, guess(1))).await.is_ok());
}

#[tokio::test]
async fn several_claims_in_one_call_count_as_several_guesses() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let asker = world.client(ASKER).await;
    let guesses = |count: usize| {
        let guess = |number| claim("card", "last4", FieldValue::text(format!("{number:04}")));
        request(&member, (0..count).map(guess).collect())
    };
    assert!(asker.verify(guesses(5)).await.is_ok());
    assert!(asker.verify(guesses(4)).await.is_ok());
    assert_eq!(reason(asker.verify(guesses(2)).await), Reason::BudgetExceeded);
    assert_eq!(reason(asker.verify(guesses(6)).await), Reason::TooLarge);
    assert_eq!(reason(asker.verify(guesses(0)).await), Reason::ValueInvalid);
}

#[tokio::test]
async fn who_may_not_verify_gets_no_answer() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let claims = || vec![claim("password", "", FieldValue::password(PASSWORD))];
    let refused = async |caller: &str| reason(world.client(caller).await.verify(request(&member, claims())).await);
    assert_eq!(refused(NARROW).await, Reason::PurposeNotHeld);
    assert_eq!(refused(SHOP).await, Reason::RoleMissing);
    let asker = world.client(ASKER).await;
    let purpose = |purpose: &str| VerifyRequest { purpose: purpose.into(), ..request(&member, claims()) };
    assert_eq!(reason(asker.verify(purpose("")).await), Reason::PurposeMissing);
    assert_eq!(reason(asker.verify(purpose("other")).await), Reason::PurposeNotRecognised);
    assert_eq!(reason(asker.verify(purpose("payment")).await), Reason::NothingToRelease);
}
