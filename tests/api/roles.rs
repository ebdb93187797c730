//! Can every caller do what its roles say and nothing else, and nothing at all once it is suspended?

use std::collections::BTreeSet;

use fubako_proto::Reason;
use fubako_proto::client::{Client, Error};
use fubako_proto::v1::{
    BatchDiscloseItem, BatchDiscloseRequest, CollectMemberRequest, CorrectMemberRequest, DestroyKeyRequest,
    EraseMemberRequest, ExplainRequest, GetKeysRequest, GetPreferencesRequest, GetRetainedRequest, GetStatusRequest,
    ListEntriesRequest, ListPartiesRequest, Recipient, RecordBasisRequest, RegisterPartyRequest, RemoveFieldsRequest,
    ResumeCallerRequest, RotateKeyRequest, SetKeyStateRequest, SetPartyStateRequest, SetRestrictionRequest, SlotName,
    SuspendCallerRequest, WatchRotationRequest,
};
use uuid::Uuid;

use crate::support::callers::{self, APPROVER, ASKER, AUDITOR, CONTRACTS, LEGAL, OFFICER, OPERATOR, REGISTRAR, SHOP};
use crate::support::member::hanako;
use crate::support::register::{about, about_all, party};
use crate::support::world::{World, ask, reason};

/// Why each sort of call fails for a client, if it does; what the calls are about does not exist.
async fn tries(client: &Client) -> Vec<(&'static str, Reason)> {
    let nobody = Uuid::now_v7().to_string();
    let mut failed = Vec::new();
    let mut note = |call, outcome: Result<(), Error>| {
        if let Err(error) = outcome {
            failed.push((call, error.reason().clone()));
        }
    };
    let collect = CollectMemberRequest { values: hanako(), ..Default::default() };
    note("collect", client.collect_member(collect).await.map(drop));
    let correct = CorrectMemberRequest { member_id: nobody.clone(), values: hanako(), ..Default::default() };
    note("correct", client.correct_member(correct).await.map(drop));
    let slots = vec![SlotName { field: "email".into(), slot: 0 }];
    let remove = RemoveFieldsRequest { member_id: nobody.clone(), slots, ..Default::default() };
    note("remove", client.remove_fields(remove).await.map(drop));
    let erase = EraseMemberRequest { member_id: nobody.clone(), reason: "test".into(), ..Default::default() };
    note("erase", client.erase_member(erase).await.map(drop));
    let disclose = ask("transaction-notice", Recipient::marketplace(), &nobody, &[]);
    note("disclose", client.disclose(disclose).await.map(drop));
    let register = RegisterPartyRequest { request_id: String::new(), details: Some(party(&nobody, "seller")) };
    note("register", client.register_party(register).await.map(drop));
    let state = SetPartyStateRequest { party_id: "nobody".into(), state: 2, ..Default::default() };
    note("suspend-party", client.set_party_state(state).await.map(drop));
    let terms = Some(about("transaction", &nobody, "nobody", "delivery"));
    note("record", client.record_basis(RecordBasisRequest { request_id: String::new(), terms }).await.map(drop));
    let restrict = SetRestrictionRequest { member_id: nobody.clone(), restriction: 2, ..Default::default() };
    note("restrict", client.set_restriction(restrict).await.map(drop));
    note("preferences", client.get_preferences(GetPreferencesRequest { member_id: nobody.clone() }).await.map(drop));
    note("parties", client.list_parties(ListPartiesRequest::default()).await.map(drop));
    note("entries", client.list_entries(ListEntriesRequest::default()).await.map(drop));
    note("status", client.get_status(GetStatusRequest {}).await.map(drop));
    let resume = ResumeCallerRequest { request_id: String::new(), caller: "narrow".into() };
    let kept = GetRetainedRequest { member_id: nobody.clone(), reason: "order".into() };
    note("retained", client.get_retained(kept).await.map(drop));
    note("resume", client.resume_caller(resume).await.map(drop));
    note("keys", client.get_keys(GetKeysRequest {}).await.map(drop));
    let rotate = RotateKeyRequest { key: "ledger".into(), ..Default::default() };
    note("rotate", client.rotate_key(rotate).await.map(drop));
    note("watch-rotation", client.watch_rotation(WatchRotationRequest {}).await.map(drop));
    let state = SetKeyStateRequest { key: "contact".into(), version: 9, state: 3, ..Default::default() };
    note("key-state", client.set_key_state(state).await.map(drop));
    let destroy = DestroyKeyRequest { key: "contact".into(), version: 9, ..Default::default() };
    note("destroy-key", client.destroy_key(destroy).await.map(drop));
    failed
}

const CALLS: [&str; 20] = [
    "collect",
    "correct",
    "remove",
    "erase",
    "disclose",
    "register",
    "suspend-party",
    "record",
    "restrict",
    "preferences",
    "parties",
    "entries",
    "status",
    "retained",
    "resume",
    "keys",
    "rotate",
    "watch-rotation",
    "key-state",
    "destroy-key",
];

