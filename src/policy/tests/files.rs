//! Do both policy files load, and does the program know nothing that only one of them says?

use fubako_keys::KeyClass;

use crate::model::form::{Form, FormSet};
use crate::model::ids::{FieldId, PolicyVersion, PurposeId};
use crate::model::recipient::RecipientClass;
use crate::policy::clause::ClauseId;
use crate::policy::matrix::Matrix;
use crate::policy::reason::Reason;
use crate::policy::row::Extent;
use crate::policy::show::Sheet;
use crate::policy::table::Policy;
use crate::policy::tests::world::{CLINIC, MARKETPLACE, World, marketplace};

fn clinic() -> Policy {
    Policy::parse(CLINIC).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

#[test]
fn both_policies_are_without_findings() {
    for text in [MARKETPLACE, CLINIC] {
        let findings = Policy::parse(text).err().unwrap_or_default();
        assert_eq!(findings, [], "{findings:#?}");
    }
}

#[test]
fn the_marketplace_declares_its_fourteen_fields_and_the_pseudonym() {
    let fields = marketplace().fields().iter().map(|field| (field.id().0, field.name().as_str(), field.class().name()));
    assert_eq!(
        fields.collect::<Vec<_>>(),
        [
            (1, "name", "identity"),
            (2, "login_id", "identity"),
            (3, "password", "credential"),
            (4, "nickname", "identity"),
            (5, "address", "contact"),
            (6, "email", "contact"),
            (7, "phone", "contact"),
            (8, "gender", "identity"),
            (9, "birth_date", "identity"),
            (10, "card", "card"),
            (11, "bank_account", "bank"),
            (12, "payment_status", "identity"),
            (13, "usage", "identity"),
            (14, "access_trace", "identity"),
            (15, "pseudonym", "identity"),
        ]
    );
    assert_eq!(marketplace().pseudonym().unwrap().id(), FieldId(15));
}

#[test]
fn a_policy_says_which_version_it_is_and_how_it_counts() {
    let policy = clinic();
    assert_eq!((policy.id().as_str(), policy.version()), ("clinic", PolicyVersion(7)));
    assert_eq!(policy.effective().to_string(), "2024-02-29");
    assert_eq!(policy.time_zone(), "Europe/Vienna");
    assert_eq!(policy.presentation().adult_age, 14);
    assert_eq!(policy.presentation().age_bands, [0, 6, 14, 65]);
    assert_eq!(policy.text(), CLINIC);
}

#[test]
fn fields_are_found_by_number_and_name_whatever_their_order_in_the_file() {
    let policy = clinic();
    assert_eq!(policy.field(FieldId(3)).unwrap().name().as_str(), "home");
    assert_eq!(policy.field_named("iban").unwrap().class(), KeyClass::Bank);
    assert_eq!(policy.field_named("home").unwrap().slots(), 2);
    assert!(policy.field(FieldId(1)).is_none());
    assert!(policy.field_named("address").is_none());
    assert!(policy.purpose(&PurposeId::parse("delivery").unwrap()).is_none());
}

#[test]
fn forms_close_only_over_what_the_policy_declares() {
    let policy = clinic();
    let home = policy.field_named("home").unwrap();
    assert_eq!(home.close(FormSet::of(&[Form::Full])), FormSet::of(&[Form::Full, Form::Locality]));
    assert_eq!(home.close(FormSet::of(&[Form::Region])), FormSet::NONE);
    let iban = policy.field_named("iban").unwrap();
    assert_eq!(iban.shown(iban.close(FormSet::of(&[Form::Full]))), FormSet::of(&[Form::Full]));
}

#[test]
fn another_policy_decides_without_a_change_of_code() {
    let policy = clinic();
    let shown = |purpose, class| World::under(&policy, purpose, class).shown();
    assert_eq!(shown("recall", RecipientClass::Marketplace), "mobile:full patient:initials");
    assert_eq!(shown("billing", RecipientClass::FinancialInstitution), "patient:full iban:full");
    assert_eq!(shown("billing", RecipientClass::Partner), "insurance-number:full patient:full");
    assert_eq!(shown("study", RecipientClass::Partner), "home:locality born:year+age-band study-code:full");
    assert_eq!(shown("own-file", RecipientClass::Member), "home:full born:full mobile:full patient:full iban:last3");
    let mut study = World::under(&policy, "study", RecipientClass::Partner);
    study.preferences.restricted = true;
    assert_eq!(study.reason(), Reason::Restricted);
    assert_eq!(World::under(&policy, "portal-login", RecipientClass::Marketplace).reason(), Reason::NothingToRelease);
}

#[test]
fn questions_are_listed_with_what_they_may_be_about() {
    let purpose = PurposeId::parse("identity-verification").unwrap();
    let row = marketplace().purpose(&purpose).unwrap().row(RecipientClass::Marketplace).unwrap().clone();
    let asked = |name: &str| {
        let position = marketplace().fields().iter().position(|field| field.name().as_str() == name).unwrap();
        row.verify().get(position).copied().unwrap()
    };
    assert_eq!(asked("password"), Some(FormSet::NONE));
    assert!(asked("birth_date").unwrap().contains(Form::Adult));
    assert_eq!(asked("card"), Some(FormSet::of(&[Form::Last4])));
    assert_eq!(asked("bank_account"), None);
}

#[test]
fn the_matrix_has_a_row_for_each_purpose_and_recipient_and_a_cell_for_each_field() {
    let matrix = Matrix::of(marketplace());
    assert_eq!(matrix.fields().len(), 15);
    assert!(matrix.rows().iter().all(|row| row.cells().len() == 15));
    let cells = |purpose: &str, class: &str| {
        let row = matrix.rows().iter().find(|row| row.purpose() == purpose && row.recipient_class() == class).unwrap();
        (row.clause().to_owned(), row.is_named_by_basis(), row.cells().join("|"))
    };
    let payment = "full|||||||||last4+brand|bank-only|full|||";
    assert_eq!(cells("payment", "marketplace"), ("2.e".to_owned(), false, payment.to_owned()));
    let questions = "||match||||full||full|last4|||||";
    assert_eq!(cells("identity-verification", "marketplace"), ("1".to_owned(), false, questions.to_owned()));
    assert_eq!(cells("statistics", "public").2, "||||||||||||||");
    assert!(cells("consented-provision", "seller").1);
    let json = serde_json::to_value(&matrix).unwrap();
    assert_eq!(json.pointer("/rows/0/answers").unwrap(), "verify");
}

#[test]
fn the_sheet_says_each_row_in_words() {
    let sheet = Sheet::of(marketplace());
    assert_eq!((sheet.policy(), sheet.version(), sheet.effective()), ("imacocokara", 1, "2016-06-21"));
    assert_eq!(sheet.time_zone(), "Asia/Tokyo");
    let partner = sheet.purposes().iter().find(|purpose| purpose.purpose() == "partner-cooperation").unwrap();
    assert_eq!((partner.clause(), partner.answers(), partner.choice()), ("4.c", "view", "optional"));
    assert!(partner.title().contains("secrecy"));
    let row = partner.rows().first().unwrap();
    assert_eq!(
        row.bases(),
        [
            "contract that names the recipient, with a secrecy agreement",
            "consent that names the member and the recipient",
        ]
    );
    assert_eq!(row.view().get("address").map(String::as_str), Some("region"));
    assert_eq!(row.terms().last().map(String::as_str), Some("delete-by 365 days after"));
    assert_eq!((row.countries(), row.recipient_class()), (&["JP".to_owned()][..], "partner"));
}

#[test]
fn a_policy_says_what_is_kept_of_an_erased_member_and_for_how_long() {
    let kept = |policy: &Policy| {
        let sheet = Sheet::of(policy);
        sheet.retained().map(|retained| (retained.fields().join(" "), retained.months()))
    };
    assert_eq!(kept(marketplace()), Some(("name login_id".to_owned(), 36)));
    assert_eq!(kept(&clinic()), Some(("insurance-number patient".to_owned(), 120)));
    let untimed = CLINIC.replace("months = 120\n", "");
    assert_eq!(kept(&Policy::parse(&untimed).unwrap()).unwrap().1, 36);
    let (without, _) = CLINIC.split_once("[retained]").unwrap();
    assert_eq!(kept(&Policy::parse(without).unwrap()), None);
}

#[test]
fn rows_state_their_own_ground_or_take_the_purposes() {
    let policy = marketplace();
    let purpose = policy.purpose(&PurposeId::parse("delivery").unwrap()).unwrap();
    let ground = |class| purpose.row(class).unwrap().grounds().get("appi").cloned();
    assert_eq!(ground(RecipientClass::Marketplace), purpose.grounds().get("appi").cloned());
    assert_eq!(ground(RecipientClass::Subcontractor).as_deref(), Some("Art. 27(5)(i)"));
}

#[test]
fn a_view_named_by_a_basis_reaches_up_to_the_ceiling() {
    let policy = marketplace();
    let clause = policy.clause(&ClauseId::parse("4.f").unwrap()).unwrap();
    let order = policy.purpose(&PurposeId::parse("legal-order").unwrap()).unwrap();
    let row = order.row(RecipientClass::Authority).unwrap();
    assert_eq!((row.extent(), row.view()), (Extent::NamedByBasis, clause.ceiling()));
}
