//! Do the root keys that a real HSM library and a real transit engine wrap come back, to the right key and nobody else?
//!
//! `scripts/check-root-providers` sets both up and says where they are; without it these tests are passed over, and say so.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests, which a script tells where the providers are"
)]

use std::fs;
use std::path::PathBuf;

use fubako_keys::{
    Keyring, KeyringError, KeyringHeader, Month, NewRoot, Passphrase, Pkcs11Error, Pkcs11Root, RootDestroyer,
    RootError, RootMaker, RootOrigin, RootProvider, TransitError, TransitRoot,
};
use ring::rand::SystemRandom;
use tempfile::TempDir;

/// What the script says; none if it does not run, unless it says that nothing may be passed over.
fn told<const N: usize>(variables: [&str; N]) -> Option<[String; N]> {
    let values = variables.map(|variable| std::env::var(variable).ok());
    if values.iter().all(Option::is_some) {
        return Some(values.map(Option::unwrap_or_default));
    }
    let missing = variables.join(", ");
    assert!(std::env::var("FUBAKO_TEST_ALL_ROOTS").is_err(), "{missing} must be set");
    eprintln!("passed over: {missing} are not set; `scripts/check-root-providers` sets them");
    None
}

fn secret(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

/// A keyring under a root key that was just made, in a folder.
fn saved(made: &NewRoot) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyring");
    let rng = SystemRandom::new();
    let keyring = Keyring::create([1; 16], Month::new(202_611).unwrap(), 1, &rng).unwrap();
    keyring.save(&path, made.key(), &rng).unwrap();
    (folder, path)
}

/// The keyring opens with what the provider gives, and with nothing it gives once a byte of the wrapping is another.
fn comes_back(maker: &(impl RootMaker + RootProvider)) -> KeyringHeader {
    let made = maker.make(&SystemRandom::new()).unwrap();
    assert!(made.shares().is_empty());
    let (_folder, path) = saved(&made);
    let header = KeyringHeader::read(&path).unwrap();
    Keyring::load(&path, &maker.open(header.root()).unwrap()).unwrap();

    let whole = fs::read(&path).unwrap();
    let head = head_len(&whole, &path);
    let root_id = 8 + 2 + 8 + 16;
    // The wrapping ends where the sealed length begins, four bytes before the nonce; it is bound to its root key's id.
    for place in [head - 6, head - 20, root_id] {
        let mut changed = whole.clone();
        // A letter of base64 stays one, so that it is the engine that notices.
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        fs::write(&path, &changed).unwrap();
        let claim = KeyringHeader::read(&path).unwrap();
        assert!(maker.open(claim.root()).is_err(), "byte {place}");
    }
    header
}

/// How many bytes the header has: the shortest cut that is told to lack only the seal.
fn head_len(whole: &[u8], path: &std::path::Path) -> usize {
    let sealed = (1..whole.len()).rev().find(|len| {
        fs::write(path, whole.split_at(*len).0).unwrap();
        // The length that the header promises is told only once the header is whole.
        matches!(KeyringHeader::read(path), Err(KeyringError::Truncated { expected, .. }) if expected != whole.len())
    });
    sealed.unwrap_or_default() + 1
}

#[test]
fn an_hsm_gives_back_what_it_wrapped() {
    let Some([module, token, pin]) =
        told(["FUBAKO_TEST_PKCS11_MODULE", "FUBAKO_TEST_PKCS11_TOKEN", "FUBAKO_TEST_PKCS11_PIN"])
    else {
        return;
    };
    let root = |token: &str, key: &str, pin: &str| {
        Pkcs11Root::new(module.clone().into(), token.to_owned(), key.to_owned(), secret(pin)).unwrap()
    };
    let header = comes_back(&root(&token, "fubako", &pin));
    let RootOrigin::Pkcs11(origin) = header.root().origin() else { unreachable!("{header:?}") };
    assert_eq!((origin.token(), origin.key()), (token.as_str(), "fubako"));
    let refusal = |root: &Pkcs11Root| {
        let refused = root.open(header.root()).unwrap_err();
        if let RootError::Pkcs11(error) = refused { error } else { unreachable!("{refused}") }
    };
    assert!(matches!(refusal(&root(&token, "fubako", "0000")), Pkcs11Error::Pin(_)));
    assert!(matches!(refusal(&root(&token, "other", &pin)), Pkcs11Error::OtherKey { .. }));
    let nowhere = root("no-such-token", "fubako", &pin).make(&SystemRandom::new()).unwrap_err();
    assert!(matches!(nowhere, RootError::Pkcs11(Pkcs11Error::NoToken(_))), "{nowhere}");
    // A second root key under the same HSM key, and one under another.
    comes_back(&root(&token, "fubako", &pin));
    comes_back(&root(&token, "fubako-next", &pin));
}

#[test]
fn an_hsm_key_that_is_too_short_is_refused() {
    let Some([module, token, pin, short]) = told([
        "FUBAKO_TEST_PKCS11_MODULE",
        "FUBAKO_TEST_PKCS11_TOKEN",
        "FUBAKO_TEST_PKCS11_PIN",
        "FUBAKO_TEST_PKCS11_SHORT_KEY",
    ]) else {
        return;
    };
    let root = Pkcs11Root::new(module.into(), token, short, secret(&pin)).unwrap();
    let told = root.make(&SystemRandom::new()).unwrap_err();
    assert!(matches!(told, RootError::Pkcs11(Pkcs11Error::NotKept(_))), "{told}");
}

