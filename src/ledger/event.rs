//! Events: the kinds of thing an entry tells of, and how long the ledger can read each.

#[cfg(test)]
mod tests;

use std::fmt;

use crate::ledger::outcome::Outcome;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Event {
    /// The vault was made.
    VaultCreated = 1,
    /// The server started.
    Started = 2,
    /// A policy version came into force.
    PolicyActivated = 3,
    /// A change of the keyring is about to be made.
    KeysChanging = 4,
    /// The change of the keyring is complete.
    KeysChanged = 5,
    /// Somebody had the vault sealed.
    Sealed = 6,
    /// A view may have been released.
    Released = 10,
    /// An accounted release could not be opened; nothing left the vault.
    NotReleased = 11,
    /// A release was refused.
    Refused = 12,
    /// Further refusals of one caller, counted instead of listed.
    RefusalsCounted = 13,
    /// A claim was compared with what is stored.
    Verified = 14,
    /// A member was looked for.
    Searched = 15,
    /// Somebody asked what a release would give and why.
    Explained = 16,
    /// What the law has kept of an erased member may have been read.
    RetainedReleased = 17,
    /// A member's data was collected.
    Collected = 20,
    /// Values were corrected.
    Corrected = 21,
    /// Fields were removed.
    FieldsRemoved = 22,
    /// A member was erased.
    Erased = 23,
    /// A member's preferences changed.
    PreferencesSet = 24,
    /// A member restricted processing, or lifted the restriction.
    RestrictionSet = 25,
    /// A member is about to be erased: what the law wants kept may be opened, to be sealed again.
    Erasing = 26,
    /// What was kept of erased members is past its term, and gone.
    RetainedDestroyed = 27,
    /// A legal hold was put on a member.
    HoldSet = 28,
    /// A legal hold was lifted.
    HoldLifted = 29,
    /// A party was registered.
    PartyRegistered = 30,
    /// A party was suspended, ended or made active.
    PartyStateSet = 31,
    /// A basis was recorded.
    BasisRecorded = 32,
    /// A basis was revoked or ended.
    BasisStateSet = 33,
    /// A caller was suspended.
    CallerSuspended = 34,
    /// A caller was let in again.
    CallerResumed = 35,
    /// Request ids older than a day were forgotten.
    RequestsForgotten = 40,
    /// Somebody began to read the ledger.
    LedgerRead = 41,
    /// A month's ledger key is about to be destroyed.
    MonthRetiring = 42,
    /// A month's ledger key was destroyed: the details of its entries can never be read again.
    MonthRetired = 43,
    /// Somebody had the whole ledger checked.
    LedgerVerified = 44,
    /// A key is to get a new version, and everything is to be brought under it.
    KeyRotating = 50,
    /// A sweep begins or goes on: fields may be opened, to be sealed again.
    Resealing = 51,
    /// Records were brought under a new key version.
    FieldsResealed = 52,
    /// A rotation has ended.
    KeyRotated = 53,
    /// A key version was deactivated, or marked as compromised.
    KeyStateSet = 54,
    /// A first approver wants a key version destroyed.
    KeyDestructionProposed = 55,
    /// A second approver agrees: the key version is about to be destroyed.
    KeyDestructionApproved = 56,
    /// A key version was destroyed.
    KeyDestroyed = 57,
    /// Everything that is stored is about to be checked: values may be opened, and are shown to nobody.
    VaultVerified = 60,
    /// A backup is about to be made: rows leave the vault, as they are stored.
    BackupBegun = 61,
    /// A backup holds everything up to this entry.
    BackupMade = 62,
    /// The sealed keyring was given out, to be kept elsewhere.
    KeyringCopied = 63,
    /// A copy of the vault or of its keyring was destroyed, as somebody attests.
    CopyForgotten = 64,
    /// The vault was restored from a backup: its ledger begins anew, and this entry says after what.
    Restored = 65,
    /// Members whose erasure a restore had undone were erased again.
    ErasuresReplayed = 66,
    /// Erasures were given out, sealed, to be kept elsewhere.
    ErasuresShipped = 67,
    /// Keys of some classes were given out, as a keyring for another node.
    ScopeExported = 70,
    /// A root key that is not in force was destroyed by its keeper, who was asked.
    RootDestroyed = 71,
    /// A first approver wants keys of some classes given out.
    ScopeExportProposed = 72,
    /// A member is to be erased when a grace period is over.
    ErasureScheduled = 77,
    /// A member who was to be erased is not to be any more.
    ErasureCancelled = 78,
    /// The grace period of a member is over, and something stands in the way of the erasure.
    ErasureStopped = 79,
}

impl Event {
    /// Every event there is.
    pub const ALL: [Self; 57] = [
        Self::VaultCreated,
        Self::Started,
        Self::PolicyActivated,
        Self::KeysChanging,
        Self::KeysChanged,
        Self::Sealed,
        Self::Released,
        Self::NotReleased,
        Self::Refused,
        Self::RefusalsCounted,
        Self::Verified,
        Self::Searched,
        Self::Explained,
        Self::RetainedReleased,
        Self::Collected,
        Self::Corrected,
        Self::FieldsRemoved,
        Self::Erased,
        Self::PreferencesSet,
        Self::RestrictionSet,
        Self::Erasing,
        Self::RetainedDestroyed,
        Self::HoldSet,
        Self::HoldLifted,
        Self::PartyRegistered,
        Self::PartyStateSet,
        Self::BasisRecorded,
        Self::BasisStateSet,
        Self::CallerSuspended,
        Self::CallerResumed,
        Self::RequestsForgotten,
        Self::LedgerRead,
        Self::MonthRetiring,
        Self::MonthRetired,
        Self::LedgerVerified,
        Self::KeyRotating,
        Self::Resealing,
        Self::FieldsResealed,
        Self::KeyRotated,
        Self::KeyStateSet,
        Self::KeyDestructionProposed,
        Self::KeyDestructionApproved,
        Self::KeyDestroyed,
        Self::VaultVerified,
        Self::BackupBegun,
        Self::BackupMade,
        Self::KeyringCopied,
        Self::CopyForgotten,
        Self::Restored,
        Self::ErasuresReplayed,
        Self::ErasuresShipped,
        Self::ScopeExported,
        Self::RootDestroyed,
        Self::ScopeExportProposed,
        Self::ErasureScheduled,
        Self::ErasureCancelled,
        Self::ErasureStopped,
    ];

