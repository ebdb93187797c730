//! Does another trade's policy work with the same program: other fields, purposes, clauses, ages and countries?

use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{
    BankAccount, FieldValue, Iban, PartyDetails, PersonName, PostalAddress, Recipient, ReviewMemberRequest, SlotValue,
    VerifyClaim, VerifyOutcome, VerifyRequest, bank_account,
};

use crate::support::CLINIC;
use crate::support::callers::ASKER;
use crate::support::member::{slot_value, text};
use crate::support::place::Place;
use crate::support::register::{about, about_all, party, scope};
use crate::support::view::{lines, outline};
use crate::support::world::{World, ask};

fn patient() -> Vec<SlotValue> {
    let iban = Iban { iban: "AT61 1904 3002 3457 3201".into(), holder: "Resi Gruber".into() };
    let home = PostalAddress {
        country: "AT".into(),
        postal_code: "6020".into(),
        region: "Tirol".into(),
        locality: "Innsbruck".into(),
        lines: vec!["Am Inn 4".into()],
        addressee: String::new(),
    };
    vec![
        slot_value("patient", 0, Value::Name(PersonName::new("Resi Gruber"))),
        slot_value("born", 0, Value::Date(text("2014-05-06"))),
        slot_value("home", 1, Value::Address(home)),
        slot_value("mobile", 0, Value::Phone(text("+43 664 1234567"))),
        slot_value("insurance-number", 0, Value::Text(text("1237 060514"))),
        slot_value("iban", 0, Value::BankAccount(BankAccount { account: Some(bank_account::Account::Iban(iban)) })),
        slot_value("portal-password", 0, Value::Password(text("servus servus"))),
    ]
}

async fn clinic() -> (World, String) {
    let world = World::at(Place::under(CLINIC)).await;
    let member = world.collect(patient()).await;
    (world, member)
}

#[tokio::test]
async fn its_purposes_show_its_fields_in_its_forms() {
    let (world, member) = clinic().await;
    let view = world.disclose(ask("recall", Recipient::marketplace(), &member, &[])).await.unwrap().view.unwrap();
    let expected = [("mobile/0:full", "phone +436641234567"), ("patient/0:initials", "text R. G.")];
    assert_eq!(lines(&view), expected.map(|(place, value)| (place.to_owned(), value.to_owned())));
    assert_eq!(view.policy_version, 7);

    world.register(PartyDetails { country: "AT".into(), ..party("insurer", "partner") }).await;
    let contract = world.record(about_all("contract", "insurer", "billing")).await;
    let asked = ask("billing", Recipient::party("insurer"), &member, &[&contract]);
    let view = world.disclose(asked).await.unwrap().view.unwrap();
    assert_eq!(outline(&view), ["insurance-number/0:full", "patient/0:full"]);
    assert!(view.terms.contains(&"under-policy 7".to_owned()), "{:?}", view.terms);

    let mut consent = about("consent", &member, "insurer", "study");
    consent.scope = Some(scope(&[("study-code", "full"), ("born", "full"), ("patient", "full"), ("home", "full")]));
    consent.scope.as_mut().unwrap().items[3].slot = Some(1);
    let consent = world.record(consent).await;
    let asked = ask("study", Recipient::party("insurer"), &member, &[&consent]);
    let view = world.disclose(asked).await.unwrap().view.unwrap();
    let mut places = outline(&view);
    places.sort_unstable();
    assert_eq!(places, ["born/0:age-band", "born/0:year", "home/1:locality", "study-code/0:full"]);
    assert!(lines(&view).contains(&("born/0:age-band".to_owned(), "text 6-13".to_owned())));
}

#[tokio::test]
async fn its_patients_see_their_file_and_its_portal_lets_them_in() {
    let (world, member) = clinic().await;
    let request = ReviewMemberRequest { member_id: member.clone(), purpose: "own-file".into() };
    let view = world.client_for(ASKER, &member).await.review_member(request).await.unwrap().view.unwrap();
    let places = ["home/1:full", "born/0:full", "mobile/0:full", "patient/0:full", "iban/0:last3"];
    let mut shown = outline(&view);
    shown.sort_unstable();
    let mut expected = places.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(shown, expected);
    let claim = VerifyClaim {
        field: "portal-password".into(),
        form: String::new(),
        slot: 0,
        value: Some(FieldValue::password("servus servus")),
    };
    let request = VerifyRequest { purpose: "portal-login".into(), member_id: member, claims: vec![claim] };
    let answers = world.client(ASKER).await.verify(request).await.unwrap().answers;
    assert_eq!(answers[0].outcome(), VerifyOutcome::Match);
}

#[tokio::test]
async fn the_marketplaces_purposes_and_fields_are_unknown_to_it() {
    let (world, member) = clinic().await;
    let refused = world.refusal(ask("transaction-notice", Recipient::marketplace(), &member, &[])).await;
    assert_eq!(refused, Reason::PurposeNotRecognised);
    let shop = world.client(crate::support::callers::SHOP).await;
    let values = vec![slot_value("nickname", 0, Value::Text(text("Resi")))];
    let request = fubako_proto::v1::CollectMemberRequest { values, ..Default::default() };
    assert_eq!(crate::support::world::reason(shop.collect_member(request).await), Reason::FieldUnknown);
}
