//! Recent changes: which rows changed in which group, so that a premise can be checked without reading anything.

use std::collections::{HashMap, VecDeque};

use crate::commit::work::Premise;
use crate::store::key::Key;

/// The groups that last changed each row, back to a floor.
#[derive(Debug)]
pub(super) struct Recent {
    changed: HashMap<Key, u64>,
    order: VecDeque<(u64, Key)>,
    /// Everything at or below this group has been forgotten.
    floor: u64,
    capacity: usize,
}

impl Recent {
    /// Knows of nothing up to and including `floor`.
    pub(super) fn new(floor: u64, capacity: usize) -> Self {
        Self { changed: HashMap::new(), order: VecDeque::new(), floor, capacity }
    }

    /// Notes that the group changed the row.
    pub(super) fn note(&mut self, key: Key, group: u64) {
        self.changed.insert(key.clone(), group);
        self.order.push_back((group, key));
        while self.order.len() > self.capacity {
            self.forget_oldest();
        }
    }

    /// Whether everything the premise read is certain to be as it was.
    ///
    /// INVARIANT (premise): a change at a group above `read_at` is either in `changed` or below the floor, and both say no.
    pub(super) fn upholds(&self, premise: &Premise) -> bool {
        premise.rows.is_empty()
            || (premise.read_at >= self.floor
                && premise.rows.iter().all(|row| self.changed.get(row).is_none_or(|group| *group <= premise.read_at)))
    }

    fn forget_oldest(&mut self) {
        let Some((group, key)) = self.order.pop_front() else {
            return;
        };
        self.floor = self.floor.max(group);
        // The row may have changed again since; then its newer note stands.
        if self.changed.get(&key) == Some(&group) {
            self.changed.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::MemberId;

    fn key(byte: u8) -> Key {
        Key::record(MemberId::from_bytes([byte; 16]))
    }

    fn premise(read_at: u64, byte: u8) -> Premise {
        Premise { read_at, rows: vec![key(byte)], until: None }
    }

    #[test]
    fn a_row_changed_after_it_was_read_is_noticed() {
        let mut recent = Recent::new(0, 8);
        recent.note(key(1), 5);
        assert!(!recent.upholds(&premise(4, 1)));
        assert!(recent.upholds(&premise(5, 1)));
        assert!(recent.upholds(&premise(4, 2)));
    }

    #[test]
    fn what_has_been_forgotten_counts_as_changed() {
        let mut recent = Recent::new(0, 2);
        for (byte, group) in [(1, 5), (2, 6), (3, 7)] {
            recent.note(key(byte), group);
        }
        assert!(!recent.upholds(&premise(4, 9)), "group 5 is forgotten, so a reading at 4 proves nothing");
        assert!(recent.upholds(&premise(5, 9)));
    }

    #[test]
    fn nothing_from_before_the_start_is_trusted() {
        assert!(!Recent::new(10, 2).upholds(&premise(9, 1)));
    }
}
