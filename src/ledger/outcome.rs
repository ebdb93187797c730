//! Outcomes: what became of what an entry tells of.

/// What became of what was asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// A release was granted: the view may have been received.
    Granted,
    /// It was refused.
    Refused,
    /// A granted release failed to open: nothing was received.
    NotReleased,
    /// A change or a query was carried out.
    Done,
}
