//! The tables of the store: what rows are about.

/// What a row is about. The numbers are written to disk and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Table {
    /// Sealed member records.
    Record = 1,
    /// Registered parties.
    Party = 2,
    /// Legal bases.
    Basis = 3,
    /// Members' preferences.
    Preferences = 4,
    /// Buckets of the blind index.
    Index = 5,
    /// Answers to mutations, for retries.
    Request = 6,
    /// What is recorded of callers at run time, such as a suspension.
    Caller = 7,
    /// What the vault keeps of itself: policies, sizes, versions.
    Catalogue = 8,
    /// What the law keeps of the erased.
    Retained = 9,
    /// Which bases bind a member or a party.
    BasisIndex = 10,
    /// Long work under way, and what is waiting for a second approver.
    Job = 11,
    /// Copies of the vault that lie elsewhere, and what a restore from one has left to do.
    Copy = 12,
    /// What erasures rest on.
    Erasure = 13,
    /// Members of whom nothing is erased for now.
    Hold = 14,
    /// How much was sealed under each version of a key.
    Tally = 17,
    /// Members who are erased when their grace period is over.
    PendingErasure = 18,
}

impl Table {
    /// Every table there is.
    pub const ALL: [Self; 16] = [
        Self::Record,
        Self::Party,
        Self::Basis,
        Self::Preferences,
        Self::Index,
        Self::Request,
        Self::Caller,
        Self::Catalogue,
        Self::Retained,
        Self::BasisIndex,
        Self::Job,
        Self::Copy,
        Self::Erasure,
        Self::Hold,
        Self::Tally,
        Self::PendingErasure,
    ];

    /// The number that stands for it on disk.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The table's name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Record => "records",
            Self::Party => "parties",
            Self::Basis => "bases",
            Self::Preferences => "preferences",
            Self::Index => "index",
            Self::Request => "requests",
            Self::Caller => "callers",
            Self::Catalogue => "catalogue",
            Self::Retained => "retained",
            Self::BasisIndex => "basis-index",
            Self::Job => "jobs",
            Self::Copy => "copies",
            Self::Erasure => "erasures",
            Self::Hold => "holds",
            Self::Tally => "tallies",
            Self::PendingErasure => "pending-erasures",
        }
    }

    /// The table of that number.
    pub(super) fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.number() == number)
    }
}
