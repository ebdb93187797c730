//! Events: the kinds of thing an entry tells of, and how long the ledger can read each.

use std::fmt;

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
}

/// Which key an entry is sealed under.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lifetime {
    /// The key of its month, destroyed when retention ends.
    Retention,
    /// The long-lived ledger key: keys, consents, policies, erasures.
    Long,
}

/// What became of what was asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// A release was granted: the view may have been received.
    Granted,
    /// It was refused.
    Refused,
    /// A granted release failed to open: nothing was received.
    NotReleased,
    /// A change or a query was carried out.
    Done,
}

impl Event {
    /// Every event there is.
    pub const ALL: [Self; 30] = [
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
        Self::Collected,
        Self::Corrected,
        Self::FieldsRemoved,
        Self::Erased,
        Self::PreferencesSet,
        Self::RestrictionSet,
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
            Self::Collected => "collected",
            Self::Corrected => "corrected",
            Self::FieldsRemoved => "fields-removed",
            Self::Erased => "erased",
            Self::PreferencesSet => "preferences-set",
            Self::RestrictionSet => "restriction-set",
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
        }
    }

    /// What became of it.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Released => Outcome::Granted,
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
            | Self::LedgerVerified => Outcome::Done,
        }
    }

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
            | Self::Collected
            | Self::Corrected
            | Self::RequestsForgotten
            | Self::LedgerRead
            | Self::LedgerVerified => Lifetime::Retention,
            Self::VaultCreated
            | Self::PolicyActivated
            | Self::KeysChanging
            | Self::KeysChanged
            | Self::FieldsRemoved
            | Self::Erased
            | Self::PreferencesSet
            | Self::RestrictionSet
            | Self::PartyRegistered
            | Self::PartyStateSet
            | Self::BasisRecorded
            | Self::BasisStateSet
            | Self::CallerSuspended
            | Self::CallerResumed
            | Self::MonthRetiring
            | Self::MonthRetired => Lifetime::Long,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_its_own_number_and_name() {
        for event in Event::ALL {
            assert_eq!(Event::from_number(event.number().into()), Some(event));
            assert_eq!(Event::ALL.into_iter().filter(|other| other.name() == event.name()).count(), 1);
        }
    }
}
