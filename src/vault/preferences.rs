//! Preferences: what a member refuses, and whether they restrict processing; only they can say.

use std::future::ready;

use crate::commit::remembered::Outcome;
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::ids::{MemberId, PurposeId, Revision};
use crate::model::preferences::{Preferences, Signal};
use crate::policy::purpose::Purpose;
use crate::policy::reason::Reason;
use crate::store::key::Key;
use crate::vault::Vault;
use crate::vault::error::Error;
use crate::vault::mutation::{Done, Plan, Request};
use crate::vault::rows::Revised;

/// Whether a member allows something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// The member allows it.
    Allow,
    /// The member refuses it.
    Refuse,
}

/// A change of some of a member's choices; what it does not name stays as it is.
#[derive(Debug)]
pub struct PreferenceChange {
    /// The member.
    pub member: MemberId,
    /// The member the assertion is about, if there is one.
    pub asserted: Option<MemberId>,
    /// The revision the caller saw; [`Revision::ABSENT`] if it does not care.
    pub expected: Revision,
    /// Optional purposes.
    pub purposes: Vec<(PurposeId, Choice)>,
    /// Signals.
    pub signals: Vec<(Signal, Choice)>,
}

/// A change of whether processing is restricted.
#[derive(Debug)]
pub struct RestrictionChange {
    /// The member.
    pub member: MemberId,
    /// The member the assertion is about, if there is one.
    pub asserted: Option<MemberId>,
    /// The revision the caller saw; [`Revision::ABSENT`] if it does not care.
    pub expected: Revision,
    /// Whether processing is to be restricted.
    pub restricted: bool,
}

impl Vault {
    /// Changes a member's choices; needs the role `collector` and the member's own assertion.
    pub async fn set_preferences(&self, request: Request<'_>, change: &PreferenceChange) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Collector])?;
        if change.asserted != Some(change.member) {
            self.turned_away(request.caller, Some(change.member), Reason::AssertionInvalid.name());
            return Err(Error::AssertionInvalid);
        }
        let policy = self.policy();
        for (purpose, _) in &change.purposes {
            if !policy.purpose(purpose).is_some_and(Purpose::is_optional) {
                let problem = format!("`{purpose}` is not an optional purpose of the policy");
                return Err(Error::Invalid { argument: "purposes".to_owned(), problem });
            }
        }
        self.mutate(request, || {
            let at = (change.member, change.expected);
            ready(self.plan_preferences(request, Event::PreferencesSet, at, |before| change.applied_to(before)))
        })
        .await
    }

    /// Restricts processing or lifts it; needs the role `officer`, or `collector` with the member's own assertion.
    pub async fn set_restriction(&self, request: Request<'_>, change: &RestrictionChange) -> Result<Done, Error> {
        self.admit_for(request.caller, change.member, change.asserted)?;
        self.mutate(request, || {
            let after = |before: &Preferences| Preferences { restricted: change.restricted, ..before.clone() };
            ready(self.plan_preferences(request, Event::RestrictionSet, (change.member, change.expected), after))
        })
        .await
    }

    /// A member's choices; needs the role `collector` or `officer`.
    pub fn preferences(&self, caller: &Caller, member: MemberId) -> Result<Revised<Preferences>, Error> {
        self.admit(caller, &[Role::Collector, Role::Officer])?;
        self.preferences_row(member)?.ok_or(Error::MemberNotFound)
    }

    fn plan_preferences(
        &self,
        request: Request<'_>,
        event: Event,
        (member, expected): (MemberId, Revision),
        after: impl FnOnce(&Preferences) -> Preferences,
    ) -> Result<Plan, Error> {
        let row = self.preferences_row(member)?.ok_or(Error::MemberNotFound)?;
        if expected != Revision::ABSENT && expected != row.revision {
            return Err(Error::RevisionStale { current: row.revision });
        }
        let after = after(&row.content);
        let mut entry = self.entry(event, &request.caller.name)?.about(member).because(&in_words(&after));
        let revision = row.revision.next();
        entry.leaf.revision = revision.0;
        Ok(Plan {
            entry,
            rests_on: Vec::new(),
            touches: Vec::new(),
            writes: vec![self.write_row(Key::preferences(member), row.revision, &after)?],
            sealed_under: Vec::new(),
            outcome: Outcome { subject: member.to_string(), revision },
        })
    }
}

impl PreferenceChange {
    fn applied_to(&self, before: &Preferences) -> Preferences {
        let mut after = before.clone();
        for (purpose, choice) in &self.purposes {
            match choice {
                Choice::Allow => drop(after.refused.remove(purpose)),
                Choice::Refuse => drop(after.refused.insert(purpose.clone())),
            }
        }
        for (signal, choice) in &self.signals {
            match choice {
                Choice::Allow => drop(after.refused_signals.remove(signal)),
                Choice::Refuse => drop(after.refused_signals.insert(*signal)),
            }
        }
        after
    }
}

/// What an entry says of the choices as they stand now.
fn in_words(preferences: &Preferences) -> String {
    let mut words: Vec<String> = preferences.refused.iter().map(|purpose| format!("refuses {purpose}")).collect();
    words.extend(preferences.refused_signals.iter().map(|signal| format!("refuses {}", signal.name())));
    if preferences.restricted {
        words.push("restricted".to_owned());
    }
    words.join(", ")
}
