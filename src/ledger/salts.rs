//! Salts: the random bytes of entries, drawn from the system for many entries at once.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use ring::error::Unspecified;
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use crate::ledger::entry::RANDOM_BYTES;

/// Where entries get their random bytes from. Asking the system for each entry costs as much as hashing it twice.
pub struct Salts {
    random: Arc<dyn SecureRandom + Send + Sync>,
    drawn: Mutex<Zeroizing<Vec<[u8; RANDOM_BYTES]>>>,
}

impl Salts {
    /// Salts out of that randomness.
    #[must_use]
    pub fn new(random: Arc<dyn SecureRandom + Send + Sync>) -> Self {
        Self { random, drawn: Mutex::default() }
    }

    /// The random bytes of one entry, which are given to no other; fails where the system gives none.
    pub fn draw(&self) -> Result<[u8; RANDOM_BYTES], Unspecified> {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.is_empty() {
            let mut salts = vec![[0; RANDOM_BYTES]; AT_ONCE];
            self.random.fill(salts.as_flattened_mut())?;
            *drawn = Zeroizing::new(salts);
        }
        let salts = drawn.last_mut().map(|last| mem::replace(last, [0; RANDOM_BYTES])).ok_or(Unspecified)?;
        drawn.pop();
        Ok(salts)
    }
}

impl fmt::Debug for Salts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salts")
    }
}

const AT_ONCE: usize = 64;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use std::collections::HashSet;

    use ring::rand::SystemRandom;

    #[test]
    fn no_two_entries_get_the_same_bytes() {
        let salts = Salts::new(Arc::new(SystemRandom::new()));
        let drawn: HashSet<_> = (0..3 * AT_ONCE).map(|_| salts.draw().unwrap()).collect();
        assert_eq!(drawn.len(), 3 * AT_ONCE);
        assert!(!drawn.contains(&[0; RANDOM_BYTES]));
    }

    #[test]
    fn bytes_that_were_given_away_are_not_kept() {
        let salts = Salts::new(Arc::new(SystemRandom::new()));
        let given = salts.draw().unwrap();
        let left = salts.drawn.lock().unwrap();
        assert_eq!(left.len(), AT_ONCE - 1);
        assert!(!left.contains(&given));
    }
}
