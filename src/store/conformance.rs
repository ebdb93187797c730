//! What every store must do: one suite, run against each.

use crate::model::ids::{BasisId, MemberId, PartyId, Revision};
use crate::store::key::{Key, KeyPrefix};
use crate::store::memory::MemoryStore;
use crate::store::row::{Change, MAX_VALUE, Row};
use crate::store::table::Table;
use crate::store::{Position, Store, StoreError};

/// Runs the suite; `make` gives a new, empty store each time.
pub(crate) fn check<S: Store>(make: impl Fn() -> S) {
    an_empty_store_is_at_the_start(&make());
    a_row_reads_back_as_it_was_written(&make());
    a_group_is_applied_whole_and_in_order(&make());
    applying_a_group_again_changes_nothing(&make());
    a_group_that_is_behind_is_refused(&make());
    pages_cover_a_table_once_in_order(&make());
    a_listing_keeps_to_its_prefix(&make());
    a_flush_covers_what_was_applied(&make());
}

fn member(byte: u8) -> MemberId {
    MemberId::from_bytes([byte; 16])
}

fn row(revision: u64, value: &[u8]) -> Row {
    Row::new(Revision(revision), value.to_vec()).unwrap()
}

fn put(key: &Key, revision: u64, value: &[u8]) -> Change {
    Change::put(key.clone(), row(revision, value))
}

fn an_empty_store_is_at_the_start(store: &impl Store) {
    assert_eq!(store.position(), Position::START);
    assert_eq!(store.get(&Key::record(member(1))).unwrap(), None);
    for table in Table::ALL {
        assert_eq!(store.scan(&table.into(), None, 10).unwrap(), []);
    }
}

fn a_row_reads_back_as_it_was_written(store: &impl Store) {
    let largest = vec![0xff; MAX_VALUE];
    let rows = [(Key::record(member(1)), row(1, b"")), (Key::catalogue("policy"), row(u64::MAX, &largest))];
    let changes: Vec<Change> = rows.iter().map(|(key, row)| Change::put(key.clone(), row.clone())).collect();
    store.apply(&changes, Position::after(1)).unwrap();
    for (key, row) in rows {
        assert_eq!(store.get(&key).unwrap(), Some(row));
    }
    assert_eq!(store.get(&Key::preferences(member(1))).unwrap(), None);
}

fn a_group_is_applied_whole_and_in_order(store: &impl Store) {
    let key = Key::record(member(1));
    let other = Key::record(member(2));
    store.apply(&[put(&key, 1, b"a"), put(&other, 1, b"x"), put(&key, 2, b"b")], Position::after(1)).unwrap();
    assert_eq!(store.get(&key).unwrap(), Some(row(2, b"b")));
    store.apply(&[Change::delete(key.clone()), put(&other, 2, b"y")], Position::after(2)).unwrap();
    assert_eq!(store.get(&key).unwrap(), None);
    assert_eq!(store.get(&other).unwrap(), Some(row(2, b"y")));
    store.apply(&[put(&key, 3, b"c"), Change::delete(key.clone())], Position::after(3)).unwrap();
    assert_eq!(store.get(&key).unwrap(), None);
}

fn applying_a_group_again_changes_nothing(store: &impl Store) {
    let (key, gone) = (Key::record(member(1)), Key::record(member(2)));
    let group = [put(&key, 1, b"a"), Change::delete(gone.clone())];
    for _ in 0..2 {
        store.apply(&group, Position::after(7)).unwrap();
        assert_eq!(store.get(&key).unwrap(), Some(row(1, b"a")));
        assert_eq!(store.get(&gone).unwrap(), None);
        assert_eq!(store.position(), Position::after(7));
    }
}

fn a_group_that_is_behind_is_refused(store: &impl Store) {
    let key = Key::record(member(1));
    store.apply(&[put(&key, 2, b"new")], Position::after(9)).unwrap();
    let refused = store.apply(&[put(&key, 1, b"old")], Position::after(8));
    assert!(matches!(refused, Err(StoreError::Behind { group: 8, applied: 9 })), "{refused:?}");
    assert_eq!(store.get(&key).unwrap(), Some(row(2, b"new")));
    assert_eq!(store.position(), Position::after(9));
}

fn pages_cover_a_table_once_in_order(store: &impl Store) {
    let changes: Vec<Change> = (0..25).rev().map(|byte| put(&Key::record(member(byte)), 1, &[byte])).collect();
    store.apply(&changes, Position::after(1)).unwrap();
    // Tables on either side of it.
    store.apply(&[put(&Key::party(&PartyId::parse("shop").unwrap()), 1, b"")], Position::after(2)).unwrap();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.scan(&Table::Record.into(), after.as_ref(), 10).unwrap();
        assert!(page.len() <= 10);
        let Some((last, _)) = page.last() else {
            break;
        };
        after = Some(last.clone());
        seen.extend(page.iter().map(|(key, row)| (key.member().unwrap(), row.value().to_vec())));
    }
    let expected: Vec<_> = (0..25).map(|byte| (member(byte), vec![byte])).collect();
    assert_eq!(seen, expected);
    assert_eq!(store.scan(&Table::Record.into(), None, 0).unwrap(), []);
}

fn a_listing_keeps_to_its_prefix(store: &impl Store) {
    let basis = |byte| BasisId::from_bytes([byte; 16]);
    let changes = [
        put(&Key::basis_of_member(member(1), basis(1)), 1, b""),
        put(&Key::basis_of_member(member(2), basis(2)), 1, b""),
        put(&Key::basis_of_member(member(2), basis(3)), 1, b""),
        put(&Key::basis_of_member(member(3), basis(4)), 1, b""),
    ];
    store.apply(&changes, Position::after(1)).unwrap();
    let found = store.scan(&KeyPrefix::bases_of_member(member(2)), None, 10).unwrap();
    let found: Vec<_> = found.iter().filter_map(|(key, _)| key.basis_id()).collect();
    assert_eq!(found, [basis(2), basis(3)]);
}

fn a_flush_covers_what_was_applied(store: &impl Store) {
    store.apply(&[put(&Key::catalogue("a"), 1, b"")], Position::after(3)).unwrap();
    assert_eq!(store.flush().unwrap(), Position::after(3));
    assert_eq!(store.flush().unwrap(), Position::after(3));
}

#[test]
fn the_store_in_memory_conforms() {
    check(MemoryStore::default);
}
