//! Mutations: done once per request id, answered the same again for a day, refused for another request under the same id.

use fubako_keys::KeyName;
use jiff::SignedDuration;

use crate::commit;
use crate::commit::remembered::{Outcome, Remember, Remembered};
use crate::commit::work::{Premise, Work, Write};
use crate::ledger::accounted::Receipt;
use crate::ledger::draft::Draft;
use crate::ledger::entry::Entry;
use crate::model::caller::Caller;
use crate::model::ids::{RequestId, Revision};
use crate::store::key::Key;
use crate::vault::error::Error;
use crate::vault::{ATTEMPTS, Vault};

/// One mutating request: who asks, under which id, and a keyed digest that tells it from any other.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// What is asked for; ids of different methods do not meet.
    pub method: Method,
    /// What the client calls the request.
    pub id: RequestId,
    /// The keyed digest of its content.
    pub digest: [u8; 32],
}

/// The mutating methods; their numbers are written to disk and never change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Method {
    /// [`Vault::collect`].
    CollectMember = 1,
    /// [`Vault::correct`].
    CorrectMember = 2,
    /// [`Vault::remove_fields`].
    RemoveFields = 3,
    /// [`Vault::erase`].
    EraseMember = 4,
    /// [`Vault::set_preferences`].
    SetPreferences = 5,
    /// [`Vault::set_restriction`].
    SetRestriction = 6,
    /// [`Vault::register_party`].
    RegisterParty = 7,
    /// [`Vault::set_party_state`].
    SetPartyState = 8,
    /// [`Vault::record_basis`].
    RecordBasis = 9,
    /// [`Vault::set_basis_state`], to revoke.
    RevokeBasis = 10,
    /// [`Vault::set_basis_state`], to end.
    EndBasis = 11,
    /// [`Vault::suspend_caller`].
    SuspendCaller = 12,
    /// [`Vault::resume_caller`].
    ResumeCaller = 13,
    /// [`Vault::retire`].
    RetireMonths = 14,
    /// [`Vault::rotate_key`].
    RotateKey = 15,
    /// [`Vault::take_out_key`].
    SetKeyState = 16,
    /// [`Vault::destroy_key`].
    DestroyKey = 17,
    /// [`Vault::set_hold`].
    SetHold = 18,
    /// [`Vault::cancel_erasure`].
    CancelErasure = 58,
    /// [`Vault::forget_copy`].
    ForgetCopy = 60,
}

/// A mutation's outcome with the entry that tells of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Done {
    /// What it did.
    pub outcome: Outcome,
    /// The entry.
    pub receipt: Receipt,
}

/// A mutation worked out from one reading of the store.
#[derive(Debug)]
pub(super) struct Plan {
    /// The entry that tells of it.
    pub(super) entry: Entry,
    /// The rows it was read from, besides those it writes.
    pub(super) rests_on: Vec<Key>,
    /// The rows that others must read again after it, though it does not change them.
    pub(super) touches: Vec<Key>,
    /// The rows it changes.
    pub(super) writes: Vec<Write>,
    /// The key versions new envelopes are sealed under.
    pub(super) sealed_under: Vec<(KeyName, u32)>,
    /// What it will have done.
    pub(super) outcome: Outcome,
}

impl Vault {
    /// A keyed digest of bytes, in a scope of the caller's; equal texts of two scopes have unlike digests.
    pub fn digest(&self, scope: &str, bytes: &[u8]) -> Result<[u8; 32], Error> {
        Ok(self.keyring.load().digest_request(scope.as_bytes(), bytes)?)
    }

    /// The answer to a request that was done before.
    pub(super) fn recalled(&self, request: &Request<'_>) -> Result<Option<Done>, Error> {
        let key = Key::request(&request.caller.name, request.method as u16, request.id);
        match self.recall(&key, request)? {
            Recalled::Done(done) => Ok(Some(done)),
            Recalled::Nothing(_) => Ok(None),
        }
    }

    /// Does a mutation once: plans it, commits it, and plans again when what it rested on has changed meanwhile.
    pub(super) async fn mutate<F: Future<Output = Result<Plan, Error>>>(
        &self,
        request: Request<'_>,
        plan: impl Fn() -> F,
    ) -> Result<Done, Error> {
        let key = Key::request(&request.caller.name, request.method as u16, request.id);
        for _ in 0..ATTEMPTS {
            // INVARIANT (premise): taken before the plan reads anything.
            let read_at = self.committer.applied();
            self.admit(request.caller, &[])?;
            let before = match self.recall(&key, &request)? {
                Recalled::Done(done) => return Ok(done),
                Recalled::Nothing(before) => before,
            };
            let Plan { entry, mut rests_on, touches, writes, sealed_under, outcome } = plan().await?;
            rests_on.push(Key::caller(&request.caller.name));
            // Not the revision alone: a row that was removed and made anew meanwhile starts at the first again.
            rests_on.extend(writes.iter().map(|write| write.key.clone()));
            let draft = Draft::new(entry);
            let remember = Remember::new(key.clone(), before, request.digest, outcome.clone(), &draft);
            let work = Work::entry(draft)
                .resting_on(Premise { read_at, rows: rests_on, until: None })
                .writing(writes)
                .touching(touches)
                .sealed_under(sealed_under)
                .remembering(remember);
            match self.committer.commit(work).await {
                Ok(durable) => return Ok(Done { outcome, receipt: *durable.receipt() }),
                Err(commit::Error::Stale | commit::Error::Conflict(_) | commit::Error::Remembered) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(Error::Overloaded)
    }

    fn recall(&self, key: &Key, request: &Request<'_>) -> Result<Recalled, Error> {
        let Some(row) = self.row::<Remembered>(key)? else {
            return Ok(Recalled::Nothing(Revision::ABSENT));
        };
        let remembered = row.content;
        if self.is_forgettable(&remembered) {
            return Ok(Recalled::Nothing(row.revision));
        }
        if *remembered.digest() != request.digest {
            return Err(Error::RequestIdReused);
        }
        Ok(Recalled::Done(Done { outcome: remembered.outcome().clone(), receipt: remembered.receipt() }))
    }

    /// Whether a request was done so long ago that its id may be used again.
    pub(super) fn is_forgettable(&self, remembered: &Remembered) -> bool {
        let age = self.now().as_microsecond().saturating_sub(remembered.time_micros());
        SignedDuration::from_micros(age) >= REMEMBERED_FOR
    }
}

/// What is known of a request id.
enum Recalled {
    /// Nothing that counts; an out-of-date row may lie there at this revision.
    Nothing(Revision),
    /// The same request was done.
    Done(Done),
}

const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(24);
