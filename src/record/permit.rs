//! Permits: what lets a sealed value be opened without a release; it can be compared or sealed again, never shown.

use crate::model::ids::MemberId;

/// A question about one member that is answered with yes or no.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verification {
    /// The member the question is about.
    pub member: MemberId,
}

/// A search whose candidates have to be opened to tell the member from the crowd in the same bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Search;

/// Everything that is stored, opened to see that it is what was written; the values are dropped as they come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Check;

/// What the law wants kept of a member who is about to be erased; it can only be sealed again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retain {
    /// The member.
    pub member: MemberId,
}

/// Sealing again what lies under older key versions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reseal;
