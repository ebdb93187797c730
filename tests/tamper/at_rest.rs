//! Is a data folder whose rows were changed while nobody looked noticed by the vault that opens it?

use std::sync::Arc;
use std::time::Duration;

use fubako::model::ids::{FieldId, MemberId, Revision, Slot};
use fubako::record::SYSTEM_FIELD;
use fubako::record::sealed::SealedRecord;
use fubako::record::tags::TAGS_SLOT;
use fubako::store::Store;
use fubako::store::folder::DataFolder;
use fubako::store::key::{Key, KeyPrefix};
use fubako::store::row::{Change, Row};
use fubako::store::sled::{SledOptions, SledStore};
use fubako::store::table::Table;
use fubako_proto::Reason;
use fubako_proto::v1::field_value::Value;
use fubako_proto::v1::find_member_request::Key as Clue;
use fubako_proto::v1::{
    CorrectMemberRequest, EraseMemberRequest, FindMemberRequest, GetBasisRequest, GetRetainedRequest,
    ListEntriesRequest, Recipient,
};

use crate::desk::{Desk, slots_of};
use crate::support::callers::{ASKER, AUDITOR, LEGAL, OFFICER, SHOP};
use crate::support::member::{hanako, slot_value, text};
use crate::support::place::Place;
use crate::support::register::{about, party};
use crate::support::world::{World, ask, reason};
use crate::whole::check;

/// The rows of a closed vault, to be changed behind its back.
pub(crate) fn meddle(place: &Place, change: impl FnOnce(&SledStore) -> Vec<Change>) {
    let folder = DataFolder::open(&place.data()).unwrap();
    let options =
        SledOptions { cache_bytes: 16 << 20, flush_limit: Duration::from_mins(1), on_fatal: Arc::new(|_| ()) };
    let store = SledStore::open(&folder, options).unwrap();
    store.apply(&change(&store), store.position()).unwrap();
    store.flush().unwrap();
}

pub(crate) fn record_key(member: &str) -> Key {
    Key::record(MemberId::parse(member).unwrap())
}

/// A closed vault with two members, the first of whom was corrected once, and that one's first row.
pub(crate) async fn closed() -> (Place, String, String, Row) {
    let world = World::new().await;
    let hana = world.collect(hanako()).await;
    let ken = world.collect(vec![slot_value("email", 0, Value::Email(text("ken@example.jp")))]).await;
    let place = world.close().await;
    let mut first = None;
    meddle(&place, |store| {
        first = store.get(&record_key(&hana)).unwrap();
        Vec::new()
    });
    let world = World::at(place).await;
    let correction = CorrectMemberRequest {
        member_id: hana.clone(),
        values: vec![slot_value("email", 0, Value::Email(text("new@example.jp")))],
        ..Default::default()
    };
    world.client(SHOP).await.correct_member(correction).await.unwrap();
    (world.close().await, hana, ken, first.unwrap())
}

/// Flips a bit of the last sealed value.
fn flip_last(value: &mut [u8]) {
    let last = value.len() - 1;
    value[last] ^= 1;
}

/// Flips a bit of the field's sealed value in slot 0.
fn flip(value: &mut [u8], field: u16) {
    let record = SealedRecord::parse(value.to_vec()).unwrap();
    let envelope = record.slot(FieldId(field), Slot(0)).unwrap().envelope.to_vec();
    let place = value.windows(envelope.len()).position(|bytes| bytes == envelope).unwrap();
    value[place + envelope.len() - 1] ^= 1;
}

async fn discloses(world: &World, member: &str) -> Result<(), Reason> {
    let asked = ask("maintenance-notice", Recipient::marketplace(), member, &[]);
    world.disclose(asked).await.map(drop).map_err(|error| error.reason().clone())
}

/// What somebody with the disk does with the rows of a table.
type Meddling = fn(Vec<(Key, Row)>) -> Vec<Change>;

#[tokio::test]
async fn records_put_in_each_others_places_open_for_nobody_and_are_found_by_nobody() {
    let (place, hana, ken, _) = closed().await;
    meddle(&place, |store| {
        let (of_hana, of_ken) =
            (store.get(&record_key(&hana)).unwrap().unwrap(), store.get(&record_key(&ken)).unwrap().unwrap());
        vec![Change::put(record_key(&hana), of_ken), Change::put(record_key(&ken), of_hana)]
    });
    let world = World::at(place).await;
    for member in [&hana, &ken] {
        assert_eq!(discloses(&world, member).await, Err(Reason::Internal));
    }
    let asker = world.client(ASKER).await;
    for (address, wrong) in [("new@example.jp", &ken), ("ken@example.jp", &hana)] {
        let request = FindMemberRequest { purpose: "member-search".into(), key: Some(Clue::Email(text(address))) };
        let found = asker.find_member(request).await.map(|found| found.member_ids).unwrap_or_default();
        assert!(!found.contains(wrong), "{address}");
    }
    let correction = CorrectMemberRequest { member_id: hana, values: hanako(), ..Default::default() };
    assert_eq!(reason(world.client(SHOP).await.correct_member(correction).await), Reason::Internal);
}

