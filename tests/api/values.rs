//! Is a value that is malformed, too long or never to be stored refused by name, with nothing of the request kept?

use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{
    AccessTrace, CollectMemberRequest, CorrectMemberRequest, FieldValue, ListEntriesRequest, PaymentCard, PersonName,
    SlotValue, UsageHistory,
};

use crate::support::callers::{AUDITOR, SHOP};
use crate::support::member::{PAN, address, card, hanako, slot_value, text};
use crate::support::world::World;

/// Why a collection with this value fails, and which arguments it blames.
async fn refused(world: &World, value: SlotValue) -> (Reason, String) {
    let request = CollectMemberRequest { values: vec![value], ..Default::default() };
    let error = world.client(SHOP).await.collect_member(request).await.unwrap_err();
    let fields: Vec<_> = error.field_violations().iter().map(|violation| violation.field.as_str()).collect();
    (error.reason().clone(), fields.join(","))
}

fn with_cvv(cvv: &str) -> PaymentCard {
    let mut with = card(PAN);
    with.cvv = cvv.into();
    with
}

fn held_by(holder: &str) -> PaymentCard {
    let mut held = card(PAN);
    held.holder = holder.into();
    held
}

#[tokio::test]
async fn a_card_verification_code_is_refused_wherever_it_stands() {
    let world = World::new().await;
    let cases = [
        slot_value("card", 0, Value::Card(with_cvv("123"))),
        slot_value("card", 0, Value::Card(with_cvv("1"))),
        slot_value("card", 0, Value::Card(with_cvv(" "))),
        slot_value("card", 0, Value::Card(card(&format!("{PAN} 123")))),
        slot_value("card", 0, Value::Card(held_by("HANAKO YAMADA 123"))),
        slot_value("nickname", 0, Value::Text(text("cvv: 123"))),
        slot_value("payment_status", 0, Value::Text(text("paid, CVC2 456"))),
        slot_value("name", 0, Value::Name(PersonName::new("Hana security code 789"))),
        slot_value("address", 0, Value::Address(address("Jinbocho 1, cvv 123"))),
        slot_value("nickname", 0, Value::Text(text("セキュリティコード：１２３"))),
        slot_value("login_id", 0, Value::Text(text("4242 4242 4242 4242"))),
    ];
    for (number, value) in cases.into_iter().enumerate() {
        let (why, blamed) = refused(&world, value).await;
        assert_eq!(why, Reason::ForbiddenValue, "case {number}, {blamed}");
    }
}

#[tokio::test]
async fn a_forbidden_value_keeps_the_whole_request_from_being_stored() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let shop = world.client(SHOP).await;
    let values = vec![
        slot_value("nickname", 0, Value::Text(text("Hanabi"))),
        slot_value("card", 0, Value::Card(with_cvv("123"))),
    ];
    let correction = CorrectMemberRequest { member_id: member.clone(), values, ..Default::default() };
    let error = shop.correct_member(correction).await.unwrap_err();
    assert_eq!(error.reason(), &Reason::ForbiddenValue);
    let again = CorrectMemberRequest {
        member_id: member,
        expected_revision: 1,
        values: vec![slot_value("nickname", 0, Value::Text(text("Hanako")))],
        ..Default::default()
    };
    assert_eq!(shop.correct_member(again).await.unwrap().revision, 2);
}

#[tokio::test]
async fn a_malformed_value_is_blamed_by_its_place() {
    let world = World::new().await;
    let email = |address: &str| slot_value("email", 0, Value::Email(text(address)));
    let date = |day: &str| slot_value("birth_date", 0, Value::Date(text(day)));
    let cases = [
        (email("no address"), "values[0].email"),
        (email(&format!("{}@example.jp", "a".repeat(250))), "values[0].email"),
        (email(""), "values[0].email"),
        (slot_value("phone", 0, Value::Phone(text("12"))), "values[0].phone"),
        (slot_value("phone", 0, Value::Phone(text("090-1234-5678"))), "values[0].phone"),
        (date("1990-02-30"), "values[0].date"),
        (date("2090-01-01"), "values[0].date"),
        (slot_value("password", 0, Value::Password(text("short"))), "values[0].password"),
        (slot_value("nickname", 0, Value::Text(text("two\nlines"))), "values[0].text"),
        (slot_value("nickname", 0, Value::Text(text(&"x".repeat(129)))), "values[0].text"),
        (slot_value("card", 0, Value::Card(card("4242424242424243"))), "values[0].card.pan"),
        (slot_value("nickname", 0, FieldValue { value: None }), "values[0].value"),
        (slot_value("nickname", 0, Value::Email(text("hanako@example.jp"))), "values[0].value"),
        (SlotValue { source: String::new(), ..email("hanako@example.jp") }, "values[0].source"),
        (SlotValue { source: "telepathy".into(), ..email("hanako@example.jp") }, "values[0].source"),
        (slot_value("usage", 0, Value::Usage(contradictory())), "values[0].usage.first_use"),
        (slot_value("access_trace", 0, Value::AccessTrace(AccessTrace::default())), "values[0].access_trace"),
    ];
    for (value, place) in cases {
        assert_eq!(refused(&world, value).await, (Reason::ValueInvalid, place.to_owned()));
    }
}

