//! Is everything found that can be wrong with a policy file, and is the place it is at?

use crate::policy::finding::Finding;
use crate::policy::table::Policy;
use crate::policy::tests::mistakes::MISTAKES;
use crate::policy::tests::world::{CLINIC, MARKETPLACE};

/// The findings in the clinic's policy once every `from` reads `to`.
fn findings(from: &str, to: &str) -> Vec<Finding> {
    assert!(CLINIC.contains(from), "{from}");
    Policy::parse(&CLINIC.replacen(from, to, 1)).err().unwrap_or_default()
}

#[test]
fn everything_wrong_is_found_and_said() {
    for (from, to, code, message) in MISTAKES {
        let found = findings(from, to);
        let said: Vec<_> = found.iter().map(|finding| (finding.code(), finding.message())).collect();
        assert!(said.contains(&(*code, (*message).to_owned())), "{to}\nfound {said:#?}\nnot {message}");
    }
}

#[test]
fn what_stands_at_one_place_is_found_once() {
    for (from, to, code, message) in MISTAKES {
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
