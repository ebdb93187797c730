//! Does a check of everything find every seeded break by table and member, and nothing in a vault that is whole?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fubako::commit::rows;
use fubako::model::ids::{BasisId, MemberId, Revision, Slot};
use fubako::model::preferences::Preferences;
use fubako::record::edit::Editor;
use fubako::record::sealed::SealedRecord;
use fubako::store::Store as _;
use fubako::store::key::{Key, KeyPrefix};
use fubako::store::row::{Change, Row};
use fubako::store::sled::SledStore;
use fubako::store::table::Table;
use fubako::vault::integrity::{Fault, Place as At, VaultVerdict};
use fubako_keys::{Keyring, RootKey};
use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::{
    CorrectMemberRequest, EraseMemberRequest, ExportKeyringRequest, SuspendCallerRequest, VerifyStage,
    VerifyVaultRequest,
};
use minicbor::Encode;
use minicbor::bytes::ByteArray;
use ring::rand::SystemRandom;

use crate::at_rest::{meddle, record_key};
use crate::support::callers::{ASKER, AUDITOR, CARDS, OFFICER, OPERATOR, SHOP};
use crate::support::member::{hanako, slot_value, text};
use crate::support::place::Place;
use crate::support::register::{about, party};
use crate::support::world::{World, reason};

/// A closed vault with something in every table, and what a test meddles with.
struct Busy {
    place: Place,
    hana: MemberId,
    ken: MemberId,
    erased: MemberId,
    basis: BasisId,
    /// Hana's row before her correction, and the row of the erased before they went.
    before: [Row; 2],
}

impl Busy {
    async fn closed() -> Self {
        let world = World::new().await;
        world.register(party("potter", "seller")).await;
        let (hana, ken, erased) =
            (world.collect(hanako()).await, world.collect(hanako()).await, world.collect(hanako()).await);
        let basis = world.record(about("transaction", &ken, "potter", "transaction-with-seller")).await;
        let suspend = SuspendCallerRequest { caller: CARDS.into(), reason: "a test".into(), ..Default::default() };
        world.client(OPERATOR).await.suspend_caller(suspend).await.unwrap();
        world.client(OPERATOR).await.export_keyring(ExportKeyringRequest {}).await.unwrap();
        let place = world.close().await;
        let mut before = Vec::new();
        meddle(&place, |store| {
            before.extend([&hana, &erased].map(|member| store.get(&record_key(member)).unwrap().unwrap()));
            Vec::new()
        });
        let world = World::at(place).await;
        let correction = CorrectMemberRequest {
            member_id: hana.clone(),
            values: vec![slot_value("email", 0, Value::Email(text("new@example.jp")))],
            ..Default::default()
        };
        world.client(SHOP).await.correct_member(correction).await.unwrap();
        let erase = EraseMemberRequest { member_id: erased.clone(), reason: "asked".into(), ..Default::default() };
        world.client(OFFICER).await.erase_member(erase).await.unwrap();
        let mut place = world.close().await;
        place.erasure_grace_days = 14;
        let world = World::at(place).await;
        let erase = EraseMemberRequest { member_id: ken.clone(), reason: "asked".into(), ..Default::default() };
        world.client(OFFICER).await.erase_member(erase).await.unwrap();
        let member = |id: &str| MemberId::parse(id).unwrap();
        Self {
            place: world.close().await,
            hana: member(&hana),
            ken: member(&ken),
            erased: member(&erased),
            basis: BasisId::parse(&basis).unwrap(),
            before: before.try_into().unwrap(),
        }
    }

    /// What a check finds after the change, which is undone again.
    async fn found(&self, change: impl FnOnce(&SledStore) -> Vec<Change>) -> Vec<(At, String)> {
        let mut undo = Vec::new();
        meddle(&self.place, |store| {
            let changes = change(store);
            let back = |change: &Change| match store.get(change.key()).unwrap() {
                Some(row) => Change::put(change.key().clone(), row),
                None => Change::delete(change.key().clone()),
            };
            undo = changes.iter().map(back).collect();
            changes
        });
        let verdict = check(&self.place).await;
        meddle(&self.place, |_| undo);
        assert!(verdict.ledger.is_ok(), "{:?}", verdict.ledger.breaks());
        assert_eq!(verdict.is_ok(), verdict.store.is_ok());
        verdict.store.breaks().iter().map(|broken| (broken.place.clone(), broken.fault.to_string())).collect()
    }

