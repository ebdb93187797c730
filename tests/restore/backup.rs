//! Is a backup whole, sealed, and refused with any change?

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fubako::model::ids::MemberId;
use fubako::store::key::Key;
use fubako::store::table::Table;
use fubako::vault::backup::reading::{Error, Part, read};
use fubako_keys::RootKey;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{CorrectMemberRequest, EraseMemberRequest};
use ring::rand::SystemRandom;

use crate::off_site::{keep, keyring};
use crate::support::callers::{OFFICER, SHOP};
use crate::support::member::{hanako, slot_value, text};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_of_a_vault_that_is_written_to_holds_whole_groups() {
    let world = Arc::new(World::new().await);
    let mut members = Vec::new();
    for _ in 0..20 {
        members.push(world.collect(hanako()).await);
    }
    let over = Arc::new(AtomicBool::new(false));
    let (writing, until) = (Arc::clone(&world), Arc::clone(&over));
    let writer = tokio::spawn(async move {
        let (shop, officer) = (writing.client(SHOP).await, writing.client(OFFICER).await);
        while !until.load(Ordering::Acquire) {
            let member_id = writing.collect(hanako()).await;
            let values = vec![slot_value("email", 0, Value::Email(text("a@example.jp")))];
            let correction = CorrectMemberRequest { member_id: member_id.clone(), values, ..Default::default() };
            shop.correct_member(correction).await.unwrap();
            let erase = EraseMemberRequest { member_id, reason: "asked".into(), ..Default::default() };
            officer.erase_member(erase).await.unwrap();
        }
    });
    let kept = keep(&world, "busy").await;
    over.store(true, Ordering::Release);
    writer.await.unwrap();
    let mut rows = BTreeMap::new();
    let contents = read(&kept.backup, &keyring(&world.place, &kept.keyring), &mut |part, _, _| {
        if let Part::Changes(changes) = part {
            for change in changes {
                match change.row() {
                    Some(row) => rows.insert(change.key().clone(), row.clone()),
                    None => rows.remove(change.key()),
                };
            }
        }
        Ok(())
    });
    assert_eq!(contents.unwrap().end.entries, kept.made.entries);
    for member in &members {
        assert!(rows.contains_key(&Key::record(MemberId::parse(member).unwrap())));
    }
    // A record and its preferences are written and removed in one group.
    let of = |table: Table| rows.keys().filter(move |key| key.table() == Some(table)).filter_map(Key::member);
    assert_eq!(of(Table::Record).collect::<Vec<_>>(), of(Table::Preferences).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_backup_with_a_flipped_byte_a_cut_or_something_more_is_refused() {
    let world = World::new().await;
    world.collect(hanako()).await;
    let kept = keep(&world, "quiet").await;
    let keyring = keyring(&world.place, &kept.keyring);
    let whole = fs::read(&kept.backup).unwrap();
    let damaged = world.place.beside("damaged.backup");
    let refused = |bytes: &[u8]| {
        fs::write(&damaged, bytes).unwrap();
        read(&damaged, &keyring, &mut |_, _, _| Ok(())).is_err()
    };
    assert!(!refused(&whole));
    for at in (0..whole.len()).step_by(whole.len() / 300).chain(0..80).chain(whole.len() - 80..whole.len()) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        assert!(refused(&bytes), "byte {at} flipped");
        assert!(refused(&whole[..at]), "cut at {at}");
    }
    assert!(refused(&[whole.as_slice(), &[0]].concat()));
    // The whole file once more, and the first pieces exchanged.
    assert!(refused(&[whole.as_slice(), whole.as_slice()].concat()));
    let (first, second) = (piece(&whole, 48), piece(&whole, 48 + piece(&whole, 48)));
    let mut exchanged = whole[..48].to_vec();
    exchanged.extend(&whole[48 + first..48 + first + second]);
    exchanged.extend(&whole[48..48 + first]);
    exchanged.extend(&whole[48 + first + second..]);
    assert!(refused(&exchanged));
}

/// How long the piece that begins there is.
fn piece(bytes: &[u8], at: usize) -> usize {
    4 + usize::try_from(u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap()
}

#[tokio::test]
async fn a_backup_shows_no_member_and_opens_under_no_other_vaults_keyring() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let kept = keep(&world, "sealed").await;
    let bytes = fs::read(&kept.backup).unwrap();
    let id = MemberId::parse(&member).unwrap();
    assert!(!bytes.windows(16).any(|window| window == id.as_bytes()));
    let other = World::new().await;
    let foreign = keyring(&other.place, &other.place.data().join("keyring"));
    let refused = read(&kept.backup, &foreign, &mut |_, _, _| Ok(()));
    assert!(matches!(refused, Err(Error::OtherVault { .. })), "{refused:?}");
    let stranger = RootKey::create_file(&world.place.beside("stranger"), &SystemRandom::new()).unwrap();
    assert!(fubako_keys::Keyring::load(&kept.keyring, &stranger).is_err());
}
