//! Is an export on record before it leaves, and does what it holds stay until it is gone?

use fubako_proto::Reason;
use fubako_proto::v1::{
    CopyKind, DestroyKeyRequest, ExportScopeRequest, ExportScopeResponse, ForgetCopyRequest, GetCopiesRequest,
    ListEntriesRequest, RotateKeyRequest,
};
use jiff::SignedDuration;

use crate::support::callers::{APPROVER, ASKER, AUDITOR, OFFICER, OPERATOR, SECOND, SHOP};
use crate::support::register::wire_time;
use crate::support::world::{World, reason};

/// What the node's keyring is sealed under.
pub(crate) const NODE: &str = "a passphrase of the node's own";
/// How long the tests give a keyring out for, in days.
pub(crate) const TERM: i64 = 90;

pub(crate) fn request(world: &World, classes: &[&str]) -> ExportScopeRequest {
    let until = world.place.clock.now() + SignedDuration::from_hours(24 * TERM);
    ExportScopeRequest {
        classes: classes.iter().map(|class| (*class).to_owned()).collect(),
        holder: "support desk".into(),
        until_time: Some(wire_time(until)),
        passphrase: NODE.into(),
    }
}

/// Gives out a keyring of those classes.
pub(crate) async fn export(world: &World, classes: &[&str]) -> ExportScopeResponse {
    let proposed = world.client(APPROVER).await.export_scope(request(world, classes)).await.unwrap();
    assert_eq!((proposed.keyring.len(), proposed.copy), (0, None));
    world.client(SECOND).await.export_scope(request(world, classes)).await.unwrap()
}

/// Rotates a key to the end.
pub(crate) async fn rotate(world: &World, key: &str) {
    let rotate = RotateKeyRequest { key: key.into(), ..Default::default() };
    world.client(OPERATOR).await.rotate_key(rotate).await.unwrap();
    world.vault().advance_rotation().await.unwrap();
}

/// Has a version destroyed by both approvers.
pub(crate) async fn destroy(world: &World, key: &str, lose_what_needs_it: bool) -> Result<(), Reason> {
    for approver in [APPROVER, SECOND] {
        let destroy = DestroyKeyRequest { key: key.into(), version: 1, lose_what_needs_it, ..Default::default() };
        let done = world.client(approver).await.destroy_key(destroy).await;
        done.map_err(|error| error.reason().clone())?;
    }
    Ok(())
}

#[tokio::test]
async fn an_export_is_on_record_with_holder_classes_and_term() {
    let world = World::new().await;
    let scoped = export(&world, &["contact", "identity"]).await;
    let told = scoped.copy.unwrap();
    let operator = world.client(OPERATOR).await;
    let copies = operator.get_copies(GetCopiesRequest {}).await.unwrap().copies;
    assert_eq!(copies, std::slice::from_ref(&told));
    assert_eq!((told.kind(), told.holder.as_str()), (CopyKind::ScopedKeyring, "support desk"));
    assert_eq!(told.classes, ["identity", "contact"]);
    let entries = world.client(AUDITOR).await.list_entries(ListEntriesRequest::default()).await.unwrap().entries;
    let entry = entries.iter().find(|entry| entry.event == "scope-exported").unwrap();
    assert_eq!((entry.caller.as_str(), &entry.subject), (SECOND, &told.copy_id));
    let words = "identity+contact for support desk until 2027-02-21T";
    assert!(entry.reason.starts_with(words), "{}", entry.reason);
    assert!(entry.reason.ends_with(", first approved by approver"), "{}", entry.reason);
    let entry = entries.iter().find(|entry| entry.event == "scope-export-proposed").unwrap();
    assert_eq!(entry.caller, APPROVER);
    assert!(entry.reason.starts_with(words), "{}", entry.reason);
    let forget = ForgetCopyRequest { copy_id: told.copy_id, reason: "wiped".into(), ..Default::default() };
    operator.forget_copy(forget).await.unwrap();
    assert_eq!(operator.get_copies(GetCopiesRequest {}).await.unwrap().copies, []);
}

