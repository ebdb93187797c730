//! Rows: the members of a file, one a line of JSON or one a row of CSV.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use clap::ValueEnum;
use csv::{Reader, ReaderBuilder, StringRecord};
use fubako_proto::v1::PolicyField;

use crate::cli::error::Error;
use crate::cli::member::import::columns::Columns;
use crate::cli::value::read::MemberFile;

/// How the file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Format {
    /// One JSON object a line, each like the file of `member collect`
    Jsonl,
    /// A heading, and one row a member
    Csv,
}

/// The members of a file, in order.
pub(super) struct Rows {
    lines: Lines,
    next: u64,
}

/// One of them.
pub(super) struct Row {
    /// Which one, from 0.
    pub(super) number: u64,
    /// The line it begins on, from 1.
    pub(super) line: u64,
    /// Where it ends, in bytes from the beginning of the file.
    pub(super) end: u64,
    /// The member, or what is wrong with the row.
    pub(super) member: Result<MemberFile, Error>,
}

enum Lines {
    Jsonl { file: BufReader<File>, line: u64, at: u64 },
    Csv { file: Box<Reader<File>>, columns: Columns },
}

impl Format {
    /// The format a file's name tells.
    pub(super) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

impl Rows {
    /// The rows of a file; a heading that the policy's fields do not explain is refused.
    pub(super) fn read(file: File, format: Format, fields: &[PolicyField]) -> Result<Self, Error> {
        let lines = match format {
            Format::Jsonl => Lines::Jsonl { file: BufReader::with_capacity(BUFFER, file), line: 0, at: 0 },
            Format::Csv => {
                let mut file = ReaderBuilder::new().buffer_capacity(BUFFER).flexible(true).from_reader(file);
                let columns = Columns::of(file.headers().map_err(|error| not_csv(&error))?, fields)?;
                Lines::Csv { file: Box::new(file), columns }
            }
        };
        Ok(Self { lines, next: 0 })
    }

    /// The next row; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Row>, Error> {
        let number = self.next;
        let row = match &mut self.lines {
            Lines::Jsonl { file, line, at } => next_line(file, line, at)?.map(|text| {
                let member = MemberFile::parse(&text);
                Row { number, line: *line, end: *at, member }
            }),
            Lines::Csv { file, columns } => {
                let mut record = StringRecord::new();
                match file.read_record(&mut record) {
                    Ok(false) => None,
                    Ok(true) => {
                        let line = record.position().map_or(0, csv::Position::line);
                        Some(Row { number, line, end: file.position().byte(), member: columns.member(&record) })
                    }
                    Err(error) if error.is_io_error() => return Err(unreadable(&error.into())),
                    Err(error) => {
                        let line = error.position().map_or(0, csv::Position::line);
                        Some(Row { number, line, end: file.position().byte(), member: Err(not_csv(&error)) })
                    }
                }
            }
        };
        self.next += 1;
        Ok(row)
    }
}

/// The next line that is not blank.
fn next_line(file: &mut BufReader<File>, line: &mut u64, at: &mut u64) -> Result<Option<String>, Error> {
    loop {
        let mut bytes = Vec::new();
        let read = file.read_until(b'\n', &mut bytes).map_err(|error| unreadable(&error))?;
        if read == 0 {
            return Ok(None);
        }
        *line += 1;
        *at += u64::try_from(read).unwrap_or_default();
        // What is no UTF-8 is refused as JSON, with the line it is on.
        let text = String::from_utf8_lossy(&bytes);
        if !text.trim().is_empty() {
            return Ok(Some(text.into_owned()));
        }
    }
}

fn unreadable(source: &io::Error) -> Error {
    Error::argument("the members' file", format!("it cannot be read: {source}"))
}

/// Without the text, which may hold a value.
fn not_csv(error: &csv::Error) -> Error {
    let utf8 = matches!(error.kind(), csv::ErrorKind::Utf8 { .. });
    let why = if utf8 { "it is not UTF-8" } else { "it is not CSV" };
    Error::argument("the members' file", why)
}

const BUFFER: usize = 1 << 20;
