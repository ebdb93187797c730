//! The story of somebody who asks to be forgotten, with everything anybody may have copied on the way.
//!
//! ```text
//! t0: a copy of the data folder, byte by byte, and one of the keyring   t1: erased   then: every key rotated and destroyed
//! ```

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fubako::model::ids::MemberId;
use fubako::record::sealed::SealedRecord;
use fubako::store::Store as _;
use fubako::store::folder::DataFolder;
use fubako::store::key::Key;
use fubako::store::sled::{SledOptions, SledStore};
use fubako_keys::{FieldBinding, KeyClass, Keyring, RootKey};
use fubako_proto::Reason;
use fubako_proto::v1::{DiscloseRequest, ErasureLevel, ExportKeyringRequest, Recipient};
use uuid::Uuid;

use crate::levels::{erase, renew_all, standing};
use crate::off_site::check;
use crate::support::callers::OPERATOR;
use crate::support::member::hanako;
use crate::support::place::{Place, copy_folder};
use crate::support::view::shown;
use crate::support::world::{World, ask};

fn notice(member: &str) -> DiscloseRequest {
    ask("maintenance-notice", Recipient::marketplace(), member, &[])
}

/// A place made of a data folder as it was, with some keyring and the root key there is.
fn made_of(place: &Place, name: &str, data: &Path, keyring: &Path) -> Place {
    let folder = place.beside(name);
    copy_folder(data, &folder.join("data"));
    fs::copy(keyring, folder.join("data/keyring")).unwrap();
    fs::copy(place.root_file(), folder.join("root")).unwrap();
    Place::again(folder)
}

#[tokio::test]
async fn who_is_shredded_is_gone_from_old_data_and_comes_back_with_an_old_keyring_alone() {
    let world = World::new().await;
    let (hana, ken) = (world.collect(hanako()).await, world.collect(hanako()).await);

    // t0: somebody has a copy of everything that lies on the disk; the keyring's is on record.
    let copied = world.client(OPERATOR).await.export_keyring(ExportKeyringRequest {}).await.unwrap();
    let place = world.close().await;
    let (old_data, old_keyring) = (place.beside("t0"), place.beside("t0.keyring"));
    copy_folder(&place.data(), &old_data);
    fs::write(&old_keyring, copied.keyring).unwrap();

    // t1: erased; then every key that can have sealed her is rotated and destroyed.
    let world = World::at(place).await;
    erase(&world, &hana).await;
    renew_all(&world, false).await;
    assert_eq!(standing(&world, &hana, None).await.level(), ErasureLevel::Shredded);

    // Today's data opens everybody who lives.
    let (ken_now, hana_now) = (world.disclose(notice(&ken)).await, world.refusal(notice(&hana)).await);
    assert!(shown(&ken_now.unwrap().view.unwrap(), "email/0:full").is_some());
    assert_eq!(hana_now, Reason::MemberNotFound);
    let verdict = check(&world).await;
    assert_eq!((verdict.breaks(), verdict.store.records), (Vec::new(), 1));

    // While that copy of the keyring is on record, and its root key lives, nobody says `final`.
    let told = standing(&world, &hana, None).await;
    assert_eq!(told.level(), ErasureLevel::Shredded);
    let holding: Vec<_> = told.copies.iter().map(|copy| &copy.copy_id).collect();
    assert_eq!(holding, [&copied.copy.unwrap().copy_id]);
    assert!(told.roots.iter().any(|root| root.in_force));
    let place = world.close().await;
    let today = place.data().join("keyring");

    // The data of then with the keyring of today: not one value opens, of nobody.
    let (hana_id, ken_id) = (hana.parse().unwrap(), ken.parse().unwrap());
    assert_eq!(opened(&made_of(&place, "then-and-now", &old_data, &today), &[hana_id, ken_id]), 0);
    // With the keyring of then, and the root key that lives: everything. It is why copies have a term.
    let then = made_of(&place, "then", &old_data, &old_keyring);
    assert_eq!(opened(&then, &[hana_id, ken_id]), 2 * VALUES);
    let world = World::at(then).await;
    assert!(world.disclose(notice(&hana)).await.is_ok());
    drop(world.close().await);
}

/// How many values of these members open, whatever class they say they are of.
fn opened(place: &Place, members: &[Uuid]) -> usize {
    let root = RootKey::load_file(&place.root_file()).unwrap();
    let keyring = Keyring::load(&place.data().join("keyring"), &root).unwrap();
    let data = DataFolder::open(&place.data()).unwrap();
    let options = SledOptions {
        cache_bytes: 1 << 20,
        flush_limit: Duration::from_mins(1),
        on_fatal: Arc::new(|fatal| panic!("{fatal}")),
    };
    let store = SledStore::open(&data, options).unwrap();
    let mut opened = 0;
    for member in members {
        let member = MemberId::from_bytes(member.into_bytes());
        let key = Key::record(member);
        let row = store.get(&key).unwrap().unwrap();
        let record = SealedRecord::parse(row.into_value()).unwrap();
        for slot in record.slots() {
            let binding = FieldBinding::new(*member.as_bytes(), slot.field.0, slot.slot.0, slot.seal);
            let opens = |class| keyring.open_field(class, &binding, slot.envelope).is_ok();
            opened += usize::from(KeyClass::ALL.into_iter().any(opens));
        }
    }
    opened
}

/// The values of each member, with the vault's own: where they are listed, and what their pseudonyms are made of.
const VALUES: usize = 16;
