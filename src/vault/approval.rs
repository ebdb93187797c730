//! Approval: the word of a first approver, which another one, by name and by certificate, has to confirm within a day.

use jiff::{SignedDuration, Timestamp};

use crate::model::caller::Caller;
use crate::model::ids::CallerName;
use crate::vault::Vault;
use crate::vault::error::Error;

/// What a first approver said, as its row remembers it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    /// Who, as the configuration called them then.
    pub(super) by: &'a CallerName,
    /// The identity in their certificate; rows from before it was written down do not say.
    pub(super) identity: Option<&'a str>,
    /// When.
    pub(super) time_micros: i64,
}

impl Vault {
    /// Whether a first approver's word still holds.
    pub(super) fn holds_good(&self, word: Word<'_>) -> bool {
        let time = Timestamp::from_microsecond(word.time_micros).unwrap_or(Timestamp::UNIX_EPOCH);
        time.duration_until(self.now()) < GOOD_FOR
    }
}

impl Word<'_> {
    /// Refuses the first approver as the second. A reload may have given a certificate another name, or a name another
    /// certificate: neither makes one person two.
    pub(super) fn check_other(self, second: &Caller) -> Result<(), Error> {
        let is_same = *self.by == second.name || self.identity == Some(second.identity.as_str());
        if is_same { Err(Error::SameApprover) } else { Ok(()) }
    }
}

const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);
