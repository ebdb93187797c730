//! The handover: what was appended last goes from writer to follower in memory, so that it need not be read, opened and
//! hashed once more.

use std::collections::VecDeque;
use std::mem;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::ledger::draft::Draft;
use crate::ledger::glance::Glance;
use crate::ledger::journal::FramePlace;
use crate::ledger::reader::Error;

/// A durable frame's entries, as they were drafted.
#[derive(Debug)]
pub(super) struct Appended {
    /// Where the frame stands.
    pub(super) place: FramePlace,
    /// Its entries, in order.
    pub(super) drafts: Vec<Draft>,
}

/// The writer's end; the follower ends when it is dropped.
#[derive(Debug)]
pub struct Giver {
    waiting: Arc<Mutex<Waiting>>,
    wake: Sender<()>,
}

/// The follower's end.
#[derive(Debug)]
pub struct Taker {
    waiting: Arc<Mutex<Waiting>>,
    woken: Receiver<()>,
}

impl Appended {
    /// Every place of the frame, in order, with a glance at its leaf.
    pub(super) fn glances(&self) -> impl Iterator<Item = Result<(u64, Option<Glance<'_>>), Error>> {
        (self.place.first_index..).zip(&self.drafts).map(|(index, draft)| Ok((index, Some(Glance::of(draft)))))
    }
}

#[derive(Debug, Default)]
struct Waiting {
    frames: VecDeque<Appended>,
    entries: usize,
    /// Whether a frame was let go since the follower took some last.
    lost: bool,
}

/// Both ends of a handover.
#[must_use]
pub fn handover() -> (Giver, Taker) {
    let (wake, woken) = channel();
    let waiting = Arc::default();
    (Giver { waiting: Arc::clone(&waiting), wake }, Taker { waiting, woken })
}

impl Giver {
    /// Leaves a frame for the follower, or lets it go where too much is waiting: the journal has it.
    pub(super) fn give(&self, appended: Appended) {
        let mut waiting = lock(&self.waiting);
        let (before, after) = (waiting.entries, waiting.entries.saturating_add(appended.drafts.len()));
        if after > MOST {
            waiting.lost = true;
            return;
        }
        waiting.entries = after;
        waiting.frames.push_back(appended);
        drop(waiting);
        if before < ENOUGH && after >= ENOUGH {
            // A follower that has ended takes nothing any more.
            let _ = self.wake.send(());
        }
    }
}

impl Taker {
    /// Waits so long, or until enough is waiting; tells whether the writer is gone.
    pub(super) fn wait(&self, time: Duration) -> bool {
        self.woken.recv_timeout(time) == Err(RecvTimeoutError::Disconnected)
    }

    /// Takes all that is waiting, in order, and tells whether there may be gaps.
    pub(super) fn take(&self) -> (VecDeque<Appended>, bool) {
        let Waiting { frames, lost, .. } = mem::take(&mut *lock(&self.waiting));
        (frames, lost)
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So many entries are worth waking the follower for.
const ENOUGH: usize = 16_384;
/// More entries than that do not wait in memory: some 20 MB.
const MOST: usize = 32_768;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    use std::iter;

    use fubako_keys::Month;
    use jiff::Timestamp;

    use crate::ledger::entry::{Entry, RANDOM_BYTES};
    use crate::ledger::event::Event;

    fn appended(first_index: u64, entries: usize) -> Appended {
        let place = FramePlace { origin: [1; 16], segment: 1, first_index, month: Month::new(202_611).unwrap() };
        let draft = || Draft::new(Entry::new(Event::Started, "shop", Timestamp::UNIX_EPOCH, &[3; RANDOM_BYTES]));
        Appended { place, drafts: iter::repeat_with(draft).take(entries).collect() }
    }

    fn taken(taker: &Taker) -> (Vec<u64>, bool) {
        let (frames, lost) = taker.take();
        (frames.iter().map(|appended| appended.place.first_index).collect(), lost)
    }

    #[test]
    fn what_is_given_is_taken_once_and_in_order() {
        let (giver, taker) = handover();
        giver.give(appended(0, 2));
        giver.give(appended(2, 1));
        assert_eq!(taken(&taker), (vec![0, 2], false));
        assert_eq!(taken(&taker), (vec![], false));
    }

    #[test]
    fn what_there_is_no_room_for_is_left_to_the_journal_until_something_was_taken() {
        let (giver, taker) = handover();
        giver.give(appended(0, MOST));
        giver.give(appended(1, 1));
        assert_eq!(taken(&taker), (vec![0], true));
        giver.give(appended(2, 1));
        assert_eq!(taken(&taker), (vec![2], false));
    }

    #[test]
    fn a_follower_is_woken_when_enough_waits_and_told_when_the_writer_is_gone() {
        let (giver, taker) = handover();
        giver.give(appended(0, ENOUGH - 1));
        assert!(taker.woken.try_recv().is_err());
        giver.give(appended(1, 1));
        giver.give(appended(2, 1));
        assert!(!taker.wait(Duration::from_mins(1)));
        assert!(taker.woken.try_recv().is_err(), "woken once");
        drop(giver);
        assert!(taker.wait(Duration::from_mins(1)));
    }
}
