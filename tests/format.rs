//! Does this version open what version 1 of the format wrote, byte for byte, and refuse a format it does not know?
//!
//! `data/vault-1` is a vault as it lay on the disk when format 1 was settled: root key, keyring, policy, journal and redo
//! log (the store is made anew from that). It is never written again; a later format gets a folder of its own.
//! `FUBAKO_MAKE_GOLDEN=1` makes it where it is missing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

mod support;

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fubako::ledger::event::Event;
use fubako::ledger::lifetime::Lifetime;
use fubako_keys::{KeyringHeader, RootKey};
use fubako_proto::v1::find_member_request::Key;
use fubako_proto::v1::{
    CollectMemberRequest, FieldValue, FindMemberRequest, ListEntriesRequest, Recipient, ReviewMemberRequest,
    VerifyClaim, VerifyOutcome, VerifyRequest,
};
use tempfile::TempDir;

use support::callers::{ASKER, AUDITOR, OFFICER, SHOP};
use support::member::{PASSWORD, hanako, shows, text};
use support::place::{Place, copy_folder, files_below};
use support::register::{about, party};
use support::view::lines;
use support::world::{World, ask};

const MEMBER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const SALE: &str = "transaction-with-seller";
const BLOCK: usize = 4096;
const PARTS: [&str; 5] = ["keyring", "vault", "policies", "journal", "redo"];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/vault-1")
}

/// A copy of the golden vault, to be opened.
fn copied() -> (TempDir, Place) {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&golden(), folder.path());
    let place = Place::again(folder.path().to_owned());
    fs::set_permissions(place.root_file(), fs::Permissions::from_mode(0o600)).unwrap();
    (folder, place)
}

/// Every entry, the oldest first, by what must never change of it.
async fn entries(world: &World) -> Vec<String> {
    let request = ListEntriesRequest { page_size: 1000, order: 2, ..Default::default() };
    let entries = world.client(AUDITOR).await.list_entries(request).await.unwrap().entries;
    let line = |entry: &fubako_proto::v1::LedgerEntry| {
        format!("{} {} {} {}", entry.index, entry.entry_id, entry.event, hex::encode(&entry.leaf_hash))
    };
    entries.iter().map(line).collect()
}

