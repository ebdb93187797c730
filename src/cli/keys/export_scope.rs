//! `fubako keys export-scope`: a keyring of some classes, written into a new file for another node.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use fubako_proto::v1::ExportScopeRequest;
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
    /// In how many days the holder destroys it, at most 366
    #[arg(long, value_name = "N", group = "term")]
    days: Option<u32>,
    /// A file with the node's passphrase on its first line, which the keyring is sealed under [default: it is asked for]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// A new file
    file: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

impl ExportScope {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let mut file = Unfinished::at(&self.file)?;
        let until_time = Some(self.until_time()?);
        let passphrase = match &self.passphrase_file {
            Some(file) => passphrase::from_file(file)?,
            None => passphrase::asked_twice()?,
        };
        let client = self.connection.open().await?;
        let (classes, holder, passphrase) = (self.class, self.holder, passphrase.to_sent().to_string());
        let request = ExportScopeRequest { classes, holder, until_time, passphrase };
        let answer = client.export_scope(request).await?;
        file.write(&answer.keyring)?;
        let copy = answer.copy.unwrap_or_default();
        let (path, bytes) = file.finish(&format!("{}.keyring", copy.copy_id))?;
        let until = wire::time(copy.keep_until_time.as_ref());
        screen.show(
            || {
                json!({
                    "copy_id": copy.copy_id, "file": path, "bytes": bytes, "classes": copy.classes, "holder": copy.holder,
                    "keep_until": until, "keyring_generation": copy.keyring_generation,
                    "receipt": wire::receipt_json(answer.receipt.as_ref()),
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

    fn until_time(&self) -> Result<prost_types::Timestamp, Error> {
        let Some(days) = self.days else { return Ok(self.until.unwrap_or_default()) };
        let until = sound_now()?.checked_add(SignedDuration::from_hours(24 * i64::from(days)));
        let until = until.unwrap_or(Timestamp::MAX);
        Ok(prost_types::Timestamp { seconds: until.as_second(), nanos: 0 })
    }
}

pub(super) const EXAMPLE: &str = "Example:
  fubako keys export-scope --class contact --class identity --holder support-desk --days 90 support.keyring

The node restores a backup with it (`fubako restore --keyring support.keyring`, under `[root] passphrase_file` in its \
configuration), or serves this vault's folder with it in the place of `keyring`. There, a release that needs another class is \
CLASS_NOT_HELD, and nothing is erased, rotated or destroyed. It never changes: after a class is rotated, export again. `fubako \
backup list` shows it until its term is over or `fubako backup forget` attests that it is destroyed.";
