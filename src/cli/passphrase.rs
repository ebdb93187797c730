//! Passphrases: read from a file, or typed without being shown.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;

use fubako_keys::Passphrase;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::cli::error::Error;
use crate::cli::files;

/// The passphrase on the first line of a file.
pub(super) fn from_file(path: &Path) -> Result<Passphrase, Error> {
    let text = Zeroizing::new(files::read(path)?);
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|error| Error::Passphrase(Box::new(error)))?;
    Ok(Passphrase::new(line.trim_end_matches('\r').to_owned())?)
}

/// A passphrase typed on the terminal.
pub(super) fn asked(question: &str) -> Result<Passphrase, Error> {
    let typed = ask(question).map_err(|error| Error::Passphrase(Box::new(error)))?;
    Ok(Passphrase::new(typed)?)
}

/// A new passphrase, typed twice alike.
pub(super) fn asked_twice() -> Result<Passphrase, Error> {
    let first = asked("New passphrase: ")?;
    if first.matches(&asked("Once more: ")?) {
        Ok(first)
    } else {
        Err(Error::argument("the passphrase", "it was not typed twice alike"))
    }
}

fn ask(question: &str) -> io::Result<String> {
    let mut terminal = OpenOptions::new().read(true).write(true).open(TERMINAL)?;
    terminal.write_all(question.as_bytes())?;
    let hidden = Hidden::on(&terminal)?;
    let mut line = Zeroizing::new(String::with_capacity(LONGEST));
    BufReader::new(&terminal).read_line(&mut line)?;
    drop(hidden);
    writeln!(terminal)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Hidden<'a> {
    fn on(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO;
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // A terminal that has gone needs no echo.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

const TERMINAL: &str = "/dev/tty";
/// Room enough that typing does not move the text and leave a copy behind.
const LONGEST: usize = 1024;
