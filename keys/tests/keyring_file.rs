//! What does a keyring file answer when it is missing, damaged, another's, or opened with the wrong key?
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use fubako_keys::{
    ArgonCost, FieldBinding, HeldShares, KeyClass, Keyring, KeyringError, KeyringHeader, Month, Passphrase,
    PassphraseKdf, RootError, RootKey, RootMaker as _, RootOrigin, RootProvider as _, Share, ShareDeal, ShareError,
    Unopened, WrongRoot,
};
use proptest::prelude::*;
use ring::rand::SystemRandom;
use tempfile::TempDir;

const VAULT: [u8; 16] = [0xa7; 16];

/// A folder with a saved keyring in it.
struct Saved {
    folder: TempDir,
    keyring: Keyring,
    root: RootKey,
}

impl Saved {
    fn under_a_key_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = RootKey::create_file(&folder.path().join("root.key"), &SystemRandom::new()).unwrap();
        Self::under(folder, root)
    }

    fn under_a_passphrase(typed: &str) -> Self {
        let cost = ArgonCost::new(64, 1, 1).unwrap();
        let kdf = PassphraseKdf::new(cost, &SystemRandom::new()).unwrap();
        Self::under(tempfile::tempdir().unwrap(), derive(typed, &kdf))
    }

    fn under(folder: TempDir, root: RootKey) -> Self {
        let month = Month::new(202_611).unwrap();
        let keyring = Keyring::create(VAULT, month, 1_763_856_000_000, &SystemRandom::new()).unwrap();
        let saved = Self { folder, keyring, root };
        saved.keyring.save(&saved.path(), &saved.root, &SystemRandom::new()).unwrap();
        saved
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("keyring")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    fn load(&self) -> Result<Keyring, KeyringError> {
        Keyring::load(&self.path(), &self.root)
    }

    /// What loading says once the file holds these bytes.
    fn refusal(&self, bytes: &[u8]) -> KeyringError {
        fs::write(self.path(), bytes).unwrap();
        self.load().unwrap_err()
    }
}

fn derive(typed: &str, kdf: &PassphraseKdf) -> RootKey {
    RootKey::from_passphrase(&Passphrase::new(typed.to_owned()).unwrap(), kdf).unwrap()
}

#[test]
fn a_saved_keyring_opens_what_was_sealed_before() {
    let saved = Saved::under_a_key_file();
    let place = FieldBinding::new([1; 16], 5, 0, 1);
    let rng = SystemRandom::new();
    // Counts are not in the file.
    let described = saved.keyring.describe();
    let envelope = saved.keyring.seal_field(KeyClass::Card, &place, b"4111", &rng).unwrap();
    let loaded = saved.load().unwrap();
    assert_eq!(&**loaded.open_field(KeyClass::Card, &place, &envelope).unwrap(), b"4111");
    assert_eq!(loaded.describe(), described);
    assert_eq!(loaded.verifying_key(), saved.keyring.verifying_key());
    assert!(loaded.expect_vault(&VAULT).is_ok());
}

#[test]
fn keyrings_of_two_vaults_do_not_open_each_others_fields() {
    let (one, other) = (Saved::under_a_key_file(), Saved::under_a_key_file());
    let place = FieldBinding::new([1; 16], 5, 0, 1);
    let rng = SystemRandom::new();
    let envelope = one.keyring.seal_field(KeyClass::Card, &place, b"4111", &rng).unwrap();
    let opened = other.keyring.open_field(KeyClass::Card, &place, &envelope);
    assert_eq!(opened, Err(Unopened));
}