fn contradictory() -> UsageHistory {
    let mut usage = UsageHistory::default();
    usage.first_use = "2026-05-05".into();
    usage.last_use = "2026-01-01".into();
    usage.days_used = 2;
    usage
}

#[tokio::test]
async fn a_field_nobody_declared_is_refused() {
    let world = World::new().await;
    for field in ["shoe_size", "", "cvv", "Email", "pseudonym\0"] {
        let (why, place) = refused(&world, slot_value(field, 0, Value::Text(text("41")))).await;
        assert_eq!((why, place.as_str()), (Reason::FieldUnknown, "values[0].field"), "{field:?}");
    }
}

#[tokio::test]
async fn the_secret_behind_a_pseudonym_cannot_be_given() {
    let world = World::new().await;
    let (why, _) = refused(&world, slot_value("pseudonym", 0, Value::Text(text("me")))).await;
    assert_eq!(why, Reason::ValueInvalid);
}

#[tokio::test]
async fn a_record_that_would_not_fit_is_refused_and_nothing_is_lost() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let shop = world.client(SHOP).await;
    let large = |slot| slot_value("address", slot, Value::Address(address(&"x".repeat(190))));
    let correction =
        CorrectMemberRequest { member_id: member.clone(), values: (1..8).map(large).collect(), ..Default::default() };
    let error = shop.correct_member(correction).await.unwrap_err();
    assert_eq!(error.reason(), &Reason::TooLarge);
    let small =
        CorrectMemberRequest { member_id: member, expected_revision: 1, values: vec![large(1)], ..Default::default() };
    assert_eq!(shop.correct_member(small).await.unwrap().revision, 2);
}

#[tokio::test]
async fn a_slot_named_twice_or_no_value_at_all_is_refused() {
    let world = World::new().await;
    let shop = world.client(SHOP).await;
    let nickname = || slot_value("nickname", 0, Value::Text(text("Hana")));
    for values in [vec![], vec![nickname(), nickname()], vec![nickname(); 65]] {
        let request = CollectMemberRequest { values, ..Default::default() };
        assert_eq!(shop.collect_member(request).await.unwrap_err().reason(), &Reason::ValueInvalid);
    }
    let listed = world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await.unwrap().entries;
    assert!(listed.iter().all(|entry| entry.event != "collected"));
}

#[tokio::test]
async fn what_may_stand_in_the_place_of_what_is_wrong_is_told() {
    let world = World::new().await;
    let nickname = |slot| slot_value("nickname", slot, Value::Text(text("Hana")));
    let nowhere = |country: &str| {
        let mut address = address("Jinbocho 1");
        address.country = country.into();
        slot_value("address", 0, Value::Address(address))
    };
    let cases = [
        (
            SlotValue { source: "telepathy".into(), ..nickname(0) },
            "is none of `website`, `email`, `mail`, `phone`, `fax`",
        ),
        (nickname(1), "the field has one value only, slot 0"),
        (slot_value("address", 8, Value::Address(address("Gion 5"))), "the field has 8 slots, from 0 to 7"),
        (nowhere("JPN"), "is not a country's two capital letters (ISO 3166-1)"),
        (nowhere(""), "is missing"),
    ];
    for (value, told) in cases {
        let request = CollectMemberRequest { values: vec![value], ..Default::default() };
        let error = world.client(SHOP).await.collect_member(request).await.unwrap_err();
        assert_eq!(error.reason(), &Reason::ValueInvalid);
        assert!(error.message().contains(told), "{}", error.message());
    }
}
