//! Is the ledger from before a restore checked with the present one, for as long as it lies beside it?

use std::fs;

use fubako::vault::audit::audit_at_rest;
use fubako::vault::restore::Erasures;
use fubako_keys::RootKey;

use crate::off_site::{check, keep, restore_at};
use crate::support::member::hanako;
use crate::support::place::{Place, files_below};
use crate::support::world::World;

/// A vault that was restored twice, and the folders of its two ledgers of the past, the older first.
async fn restored() -> (Place, Vec<std::path::PathBuf>) {
    let mut world = World::new().await;
    let mut past = Vec::new();
    for name in ["first", "second"] {
        world.collect(hanako()).await;
        let kept = keep(&world, name).await;
        past.push(world.place.data().join("past").join(world.vault().origin()));
        let place = world.close().await;
        restore_at(&place, &kept, Erasures::Accepted).unwrap();
        world = World::at(place).await;
    }
    let verdict = check(&world).await;
    assert_eq!(verdict.breaks(), Vec::<String>::new());
    assert_eq!(verdict.ledger.past.ledgers, 2);
    assert!(verdict.ledger.past.entries > 4, "{:?}", verdict.ledger.past);
    (world.close().await, past)
}

fn breaks(place: &Place) -> Vec<String> {
    audit_at_rest(&place.data(), &RootKey::load_file(&place.root_file()).unwrap(), |_, _| ()).unwrap().breaks()
}

#[tokio::test]
async fn every_ledger_of_the_past_is_checked_and_missed_where_it_is_gone() {
    let (place, past) = restored().await;
    assert_eq!(breaks(&place), Vec::<String>::new());
    for folder in &past {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for part in ["journal", "tree"] {
            let file = files_below(&folder.join(part)).into_iter().next().unwrap();
            let whole = fs::read(&file).unwrap();
            let mut flipped = whole.clone();
            let middle = flipped.len() / 2;
            flipped[middle] ^= 1;
            fs::write(&file, flipped).unwrap();
            let found = breaks(&place);
            assert!(!found.is_empty() && found.iter().all(|broken| broken.contains(&name)), "{part}: {found:?}");
            fs::write(&file, whole).unwrap();
        }
        let elsewhere = place.beside("elsewhere");
        fs::rename(folder, &elsewhere).unwrap();
        let found = breaks(&place);
        assert!(found.iter().any(|broken| broken.contains(&name) && broken.contains("is gone")), "{found:?}");
        fs::rename(&elsewhere, folder).unwrap();
    }
    assert_eq!(breaks(&place), Vec::<String>::new());

    // One in the other's place, and something that is no ledger.
    let (other, spare) = (past[0].clone(), place.beside("spare"));
    fs::rename(&past[1], &spare).unwrap();
    fs::rename(&other, &past[1]).unwrap();
    assert!(breaks(&place).iter().any(|broken| broken.contains("holds the ledger")));
    fs::rename(&past[1], &other).unwrap();
    fs::rename(&spare, &past[1]).unwrap();
    fs::create_dir(place.data().join("past/nothing")).unwrap();
    assert!(breaks(&place).iter().any(|broken| broken.contains("past/nothing")));
}
