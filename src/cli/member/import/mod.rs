//! `fubako member import`: many members from a file, each stored whole or not at all, and none twice.

mod columns;
mod journal;
mod rows;

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use fubako_proto::Reason;
use fubako_proto::client::Client;
use fubako_proto::v1::{CollectMemberRequest, PolicyField, Text};
use serde_json::json;
use tokio::task::JoinSet;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::member::fields::policy_fields;
use crate::cli::member::import::journal::{Journal, Settled};
use crate::cli::member::import::rows::{Format, Row, Rows};
use crate::cli::progress::Progress;
use crate::cli::screen::Screen;
use crate::cli::value::places::Places;

/// Creates members from a file.
#[derive(Args, Debug)]
pub(in crate::cli) struct Import {
    /// The members' file: JSON lines (`.jsonl`) or CSV (`.csv`)
    file: PathBuf,
    /// How it is written [default: as the file's name says]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// How the values were collected, where a row does not say: website, email, mail, phone, fax or import
    #[arg(long, default_value = "import")]
    source: String,
    #[command(flatten)]
    connection: Connection,
}

/// An import under way.
struct Sending {
    clients: Vec<Client>,
    journal: Journal,
    /// The answers that are waited for.
    waiting: JoinSet<(u64, Result<Settled, Error>)>,
    saved: Instant,
    progress: Progress,
    bytes: u64,
}

impl Import {
    pub(super) async fn run(self, screen: Screen) -> Result<Exit, Error> {
        let unreadable = |source| Error::Read { path: self.file.clone(), source };
        let format = self.format.or_else(|| Format::of(&self.file)).ok_or_else(|| {
            Error::argument("--format", "the file's name does not end in .jsonl or .csv, so say which it is")
        })?;
        let file = File::open(&self.file).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(self.connection.open().await?);
        }
        let first = clients.first().ok_or_else(|| Error::argument("--server", "there is no connection"))?;
        let fields = policy_fields(first).await?;
        let mut rows = Rows::read(file, format, &fields)?;
        let journal = Journal::open(&self.file)?;
        if journal.is_finished() {
            screen.note(&format!(
                "this file was imported before, and nothing was sent; to import it as new members, remove `{}` first",
                journal.path().display()
            ));
            return show(screen, &journal);
        }
        let progress = Progress::of(bytes, "importing members");
        let mut sending = Sending { clients, journal, waiting: JoinSet::new(), saved: Instant::now(), progress, bytes };
        let sent = sending.send_all(&mut rows, &fields, &self.source).await;
        // Whatever stopped it: what was sent is waited for, and written down.
        let settled = sending.settle_all().await;
        sending.progress.finish();
        if let Err(error) = sent.and(settled) {
            let (stored, refused) = sending.journal.counts();
            screen.note(&format!("so far {stored} stored and {refused} refused; the same command goes on from there"));
            return Err(error);
        }
        sending.journal.finish()?;
        show(screen, &sending.journal)
    }
}

impl Sending {
    async fn send_all(&mut self, rows: &mut Rows, fields: &[PolicyField], source: &str) -> Result<(), Error> {
        while let Some(row) = rows.next()? {
            if row.number < self.journal.next() {
                continue;
            }
            let end = row.end;
            self.send(row, fields, source)?;
            while self.waiting.len() >= IN_FLIGHT {
                self.settle_one().await?;
            }
            self.progress.reach(end, self.bytes);
        }
        Ok(())
    }