#[test]
fn a_saved_keyring_is_readable_to_its_owner_only_and_shows_no_key() {
    let saved = Saved::under_a_key_file();
    let mode = fs::metadata(saved.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let first = saved.bytes();
    saved.keyring.save(&saved.path(), &saved.root, &SystemRandom::new()).unwrap();
    let second = saved.bytes();
    let head = 8 + 2 + 8 + 16 + 16 + 1 + 4;
    assert_eq!(first[..head], second[..head]);
    assert!(first[head..].iter().zip(&second[head..]).filter(|(a, b)| a == b).count() < first.len() / 8);
}

#[test]
fn the_header_says_which_root_key_is_needed() {
    let saved = Saved::under_a_key_file();
    let header = KeyringHeader::read(&saved.path()).unwrap();
    assert_eq!(header.root().origin(), &RootOrigin::File);
    assert_eq!((header.generation(), header.vault()), (1, &VAULT));
    assert_eq!(header.root().id(), saved.root.id());

    let saved = Saved::under_a_passphrase("open");
    let header = KeyringHeader::read(&saved.path()).unwrap();
    let RootOrigin::Passphrase(kdf) = header.root().origin() else { unreachable!("{header:?}") };
    let loaded = Keyring::load(&saved.path(), &derive("open", kdf)).unwrap();
    assert_eq!(loaded.generation(), 1);
}

#[test]
fn a_wrong_passphrase_is_told() {
    let saved = Saved::under_a_passphrase("open");
    let header = KeyringHeader::read(&saved.path()).unwrap();
    let RootOrigin::Passphrase(kdf) = header.root().origin() else { unreachable!("{header:?}") };
    for typed in ["Open", "ope", "open ", "sesame"] {
        let refused = Keyring::load(&saved.path(), &derive(typed, kdf)).unwrap_err();
        assert!(matches!(refused, KeyringError::WrongRoot(WrongRoot::Other { .. })));
        assert!(refused.to_string().contains("wrong root key"));
    }
}

#[test]
fn a_wrong_key_file_is_told() {
    let (saved, other) = (Saved::under_a_key_file(), Saved::under_a_key_file());
    let refused = Keyring::load(&saved.path(), &other.root).unwrap_err();
    assert!(matches!(refused, KeyringError::WrongRoot(WrongRoot::Other { .. })));
}

#[test]
fn a_forged_root_id_does_not_let_another_key_in() {
    let (saved, other) = (Saved::under_a_key_file(), Saved::under_a_key_file());
    let mut bytes = saved.bytes();
    let id = 8 + 2 + 8 + 16;
    bytes[id..id + 16].copy_from_slice(other.root.id().bytes());
    fs::write(saved.path(), &bytes).unwrap();
    let refused = Keyring::load(&saved.path(), &other.root).unwrap_err();
    assert!(matches!(refused, KeyringError::Changed));
}

#[test]
fn a_missing_keyring_is_told() {
    let saved = Saved::under_a_key_file();
    fs::remove_file(saved.path()).unwrap();
    assert!(matches!(saved.load(), Err(KeyringError::Missing(_))));
    let header = KeyringHeader::read(&saved.path());
    assert!(matches!(header, Err(KeyringError::Missing(_))));
}

#[test]
fn a_folder_in_place_of_the_keyring_is_told() {
    let saved = Saved::under_a_key_file();
    let refused = Keyring::load(saved.folder.path(), &saved.root).unwrap_err();
    assert!(matches!(refused, KeyringError::Read { .. }));
}

#[test]
fn another_vaults_keyring_is_told() {
    let saved = Saved::under_a_key_file();
    let refused = saved.load().unwrap().expect_vault(&[1; 16]).unwrap_err();
    assert!(matches!(refused, KeyringError::OtherVault { .. }));
}

#[test]
fn a_keyring_cut_at_any_length_is_told_to_be_cut() {
    for saved in [Saved::under_a_key_file(), Saved::under_a_passphrase("open")] {
        let whole = saved.bytes();
        for len in 0..whole.len() {
            let refused = saved.refusal(&whole[..len]);
            assert!(matches!(refused, KeyringError::Truncated { found, .. } if found == len), "{len}");
        }
    }
}

#[test]
fn every_changed_byte_of_a_keyring_is_refused() {
    for saved in [Saved::under_a_key_file(), Saved::under_a_passphrase("open")] {
        let whole = saved.bytes();
        for at in 0..whole.len() {
            for mask in [0x01, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] ^= mask;
                saved.refusal(&changed);
            }
        }
        fs::write(saved.path(), &whole).unwrap();
        assert!(saved.load().is_ok());
    }
}

