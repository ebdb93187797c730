//! `fubako policy`: reading and checking a policy file, without a server.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::error::Error;
use crate::cli::files;
use crate::cli::sample;
use crate::cli::screen::Screen;
use crate::cli::table::{Table, wrapped, wrapped_items};
use crate::model::recipient::RecipientClass;
use crate::policy::matrix::{Matrix, MatrixRow};
use crate::policy::purpose::{Answers, Choice};
use crate::policy::show::{PurposeSheet, RetainedSheet, RowSheet, Sheet};
use crate::policy::table::Policy;

/// What to do with a policy.
#[derive(Subcommand, Debug)]
pub(super) enum PolicyCommand {
    /// Check a policy and tell everything that is wrong with it, with lines
    Check(File),
    /// Show a policy in words: every purpose, who receives what, and on which conditions
    Show(File),
    /// Show purposes by fields: what each recipient sees, at a glance
    Matrix(File),
    /// Tell in words what one purpose gives one recipient class, and what it needs
    #[command(after_help = "Example:\n  fubako policy explain delivery subcontractor")]
    Explain(Explain),
}

/// A policy file.
#[derive(Args, Debug)]
pub(super) struct File {
    /// The policy's file [default: the sample policy that comes with the program]
    #[arg(env = "FUBAKO_POLICY")]
    file: Option<PathBuf>,
}

/// One row of a policy.
#[derive(Args, Debug)]
pub(super) struct Explain {
    /// The purpose
    purpose: String,
    /// The recipient class
    class: String,
    #[command(flatten)]
    file: File,
}

impl PolicyCommand {
    pub(super) fn run(self, screen: Screen) -> Result<(), Error> {
        match self {
            Self::Check(file) => file.check(screen),
            Self::Show(file) => {
                let sheet = Sheet::of(&file.policy()?);
                screen.show(|| json!(sheet), || sheet_words(screen, &sheet))
            }
            Self::Matrix(file) => {
                let matrix = Matrix::of(&file.policy()?);
                screen.show(|| json!(matrix), || matrix_words(screen, &matrix))
            }
            Self::Explain(explain) => explain.run(screen),
        }
    }
}

impl File {
    fn policy(&self) -> Result<Policy, Error> {
        match &self.file {
            Some(file) => read(file),
            None => sample::policy(),
        }
    }

    fn check(&self, screen: Screen) -> Result<(), Error> {
        let policy = self.policy()?;
        let (fields, purposes) = (policy.fields().len(), policy.purposes().len());
        screen.show(
            || {
                let version = policy.version().0;
                json!({ "ok": true, "policy": policy.id(), "version": version, "fields": fields, "purposes": purposes })
            },
            || {
                let (id, version) = (policy.id(), policy.version());
                format!("policy `{id}` version {version} is right: {fields} fields, {purposes} purposes")
            },
        )
    }
}

impl Explain {
    fn run(self, screen: Screen) -> Result<(), Error> {
        let sheet = Sheet::of(&self.file.policy()?);
        if RecipientClass::parse(&self.class).is_none() {
            let classes = RecipientClass::ALL.map(RecipientClass::name).join(", ");
            return Err(Error::argument("the recipient class", format!("there are {classes}")));
        }
        let purpose = sheet.purposes().iter().find(|sheet| sheet.purpose() == self.purpose);
        let purpose = purpose.ok_or_else(|| Error::argument("the purpose", "the policy has none of this name"))?;
        let row = purpose.rows().iter().find(|row| row.recipient_class() == self.class);
        screen.show(
            || {
                let (clause, title) = (purpose.clause(), purpose.title());
                json!({ "purpose": self.purpose, "clause": clause, "title": title, "choice": purpose.choice(), "row": row })
            },
            || explanation(purpose, row, &self.class),
        )
    }
}

/// Reads and checks a policy file.
fn read(file: &Path) -> Result<Policy, Error> {
    let text = files::read_text(file)?;
    Policy::parse(&text).map_err(|findings| Error::Policy { file: file.display().to_string(), findings })
}