    /// The event's number in entries.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The event of that number, if there is one.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|event| u32::from(event.number()) == number)
    }

    /// The event's name in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VaultCreated => "vault-created",
            Self::Started => "started",
            Self::PolicyActivated => "policy-activated",
            Self::KeysChanging => "keys-changing",
            Self::KeysChanged => "keys-changed",
            Self::Sealed => "sealed",
            Self::Released => "released",
            Self::NotReleased => "not-released",
            Self::Refused => "refused",
            Self::RefusalsCounted => "refusals-counted",
            Self::Verified => "verified",
            Self::Searched => "searched",
            Self::Explained => "explained",
            Self::RetainedReleased => "retained-released",
            Self::Collected => "collected",
            Self::Corrected => "corrected",
            Self::FieldsRemoved => "fields-removed",
            Self::Erased => "erased",
            Self::PreferencesSet => "preferences-set",
            Self::RestrictionSet => "restriction-set",
            Self::Erasing => "erasing",
            Self::RetainedDestroyed => "retained-destroyed",
            Self::HoldSet => "hold-set",
            Self::HoldLifted => "hold-lifted",
            Self::PartyRegistered => "party-registered",
            Self::PartyStateSet => "party-state-set",
            Self::BasisRecorded => "basis-recorded",
            Self::BasisStateSet => "basis-state-set",
            Self::CallerSuspended => "caller-suspended",
            Self::CallerResumed => "caller-resumed",
            Self::RequestsForgotten => "requests-forgotten",
            Self::LedgerRead => "ledger-read",
            Self::MonthRetiring => "month-retiring",
            Self::MonthRetired => "month-retired",
            Self::LedgerVerified => "ledger-verified",
            Self::KeyRotating => "key-rotating",
            Self::Resealing => "resealing",
            Self::FieldsResealed => "fields-resealed",
            Self::KeyRotated => "key-rotated",
            Self::KeyStateSet => "key-state-set",
            Self::KeyDestructionProposed => "key-destruction-proposed",
            Self::KeyDestructionApproved => "key-destruction-approved",
            Self::KeyDestroyed => "key-destroyed",
            Self::VaultVerified => "vault-verified",
            Self::BackupBegun => "backup-begun",
            Self::BackupMade => "backup-made",
            Self::KeyringCopied => "keyring-copied",
            Self::CopyForgotten => "copy-forgotten",
            Self::Restored => "restored",
            Self::ErasuresReplayed => "erasures-replayed",
            Self::ErasuresShipped => "erasures-shipped",
            Self::ScopeExported => "scope-exported",
            Self::RootDestroyed => "root-destroyed",
            Self::ScopeExportProposed => "scope-export-proposed",
            Self::ErasureScheduled => "erasure-scheduled",
            Self::ErasureCancelled => "erasure-cancelled",
            Self::ErasureStopped => "erasure-stopped",
        }
    }

    /// What became of it.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Released | Self::RetainedReleased => Outcome::Granted,
            Self::NotReleased => Outcome::NotReleased,
            Self::Refused | Self::RefusalsCounted => Outcome::Refused,
            Self::VaultCreated
            | Self::Started
            | Self::PolicyActivated
            | Self::KeysChanging
            | Self::KeysChanged
            | Self::Sealed
            | Self::Verified
            | Self::Searched
            | Self::Explained
            | Self::Collected
            | Self::Corrected
            | Self::FieldsRemoved
            | Self::Erased
            | Self::PreferencesSet
            | Self::RestrictionSet
            | Self::Erasing
            | Self::RetainedDestroyed
            | Self::HoldSet
            | Self::HoldLifted
            | Self::PartyRegistered
            | Self::PartyStateSet
            | Self::BasisRecorded
            | Self::BasisStateSet
            | Self::CallerSuspended
            | Self::CallerResumed
            | Self::RequestsForgotten
            | Self::LedgerRead
            | Self::MonthRetiring
            | Self::MonthRetired
            | Self::LedgerVerified
            | Self::KeyRotating
            | Self::Resealing
            | Self::FieldsResealed
            | Self::KeyRotated
            | Self::KeyStateSet
            | Self::KeyDestructionProposed
            | Self::KeyDestructionApproved
            | Self::KeyDestroyed
            | Self::VaultVerified
            | Self::BackupBegun
            | Self::BackupMade
            | Self::KeyringCopied
            | Self::CopyForgotten
            | Self::Restored
            | Self::ErasuresReplayed
            | Self::ErasuresShipped
            | Self::ScopeExported
            | Self::RootDestroyed
            | Self::ScopeExportProposed
            | Self::ErasureScheduled
            | Self::ErasureCancelled
            | Self::ErasureStopped => Outcome::Done,
        }
    }
}

impl Outcome {
    /// What became of events of that number; none of a number of a later version.
    #[must_use]
    pub fn of(number: u32) -> Option<Self> {
        Event::from_number(number).map(Event::outcome)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
