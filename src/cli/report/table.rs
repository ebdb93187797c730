//! The report for spreadsheets: one table, and no cell that one would take for a formula.

use std::io;

use csv::{Terminator, WriterBuilder};

use crate::cli::error::Error;
use crate::cli::report::content::Content;
use crate::cli::report::period::show;
use crate::cli::report::processing::{Activity, ClassReleases, Line};
use crate::cli::report::provisions::{Item, Provision};

/// The one record of the report as CSV (RFC 4180), in UTF-8; the provisions, where it has both.
pub(super) fn render(content: &Content) -> Result<String, Error> {
    let written = match (content.provisions(), content.processing()) {
        (Some(provisions), _) => write(&PROVISION, provisions.iter().map(provision)),
        (None, Some(activities)) => write(&ACTIVITY, activities.iter().flat_map(activity)),
        (None, None) => Ok(String::new()),
    };
    written.map_err(Error::Output)
}

fn write<const N: usize>(names: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> io::Result<String> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(names)?;
    for row in rows {
        writer.write_record(row.map(inert))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// A cell that no spreadsheet takes for a formula.
fn inert(cell: String) -> String {
    if cell.starts_with(FORMULA) { format!("'{cell}") } else { cell }
}

fn provision(provision: &Provision) -> [String; 20] {
    let recipient = provision.recipient.clone();
    [
        show(&provision.time),
        recipient.id,
        recipient.class,
        recipient.name,
        recipient.legal_name,
        recipient.address,
        recipient.representative,
        recipient.country,
        recipient.standing,
        provision.member.clone(),
        items(&provision.items),
        provision.basis_kinds.join("; "),
        provision.basis_ids.join("; "),
        provision.purpose.clone(),
        provision.clause.clone(),
        provision.legal_grounds.join("; "),
        provision.caller.clone(),
        provision.entry_id.clone(),
        provision.ledger_index.to_string(),
        provision.leaf_hash.clone(),
    ]
}

/// A row for each class of recipients.
fn activity(activity: &Activity) -> impl Iterator<Item = [String; 15]> {
    let of_line = move |line| rows(activity, line);
    activity.lines.iter().flat_map(of_line)
}

fn rows<'a>(activity: &'a Activity, line: &'a Line) -> impl Iterator<Item = [String; 15]> {
    line.recipients.iter().map(move |recipient| of_class(activity, line, recipient))
}

fn of_class(activity: &Activity, line: &Line, recipient: &ClassReleases) -> [String; 15] {
    let allowance = &line.allowance;
    [
        activity.purpose.clone(),
        activity.clause.clone(),
        activity.policy_version.to_string(),
        activity.answers.clone(),
        allowance.legal_grounds.join("; "),
        activity.data_subjects.to_owned(),
        items(&allowance.items),
        allowance.extent.to_owned(),
        recipient.class.clone(),
        allowance.basis_kinds.join("; "),
        allowance.countries.join("; "),
        allowance.delete_after_days.map_or_else(String::new, |days| days.to_string()),
        allowance.terms.join("; "),
        activity.member.to_owned(),
        recipient.releases.to_string(),
    ]
}

fn items(items: &[Item]) -> String {
    items.iter().map(Item::words).collect::<Vec<_>>().join("; ")
}

/// What begins a formula, in the wide forms too, or what a spreadsheet drops before one.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

const PROVISION: [&str; 20] = [
    "time",
    "recipient_id",
    "recipient_class",
    "recipient_name",
    "recipient_legal_name",
    "recipient_address",
    "recipient_representative",
    "recipient_country",
    "recipient_standing",
    "member",
    "items",
    "basis_kinds",
    "basis_ids",
    "purpose",
    "clause",
    "legal_grounds",
    "caller",
    "entry_id",
    "ledger_index",
    "leaf_hash",
];

const ACTIVITY: [&str; 15] = [
    "purpose",
    "clause",
    "policy_version",
    "answers",
    "legal_grounds",
    "data_subjects",
    "items",
    "extent",
    "recipient_class",
    "basis_kinds",
    "countries",
    "delete_after_days",
    "terms",
    "member",
    "releases",
];

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::cli::report::Record;
    use crate::cli::report::fixture::{HOSTILE, Year};

    fn rows(record: Record, year: &Year) -> Vec<Vec<String>> {
        let text = render(&year.content(record)).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
    }

    #[test]
    fn no_cell_begins_as_a_formula_does() {
        for formula in
            ["=HYPERLINK(\"http://x.example\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＠1"]
        {
            let mut year = Year::busy();
            year.parties = vec![crate::cli::report::fixture::party("aoyama", "seller", formula)];
            let row = &rows(Record::Provisions, &year)[0];
            assert_eq!(row[3], format!("'{formula}"));
            assert_eq!(row[6], "'=1+1", "the representative");
        }
    }

    #[test]
    fn quotes_commas_and_lines_in_a_name_stay_in_their_cell() {
        let rows = rows(Record::Provisions, &Year::busy());
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[1][3], HOSTILE);
        assert_eq!(rows[0][4], "株式会社青山書店");
        assert_eq!(rows[2][8], "not-registered");
    }

    #[test]
    fn processing_has_a_row_for_each_class_of_recipients() {
        let rows = rows(Record::Processing, &Year::busy());
        let classes: Vec<(&str, &str)> = rows.iter().map(|row| (row[8].as_str(), row[14].as_str())).collect();
        assert_eq!(classes, [("marketplace", "1"), ("seller", "3"), ("subcontractor", "0"), ("public", "1")]);
    }

    #[test]
    fn a_table_of_nothing_still_has_its_headings() {
        let text = render(&Year::quiet(Vec::new()).content(Record::Provisions)).unwrap();
        assert!(
            text.starts_with("time,recipient_id,") && text.ends_with(",leaf_hash\r\n") && text.lines().count() == 1
        );
    }
}