fn sheet_words(screen: Screen, sheet: &Sheet) -> String {
    let mut table = screen.ruled_table(&["clause", "purpose", "recipient", "sees", "needs", "the member"]);
    for purpose in sheet.purposes() {
        for row in purpose.rows() {
            table.add_row([
                purpose.clause().to_owned(),
                purpose.purpose().to_owned(),
                row.recipient_class().to_owned(),
                sees(purpose, row).join("\n"),
                needs(row).join("\n"),
                member_choice(purpose.choice()).to_owned(),
            ]);
        }
    }
    let (policy, version) = (sheet.policy(), sheet.version());
    let head = format!("{policy}, version {version}, in effect from {} ({})", sheet.effective(), sheet.time_zone());
    format!("{head}\n{table}\n{}", wrapped(&retained_words(sheet.retained()), 0, screen.width()))
}

/// What outlives an erased member.
fn retained_words(retained: Option<&RetainedSheet>) -> String {
    let Some(retained) = retained else { return "Of an erased member nothing is kept.".to_owned() };
    let grounds: Vec<String> = retained.grounds().iter().map(|(law, ground)| format!("{law} {ground}")).collect();
    let (fields, months) = (retained.fields().join(", "), retained.months());
    let grounds = grounds.join("; ");
    format!("Kept of an erased member, for {months} months and the role `legal` alone: {fields} ({grounds}).")
}

fn matrix_words(screen: Screen, matrix: &Matrix) -> String {
    let full = matrix_table(screen, matrix);
    if full.width().is_none_or(|width| natural_width(matrix) <= usize::from(width)) {
        return format!("{full}\n\n{MATRIX_MARKS}");
    }
    let letters = ('a'..='z').chain('A'..='Z');
    let legend: Vec<String> = letters.zip(matrix.fields()).map(|(letter, name)| format!("{letter} {name}")).collect();
    let words = |text: &str| wrapped(text, 0, screen.width());
    let marks: Vec<String> = BRIEF_MARKS.iter().map(|mark| words(mark)).collect();
    let legend = wrapped_items("", &legend, "   ", screen.width());
    format!("{legend}\n\n{}\n{}", brief(matrix), marks.join("\n"))
}

/// One form a line: a cell is as wide as its longest form, not as all of them.
fn matrix_table(screen: Screen, matrix: &Matrix) -> Table {
    let columns = matrix.fields().iter().map(String::as_str);
    let headings: Vec<&str> = ["clause", "purpose", "recipient"].into_iter().chain(columns).collect();
    let mut table = screen.table(&headings);
    for row in matrix.rows() {
        let mark = if row.is_named_by_basis() { "*" } else { "" };
        let head = [row.clause().to_owned(), format!("{}{mark}", row.purpose()), row.recipient_class().to_owned()];
        table.add_row(head.into_iter().chain(row.cells().iter().map(|cell| forms(row, cell).join("\n"))));
    }
    table
}

/// The forms of a cell; those only asked about have a question mark.
fn forms(row: &MatrixRow, cell: &str) -> Vec<String> {
    let mark = if Answers::parse(row.answers()) == Some(Answers::Verify) { "?" } else { "" };
    cell.split('+').filter(|form| !form.is_empty()).map(|form| format!("{form}{mark}")).collect()
}

/// The matrix in one sign a cell, its recipients below each purpose: narrow enough for any terminal.
fn brief(matrix: &Matrix) -> String {
    let letters: String = ('a'..='z').chain('A'..='Z').take(matrix.fields().len()).flat_map(|c| [' ', c]).collect();
    let mut text = format!("{:HEAD_WIDTH$}{letters}\n", "");
    let mut last = "";
    for row in matrix.rows() {
        if row.purpose() != last {
            last = row.purpose();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{:<5}{last}", row.clause());
        }
        let mark = if row.is_named_by_basis() { "*" } else { "" };
        let answers = Answers::parse(row.answers());
        let sign = |cell: &String| match cell.as_str() {
            "" => " ·",
            _ if answers == Some(Answers::Verify) => " ?",
            "full" => " ●",
            _ => " ◐",
        };
        let cells = match answers {
            Some(answers @ (Answers::Search | Answers::Statistics)) => format!(" {}", answers.words()),
            Some(Answers::View | Answers::Verify) | None => row.cells().iter().map(sign).collect(),
        };
        let head = format!("       {}{mark}", row.recipient_class());
        let _ = writeln!(text, "{head:<HEAD_WIDTH$}{cells}");
    }
    text
}

