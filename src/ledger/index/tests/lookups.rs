//! What is looked up is what a scan of every entry finds.

use super::{Desk, Listed, bounds, caller, found, member, month};

use std::thread;

use proptest::prelude::*;

use crate::ledger::index::Term;
use crate::ledger::lifetime::Lifetime;

prop_compose! {
    /// An entry, and whether a segment ends before it.
    fn entry()(long: bool, member in 0_u8..4, names: [u8; 3], segment_ends in prop::bool::weighted(0.1)) -> (bool, Listed) {
        let lifetime = if long { Lifetime::Long } else { Lifetime::Retention };
        let names = names.map(|name| ["", "a", "b"][usize::from(name % 3)].to_owned());
        (segment_ends, Listed { segment: 1, month: month(202_611), lifetime, member, names })
    }
}

/// Entries in segments, every second of which begins a month.
fn ledger(entries: Vec<(bool, Listed)>) -> Vec<Listed> {
    let mut segment = 1;
    let place = |(segment_ends, entry)| {
        segment += u64::from(segment_ends);
        let month = month(202_611 + u32::from(segment > 2));
        Listed { segment, month, ..entry }
    };
    entries.into_iter().map(place).collect()
}

fn terms() -> impl Strategy<Value = Vec<Term>> {
    let name = || prop::sample::select(vec!["a", "b", "c", ""]).prop_map(str::to_owned);
    let term = prop_oneof![
        (0_u8..5).prop_map(|number| Term::Member(member(number))),
        name().prop_map(Term::Recipient),
        name().prop_map(Term::Caller),
        name().prop_map(Term::Purpose),
    ];
    prop::collection::vec(term, 0..4)
}

proptest! {
    // Each run is synced to disk.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_lookup_equals_a_scan_before_and_after_a_restart(
        entries in prop::collection::vec(entry(), 1..60),
        run_entries in 5_u64..25,
        restart in any::<prop::sample::Index>(),
        lookups in prop::collection::vec(terms(), 20),
    ) {
        let desk = Desk::with(ledger(entries));
        let all = desk.entries.len() as u64;
        let some = restart.index(desk.entries.len()) as u64;
        let mut index = desk.open(run_entries);
        desk.feed(&mut index, some).unwrap();
        for terms in &lookups {
            prop_assert_eq!(found(&index.reader(), terms, &desk.keyring), desk.scanned(terms, some));
        }
        drop(index);
        let reader = desk.indexed(run_entries);
        for terms in &lookups {
            prop_assert_eq!(found(&reader, terms, &desk.keyring), desk.scanned(terms, all));
        }
        let bounds = bounds(&reader);
        prop_assert!(bounds.windows(2).all(|pair| pair[0].1 == pair[1].0));
        prop_assert_eq!((bounds[0].0, bounds[bounds.len() - 1].1), (0, all));
        for span in reader.spans() {
            prop_assert!(desk.check(&span).is_ok());
        }
    }
}

#[test]
fn a_run_ends_where_it_is_full_or_its_segment_is_over() {
    let desk = Desk::of_two_months(25);
    let reader = desk.indexed(10);
    assert_eq!(bounds(&reader), [(0, 10), (10, 20), (20, 25), (25, 35), (35, 45), (45, 50)]);
    let firsts = ["00", "10", "20", "25", "35"];
    let names = firsts.map(|first| ["long", "month"].map(|part| format!("000000000000000000{first}-{part}.run")));
    assert_eq!(desk.names(), names.concat());
}

#[test]
fn lists_and_names_longer_than_a_block_are_found_whole() {
    let mut desk = Desk::of_two_months(30_000);
    let long_name = "x".repeat(40_000);
    for (index, entry) in (0_u64..).zip(&mut desk.entries) {
        "shop".clone_into(&mut entry.names[1]);
        if index % 5_000 == 3 {
            entry.names[0].clone_from(&long_name);
        }
    }
    let reader = desk.indexed(100_000);
    let recipient = Term::Recipient(long_name);
    for terms in [vec![caller("shop")], vec![recipient.clone()], vec![caller("shop"), recipient]] {
        assert_eq!(found(&reader, &terms, &desk.keyring), desk.scanned(&terms, 60_000));
    }
    for span in reader.spans() {
        desk.check(&span).unwrap();
    }
}

#[test]
fn a_span_does_not_change_while_the_writer_goes_on() {
    let desk = Desk::of_two_months(10);
    let mut index = desk.open(8);
    desk.feed(&mut index, 5).unwrap();
    let spans = index.reader().spans();
    desk.feed(&mut index, 20).unwrap();
    let terms = [caller("name-1")];
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].find(&terms, &desk.keyring).unwrap(), desk.scanned(&terms, 5));
    assert_eq!(spans[0].find(&[], &desk.keyring).unwrap(), [0, 1, 2, 3, 4]);
}

#[test]
fn readers_beside_the_writer_miss_nothing_that_is_indexed() {
    let mut desk = Desk::of_two_months(1_000);
    for entry in &mut desk.entries {
        "shop".clone_into(&mut entry.names[1]);
    }
    let mut index = desk.open(150);
    let reader = index.reader();
    thread::scope(|scope| {
        let writer = scope.spawn(|| desk.feed(&mut index, 2_000));
        loop {
            let finished = writer.is_finished();
            let found = found(&reader, &[caller("shop")], &desk.keyring);
            assert!(found.iter().copied().eq(0..found.len() as u64));
            if finished {
                assert_eq!(found.len(), 2_000);
                break;
            }
        }
    });
}
