//! Callers: which certificate identity is which configured service.

use std::collections::HashMap;
use std::sync::Arc;

use thiserror::Error;

use crate::model::caller::{Caller, Identity};
use crate::model::ids::CallerName;

/// The callers the configuration names. Whoever is not among them calls nothing.
#[derive(Debug, Default)]
pub struct Callers {
    by_identity: HashMap<Identity, Arc<Caller>>,
}

/// Why callers cannot be told apart.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// Two callers have one name.
    #[error("two callers are named `{0}`")]
    NameRepeated(CallerName),
    /// Two callers have one identity.
    #[error("the identity `{identity}` is that of caller `{first}` and of caller `{second}`")]
    IdentityRepeated {
        /// The identity.
        identity: Identity,
        /// The one caller.
        first: CallerName,
        /// The other.
        second: CallerName,
    },
}

impl Callers {
    /// Takes the callers; each has a name and an identity of its own.
    pub fn new(callers: impl IntoIterator<Item = Caller>) -> Result<Self, Error> {
        let mut known = Self::default();
        for caller in callers {
            if known.named(&caller.name).is_some() {
                return Err(Error::NameRepeated(caller.name));
            }
            if let Some(first) = known.identified(&caller.identity) {
                let (first, second) = (first.name.clone(), caller.name);
                return Err(Error::IdentityRepeated { identity: caller.identity, first, second });
            }
            known.by_identity.insert(caller.identity.clone(), Arc::new(caller));
        }
        Ok(known)
    }

    /// The caller with that certificate identity.
    pub(super) fn identified(&self, identity: &Identity) -> Option<&Arc<Caller>> {
        self.by_identity.get(identity)
    }

    /// The caller of that name.
    #[must_use]
    pub fn named(&self, name: &CallerName) -> Option<&Arc<Caller>> {
        self.by_identity.values().find(|caller| caller.name == *name)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::rpc::trial::caller;

    #[test]
    fn a_caller_is_found_by_its_identity_and_by_its_name() {
        let callers = Callers::new([caller("shop", "shop.example"), caller("desk", "desk.example")]).unwrap();
        let shop = callers.identified(&Identity::parse("shop.example").unwrap()).unwrap();
        assert_eq!(shop.name.as_str(), "shop");
        assert_eq!(callers.named(&shop.name), Some(shop));
        assert!(callers.identified(&Identity::parse("stranger.example").unwrap()).is_none());
    }

    #[test]
    fn callers_that_cannot_be_told_apart_are_refused() {
        let same_name = Callers::new([caller("shop", "a.example"), caller("shop", "b.example")]);
        assert_eq!(same_name.unwrap_err().to_string(), "two callers are named `shop`");
        let same_identity = Callers::new([caller("a", "shop.example"), caller("b", "shop.example")]);
        let problem = "the identity `shop.example` is that of caller `a` and of caller `b`";
        assert_eq!(same_identity.unwrap_err().to_string(), problem);
    }
}