    fn send(&mut self, row: Row, fields: &[PolicyField], source: &str) -> Result<(), Error> {
        let Row { number, line, member, .. } = row;
        let names = self.journal.names(number);
        let request = member.and_then(|member| {
            let values = member.values(fields, member.source.as_deref().unwrap_or(source))?;
            let places = Places::of(&values);
            let own_id = member.id.is_none();
            let request = CollectMemberRequest {
                request_id: names.request,
                member_id: Some(member.id.unwrap_or(names.member)),
                external_reference: member.reference.map(Text::new),
                values,
            };
            Ok((request, places, own_id))
        });
        let (request, places, own_id) = match request {
            Ok(request) => request,
            Err(error) => return self.journal.settle(number, refused(line, &error)),
        };
        let at = usize::try_from(number).unwrap_or_default() % self.clients.len().max(1);
        let Some(client) = self.clients.get(at).cloned() else {
            return Ok(());
        };
        self.waiting.spawn(async move {
            let settled = match client.collect_member(request).await {
                Ok(_) => Ok(Settled::Stored),
                // An id of this import is taken by this import: the row was stored, and the answer lost, a day ago or more.
                Err(error) if own_id && error.metadata("taken") == Some("member_id") => Ok(Settled::Stored),
                Err(error) if is_about_the_row(error.reason()) => Ok(refused(line, &places.name(error).into())),
                Err(error) => Err(places.name(error).into()),
            };
            (number, settled)
        });
        Ok(())
    }

    /// Waits for one answer; the first that is about more than its row ends the import.
    async fn settle_one(&mut self) -> Result<(), Error> {
        let Some(answer) = self.waiting.join_next().await else {
            return Ok(());
        };
        // A task that panicked has settled nothing, and its row is sent again by the next run.
        if let Ok((number, settled)) = answer {
            self.journal.settle(number, settled?)?;
        }
        if self.saved.elapsed() > SAVE_EVERY {
            self.saved = Instant::now();
            self.journal.save()?;
        }
        Ok(())
    }

    async fn settle_all(&mut self) -> Result<(), Error> {
        let mut settled = Ok(());
        while !self.waiting.is_empty() {
            let one = self.settle_one().await;
            if settled.is_ok() {
                settled = one;
            }
        }
        let saved = self.journal.save();
        settled.and(saved)
    }
}

/// Whether another row may fare better.
const fn is_about_the_row(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::ValueInvalid | Reason::ForbiddenValue | Reason::FieldUnknown | Reason::TooLarge | Reason::AlreadyExists
    )
}

/// A line of the errors' file.
fn refused(line: u64, error: &Error) -> Settled {
    let told = error.json();
    let of = |name| told.get("error").and_then(|error| error.get(name));
    Settled::Refused(json!({ "line": line, "reason": of("reason"), "message": of("message") }))
}

fn show(screen: Screen, journal: &Journal) -> Result<Exit, Error> {
    let (stored, refused) = journal.counts();
    let errors = journal.errors_path().display().to_string();
    screen.show(
        || json!({ "stored": stored, "refused": refused, "errors": (refused > 0).then_some(&errors) }),
        || match refused {
            0 => format!("members stored: {stored}"),
            _ => format!("members stored: {stored}; rows refused: {refused}, `{errors}` says which and why"),
        },
    )?;
    Ok(if refused == 0 { Exit::Done } else { Exit::Failed })
}

/// How to use it.
pub(super) const EXAMPLE: &str = r"Example:
  fubako member import members.csv
  with members.csv such as
    reference,name,email,phone,address.country,address.postal_code,address.lines
    customer-1024,Hana Mori,hana@example.jp,+81 90-0000-1024,JP,100-0001,1-2-3

A heading names a field (`email`), a part of it (`address.country`), another slot (`address@1.country`), or `id`, `reference`
or `source`. An empty cell is no value. In JSON lines, each line is like the file of `member collect`.

Each member is stored whole or not at all. `FILE.import` keeps how far the import is: run the same command again after an
interruption, and it goes on, without storing anybody twice. Rows that are refused are told in `FILE.errors.jsonl`, each with
its line and the reason and without its values; correct them in a file of their own and import that.";

const CONNECTIONS: usize = 4;
const IN_FLIGHT: usize = 256;
/// So much work at most is done again after an interruption.
const SAVE_EVERY: Duration = Duration::from_secs(1);
