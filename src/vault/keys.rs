//! Keys: what there is of each, and versions taken out of use.

use std::future::ready;

use fubako_keys::{KeyDescription, KeyName, KeyState, Keyring, LifeError};

use crate::commit::remembered::Outcome;
use crate::commit::work::Redo;
use crate::ledger::event::Event;
use crate::model::caller::{Caller, Role};
use crate::model::ids::Revision;
use crate::vault::Vault;
use crate::vault::error::{Cause, Error};
use crate::vault::mutation::{Done, Plan, Request};
use crate::vault::rotation::{KeyVersion, subject};

/// How a version of a key is taken out of use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TakenOut {
    /// It is not used for anything new, until the key is rotated.
    Deactivated,
    /// Somebody may have it.
    Compromised,
}

impl Vault {
    /// Every version of every key, also of those destroyed; needs the role `operator`, `officer`, `auditor` or `approver`.
    pub fn keys(&self, caller: &Caller) -> Result<Vec<KeyVersion>, Error> {
        self.admit(caller, &[Role::Operator, Role::Officer, Role::Auditor, Role::Approver])?;
        Ok(self.keyring.load().describe().into_iter().map(|version| self.scheduled(version)).collect())
    }

    /// Takes a version out of use; needs the role `operator`.
    ///
    /// An active version is not compromised before there is another: it would have nothing in its place. Only the key of a
    /// class can be without an active version, and then nothing new is taken in of its fields.
    pub async fn take_out_key(
        &self,
        request: Request<'_>,
        (key, version): (KeyName, u32),
        how: TakenOut,
    ) -> Result<Done, Error> {
        self.admit(request.caller, &[Role::Operator])?;
        self.check_unscoped()?;
        let done = match self.recalled(&request)? {
            Some(done) => done,
            None => self.mutate(request, || ready(self.plan_taking_out(request, (key, version), how))).await?,
        };
        // Also where a run before was cut short behind the entry. A version that has gone further since stays where it is.
        let change = |keyring: &Keyring| Ok(keyring.transition(key, version, how.state()).ok());
        self.change_keyring(Redo::Kept, change).await?;
        Ok(done)
    }

    /// What is known of a version of a key.
    pub(super) fn described(&self, key: KeyName, version: u32) -> Result<KeyDescription, Error> {
        let mut described = self.keyring.load().describe().into_iter();
        described.find(|found| found.name() == key && found.version() == version).ok_or(Error::KeyNotFound)
    }

    /// In which state a version of a key is.
    pub(super) fn state_of(&self, key: KeyName, version: u32) -> Result<KeyState, Error> {
        Ok(self.described(key, version)?.state())
    }

    fn plan_taking_out(
        &self,
        request: Request<'_>,
        (key, version): (KeyName, u32),
        how: TakenOut,
    ) -> Result<Plan, Error> {
        let (from, next) = (self.state_of(key, version)?, how.state());
        let is_class = matches!(key, KeyName::Class(_));
        if from == KeyState::Active && !(is_class && next == KeyState::Deactivated) {
            return Err(Error::RotateFirst { key });
        }
        // Without an active version the rotation that makes it so could seal nothing more.
        if from == KeyState::Active && self.rotating()? == Some(key) {
            return Err(Error::RotationUnderWay { key });
        }
        self.keyring.load().transition(key, version, next).map_err(|error| refused(error, from, next))?;
        let subject = subject(key, version);
        Ok(Plan {
            entry: self.entry(Event::KeyStateSet, &request.caller.name)?.of_subject(&subject).because(next.name()),
            rests_on: Vec::new(),
            touches: Vec::new(),
            writes: Vec::new(),
            sealed_under: Vec::new(),
            outcome: Outcome { subject, revision: Revision::ABSENT },
        })
    }
}

impl TakenOut {
    const fn state(self) -> KeyState {
        match self {
            Self::Deactivated => KeyState::Deactivated,
            Self::Compromised => KeyState::Compromised,
        }
    }
}

/// Why a transition is not made.
pub(super) fn refused(error: LifeError, from: KeyState, next: KeyState) -> Error {
    match error {
        LifeError::NoSuchKey | LifeError::NoSuchVersion => Error::KeyNotFound,
        LifeError::Illegal { .. } | LifeError::AnotherActive => {
            Error::NotFromThisState { from: from.name(), to: next.name() }
        }
        LifeError::Exhausted | LifeError::Random(_) => Cause::Keyring(Box::new(error)).into(),
    }
}
