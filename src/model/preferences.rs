//! Preferences: what a member has refused, and whether they restricted processing.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

use crate::model::ids::{PolicyVersion, PurposeId};

/// A member's own choices; absent choices mean allowed, as the policy's defaults say.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode)]
pub struct Preferences {
    /// The optional purposes the member refuses.
    #[n(0)]
    pub refused: BTreeSet<PurposeId>,
    /// Restriction of processing (GDPR Art. 18): freezes every optional purpose that does not survive it.
    #[n(1)]
    pub restricted: bool,
    /// The signals of the browser and of opened mail the member refuses.
    #[n(2)]
    pub refused_signals: BTreeSet<Signal>,
    /// The last version of the policy the member was told of.
    #[n(3)]
    pub told: PolicyVersion,
    /// The generation of the keyring the member was collected under; absent where nobody wrote it down. It is no choice of
    /// theirs, and lies here since this row lives as long as they do.
    #[n(4)]
    pub collected_in: Option<u64>,
    /// When the member's grace period is over and they are erased, in microseconds since 1970; absent if they are not to be.
    /// It is no choice either, and lies here since every release rests on this row. Until then it freezes what a restriction
    /// freezes.
    #[n(5)]
    pub erasure_due: Option<i64>,
}

/// A signal whose collection a member can refuse.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode)]
#[cbor(index_only)]
pub enum Signal {
    /// Cookies.
    #[n(0)]
    Cookies,
    /// Web analytics.
    #[n(1)]
    Analytics,
    /// Interest-based advertising.
    #[n(2)]
    Advertising,
    /// That a mail was opened.
    #[n(3)]
    MailOpening,
}

impl Signal {
    /// Every signal there is.
    pub const ALL: [Self; 4] = [Self::Cookies, Self::Analytics, Self::Advertising, Self::MailOpening];

    /// The signal's name in requests and entries.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cookies => "cookies",
            Self::Analytics => "analytics",
            Self::Advertising => "advertising",
            Self::MailOpening => "mail_signal",
        }
    }
}
