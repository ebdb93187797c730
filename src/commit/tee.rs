//! Tees: whoever copies the store is told, in order, of every group that is applied meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use crate::store::row::{Change, Row};

/// A group that has been applied to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its number.
    pub group: u64,
    /// The index after its last entry.
    pub next_index: u64,
    /// The rows as it left them.
    pub changes: Vec<Change>,
}

/// What was applied could not be kept for who copies: it takes it too slowly, or nothing is committed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the copy falls behind what is written meanwhile")]
pub struct FallenBehind;

/// Everyone who is told.
#[derive(Debug, Default)]
pub(crate) struct Tees(Mutex<Vec<Tee>>);

#[derive(Debug)]
struct Tee {
    groups: Sender<Applied>,
    waiting: Arc<AtomicUsize>,
}

/// The groups applied since this was made; each can be read from the store before it comes out here.
#[derive(Debug)]
pub struct Following {
    groups: Receiver<Applied>,
    waiting: Arc<AtomicUsize>,
}

impl Tees {
    /// Follows from now on: what is applied and not seen in the store by a reading that begins after this, comes out.
    pub(crate) fn follow(&self) -> Following {
        let (sender, groups) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let tee = Tee { groups: sender, waiting: Arc::clone(&waiting) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(tee);
        Following { groups, waiting }
    }

    /// Tells of a group, which must have been applied; who has fallen too far behind is told nothing any more.
    pub(crate) fn tell(&self, group: u64, next_index: u64, changes: &[Change]) {
        let mut tees = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tees.retain(|tee| {
            let bytes = size(changes);
            let waiting = tee.waiting.fetch_add(bytes, Ordering::AcqRel).saturating_add(bytes);
            let told = || tee.groups.send(Applied { group, next_index, changes: changes.to_vec() }).is_ok();
            waiting <= MOST_WAITING && told()
        });
    }
}

impl Following {
    /// The groups that have come since the last call.
    pub fn drain(&self) -> Result<Vec<Applied>, FallenBehind> {
        let mut groups = Vec::new();
        loop {
            match self.groups.try_recv() {
                Ok(applied) => {
                    self.waiting.fetch_sub(size(&applied.changes), Ordering::AcqRel);
                    groups.push(applied);
                }
                Err(TryRecvError::Empty) => return Ok(groups),
                Err(TryRecvError::Disconnected) => return Err(FallenBehind),
            }
        }
    }
}

fn size(changes: &[Change]) -> usize {
    let bytes = |change: &Change| change.key().as_bytes().len() + change.row().map_or(0, |row: &Row| row.value().len());
    changes.iter().map(bytes).sum()
}

/// Bytes that may wait for who copies.
const MOST_WAITING: usize = 256 << 20;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use crate::model::ids::Revision;
    use crate::store::key::Key;

    fn change(bytes: usize) -> Change {
        Change::put(Key::catalogue("x"), Row::new(Revision(1), vec![0; bytes]).unwrap())
    }

    #[test]
    fn what_is_applied_from_then_on_comes_out_in_order() {
        let tees = Tees::default();
        tees.tell(1, 1, &[change(1)]);
        let (one, other) = (tees.follow(), tees.follow());
        for group in 2..5 {
            tees.tell(group, group, &[change(1)]);
        }
        for following in [one, other] {
            let groups: Vec<u64> = following.drain().unwrap().iter().map(|applied| applied.group).collect();
            assert_eq!(groups, [2, 3, 4]);
            assert_eq!(following.drain(), Ok(Vec::new()));
        }
    }

    #[test]
    fn who_takes_nothing_is_dropped_and_told() {
        let tees = Tees::default();
        let following = tees.follow();
        let changes: Vec<Change> = (0..1024).map(|_| change(4000)).collect();
        for group in 0..100 {
            tees.tell(group, group, &changes);
        }
        assert_eq!(following.drain(), Err(FallenBehind));
        assert!(tees.0.lock().unwrap().is_empty());
    }
}