/// Makes the golden vault, once.
async fn make() {
    let world = World::new().await;
    let collect = CollectMemberRequest {
        member_id: Some(MEMBER.into()),
        external_reference: Some(text("market-77")),
        values: hanako(),
        ..CollectMemberRequest::default()
    };
    world.client(SHOP).await.collect_member(collect).await.unwrap();
    world.register(party("potter", "seller")).await;
    let basis = world.record(about("transaction", MEMBER, "potter", SALE)).await;
    world.disclose(ask(SALE, Recipient::party("potter"), MEMBER, &[&basis])).await.unwrap();
    let told = entries(&world).await.join("\n");
    let place = world.close().await;
    let data = golden().join("data");
    fs::create_dir_all(&data).unwrap();
    for part in PARTS {
        let (from, to) = (place.data().join(part), data.join(part));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
    for file in files_below(&data.join("journal")).into_iter().chain(files_below(&data.join("redo"))) {
        // The room made ready for later writes, but for the last block.
        let bytes = fs::read(&file).unwrap();
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        fs::write(file, &bytes[..(end / BLOCK + 1) * BLOCK]).unwrap();
    }
    fs::copy(place.root_file(), golden().join("root")).unwrap();
    fs::write(golden().join("entries.txt"), format!("{told}\n")).unwrap();
    fs::write(golden().join("basis.txt"), format!("{basis}\n")).unwrap();
}

#[tokio::test]
async fn a_vault_of_format_1_opens_with_every_value_index_and_entry() {
    if env::var_os("FUBAKO_MAKE_GOLDEN").is_some() && !golden().exists() {
        make().await;
    }
    let (_folder, place) = copied();
    let world = World::at(place).await;
    let told = fs::read_to_string(golden().join("entries.txt")).unwrap();
    let told: Vec<&str> = told.lines().collect();
    assert!(told.len() >= 5);
    assert_eq!(entries(&world).await[..told.len()], told);

    let request = ReviewMemberRequest { member_id: MEMBER.into(), purpose: String::new() };
    let review = world.client_for(ASKER, MEMBER).await.review_member(request).await.unwrap();
    let shown = lines(&review.view.unwrap());
    assert_eq!(shown.len(), 16);
    for (place, value) in shown {
        let (field, form) = place.split_once("/0:").unwrap();
        assert_eq!(value, shows(field, form), "{place}");
    }
    let asker = world.client(ASKER).await;
    for key in [Key::Email(text("hanako@example.jp")), Key::ExternalReference(text("market-77"))] {
        let request = FindMemberRequest { purpose: "member-search".into(), key: Some(key) };
        assert_eq!(asker.find_member(request).await.unwrap().member_ids, [MEMBER]);
    }
    let claim = VerifyClaim {
        field: "password".into(),
        form: String::new(),
        slot: 0,
        value: Some(FieldValue::password(PASSWORD)),
    };
    let purpose = "identity-verification".into();
    let request = VerifyRequest { purpose, member_id: MEMBER.into(), claims: vec![claim] };
    assert_eq!(asker.verify(request).await.unwrap().answers[0].outcome(), VerifyOutcome::Match);
    let basis = fs::read_to_string(golden().join("basis.txt")).unwrap();
    assert!(world.disclose(ask(SALE, Recipient::party("potter"), MEMBER, &[basis.trim()])).await.is_ok());
    let request = fubako_proto::v1::ListPartiesRequest::default();
    assert_eq!(world.client(OFFICER).await.list_parties(request).await.unwrap().parties.len(), 1);
}

#[test]
fn the_keyring_begins_as_the_format_says() {
    let file = golden().join("data/keyring");
    let bytes = fs::read(&file).unwrap();
    assert_eq!(&bytes[..10], b"fubakokr\0\x01");
    let header = KeyringHeader::read(&file).unwrap();
    assert_eq!(header.generation().to_be_bytes(), bytes[10..18]);
    assert_eq!(header.vault(), &bytes[18..34]);
    let (_folder, place) = copied();
    let root = RootKey::load_file(&place.root_file()).unwrap();
    assert_eq!(header.root().id(), root.id());
    let marker = fs::read_to_string(golden().join("data/vault")).unwrap();
    assert_eq!(marker, format!("fubako vault 1\n{}\n", hex::encode(header.vault())));
}

#[tokio::test]
async fn a_format_nobody_knows_is_refused() {
    let segment = |folder: &str| {
        let mut files = fs::read_dir(golden().join("data").join(folder)).unwrap();
        PathBuf::from(folder).join(files.next().unwrap().unwrap().file_name())
    };
    for (file, offset) in [(PathBuf::from("keyring"), 9), (segment("journal"), 0), (segment("redo"), 0)] {
        // Somewhere in the first bytes stands the number of the format; none of them can be another.
        for offset in offset..offset + 12 {
            let (_folder, place) = copied();
            let path = place.data().join(&file);
            let mut bytes = fs::read(&path).unwrap();
            bytes[offset] ^= 0x20;
            fs::write(&path, bytes).unwrap();
            let opened = place.try_open().await;
            assert!(opened.is_err(), "{} with byte {offset} changed", file.display());
        }
    }
    let (_folder, place) = copied();
    fs::write(place.data().join("vault"), format!("fubako vault 2\n{}\n", "00".repeat(16))).unwrap();
    assert!(place.try_open().await.is_err());
}

#[test]
fn the_text_on_the_format_names_every_event_beside_how_it_is_sealed() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/format.md")).unwrap();
    for event in Event::ALL {
        let sealed = match event.lifetime() {
            Lifetime::Long => "| long-lived |",
            Lifetime::Retention => "| month |",
        };
        let is_its_row = |row: &str| row.ends_with(sealed) && row.split([' ', ',']).any(|word| word == event.name());
        assert!(text.lines().any(is_its_row), "{} as {sealed}", event.name());
    }
}
