//! `fubako ledger ship`: who was erased, kept off the host in sealed lines, so that a restore brings nobody back.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;
use fubako_proto::client::Client;
use fubako_proto::v1::ExportErasuresRequest;
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::cli::connection::Connection;
use crate::cli::error::Error;
use crate::cli::screen::Screen;
use crate::vault::backup::shipped::{origin_of, shipped_file};

/// Where erasures are shipped to.
#[derive(Args, Debug)]
pub(in crate::cli) struct Ship {
    /// A folder that does not go down with the vault's host
    folder: PathBuf,
    /// Go on until it is stopped, and look every so many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "60", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    follow: Option<u64>,
    /// Run by the shell behind each shipment, to take the file further, such as to an object store; `$1` is the file
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl Ship {
    pub(super) async fn run(self, screen: Screen) -> Result<(), Error> {
        let client = self.connection.open().await?;
        let mut passed_on = None;
        loop {
            let (origin, until) = ship(&client, &self.folder).await?;
            if let Some(command) = &self.command
                && passed_on.as_ref() != Some(&(origin.clone(), until))
            {
                pass_on(command.clone(), shipped_file(&self.folder, &origin)).await?;
                passed_on = Some((origin.clone(), until));
            }
            screen.show(
                || json!({ "origin": origin, "covered": until }),
                || format!("erasures are shipped up to entry {until} of ledger {origin}"),
            )?;
            let Some(seconds) = self.follow else { return Ok(()) };
            sleep(Duration::from_secs(seconds)).await;
        }
    }
}

/// Ships all there is, and tells of which ledger and how far that is.
async fn ship(client: &Client, folder: &Path) -> Result<(String, u64), Error> {
    let mut origin = latest(folder)?.unwrap_or_default();
    loop {
        let mut file = if origin.is_empty() { None } else { Some(ShippedFile::open(&shipped_file(folder, &origin))?) };
        let (lines, until_index) = file.as_ref().map_or((0, 0), |file| (file.lines, file.until));
        let request = ExportErasuresRequest { origin: origin.clone(), lines, until_index };
        let answer = client.export_erasures(request).await?;
        match &mut file {
            Some(file) if origin == answer.origin => {
                file.append(&answer.lines)?;
                if answer.lines.is_empty() {
                    return Ok((origin, file.until));
                }
            }
            // What was answered is of another ledger, and begins anew: its own file may go on already.
            Some(_) | None => origin = answer.origin,
        }
    }
}

/// Has the command take the file further. What it prints is not this program's answer.
async fn pass_on(command: String, file: PathBuf) -> Result<(), Error> {
    let failed = |source| Error::PassOn { file: file.clone(), source };
    let mut shell = Command::new("sh");
    shell.args(["-c", &command, "sh"]).arg(&file).stdin(Stdio::null()).stdout(io::stderr());
    let ended = spawn_blocking(move || shell.status()).await.map_err(|error| failed(io::Error::other(error)))?;
    let status = ended.map_err(failed)?;
    if status.success() { Ok(()) } else { Err(failed(io::Error::other(format!("`{command}` ended with {status}")))) }
}

/// The ledger whose shipment was last added to, if there is one.
fn latest(folder: &Path) -> Result<Option<String>, Error> {
    let failed = |source| Error::Read { path: folder.to_owned(), source };
    let mut latest = None;
    for item in fs::read_dir(folder).map_err(failed)? {
        let path = item.map_err(failed)?.path();
        if let Some(origin) = origin_of(&path) {
            let changed = fs::metadata(&path).and_then(|found| found.modified()).map_err(failed)?;
            latest = latest.max(Some((changed, hex::encode(origin))));
        }
    }
    Ok(latest.map(|(_, origin)| origin))
}

/// A file of shipped lines, to be appended to.
struct ShippedFile {
    path: PathBuf,
    file: File,
    lines: u64,
    until: u64,
}

impl ShippedFile {
    /// Opens it behind its last whole line: what a crash left of another is cut.
    fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Write { path: path.to_owned(), source };
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|source| Error::Read { path: path.to_owned(), source })?,
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).mode(0o600).open(path).map_err(failed)?;
        file.set_len(whole as u64).map_err(failed)?;
        let lines = text.matches('\n').count() as u64;
        let last = text.get(..whole).and_then(|text| text.lines().next_back());
        let until = last.and_then(|line| line.split_once(' ')?.0.parse().ok()).unwrap_or(0);
        Ok(Self { path: path.to_owned(), file, lines, until })
    }

    fn append(&mut self, lines: &[String]) -> Result<(), Error> {
        for line in lines {
            let written = writeln!(self.file, "{line}");
            written.map_err(|source| Error::Write { path: self.path.clone(), source })?;
            self.lines += 1;
            self.until = line.split_once(' ').and_then(|(until, _)| until.parse().ok()).unwrap_or(self.until);
        }
        self.file.sync_all().map_err(|source| Error::Write { path: self.path.clone(), source })
    }
}

pub(super) const EXAMPLE: &str = "Examples:
  fubako ledger ship /mnt/elsewhere/erasures
  fubako ledger ship /mnt/elsewhere/erasures --follow 60
  fubako ledger ship /var/spool/erasures --follow --command 'aws s3 cp \"$1\" s3://elsewhere/erasures/'

Appends what is new to one file a ledger, in sealed lines that name nobody to who has no key. `fubako restore --shipped` erases \
again who was erased since the backup. Ship at least as often as you may lose the host. \
The command of --command is given the whole file each time there is something new, and at the first; where it fails, this \
program ends with 1, and the next run has it try again. Put its files back into a folder for `fubako restore --shipped`.";
