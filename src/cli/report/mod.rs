//! `fubako ledger report`: the records the law asks for, made from the ledger, the register and the policy.

mod chart;
mod content;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod fixture;
mod gather;
mod json;
mod page;
mod period;
mod policies;
mod processing;
mod provisions;
mod recipient;
mod table;
mod tally;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::cli::clock::now;
use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::report::content::Content;
use crate::cli::report::period::{Moment, Period};
use crate::cli::screen::{Screen, print};

/// Which report, of which time, in which shape.
#[derive(Args, Debug)]
pub(super) struct Report {
    /// Which record
    #[arg(long, value_enum, default_value_t)]
    record: Record,
    /// Its shape [default: what the file's name ends with, else html for a file and json for the standard output]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Where to write it: a new file, for its owner alone [default: the standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the time begins: a day, or an instant such as `2026-11-23T09:00:00+09:00` [default: a year ago]
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    from: Option<Moment>,
    /// Where it ends: a day, which counts to its end, or an instant [default: now]
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    until: Option<Moment>,
    /// The time zone of its days
    #[arg(long, env = "FUBAKO_TIME_ZONE", value_name = "ZONE", default_value = "UTC", value_parser = period::time_zone)]
    time_zone: TimeZone,
    /// Who answers for the data: name and contact, as the record of processing activities has to say
    #[arg(long, value_name = "TEXT")]
    controller: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// A record the law asks for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub(super) enum Record {
    /// Provisions to third parties: what was given to whom, when and on which ground (APPI Art. 29)
    Provisions,
    /// Processing activities: what the policy lets be done for which purpose (GDPR Art. 30)
    Processing,
    /// Both of them
    #[default]
    Both,
}

/// The shape of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Format {
    /// One table, for spreadsheets; a cell that could be a formula begins with an apostrophe
    Csv,
    /// For programs
    Json,
    /// One page with charts, to read and to print
    Html,
}

impl Report {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let format = self.format();
        if format == Format::Csv && self.record == Record::Both {
            return Err(Error::argument("--record", "csv is one table: ask for `provisions` or `processing`"));
        }
        // Told before the ledger is read, which may take long.
        if let Some(taken) = self.output.as_ref().filter(|path| path.exists()) {
            return Err(Error::Exists(taken.clone()));
        }
        let period = Period::between(self.from, self.until, self.time_zone.clone(), now())?;
        let client = self.connection.open().await?;
        let gathered = gather::gather(&client, &period).await?;
        let content = Content::of(&gathered, &period, self.record, self.controller.as_deref());
        for gap in &content.head().gaps {
            screen.note(gap);
        }
        let text = match format {
            Format::Csv => table::render(&content)?,
            Format::Json => json::render(&content),
            Format::Html => page::render(&content),
        };
        let Some(path) = &self.output else { return print(&text) };
        files::write_new(path, &text, Readers::Owner)?;
        let all = content.tallies().all();
        let (releases, outside) = (all.total(), all.outside());
        screen.show(
            || json!({ "written": path, "releases": releases, "to_third_parties_or_public": outside }),
            || {
                let path = path.display();
                format!("wrote `{path}`: {releases} releases, {outside} of them to third parties or the public")
            },
        )
    }

    fn format(&self) -> Format {
        let by_name = |path: &PathBuf| {
            let ending = path.extension()?.to_str()?;
            <Format as ValueEnum>::from_str(ending, true).ok()
        };
        match (self.format, &self.output) {
            (Some(format), _) => format,
            (None, Some(path)) => by_name(path).unwrap_or(Format::Html),
            (None, None) => Format::Json,
        }
    }
}

/// Examples, and what to know.
pub(super) const EXAMPLES: &str = "Examples:
  fubako ledger report --output 2026.html --from 2026-01-01 --until 2026-12-31 --time-zone Asia/Tokyo
  fubako ledger report --record provisions --format csv > provisions.csv
  fubako ledger report --record processing | jq '.processing[].purpose'

The caller has to be an auditor or an officer. Recipients are told as they are registered today. A page holds everything it \
shows and loads nothing; in csv, cells that begin with = + - @ or a tab get an apostrophe in front, so that no spreadsheet \
takes them for formulas.";

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::ffi::OsString;

    use clap::Parser;

    use super::*;
    use crate::cli::screen::{Color, Format as ScreenFormat};

    /// A command line that is a report and nothing else.
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        report: Report,
    }

    fn report(arguments: &[&str]) -> Report {
        let connection = ["report", "--ca", "x", "--cert", "x", "--key", "x"].map(OsString::from);
        let arguments = arguments.iter().map(OsString::from);
        Line::try_parse_from(connection.into_iter().chain(arguments)).unwrap().report
    }

    #[tokio::test]
    async fn one_table_cannot_hold_both_records() {
        let refused = report(&["--format", "csv"]).run(Screen::new(ScreenFormat::Text, Color::Never)).await;
        let told = refused.unwrap_err().told();
        assert!(told.contains("ask for `provisions` or `processing`"), "{told}");
    }

    #[tokio::test]
    async fn a_file_that_is_there_is_not_replaced() {
        let there = tempfile::NamedTempFile::new().unwrap();
        let path = there.path().to_str().unwrap();
        let refused = report(&["--output", path]).run(Screen::new(ScreenFormat::Text, Color::Never)).await;
        assert!(matches!(refused, Err(Error::Exists(_))), "{refused:?}");
    }

    #[test]
    fn the_shape_is_what_was_asked_for_or_what_the_file_is_called() {
        for (arguments, expected) in [
            (&[][..], Format::Json),
            (&["--output", "a.csv"], Format::Csv),
            (&["--output", "a.JSON"], Format::Json),
            (&["--output", "a.htm"], Format::Html),
            (&["--output", "a"], Format::Html),
            (&["--output", "a.csv", "--format", "html"], Format::Html),
            (&["--format", "html"], Format::Html),
        ] {
            assert_eq!(report(arguments).format(), expected, "{arguments:?}");
        }
    }
}
