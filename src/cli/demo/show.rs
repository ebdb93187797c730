//! The demo's answers for people, an audience at a time, and for programs.

use comfy_table::{Attribute, Cell, Color};
use serde_json::{Map, Value, json};

use crate::cli::demo::audit::Audit;
use crate::cli::demo::companies;
use crate::cli::demo::people::Member;
use crate::cli::demo::seen::{Outcome, Seen, Shown};
use crate::cli::screen::{PAPER, Screen};
use crate::cli::table::{Table, wrapped, wrapped_items};
use crate::model::recipient::RecipientClass;

/// Everything as one object.
pub(super) fn json(members: usize, views: &[Seen], audit: &Audit) -> Value {
    json!({
        "members": members,
        "views": views.iter().map(view_json).collect::<Vec<_>>(),
        "ledger": { "entries": audit.entries(), "verified": audit.verified() },
    })
}

/// Everything as people read it.
pub(super) fn words(screen: Screen, members: &[Member], views: &[Seen], audit: &Audit) -> String {
    let name = members.first().map_or("", |member| member.name.as_str());
    let head = format!(
        "{} members were collected, each with fifteen sealed values. Below is what each recipient gets of {name}, \
         purpose by purpose, and, in the lines marked with …, what comes of asking in another way about other \
         members. Everyone is made up.",
        members.len()
    );
    let head = wrapped(&head, 0, screen.width());
    let audiences = ORDER.iter().map(|class| audience(screen, *class, views)).collect::<String>();
    format!("\n{head}\n{audiences}{}{}", ledger(screen, audit), wrapped(&closing(views), 0, screen.width()))
}

fn view_json(seen: &Seen) -> Value {
    let (outcome, reason) = match &seen.outcome {
        Outcome::Granted { .. } => ("granted", Value::Null),
        Outcome::Refused { reason, .. } => ("refused", json!(reason)),
    };
    let fields: Map<String, Value> =
        seen.outcome.forms().into_iter().map(|(field, forms)| (field, json!(forms))).collect();
    json!({
        "purpose": seen.purpose,
        "recipient_class": seen.class.name(),
        "outcome": outcome,
        "reason": reason,
        "fields": fields,
    })
}

/// One recipient class: who it is, and every ask of its.
fn audience(screen: Screen, class: RecipientClass, views: &[Seen]) -> String {
    let mut own: Vec<&Seen> = views.iter().filter(|seen| seen.class == class).collect();
    if own.is_empty() {
        return String::new();
    }
    // What is asked as the policy means it comes before what is not, and what few others may ask before what all may.
    own.sort_by_key(|seen| (!seen.note.is_empty(), asked_by(&seen.purpose, views)));
    let mut table = screen.ruled_table(&["purpose", "outcome", "what it gets, or why not"]).on_paper(PAPER);
    let width = table.width().unwrap_or(PAPER);
    let purpose = PURPOSE_WIDTH.min(width / 3);
    table.set_first_columns(&[purpose, OUTCOME_WIDTH]);
    let room = width.saturating_sub(purpose + OUTCOME_WIDTH + BLANKS);
    for seen in own {
        add(&mut table, seen, room.into());
    }
    format!("\n{}\n{table}\n", title(class))
}

/// How many classes of recipients ask for a purpose as the policy means it.
fn asked_by(purpose: &str, views: &[Seen]) -> usize {
    views.iter().filter(|seen| seen.purpose == purpose && seen.note.is_empty()).count()
}

fn title(class: RecipientClass) -> String {
    let article = if class.name().starts_with('a') { "an" } else { "a" };
    match class {
        RecipientClass::Marketplace => "The marketplace itself".to_owned(),
        RecipientClass::Member => "The member, about themself".to_owned(),
        RecipientClass::Public => "The public".to_owned(),
        RecipientClass::Seller
        | RecipientClass::Subcontractor
        | RecipientClass::Partner
        | RecipientClass::CardCompany
        | RecipientClass::FinancialInstitution
        | RecipientClass::Successor
        | RecipientClass::Authority
        | RecipientClass::DisputeParty => {
            let name = companies::of(class).map_or("", |company| company.name);
            format!("{name}, {article} {}", class.name().replace('-', " "))
        }
    }
}