#[tokio::test]
async fn a_caller_does_what_its_roles_say_and_nothing_else() {
    let world = World::new().await;
    // What a role lets in may fail for other reasons: the member does not exist, the caller is not suspended.
    let may: [(&str, &[&str]); 8] = [
        (SHOP, &["collect", "correct", "remove", "erase", "restrict", "preferences"]),
        (ASKER, &["disclose"]),
        (REGISTRAR, &["register", "suspend-party", "record", "parties"]),
        (
            OFFICER,
            &[
                "erase",
                "suspend-party",
                "restrict",
                "preferences",
                "parties",
                "entries",
                "status",
                "resume",
                "keys",
                "watch-rotation",
            ],
        ),
        (OPERATOR, &["status", "resume", "keys", "rotate", "watch-rotation", "key-state"]),
        (AUDITOR, &["parties", "entries", "status", "keys", "watch-rotation"]),
        (LEGAL, &["retained"]),
        (APPROVER, &["keys", "destroy-key"]),
    ];
    for (caller, allowed) in may {
        let failed = tries(&world.client(caller).await).await;
        for call in CALLS {
            let refused = failed.iter().any(|(name, why)| *name == call && *why == Reason::RoleMissing);
            assert_eq!(refused, !allowed.contains(&call), "{caller}: {call} ({failed:?})");
        }
    }
}

#[tokio::test]
async fn a_registrar_records_the_kinds_it_is_configured_for_and_no_other() {
    let world = World::new().await;
    world.register(party("lab", "partner")).await;
    let member = world.collect(hanako()).await;
    let contracts = world.client(CONTRACTS).await;
    let record = async |terms| {
        contracts.record_basis(RecordBasisRequest { request_id: String::new(), terms: Some(terms) }).await
    };
    assert!(record(about_all("contract", "lab", "partner-cooperation")).await.is_ok());
    let consent = record(about("consent", &member, "lab", "partner-cooperation")).await;
    assert_eq!(reason(consent), Reason::RoleMissing);
    let foreign = world.record(about("consent", &member, "lab", "partner-cooperation")).await;
    let revocation = fubako_proto::v1::RevokeBasisRequest { basis_id: foreign.clone(), ..Default::default() };
    let refused = reason(contracts.revoke_basis(revocation).await);
    assert!(matches!(refused, Reason::RoleMissing | Reason::BasisNotFound), "{refused}");
    let sight = contracts.get_basis(fubako_proto::v1::GetBasisRequest { basis_id: foreign }).await;
    assert_eq!(reason(sight), Reason::BasisNotFound);
}

#[tokio::test]
async fn a_suspended_caller_can_do_nothing_over_open_connections_too_and_over_restarts() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let asker = world.client(ASKER).await;
    let notice = || ask("transaction-notice", Recipient::marketplace(), &member, &[]);
    assert!(asker.disclose(notice()).await.is_ok());
    let operator = world.client(OPERATOR).await;
    for caller in [ASKER, SHOP] {
        let suspension =
            SuspendCallerRequest { request_id: String::new(), caller: caller.into(), reason: "incident 7".into() };
        operator.suspend_caller(suspension).await.unwrap();
    }
    assert_eq!(reason(asker.disclose(notice()).await), Reason::CallerSuspended);
    let place = world.close().await;
    let world = World::at(place).await;
    for caller in [ASKER, SHOP] {
        let refused = tries(&world.client(caller).await).await;
        // Reading what is public to every caller aside, nothing is let through.
        assert_eq!(refused.len(), CALLS.len(), "{caller}: {refused:?}");
        let said = |why: &Reason| matches!(why, Reason::CallerSuspended | Reason::RoleMissing);
        assert!(refused.iter().all(|(_, why)| said(why)), "{caller}: {refused:?}");
    }
    let operator = world.client(OPERATOR).await;
    let status = operator.get_status(GetStatusRequest {}).await.unwrap();
    assert_eq!(status.suspended_callers, [ASKER, SHOP]);
    let resume = ResumeCallerRequest { request_id: String::new(), caller: ASKER.into() };
    operator.resume_caller(resume).await.unwrap();
    assert!(world.disclose(notice()).await.is_ok());
}

#[tokio::test]
async fn nobody_suspends_itself_or_a_caller_nobody_configured() {
    let world = World::new().await;
    let operator = world.client(OPERATOR).await;
    let suspend = async |caller: &str, why: &str| {
        let request = SuspendCallerRequest { request_id: String::new(), caller: caller.into(), reason: why.into() };
        reason(operator.suspend_caller(request).await)
    };
    assert_eq!(suspend(OPERATOR, "test").await, Reason::ValueInvalid);
    assert_eq!(suspend("stranger", "test").await, Reason::CallerNotFound);
    assert_eq!(suspend(ASKER, "").await, Reason::ValueInvalid);
}

