//! A root key is replaced by one of any kind; a refused replacement leaves everything as it was.

use std::fs;

use fubako::vault::open::{Error, OpenVault, open};
use fubako::vault::root;
use fubako_keys::{KeyringError, RootKey, WrongRoot};
use ring::rand::SystemRandom;

use super::site::{Site, is_absent};
use crate::support::place::{Place, copy_folder};

fn new_root(place: &Place) -> RootKey {
    RootKey::create_file(&place.beside("new-root"), &SystemRandom::new()).unwrap()
}

/// How the vault of a place is opened with its new root key.
fn with_new_root(place: &Place) -> OpenVault {
    OpenVault { root: RootKey::load_file(&place.beside("new-root")).unwrap(), ..place.how() }
}

#[tokio::test]
async fn a_keyring_that_cannot_be_written_leaves_the_old_root_key_in_force() {
    let place = Place::new();
    let opened = place.open().await;
    let keyring = place.data().join("keyring");
    let before = fs::read(&keyring).unwrap();
    // A folder of that name cannot be replaced by a file.
    fs::remove_file(&keyring).unwrap();
    fs::create_dir(&keyring).unwrap();
    let refused = opened.vault.rotate_root(new_root(&place)).await.unwrap_err();
    assert!(matches!(refused, root::Error::NotWritten(_)), "{refused}");
    fs::remove_dir(&keyring).unwrap();
    fs::write(&keyring, before).unwrap();
    opened.close();
    place.open().await.close();
}

#[tokio::test]
async fn a_rotation_cut_short_after_the_keyring_is_finished_by_the_next_start() {
    let place = Place::new();
    place.open().await.close();
    let earlier = place.beside("earlier");
    copy_folder(&place.data(), &earlier);
    let opened = place.open().await;
    let rotated = opened.vault.rotate_root(new_root(&place)).await.unwrap();
    opened.close();

    // Everything as before the rotation, but the keyring: as if the process had ended there.
    let keyring = fs::read(place.data().join("keyring")).unwrap();
    fs::remove_dir_all(place.data()).unwrap();
    copy_folder(&earlier, &place.data());
    fs::write(place.data().join("keyring"), keyring).unwrap();
    let refused = place.try_open().await.unwrap_err();
    let wrong = WrongRoot::Previous { wanted: rotated.current, given: rotated.previous };
    assert!(matches!(&refused, Error::Keyring(KeyringError::WrongRoot(found)) if *found == wrong), "{refused}");
    open(with_new_root(&place)).await.unwrap().close();
    // What the start wrote down holds: an old keyring is refused.
    fs::copy(earlier.join("keyring"), place.data().join("keyring")).unwrap();
    assert!(matches!(place.try_open().await, Err(Error::OldKeyring { .. })));
}

#[test]
fn a_root_key_is_replaced_kind_by_kind_and_the_vault_goes_on() {
    let site = Site::new(&[]);
    site.serve(&[]).stop();
    let words = site.write("words", "a tea bowl, mended twice\n");
    let second = site.path("second.key").display().to_string();
    for flags in
        [&["--to", "passphrase", "--new-passphrase-file", &words][..], &["--to", "file", "--new-root-file", &second]]
    {
        let rotated = site.rotate(flags);
        assert!(rotated.is_done, "{}", rotated.error);
        let told = &rotated.answers[0];
        assert_ne!(told["root_id"], told["previous_root_id"]);
        let stale = site.configured(&["config", "check"]);
        assert!(!stale.is_done, "the configuration still names the old root key");
        site.set_root(told["setting"].as_str().unwrap());
        let checked = site.configured(&["config", "check"]);
        assert!(checked.is_done, "{}", checked.error);
        site.serve(&[]).stop();
    }
    // The old key file is told for what it is.
    site.set_root("file = \"root.key\"");
    let old = site.configured(&["config", "check"]);
    assert!(old.error.contains("wrong root key"), "{}", old.error);
}

#[test]
fn the_ledger_says_that_the_root_key_was_replaced() {
    let site = Site::new(&[]);
    let new = site.path("new.key").display().to_string();
    let rotated = site.rotate(&["--to", "file", "--new-root-file", &new]);
    assert!(rotated.is_done, "{}", rotated.error);
    site.set_root("file = \"../new.key\"");
    let server = site.serve(&[]);
    let entries = site.call(&server, "auditor", &["ledger", "list"]).answers[0].to_string();
    let id = rotated.answers[0]["root_id"].as_str().unwrap();
    assert!(entries.contains(&format!("root key {id} replaces ")), "{entries}");
    server.stop();
    let verified = site.configured(&["ledger", "verify"]);
    assert!(verified.is_done, "{}", verified.error);
}

#[test]
fn a_refused_rotation_changes_nothing() {
    let site = Site::new(&[]);
    let before = site.keyring();
    let taken = site.write("taken.key", "something");
    let new = site.path("new.key").display().to_string();
    for (flags, words) in [
        (&["--to", "file"][..], "needs --new-root-file"),
        (&["--to", "file", "--new-root-file", &taken], "a root key never replaces one"),
        (&["--to", "shares", "--shares", "3"], "needs --shares and --threshold"),
        (&["--to", "shares", "--shares", "3", "--threshold", "1"], "1 of 3 shares cannot be"),
        (&["--to", "passphrase", "--new-root-file", &new], "is for --to file only"),
        (&["--to", "file", "--new-root-file", &new, "--transit-key", "k"], "--transit-key is for --root transit only"),
        (&["--to", "pkcs11", "--pkcs11-module", "/nowhere.so", "--pkcs11-token", "t"], "and --pkcs11-key"),
    ] {
        let refused = site.rotate(flags);
        assert!(!refused.is_done && refused.error.contains(words), "{flags:?}: {}", refused.error);
        assert_eq!(site.keyring(), before);
    }
    assert!(is_absent(&site.path("new.key")));

    // Another vault's root key, and a vault that runs.
    let other = Site::new(&[]);
    site.set_root(&format!("file = {:?}", other.path("site/root.key")));
    let refused = site.rotate(&["--to", "file", "--new-root-file", &new]);
    assert!(!refused.is_done && refused.error.contains("wrong root key"), "{}", refused.error);
    assert!(site.keyring() == before && is_absent(&site.path("new.key")));
    site.set_root("file = \"root.key\"");
    let server = site.serve(&[]);
    let running = site.keyring();
    let refused = site.rotate(&["--to", "file", "--new-root-file", &new]);
    assert!(!refused.is_done && refused.error.contains("is open in another process"), "{}", refused.error);
    assert!(site.keyring() == running && is_absent(&site.path("new.key")));
    server.stop();
}

#[test]
fn an_hsm_or_engine_that_is_not_there_changes_nothing() {
    let site = Site::new(&[]);
    site.serve(&[]).stop();
    let before = site.keyring();
    let pin = site.write("pin", "1234");
    let hsm = ["--pkcs11-module", "/nowhere.so", "--pkcs11-token", "t", "--pkcs11-key", "k", "--pkcs11-pin-file", &pin];
    let engine = ["--transit-address", "http://127.0.0.1:9", "--transit-key", "k", "--transit-token-file", &pin];
    for (kind, flags, words) in [
        ("pkcs11", &hsm[..], "the PKCS#11 module `/nowhere.so` cannot be used"),
        ("transit", &engine, "the transit engine at `http://127.0.0.1:9` cannot be reached"),
    ] {
        let refused = site.rotate(&[&["--to", kind], flags].concat());
        assert!(!refused.is_done && refused.error.contains(words), "{}", refused.error);
        assert_eq!(site.keyring(), before);
    }
    site.serve(&[]).stop();
}
