//! The page's record of provisions: a table, its lines under the recipient they were made to.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::cli::report::chart::number;
use crate::cli::report::content::Head;
use crate::cli::report::page::or_dash;
use crate::cli::report::provisions::Provision;
use crate::cli::report::recipient::Recipient;

/// The section with its table.
pub(super) fn section(head: &Head, provisions: &[Provision]) -> Markup {
    let mut groups: BTreeMap<&Recipient, Vec<&Provision>> = BTreeMap::new();
    for provision in provisions {
        groups.entry(&provision.recipient).or_default().push(provision);
    }
    html! {
        section aria-labelledby="provisions" {
            h2 #provisions { "Provisions to third parties" }
            p.lead { (WHAT) }
            @if groups.is_empty() {
                p.empty { "Nothing was given to a third party or to the public in this time." }
            } @else {
                div.table tabindex="0" role="region" aria-labelledby="provisions" {
                    table.provisions {
                        caption { (number(provisions.len() as u64)) " provisions to " (number(groups.len() as u64))
                                  " recipients; times in " (head.time_zone) }
                        thead { tr { @for name in COLUMNS { th scope="col" { (name) } } } }
                        @for (recipient, lines) in &groups { (group(recipient, lines)) }
                    }
                }
            }
        }
    }
}

fn group(recipient: &Recipient, lines: &[&Provision]) -> Markup {
    html! {
        tbody {
            tr.group { th scope="rowgroup" colspan=(COLUMNS.len()) { (heading(recipient, lines.len())) } }
            @for line in lines { (row(line)) }
        }
    }
}

fn heading(recipient: &Recipient, lines: usize) -> Markup {
    let registered = [
        ("Address", &recipient.address),
        ("Representative", &recipient.representative),
        ("Country", &recipient.country),
    ];
    let known = registered.into_iter().filter(|(_, text)| !text.is_empty());
    html! {
        div.recipient {
            bdi.title { (recipient.title()) }
            @if ![recipient.title(), ""].contains(&recipient.name.as_str()) { " " bdi.name { (recipient.name) } }
            " " span.tag { (recipient.class) }
            @if !["active", "public"].contains(&recipient.standing.as_str()) {
                " " span.tag.warning { (recipient.standing.replace('-', " ")) }
            }
            " " span.count { (number(lines as u64)) @if lines == 1 { " provision" } @else { " provisions" } }
        }
        dl { @for (name, text) in known { div { dt { (name) } dd { bdi { (text) } } } } }
    }
}

fn row(line: &Provision) -> Markup {
    html! {
        tr {
            td.time { time datetime=(line.time.timestamp()) {
                (line.time.strftime("%Y-%m-%d").to_string()) br; small { (line.time.strftime("%H:%M:%S").to_string()) }
            } }
            td { @if line.member.is_empty() { "past retention" } @else { code { (line.member) } } }
            td { ul.items { @for item in &line.items {
                li { (item.place()) " " small { (item.forms.join(" + ")) } }
            } } }
            td { (bases(line)) }
            td { (line.purpose) br; small { "clause " (or_dash(&line.clause)) ", policy " (line.policy_version) }
                 @for ground in &line.legal_grounds { br; small { (ground) } } }
            td { bdi { (line.caller) } }
            th.entry scope="row" { span.index { (line.ledger_index) } br; code { (line.entry_id) } }
        }
    }
}

fn bases(line: &Provision) -> Markup {
    html! {
        @if line.basis_kinds.is_empty() && line.basis_ids.is_empty() { small { "none asked for" } }
        (line.basis_kinds.join(" + "))
        @for id in &line.basis_ids { br; code { (id) } }
    }
}

const COLUMNS: [&str; 7] = ["Date", "Member", "Items", "Basis", "Purpose and ground", "Caller", "Entry"];

const WHAT: &str = "The items APPI Art. 29 and Art. 20 of its Enforcement Rules ask a provider to record. A line says that \
                    a view was granted and may have been received. Recipients are named as they were registered when the \
                    report was made. The record tells more than the law asks: it also has provisions that need no record, \
                    such as those to subcontractors and authorities.";
