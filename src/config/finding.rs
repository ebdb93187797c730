//! Findings: what is wrong with a configuration, and where.

use std::fmt;
use std::ops::Range;

use serde::{Serialize, Serializer};

use crate::config::problem::Problem;

/// One thing that is wrong with a configuration; reads as ``line 12: `shop` may ...``.
#[derive(PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    line: Option<usize>,
    #[serde(rename = "message", serialize_with = "as_message")]
    problem: Problem,
}

impl Finding {
    /// The line of the file, from 1; absent where it is the environment's.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        self.line
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        self.problem.to_string()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.problem),
            None => self.problem.fmt(f),
        }
    }
}

/// The findings of one check, as they come up.
pub(super) struct Findings<'a> {
    text: &'a str,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    /// None yet about that file's text.
    pub(super) const fn about(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// Something is wrong at that range of bytes.
    pub(super) fn at(&mut self, range: &Range<usize>, problem: Problem) {
        let line = self.line_of(range.start);
        self.found.push(Finding { line: Some(line), problem });
    }

    /// Something is wrong that stands in no line.
    pub(super) fn nowhere(&mut self, problem: Problem) {
        self.found.push(Finding { line: None, problem });
    }

    /// The line of a byte, from 1.
    pub(super) fn line_of(&self, byte: usize) -> usize {
        self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
    }

    /// All of them by line, or what was checked if there is none.
    pub(super) fn or<T>(mut self, checked: Option<T>) -> Result<T, Vec<Finding>> {
        match checked {
            Some(checked) if self.found.is_empty() => Ok(checked),
            _ => {
                self.found.sort_by_key(|finding| finding.line);
                Err(self.found)
            }
        }
    }
}

fn as_message<S: Serializer>(problem: &Problem, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(problem)
}