    fn keyring(&self) -> Keyring {
        let root = RootKey::load_file(&self.place.root_file()).unwrap();
        Keyring::load(&self.place.data().join("keyring"), &root).unwrap()
    }
}

pub(crate) async fn check(place: &Place) -> VaultVerdict {
    let opened = place.open().await;
    let (permit, before) = opened.vault.begin_check_at_rest().await.unwrap();
    let verdict = opened.vault.check((&permit, before), &mut |_, _, _| {}).unwrap();
    opened.close();
    verdict
}

fn of_member(table: Table, member: MemberId, fault: &Fault) -> (At, String) {
    (At::Member(table, member), fault.to_string())
}

fn flipped(row: &Row) -> Row {
    let mut value = row.value().to_vec();
    let last = value.len() - 1;
    value[last] ^= 1;
    Row::new(row.revision(), value).unwrap()
}

fn get(store: &SledStore, key: &Key) -> Row {
    store.get(key).unwrap().unwrap()
}

#[tokio::test]
async fn a_vault_with_something_in_every_table_is_whole() {
    let busy = Busy::closed().await;
    let verdict = check(&busy.place).await;
    assert_eq!(verdict.breaks(), Vec::<String>::new());
    assert_eq!(verdict.store.records, 2);
    // Fourteen values, the secret of pseudonyms, and where the member is listed.
    assert_eq!(verdict.store.fields, 2 * 16);
    meddle(&busy.place, |store| {
        for table in Table::ALL.into_iter().filter(|table| !matches!(table, Table::Job | Table::Hold)) {
            assert!(!store.scan(&KeyPrefix::from(table), None, 1).unwrap().is_empty(), "{table:?} is not tested");
        }
        Vec::new()
    });
}

