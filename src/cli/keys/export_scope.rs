//! `fubako keys export-scope`: a keyring of some classes, for another node, written into a new file once two approve.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use fubako_proto::v1::{Copy, ExportScopeRequest, Receipt};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::cli::backup::create::Unfinished;
use crate::cli::clock::sound_now;
use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::passphrase;
use crate::cli::screen::{Screen, facts};
use crate::cli::wire;

/// What is given out, to whom, until when.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("term").required(true))]
pub(in crate::cli) struct ExportScope {
    /// A class the node is to open: identity, contact, card, bank or credential; may be given several times
    #[arg(long, value_name = "CLASS", required = true)]
    class: Vec<String>,
    /// Who gets it, such as the node's name; for the ledger, without personal data
    #[arg(long, value_name = "NAME")]
    holder: String,
    /// The day or instant by which the holder destroys it, such as 2027-03-01T00:00:00Z
    #[arg(long, value_name = "INSTANT", group = "term", value_parser = wire::instant)]
    until: Option<prost_types::Timestamp>,
    /// In how many days the holder destroys it, at most 366; of two approvers' terms the earlier one counts
    #[arg(long, value_name = "N", group = "term")]
    days: Option<u32>,
    /// A file with the node's passphrase on its first line, which the keyring is sealed under [default: it is asked for]
    #[arg(long, value_name = "FILE", requires = "file")]
    passphrase_file: Option<PathBuf>,
    /// A new file; the first of the two approvers leaves it out
    file: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl ExportScope {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let file = self.file.as_deref().map(Unfinished::at).transpose()?;
        let until_time = Some(self.until_time()?);
        let passphrase = match (&file, &self.passphrase_file) {
            (None, _) => String::new(),
            (Some(_), Some(file)) => passphrase::from_file(file)?.to_sent().to_string(),
            (Some(_), None) => passphrase::asked_twice()?.to_sent().to_string(),
        };
        let client = self.connection.open().await?;
        let request = ExportScopeRequest { classes: self.class, holder: self.holder, until_time, passphrase };
        let answer = client.export_scope(request).await?;
        match (answer.copy, file) {
            (Some(copy), Some(mut file)) => {
                file.write(&answer.keyring)?;
                given_out(screen, file, &copy, answer.receipt.as_ref())
            }
            _ => proposed(screen, answer.receipt.as_ref()),
        }
    }

    fn until_time(&self) -> Result<prost_types::Timestamp, Error> {
        let Some(days) = self.days else { return Ok(self.until.unwrap_or_default()) };
        let until = sound_now()?.checked_add(SignedDuration::from_hours(24 * i64::from(days)));
        let until = until.unwrap_or(Timestamp::MAX);
        Ok(prost_types::Timestamp { seconds: until.as_second(), nanos: 0 })
    }
}

fn proposed(screen: Screen, receipt: Option<&Receipt>) -> Result<(), Error> {
    screen.show(
        || json!({ "copy_id": null, "receipt": wire::receipt_json(receipt) }),
        || {
            let receipt = wire::receipt_words(receipt);
            format!(
                "approved; within a day another approver has to say the same, with a file, and gets the keyring: {receipt}"
            )
        },
    )
}

fn given_out(screen: Screen, file: Unfinished, copy: &Copy, receipt: Option<&Receipt>) -> Result<(), Error> {
    let (path, bytes) = file.finish(&format!("{}.keyring", copy.copy_id))?;
    let until = wire::time(copy.keep_until_time.as_ref());
    screen.show(
        || {
            json!({
                "copy_id": copy.copy_id, "file": path, "bytes": bytes, "classes": copy.classes, "holder": copy.holder,
                "keep_until": until, "keyring_generation": copy.keyring_generation, "receipt": wire::receipt_json(receipt),
            })
        },
        || {
            let facts = facts(&[
                ("export", copy.copy_id.clone()),
                ("opens", copy.classes.join(" ")),
                ("for", copy.holder.clone()),
                ("until", until.clone()),
                ("file", path.display().to_string()),
            ]);
            let id = &copy.copy_id;
            format!(
                "a scoped keyring was given out\n{facts}\nBring it to the node, where its passphrase is the root key. Once it \
                 is destroyed there, say so: fubako backup forget {id} --reason \"...\""
            )
        },
    )
}

pub(super) const EXAMPLE: &str = "Example, by two approvers with a certificate each, the second one with the file:
  fubako keys export-scope --class contact --class identity --holder support-desk --days 90
  fubako keys export-scope --class contact --class identity --holder support-desk --days 90 support.keyring

The node restores a backup with it (`fubako restore --keyring support.keyring`, under `[root] passphrase_file` in its \
configuration), or serves this vault's folder with it in the place of `keyring`. There, a release that needs another class is \
CLASS_NOT_HELD, and nothing is erased, rotated or destroyed. It never changes: after a class is rotated, export again. `fubako \
backup list` shows it until its term is over or `fubako backup forget` attests that it is destroyed.";
