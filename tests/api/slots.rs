//! Does a view show the slot a basis names, else slot 0, and all of them only to the member?

use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{
    CorrectMemberRequest, Recipient, RemoveFieldsRequest, ReviewMemberRequest, SlotName, SlotValue,
};

use crate::support::callers::{ASKER, SHOP};
use crate::support::member::{address, hanako, slot_value};
use crate::support::register::{about, party, scope};
use crate::support::view::{outline, shown};
use crate::support::world::{World, ask, reason};

const SALE: &str = "transaction-with-seller";

fn gift(slot: u32) -> SlotValue {
    slot_value("address", slot, Value::Address(address("Gion 5")))
}

#[tokio::test]
async fn a_seller_sees_the_address_the_transaction_names_and_no_other() {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let member = world.collect(hanako().into_iter().chain([gift(3)]).collect()).await;
    let mut terms = about("transaction", &member, "potter", SALE);
    terms.scope = Some(scope(&[("name", "full"), ("address", "full")]));
    terms.scope.as_mut().unwrap().items[1].slot = Some(3);
    let (named, unnamed) =
        (world.record(terms).await, world.record(about("transaction", &member, "potter", SALE)).await);
    for (basis, place, line) in [(named, "address/3:full", "Gion 5"), (unnamed, "address/0:full", "Jinbocho 1-2-3")] {
        let asked = ask(SALE, Recipient::party("potter"), &member, &[&basis]);
        let view = world.disclose(asked).await.unwrap().view.unwrap();
        let addresses: Vec<_> = outline(&view).into_iter().filter(|place| place.starts_with("address")).collect();
        assert_eq!(addresses, [place]);
        assert!(shown(&view, place).unwrap().contains(line));
    }
}

#[tokio::test]
async fn a_slot_the_transaction_names_and_the_member_does_not_hold_shows_nothing() {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let member = world.collect(hanako()).await;
    let mut terms = about("transaction", &member, "potter", SALE);
    terms.scope = Some(scope(&[("address", "full")]));
    terms.scope.as_mut().unwrap().items[0].slot = Some(3);
    let basis = world.record(terms).await;
    let asked = ask(SALE, Recipient::party("potter"), &member, &[&basis]);
    assert_eq!(world.refusal(asked).await, Reason::NothingToRelease);
}

#[tokio::test]
async fn the_member_sees_every_slot() {
    let world = World::new().await;
    let member = world.collect(hanako().into_iter().chain([gift(3), gift(7)]).collect()).await;
    let request = ReviewMemberRequest { member_id: member.clone(), purpose: String::new() };
    let review = world.client_for(ASKER, &member).await.review_member(request).await.unwrap();
    let places = outline(&review.view.unwrap());
    let addresses: Vec<_> = places.iter().filter(|place| place.starts_with("address")).collect();
    assert_eq!(addresses, ["address/0:full", "address/3:full", "address/7:full"]);
    assert_eq!(review.revision, 1);
}

#[tokio::test]
async fn a_slot_beyond_those_of_its_field_is_refused() {
    let world = World::new().await;
    let shop = world.client(SHOP).await;
    for value in [gift(8), gift(u32::MAX), slot_value("email", 1, Value::Email(crate::support::member::text("a@b.jp")))]
    {
        let request = fubako_proto::v1::CollectMemberRequest { values: vec![value], ..Default::default() };
        assert_eq!(reason(shop.collect_member(request).await), Reason::ValueInvalid);
    }
}

#[tokio::test]
async fn a_correction_replaces_one_slot_and_a_removal_empties_one() {
    let world = World::new().await;
    let member = world.collect(hanako().into_iter().chain([gift(3)]).collect()).await;
    let shop = world.client(SHOP).await;
    let new = slot_value("address", 3, Value::Address(address("Nishijin 9")));
    let correction = CorrectMemberRequest {
        member_id: member.clone(),
        expected_revision: 1,
        values: vec![new],
        ..Default::default()
    };
    assert_eq!(shop.correct_member(correction).await.unwrap().revision, 2);
    let removal = RemoveFieldsRequest {
        member_id: member.clone(),
        slots: vec![SlotName { field: "address".into(), slot: 0 }],
        ..Default::default()
    };
    assert_eq!(shop.remove_fields(removal.clone()).await.unwrap().revision, 3);
    let request = ReviewMemberRequest { member_id: member.clone(), purpose: String::new() };
    let view = world.client_for(ASKER, &member).await.review_member(request).await.unwrap().view.unwrap();
    assert!(shown(&view, "address/3:full").unwrap().contains("Nishijin 9"));
    assert_eq!(shown(&view, "address/0:full"), None);
    assert_eq!(reason(shop.remove_fields(removal).await), Reason::ValueInvalid);
}