#[tokio::test]
async fn a_batch_answers_item_by_item_in_order() {
    let world = World::new().await;
    let (first, second) = (world.collect(hanako()).await, world.collect(hanako()).await);
    let nobody = Uuid::now_v7().to_string();
    let members = [&first, &nobody, &second];
    let item = |member: &&String| BatchDiscloseItem { member_id: (*member).clone(), basis_ids: Vec::new() };
    let batch = |items: Vec<BatchDiscloseItem>| BatchDiscloseRequest {
        purpose: "maintenance-notice".into(),
        recipient: Some(Recipient::marketplace()),
        items,
        ..Default::default()
    };
    let asker = world.client(ASKER).await;
    let mut outcomes = asker.batch_disclose(batch(members.iter().map(item).collect())).await.unwrap();
    let mut told = Vec::new();
    while let Some(answer) = outcomes.next().await.unwrap() {
        let outcome = match answer.outcome.unwrap() {
            fubako_proto::v1::batch_disclose_response::Outcome::Disclosure(_) => "disclosed".to_owned(),
            fubako_proto::v1::batch_disclose_response::Outcome::Refusal(refusal) => refusal.reason,
        };
        told.push((answer.index, answer.member_id, outcome));
    }
    let expected = [(0, first, "disclosed"), (1, nobody, "MEMBER_NOT_FOUND"), (2, second, "disclosed")];
    assert_eq!(told, expected.map(|(index, member, outcome)| (index, member, outcome.to_owned())));
    assert_eq!(reason(asker.batch_disclose(batch(Vec::new())).await), Reason::ValueInvalid);
    let many = vec![BatchDiscloseItem { member_id: Uuid::now_v7().to_string(), basis_ids: Vec::new() }; 1001];
    assert_eq!(reason(asker.batch_disclose(batch(many)).await), Reason::TooLarge);
}

#[tokio::test]
async fn an_explanation_says_what_a_release_would_do_and_releases_nothing() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let asker = world.client(ASKER).await;
    let explain = |purpose: &str| ExplainRequest {
        purpose: purpose.into(),
        recipient: Some(Recipient::marketplace()),
        member_id: member.clone(),
        ..Default::default()
    };
    let told = asker.explain(explain("payment")).await.unwrap();
    let fields: Vec<_> = told.fields.iter().map(|field| format!("{}:{}", field.field, field.forms.join("+"))).collect();
    assert_eq!(fields, ["name:full", "card:last4+brand", "bank_account:bank-only", "payment_status:full"]);
    let refused = asker.explain(explain("delivery")).await.unwrap();
    let failed: Vec<_> = refused.checks.iter().filter(|check| !check.reason.is_empty()).collect();
    assert_eq!((failed.len(), failed[0].reason.as_str(), refused.fields.len()), (1, "BASIS_MISSING", 0));
}

#[tokio::test]
async fn an_explanation_is_written_down_with_all_that_was_asked_even_where_it_would_be_refused() {
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let basis = Uuid::now_v7().to_string();
    let explain = |purpose: &str, recipient: Recipient| ExplainRequest {
        purpose: purpose.into(),
        recipient: Some(recipient),
        member_id: member.clone(),
        basis_ids: vec![basis.clone()],
        ..Default::default()
    };
    let asker = world.client(ASKER).await;
    asker.explain(explain("delivery", Recipient::marketplace())).await.unwrap();
    // What the policy and the register do not know may be anything, and is not written down.
    asker.explain(explain("nosiness", Recipient::party("hana-mori"))).await.unwrap();
    let request = ListEntriesRequest::default();
    let entries = world.client(AUDITOR).await.list_entries(request).await.unwrap().entries;
    let explained: Vec<_> = entries.iter().filter(|entry| entry.event == "explained").collect();
    let told: BTreeSet<_> = explained.iter().map(|e| (e.purpose.as_str(), e.recipient.as_str())).collect();
    assert_eq!(told, BTreeSet::from([("delivery", "marketplace"), ("", "")]));
    assert!(explained.iter().all(|entry| entry.basis_ids == [basis.clone()] && entry.member_id == member));
}

#[tokio::test]
async fn a_batch_that_is_still_answered_ends_for_a_caller_a_reload_took_the_role_from() {
    use fubako_proto::v1::batch_disclose_response::Outcome;
    let world = World::new().await;
    let member = world.collect(hanako()).await;
    let items = (0..1000).map(|_| BatchDiscloseItem { member_id: member.clone(), basis_ids: Vec::new() });
    let batch = BatchDiscloseRequest {
        purpose: "maintenance-notice".into(),
        recipient: Some(Recipient::marketplace()),
        items: items.collect(),
        ..Default::default()
    };
    // What is not taken is not worked out far ahead.
    let mut outcomes = world.client(ASKER).await.batch_disclose(batch).await.unwrap();
    let first = outcomes.next().await.unwrap().unwrap();
    assert!(matches!(first.outcome, Some(Outcome::Disclosure(_))));
    let mut callers = callers::all(&world.policy());
    callers.iter_mut().filter(|caller| caller.name.as_str() == ASKER).for_each(|caller| caller.roles.clear());
    world.reload(callers);
    let mut last = None;
    while let Some(answer) = outcomes.next().await.unwrap() {
        last = answer.outcome;
    }
    assert!(matches!(last, Some(Outcome::Refusal(refusal)) if refusal.reason == "ROLE_MISSING"));
}