#[tokio::test]
async fn an_old_record_put_back_under_the_new_revision_opens_for_nobody() {
    let (place, hana, _, first) = closed().await;
    meddle(&place, |_| {
        let back = Row::new(Revision(2), first.value().to_vec()).unwrap();
        vec![Change::put(record_key(&hana), back)]
    });
    let world = World::at(place).await;
    assert_eq!(discloses(&world, &hana).await, Err(Reason::Internal));
}

#[tokio::test]
async fn a_changed_record_is_released_to_nobody_and_an_entry_says_so() {
    let (place, hana, ken, _) = closed().await;
    meddle(&place, |store| {
        let row = store.get(&record_key(&hana)).unwrap().unwrap();
        let mut value = row.value().to_vec();
        let last = value.len() - 1;
        value[last] ^= 1;
        vec![Change::put(record_key(&hana), Row::new(row.revision(), value).unwrap())]
    });
    let world = World::at(place).await;
    assert_eq!(discloses(&world, &hana).await, Err(Reason::Internal));
    assert_eq!(discloses(&world, &ken).await, Ok(()));
    let entries = world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await.unwrap().entries;
    assert!(entries.iter().any(|entry| entry.event == "not-released" && entry.member_id == hana));
}

#[tokio::test]
async fn a_row_of_the_register_that_was_changed_moved_or_renumbered_carries_nothing() {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let (hana, ken) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let sale = "transaction-with-seller";
    let good = world.record(about("transaction", &hana, "potter", sale)).await;
    let other = world.record(about("transaction", &ken, "potter", sale)).await;
    let mut place = world.close().await;
    let bases = |store: &SledStore| store.scan(&KeyPrefix::from(Table::Basis), None, 10).unwrap();
    let meddlings: [Meddling; 3] = [
        // Another's basis in this one's place.
        |rows| vec![Change::put(rows[0].0.clone(), rows[1].1.clone())],
        // Under another revision.
        |rows| vec![Change::put(rows[0].0.clone(), Row::new(Revision(9), rows[0].1.value().to_vec()).unwrap())],
        // With one bit changed.
        |rows| {
            let mut value = rows[0].1.value().to_vec();
            value[30] ^= 1;
            vec![Change::put(rows[0].0.clone(), Row::new(rows[0].1.revision(), value).unwrap())]
        },
    ];
    for meddling in meddlings {
        let mut before = Vec::new();
        meddle(&place, |store| {
            before = bases(store);
            meddling(before.clone())
        });
        let world = World::at(place).await;
        let mut carried = 0;
        for basis in [&good, &other] {
            for member in [&hana, &ken] {
                let asked = ask(sale, Recipient::party("potter"), member, &[basis]);
                carried += usize::from(world.disclose(asked).await.is_ok());
            }
        }
        // The one that nobody touched.
        assert_eq!(carried, 1);
        place = world.close().await;
        meddle(&place, |_| before.into_iter().map(|(key, row)| Change::put(key, row)).collect());
    }
}

/// What happens to a record's bytes.
type Damage = fn(&mut Vec<u8>);

