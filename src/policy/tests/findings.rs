//! Is everything found that can be wrong with a policy file, and is the place it is at?

use crate::policy::finding::Finding;
use crate::policy::table::Policy;
use crate::policy::tests::world::{CLINIC, MARKETPLACE};

/// The findings in the clinic's policy once every `from` reads `to`.
fn findings(from: &str, to: &str) -> Vec<Finding> {
    assert!(CLINIC.contains(from), "{from}");
    Policy::parse(&CLINIC.replacen(from, to, 1)).err().unwrap_or_default()
}

/// What is changed, into what, the code and the message.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("format = 1", "format = 2", "unknown-format", "format 2 is not known; this program reads format 1"),
    ("version = 7", "version = 0", "zero", "versions are numbered from 1"),
    (
        r#"id = "clinic""#,
        r#"id = "Clinic""#,
        "invalid-name",
        "`Clinic` cannot name a policy: a name has 1 to 64 of a-z, 0-9, `-`, `_` and `.`, the first a letter or digit",
    ),
    (
        "effective = 2024-02-29",
        "effective = 2024-02-29T10:00:00Z",
        "invalid-day",
        "the day a policy takes effect has a year, a month and a day, and no time",
    ),
    (
        "effective = 2024-02-29",
        "effective = 10:00:00",
        "invalid-day",
        "the day a policy takes effect has a year, a month and a day, and no time",
    ),
    ("Europe/Vienna", "Europe/Wien", "unknown-time-zone", "unknown time zone `Europe/Wien`"),
    ("[0, 6, 14, 65]", "[0, 6, 6]", "age-bands", "age bands start at 0 and increase"),
    ("[0, 6, 14, 65]", "[6, 14]", "age-bands", "age bands start at 0 and increase"),
    ("[0, 6, 14, 65]", "[]", "age-bands", "age bands start at 0 and increase"),
    ("id = 100", "id = 0", "zero", "fields are numbered from 1"),
    ("id = 100", "id = 20", "duplicate", "field number `20` is there twice"),
    (r#"name = "mobile""#, r#"name = "home""#, "duplicate", "field `home` is there twice"),
    (
        r#"kind = "postal-address""#,
        r#"kind = "postal-adress""#,
        "unknown-kind",
        "unknown kind of field `postal-adress` in field `home`; did you mean `postal-address`?",
    ),
    (
        r#"class = "bank""#,
        r#"class = "bnk""#,
        "unknown-key-class",
        "unknown key class `bnk` in field `iban`; did you mean `bank`?",
    ),
    (r#"class = "bank""#, r#"class = "identity""#, "class-of-kind", "a bank-account belongs to key class `bank`"),
    (
        r#"class = "credential""#,
        r#"class = "identity""#,
        "class-of-kind",
        "a credential belongs to key class `credential`",
    ),
    (
        r#"["full", "locality"]"#,
        r#"["full", "locality", "brand"]"#,
        "kind-lacks-form",
        "field `home` names form `brand`, which a postal-address does not have",
    ),
    (
        r#"["full", "locality"]"#,
        r#"["full", "locality", "locallity"]"#,
        "unknown-form",
        "unknown form `locallity` in field `home`; did you mean `locality`?",
    ),
    (r#"["full", "locality"]"#, r#"["full", "locality", "full"]"#, "duplicate", "form `full` is there twice"),
    ("slots = 2", "slots = 0", "zero", "the slots of a field are numbered from 1"),
    (r#"forms = []"#, "forms = []\nslots = 2", "one-slot", "a credential has one slot"),
    (
        r#"kind = "text""#,
        r#"kind = "pseudonym""#,
        "kind-lacks-form",
        "field `insurance-number` names form `masked`, which a pseudonym does not have",
    ),
    (
        r#"clause = "billing"
"#,
        r#"clause = "bills"
"#,
        "unknown-clause",
        "unknown clause `bills` in field `iban`",
    ),
    (r#"id = "care""#, r#"id = "intake""#, "duplicate", "clause `intake` is there twice"),
    (
        "iban = [\"full\"], insurance",
        "ibn = [\"full\"], insurance",
        "unknown-field",
        "unknown field `ibn` in the ceiling of clause billing; did you mean `iban`?",
    ),
    (
        "\"every-field\"",
        "\"every-feild\"",
        "unknown-word",
        "unknown word `every-feild` in the ceiling of clause rights; did you mean `every-field`?",
    ),
    (
        "except = { iban = [\"last3\"] }",
        "except = \"iban\"",
        "word-for-fields",
        "the exceptions of clause rights are a list of fields, not a word",
    ),
    (
        "home = [\"locality\"] }\n",
        "home = [\"locality\"] }\nexcept = { home = [] }\n",
        "nothing-to-except",
        "exceptions need a ceiling of `every-field` to except from",
    ),
    (r#"id = "recall""#, r#"id = "billing""#, "duplicate", "purpose `billing` is there twice"),
    (
        "clause = \"care\"",
        "clause = \"cares\"",
        "unknown-clause",
        "unknown clause `cares` in purpose `recall`; did you mean `care`?",
    ),
    (
        "answers = \"verify\"",
        "answers = \"verfy\"",
        "unknown-answer",
        "unknown answer `verfy` in purpose `portal-login`; did you mean `verify`?",
    ),
    (
        "choice = \"revocable\"",
        "choice = \"revokable\"",
        "unknown-choice",
        "unknown choice `revokable` in purpose `study`; did you mean `revocable`?",
    ),
    ("grounds = { gdpr = \"Art. 15\" }", "grounds = {}", "no-ground", "purpose `own-file` has no legal ground"),
    (
        "recipients = [\"member\"]",
        "recipients = [\"members\"]",
        "unknown-recipient-class",
        "unknown recipient class `members` in a row of purpose `own-file`; did you mean `member`?",
    ),
    (
        "recipients = [\"member\"]",
        "recipients = []",
        "no-recipient",
        "a row of purpose `own-file` has no recipients, so nothing reaches it",
    ),
    (
        "recipients = [\"member\"]",
        "recipients = [\"member\", \"member\"]",
        "unreachable-row",
        "purpose `own-file` has a row for member before this one, which is never reached",
    ),
    (
        "recipients = [\"financial-institution\"]",
        "recipients = [\"partner\"]",
        "unreachable-row",
        "purpose `billing` has a row for partner before this one, which is never reached",
    ),
    (
        "view = { patient = [\"initials\"], mobile = [\"full\"] }",
        "",
        "empty-view",
        "a row of purpose `recall` shows nothing, though the purpose answers with a view",
    ),
    (
        "view = { patient = [\"initials\"], mobile = [\"full\"] }",
        "view = {}",
        "empty-view",
        "a row of purpose `recall` shows nothing, though the purpose answers with a view",
    ),
    (
        "view = { patient = [\"initials\"], mobile = [\"full\"] }",
        "view = { patient = [], mobile = [\"full\"] }",
        "no-form",
        "the view of purpose `recall` names `patient` in no form; leave it out",
    ),
    (
        "view = { patient = [\"initials\"]",
        "view = { patients = [\"initials\"]",
        "unknown-field",
        "unknown field `patients` in the view of purpose `recall`; did you mean `patient`?",
    ),
    (
        "view = { patient = [\"initials\"]",
        "view = { patient = [\"region\"]",
        "kind-lacks-form",
        "the view of purpose `recall` names form `region`, which a person-name does not have",
    ),
    (
        "mobile = [\"full\"] }\n\n[[purpose]]",
        "mobile = [\"country\"] }\n\n[[purpose]]",
        "form-not-declared",
        "the view of purpose `recall` names form `country` of `mobile`, which the field does not declare",
    ),
    (
        "view = { patient = [\"initials\"]",
        "view = { home = [\"full\"], patient = [\"initials\"]",
        "above-ceiling",
        "the view of purpose `recall` shows `home` as full, above the ceiling of clause care",
    ),
    (
        "mobile = [\"full\"], iban = [\"last3\"] }",
        "mobile = [\"full\"], iban = [\"full\"] }",
        "above-ceiling",
        "the view of purpose `own-file` shows `iban` as full, above the ceiling of clause rights",
    ),
    (
        "view = \"scope\"",
        "view = \"scopes\"",
        "unknown-word",
        "unknown word `scopes` in the view of purpose `study`; did you mean `scope`?",
    ),
    (
        "view = { patient = [\"initials\"], mobile = [\"full\"] }",
        "view = \"scope\"",
        "scope-without-basis",
        "the view of purpose `recall` is what a basis names, and its row needs no basis",
    ),
    (
        "clause = \"research\"\nanswers",
        "clause = \"intake\"\nanswers",
        "empty-view",
        "a row of purpose `study` shows nothing, though the purpose answers with a view",
    ),
    (
        "own_identity = true\n",
        "",
        "not-in-person",
        "the view of purpose `billing` shows `iban` in full, which goes only to a party's own certificate identity: \
         the row needs own_identity = true",
    ),
    (
        "all_slots = true",
        "own_identity = true",
        "built-in",
        "own_identity speaks of registered parties, and member is built in",
    ),
    (
        "all_slots = true",
        "countries = [\"AT\"]",
        "built-in",
        "countries speaks of registered parties, and member is built in",
    ),
    (
        "countries = [\"AT\"]",
        "",
        "countries-missing",
        "purpose `billing` gives data to registered parties, so its row says the countries they may receive in",
    ),
    (
        "\"AT\", \"DE\", \"CH\"",
        "\"AT\", \"Germany\"",
        "invalid-country",
        "`Germany` is not a country code of two capital letters (ISO 3166-1 alpha-2)",
    ),
    (
        "kind = \"settlement\"",
        "kind = \"setlement\"",
        "unknown-basis-kind",
        "unknown kind of basis `setlement` in a row of purpose `billing`; did you mean `settlement`?",
    ),
    (
        "kind = \"settlement\", binds = [\"member\", \"recipient\"]",
        "kind = \"settlement\", binds = [\"membr\", \"recipient\", \"member\"]",
        "unknown-binding",
        "unknown binding `membr` in a row of purpose `billing`; did you mean `member`?",
    ),
    (
        "kind = \"settlement\", binds = [\"member\", \"recipient\"]",
        "kind = \"settlement\", binds = []",
        "binds-nobody",
        "a settlement needs to name someone: `binds` takes \"member\", \"recipient\" or both",
    ),
    (
        "kind = \"settlement\", binds = [\"member\", \"recipient\"]",
        "kind = \"settlement\", binds = [\"recipient\"]",
        "member-unbound",
        "a settlement is about one member, so it binds the member",
    ),
    (
        "kind = \"contract\", binds = [\"recipient\"]",
        "kind = \"contract\", binds = [\"recipient\", \"member\"]",
        "member-bound",
        "a contract is about no single member, so it cannot bind the member",
    ),
    (
        "view = { patient = [\"initials\"], mobile = [\"full\"] }",
        "view = { mobile = [\"full\"] }\nbases = [{ kind = \"consent\", binds = [\"member\", \"recipient\"] }]",
        "built-in-bound",
        "a consent cannot bind the recipient where the recipient is marketplace, which nobody registers",
    ),
    (
        "bases = [{ kind = \"contract\", binds = [\"recipient\"] }]",
        "bases = [{ kind = \"contract\", binds = [\"recipient\"] }, { kind = \"contract\", binds = [\"recipient\"] }]",
        "basis-twice",
        "a row of purpose `billing` asks for a contract twice",
    ),
    (
        "kind = \"settlement\", binds",
        "kind = \"settlement\", secrecy = true, binds",
        "secrecy-elsewhere",
        "a settlement has no secrecy agreement; a contract has",
    ),
    (
        "own_identity = true",
        "own_identity = true\nterms = [\"under-policy\"]",
        "under-no-policy",
        "term `under-policy` needs a contract or a transfer, which is made under a policy version",
    ),
    (
        "[\"under-policy\", \"use-only-for-purpose\"]",
        "[\"under-policy\", \"under-policy\"]",
        "duplicate",
        "term `under-policy` is there twice",
    ),
    (
        "[\"under-policy\", \"use-only-for-purpose\"]",
        "[\"under-policy\", \"use-only-for-porpoise\"]",
        "unknown-term",
        "unknown term `use-only-for-porpoise` in a row of purpose `billing`; did you mean `use-only-for-purpose`?",
    ),
    ("delete_after_days = 7", "delete_after_days = 0", "delete-at-once", "a view cannot be deleted after 0 days"),
    (
        "verify = { portal-password = [], mobile = [\"last4\"] }",
        "",
        "nothing-to-verify",
        "a row of purpose `portal-login` says nothing that may be asked, though the purpose answers with yes or no",
    ),
    (
        "verify = { portal-password = [], mobile = [\"last4\"] }",
        "verify = {}",
        "nothing-to-verify",
        "a row of purpose `portal-login` says nothing that may be asked, though the purpose answers with yes or no",
    ),
    (
        "verify = { portal-password = [], mobile = [\"last4\"] }",
        "verify = { mobile = [] }",
        "no-form",
        "the questions of purpose `portal-login` names `mobile` in no form; leave it out",
    ),
    (
        "verify = { portal-password = [], mobile = [\"last4\"] }",
        "verify = \"everything\"",
        "word-for-fields",
        "the questions of purpose `portal-login` are a list of fields, not a word",
    ),
    (
        "verify = { portal-password = [], mobile = [\"last4\"] }",
        "verify = { mobile = [\"last4\"] }\nview = { mobile = [\"last4\"] }",
        "not-answered",
        "purpose `portal-login` answers with yes or no, so its rows have no `view`",
    ),
    (
        "view = { patient = [\"initials\"], mobile = [\"full\"] }",
        "view = { mobile = [\"full\"] }\nverify = { mobile = [\"full\"] }",
        "not-answered",
        "purpose `recall` answers with a view, so its rows have no `verify`",
    ),
    (
        "choice = \"optional\"",
        "choice = \"revocable\"",
        "nothing-to-revoke",
        "purpose `recall` is revocable, so each of its rows needs a consent",
    ),
];

#[test]
fn everything_wrong_is_found_and_said() {
    for (from, to, code, message) in CASES {
        let found = findings(from, to);
        let said: Vec<_> = found.iter().map(|finding| (finding.code(), finding.message())).collect();
        assert!(said.contains(&(*code, (*message).to_owned())), "{to}\nfound {said:#?}\nnot {message}");
    }
}

#[test]
fn what_stands_at_one_place_is_found_once() {
    for (from, to, code, message) in CASES {
        let found = findings(from, to);
        let same = found.iter().filter(|finding| finding.code() == *code && finding.message() == *message);
        assert_eq!(same.count(), 1, "{to}");
    }
}

#[test]
fn a_finding_points_at_its_line_and_column() {
    let text = MARKETPLACE.replacen("view = { name = [\"full\"], address", "view = { name = [\"full\"], adress", 1);
    let line = text.lines().position(|line| line.contains("adress")).unwrap() + 1;
    let column = text.lines().find(|line| line.contains("adress")).unwrap().find("adress").unwrap() + 1;
    let found = Policy::parse(&text).unwrap_err();
    let [finding] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!((finding.line(), finding.column()), (line, column));
    let message = "unknown field `adress` in the view of purpose `delivery`; did you mean `address`?";
    assert_eq!(finding.to_string(), format!("line {line}: {message}"));
}

#[test]
fn all_findings_come_at_once_in_the_order_of_the_file() {
    let text = CLINIC
        .replace("[0, 6, 14, 65]", "[1]")
        .replace("choice = \"revocable\"", "choice = \"no\"")
        .replace("class = \"bank\"", "class = \"card\"")
        .replace("view = { patient = [\"initials\"]", "view = { patent = [\"initials\"]");
    let codes: Vec<_> = Policy::parse(&text).unwrap_err().iter().map(Finding::code).collect();
    assert_eq!(codes, ["age-bands", "class-of-kind", "unknown-field", "unknown-choice"]);
}

#[test]
fn a_field_that_is_wrong_itself_is_not_found_unknown_again_wherever_it_is_named() {
    let found = findings(r#"kind = "postal-address""#, r#"kind = "somewhere""#);
    assert_eq!(found.iter().map(Finding::code).collect::<Vec<_>>(), ["unknown-kind"]);
}

#[test]
fn a_policy_can_have_one_pseudonym_only() {
    let more = "[[field]]\nid = 9\nname = \"alias\"\nkind = \"pseudonym\"\nclass = \"identity\"\nforms = [\"full\"]\n\
        clause = \"research\"\n";
    let found = Policy::parse(&format!("{CLINIC}{more}")).unwrap_err();
    assert_eq!(found.iter().map(Finding::code).collect::<Vec<_>>(), ["second-pseudonym"]);
}

#[test]
fn a_purpose_without_a_row_is_found() {
    let more = "[[purpose]]\nid = \"idle\"\nclause = \"care\"\nanswers = \"view\"\nchoice = \"optional\"\n\
        grounds = { gdpr = \"Art. 6(1)(a)\" }\n";
    let found = Policy::parse(&format!("{CLINIC}{more}")).unwrap_err();
    assert_eq!(
        found.iter().map(Finding::message).collect::<Vec<_>>(),
        ["purpose `idle` has no row, so nobody can receive anything for it"]
    );
}

#[test]
fn names_outside_the_alphabet_are_found() {
    let cases = [("name = \"iban\"", "field"), ("id = \"care\"", "clause"), ("id = \"recall\"", "purpose")];
    for (from, what) in cases {
        let to = from.replace('"', "\" ").replacen("\" ", "\"Ä", 1).replace("\" ", "\"");
        let found = findings(from, &to);
        let named = format!("cannot name a {what}");
        assert!(found.iter().any(|finding| finding.message().contains(&named)), "{found:?}");
    }
}

#[test]
fn keys_nobody_knows_and_text_that_is_not_toml_are_found_at_their_line() {
    let found = findings("adult_age = 14", "adult_age = 14\nadult_agee = 15");
    let [finding] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!((finding.line(), finding.code()), (10, "unreadable"));
    assert!(finding.message().contains("unknown field `adult_agee`"), "{finding}");
    let found = findings("adult_age = 14", "adult_age = ");
    assert_eq!((found.len(), found.first().unwrap().line()), (1, 9));
    assert_eq!(Policy::parse("").unwrap_err().len(), 1);
    assert_eq!(Policy::parse("\u{0}").unwrap_err().len(), 1);
}

#[test]
fn a_missing_choice_is_never_taken_for_one() {
    for key in ["choice = \"optional\"\n", "grounds = { gdpr = \"Art. 15\" }\n", "answers = \"verify\"\n"] {
        assert_eq!(findings(key, "").first().map(Finding::code), Some("unreadable"), "{key}");
    }
}
