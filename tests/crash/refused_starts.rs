//! Is a vault that was mixed up, cut short or is already open refused with a clear word, and left as it is?

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fubako_keys::{ArgonCost, Keyring, Passphrase, PassphraseKdf, RootKey};
use ring::rand::SystemRandom;

use crate::support::place::{Place, copy_folder, files_below};

/// A vault that was started once and closed.
async fn started() -> Place {
    let place = Place::new();
    place.open().await.close();
    place
}

/// Every file of a vault that is durable state, with its bytes.
fn state(place: &Place) -> BTreeMap<PathBuf, Vec<u8>> {
    let kept = ["keyring", "vault", "policies", "journal", "redo"];
    let data = place.data();
    let mut state = BTreeMap::new();
    for file in files_below(&data) {
        let part = file.strip_prefix(&data).unwrap().components().next().unwrap();
        if kept.iter().any(|kept| part.as_os_str() == *kept) {
            let bytes = fs::read(&file).unwrap();
            state.insert(file, bytes);
        }
    }
    state
}

/// What a start says that refuses, having changed nothing.
async fn refusal(place: &Place) -> String {
    let before = state(place);
    let refused = place.try_open().await.unwrap_err();
    assert_eq!(before.keys().collect::<Vec<_>>(), state(place).keys().collect::<Vec<_>>(), "{refused}");
    assert!(before == state(place), "a refused start changes nothing: {refused}");
    refused.to_string()
}

fn replace(place: &Place, other: &Place, part: &str) {
    let (ours, theirs) = (place.data().join(part), other.data().join(part));
    if theirs.is_dir() {
        fs::remove_dir_all(&ours).unwrap();
        copy_folder(&theirs, &ours);
    } else {
        fs::copy(theirs, ours).unwrap();
    }
}

#[tokio::test]
async fn a_keyring_that_is_cut_short_or_changed_anywhere_opens_nothing() {
    let place = started().await;
    let keyring = place.data().join("keyring");
    let whole = fs::read(&keyring).unwrap();
    for length in [0, 1, 7, 8, 20, 40, whole.len() / 2, whole.len() - 1] {
        fs::write(&keyring, &whole[..length]).unwrap();
        let said = refusal(&place).await;
        assert!(said.contains("keyring"), "{length}: {said}");
    }
    for position in (0..whole.len()).step_by(41) {
        let mut changed = whole.clone();
        changed[position] ^= 1;
        fs::write(&keyring, changed).unwrap();
        refusal(&place).await;
    }
    fs::write(&keyring, whole).unwrap();
    place.open().await.close();
}

#[tokio::test]
async fn the_keyring_the_root_key_or_the_marker_of_another_vault_is_refused() {
    let (place, other) = (started().await, started().await);
    let own_root = fs::read(place.root_file()).unwrap();
    fs::write(place.root_file(), fs::read(other.root_file()).unwrap()).unwrap();
    let said = refusal(&place).await;
    assert!(said.contains("root"), "{said}");
    replace(&place, &other, "keyring");
    let said = refusal(&place).await;
    assert!(said.contains("vault"), "{said}");
    replace(&place, &other, "vault");
    // Keyring, root key and marker are the other vault's by now: the journal is not.
    let said = refusal(&place).await;
    assert!(said.contains("vault"), "{said}");
    assert_ne!(own_root, fs::read(place.root_file()).unwrap());
}

#[tokio::test]
async fn a_journal_of_another_vault_is_refused() {
    let (place, other) = (started().await, started().await);
    replace(&place, &other, "journal");
    let said = refusal(&place).await;
    assert!(said.contains("another vault") || said.contains("vault"), "{said}");
}

#[tokio::test]
async fn a_store_of_another_vault_is_refused() {
    let (place, other) = (started().await, started().await);
    other.open().await.close();
    replace(&place, &other, "store");
    assert!(refusal(&place).await.contains("not this vault's"));
    // Also one that is just as far along.
    let (place, other) = (started().await, started().await);
    replace(&place, &other, "store");
    assert!(refusal(&place).await.contains("not this vault's"));
}

#[tokio::test]
async fn an_older_copy_of_the_whole_keyring_is_refused_once_a_newer_one_was_used() {
    let place = started().await;
    let old = fs::read(place.data().join("keyring")).unwrap();
    place.clock.advance(jiff::SignedDuration::from_hours(24 * 100));
    place.open().await.close();
    assert_ne!(old, fs::read(place.data().join("keyring")).unwrap());
    fs::write(place.data().join("keyring"), old).unwrap();
    let said = place.try_open().await.unwrap_err().to_string();
    assert!(said.contains("generation"), "{said}");
}

#[tokio::test]
async fn a_folder_that_is_no_vault_or_is_open_already_is_refused() {
    let place = started().await;
    fs::rename(place.data().join("vault"), place.beside("marker")).unwrap();
    let said = place.try_open().await.unwrap_err().to_string();
    assert!(said.contains("fubako init"), "{said}");
    fs::rename(place.beside("marker"), place.data().join("vault")).unwrap();
    let opened = place.open().await;
    let said = place.try_open().await.unwrap_err().to_string();
    assert!(said.contains("open in another process"), "{said}");
    opened.close();
}

#[test]
fn a_wrong_passphrase_opens_no_keyring() {
    let place = Place::new();
    let random = SystemRandom::new();
    // The least that is let through, since what is tried here is not how long it takes.
    let kdf = PassphraseKdf::new(ArgonCost::new(19_456, 2, 1).unwrap(), &random).unwrap();
    let root = |words: &str| RootKey::from_passphrase(&Passphrase::new(words.to_owned()).unwrap(), &kdf).unwrap();
    let keyring = Keyring::load(&place.data().join("keyring"), &RootKey::load_file(&place.root_file()).unwrap());
    let file = place.beside("sealed");
    keyring.unwrap().save(&file, &root("tea bowl lacquer box"), &random).unwrap();
    assert!(Keyring::load(&file, &root("tea bowl lacquer box")).is_ok());
    for wrong in ["tea bowl lacquer boy", "tea bowl", "Tea bowl lacquer box", "tea bowl lacquer box "] {
        let refused = Keyring::load(&file, &root(wrong)).unwrap_err().to_string();
        assert!(refused.contains("root key") || refused.contains("passphrase"), "{refused}");
        assert!(!refused.contains(wrong));
    }
}

#[test]
fn a_root_key_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let readable = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    readable(&place.root_file());
    assert!(RootKey::load_file(&place.root_file()).is_err());
}