#[tokio::test]
async fn exports_are_made_by_approvers_alone_and_only_whole_ones() {
    let world = World::new().await;
    for other in [OPERATOR, AUDITOR, OFFICER, ASKER, SHOP] {
        let refused = world.client(other).await.export_scope(request(&world, &["contact"])).await;
        assert_eq!(reason(refused), Reason::RoleMissing, "{other}");
    }
    let (approver, second) = (world.client(APPROVER).await, world.client(SECOND).await);
    let good = request(&world, &["contact"]);
    approver.export_scope(good.clone()).await.unwrap();
    let year = wire_time(world.place.clock.now() + SignedDuration::from_hours(24 * 367));
    let spoiled = [
        ("no class", ExportScopeRequest { classes: Vec::new(), ..good.clone() }),
        ("an unknown class", ExportScopeRequest { classes: vec!["cards".into()], ..good.clone() }),
        ("a class twice", ExportScopeRequest { classes: vec!["contact".into(); 2], ..good.clone() }),
        ("no holder", ExportScopeRequest { holder: String::new(), ..good.clone() }),
        ("no term", ExportScopeRequest { until_time: None, ..good.clone() }),
        ("the past", ExportScopeRequest { until_time: Some(wire_time(world.place.clock.now())), ..good.clone() }),
        ("over a year", ExportScopeRequest { until_time: Some(year), ..good.clone() }),
        ("no passphrase", ExportScopeRequest { passphrase: String::new(), ..good.clone() }),
    ];
    for (what, request) in spoiled {
        assert_eq!(reason(second.export_scope(request).await), Reason::ValueInvalid, "{what}");
    }
    let operator = world.client(OPERATOR).await;
    assert_eq!(operator.get_copies(GetCopiesRequest {}).await.unwrap().copies, []);
}

#[tokio::test]
async fn an_export_takes_the_same_word_of_two_approvers_within_a_day_and_each_word_is_good_for_one() {
    let world = World::new().await;
    let (approver, second) = (world.client(APPROVER).await, world.client(SECOND).await);
    let good = request(&world, &["contact"]);
    let waits = |answer: ExportScopeResponse| assert_eq!((answer.keyring.len(), answer.copy), (0, None));
    // The first one brings no passphrase, and cannot be the second.
    waits(approver.export_scope(ExportScopeRequest { passphrase: String::new(), ..good.clone() }).await.unwrap());
    assert_eq!(reason(approver.export_scope(good.clone()).await), Reason::ApproverRepeated);
    // Who says something else says it first.
    waits(second.export_scope(ExportScopeRequest { holder: "another".into(), ..good.clone() }).await.unwrap());
    waits(second.export_scope(request(&world, &["contact", "card"])).await.unwrap());
    // The term is the earlier of the two.
    let longer = wire_time(world.place.clock.now() + SignedDuration::from_hours(24 * 300));
    let given = second.export_scope(ExportScopeRequest { until_time: Some(longer), ..good.clone() }).await.unwrap();
    assert!(!given.keyring.is_empty());
    assert_eq!(given.copy.unwrap().keep_until_time, good.until_time);
    // Both words are used up, and a word holds for a day.
    waits(second.export_scope(good.clone()).await.unwrap());
    world.place.clock.advance(SignedDuration::from_hours(25));
    waits(approver.export_scope(good).await.unwrap());
    let copies = world.client(OPERATOR).await.get_copies(GetCopiesRequest {}).await.unwrap().copies;
    assert_eq!(copies.len(), 1);
}

#[tokio::test]
async fn a_version_stays_while_an_export_holds_it_and_others_go() {
    let world = World::new().await;
    let copy_id = export(&world, &["contact"]).await.copy.unwrap().copy_id;
    for key in ["contact", "card", "index"] {
        rotate(&world, key).await;
    }
    assert_eq!(destroy(&world, "contact", false).await, Err(Reason::KeyVersionInUse));
    assert_eq!(destroy(&world, "index", false).await, Err(Reason::KeyVersionInUse), "it came with the class");
    assert_eq!(destroy(&world, "card", false).await, Ok(()));
    let forget = ForgetCopyRequest { copy_id, reason: "wiped".into(), ..Default::default() };
    world.client(OPERATOR).await.forget_copy(forget).await.unwrap();
    assert_eq!(destroy(&world, "contact", false).await, Ok(()));
    // What is given out from now on does not hold it, and is in nobody's way.
    export(&world, &["contact"]).await;
    assert_eq!(destroy(&world, "index", false).await, Err(Reason::KeyVersionInUse));
}
