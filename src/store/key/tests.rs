//! Tests of keys: each thing has its own, and a listing holds what it is of.

use super::*;

use std::collections::HashSet;

fn member(byte: u8) -> MemberId {
    MemberId::from_bytes([byte; 16])
}

fn party(name: &str) -> PartyId {
    PartyId::parse(name).unwrap()
}

#[test]
fn no_two_things_share_a_key() {
    let caller = CallerName::parse("shop").unwrap();
    let basis = BasisId::from_bytes([1; 16]);
    let request = RequestId::parse("7d444840-9dc0-4ad1-9245-5ffdce74fad2").unwrap();
    let keys = [
        Key::record(member(1)),
        Key::party(&party("shop")),
        Key::basis(basis),
        Key::basis_of_member(member(1), basis),
        Key::basis_of_party(&party("shop"), basis),
        Key::preferences(member(1)),
        Key::index(1, 2, 3, 0),
        Key::index(1, 3, 2, 0),
        Key::index(2, 1, 3, 0),
        Key::request(&caller, 1, request),
        Key::request(&caller, 2, request),
        Key::caller(&caller),
        Key::catalogue("shop"),
        Key::retained(member(1)),
        Key::copy(CopyId::from_bytes([1; 16])),
        Key::erased_since(member(1)),
        Key::removed_since(member(1)),
        Key::restored(),
        Key::job("shop"),
        Key::tally("shop", 1),
        Key::tally("shop", 2),
        Key::erasure(member(1), None),
        Key::erasure(member(1), Some((FieldId(1), Slot(0)))),
        Key::erasure(member(1), Some((FieldId(0), Slot(1)))),
        Key::hold(member(1)),
        Key::pending_erasure(member(1)),
    ];
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    for key in keys {
        assert_eq!(Key::from_bytes(key.as_bytes()), Some(key));
    }
}

#[test]
fn the_numbers_of_the_tables_stay() {
    let numbers: Vec<u8> = Table::ALL.into_iter().map(Table::number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18]);
}

#[test]
fn a_listing_of_one_party_holds_no_other_whose_name_begins_alike() {
    let basis = BasisId::from_bytes([1; 16]);
    let listing = KeyPrefix::bases_of_party(&party("shop"));
    assert!(listing.holds(Key::basis_of_party(&party("shop"), basis).as_bytes()));
    for other in ["shop2", "shop.a", "sho"] {
        assert!(!listing.holds(Key::basis_of_party(&party(other), basis).as_bytes()), "{other}");
    }
}

#[test]
fn a_key_gives_back_what_it_names_and_nothing_else() {
    let basis = BasisId::from_bytes([2; 16]);
    assert_eq!(Key::record(member(1)).member(), Some(member(1)));
    assert_eq!(Key::basis(basis).member(), None);
    assert_eq!(Key::basis(basis).basis_id(), Some(basis));
    assert_eq!(Key::basis_of_member(member(1), basis).basis_id(), Some(basis));
    assert_eq!(Key::record(member(1)).basis_id(), None);
    assert_eq!(Key::party(&party("shop")).name(), Some("shop"));
    assert_eq!(Key::record(member(1)).name(), None);
    assert_eq!(Key::tally("contact", 7).tallied(), Some(("contact", 7)));
    assert_eq!(Key::job("contact").tallied(), None);
    let copy = CopyId::from_bytes([3; 16]);
    assert_eq!((Key::copy(copy).copy_id(), Key::copy(copy).erased_member()), (Some(copy), None));
    let erased = Key::erased_since(member(1));
    assert_eq!((erased.copy_id(), erased.erased_member()), (None, Some(member(1))));
}

#[test]
fn a_part_of_a_bucket_is_told_from_those_of_other_buckets() {
    for part in [0, 1, 300] {
        assert!(Key::index(1, 2, 3, part).is_of_bucket(1, 2, 3));
    }
    for other in [Key::index(1, 2, 4, 0), Key::index(1, 3, 3, 0), Key::index(2, 2, 3, 0), Key::record(member(1))] {
        assert!(!other.is_of_bucket(1, 2, 3), "{other:?}");
    }
}

#[test]
fn bytes_of_no_table_are_no_key() {
    for bytes in [&[][..], &[0], &[15, 1], &[255]] {
        assert_eq!(Key::from_bytes(bytes), None);
    }
}
