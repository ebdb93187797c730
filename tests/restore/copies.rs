//! Are copies on record from before they leave until somebody attests that they are gone, and to whom is that told?

use fubako_proto::Reason;
use fubako_proto::v1::{
    CopyKind, DestroyKeyRequest, ExportBackupRequest, ExportErasuresRequest, ExportKeyringRequest, ForgetCopyRequest,
    GetCopiesRequest, ListEntriesRequest, RotateKeyRequest,
};
use jiff::SignedDuration;

use crate::off_site::keep;
use crate::support::callers::{APPROVER, ASKER, AUDITOR, OFFICER, OPERATOR, SHOP};
use crate::support::world::{World, reason};

#[tokio::test]
async fn copies_are_on_record_until_they_are_forgotten_or_past_their_time() {
    let world = World::new().await;
    let kept = keep(&world, "one").await;
    let operator = world.client(OPERATOR).await;
    let copies = operator.get_copies(GetCopiesRequest {}).await.unwrap().copies;
    let kinds: Vec<_> = copies.iter().map(|copy| (copy.kind(), copy.whole, copy.caller.as_str())).collect();
    assert_eq!(kinds, [(CopyKind::Vault, true, OPERATOR), (CopyKind::Keyring, true, OPERATOR)]);
    assert_eq!(copies[0].copy_id, kept.made.copy.unwrap().copy_id);
    let now = world.place.clock.now();
    assert_eq!(world.vault().backups_needing(now).unwrap().len(), 2);
    let after = now + SignedDuration::from_hours(24 * 36);
    assert_eq!(world.vault().backups_needing(after).unwrap(), []);
    let copy_id = copies[0].copy_id.clone();
    let forget = ForgetCopyRequest { copy_id, reason: "shredded".into(), ..Default::default() };
    operator.forget_copy(forget.clone()).await.unwrap();
    assert_eq!(reason(operator.forget_copy(forget).await), Reason::CopyNotFound);
    assert_eq!(world.vault().backups_needing(now).unwrap().len(), 1);
    let entries = world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await.unwrap().entries;
    for event in ["backup-begun", "backup-made", "keyring-copied", "copy-forgotten"] {
        assert!(entries.iter().any(|entry| entry.event == event), "{event}");
    }
}

#[tokio::test]
async fn a_key_version_stays_while_a_backup_on_record_may_need_it() {
    let world = World::new().await;
    let operator = world.client(OPERATOR).await;
    let before = keep(&world, "before").await.made.copy.unwrap().copy_id;
    operator.rotate_key(RotateKeyRequest { key: "contact".into(), ..Default::default() }).await.unwrap();
    world.vault().advance_rotation().await.unwrap();
    let destroy = DestroyKeyRequest { key: "contact".into(), version: 1, ..Default::default() };
    let approver = world.client(APPROVER).await;
    assert_eq!(reason(approver.destroy_key(destroy.clone()).await), Reason::KeyVersionInUse);
    // The copy of the keyring that was made along holds it, and does not need it.
    let forget = ForgetCopyRequest { copy_id: before, reason: "shredded".into(), ..Default::default() };
    operator.forget_copy(forget).await.unwrap();
    approver.destroy_key(destroy).await.unwrap();
}

#[tokio::test]
async fn a_backup_that_nobody_took_is_on_record_all_the_same() {
    let world = World::new().await;
    let operator = world.client(OPERATOR).await;
    drop(operator.export_backup(ExportBackupRequest {}).await.unwrap());
    let copies = operator.get_copies(GetCopiesRequest {}).await.unwrap().copies;
    assert_eq!(copies.len(), 1);
}

#[tokio::test]
async fn copies_are_made_by_operators_alone() {
    let world = World::new().await;
    for other in [AUDITOR, OFFICER, ASKER, SHOP] {
        let client = world.client(other).await;
        assert_eq!(reason(client.export_backup(ExportBackupRequest {}).await), Reason::RoleMissing);
        assert_eq!(reason(client.export_keyring(ExportKeyringRequest {}).await), Reason::RoleMissing);
        let forget = ForgetCopyRequest {
            copy_id: "01890a5d-ac96-774b-bcce-b302099a8057".into(),
            reason: "gone".into(),
            ..Default::default()
        };
        assert_eq!(reason(client.forget_copy(forget).await), Reason::RoleMissing);
        let ships = client.export_erasures(ExportErasuresRequest::default()).await.is_ok();
        assert_eq!(ships, other == AUDITOR);
    }
}
