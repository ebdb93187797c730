//! Queries: which entries, found by way of the index where it reaches, and by reading where it does not.

use std::ops::{ControlFlow, Range};

use jiff::{SignedDuration, Timestamp};

use crate::ledger::index::Term;
use crate::ledger::journal::Frame;
use crate::ledger::opened::OpenedFrame;
use crate::ledger::outcome::Outcome;
use crate::ledger::reader::{Error, ReadEntry, Reader};
use crate::model::ids::{EntryId, MemberId};

/// Which entries: what is given has to be true of an entry all together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The earliest time.
    pub from: Option<Timestamp>,
    /// The time it has to be before.
    pub until: Option<Timestamp>,
    /// The purpose.
    pub purpose: Option<String>,
    /// The recipient.
    pub recipient: Option<String>,
    /// The caller.
    pub caller: Option<String>,
    /// The member.
    pub member: Option<MemberId>,
    /// What became of it.
    pub outcome: Option<Outcome>,
}

/// In which order entries are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Rising indexes.
    OldestFirst,
    /// Falling indexes.
    NewestFirst,
}

/// A page of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries, in the order asked for.
    pub entries: Vec<ReadEntry>,
    /// Behind which index the next page begins; none where there is nothing more.
    pub next: Option<u64>,
}

/// Neighbouring entries, and which of them may pass.
#[derive(Debug)]
enum Stretch {
    /// Those the index lists, rising.
    Listed(Vec<u64>),
    /// All of them.
    Whole(Range<u64>),
}

impl Filter {
    /// Whether an entry passes.
    #[must_use]
    pub fn admits(&self, entry: &ReadEntry) -> bool {
        let leaf = &entry.leaf;
        let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        let micros = |time: Option<Timestamp>| time.map(Timestamp::as_microsecond);
        micros(self.from).is_none_or(|from| leaf.time_micros >= from)
            && micros(self.until).is_none_or(|until| leaf.time_micros < until)
            && is(&self.purpose, &leaf.purpose)
            && is(&self.recipient, &leaf.recipient)
            && is(&self.caller, &leaf.caller)
            && self.member.is_none_or(|member| entry.member() == Some(member))
            && self.outcome.is_none_or(|outcome| Outcome::of(leaf.event) == Some(outcome))
    }

    fn terms(&self) -> Vec<Term> {
        let terms = [
            self.member.map(Term::Member),
            self.recipient.clone().map(Term::Recipient),
            self.caller.clone().map(Term::Caller),
            self.purpose.clone().map(Term::Purpose),
        ];
        terms.into_iter().flatten().collect()
    }
}

impl Reader {
    /// Up to `limit` entries that pass, behind the index a page before ended with.
    ///
    /// Where few pass, it looks only so far: the page may be short, and still have one behind it.
    pub fn page(&self, filter: &Filter, order: Order, after: Option<u64>, limit: usize) -> Result<Page, Error> {
        let range = match (order, after) {
            (_, None) => 0..u64::MAX,
            (Order::OldestFirst, Some(after)) => after.saturating_add(1)..u64::MAX,
            (Order::NewestFirst, Some(after)) => 0..after,
        };
        let (mut entries, mut next, mut looked_at) = (Vec::new(), None, 0);
        self.walk(filter, order, range, |entry| {
            looked_at += 1;
            let admitted = filter.admits(&entry);
            if looked_at > LOOK_AT || admitted && entries.len() == limit {
                return ControlFlow::Break(());
            }
            next = Some(entry.index);
            if admitted {
                entries.push(entry);
            }
            ControlFlow::Continue(())
        })
        .map(|walked| Page { entries, next: next.filter(|_| walked.is_break()) })
    }

