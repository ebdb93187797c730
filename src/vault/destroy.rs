//! Destroy: a key version goes for good, once two approvers say so and nothing needs it any more.
//!
//! ```text
//! first approver ── entry, approval row ── second approver ── entry, redo dropped ── keyring ── entry, row removed
//! ```

use std::future::ready;
use std::sync::Arc;

use fubako_keys::{KeyName, KeyState, Keyring};
use minicbor::{Decode, Encode};
use tokio::task::spawn_blocking;

use crate::commit::remembered::Outcome;
use crate::commit::work::{Redo, Write};
use crate::ledger::event::Event;
use crate::model::caller::Role;
use crate::model::ids::{CallerName, Revision};
use crate::store::key::{Key, KeyPrefix};
use crate::store::table::Table;
use crate::vault::Vault;
use crate::vault::approval::Word;
use crate::vault::error::{Cause, Error};
use crate::vault::keys::refused;
use crate::vault::mutation::{Done, Plan, Request};
use crate::vault::rotation::{is_rotated, subject};
use crate::vault::rows::Revised;

/// A key version to be destroyed.
#[derive(Clone, Copy, Debug)]
pub struct Destruction {
    /// The key.
    pub key: KeyName,
    /// Its version.
    pub version: u32,
    /// Whether it is destroyed though something needs it.
    pub needed: Needed,
}

/// What becomes of what still needs a key version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needed {
    /// The version is not destroyed.
    Refuse,
    /// It can never be read again.
    Lose,
}

/// Who wants a key version destroyed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
struct Approval {
    #[n(0)]
    key: String,
    #[n(1)]
    version: u32,
    #[n(2)]
    by: CallerName,
    #[n(3)]
    time_micros: i64,
    #[n(4)]
    needed_is_lost: bool,
    /// The second approver: the key is being destroyed.
    #[n(5)]
    second: Option<CallerName>,
    /// The identity in the first approver's certificate.
    #[n(6)]
    identity: Option<String>,
}

impl Approval {
    fn word(&self) -> Word<'_> {
        Word { by: &self.by, identity: self.identity.as_deref(), time_micros: self.time_micros }
    }
}

impl Vault {
    /// Approves that a key version is destroyed; needs the role `approver`. The second approver's word does it.
    ///
    /// Both have to say the same of what still needs it. The first one's word holds for a day.
    pub async fn destroy_key(
        self: &Arc<Self>,
        request: Request<'_>,
        what: Destruction,
    ) -> Result<(Done, KeyState), Error> {
        self.admit(request.caller, &[Role::Approver])?;
        self.check_unscoped()?;
        let done = if let Some(done) = self.recalled(&request)? {
            done
        } else {
            self.check_destroyable(what).await?;
            self.mutate(request, || ready(self.plan_destruction(request, what))).await?
        };
        self.finish_destructions().await?;
        Ok((done, self.state_of(what.key, what.version)?))
    }

    /// Destroys what two approvers agreed on, also where a run before was cut short.
    pub(super) async fn finish_destructions(&self) -> Result<(), Error> {
        let _alone = self.rotation.destroying.lock().await;
        let prefix = KeyPrefix::table(Table::Job);
        for (key, row) in self.store.scan(&prefix, None, MOST).map_err(Error::StoreUnavailable)? {
            if key.name().is_some_and(|name| name.starts_with(DESTROY)) {
                let approval = self.open_row::<Approval>(&key, &row)?;
                if approval.content.second.is_some() {
                    self.finish_destruction(key, approval).await?;
                }
            }
        }
        Ok(())
    }

    async fn finish_destruction(&self, row: Key, approval: Revised<Approval>) -> Result<(), Error> {
        let Revised { content: approval, revision } = approval;
        let (Ok(key), version) = (KeyName::parse(&approval.key), approval.version) else { return Ok(()) };
        if self.state_of(key, version)? != KeyState::Destroyed {
            let change = |keyring: &Keyring| keyring.transition(key, version, KeyState::Destroyed).map(Some);
            self.change_keyring(Redo::Dropped, change).await?;
        }
        let entry = self.vault_entry(Event::KeyDestroyed)?.of_subject(&subject(key, version));
        self.commit_own(entry, vec![Write::remove(row, revision)]).await
    }

    async fn check_destroyable(self: &Arc<Self>, what: Destruction) -> Result<(), Error> {
        let Destruction { key, version, needed } = what;
        let from = self.state_of(key, version)?;
        if from == KeyState::Active && is_rotated(key) {
            return Err(Error::RotateFirst { key });
        }
        let next = KeyState::Destroyed;
        self.keyring.load().transition(key, version, next).map_err(|error| refused(error, from, next))?;
        if let Some(under_way) = self.rotating()? {
            return Err(Error::RotationUnderWay { key: under_way });
        }
        if needed == Needed::Lose {
            return Ok(());
        }
        self.check_not_in_copies(&self.described(key, version)?)?;
        let vault = Arc::clone(self);
        let needs = spawn_blocking(move || vault.key_needs()).await.map_err(|_| Cause::Panicked)??;
        match needs.of(key, version) + needs.unread {
            0 => Ok(()),
            rows => Err(Error::KeyNeeded { rows }),
        }
    }

    pub(super) fn plan_destruction(&self, request: Request<'_>, what: Destruction) -> Result<Plan, Error> {
        let Destruction { key, version, needed } = what;
        let row_key = Key::job(&format!("{DESTROY}{}", subject(key, version)));
        let before = self.row::<Approval>(&row_key)?;
        let caller = &request.caller.name;
        let needed_is_lost = needed == Needed::Lose;
        let first = before
            .as_ref()
            .map(|row| &row.content)
            .filter(|first| self.holds_good(first.word()) && first.needed_is_lost == needed_is_lost);
        let (event, said, approval) = if let Some(first) = first {
            first.word().check_other(request.caller)?;
            let second = Some(caller.clone());
            (
                Event::KeyDestructionApproved,
                format!("first approved by {}", first.by),
                Approval { second, ..first.clone() },
            )
        } else {
            let (key, by, time_micros) = (key.to_string(), caller.clone(), self.now().as_microsecond());
            let identity = Some(request.caller.identity.to_string());
            let approval = Approval { key, version, by, time_micros, needed_is_lost, second: None, identity };
            (Event::KeyDestructionProposed, String::new(), approval)
        };
        let said = if needed_is_lost { format!("{said} though needed").trim().to_owned() } else { said };
        let subject = subject(key, version);
        let revision = before.map_or(Revision::ABSENT, |row| row.revision);
        Ok(Plan {
            entry: self.entry(event, caller)?.of_subject(&subject).because(&said),
            rests_on: Vec::new(),
            touches: Vec::new(),
            writes: vec![self.write_row(row_key, revision, &approval)?],
            sealed_under: Vec::new(),
            outcome: Outcome { subject, revision: Revision::ABSENT },
        })
    }
}

/// What the rows of approvals begin with.
const DESTROY: &str = "destroy ";
const MOST: usize = 1000;
