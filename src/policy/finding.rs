//! Findings: what is wrong with a policy file, and where.

use std::fmt;
use std::ops::Range;

use crate::policy::problem::Problem;

/// One thing that is wrong with a policy file; reads as ``line 12: unknown field `adress` in ...``.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    line: usize,
    column: usize,
    problem: Problem,
}

impl Finding {
    /// A finding at that range of bytes of the text.
    pub(super) fn at(text: &str, range: &Range<usize>, problem: Problem) -> Self {
        let before = text.get(..range.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.chars().count() - before.get(..line_start).map_or(0, |lines| lines.chars().count()) + 1;
        Self { line: before.matches('\n').count() + 1, column, problem }
    }

    /// The line, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The column in characters, from 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// The stable name of what is wrong: `unknown-field`, `above-ceiling`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        self.problem.to_string()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for Finding {}