    /// Goes through the entries of a range that may pass the filter, until `visit` breaks off.
    pub fn walk(
        &self,
        filter: &Filter,
        order: Order,
        range: Range<u64>,
        mut visit: impl FnMut(ReadEntry) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        for stretch in self.stretches(filter, order, range)? {
            let walked = match stretch {
                Stretch::Listed(indexes) => self.walk_listed(order, indexes, &mut visit)?,
                Stretch::Whole(range) => self.walk_whole(order, &range, &mut visit)?,
            };
            if walked.is_break() {
                return Ok(walked);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Goes through every place of a range, oldest first, until `visit` breaks off; an entry past retention is none.
    pub fn places(
        &self,
        range: Range<u64>,
        mut visit: impl FnMut(u64, Option<ReadEntry>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let keyring = self.keyring();
        for frame in self.journal.forward(range.start) {
            let frame = frame?;
            if frame.first_index() >= range.end {
                break;
            }
            for place in OpenedFrame::open(&frame, &keyring)?.places() {
                let (index, entry) = place?;
                if range.contains(&index) && visit(index, entry).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The place of an entry by its id, which is looked for shortly around the time the id carries, or widely.
    pub fn find(&self, id: EntryId, widely: bool) -> Result<Option<u64>, Error> {
        let around = |slack: SignedDuration| {
            let time = id.time()?;
            Some((time.checked_sub(slack).ok()?, time.checked_add(slack).ok()?))
        };
        for slack in [SHORTLY, SLACK].into_iter().take(if widely { 2 } else { 1 }) {
            let Some((from, until)) = around(slack) else { continue };
            let mut found = None;
            let _ = self.walk_whole(Order::OldestFirst, &self.journal.between(from, until)?, &mut |entry| {
                if entry.leaf.entry_id != id.as_bytes() {
                    return ControlFlow::Continue(());
                }
                found = Some(entry.index);
                ControlFlow::Break(())
            })?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The range cut into stretches, in the order they are gone through.
    fn stretches(&self, filter: &Filter, order: Order, range: Range<u64>) -> Result<Vec<Stretch>, Error> {
        let mut range = range.start..range.end.min(self.entries());
        if filter.from.is_some() || filter.until.is_some() {
            let from = filter.from.and_then(|from| from.checked_sub(SLACK).ok()).unwrap_or(Timestamp::MIN);
            let until = filter.until.and_then(|until| until.checked_add(SLACK).ok()).unwrap_or(Timestamp::MAX);
            range = meet(&range, &self.journal.between(from, until)?);
        }
        let terms = filter.terms();
        let mut stretches = Vec::new();
        let mut indexed_to = range.start;
        let spans = if terms.is_empty() { Vec::new() } else { self.index.spans() };
        for span in spans {
            let part = meet(&range, &(span.first_index()..span.next_index()));
            if part.is_empty() {
                continue;
            }
            indexed_to = part.end;
            stretches.push(match span.find(&terms, &self.keyring()) {
                Ok(indexes) => Stretch::Listed(indexes.into_iter().filter(|index| part.contains(index)).collect()),
                Err(error) => {
                    tracing::warn!(%error, "a part of the ledger's index does not open; its entries are read instead");
                    Stretch::Whole(part)
                }
            });
        }
        if indexed_to < range.end {
            stretches.push(Stretch::Whole(indexed_to..range.end));
        }
        if order == Order::NewestFirst {
            stretches.reverse();
        }
        Ok(stretches)
    }

    /// Reads the entries at these indexes; those of one frame together.
    fn walk_listed(
        &self,
        order: Order,
        mut indexes: Vec<u64>,
        visit: &mut impl FnMut(ReadEntry) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        if order == Order::NewestFirst {
            indexes.reverse();
        }
        let keyring = self.keyring();
        let mut held: Option<OpenedFrame> = None;
        for index in indexes {
            if held.as_ref().is_none_or(|frame| !frame.holds(index)) {
                let Some(frame) = self.journal.frame_at(index)? else { continue };
                held = Some(OpenedFrame::open(&frame, &keyring)?);
            }
            let entry = held.as_ref().map(|frame| frame.entry(index)).transpose()?.flatten();
            if let Some(entry) = entry
                && visit(entry).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reads every entry of a range.
    fn walk_whole(
        &self,
        order: Order,
        range: &Range<u64>,
        visit: &mut impl FnMut(ReadEntry) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Error> {
        let keyring = self.keyring();
        let mut read = |frame: Frame| -> Result<ControlFlow<()>, Error> {
            let opened = OpenedFrame::open(&frame, &keyring)?;
            let mut forward = (order == Order::OldestFirst).then(|| opened.entries());
            let mut backward = (order == Order::NewestFirst).then(|| opened.entries().rev());
            for entry in forward.iter_mut().flatten().chain(backward.iter_mut().flatten()) {
                let entry = entry?;
                if range.contains(&entry.index) && visit(entry).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        };
        let beyond = |frame: &Frame| match order {
            Order::OldestFirst => frame.first_index() >= range.end,
            Order::NewestFirst => frame.next_index() <= range.start,
        };
        let mut forward = (order == Order::OldestFirst).then(|| self.journal.forward(range.start));
        let mut backward = (order == Order::NewestFirst).then(|| self.journal.backward(range.end));
        let frames = forward.iter_mut().flatten().chain(backward.iter_mut().flatten());
        for frame in frames {
            let frame = frame?;
            if beyond(&frame) {
                break;
            }
            if read(frame)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn meet(a: &Range<u64>, b: &Range<u64>) -> Range<u64> {
    a.start.max(b.start)..a.end.min(b.end)
}

/// Entries one page looks at.
const LOOK_AT: usize = 65_536;
/// By how much the time of an entry and that of its frame may differ, a clock that was set included.
const SLACK: SignedDuration = SignedDuration::from_hours(1);
/// By how much they differ as a rule.
const SHORTLY: SignedDuration = SignedDuration::from_secs(10);
