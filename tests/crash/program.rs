//! Does the program leave the vault alone when it does not start, and does a reload hold to the policy in force?

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use crate::child::Site;
use crate::support::place::files_below;

/// Every file of the vault, with its bytes.
fn files(site: &Site) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = files_below(&site.home().join("vault"));
    files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

#[test]
fn a_taken_address_a_missing_folder_and_a_lost_marker_are_told_and_change_nothing() {
    let site = Site::new();
    let before = files(&site);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = site.refusal(&[("FUBAKO_LISTEN", &address)]);
    assert!(said.contains(&format!("cannot listen on `{address}`")), "{said}");
    let said = site.refusal(&[("FUBAKO_FOLDER", "/nowhere")]);
    assert!(said.contains("there is no folder `/nowhere`"), "{said}");
    assert!(before == files(&site));

    let marker = site.home().join("vault/vault");
    let text = fs::read(&marker).unwrap();
    fs::remove_file(&marker).unwrap();
    let said = site.refusal(&[]);
    assert!(said.contains("its marker, the file `vault`, is missing") && said.contains("leave the folder"), "{said}");
    fs::write(marker, text).unwrap();
    assert!(before == files(&site));
}

#[test]
fn a_reload_does_not_let_in_who_would_make_its_own_grounds_by_the_policy_in_force() {
    let site = Site::new();
    let serving = site.start();
    let policy = site.home().join("policy.toml");
    let newer = fs::read_to_string(&policy).unwrap().replace("\nversion = 1\n", "\nversion = 2\n");
    fs::write(&policy, newer.replace("kind = \"transaction\"", "kind = \"consent\"")).unwrap();
    let text = fs::read_to_string(site.configuration()).unwrap();
    let caller =
        "purposes = [\"transaction-with-seller\"]\nrecipients = [\"class:seller\"]\nrecords = [\"transaction\"]";
    let (head, _) = text.split_once("purposes = ").unwrap();
    fs::write(site.configuration(), format!("{head}{caller}\n")).unwrap();
    serving.reload();
    let refused = (0..100).any(|_| {
        sleep(Duration::from_millis(50));
        site.log().contains("caller `loader` may record a transaction")
    });
    assert!(refused, "{}", site.log());
    serving.kill();
}
