//! The report: the findings gathered while a policy file is compiled.

use std::ops::Range;

use toml::Spanned;

use crate::policy::finding::Finding;
use crate::policy::problem::{Near, Place, Problem, What};

/// Everything found wrong so far.
pub(super) struct Report<'a> {
    text: &'a str,
    findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, findings: Vec::new() }
    }

    /// Adds what is wrong at that range of the file.
    pub(super) fn add(&mut self, at: &Range<usize>, problem: Problem) {
        self.findings.push(Finding::at(self.text, at, problem));
    }

    /// What `parse` makes of the word, or the finding that it is not among the known ones.
    pub(super) fn word<T>(
        &mut self,
        word: &Spanned<String>,
        (what, place): (What, Place),
        parse: impl Fn(&str) -> Option<T>,
        known: &[&str],
    ) -> Option<T> {
        let name = word.get_ref();
        let parsed = parse(name);
        if parsed.is_none() {
            let near = Near::to(name, known.iter().copied());
            self.add(&word.span(), Problem::Unknown { what, name: name.clone(), place, near });
        }
        parsed
    }

    /// The findings in the order of the file.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| (finding.line(), finding.column()));
        self.findings
    }
}