#[tokio::test]
async fn a_damaged_record_is_erased_only_when_an_officer_lets_go_and_what_opens_of_it_is_kept() {
    let meddlings: [(Damage, &str, &[&str]); 3] = [
        // One bit of a sealed value that is not to be kept.
        (|value| flip_last(value), "retained-unreadable", &["name", "login_id"]),
        // One bit of the login id.
        (|value| flip(value, 2), "retained-unreadable: login_id", &["name"]),
        // No record any more.
        (|value| value.truncate(40), "retained-unreadable", &[]),
    ];
    for (damage, said, left) in meddlings {
        let (place, hana, _, _) = closed().await;
        meddle(&place, |store| {
            let row = store.get(&record_key(&hana)).unwrap().unwrap();
            let mut value = row.value().to_vec();
            damage(&mut value);
            vec![Change::put(record_key(&hana), Row::new(row.revision(), value).unwrap())]
        });
        let world = World::at(place).await;
        let officer = world.client(OFFICER).await;
        let erase = EraseMemberRequest { member_id: hana.clone(), reason: "asked".into(), ..Default::default() };
        assert_eq!(reason(officer.erase_member(erase.clone()).await), Reason::RetainedUnreadable);
        assert_eq!(discloses(&world, &hana).await, Err(Reason::Internal));
        officer.erase_member(EraseMemberRequest { even_if_unreadable: true, ..erase }).await.unwrap();
        assert_eq!(discloses(&world, &hana).await, Err(Reason::MemberNotFound));
        let entries = world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await.unwrap().entries;
        let erased = entries.iter().find(|entry| entry.event == "erased").unwrap();
        let fields: Vec<&str> = erased.fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!((erased.subject.as_str(), fields.as_slice()), (said, left));
        let kept = GetRetainedRequest { member_id: hana, reason: "order".into() };
        match world.client(LEGAL).await.get_retained(kept).await {
            Ok(kept) => {
                let fields: Vec<&str> = kept.fields.iter().map(|field| field.field.as_str()).collect();
                assert_eq!(fields, left);
            }
            Err(_) if left.is_empty() => {}
            Err(error) => panic!("{error}"),
        }
        // Nor are they listed anywhere any more, though nobody could read where.
        let verdict = check(&world.close().await).await;
        assert_eq!(verdict.breaks(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_member_whose_record_was_robbed_of_its_tags_is_listed_nowhere_once_erased() {
    let (place, hana, _, _) = closed().await;
    meddle(&place, |store| {
        let row = store.get(&record_key(&hana)).unwrap().unwrap();
        let record = SealedRecord::parse(row.value().to_vec()).unwrap();
        let mut slots = slots_of(&record);
        let before = slots.len();
        slots.retain(|slot| (slot.field, slot.slot) != (SYSTEM_FIELD, TAGS_SLOT));
        assert_eq!(slots.len() + 1, before);
        let robbed = Desk::write(record.member(), record.revision().0, record.manifest(), &slots);
        vec![Change::put(record_key(&hana), Row::new(row.revision(), robbed).unwrap())]
    });
    let world = World::at(place).await;
    let erase = EraseMemberRequest { member_id: hana, reason: "asked".into(), ..Default::default() };
    let erase = EraseMemberRequest { even_if_unreadable: true, ..erase };
    world.client(OFFICER).await.erase_member(erase).await.unwrap();
    let verdict = check(&world.close().await).await;
    assert_eq!(verdict.breaks(), Vec::<String>::new());
}

#[tokio::test]
async fn an_erasure_that_stops_at_a_damaged_record_takes_no_basis_ahead() {
    let world = World::new().await;
    world.register(party("potter", "seller")).await;
    let hana = world.collect(hanako()).await;
    // More than go in one group with everything else.
    let mut bases = Vec::new();
    for _ in 0..210 {
        bases.push(world.record(about("transaction", &hana, "potter", "transaction-with-seller")).await);
    }
    let place = world.close().await;
    meddle(&place, |store| {
        let row = store.get(&record_key(&hana)).unwrap().unwrap();
        let mut value = row.value().to_vec();
        let last = value.len() - 1;
        value[last] ^= 1;
        vec![Change::put(record_key(&hana), Row::new(row.revision(), value).unwrap())]
    });
    let world = World::at(place).await;
    let officer = world.client(OFFICER).await;
    let erase = EraseMemberRequest { member_id: hana, reason: "asked".into(), ..Default::default() };
    assert_eq!(reason(officer.erase_member(erase.clone()).await), Reason::RetainedUnreadable);
    let left = async |id: &String| officer.get_basis(GetBasisRequest { basis_id: id.clone() }).await.is_ok();
    for id in &bases {
        assert!(left(id).await);
    }
    officer.erase_member(EraseMemberRequest { even_if_unreadable: true, ..erase }).await.unwrap();
    for id in &bases {
        assert!(!left(id).await);
    }
}

#[tokio::test]
async fn what_is_kept_of_two_members_put_in_each_others_places_is_read_by_nobody() {
    let world = World::new().await;
    let members = [world.collect(hanako()).await, world.collect(hanako()).await];
    for member in &members {
        let erase = EraseMemberRequest { member_id: member.clone(), reason: "asked".into(), ..Default::default() };
        world.client(OFFICER).await.erase_member(erase).await.unwrap();
    }
    let place = world.close().await;
    meddle(&place, |store| {
        let rows = store.scan(&KeyPrefix::from(Table::Retained), None, 10).unwrap();
        assert_eq!(rows.len(), 2);
        vec![Change::put(rows[0].0.clone(), rows[1].1.clone()), Change::put(rows[1].0.clone(), rows[0].1.clone())]
    });
    let world = World::at(place).await;
    for member in members {
        let kept = GetRetainedRequest { member_id: member, reason: "order".into() };
        assert_eq!(reason(world.client(LEGAL).await.get_retained(kept).await), Reason::Internal);
    }
}
