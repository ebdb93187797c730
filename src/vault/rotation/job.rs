//! The job row: what a rotation is about, and how far it has come.

use fubako_keys::KeyName;
use jiff::Timestamp;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::model::ids::{CallerName, MemberId};
use crate::store::key::Key;
use crate::vault::rotation::subject;

/// The last rotation, which may be over.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub(super) struct Job {
    #[n(0)]
    key: String,
    #[n(1)]
    version: u32,
    #[n(2)]
    pub(super) by: Option<CallerName>,
    #[n(3)]
    started_micros: i64,
    #[n(4)]
    cursor: Option<ByteArray<16>>,
    /// Records looked at so far.
    #[n(5)]
    pub(super) checked: u64,
    /// Records made anew so far.
    #[n(6)]
    pub(super) resealed: u64,
    /// Records that did not open so far.
    #[n(7)]
    pub(super) damaged: u64,
    #[n(8)]
    stage: u8,
}

/// What is being done of a rotation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Stage {
    /// Records are brought under the new version, one after the other.
    Sweeping = 1,
    /// Everything is looked through for what still needs an older version.
    Proving = 2,
    /// Nothing needs an older version.
    Complete = 3,
    /// Something does not open and still needs an older version.
    Incomplete = 4,
}

impl Stage {
    /// Its name in entries and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sweeping => "sweeping",
            Self::Proving => "proving",
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
        }
    }

    const fn of(number: u8) -> Self {
        match number {
            1 => Self::Sweeping,
            2 => Self::Proving,
            3 => Self::Complete,
            _ => Self::Incomplete,
        }
    }
}

impl Job {
    pub(super) fn begin((key, version): (KeyName, u32), by: &CallerName, now: Timestamp) -> Self {
        Self {
            key: key.to_string(),
            version,
            by: Some(by.clone()),
            started_micros: now.as_microsecond(),
            stage: Stage::Sweeping as u8,
            ..Self::default()
        }
    }

    /// The key and its new version; none in a row that was never written.
    pub(super) fn target(&self) -> Option<(KeyName, u32)> {
        Some((KeyName::parse(&self.key).ok()?, self.version))
    }

    /// How entries name the key and its new version.
    pub(super) fn subject(&self) -> String {
        self.target().map_or_else(String::new, |(key, version)| subject(key, version))
    }

    /// The key, while the rotation is not over.
    pub(super) fn under_way(&self) -> Option<KeyName> {
        let (key, _) = self.target()?;
        matches!(self.stage(), Stage::Sweeping | Stage::Proving).then_some(key)
    }

    pub(super) const fn stage(&self) -> Stage {
        Stage::of(self.stage)
    }

    pub(super) fn reach(&mut self, stage: Stage) {
        self.stage = stage as u8;
    }

    /// The last record looked at.
    pub(super) fn cursor(&self) -> Option<Key> {
        self.cursor.as_ref().map(|member| Key::record(MemberId::from_bytes(**member)))
    }

    pub(super) fn move_to(&mut self, member: MemberId) {
        self.cursor = Some(ByteArray::from(*member.as_bytes()));
    }

    pub(super) fn started(&self) -> Timestamp {
        Timestamp::from_microsecond(self.started_micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

pub(super) fn job_key() -> Key {
    Key::job("rotation")
}
