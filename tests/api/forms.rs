//! Is a form that a member's value has not got told as withheld, and a view of nothing else never answered?

use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{
    DiscloseRequest, FieldRequest, ListEntriesRequest, Narrowing, PaymentCard, PostalAddress, Recipient,
    ReviewMemberRequest, SlotValue, View, payment_card,
};

use crate::support::callers::{ASKER, AUDITOR};
use crate::support::member::{PAN, address, card, hanako, slot_value};
use crate::support::view::{outline, withheld};
use crate::support::world::{World, ask};

fn token() -> PaymentCard {
    let mut kept = card(PAN);
    kept.account = Some(payment_card::Account::Token("tok_1024".into()));
    kept
}

fn without_region() -> PostalAddress {
    let mut address = address("Jinbocho 1-2-3");
    address.region = String::new();
    address
}

/// Hanako with another value in place of one of hers.
fn hanako_with(field: &str, value: Value) -> Vec<SlotValue> {
    let others = hanako().into_iter().filter(|value| value.field != field);
    others.chain([slot_value(field, 0, value)]).collect()
}

fn missing(view: &View) -> Vec<(&str, Vec<&str>)> {
    let withheld = view.withheld.iter().filter(|field| field.reason == "not-in-form");
    withheld.map(|field| (field.field.as_str(), field.forms.iter().map(String::as_str).collect())).collect()
}

#[tokio::test]
async fn a_field_without_any_of_its_forms_is_withheld_and_not_shown_empty() {
    let world = World::new().await;
    let member = world.collect(hanako_with("card", Value::Card(token()))).await;
    let view = world.disclose(ask("payment", Recipient::marketplace(), &member, &[])).await.unwrap().view.unwrap();
    assert!(view.fields.iter().all(|field| !field.values.is_empty()));
    assert_eq!(outline(&view), ["name/0:full", "bank_account/0:bank-only", "payment_status/0:full"]);
    assert_eq!(missing(&view), [("card", vec!["last4", "brand"])]);
}

#[tokio::test]
async fn a_form_that_is_missing_beside_others_is_told() {
    let world = World::new().await;
    let member = world.collect(hanako_with("card", Value::Card(token()))).await;
    let request = ReviewMemberRequest { member_id: member.clone(), purpose: String::new() };
    let view = world.client_for(ASKER, &member).await.review_member(request).await.unwrap().view.unwrap();
    assert!(outline(&view).contains(&"card/0:expiry".to_owned()));
    assert_eq!(missing(&view), [("card", vec!["last4", "brand"])]);
}

#[tokio::test]
async fn an_address_without_a_region_is_withheld_from_research() {
    let world = World::new().await;
    let member = world.collect(hanako_with("address", Value::Address(without_region()))).await;
    let asked = ask("service-research", Recipient::marketplace(), &member, &[]);
    let view = world.disclose(asked).await.unwrap().view.unwrap();
    assert_eq!(withheld(&view), ["address: not-in-form"]);
}

#[tokio::test]
async fn a_view_of_which_no_form_can_be_made_is_refused_and_its_entry_answered() {
    let world = World::new().await;
    let member = world.collect(hanako_with("card", Value::Card(token()))).await;
    let only = FieldRequest { field: "card".into(), forms: vec!["last4".into()] };
    let asked = DiscloseRequest {
        narrowing: Some(Narrowing { fields: vec![only] }),
        ..ask("payment", Recipient::marketplace(), &member, &[])
    };
    let error = world.disclose(asked).await.unwrap_err();
    assert_eq!(error.reason(), &Reason::NothingToRelease);
    let entries = world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await.unwrap().entries;
    let of = |event| entries.iter().find(|entry| entry.event == event).unwrap();
    let (entry, answer) = (of("released"), of("not-released"));
    assert_eq!((answer.reason.as_str(), &answer.subject), ("NOTHING_TO_RELEASE", &entry.entry_id));
    assert_eq!(error.metadata("entry_id"), Some(answer.entry_id.as_str()));
}
