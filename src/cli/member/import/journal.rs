//! The journal of an import: how far it is, beside the file, so that it goes on where it was interrupted.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use uuid::{Builder, Uuid};

use crate::cli::error::Error;
use crate::model::ids::MemberId;

/// What is known of an import: `FILE.import` says how far it is, `FILE.errors.jsonl` which rows were refused and why.
pub(super) struct Journal {
    path: PathBuf,
    errors_path: PathBuf,
    /// Made with the first row that is refused.
    errors: Option<File>,
    state: State,
    /// Rows that are settled, behind one that is not.
    beyond: BTreeMap<u64, Settled>,
}

/// What became of a row.
pub(super) enum Settled {
    /// The member is stored.
    Stored,
    /// It is not, as this line of the errors' file says.
    Refused(Value),
}

/// What a row's request and member are called, the same each time the import is run.
pub(super) struct Names {
    pub(super) request: String,
    pub(super) member: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// Which import: its ids are made of it.
    import: Uuid,
    /// SHA-256 of the file, in hexadecimal digits.
    file: String,
    /// Every row before this one is settled, and counted below.
    next: u64,
    stored: u64,
    refused: u64,
    /// How long the errors' file is by then.
    errors_bytes: u64,
    finished: bool,
}

impl Journal {
    /// The journal of that file's import; a file that is not the one it began with is refused.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let (own, errors_path) = (beside(path, ".import"), beside(path, ".errors.jsonl"));
        let digest =
            File::open(path).and_then(digest).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let state = match fs::read(&own) {
            Ok(bytes) => serde_json::from_slice::<State>(&bytes).map_err(|_| unusable(&own, "it is damaged"))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::begin(digest.clone()),
            Err(source) => return Err(Error::Read { path: own, source }),
        };
        if state.file != digest {
            return Err(unusable(&own, "the file has changed since its import began"));
        }
        let journal = Self { path: own, errors_path, errors: None, state, beyond: BTreeMap::new() };
        journal.forget_later_errors()?;
        // Before the first member is sent: their ids come out of it.
        journal.save()?;
        Ok(journal)
    }

    /// The first row that may not be settled.
    pub(super) const fn next(&self) -> u64 {
        self.state.next
    }

    /// How many rows are stored, and how many refused.
    pub(super) const fn counts(&self) -> (u64, u64) {
        (self.state.stored, self.state.refused)
    }

    /// Whether all rows were settled, by an earlier run.
    pub(super) const fn is_finished(&self) -> bool {
        self.state.finished
    }

    /// Where it says how far it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where refused rows are told.
    pub(super) fn errors_path(&self) -> &Path {
        &self.errors_path
    }

    /// What a row is called.
    pub(super) fn names(&self, row: u64) -> Names {
        let hash = Sha256::new_with_prefix(b"fubako/import/v1")
            .chain_update(self.state.import.as_bytes())
            .chain_update(row.to_be_bytes())
            .finalize();
        let (for_request, rest) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        // Members that come one after the other lie one after the other in the store, too.
        let mut random = [0; 10];
        let number = u32::try_from(row % (1 << 32)).unwrap_or_default();
        random.iter_mut().zip(number.to_be_bytes().iter().chain(rest)).for_each(|(byte, from)| *byte = *from);
        let member = MemberId::new(self.began(), &random);
        Names { request: Builder::from_random_bytes(*for_request).into_uuid().to_string(), member: member.to_string() }
    }

    /// Takes note of what became of a row.
    pub(super) fn settle(&mut self, row: u64, settled: Settled) -> Result<(), Error> {
        self.beyond.insert(row, settled);
        while let Some(settled) = self.beyond.remove(&self.state.next) {
            match settled {
                Settled::Stored => self.state.stored += 1,
                Settled::Refused(told) => {
                    self.tell(&told)?;
                    self.state.refused += 1;
                }
            }
            self.state.next += 1;
        }
        Ok(())
    }

    /// Writes down how far it is; what is settled later is settled again the same way.
    pub(super) fn save(&self) -> Result<(), Error> {
        let failed = |source| Error::Write { path: self.path.clone(), source };
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(json!(self.state).to_string().as_bytes()).map_err(failed)?;
        file.as_file().sync_data().map_err(failed)?;
        file.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// Writes down that all rows are settled.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.state.finished = true;
        self.save()
    }

    fn began(&self) -> Timestamp {
        let (seconds, nanos) = self.state.import.get_timestamp().map_or((0, 0), |time| time.to_unix());
        let began = i64::try_from(seconds).ok().zip(i32::try_from(nanos).ok());
        began.and_then(|(seconds, nanos)| Timestamp::new(seconds, nanos).ok()).unwrap_or_default()
    }

    fn tell(&mut self, told: &Value) -> Result<(), Error> {
        let failed = |source| Error::Write { path: self.errors_path.clone(), source };
        let errors = match &mut self.errors {
            Some(errors) => errors,
            none => {
                let opened = OpenOptions::new().append(true).create(true).open(&self.errors_path);
                none.insert(opened.map_err(failed)?)
            }
        };
        let line = format!("{told}\n");
        errors.write_all(line.as_bytes()).map_err(failed)?;
        self.state.errors_bytes += u64::try_from(line.len()).unwrap_or_default();
        Ok(())
    }

    /// Takes back what was told of rows that are not settled as far as the journal knows.
    fn forget_later_errors(&self) -> Result<(), Error> {
        let failed = |source| Error::Write { path: self.errors_path.clone(), source };
        match OpenOptions::new().write(true).open(&self.errors_path) {
            Ok(file) => file.set_len(self.state.errors_bytes).map_err(failed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(failed(source)),
        }
    }
}

impl State {
    fn begin(file: String) -> Self {
        let import = Uuid::now_v7();
        Self { import, file, next: 0, stored: 0, refused: 0, errors_bytes: 0, finished: false }
    }
}

fn digest(mut file: File) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(piece.get(..read).unwrap_or_default());
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn unusable(path: &Path, why: &str) -> Error {
    let why = format!("{why}; to import the whole file as new members, remove `{}` first", path.display());
    Error::argument("the import that was begun", why)
}
