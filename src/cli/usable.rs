//! Usability: whether a basis can ever carry a release under the policy in force, so that one that cannot is noticed.

use fubako_proto::v1::{BasisTerms, Policy, PolicyRow, basis_terms};

/// What is odd about the terms of a basis that binds a party of that class, one line for each purpose it cannot serve.
pub(super) fn warnings(terms: &BasisTerms, class: Option<&str>, policy: &Policy) -> Vec<String> {
    let purposes = policy.purposes.iter().filter(|purpose| terms.purposes.contains(&purpose.name));
    let useless = purposes.filter(|purpose| !purpose.rows.iter().any(|row| carries(terms, class, row)));
    useless
        .map(|purpose| {
            let kind = &terms.kind;
            let whom = class.map_or_else(String::new, |class| format!(" for a recipient of class `{class}`"));
            format!(
                "no row of purpose `{}` rests on such a {kind}{whom}; it asks for {}",
                purpose.name,
                asked(&purpose.rows)
            )
        })
        .collect()
}

/// Whether the row needs a basis like that one.
fn carries(terms: &BasisTerms, class: Option<&str>, row: &PolicyRow) -> bool {
    let of_one = matches!(terms.subject, Some(basis_terms::Subject::MemberId(_)));
    row.bases.iter().any(|need| {
        let recipient = !need.binds_recipient || class == Some(row.recipient_class.as_str());
        need.kind == terms.kind && recipient && (of_one || !need.binds_member)
    })
}

/// What the rows rest on, in words.
fn asked(rows: &[PolicyRow]) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for row in rows {
        for need in &row.bases {
            let words = format!("a {} (for `{}`)", need.kind, row.recipient_class);
            if !kinds.contains(&words) {
                kinds.push(words);
            }
        }
    }
    if kinds.is_empty() { "no basis".to_owned() } else { kinds.join(", ") }
}

#[cfg(test)]
mod tests {
    use fubako_proto::v1::{AllMembers, PolicyPurpose, PolicyRowBasis};

    use super::*;

    fn policy() -> Policy {
        let need = |kind: &str, binds_member| PolicyRowBasis {
            kind: kind.to_owned(),
            binds_member,
            binds_recipient: true,
            ..PolicyRowBasis::default()
        };
        let row = |class: &str, bases| PolicyRow { recipient_class: class.to_owned(), bases, ..PolicyRow::default() };
        let purpose = |name: &str, rows| PolicyPurpose { name: name.to_owned(), rows, ..PolicyPurpose::default() };
        let purposes = vec![
            purpose("sale", vec![row("seller", vec![need("transaction", true)])]),
            purpose("work", vec![row("subcontractor", vec![need("contract", false)])]),
            purpose("notice", vec![row("marketplace", Vec::new())]),
        ];
        Policy { purposes, ..Policy::default() }
    }

    fn terms(kind: &str, purposes: &[&str]) -> BasisTerms {
        BasisTerms {
            kind: kind.to_owned(),
            subject: Some(basis_terms::Subject::MemberId("m".to_owned())),
            purposes: purposes.iter().map(|purpose| (*purpose).to_owned()).collect(),
            ..BasisTerms::default()
        }
    }

    #[test]
    fn a_basis_that_a_row_rests_on_is_nothing_to_warn_of() {
        assert_eq!(warnings(&terms("transaction", &["sale"]), Some("seller"), &policy()), Vec::<String>::new());
        let subject = Some(basis_terms::Subject::AllMembers(AllMembers {}));
        let contract = BasisTerms { subject, ..terms("contract", &["work"]) };
        assert_eq!(warnings(&contract, Some("subcontractor"), &policy()), Vec::<String>::new());
    }

    #[test]
    fn each_purpose_that_rests_on_no_such_basis_is_told() {
        let told = warnings(&terms("transaction", &["sale", "notice"]), Some("partner"), &policy());
        let expected = [
            "no row of purpose `sale` rests on such a transaction for a recipient of class `partner`; it asks for a \
             transaction (for `seller`)",
            "no row of purpose `notice` rests on such a transaction for a recipient of class `partner`; it asks for no \
             basis",
        ];
        assert_eq!(told, expected);
        assert_eq!(warnings(&terms("dispute", &["sale"]), None, &policy()).len(), 1);
    }
}
