//! Does a revocation, an opt-out, a suspension or an erasure stop every release that starts once it is acknowledged?
//!
//! Each is raced a thousand times against a stream of releases: a view that was asked for after the acknowledgement and
//! is given all the same would be the defect.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use fubako::field::email::Email;
use fubako::field::value::Value;
use fubako::model::basis::{BasisKind, BasisState, Scope};
use fubako::model::caller::{Caller, Role};
use fubako::model::ids::{BasisId, CallerName, MemberId, PartyId, RequestId, Revision, Slot};
use fubako::model::party::{Party, PartyState};
use fubako::model::recipient::{Recipient, RecipientClass};
use fubako::model::source::Source;
use fubako::model::time::Validity;
use fubako::policy::ask::{Ask, Stated};
use fubako::record::collected::Collected;
use fubako::vault::Vault;
use fubako::vault::basis::{BasisStateChange, NewBasis};
use fubako::vault::collect::{NewMember, NewValue};
use fubako::vault::erase::{Erasure, Unreadable};
use fubako::vault::error::Error;
use fubako::vault::mutation::{Method, Request};
use fubako::vault::party::PartyStateChange;
use fubako::vault::preferences::{Choice, PreferenceChange};
use tokio::task::{JoinSet, yield_now};
use uuid::Uuid;

use crate::support::callers::{nothing, purpose};
use crate::support::place::Place;

const RACES: u32 = 1000;
const AT_ONCE: u32 = 50;

/// What stops the releases of one race.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stop {
    Revocation,
    OptOut,
    CallerSuspension,
    PartySuspension,
    Erasure,
}

/// One race's own member, party, basis and caller.
struct Lane {
    member: MemberId,
    party: PartyId,
    basis: BasisId,
    caller: Arc<Caller>,
}

#[derive(Default)]
struct Tally {
    before: AtomicUsize,
    after: AtomicUsize,
}

fn manager() -> Caller {
    Caller { roles: Role::ALL.into(), records: BasisKind::ALL.into(), ..nothing("manager") }
}

fn request(manager: &Caller, method: Method) -> Request<'_> {
    let id = RequestId::parse(&Uuid::new_v4().to_string()).unwrap();
    Request { caller: manager, method, id, digest: [0; 32] }
}

impl Lane {
    async fn new(vault: &Vault, number: u32) -> Self {
        let manager = manager();
        let (now, policy) = (vault.now(), vault.policy());
        let email = Value::Email(Email::parse(&format!("member{number}@example.jp")).unwrap());
        let collected = Collected { value: email, source: Source::Website, time: now, policy: policy.version() };
        let value = NewValue { field: policy.field_named("email").unwrap().id(), slot: Slot(0), collected };
        let new = NewMember { member: None, reference: None, values: vec![value] };
        let done = vault.collect(request(&manager, Method::CollectMember), &new).await.unwrap();
        let member = MemberId::parse(&done.outcome.subject).unwrap();
        let party = PartyId::parse(&format!("party-{number}")).unwrap();
        vault.register_party(request(&manager, Method::RegisterParty), &registered(&party, now)).await.unwrap();
        let new = NewBasis {
            kind: BasisKind::Contract,
            member: None,
            party: Some(party.clone()),
            scope: Scope::Unnarrowed,
            purposes: vec![purpose("mailing")],
            validity: Validity::new(now, None).unwrap(),
            reference: "contract".to_owned(),
            secrecy_agreement: None,
        };
        let done = vault.record_basis(request(&manager, Method::RecordBasis), &new).await.unwrap();
        let basis = BasisId::parse(&done.outcome.subject).unwrap();
        let caller = Caller {
            roles: [Role::Discloser].into(),
            purposes: [purpose("mailing")].into(),
            classes: [RecipientClass::Subcontractor].into(),
            ..nothing(&format!("caller-{number}"))
        };
        Self { member, party, basis, caller: Arc::new(caller) }
    }

    fn ask(&self) -> Ask {
        Ask {
            caller: Arc::clone(&self.caller),
            purpose: Stated::Named(purpose("mailing")),
            recipient: Recipient::Party(self.party.clone()),
            bases: vec![self.basis],
            member: self.member,
            narrowing: None,
            asserted: None,
        }
    }