#[test]
fn an_hsm_destroys_what_opens_a_root_key_and_no_other() {
    let Some([module, token, pin]) =
        told(["FUBAKO_TEST_PKCS11_MODULE", "FUBAKO_TEST_PKCS11_TOKEN", "FUBAKO_TEST_PKCS11_PIN"])
    else {
        return;
    };
    let root = |key: &str| Pkcs11Root::new(module.clone().into(), token.clone(), key.to_owned(), secret(&pin)).unwrap();
    let (doomed, kept) = (root("fubako-doomed"), root("fubako-kept"));
    let (header, other) = (comes_back(&doomed), comes_back(&kept));
    assert!(matches!(kept.destroy(header.root()), Err(RootError::Pkcs11(Pkcs11Error::OtherKey { .. }))));
    doomed.destroy(header.root()).unwrap();
    assert!(matches!(doomed.open(header.root()), Err(RootError::Pkcs11(Pkcs11Error::NoKey(_)))));
    assert!(matches!(doomed.destroy(header.root()), Err(RootError::Pkcs11(Pkcs11Error::NoKey(_)))));
    assert!(kept.open(other.root()).is_ok());
    // A key of the same label is another key.
    comes_back(&doomed);
    assert!(matches!(doomed.destroy(header.root()), Err(RootError::Pkcs11(Pkcs11Error::NotUnwrapped(_)))));
}

#[test]
fn a_transit_engine_destroys_what_opens_a_root_key_where_the_token_may() {
    let Some([address, ca, token, destroyer]) = told([
        "FUBAKO_TEST_TRANSIT_ADDRESS",
        "FUBAKO_TEST_TRANSIT_CA",
        "FUBAKO_TEST_TRANSIT_TOKEN",
        "FUBAKO_TEST_TRANSIT_DESTROYER",
    ]) else {
        return;
    };
    let ca = fs::read(ca).unwrap();
    let root = |key: &str, token: &str| {
        TransitRoot::new(&address, Some(&ca), secret(token), "transit".to_owned(), key.to_owned()).unwrap()
    };
    let (doomed, loose) = (root("fubako-doomed", &destroyer), root("fubako-loose", &destroyer));
    let header = comes_back(&doomed);
    assert!(root("fubako-doomed", &token).destroy(header.root()).is_err());
    doomed.destroy(header.root()).unwrap();
    assert!(doomed.open(header.root()).is_err());
    // One that may have been exported proves nothing, and is left alone.
    let header = comes_back(&loose);
    let refused = loose.destroy(header.root()).unwrap_err();
    assert!(matches!(refused, RootError::Transit(TransitError::MayHaveLeft(_))), "{refused}");
    assert!(loose.open(header.root()).is_ok());
}

#[test]
fn a_transit_engine_gives_back_what_it_wrapped() {
    let Some([address, ca, token, weak]) = told([
        "FUBAKO_TEST_TRANSIT_ADDRESS",
        "FUBAKO_TEST_TRANSIT_CA",
        "FUBAKO_TEST_TRANSIT_TOKEN",
        "FUBAKO_TEST_TRANSIT_WEAK_TOKEN",
    ]) else {
        return;
    };
    let ca = fs::read(ca).unwrap();
    let root = |key: &str, token: &str| {
        TransitRoot::new(&address, Some(&ca), secret(token), "transit".to_owned(), key.to_owned()).unwrap()
    };
    let header = comes_back(&root("fubako", &token));
    let RootOrigin::Transit(origin) = header.root().origin() else { unreachable!("{header:?}") };
    assert_eq!((origin.mount(), origin.key()), ("transit", "fubako"));
    let refusal = |root: &TransitRoot| {
        let refused = root.open(header.root()).unwrap_err();
        if let RootError::Transit(error) = refused { error } else { unreachable!("{refused}") }
    };
    assert!(matches!(refusal(&root("fubako", &weak)), TransitError::Forbidden { .. }));
    assert!(matches!(refusal(&root("fubako", "no-such-token")), TransitError::Forbidden { .. }));
    assert!(matches!(refusal(&root("other", &token)), TransitError::OtherKey { .. }));
    let elsewhere = TransitRoot::new(&address, Some(&ca), secret(&token), "nowhere".to_owned(), "fubako".to_owned());
    let told = elsewhere.unwrap().make(&SystemRandom::new()).unwrap_err();
    assert!(
        matches!(told, RootError::Transit(TransitError::Forbidden { .. } | TransitError::NotFound { .. })),
        "{told}"
    );
    // The key is rotated in the engine: what was wrapped before still opens.
    comes_back(&root("fubako", &token));
}

#[test]
fn a_transit_engine_that_another_authority_vouches_for_is_not_trusted() {
    let Some([address, other_ca, token]) =
        told(["FUBAKO_TEST_TRANSIT_ADDRESS", "FUBAKO_TEST_TRANSIT_OTHER_CA", "FUBAKO_TEST_TRANSIT_TOKEN"])
    else {
        return;
    };
    let ca = fs::read(other_ca).unwrap();
    let root =
        TransitRoot::new(&address, Some(&ca), secret(&token), "transit".to_owned(), "fubako".to_owned()).unwrap();
    let told = root.make(&SystemRandom::new()).unwrap_err();
    assert!(matches!(told, RootError::Transit(TransitError::Unreachable { .. })), "{told}");
}
