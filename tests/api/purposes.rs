//! Is nothing released without a purpose, with one nobody knows, or with one the caller does not hold?

use fubako_proto::Reason;
use fubako_proto::v1::{LedgerEntry, ListEntriesRequest, Recipient};

use crate::support::callers::{AUDITOR, NARROW};
use crate::support::member::hanako;
use crate::support::world::{World, ask, reason};

#[tokio::test]
async fn without_a_purpose_nothing_is_released() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let refused = |purpose: &'static str| world.refusal(ask(purpose, Recipient::marketplace(), &member, &[]));
    assert_eq!(refused("").await, Reason::PurposeMissing);
    for unknown in ["other", "marketing", "transaction-notice ", "Transaction-Notice", "*", "' or 1=1", "手紙"] {
        assert_eq!(refused(unknown).await, Reason::PurposeNotRecognised, "{unknown:?}");
    }
}

#[tokio::test]
async fn a_purpose_the_caller_does_not_hold_releases_nothing() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let narrow = world.client(NARROW).await;
    let asked = |purpose| narrow.disclose(ask(purpose, Recipient::marketplace(), &member, &[]));
    assert!(asked("transaction-notice").await.is_ok());
    for purpose in ["service-provision", "payment", "statistics", "self-review"] {
        assert_eq!(reason(asked(purpose).await), Reason::PurposeNotHeld, "{purpose}");
    }
}

#[tokio::test]
async fn a_purpose_that_answers_otherwise_never_becomes_a_view() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    for purpose in ["identity-verification", "member-search"] {
        let refused = world.refusal(ask(purpose, Recipient::marketplace(), &member, &[])).await;
        assert_eq!(refused, Reason::NothingToRelease, "{purpose}");
    }
}

#[tokio::test]
async fn every_release_and_every_refusal_is_an_entry_that_its_answer_names() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let granted = world.disclose(ask("maintenance-notice", Recipient::marketplace(), &member, &[])).await.unwrap();
    let refused = world.disclose(ask("other", Recipient::marketplace(), &member, &[])).await.unwrap_err();
    let request = ListEntriesRequest { page_size: 3, ..ListEntriesRequest::default() };
    let entries = world.client(AUDITOR).await.list_entries(request).await.unwrap().entries;
    // The newest tells that the ledger is read.
    let [_, refusal, release]: [LedgerEntry; 3] = entries.try_into().unwrap();
    let receipt = granted.receipt.unwrap();
    assert_eq!((release.index, &release.entry_id), (receipt.index, &receipt.entry_id));
    assert_eq!((release.leaf_hash, release.member_id.as_str()), (receipt.leaf_hash, member.as_str()));
    assert_eq!((release.purpose.as_str(), release.recipient_class.as_str()), ("maintenance-notice", "marketplace"));
    let fields: Vec<_> = release.fields.iter().map(|field| (field.field.as_str(), field.forms.join("+"))).collect();
    assert_eq!(fields, [("email", "full".to_owned())]);
    assert_eq!(refused.metadata("entry_id"), Some(refusal.entry_id.as_str()));
    assert_eq!(refused.metadata("check"), Some("purpose-recognised"));
    assert_eq!((refusal.event.as_str(), refusal.reason.as_str()), ("refused", "PURPOSE_NOT_RECOGNISED"));
}
