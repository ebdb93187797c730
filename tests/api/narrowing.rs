//! Can a request, a basis or a contract only narrow a view, and never widen it?

use fubako_proto::Reason;
use fubako_proto::v1::{DiscloseRequest, FieldRequest, Narrowing, Recipient};

use crate::support::member::hanako;
use crate::support::register::{about, about_all, party, scope};
use crate::support::view::{outline, withheld};
use crate::support::world::{World, ask};

fn narrowed(asked: DiscloseRequest, wanted: &[(&str, &[&str])]) -> DiscloseRequest {
    let field = |(field, forms): &(&str, &[&str])| FieldRequest {
        field: (*field).into(),
        forms: forms.iter().map(|form| (*form).to_owned()).collect(),
    };
    DiscloseRequest { narrowing: Some(Narrowing { fields: wanted.iter().map(field).collect() }), ..asked }
}

/// Fields, each with the forms asked for.
type Asked<'a> = &'a [(&'a str, &'a [&'a str])];

#[tokio::test]
async fn a_request_gets_the_part_it_names_and_no_more_than_the_row_gives() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let payment = || ask("payment", Recipient::marketplace(), &member, &[]);
    let cases: [(Asked<'_>, &[&str]); 5] = [
        (&[("name", &["full"])], &["name/0:full"]),
        (&[("name", &["initials"])], &["name/0:initials"]),
        (&[("card", &["full"])], &["card/0:last4", "card/0:brand"]),
        (&[("card", &["brand"]), ("payment_status", &["full"])], &["card/0:brand", "payment_status/0:full"]),
        (&[("bank_account", &["full"]), ("phone", &["full"])], &["bank_account/0:bank-only"]),
    ];
    for (wanted, expected) in cases {
        let view = world.disclose(narrowed(payment(), wanted)).await.unwrap().view.unwrap();
        assert_eq!(outline(&view), expected, "{wanted:?}");
    }
}

#[tokio::test]
async fn a_request_for_nothing_or_for_what_the_row_does_not_show_is_refused() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let refusal = async |wanted: &[(&str, &[&str])]| {
        world.refusal(narrowed(ask("transaction-notice", Recipient::marketplace(), &member, &[]), wanted)).await
    };
    assert_eq!(refusal(&[]).await, Reason::NothingToRelease);
    assert_eq!(refusal(&[("phone", &["full"])]).await, Reason::NothingToRelease);
    assert_eq!(refusal(&[("password", &["full"])]).await, Reason::NothingToRelease);
    assert_eq!(refusal(&[("name", &[])]).await, Reason::ValueInvalid);
    assert_eq!(refusal(&[("name", &["naked"])]).await, Reason::ValueInvalid);
    assert_eq!(refusal(&[("shoe_size", &["full"])]).await, Reason::FieldUnknown);
}

#[tokio::test]
async fn a_contract_narrows_what_a_subcontractor_sees_and_the_view_says_what_it_withholds() {
    let world = World::new().await;
    world.register(party("courier", "subcontractor")).await;
    let member = world.collect(hanako()).await;
    let mut terms = about_all("contract", "courier", "subcontracted-work");
    terms.scope = Some(scope(&[("name", "full"), ("address", "region"), ("card", "full")]));
    let contract = world.record(terms).await;
    let asked = ask("subcontracted-work", Recipient::party("courier"), &member, &[&contract]);
    let view = world.disclose(asked).await.unwrap().view.unwrap();
    assert_eq!(outline(&view), ["name/0:full", "address/0:region"]);
    assert_eq!(withheld(&view), ["email: basis-scope", "phone: basis-scope"]);
}

#[tokio::test]
async fn two_scopes_and_a_request_meet_in_what_all_of_them_cover() {
    let world = World::new().await;
    world.register(party("lab", "partner")).await;
    let member = world.collect(hanako()).await;
    let mut contract = about_all("contract", "lab", "partner-cooperation");
    contract.scope = Some(scope(&[("gender", "full"), ("address", "full"), ("birth_date", "full")]));
    let mut consent = about("consent", &member, "lab", "partner-cooperation");
    consent.scope = Some(scope(&[("gender", "full"), ("address", "region"), ("pseudonym", "full")]));
    let (contract, consent) = (world.record(contract).await, world.record(consent).await);
    let asked = || ask("partner-cooperation", Recipient::party("lab"), &member, &[&contract, &consent]);
    let view = world.disclose(asked()).await.unwrap().view.unwrap();
    assert_eq!(outline(&view), ["address/0:region", "gender/0:full"]);
    let view = world.disclose(narrowed(asked(), &[("address", &["full"])])).await.unwrap().view.unwrap();
    assert_eq!(outline(&view), ["address/0:region"]);
}

#[tokio::test]
async fn a_consent_without_a_scope_covers_nothing() {
    let world = World::new().await;
    world.register(party("lab", "partner")).await;
    let member = world.collect(hanako()).await;
    for scope in [None, Some(scope(&[]))] {
        let mut terms = about("consent", &member, "lab", "consented-provision");
        terms.scope = scope;
        let consent = world.record(terms).await;
        let asked = ask("consented-provision", Recipient::party("lab"), &member, &[&consent]);
        assert_eq!(world.refusal(asked).await, Reason::NothingToRelease);
    }
}
