//! Which root key opens a keyring: its name, the one before, and where it comes from.

use super::RootId;
use super::origin::RootOrigin;
use crate::secret::equal;

/// What a keyring's header says of the root key that opens it: a claim, until it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootClaim {
    id: RootId,
    previous: Option<RootId>,
    origin: RootOrigin,
}

impl RootClaim {
    pub(crate) const fn new(id: RootId, previous: Option<RootId>, origin: RootOrigin) -> Self {
        Self { id, previous, origin }
    }

    /// The root key's name.
    #[must_use]
    pub const fn id(&self) -> RootId {
        self.id
    }

    /// The name of the root key before it, if the root key was ever changed.
    #[must_use]
    pub const fn previous(&self) -> Option<RootId> {
        self.previous
    }

    /// Where it comes from, with what is needed beside the secret itself to come by it.
    #[must_use]
    pub const fn origin(&self) -> &RootOrigin {
        &self.origin
    }

    /// Refuses any root key but this one.
    pub fn expect(&self, given: RootId) -> Result<(), WrongRoot> {
        // XAES-256-GCM alone does not commit to its key; the id does.
        if equal(self.id.bytes(), given.bytes()) {
            return Ok(());
        }
        let wanted = self.id;
        Err(if self.previous == Some(given) {
            WrongRoot::Previous { wanted, given }
        } else {
            WrongRoot::Other { wanted, given }
        })
    }
}

/// A root key is not the one that opens the keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongRoot {
    /// It never was, as far as the keyring remembers.
    #[error(
        "wrong root key (a mistyped passphrase, or the key of another vault): the keyring is sealed under root key \
         `{wanted}`, and this one is `{given}`"
    )]
    Other {
        /// The root key that opens it.
        wanted: RootId,
        /// The root key that was given.
        given: RootId,
    },
    /// It was, until the root key was changed.
    #[error("this is the vault's previous root key, `{given}`: the keyring is sealed under root key `{wanted}` since")]
    Previous {
        /// The root key that opens it.
        wanted: RootId,
        /// The one before, which was given.
        given: RootId,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_previous_root_key_is_told_from_a_foreign_one() {
        let [current, previous, foreign] = [1, 2, 3].map(|byte| RootId::new([byte; 16]));
        let claim = RootClaim::new(current, Some(previous), RootOrigin::File);
        assert_eq!(claim.expect(current), Ok(()));
        assert_eq!(claim.expect(previous), Err(WrongRoot::Previous { wanted: current, given: previous }));
        assert_eq!(claim.expect(foreign), Err(WrongRoot::Other { wanted: current, given: foreign }));
    }
}