#[test]
fn whatever_follows_a_keyring_is_refused() {
    let saved = Saved::under_a_key_file();
    let mut bytes = saved.bytes();
    bytes.push(0);
    assert!(matches!(saved.refusal(&bytes), KeyringError::TooLong));
    bytes.resize(5 << 20, 0);
    assert!(matches!(saved.refusal(&bytes), KeyringError::TooLong));
}

#[test]
fn a_file_of_something_else_is_told() {
    let saved = Saved::under_a_key_file();
    for bytes in [&b"{}"[..], b"fubakokR and more", b"fubako root key v1\n", &[0; 500]] {
        assert!(matches!(saved.refusal(bytes), KeyringError::NotAKeyring));
    }
}

#[test]
fn formats_and_roots_of_the_future_are_told() {
    let saved = Saved::under_a_key_file();
    let whole = saved.bytes();
    let mut format = whole.clone();
    format[9] = 5;
    assert!(matches!(saved.refusal(&format), KeyringError::UnknownFormat(5)));
    let mut kind = whole;
    kind[50] = 6;
    assert!(matches!(saved.refusal(&kind), KeyringError::UnknownRoot(6)));
}

#[test]
fn a_header_that_asks_for_a_hundred_gibibytes_is_refused_before_any_work() {
    let saved = Saved::under_a_passphrase("open");
    let mut bytes = saved.bytes();
    bytes[51..55].copy_from_slice(&(100_u32 << 20).to_be_bytes());
    fs::write(saved.path(), &bytes).unwrap();
    let refused = KeyringHeader::read(&saved.path()).unwrap_err();
    assert!(matches!(refused, KeyringError::Cost(_)));
}

/// A keyring under shares, with its shares as their holders have them.
fn under_shares(threshold: u8, count: u8) -> (Saved, Vec<String>) {
    let mut saved = Saved::under_a_key_file();
    let made = ShareDeal::new(threshold, count).unwrap().make(&SystemRandom::new()).unwrap();
    let lines = made.shares().iter().map(|share| share.to_line().to_string()).collect();
    saved.root = made.into_key();
    saved.keyring.save(&saved.path(), &saved.root, &SystemRandom::new()).unwrap();
    (saved, lines)
}

fn held(lines: &[String]) -> HeldShares {
    HeldShares::new(lines.iter().map(|line| Share::parse(line).unwrap()).collect())
}

#[test]
fn a_keyring_under_shares_opens_with_enough_of_them_only() {
    let (saved, lines) = under_shares(3, 5);
    let header = KeyringHeader::read(&saved.path()).unwrap();
    let RootOrigin::Shares(set) = header.root().origin() else { unreachable!("{header:?}") };
    assert_eq!((set.threshold(), set.count()), (3, 5));
    let root = held(&lines[2..]).open(header.root()).unwrap();
    assert_eq!(Keyring::load(&saved.path(), &root).unwrap().describe(), saved.keyring.describe());
    let told = held(&lines[..2]).open(header.root()).unwrap_err();
    assert_eq!(told.to_string(), "2 of 3 shares are there");
    let (_, others) = under_shares(3, 5);
    assert!(matches!(held(&others).open(header.root()), Err(RootError::Shares(ShareError::OtherSet { .. }))));
}

#[test]
fn a_header_that_asks_for_fewer_shares_opens_nothing() {
    let (saved, lines) = under_shares(3, 5);
    let mut bytes = saved.bytes();
    // Magic, format, generation, vault, root id, kind and set id lie before the threshold.
    let threshold = 8 + 2 + 8 + 16 + 16 + 1 + 8;
    assert_eq!(bytes[threshold..threshold + 2], [3, 5]);
    bytes[threshold] = 2;
    fs::write(saved.path(), &bytes).unwrap();
    let header = KeyringHeader::read(&saved.path()).unwrap();
    assert!(matches!(held(&lines[..2]).open(header.root()), Err(RootError::Shares(ShareError::OtherSet { .. }))));
    for plan in [[1, 5], [6, 5], [0, 0]] {
        bytes[threshold..threshold + 2].copy_from_slice(&plan);
        fs::write(saved.path(), &bytes).unwrap();
        assert!(matches!(KeyringHeader::read(&saved.path()), Err(KeyringError::Origin)));
    }
}

