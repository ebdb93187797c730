//! The page's record of processing activities: a table, its lines under the purpose they serve.

use maud::{Markup, html};

use crate::cli::report::chart::number;
use crate::cli::report::content::Head;
use crate::cli::report::page::or_dash;
use crate::cli::report::processing::{Activity, Line, SECURITY};

/// The section with its table.
pub(super) fn section(head: &Head, activities: &[Activity]) -> Markup {
    html! {
        section aria-labelledby="processing" {
            h2 #processing { "Records of processing activities" }
            p.lead { (WHAT) }
            dl.measures {
                div { dt { "Controller" } dd { @match &head.controller {
                    Some(controller) => bdi { (controller) },
                    None => { "not given; " code { "--controller" } " names it" },
                } } }
                div { dt { "Data subjects" } dd { "Members" } }
                div { dt { "Security measures" } dd { (SECURITY) } }
            }
            div.table tabindex="0" role="region" aria-labelledby="processing" {
                table.processing {
                    caption { (number(activities.len() as u64)) " purposes of the policy " (head.policy) ", version "
                              (head.policy_version) "; releases in the time of the report" }
                    thead { tr { @for name in COLUMNS { th scope="col" { (name) } } } }
                    @for activity in activities { (purpose(activity, head.policy_version)) }
                }
            }
        }
    }
}

fn purpose(activity: &Activity, current: u32) -> Markup {
    let mut lines = activity.lines.iter();
    html! {
        tbody {
            tr {
                th scope="rowgroup" rowspan=(activity.lines.len().max(1)) {
                    strong { (activity.purpose) } br;
                    small { "clause " (activity.clause) } br;
                    small { "the member " (activity.member) }
                    @if activity.policy_version != current {
                        br; span.tag.warning { "only in policy version " (activity.policy_version) }
                    }
                }
                @match lines.next() {
                    Some(line) => (cells(line)),
                    None => td colspan=(COLUMNS.len() - 1) { "nobody receives anything" },
                }
            }
            @for line in lines { tr { (cells(line)) } }
        }
    }
}

fn cells(line: &Line) -> Markup {
    let allowance = &line.allowance;
    html! {
        th scope="row" { ul.items { @for recipient in &line.recipients { li { (recipient.class) } } } }
        td {
            @if !allowance.extent.is_empty() { (allowance.extent) }
            ul.items { @for item in &allowance.items { li { (item.place()) " " small { (item.forms.join(" + ")) } } } }
        }
        td { ul.items { @for ground in &allowance.legal_grounds { li { (ground) } } } }
        td { (or_dash(&allowance.basis_kinds.join(" + "))) }
        td { (or_dash(&allowance.countries.join(", "))) }
        td {
            (or_dash(&allowance.time_limit()))
            ul.items { @for term in &allowance.terms { li { small { (term) } } } }
        }
        td.number { ul.items { @for recipient in &line.recipients { li { (number(recipient.releases)) } } } }
    }
}

const COLUMNS: [&str; 8] = [
    "Purpose",
    "Recipients",
    "Personal data",
    "Legal ground",
    "Needs on record",
    "Countries",
    "Time limit and terms",
    "Releases",
];

const WHAT: &str = "The items GDPR Art. 30(1) asks for, as the policy in force says them. Countries are those a registered \
                    recipient may receive the data in; where there is none, the data stays with the controller or goes to \
                    the member or the public. A time limit is the recipient's. \
                    Releases are views; a question answered with yes or no, and a search, are none.";
