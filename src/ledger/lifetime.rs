//! Lifetime: how long the ledger can read an entry, by what it tells of.

use crate::ledger::event::Event;

/// Which key an entry is sealed under.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lifetime {
    /// The key of its month, destroyed when retention ends.
    Retention,
    /// The long-lived ledger key: keys, consents, policies, erasures.
    Long,
}

impl Event {
    /// How long entries of this event can be read.
    #[must_use]
    pub const fn lifetime(self) -> Lifetime {
        match self {
            Self::Started
            | Self::Sealed
            | Self::Released
            | Self::NotReleased
            | Self::Refused
            | Self::RefusalsCounted
            | Self::Verified
            | Self::Searched
            | Self::Explained
            | Self::RetainedReleased
            | Self::Collected
            | Self::Corrected
            | Self::RequestsForgotten
            | Self::LedgerRead
            | Self::LedgerVerified
            | Self::FieldsResealed
            | Self::VaultVerified
            | Self::ErasuresShipped => Lifetime::Retention,
            Self::VaultCreated
            | Self::PolicyActivated
            | Self::KeysChanging
            | Self::KeysChanged
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
            | Self::MonthRetiring
            | Self::MonthRetired
            | Self::KeyRotating
            | Self::Resealing
            | Self::KeyRotated
            | Self::KeyStateSet
            | Self::KeyDestructionProposed
            | Self::KeyDestructionApproved
            | Self::KeyDestroyed
            | Self::BackupBegun
            | Self::BackupMade
            | Self::KeyringCopied
            | Self::CopyForgotten
            | Self::Restored
            | Self::ErasuresReplayed
            | Self::ScopeExported
            | Self::RootDestroyed
            | Self::ScopeExportProposed
            | Self::ErasureScheduled
            | Self::ErasureCancelled
            | Self::ErasureStopped => Lifetime::Long,
        }
    }
}
