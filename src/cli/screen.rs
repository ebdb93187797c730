//! The screen: every answer leaves by here, as a table for people or as JSON for programs.

use std::io::{self, Write as _};

use serde_json::{Value, json};

use crate::cli::error::Error;
use crate::cli::table::{Rules, Table};

/// Where answers go, and in which shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Screen {
    format: Format,
    color: Color,
}

/// The shape of answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    Text,
    Json,
}

/// Whether answers may be coloured, on a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Color {
    Allowed,
    Never,
}

impl Screen {
    pub(super) const fn new(format: Format, color: Color) -> Self {
        Self { format, color }
    }

    pub(super) fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// Prints an answer in the shape that was asked for.
    pub(super) fn show(self, json: impl FnOnce() -> Value, text: impl FnOnce() -> String) -> Result<(), Error> {
        match self.format {
            Format::Json => print(&format!("{:#}\n", json())),
            Format::Text => print(&ended(text())),
        }
    }

    /// Says something beside the answer, on the standard error stream.
    pub(super) fn note(self, note: &str) {
        let text = match self.format {
            Format::Json => json!({ "note": note }).to_string(),
            Format::Text => note.to_owned(),
        };
        // There is nobody left to tell that this cannot be told.
        drop(writeln!(io::stderr(), "{text}"));
    }

    /// Tells on the standard error stream why a command failed.
    pub(super) fn fail(self, error: &Error) {
        let text = match self.format {
            Format::Json => error.json().to_string(),
            Format::Text => error.told(),
        };
        fail(&text);
    }

    /// An empty table for rows of one line, with these headings; as wide as the terminal, or as its content where there
    /// is none.
    pub(super) fn table(self, headings: &[&str]) -> Table {
        self.styled(Table::new(headings, Rules::Headings))
    }

    /// An empty table for rows of several lines, with rules between them.
    pub(super) fn ruled_table(self, headings: &[&str]) -> Table {
        self.styled(Table::new(headings, Rules::Rows))
    }

    /// How wide the terminal is, or the paper where there is none.
    pub(super) fn width(self) -> usize {
        self.table(&[]).width().unwrap_or(PAPER).into()
    }

    fn styled(self, table: Table) -> Table {
        if self.color == Color::Never { table.plain() } else { table }
    }
}

/// Facts with their names, a line each; a fact that is not known is left out.
pub(super) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let known = facts.iter().filter(|(_, fact)| !fact.is_empty());
    known.fold(String::new(), |text, (name, fact)| format!("{text}{name:width$}  {fact}\n"))
}

/// Prints text as it is, whatever shape was asked for.
pub(super) fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Error::Output)
}

/// Prints why something failed on the standard error stream.
pub(super) fn fail(text: &str) {
    // There is nobody left to tell that this cannot be told.
    drop(writeln!(io::stderr(), "{text}"));
}

fn ended(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// How wide text is that no terminal bounds.
pub(super) const PAPER: u16 = 120;
