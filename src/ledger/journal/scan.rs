//! Checking the frames of a segment file against the chain, up to the first that does not hold.

use std::io;

use crate::ledger::journal::Hash;
use crate::ledger::journal::frame::{FRONT, FrameFault, Head, declared_length, is_plausible, parse};
use crate::ledger::journal::window::Window;

/// How far a journal is known to be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chain {
    /// The index of the next entry.
    pub(super) next_index: u64,
    /// The last group; 0 before the first.
    pub(super) last_group: u64,
    /// The hash the next frame or header names as the one before.
    pub(super) hash: Hash,
}

/// What stands at an offset.
#[derive(Debug)]
pub(super) enum Found {
    /// A frame that continues the chain, and how many bytes it has.
    Frame(Head, usize),
    /// The end of the written part: nothing but zeros follow.
    End,
    /// Something else.
    Fault(FrameFault),
}

/// Whether a valid frame stands anywhere after a bad one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Following {
    /// None does.
    Nothing,
    /// One does.
    Frame,
    /// Too much looks like one to check it all.
    Undecided,
}

impl Chain {
    /// Reads what stands at the offset and, if it is the next frame, moves past it.
    pub(super) fn step(&mut self, window: &mut Window, offset: u64) -> io::Result<Found> {
        let front = window.bytes(offset, 4)?;
        if front.iter().all(|byte| *byte == 0) {
            let end = window.is_zero_from(offset)?;
            return Ok(if end { Found::End } else { Found::Fault(FrameFault::Leftover) });
        }
        let Some(length) = declared_length(front) else {
            return Ok(Found::Fault(FrameFault::Length));
        };
        let followed = parse(window.bytes(offset, length)?).and_then(|(head, _)| self.follow(head));
        Ok(followed.map_or_else(Found::Fault, |head| Found::Frame(head, length)))
    }

    fn follow(&mut self, head: Head) -> Result<Head, FrameFault> {
        if head.previous != self.hash {
            return Err(FrameFault::Chain);
        }
        let next_index = self.next_index.checked_add(u64::from(head.entries)).ok_or(FrameFault::Sequence)?;
        if head.first_index != self.next_index || head.group <= self.last_group {
            return Err(FrameFault::Sequence);
        }
        *self = Self { next_index, last_group: head.group, hash: head.hash };
        Ok(head)
    }
}

/// Looks for a valid frame at any byte after the offset, in time linear in the file's length.
pub(super) fn frame_after(window: &mut Window, bad: u64) -> io::Result<Following> {
    let mut budget = HASH_AT_MOST;
    for offset in bad.saturating_add(1)..window.limit() {
        let front = window.bytes(offset, FRONT)?;
        if front.len() < FRONT {
            break;
        }
        let Some(length) = declared_length(front).filter(|_| is_plausible(front)) else {
            continue;
        };
        // Only forged bytes come here often; hashing each would be quadratic.
        let Some(left) = budget.checked_sub(length) else {
            return Ok(Following::Undecided);
        };
        budget = left;
        if parse(window.bytes(offset, length)?).is_ok() {
            return Ok(Following::Frame);
        }
    }
    Ok(Following::Nothing)
}

const HASH_AT_MOST: usize = 64 * 1024 * 1024;
