//! Pending: a member in the grace period before their erasure, which can be taken back until it is over.
//!
//! ```text
//! asked for ── pending ─┬─ cancelled
//!                       └─ due ── erased, or stopped until what stands in the way is gone
//! ```

use std::future::ready;

use jiff::{SignedDuration, Timestamp};
use minicbor::{Decode, Encode};

use crate::commit::remembered::Outcome;
use crate::commit::work::Write;
use crate::ledger::event::Event;
use crate::model::caller::Caller;
use crate::model::ids::{EntryId, MemberId, Revision};
use crate::model::preferences::Preferences;
use crate::store::key::Key;
use crate::vault::Vault;
use crate::vault::erase::{Erasure, Unreadable};
use crate::vault::error::Error;
use crate::vault::mutation::{Done, Plan, Request};
use crate::vault::rows::Revised;

/// An erasure that has been asked for and has not happened yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PendingErasure {
    /// The entry that tells who asked for it and why.
    pub entry: EntryId,
    /// When the grace period is over.
    pub due: Timestamp,
    /// What stands in its way; nothing if it will happen by itself.
    pub obstacle: Option<Obstacle>,
}

/// What stands in the way of an erasure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Obstacle {
    /// A legal hold; once it is lifted, the erasure goes on.
    #[n(0)]
    Hold,
    /// What the law wants kept does not open; somebody has to decide.
    #[n(1)]
    Unreadable,
}

/// The row of a pending erasure.
#[derive(Clone, Debug, Encode, Decode)]
pub(super) struct Pending {
    #[n(0)]
    entry: EntryId,
    #[n(1)]
    pub(super) reason: String,
    #[n(2)]
    let_go: bool,
    #[n(3)]
    asked_micros: i64,
    #[n(4)]
    due_micros: i64,
    /// The ledger it was asked for in. After a restore it is another one, and that it was taken back may be forgotten.
    #[n(5)]
    pub(super) ledger: String,
    /// What stood in the way when it was tried.
    #[n(6)]
    pub(super) obstacle: Option<Obstacle>,
}

/// The taking back of an erasure.
#[derive(Debug)]
pub struct Cancellation {
    /// The member.
    pub member: MemberId,
    /// The member who asks for it themself, by a verified assertion.
    pub asserted: Option<MemberId>,
    /// Why, by a stable word of the caller's; it goes into the ledger.
    pub reason: String,
}

impl Vault {
    /// Takes an erasure back whose grace period is not over; needs the role `officer`, or `collector` with the member's own
    /// assertion.
    pub async fn cancel_erasure(&self, request: Request<'_>, cancellation: &Cancellation) -> Result<Done, Error> {
        self.admit_for(request.caller, cancellation.member, cancellation.asserted)?;
        self.mutate(request, || ready(self.plan_cancellation(request, cancellation))).await
    }

    /// The erasure of a member that has not happened yet, to whoever is told of erasures; see [`Vault::erasure`].
    pub fn pending_erasure(
        &self,
        caller: &Caller,
        member: MemberId,
        asserted: Option<MemberId>,
    ) -> Result<Option<PendingErasure>, Error> {
        self.admit_to_tell(caller, member, asserted)?;
        let Some(Revised { content: pending, .. }) = self.pending_row(member)? else { return Ok(None) };
        let held = matches!(self.check_hold(member), Err(Error::Held));
        let obstacle =
            if held { Some(Obstacle::Hold) } else { pending.obstacle.filter(|other| *other != Obstacle::Hold) };
        Ok(Some(PendingErasure { entry: pending.entry, due: pending.due(), obstacle }))
    }

    /// Whether an erasure asked for now happens only once a grace period is over. One that is over is not begun again.
    pub(super) fn is_put_off(&self, member: MemberId) -> Result<bool, Error> {
        let over = self.pending_row(member)?.is_some_and(|row| self.is_over(&row.content));
        Ok(self.erasure_grace_days > 0 && !over)
    }

    /// Whether a grace period is over. One from before a restore is not: it begins again.
    fn is_over(&self, pending: &Pending) -> bool {
        pending.ledger == self.origin() && pending.due() <= self.now()
    }

    /// Puts the erasure off until the grace period is over.
    pub(super) async fn put_off(&self, request: Request<'_>, erasure: &Erasure) -> Result<Done, Error> {
        self.mutate(request, || ready(self.plan_putting_off(request, erasure))).await
    }

    pub(super) fn pending_row(&self, member: MemberId) -> Result<Option<Revised<Pending>>, Error> {
        self.row(&Key::pending_erasure(member))
    }

