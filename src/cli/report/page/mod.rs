//! The report as one page, to read and to print: it loads nothing and runs nothing, and other people's text stays text.

mod front;
mod processing;
mod provisions;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::cli::report::content::Content;

/// The page.
pub(super) fn render(content: &Content) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                // Whatever else the page may come to hold, it loads and runs nothing.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "Ledger report, " (front::time(content.head())) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body(content)) }
        }
    };
    page.into_string()
}

fn body(content: &Content) -> Markup {
    html! {
        (front::header(content))
        main {
            (front::releases(content))
            @if let Some(provisions) = content.provisions() { (provisions::section(content.head(), provisions)) }
            @if let Some(activities) = content.processing() { (processing::section(content.head(), activities)) }
        }
        footer {
            p {
                "Made by " code { "fubako ledger report" } " from what the vault itself tells. The number and the id at the "
                "end of a line name its entry in the ledger; the csv and json forms also have the entry's leaf hash (RFC 6962)."
            }
        }
    }
}

/// Text that may be missing.
fn or_dash(text: &str) -> &str {
    if text.is_empty() { "—" } else { text }
}

const STYLE: &str = include_str!("page.css");

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests")]
mod tests;
