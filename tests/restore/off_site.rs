//! Somewhere else: where a test keeps backups, copies of the keyring and shipped erasures, and restores from them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fubako::vault::backup::shipped::{origin_of, shipped_file};
use fubako::vault::integrity::VaultVerdict;
use fubako::vault::restore::{Erasures, Error, Restore, Restored, restore};
use fubako_keys::{Keyring, RootKey};
use fubako_proto::v1::{ExportBackupRequest, ExportErasuresRequest, ExportKeyringRequest, MadeBackup};
use ring::rand::SystemRandom;

use crate::support::callers::OPERATOR;
use crate::support::place::Place;
use crate::support::world::World;

/// A backup and the keyring that opens it.
pub(crate) struct Kept {
    pub(crate) backup: PathBuf,
    pub(crate) keyring: PathBuf,
    pub(crate) made: MadeBackup,
}

/// Makes a backup and a copy of the keyring.
pub(crate) async fn keep(world: &World, name: &str) -> Kept {
    let operator = world.client(OPERATOR).await;
    let mut pieces = operator.export_backup(ExportBackupRequest {}).await.unwrap();
    let (mut bytes, mut made) = (Vec::new(), None);
    while let Some(answer) = pieces.next().await.unwrap() {
        bytes.extend(answer.piece);
        made = answer.made.or(made);
    }
    let backup = world.place.beside(&format!("{name}.backup"));
    fs::write(&backup, bytes).unwrap();
    let keyring = keep_keyring(world, name).await;
    Kept { backup, keyring, made: made.unwrap() }
}

pub(crate) async fn keep_keyring(world: &World, name: &str) -> PathBuf {
    let copied = world.client(OPERATOR).await.export_keyring(ExportKeyringRequest {}).await.unwrap();
    let keyring = world.place.beside(&format!("{name}.keyring"));
    fs::write(&keyring, copied.keyring).unwrap();
    keyring
}

/// Ships what is new, as `fubako ledger ship` does.
pub(crate) async fn ship(world: &World, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let operator = world.client(OPERATOR).await;
    let file = shipped_file(folder, &world.vault().origin());
    assert!(origin_of(&file).is_some());
    loop {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let last = text.lines().next_back().map_or(0, |line| line.split_once(' ').unwrap().0.parse().unwrap());
        let lines = text.lines().count() as u64;
        let request = ExportErasuresRequest { origin: world.vault().origin(), lines, until_index: last };
        let answer = operator.export_erasures(request).await.unwrap();
        if answer.lines.is_empty() {
            return;
        }
        fs::write(&file, text + &answer.lines.join("\n") + "\n").unwrap();
    }
}

/// Restores into the place's data folder, which is removed first: the host is lost.
pub(crate) fn restore_at(place: &Place, kept: &Kept, erasures: Erasures<'_>) -> Result<Restored, Error> {
    if place.data().exists() {
        fs::remove_dir_all(place.data()).unwrap();
    }
    let folder = place.data();
    let how = Restore { folder: &folder, backup: &kept.backup, keyring: &kept.keyring, erasures };
    let root = RootKey::load_file(&place.root_file()).unwrap();
    restore(&how, &root, (place.clock.now(), &SystemRandom::new()), &mut |_, _| {})
}

pub(crate) fn keyring(place: &Place, file: &Path) -> Arc<Keyring> {
    Arc::new(Keyring::load(file, &RootKey::load_file(&place.root_file()).unwrap()).unwrap())
}

/// Whether everything is whole.
pub(crate) async fn check(world: &World) -> VaultVerdict {
    let (permit, before) = world.vault().begin_check_at_rest().await.unwrap();
    world.vault().check((&permit, before), &mut |_, _, _| {}).unwrap()
}
