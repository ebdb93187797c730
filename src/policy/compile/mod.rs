//! Compilation: a policy file checked in full and turned into a table, or everything that is wrong with it.

mod bases;
mod clauses;
mod fields;
mod header;
mod purposes;
mod report;
mod retained;
mod rows;
mod shown;

use std::collections::HashMap;

use crate::policy::compile::fields::Fields;
use crate::policy::compile::report::Report;
use crate::policy::finding::Finding;
use crate::policy::problem::Problem;
use crate::policy::source::Source;
use crate::policy::table::Policy;

impl Policy {
    /// Reads a policy file, or tells everything that is wrong with it, in the order of the file.
    ///
    /// A file that is not TOML of the right shape is told of alone: nothing after the first such place can be trusted.
    pub fn parse(text: &str) -> Result<Self, Vec<Finding>> {
        let source: Source = toml::from_str(text).map_err(|error| {
            let place = error.span().unwrap_or_default();
            vec![Finding::at(text, &place, Problem::Unreadable(error.message().to_owned()))]
        })?;
        let mut report = Report::new(text);
        let header = header::compile(&mut report, &source);
        let fields = Fields::compile(&mut report, &source.fields);
        let clauses = clauses::compile(&mut report, &fields, source.clauses);
        clauses.check_fields(&mut report, &source.fields);
        let purposes = purposes::compile(&mut report, &fields, &clauses, source.purposes);
        let retained = retained::compile(&mut report, &fields, source.retained);
        let positions: HashMap<_, _> =
            purposes.iter().enumerate().map(|(position, purpose)| (purpose.id().clone(), position)).collect();
        let findings = report.finish();
        match header {
            Some(header) if findings.is_empty() => Ok(Self {
                id: header.id,
                version: header.version,
                effective: header.effective,
                time_zone: header.time_zone,
                text: text.to_owned(),
                presentation: header.presentation,
                fields: fields.into_table(),
                clauses: clauses.into_table(),
                purposes,
                positions,
                retained,
            }),
            _ => Err(findings),
        }
    }
}
