//! The front of the page: what the report is about, and its charts.

use jiff::Zoned;
use jiff::civil::Time;
use maud::{Markup, html};

use crate::cli::report::chart::{Bar, bars, legend, number, years};
use crate::cli::report::content::{Content, Head};
use crate::cli::report::tally::Tallies;

/// Title, facts and figures.
pub(super) fn header(content: &Content) -> Markup {
    let (head, all) = (content.head(), content.tallies().all());
    let facts = [
        ("Made", format!("{}, {}", head.made.strftime("%Y-%m-%d %H:%M"), head.time_zone)),
        ("Vault", head.vault.clone()),
        ("Ledger", format!("{} entries", number(head.ledger_entries))),
        ("Policy", format!("{}, version {}, of {}", head.policy, head.policy_version, head.policy_effective)),
    ];
    let figures = [
        (number(all.total()), "releases"),
        (number(all.outside()), "of them to third parties or the public"),
        (number(head.recipients_given as u64), "recipients of those"),
        (number(head.members_given as u64), "members those were about"),
    ];
    html! {
        header {
            p.eyebrow { "Fubako · ledger report" }
            h1 { (time(head)) }
            dl.facts { @for (name, fact) in facts { div { dt { (name) } dd { (fact) } } } }
            ul.figures { @for (figure, name) in figures { li { strong { (figure) } " " (name) } } }
            @for gap in &head.gaps { p.note { "Not complete: " (gap) "." } }
            @if head.not_released > 0 {
                p.note {
                    (head.not_released) @if head.not_released == 1 { " granted release" } @else { " granted releases" }
                    " could not be opened. Nothing left the vault, so the report counts them nowhere else."
                }
            }
        }
    }
}

/// The charts.
pub(super) fn releases(content: &Content) -> Markup {
    let tallies = content.tallies();
    let (first, last) = content.period().days();
    html! {
        section aria-labelledby="releases" {
            h2 #releases { "Releases" }
            @if tallies.all().total() == 0 {
                p.empty { "Nothing was released in this time." }
            } @else {
                (legend())
                (charts(tallies))
                @for (year, chart) in years(first, last, tallies.by_day()) {
                    figure.wide {
                        figcaption { "By day, " (year) }
                        @match chart {
                            Some(chart) => div.scroll tabindex="0" role="group" aria-label={ "Chart of " (year) } { (chart) },
                            None => p { "No releases." },
                        }
                    }
                }
            }
        }
    }
}

fn charts(tallies: &Tallies) -> Markup {
    let purposes = tallies.by_purpose().iter().map(|(name, tally)| Bar { name: name.clone(), tally: *tally });
    let classes = tallies.by_class().iter().map(|(name, tally)| Bar { name: name.clone(), tally: *tally });
    html! {
        div.charts {
            figure {
                figcaption { "By purpose" }
                (bars("by-purpose", "Releases by purpose", purposes.collect()))
            }
            figure {
                figcaption { "By recipient class" }
                (bars("by-class", "Releases by recipient class", classes.collect()))
            }
        }
    }
}

/// The time a report is about, in words: `1 January 2026 to 31 December 2026`.
pub(super) fn time(head: &Head) -> String {
    let until = Some(&head.until).filter(|until| is_midnight(until)).and_then(|until| until.yesterday().ok());
    let until = until.unwrap_or_else(|| head.until.clone());
    format!("{} to {}", moment(&head.from), moment(&until))
}

/// A day, with the time of the day unless that is its beginning.
fn moment(instant: &Zoned) -> String {
    instant.strftime(if is_midnight(instant) { "%-d %B %Y" } else { "%-d %B %Y, %H:%M" }).to_string()
}

fn is_midnight(instant: &Zoned) -> bool {
    instant.time() == Time::midnight()
}
