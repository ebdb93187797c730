//! Is a configuration refused that would let a caller make its own grounds, or that nobody can have meant?

use std::fs;

use fubako::config::environment::Environment;
use fubako::config::{Error, load};

use crate::support::MARKETPLACE;

/// What is wrong with a configuration that has this caller.
fn findings(caller: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fubako.toml");
    for name in ["server.pem", "server.key", "ca.pem", "root"] {
        fs::write(folder.path().join(name), "text").unwrap();
    }
    fs::write(folder.path().join("policy.toml"), MARKETPLACE).unwrap();
    fs::write(&file, format!("{CONFIGURATION}{caller}")).unwrap();
    match load(&file, &Environment::default()) {
        Ok(_) => Vec::new(),
        Err(Error::Mistakes { findings, .. }) => findings.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("{other}"),
    }
}

fn caller(purposes: &str, recipients: &str, records: &str) -> String {
    format!(
        "[[caller]]\nname = \"shop\"\nidentity = \"spiffe://market.example/shop\"\nroles = [\"discloser\", \
         \"registrar\"]\npurposes = [{purposes}]\nrecipients = [{recipients}]\nrecords = [{records}]\n"
    )
}

#[test]
fn nobody_may_record_a_kind_of_basis_that_its_own_releases_could_rest_on() {
    let sale = "\"transaction-with-seller\"";
    let own = findings(&caller(sale, "\"class:seller\"", "\"transaction\""));
    assert_eq!(own.len(), 1, "{own:?}");
    assert!(own[0].contains("transaction") && own[0].contains("shop"), "{own:?}");
    // A party named by its id may come to have any class.
    assert_eq!(findings(&caller(sale, "\"party:potter\"", "\"transaction\"")).len(), 1);
    for (recipients, records) in [("\"class:seller\"", "\"contract\""), ("\"class:marketplace\"", "\"transaction\"")] {
        assert_eq!(findings(&caller(sale, recipients, records)), Vec::<String>::new());
    }
}

#[test]
fn what_nobody_can_have_meant_is_a_finding() {
    for wrong in [
        caller("\"marketing\"", "", ""),
        caller("", "\"everyone\"", ""),
        caller("", "", "\"promise\""),
        caller("", "", "").replace("discloser", "root"),
        caller("", "", "").replace("spiffe://market.example/shop", "*.market.example"),
        format!("{}all = true\n", caller("", "", "")),
        format!("{0}{0}", caller("", "", "")),
    ] {
        assert!(!findings(&wrong).is_empty(), "{wrong}");
    }
    assert_eq!(findings(&caller("", "", "")), Vec::<String>::new());
}

const CONFIGURATION: &str = r#"
[vault]
folder = "vault"
policy = "policy.toml"

[root]
file = "root"

[server]
listen = "127.0.0.1:0"
certificate = "server.pem"
key = "server.key"
client_ca = "ca.pem"

"#;
