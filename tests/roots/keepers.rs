//! Whole vaults whose root key a real HSM library and a real transit engine keep.
//!
//! `scripts/check-root-providers` sets both up and says where they are; without it these tests are passed over, and say so.

use std::env;

use super::site::{Site, write_secret};

/// What the script says; none if it does not run, unless it says that nothing may be passed over.
fn told<const N: usize>(variables: [&str; N]) -> Option<[String; N]> {
    let values = variables.map(|variable| env::var(variable).ok());
    if values.iter().all(Option::is_some) {
        return Some(values.map(Option::unwrap_or_default));
    }
    let missing = variables.join(", ");
    assert!(env::var("FUBAKO_TEST_ALL_ROOTS").is_err(), "{missing} must be set");
    eprintln!("passed over: {missing} are not set; `scripts/check-root-providers` sets them");
    None
}

/// Makes a vault under that root key, serves it, moves it to a key file and back under that root key. What a log on its
/// finest shows is answered.
fn lives(kind: &str, flags: &[&str], wrong: &[(&str, &str, &str)]) -> String {
    let site = Site::new(&[&["--root", kind], flags].concat());
    let setting =
        site.read("site/fubako.toml").split_once("[root]\n").unwrap().1.split_once("\n\n").unwrap().0.to_owned();
    let checked = site.configured(&["config", "check"]);
    assert!(checked.is_done, "{}", checked.error);
    site.serve(&[]).stop();
    let before = site.keyring();
    for (right, put, words) in wrong {
        site.set_root(&setting.replace(right, put));
        let refused = site.configured(&["config", "check"]);
        assert!(!refused.is_done && refused.error.contains(words), "{words}: {}", refused.error);
        assert_eq!(site.keyring(), before);
    }
    site.set_root(&setting);

    let file = site.path("root.key").display().to_string();
    let rotated = site.rotate(&["--to", "file", "--new-root-file", &file]);
    assert!(rotated.is_done, "{}", rotated.error);
    site.set_root(&format!("file = {file:?}"));
    site.serve(&[]).stop();
    let rotated = site.rotate(&[&["--to", kind], flags].concat());
    assert!(rotated.is_done, "{}", rotated.error);
    site.set_root(rotated.answers[0]["setting"].as_str().unwrap());
    let server = site.serve(&["--sealed"]);
    assert!(site.call(&server, "operator", &["unseal", "--configured"]).is_done);
    site.becomes(&server, "unsealed");
    server.stop();
    site.serve(&["--log", "trace"]).stop();
    site.read("log")
}

#[test]
fn a_vault_lives_under_a_key_of_an_hsm() {
    let Some([module, token, pin]) =
        told(["FUBAKO_TEST_PKCS11_MODULE", "FUBAKO_TEST_PKCS11_TOKEN", "FUBAKO_TEST_PKCS11_PIN"])
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = write_secret(&folder.path().join("pin"), &pin);
    let key = format!("site-{}", std::process::id());
    let flags =
        ["--pkcs11-module", &module, "--pkcs11-token", &token, "--pkcs11-key", &key, "--pkcs11-pin-file", &file];
    let log = lives(
        "pkcs11",
        &flags,
        &[
            (&key, "another", "which is not the one configured"),
            (&token, "no-such-token", "which is not the one configured"),
        ],
    );
    assert!(!log.contains(&pin), "the PIN is in no log");
}

#[test]
fn a_vault_lives_under_a_key_of_a_transit_engine() {
    let Some([address, ca, token, weak]) = told([
        "FUBAKO_TEST_TRANSIT_ADDRESS",
        "FUBAKO_TEST_TRANSIT_CA",
        "FUBAKO_TEST_TRANSIT_TOKEN",
        "FUBAKO_TEST_TRANSIT_WEAK_TOKEN",
    ]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let [file, weak_file] =
        [("token", &token), ("weak", &weak)].map(|(name, token)| write_secret(&folder.path().join(name), token));
    let flags =
        ["--transit-address", &address, "--transit-ca", &ca, "--transit-key", "fubako", "--transit-token-file", &file];
    let log = lives(
        "transit",
        &flags,
        &[(&file, &weak_file, "refuses the token"), (&address, "https://localhost:9", "cannot be reached")],
    );
    // The client's own finest events show every byte it sends and receives.
    assert!(log.contains("TRACE") && !log.contains(&token) && !log.contains("plaintext"), "{log}");
}
