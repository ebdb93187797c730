//! Does a stored record with any bit flipped, cut short or drawn out ever show anything but the truth?

use crate::desk::{Desk, member};

#[test]
fn no_flipped_bit_of_a_record_yields_a_wrong_value() {
    let mut desk = Desk::new();
    let record = desk.record(member(1), "hanako");
    let bytes = record.as_bytes().to_vec();
    let mut grants = desk.grants(&record, bytes.len() * 8 + 1);
    let truth = desk.open(bytes.clone(), grants.pop().unwrap()).unwrap();
    assert_eq!(truth.len(), 9);
    let mut passed = 0;
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            if let Some(seen) = desk.open(changed, grants.pop().unwrap()) {
                assert_eq!(seen, truth, "byte {place}, bit {bit}");
                passed += 1;
            }
        }
    }
    // The manifest covers every byte, so that in truth none passes.
    assert_eq!(passed, 0);
}

#[test]
fn no_record_cut_short_or_drawn_out_opens() {
    let mut desk = Desk::new();
    let record = desk.record(member(1), "hanako");
    let bytes = record.as_bytes().to_vec();
    let mut grants = desk.grants(&record, bytes.len() + 1);
    for length in 0..bytes.len() {
        assert_eq!(desk.open(bytes[..length].to_vec(), grants.pop().unwrap()), None, "{length}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(desk.open(longer, grants.pop().unwrap()), None);
}