#[test]
fn every_cut_of_a_keyring_under_shares_is_told() {
    let (saved, _) = under_shares(2, 3);
    let whole = saved.bytes();
    for len in (0..120).chain([whole.len() - 1]) {
        assert!(matches!(saved.refusal(&whole[..len]), KeyringError::Truncated { .. }), "{len}");
    }
}

#[test]
fn a_changed_root_key_is_remembered_and_the_one_before_is_told() {
    let saved = Saved::under_a_key_file();
    let rng = SystemRandom::new();
    let before = saved.root.id();
    let new = RootKey::create_file(&saved.folder.path().join("new"), &rng).unwrap();
    saved.keyring.rotate_root(&saved.root).save(&saved.path(), &new, &rng).unwrap();
    let header = KeyringHeader::read(&saved.path()).unwrap();
    assert_eq!((header.root().id(), header.root().previous(), header.generation()), (new.id(), Some(before), 2));
    let told = saved.load().unwrap_err();
    assert!(matches!(told, KeyringError::WrongRoot(WrongRoot::Previous { .. })), "{told}");
    let loaded = Keyring::load(&saved.path(), &new).unwrap();
    assert_eq!(loaded.describe(), saved.keyring.describe());
    // What changes keys later does not forget it.
    loaded
        .ensure_months(Month::new(202_801).unwrap(), 1, &rng)
        .unwrap()
        .unwrap()
        .save(&saved.path(), &new, &rng)
        .unwrap();
    assert_eq!(KeyringHeader::read(&saved.path()).unwrap().root().previous(), Some(before));
}

#[test]
fn the_name_of_the_root_key_before_is_bound_into_the_seal() {
    let saved = Saved::under_a_key_file();
    let rng = SystemRandom::new();
    saved.keyring.rotate_root(&saved.root).save(&saved.path(), &saved.root, &rng).unwrap();
    let mut bytes = saved.bytes();
    let previous = 8 + 2 + 8 + 16 + 16;
    bytes[previous] ^= 1;
    assert!(matches!(saved.refusal(&bytes), KeyringError::Changed));
    assert!(matches!(saved.refusal(&bytes[..previous + 15]), KeyringError::Truncated { .. }));
}

#[test]
fn a_keyring_that_cannot_be_written_leaves_the_old_one() {
    let saved = Saved::under_a_key_file();
    let before = saved.bytes();
    let nowhere = saved.path().join("below-a-file");
    let refused = saved.keyring.save(&nowhere, &saved.root, &SystemRandom::new()).unwrap_err();
    assert!(matches!(refused, KeyringError::Write { .. }));
    assert_eq!(saved.bytes(), before);
    assert_eq!(fs::read_dir(saved.folder.path()).unwrap().count(), 2);
}

#[test]
fn the_next_generation_replaces_the_one_before() {
    let saved = Saved::under_a_key_file();
    let month = Month::new(202_701).unwrap();
    let rng = SystemRandom::new();
    let next = saved.keyring.ensure_months(month, 1, &rng).unwrap().unwrap();
    next.save(&saved.path(), &saved.root, &rng).unwrap();
    assert_eq!(saved.load().unwrap().generation(), 2);
    assert_eq!(saved.load().unwrap().describe(), next.describe());
}

proptest! {
    #[test]
    fn arbitrary_files_never_panic(rest in prop::collection::vec(any::<u8>(), 0..300), magic: bool) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keyring");
        let mut bytes = if magic { b"fubakokr\0\x01".to_vec() } else { Vec::new() };
        bytes.extend(rest);
        fs::write(&path, bytes).unwrap();
        let root = RootKey::create_file(&folder.path().join("root.key"), &SystemRandom::new()).unwrap();
        let _ = KeyringHeader::read(&path);
        prop_assert!(Keyring::load(&path, &root).is_err());
    }
}