    async fn stop(&self, vault: &Vault, stop: Stop) {
        let manager = manager();
        let expected = Revision::ABSENT;
        match stop {
            Stop::Revocation => {
                let (basis, reason) = (self.basis, String::new());
                let change = BasisStateChange { basis, expected, state: BasisState::Revoked, asserted: None, reason };
                vault.set_basis_state(request(&manager, Method::RevokeBasis), &change).await.unwrap();
            }
            Stop::OptOut => {
                let change = PreferenceChange {
                    member: self.member,
                    asserted: Some(self.member),
                    expected,
                    purposes: vec![(purpose("mailing"), Choice::Refuse)],
                    signals: Vec::new(),
                };
                vault.set_preferences(request(&manager, Method::SetPreferences), &change).await.unwrap();
            }
            Stop::CallerSuspension => {
                let name: &CallerName = &self.caller.name;
                vault.suspend_caller(request(&manager, Method::SuspendCaller), name, "race").await.unwrap();
            }
            Stop::PartySuspension => {
                let change = PartyStateChange { party: self.party.clone(), expected, state: PartyState::Suspended };
                vault.set_party_state(request(&manager, Method::SetPartyState), &change).await.unwrap();
            }
            Stop::Erasure => {
                let reason = "member-request".to_owned();
                let erasure =
                    Erasure { member: self.member, asserted: None, expected, reason, unreadable: Unreadable::Stop };
                vault.erase(request(&manager, Method::EraseMember), &erasure).await.unwrap();
            }
        }
    }
}

fn registered(id: &PartyId, now: jiff::Timestamp) -> Party {
    Party {
        id: id.clone(),
        class: RecipientClass::Subcontractor,
        name: id.to_string(),
        legal_name: id.to_string(),
        address: "Kyoto".to_owned(),
        representative: "Jiro".to_owned(),
        country: "JP".to_owned(),
        identity: None,
        hpke_key: None,
        state: PartyState::Active,
        registered: now,
    }
}

/// Releases without a pause until two that started after the acknowledgement were refused.
async fn stream(vault: Arc<Vault>, lane: Arc<Lane>, acknowledged: Arc<AtomicBool>, tally: Arc<Tally>) {
    let mut refused_after = 0;
    while refused_after < 2 {
        let started_after = acknowledged.load(Ordering::SeqCst);
        match vault.disclose(&lane.ask()).await {
            Ok(released) => {
                assert!(!started_after, "released after the acknowledgement: {}", released.receipt().index());
                tally.before.fetch_add(1, Ordering::Relaxed);
            }
            Err(Error::Overloaded) => {}
            Err(_) if started_after => {
                refused_after += 1;
                tally.after.fetch_add(1, Ordering::Relaxed);
            }
            // Committed, and not acknowledged yet.
            Err(Error::Refused { .. } | Error::CallerSuspended | Error::MemberNotFound) => yield_now().await,
            Err(other) => panic!("{other:?}"),
        }
    }
}

async fn race(vault: Arc<Vault>, stop: Stop, number: u32, tally: Arc<Tally>) {
    let lane = Arc::new(Lane::new(&vault, number).await);
    let acknowledged = Arc::new(AtomicBool::new(false));
    let releasing = tokio::spawn(stream(Arc::clone(&vault), Arc::clone(&lane), Arc::clone(&acknowledged), tally));
    // At a different moment of the stream each time.
    for _ in 0..number % 7 {
        yield_now().await;
    }
    lane.stop(&vault, stop).await;
    acknowledged.store(true, Ordering::SeqCst);
    releasing.await.unwrap();
}

async fn race_a_thousand_times(stop: Stop) {
    // So many that no two wait for each other's bucket of the blind index.
    let mut place = Place::new();
    place.expected_members = 10_000_000;
    let opened = place.open().await;
    let (next, tally) = (Arc::new(AtomicU32::new(0)), Arc::new(Tally::default()));
    let mut racing = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (vault, next, tally) = (Arc::clone(&opened.vault), Arc::clone(&next), Arc::clone(&tally));
        racing.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= RACES {
                    return;
                }
                race(Arc::clone(&vault), stop, number, Arc::clone(&tally)).await;
            }
        });
    }
    racing.join_all().await;
    let (before, after) = (tally.before.load(Ordering::Relaxed), tally.after.load(Ordering::Relaxed));
    assert!(before > 0, "{stop:?}: nothing was ever released, so nothing was raced");
    assert_eq!(after, 2 * RACES as usize, "{stop:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_basis_carries_no_release_that_starts_after_it() {
    race_a_thousand_times(Stop::Revocation).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opt_out_lets_no_release_start_after_it() {
    race_a_thousand_times(Stop::OptOut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_caller_starts_no_release_after_it() {
    race_a_thousand_times(Stop::CallerSuspension).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_party_receives_no_release_that_starts_after_it() {
    race_a_thousand_times(Stop::PartySuspension).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_release_about_an_erased_member_starts_after_the_erasure() {
    race_a_thousand_times(Stop::Erasure).await;
}
