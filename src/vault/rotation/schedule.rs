//! The schedule: a key whose active version has been in use as long as the configuration lets it is rotated by the vault itself.

use fubako_keys::{KeyDescription, KeyName, KeyState};
use jiff::{SignedDuration, Timestamp};

use crate::ledger::event::Event;
use crate::vault::Vault;
use crate::vault::due::own_caller;
use crate::vault::error::Error;

/// After how many days the version of a key in use is replaced; keys that are not in it are rotated by people alone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Schedule(Vec<(KeyName, u32)>);

/// A version of a key, as people are told of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyVersion {
    /// What the keyring says of it.
    pub described: KeyDescription,
    /// When the vault replaces it by itself; none where no schedule does, and for versions that are not in use.
    pub rotation_due: Option<Timestamp>,
}

impl Schedule {
    /// Replaces the version in use of each of these keys after that many days.
    #[must_use]
    pub const fn new(days: Vec<(KeyName, u32)>) -> Self {
        Self(days)
    }

    /// The keys and their days.
    #[must_use]
    pub fn days(&self) -> &[(KeyName, u32)] {
        &self.0
    }

    /// When that version is to be replaced.
    fn due(&self, version: &KeyDescription) -> Option<Timestamp> {
        let (_, days) = self.0.iter().find(|(key, _)| *key == version.name())?;
        let made = Timestamp::from_millisecond(version.created_ms()).ok()?;
        let in_use = version.state() == KeyState::Active;
        made.checked_add(SignedDuration::from_hours(24 * i64::from(*days))).ok().filter(|_| in_use)
    }
}

impl Vault {
    /// A version with what the schedule says of it.
    pub(in crate::vault) fn scheduled(&self, described: KeyDescription) -> KeyVersion {
        // On a node with a scoped keyring nothing is rotated.
        let rotation_due = self.schedule.due(&described).filter(|_| !self.is_scoped());
        KeyVersion { described, rotation_due }
    }

    /// Begins the rotation that has been due longest, unless one is under way; false if none is due.
    pub(super) async fn begin_due_rotation(&self) -> Result<bool, Error> {
        let Some(key) = self.overdue() else { return Ok(false) };
        let Some(own) = own_caller() else { return Ok(false) };
        let (subject, write) = self.plan_job(key, &own.name)?;
        let entry = self.vault_entry(Event::KeyRotating)?.of_subject(&subject).because(SCHEDULE);
        self.commit_own(entry, vec![write]).await?;
        tracing::info!(vault = %self.id, %key, "a rotation is due and begins");
        self.begin_job().await?;
        Ok(true)
    }

    fn overdue(&self) -> Option<KeyName> {
        let now = self.now();
        let versions = self.keyring.load().describe();
        let due = versions.iter().filter_map(|version| Some((self.schedule.due(version)?, version.name())));
        due.filter(|(due, _)| *due <= now).min().map(|(_, key)| key)
    }
}

/// The reason entries give.
const SCHEDULE: &str = "schedule";