/// How wide the matrix is when nothing in it is wrapped.
fn natural_width(matrix: &Matrix) -> usize {
    let widest = |cells: &mut dyn Iterator<Item = String>| cells.map(|cell| cell.len()).max().unwrap_or(0) + PADDING;
    let rows = matrix.rows();
    let of = |heading: &str, part: fn(&MatrixRow) -> &str| {
        widest(&mut rows.iter().map(|row| part(row).to_owned()).chain([heading.to_owned()]))
    };
    let head = of("clause", MatrixRow::clause)
        + of("purpose", MatrixRow::purpose)
        + of("recipient", |row| row.recipient_class())
        + 1;
    let columns = matrix.fields().iter().enumerate().map(|(place, field)| {
        let cells = rows.iter().filter_map(|row| Some(forms(row, row.cells().get(place)?)));
        widest(&mut cells.flatten().chain([field.clone()]))
    });
    // One blank lies between two columns.
    head + columns.sum::<usize>() + matrix.fields().len() + 2
}

fn explanation(purpose: &PurposeSheet, row: Option<&RowSheet>, class: &str) -> String {
    let (id, clause, title) = (purpose.purpose(), purpose.clause(), purpose.title());
    let head = format!("`{id}` for a recipient of class `{class}` (clause {clause}: {title})\n");
    let Some(row) = row else {
        let classes: Vec<&str> = purpose.rows().iter().map(RowSheet::recipient_class).collect();
        return format!("{head}  gives nothing: the purpose has a view for {} only\n", classes.join(", "));
    };
    let grounds: Vec<String> = row.grounds().iter().map(|(law, ground)| format!("{law} {ground}")).collect();
    let parts = [
        ("gives", sees(purpose, row)),
        ("needs", needs(row)),
        ("binds to", row.terms().to_vec()),
        ("the member", vec![member_choice(purpose.choice()).to_owned()]),
        ("in", row.countries().to_vec()),
        ("by law", grounds),
    ];
    let lines = parts.iter().filter(|(_, lines)| !lines.is_empty());
    lines.fold(head, |text, (name, lines)| format!("{text}  {name:<11}{}\n", lines.join(&format!("\n  {:<11}", ""))))
}

/// What a row gives, a field a line.
fn sees(purpose: &PurposeSheet, row: &RowSheet) -> Vec<String> {
    let mut lines = match Answers::parse(purpose.answers()) {
        Some(Answers::Search) => vec!["member ids only".to_owned()],
        Some(Answers::Statistics) => vec!["counts over many members only".to_owned()],
        Some(Answers::Verify) => vec!["yes or no about a value the caller brings:".to_owned()],
        Some(Answers::View) if row.is_named_by_basis() => vec!["what the basis names, at most:".to_owned()],
        Some(Answers::View) | None => Vec::new(),
    };
    lines.extend(row.view().iter().chain(row.verify()).map(|(field, forms)| match forms.as_str() {
        "" => field.clone(),
        forms => format!("{field}: {}", forms.replace('+', " + ")),
    }));
    if row.shows_all_slots() {
        lines.push("(every address, card and account)".to_owned());
    }
    lines
}

/// What must be on record or true first.
fn needs(row: &RowSheet) -> Vec<String> {
    let mut lines: Vec<String> = row.bases().iter().map(|basis| format!("a {basis}")).collect();
    if row.is_for_own_identity() {
        lines.push("the party's own certificate".to_owned());
    }
    if row.recipient_class() == RecipientClass::Member.name() {
        lines.push("an assertion that the member asks".to_owned());
    }
    lines
}

/// What the member can do about a purpose, by the name of its choice.
pub(super) fn member_choice(choice: &str) -> &'static str {
    match Choice::parse(choice) {
        Some(Choice::Optional) => "can refuse it",
        Some(Choice::Revocable) => "can revoke the consent",
        Some(Choice::Mandatory) | None => "cannot refuse it",
    }
}

const MATRIX_MARKS: &str = "* the most that a basis may name; by itself the row shows nothing
? only asked about, and answered with yes or no";
const BRIEF_MARKS: [&str; 3] = [
    "● in full   ◐ derived forms   ? only asked about, and answered with yes or no   · not at all",
    "* the most that a basis may name; by itself the row shows nothing",
    "A wider terminal, `policy show` and --json tell which forms.",
];
/// The blanks on both sides of a cell.
const PADDING: usize = 2;
/// What stands before the signs of a brief row: `       financial-institution*`.
const HEAD_WIDTH: usize = 30;