fn add(table: &mut Table, seen: &Seen, room: usize) {
    let purpose = match (seen.purpose.as_str(), seen.note.as_str()) {
        ("", note) => format!("(none)\n… {note}"),
        (purpose, "") => purpose.to_owned(),
        (purpose, note) => format!("{purpose}\n… {note}"),
    };
    let (outcome, color, mut details) = match &seen.outcome {
        Outcome::Granted { shown, terms } => ("granted", Color::Green, granted(shown, terms, room)),
        Outcome::Refused { reason, why } => ("refused", Color::Yellow, format!("{reason}: {why}")),
    };
    if let Some(expected) = &seen.expected {
        details = format!("{details}\nTHE POLICY SAYS OTHERWISE: {expected}");
    }
    let color = if seen.differs() { Color::Red } else { color };
    table.add_row([
        Cell::new(purpose),
        Cell::new(outcome).fg(color).add_attribute(Attribute::Bold),
        Cell::new(details),
    ]);
}

/// What was given, a form a line, in columns, broken so that what goes on stands below its own.
fn granted(shown: &[Shown], terms: &[String], room: usize) -> String {
    let labels: Vec<(String, &str)> = shown.iter().map(Shown::label).collect();
    let field_width = labels.iter().map(|(field, _)| field.len()).max().unwrap_or(0);
    let form_width = labels.iter().map(|(_, form)| form.len()).max().unwrap_or(0);
    let lines = labels.iter().zip(shown).map(|((field, form), line)| {
        let label = format!("{field:field_width$} {form:form_width$}");
        let label = format!("{}  ", label.trim_start());
        wrapped(&format!("{label}{}", line.words), label.len(), room)
    });
    let terms = (!terms.is_empty()).then(|| wrapped_items("under: ", terms, ", ", room));
    lines.chain(terms).collect::<Vec<_>>().join("\n")
}

fn ledger(screen: Screen, audit: &Audit) -> String {
    let events: Vec<String> = audit.events().iter().map(|(event, count)| format!("{count} {event}")).collect();
    let verdict = if audit.verified() {
        format!("all read back in order, and each of the {} receipts names its entry", audit.receipts())
    } else {
        "THEY DO NOT READ BACK AS THEY WERE WRITTEN".to_owned()
    };
    let verdict = wrapped(&format!("  {} entries: {verdict}", audit.entries()), 2, screen.width());
    format!("\nThe ledger\n{verdict}\n{}\n", wrapped_items("  ", &events, ", ", screen.width()))
}

fn closing(views: &[Seen]) -> String {
    let granted = views.iter().filter(|seen| matches!(seen.outcome, Outcome::Granted { .. })).count();
    let differing = views.iter().filter(|seen| seen.differs()).count();
    let verdict = match differing {
        0 => "every row of the policy came out as it is written".to_owned(),
        several => format!("{several} OF THEM DIFFER FROM THE POLICY"),
    };
    let (asked, refused) = (views.len(), views.len() - granted);
    format!("\n{asked} asks: {granted} granted, {refused} refused; {verdict}.")
}

/// In which order the audiences come.
const ORDER: [RecipientClass; 11] = [
    RecipientClass::Seller,
    RecipientClass::Subcontractor,
    RecipientClass::Partner,
    RecipientClass::CardCompany,
    RecipientClass::FinancialInstitution,
    RecipientClass::Authority,
    RecipientClass::DisputeParty,
    RecipientClass::Successor,
    RecipientClass::Public,
    RecipientClass::Member,
    RecipientClass::Marketplace,
];

const PURPOSE_WIDTH: u16 = 40;
const OUTCOME_WIDTH: u16 = 9;
/// The blanks between the columns, and on both sides of the last.
const BLANKS: u16 = 4;