    /// The writes that put a pending erasure, or none, in place of the row of that revision; the preferences are what releases
    /// rest on.
    pub(super) fn pending_writes(
        &self,
        member: MemberId,
        before: Revision,
        pending: Option<&Pending>,
    ) -> Result<Vec<Write>, Error> {
        let row = self.preferences_row(member)?.ok_or(Error::MemberNotFound)?;
        let erasure_due = pending.map(|pending| pending.due_micros);
        let preferences = Preferences { erasure_due, ..row.content };
        let key = Key::pending_erasure(member);
        let of_erasure = match pending {
            Some(pending) => self.write_row(key, before, pending)?,
            None => Write::remove(key, before),
        };
        Ok(vec![of_erasure, self.write_row(Key::preferences(member), row.revision, &preferences)?])
    }

    fn plan_putting_off(&self, request: Request<'_>, erasure: &Erasure) -> Result<Plan, Error> {
        let member = erasure.member;
        let hold = self.check_hold(member)?;
        self.record_to_erase(erasure)?;
        if let Some(row) = self.pending_row(member)? {
            return Err(Error::ErasurePending { due: row.content.due() });
        }
        let asked = self.now();
        let grace = SignedDuration::from_hours(24 * i64::from(self.erasure_grace_days));
        let due = asked.checked_add(grace).unwrap_or(Timestamp::MAX);
        let entry = self.entry(Event::ErasureScheduled, &request.caller.name)?.about(member).of_subject(&due);
        let pending = Pending {
            entry: entry.id(),
            reason: erasure.reason.clone(),
            let_go: erasure.unreadable == Unreadable::LetGo,
            asked_micros: asked.as_microsecond(),
            due_micros: due.as_microsecond(),
            ledger: self.origin(),
            obstacle: None,
        };
        Ok(Plan {
            entry: entry.because(&erasure.reason),
            rests_on: vec![hold, Key::record(member)],
            touches: Vec::new(),
            writes: self.pending_writes(member, Revision::ABSENT, Some(&pending))?,
            sealed_under: Vec::new(),
            outcome: Outcome { subject: due.to_string(), revision: Revision::ABSENT },
        })
    }

    fn plan_cancellation(&self, request: Request<'_>, cancellation: &Cancellation) -> Result<Plan, Error> {
        let member = cancellation.member;
        let row = self.pending_row(member)?.ok_or(Error::NoErasurePending)?;
        if self.is_over(&row.content) {
            return Err(Error::ErasureDue { due: row.content.due() });
        }
        let entry = self.entry(Event::ErasureCancelled, &request.caller.name)?.about(member);
        Ok(Plan {
            entry: entry.of_subject(&row.content.entry).because(&cancellation.reason),
            rests_on: Vec::new(),
            touches: Vec::new(),
            writes: self.pending_writes(member, row.revision, None)?,
            sealed_under: Vec::new(),
            outcome: Outcome { subject: member.to_string(), revision: Revision::ABSENT },
        })
    }
}

impl Pending {
    pub(super) fn due(&self) -> Timestamp {
        Timestamp::from_microsecond(self.due_micros).unwrap_or(Timestamp::MAX)
    }

    /// The same with the whole grace period ahead of it again, in another ledger.
    pub(super) fn begun_again(&self, now: Timestamp, entry: EntryId, ledger: String) -> Self {
        let asked_micros = now.as_microsecond();
        let grace = self.due_micros.saturating_sub(self.asked_micros);
        Self {
            entry,
            asked_micros,
            due_micros: asked_micros.saturating_add(grace),
            ledger,
            obstacle: None,
            ..self.clone()
        }
    }

    /// The same with what was found in its way.
    pub(super) fn stopped_by(self, obstacle: Obstacle) -> Self {
        Self { obstacle: Some(obstacle), ..self }
    }

    /// What was asked for.
    pub(super) fn erasure(&self, member: MemberId) -> Erasure {
        let unreadable = if self.let_go { Unreadable::LetGo } else { Unreadable::Stop };
        let reason = self.reason.clone();
        Erasure { member, asserted: None, expected: Revision::ABSENT, reason, unreadable }
    }
}

impl PendingErasure {
    /// What has to happen for the member to be erased, in words.
    #[must_use]
    pub fn next_words(&self) -> String {
        match self.obstacle {
            None => format!("erased, once the grace period is over, on {:.0}", self.due),
            Some(Obstacle::Hold) => {
                format!("erased, once the legal hold is lifted, and not before {:.0}", self.due)
            }
            Some(Obstacle::Unreadable) => "erased, once an officer says what is to become of what the law wants kept: \
                 it does not open"
                .to_owned(),
        }
    }
}

impl Obstacle {
    /// Its name in entries.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Hold => "legal-hold",
            Self::Unreadable => "retained-unreadable",
        }
    }
}

impl Done {
    /// When an erasure that was put off is due; none where it was not.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.outcome.subject.parse().ok()
    }
}
