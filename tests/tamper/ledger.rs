//! Is every change to the files of a closed ledger found by the audit, and none of them lost in silence by the next start?

use std::sync::LazyLock;

use fubako::ledger::query::Filter;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use tokio::runtime::Runtime;

use crate::damage::{Damage, How, exchanged_frames, flipped_or_cut, written};
use crate::past::{Files, Past, is_segment, listed};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static PAST: LazyLock<Past> = LazyLock::new(|| RUNTIME.block_on(Past::live()));

/// The audit finds the damage, and says where.
fn is_found(damage: &Damage) -> Result<(), TestCaseError> {
    is_found_in(PAST.files(), damage)
}

fn is_found_in(files: &Files, damage: &Damage) -> Result<(), TestCaseError> {
    let Some(files) = damage.done_to(files, &PAST) else { return Ok(()) };
    let breaks = PAST
        .lay(&files)
        .audit()
        .map_or_else(|error| vec![error], |found| found.breaks.iter().map(ToString::to_string).collect());
    prop_assert!(!breaks.is_empty(), "nobody noticed {:?}", damage);
    let places = ["/journal/", "/tree/", "/index/", "checkpoint", "entry ", "entries ", "of level "];
    let names_a_place = |text: &String| places.iter().any(|place| text.contains(place));
    prop_assert!(breaks.iter().all(names_a_place), "{:?} is found nowhere: {:?}", damage, breaks);
    Ok(())
}

/// A start on the damage is refused, or the vault still tells every entry anybody was told of, or says that it cannot.
fn is_not_silent(damage: &Damage) -> Result<(), TestCaseError> {
    let Some(files) = damage.done_to(PAST.files(), &PAST) else { return Ok(()) };
    let (_laid, place) = PAST.lay_whole(&files);
    let Ok(opened) = RUNTIME.block_on(place.try_open()) else { return Ok(()) };
    let told = PAST.told();
    if let Ok(all) = listed(&opened.vault, &Filter::default()) {
        prop_assert_eq!(&all[..told.len()], told, "{:?}", damage);
    }
    // By way of the index.
    let by_shop = Filter { caller: Some("shop".into()), ..Filter::default() };
    if let Ok(of_shop) = listed(&opened.vault, &by_shop) {
        prop_assert_eq!(of_shop.len(), SHOPS, "{:?}", damage);
        prop_assert!(of_shop.iter().all(|entry| told.contains(entry)), "{:?}", damage);
    }
    opened.close();
    Ok(())
}

fn is_run(file: &str) -> bool {
    file.starts_with("index/")
}

#[test]
fn the_ledger_is_whole_at_every_stop_and_has_what_is_to_be_damaged() {
    for files in PAST.stops() {
        let verdict = PAST.lay(files).audit().unwrap();
        assert!(verdict.breaks.is_empty(), "{:?}", verdict.breaks);
    }
    let files = PAST.files();
    let count = |of: &dyn Fn(&str) -> bool| files.keys().filter(|file| of(file)).count();
    assert_eq!((count(&is_segment), count(&is_run)), (3, 4), "{:?}", files.keys());
    assert!(files.contains_key("tree/level-1") && PAST.told().len() > 256);
    let (_laid, place) = PAST.lay_whole(files);
    let opened = RUNTIME.block_on(place.open());
    assert_eq!(listed(&opened.vault, &Filter::default()).unwrap()[..PAST.told().len()], *PAST.told());
    opened.close();
}

#[test]
fn every_byte_of_the_checkpoint_counts() {
    // The first stop's, since the ledger was small then.
    let files = &PAST.stops()[0];
    for at in 0..files["tree/checkpoint"].len() {
        for how in [How::Flip { at, bits: 1 << (at % 8) }, How::Cut { length: at }] {
            is_found_in(files, &Damage::new("tree/checkpoint", how)).unwrap();
        }
    }
}

#[test]
fn a_start_on_a_changed_tree_names_the_first_hash_that_differs() {
    // Both are on the right edge, on which the root rests: the last leaf, and the hash of the first 256.
    let last = PAST.files()["tree/level-0"].len() - 1;
    let entry = format!("the first entry that does is {}", last / 32);
    for (file, at, place) in [("tree/level-0", last, entry.as_str()), ("tree/level-1", 7, "hash 0 of level 1")] {
        let flipped = Damage::new(file, How::Flip { at, bits: 1 });
        let (_laid, place_of) = PAST.lay_whole(&flipped.done_to(PAST.files(), &PAST).unwrap());
        let refused = RUNTIME.block_on(place_of.try_open()).err().unwrap();
        let mut told = refused.to_string();
        let mut cause = std::error::Error::source(&refused);
        while let Some(why) = cause {
            told = format!("{told}: {why}");
            cause = why.source();
        }
        assert!(told.contains(place), "{file}: {told}");
    }
}

#[test]
fn a_file_that_is_gone_misnamed_or_out_of_an_earlier_time_is_found() {
    for file in PAST.files().keys() {
        for stop in 0..PAST.stops().len() - 1 {
            is_found(&Damage::new(file, How::Restore { stop })).unwrap();
        }
        // A run without the file of the month is no run, and no crash leaves one. Without its last file, or without any,
        // it is one that was not written yet.
        if !file.ends_with("-long.run") {
            is_found(&Damage::new(file, How::Remove)).unwrap();
            is_found(&Damage::new(file, How::Rename)).unwrap();
        }
    }
}

#[test]
fn what_stands_in_the_space_made_ready_is_found_as_what_a_crash_leaves_and_loses_no_entry() {
    let (file, bytes) = PAST.files().iter().rfind(|(file, _)| is_segment(file)).unwrap();
    let end = written(file, bytes).len();
    for at in [end, end + 1, end + 3, end + 4, bytes.len() - 1] {
        let flipped = Damage::new(file, How::Flip { at, bits: 1 });
        is_found(&flipped).unwrap();
        is_not_silent(&flipped).unwrap();
    }
}

#[test]
fn no_damage_makes_the_next_start_lose_an_entry_in_silence() {
    for file in PAST.files().keys() {
        for how in [How::Remove, How::Rename, How::Restore { stop: 0 }, How::Restore { stop: 4 }] {
            is_not_silent(&Damage::new(file, how)).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn a_byte_flipped_anywhere_or_a_file_cut_anywhere_is_found(
        damage in flipped_or_cut(&PAST, |file| !is_run(file)),
    ) {
        is_found(&damage)?;
    }

    #[test]
    fn a_run_of_the_index_flipped_or_cut_anywhere_is_found(damage in flipped_or_cut(&PAST, is_run)) {
        is_found(&damage)?;
    }

    #[test]
    fn two_frames_that_changed_places_are_found(damage in exchanged_frames(&PAST)) {
        is_found(&damage)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn no_flipped_byte_and_no_cut_makes_the_next_start_lose_an_entry_in_silence(
        damage in prop_oneof![flipped_or_cut(&PAST, |_| true), exchanged_frames(&PAST)],
    ) {
        is_not_silent(&damage)?;
    }
}

/// Six members in each of six runs.
const SHOPS: usize = 36;
