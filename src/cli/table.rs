//! Tables that break no word: wrapped between words where the terminal is narrow, and told row by row where it is too
//! narrow for that.

use std::fmt;

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, LineStyle, Row, TableStyle, Width};
use unicode_width::UnicodeWidthStr as _;

/// A table on its way to the screen, without blanks at the ends of its lines.
pub(super) struct Table {
    inner: comfy_table::Table,
    headings: Vec<String>,
    /// Whether its columns have widths of their own.
    fixed: bool,
}

/// What lies between the rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rules {
    /// A rule under the headings.
    Headings,
    /// A rule under the headings, and a lighter one under each row.
    Rows,
}

impl Table {
    /// An empty table with these headings; as wide as the terminal, or as its content where there is none.
    pub(super) fn new(headings: &[&str], rules: Rules) -> Self {
        let mut inner = comfy_table::Table::new();
        let style = if rules == Rules::Rows { RULED } else { LIST };
        inner.load_style(style).set_content_arrangement(ContentArrangement::Dynamic);
        inner.set_header(headings.iter().map(|heading| Cell::new(heading).add_attribute(Attribute::Bold)));
        Self { inner, headings: headings.iter().map(ToString::to_string).collect(), fixed: false }
    }

    /// The same without colours and bold letters.
    pub(super) fn plain(mut self) -> Self {
        let width = self.inner.width();
        self.inner.force_no_tty();
        if let Some(width) = width {
            self.inner.set_width(width);
        }
        self
    }

    /// So wide where no terminal says how wide.
    pub(super) fn on_paper(mut self, width: u16) -> Self {
        if self.inner.width().is_none() {
            self.inner.set_width(width);
        }
        self
    }

    /// How wide it may be, if anything says so.
    pub(super) fn width(&self) -> Option<u16> {
        self.inner.width()
    }

    /// With the first columns as wide as that, so that several tables line up.
    pub(super) fn set_first_columns(&mut self, widths: &[u16]) {
        self.inner.set_constraints(widths.iter().map(|width| ColumnConstraint::Absolute(Width::Fixed(*width))));
        self.fixed = true;
    }

    /// One row more.
    pub(super) fn add_row<T: Into<Row>>(&mut self, row: T) {
        self.inner.add_row(row);
    }

    /// Whether it has no row.
    pub(super) fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// How much room the longest word of each column takes, with the blanks beside it.
    fn least_widths(&self) -> Vec<u16> {
        let cells = |column| self.inner.column_cells_with_header_iter(column).flatten().map(Cell::content);
        let longest = |column| cells(column).map(|cell| longest_word(&cell)).max().unwrap_or(0);
        (0..self.headings.len()).map(|column| u16::try_from(longest(column)).unwrap_or(u16::MAX)).collect()
    }

    /// Row by row, each part on a line of its own behind its heading.
    fn blocks(&self, width: usize) -> String {
        let label = self.headings.iter().map(|heading| heading.width()).max().unwrap_or(0);
        let mut text = String::new();
        for row in self.inner.row_iter() {
            for (heading, cell) in self.headings.iter().zip(row.cell_iter()) {
                let lines = cell.content();
                for (number, line) in lines.lines().filter(|line| !line.trim().is_empty()).enumerate() {
                    let heading = if number == 0 { heading.as_str() } else { "" };
                    text.push_str(&wrapped(&format!("{heading:label$}  {line}"), label + 2, width));
                    text.push('\n');
                }
            }
            text.push('\n');
        }
        text.trim_end().to_owned()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(width) = self.inner.width().filter(|_| !self.fixed) else {
            return f.write_str(&self.inner.trim_fmt());
        };
        let least = self.least_widths();
        let between = least.len().saturating_sub(1);
        if least.iter().copied().map(usize::from).sum::<usize>() + between > width.into() {
            return f.write_str(&self.blocks(width.into()));
        }
        let mut table = self.inner.clone();
        table.set_constraints(least.into_iter().map(|width| ColumnConstraint::LowerBoundary(Width::Fixed(width))));
        f.write_str(&table.trim_fmt())
    }
}

/// The text broken between words into lines of that width, all but the first begun with so many blanks.
pub(super) fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    // The blanks a line begins with, or that line up its parts, stay.
    for word in text.split_inclusive(' ') {
        if column > indent && column + word.trim_end().width() > width {
            lines.truncate(lines.trim_end().len());
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        }
        lines.push_str(word);
        column += word.width();
    }
    lines.truncate(lines.trim_end().len());
    lines
}

/// The items, joined and broken between them only.
pub(super) fn wrapped_items(lead: &str, items: &[String], between: &str, width: usize) -> String {
    let whole = items.iter().map(|item| item.replace(' ', NO_BREAK)).collect::<Vec<_>>().join(between);
    wrapped(&format!("{lead}{whole}"), lead.width(), width).replace(NO_BREAK, " ")
}

/// The room of the longest word of a cell; a word of wide letters may be broken anywhere.
fn longest_word(cell: &str) -> usize {
    let room = |word: &str| if word.is_ascii() { word.len() } else { word.width().min(WIDE) };
    cell.split_whitespace().map(room).max().unwrap_or(0) + PADDING
}

/// The blanks on both sides of a cell; one more lies between two columns.
const PADDING: usize = 2;
const WIDE: usize = 16;
/// A blank that no line is broken at.
const NO_BREAK: &str = "\u{a0}";

const LIST: TableStyle = TableStyle::new().header_separator(rule('─'));
const RULED: TableStyle =
    TableStyle::new().header_separator(rule('─')).row_separator(rule('┄')).bottom_border(rule('─'));

const fn rule(character: char) -> LineStyle {
    LineStyle::none().fill(character).junction(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01a20666-36f5-7834-8fa5-ea2141623f60";

    fn bases(width: u16) -> String {
        let mut table = Table::new(&["id", "kind", "member", "purposes", "until"], Rules::Headings).plain();
        table.inner.set_width(width);
        table.add_row([ID, "transaction", ID, "delivery transaction-with-seller", "2027-02-21T03:27:54Z"]);
        table.to_string()
    }

    #[test]
    fn no_word_is_broken_and_no_line_ends_in_blanks_at_any_usual_width() {
        for width in [60, 80, 100, 120, 132, 160, 200] {
            let text = bases(width);
            for word in [ID, "transaction", "transaction-with-seller", "2027-02-21T03:27:54Z"] {
                assert!(text.contains(word), "{width}: {word}\n{text}");
            }
            assert!(text.lines().all(|line| line == line.trim_end()), "{width}\n{text}");
            assert!(text.lines().all(|line| line.chars().count() <= width.into()), "{width}\n{text}");
        }
    }

    #[test]
    fn a_table_too_wide_for_the_terminal_is_told_row_by_row() {
        let text = bases(80);
        assert!(text.starts_with(&format!("id        {ID}\nkind      transaction\n")), "{text}");
    }

    #[test]
    fn text_is_broken_between_words_only() {
        assert_eq!(wrapped("under: one, two, three", 2, 12), "under: one,\n  two, three");
        assert_eq!(wrapped("incomprehensibilities", 2, 8), "incomprehensibilities");
        assert_eq!(wrapped("a  b", 0, 80), "a  b");
        let terms = ["delete-by 2027".to_owned(), "under-policy 1".to_owned()];
        assert_eq!(wrapped_items("under: ", &terms, ", ", 32), "under: delete-by 2027,\n       under-policy 1");
    }
}