#[tokio::test]
async fn records_that_were_changed_exchanged_rolled_back_or_dropped_are_named() {
    let busy = Busy::closed().await;
    let Busy { hana, ken, erased, .. } = busy;
    let record = |member| Key::record(member);
    let found = busy.found(|store| vec![Change::put(record(hana), flipped(&get(store, &record(hana))))]).await;
    // The last value is where the member is listed, and the manifest covers it.
    assert!(found.contains(&of_member(Table::Record, hana, &Fault::Manifest)), "{found:?}");
    assert!(found.iter().all(|(place, _)| *place == At::Member(Table::Record, hana)), "{found:?}");

    let found = busy
        .found(|store| {
            let (of_hana, of_ken) = (get(store, &record(hana)), get(store, &record(ken)));
            vec![Change::put(record(hana), of_ken), Change::put(record(ken), of_hana)]
        })
        .await;
    for member in [hana, ken] {
        assert!(found.contains(&of_member(Table::Record, member, &Fault::Misplaced)), "{found:?}");
    }

    let found = busy.found(|_| vec![Change::put(record(hana), busy.before[0].clone())]).await;
    assert!(
        found.iter().any(|(place, fault)| {
            *place == At::Member(Table::Record, hana) && fault.contains("revision 1") && fault.ends_with("rolled back")
        }),
        "{found:?}"
    );

    let found = busy.found(|_| vec![Change::delete(record(ken))]).await;
    assert!(
        found.iter().any(|(place, fault)| {
            *place == At::Member(Table::Record, ken) && fault.ends_with("is gone, and no erasure explains it")
        }),
        "{found:?}"
    );

    let found = busy.found(|_| vec![Change::put(record(erased), busy.before[1].clone())]).await;
    assert!(
        found.iter().any(|(place, fault)| {
            *place == At::Member(Table::Record, erased) && fault.ends_with("erased the member")
        }),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_record_that_holds_by_itself_and_is_not_the_one_the_ledger_tells_of_is_named() {
    let busy = Busy::closed().await;
    let (keyring, key) = (busy.keyring(), Key::record(busy.hana));
    let found = busy
        .found(|store| {
            // As if somebody had the keys, or two restored vaults had gone on from one backup.
            let record = SealedRecord::parse(get(store, &key).into_value()).unwrap();
            let mut editor = Editor::refresh(&keyring, &record);
            editor.remove(record.slots().last().unwrap().field, Slot(0));
            let (other, _) = editor.finish().unwrap();
            vec![Change::put(key.clone(), Row::new(other.revision(), other.as_bytes().to_vec()).unwrap())]
        })
        .await;
    let [(place, fault)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(*place, At::Member(Table::Record, busy.hana));
    assert!(fault.starts_with("the record is not the one that entry "), "{fault}");
}

#[tokio::test]
async fn a_changed_row_of_any_table_is_named() {
    let busy = Busy::closed().await;
    // A vault whose catalogue does not open is refused at its start.
    for table in Table::ALL.into_iter().filter(|table| !matches!(table, Table::Catalogue | Table::Job | Table::Hold)) {
        let found = busy
            .found(|store| {
                let rows = store.scan(&KeyPrefix::from(table), None, 10).unwrap();
                let (changed, row) = rows.iter().find(|(_, row)| !row.value().is_empty()).or(rows.first()).unwrap();
                // A note under a basis and its owner is told by its key alone.
                if row.value().is_empty() {
                    vec![Change::delete(changed.clone())]
                } else {
                    vec![Change::put(changed.clone(), flipped(row))]
                }
            })
            .await;
        let places: Vec<&At> = found.iter().map(|(place, _)| place).collect();
        let named = |place: &At| match place {
            At::Member(named, _) | At::Row(named, _) | At::Table(named) => {
                *named == table || table == Table::BasisIndex && *named == Table::Basis
            }
        };
        assert!(places.iter().any(|place| named(place)), "{table:?}: {places:?}");
    }
}

#[tokio::test]
async fn an_index_that_lists_too_little_or_too_much_is_named_from_both_sides() {
    let busy = Busy::closed().await;
    let (hana, basis) = (busy.hana, busy.basis);
    let found = busy
        .found(|store| {
            let rows = store.scan(&KeyPrefix::from(Table::Index), None, 100).unwrap();
            rows.into_iter().map(|(key, _)| Change::delete(key)).collect()
        })
        .await;
    for fault in [Fault::NotListed("email"), Fault::NotListed("phone")] {
        assert!(found.contains(&of_member(Table::Record, hana, &fault)), "{found:?}");
    }

    let stranger = MemberId::from_bytes([7; 16]);
    let keyring = busy.keyring();
    let mut bucket = None;
    let found = busy
        .found(|store| {
            let (key, row) = store.scan(&KeyPrefix::from(Table::Index), None, 1).unwrap().remove(0);
            let row = rows::seal(&keyring, &key, row.revision(), &listing(stranger), &SystemRandom::new()).unwrap();
            bucket = Some(key.clone());
            vec![Change::put(key, row)]
        })
        .await;
    let listed = (At::Row(Table::Index, bucket.unwrap()), Fault::Unasked(stranger).to_string());
    assert!(found.contains(&listed), "{found:?}");

    let note = Key::basis_of_member(busy.ken, basis);
    let found = busy.found(|_| vec![Change::delete(note.clone())]).await;
    assert_eq!(found, [(At::Row(Table::Basis, Key::basis(basis)), Fault::BasisNotListed("member").to_string())]);
    let note = Key::basis_of_member(hana, basis);
    let found = busy.found(|_| vec![Change::put(note.clone(), Row::new(Revision(1), Vec::new()).unwrap())]).await;
    assert_eq!(found, [(At::Row(Table::BasisIndex, note), Fault::BasisUnasked(basis).to_string())]);
    let found = busy.found(|_| vec![Change::delete(Key::preferences(hana))]).await;
    assert_eq!(found, [of_member(Table::Record, hana, &Fault::NoPreferences)]);
}

#[tokio::test]
async fn a_pending_erasure_and_the_members_preferences_that_tell_another_story_are_found() {
    let busy = Busy::closed().await;
    let (ken, keyring) = (busy.ken, busy.keyring());
    let (pending, preferences) = (Key::pending_erasure(ken), Key::preferences(ken));
    let found = busy.found(|_| vec![Change::delete(pending)]).await;
    assert_eq!(found, [of_member(Table::Preferences, ken, &Fault::NotPending)]);
    for due in [None, Some(7)] {
        let found = busy
            .found(|store| {
                let row = get(store, &preferences);
                let told: Preferences = rows::open(&keyring, &preferences, &row).unwrap();
                assert!(told.erasure_due.is_some());
                let told = Preferences { erasure_due: due, ..told };
                let row = rows::seal(&keyring, &preferences, row.revision(), &told, &SystemRandom::new()).unwrap();
                vec![Change::put(preferences.clone(), row)]
            })
            .await;
        assert_eq!(found, [of_member(Table::PendingErasure, ken, &Fault::PendingUnsaid)], "{due:?}");
    }
}

/// A part of a bucket, as the vault writes it.
#[derive(Encode)]
struct Listing {
    #[n(0)]
    members: Vec<ByteArray<16>>,
}

fn listing(member: MemberId) -> Listing {
    Listing { members: vec![ByteArray::from(*member.as_bytes())] }
}

#[tokio::test]
async fn the_call_is_for_those_who_watch_and_leaves_its_entry_before_anything_is_opened() {
    let world = World::new().await;
    world.collect(hanako()).await;
    for watcher in [AUDITOR, OFFICER, OPERATOR] {
        let mut answers = world.client(watcher).await.verify_vault(VerifyVaultRequest {}).await.unwrap();
        let mut last = None;
        while let Some(answer) = answers.next().await.unwrap() {
            last = Some(answer);
        }
        let last = last.unwrap();
        assert_eq!(last.stage(), VerifyStage::Ledger);
        let verdict = last.verdict.unwrap();
        assert!(verdict.ok && verdict.records == 1 && verdict.breaks.is_empty(), "{verdict:?}");
    }
    for other in [ASKER, SHOP] {
        let refused = world.client(other).await.verify_vault(VerifyVaultRequest {}).await;
        assert_eq!(reason(refused), Reason::RoleMissing);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_vault_that_is_written_to_meanwhile_has_no_breaks() {
    let world = Arc::new(World::new().await);
    for _ in 0..10 {
        world.collect(hanako()).await;
    }
    let over = Arc::new(AtomicBool::new(false));
    let (writing, until) = (Arc::clone(&world), Arc::clone(&over));
    let writer = tokio::spawn(async move {
        let (shop, officer) = (writing.client(SHOP).await, writing.client(OFFICER).await);
        while !until.load(Ordering::Acquire) {
            let member_id = writing.collect(hanako()).await;
            for address in ["a@example.jp", "b@example.jp"] {
                let values = vec![slot_value("email", 0, Value::Email(text(address)))];
                let correction = CorrectMemberRequest { member_id: member_id.clone(), values, ..Default::default() };
                shop.correct_member(correction).await.unwrap();
            }
            let erase = EraseMemberRequest { member_id, reason: "asked".into(), ..Default::default() };
            officer.erase_member(erase).await.unwrap();
        }
    });
    for _ in 0..20 {
        let mut answers = world.client(AUDITOR).await.verify_vault(VerifyVaultRequest {}).await.unwrap();
        while let Some(answer) = answers.next().await.unwrap() {
            if let Some(verdict) = answer.verdict {
                assert!(verdict.ok, "{:?}", verdict.breaks);
            }
        }
    }
    over.store(true, Ordering::Release);
    writer.await.unwrap();
}
