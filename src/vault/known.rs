//! Known parties and callers: rows nearly every release rests on, kept opened for as long as no such row changes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::ids::{CallerName, PartyId};
use crate::model::party::Party;
use crate::vault::error::Error;
use crate::vault::rows::Revised;

/// Parties, and whether callers are suspended, as of one count of changes to the register.
#[derive(Default)]
pub(super) struct Known(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    as_of: u64,
    parties: HashMap<PartyId, Arc<Revised<Party>>>,
    suspended: HashMap<CallerName, bool>,
}

impl Known {
    /// The party, read unless it is known as of that count, which was taken before.
    pub(super) fn party(
        &self,
        as_of: u64,
        id: &PartyId,
        read: impl FnOnce() -> Result<Option<Revised<Party>>, Error>,
    ) -> Result<Option<Arc<Revised<Party>>>, Error> {
        if let Some(known) = self.with(as_of, |kept| kept.parties.get(id).map(Arc::clone)).flatten() {
            return Ok(Some(known));
        }
        let party = read()?.map(Arc::new);
        if let Some(party) = &party {
            self.with(as_of, |kept| kept.parties.insert(id.clone(), Arc::clone(party)));
        }
        Ok(party)
    }

    /// Whether the caller is suspended, read unless it is known as of that count, which was taken before.
    pub(super) fn is_suspended(
        &self,
        as_of: u64,
        caller: &CallerName,
        read: impl FnOnce() -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        if let Some(known) = self.with(as_of, |kept| kept.suspended.get(caller).copied()).flatten() {
            return Ok(known);
        }
        let suspended = read()?;
        self.with(as_of, |kept| kept.suspended.insert(caller.clone(), suspended));
        Ok(suspended)
    }

    /// Looks at what is kept as of that count; none where something newer is.
    ///
    /// INVARIANT (premise): the count is taken before a row is read, and goes up after a change can be read. So what is kept
    /// under a count is at least as new as that count's state.
    fn with<T>(&self, as_of: u64, look: impl FnOnce(&mut Kept) -> T) -> Option<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_of > as_of {
            return None;
        }
        if kept.as_of < as_of || kept.parties.len() + kept.suspended.len() >= MOST {
            *kept = Kept { as_of, ..Kept::default() };
        }
        Some(look(&mut kept))
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

/// Rows kept; beyond it everything is forgotten and read again. A few MB.
const MOST: usize = 8192;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn suspended(known: &Known, as_of: u64, now: bool) -> bool {
        known.is_suspended(as_of, &CallerName::parse("shop").unwrap(), || Ok(now)).unwrap()
    }

    #[test]
    fn a_row_is_read_again_once_something_changed() {
        let known = Known::default();
        assert!(!suspended(&known, 1, false));
        assert!(!suspended(&known, 1, true), "known as of this count");
        assert!(suspended(&known, 2, true));
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let known = Known::default();
        assert!(suspended(&known, 2, true));
        // Somebody who took the count before the change, and comes late.
        assert!(!suspended(&known, 1, false));
        assert!(suspended(&known, 2, false), "the late reading is not kept");
    }

    #[test]
    fn a_failed_reading_is_not_kept() {
        let known = Known::default();
        let caller = CallerName::parse("shop").unwrap();
        assert!(known.is_suspended(1, &caller, || Err(Error::Overloaded)).is_err());
        assert!(suspended(&known, 1, true));
    }
}
