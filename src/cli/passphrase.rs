//! Passphrases: read from a file, or typed without being shown.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::str::Utf8Error;

use fubako_keys::{EmptyPassphrase, Passphrase};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::cli::error;
use crate::cli::files::{self, Readers};

/// Why there is no passphrase.
#[derive(Debug, Error)]
pub(super) enum Error {
    #[error("there is no terminal to ask for it on; name a file that holds it")]
    NoTerminal(#[source] io::Error),
    #[error("the terminal cannot be read")]
    Terminal(#[source] io::Error),
    #[error("its typing was broken off")]
    BrokenOff,
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    #[error("it is not UTF-8")]
    NotText(#[from] Utf8Error),
    #[error(transparent)]
    Empty(#[from] EmptyPassphrase),
}

/// The passphrase on the first line of a file that is its owner's alone, as a root key's is.
pub(super) fn from_file(path: &Path) -> Result<Passphrase, error::Error> {
    let text = files::read_secret(path, Readers::Owner)?;
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(Error::from)?;
    Ok(Passphrase::new(line.trim_end_matches('\r').to_owned()).map_err(Error::from)?)
}

/// A passphrase typed on the terminal.
pub(super) fn asked(question: &str) -> Result<Passphrase, Error> {
    let mut terminal = OpenOptions::new().read(true).write(true).open(TERMINAL).map_err(Error::NoTerminal)?;
    terminal.write_all(question.as_bytes()).map_err(Error::Terminal)?;
    let hidden = Hidden::on(&terminal).map_err(Error::Terminal)?;
    let typed = typed(&terminal);
    drop(hidden);
    writeln!(terminal).map_err(Error::Terminal)?;
    Ok(Passphrase::new(std::str::from_utf8(&typed?)?.to_owned())?)
}

/// A new passphrase, typed twice alike.
pub(super) fn asked_twice() -> Result<Passphrase, error::Error> {
    let first = asked("New passphrase: ")?;
    if first.matches(&asked("Once more: ")?) {
        Ok(first)
    } else {
        Err(error::Error::argument("the passphrase", "it was not typed twice alike"))
    }
}

/// What is typed up to the end of the line; the terminal hands over each key, so the few that edit are heeded here.
fn typed(mut terminal: impl Read) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut key = Zeroizing::new([0; 1]);
    while terminal.read(key.as_mut_slice()).map_err(Error::Terminal)? > 0 {
        let [key] = *key;
        match key {
            b'\r' | b'\n' => return Ok(line),
            CTRL_C | CTRL_D => return Err(Error::BrokenOff),
            CTRL_U => line.clear(),
            // A character of several bytes goes as a whole.
            BACKSPACE | DELETE => while line.pop().is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {},
            _ if line.len() == LONGEST => return Err(Error::TooLong),
            byte => line.push(byte),
        }
    }
    Err(Error::BrokenOff)
}

/// A terminal that does not show what is typed, until this is dropped. Ctrl-C does not end the process meanwhile, which
/// would leave the terminal so.
struct Hidden<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Hidden<'a> {
    fn on(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
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
const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const BACKSPACE: u8 = 8;
const CTRL_U: u8 = 21;
const DELETE: u8 = 127;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(keys: &[u8]) -> Result<String, String> {
        let typed = typed(keys).map_err(|error| error.to_string())?;
        Ok(String::from_utf8_lossy(&typed).into_owned())
    }

    #[test]
    fn keys_that_edit_are_heeded() {
        for (keys, line) in [
            ("tea bowl\nmore", "tea bowl"),
            ("tea bowx\u{7f}l\r", "tea bowl"),
            ("茶碗\u{8}器\n", "茶器"),
            ("\u{7f}\u{7f}tea\n", "tea"),
            ("wrong\u{15}right\n", "right"),
        ] {
            assert_eq!(of(keys.as_bytes()).as_deref(), Ok(line), "{keys:?}");
        }
    }

    #[test]
    fn typing_that_is_broken_off_gives_nothing() {
        for keys in ["tea\u{3}bowl\n", "tea\u{4}", "tea", ""] {
            assert_eq!(of(keys.as_bytes()), Err("its typing was broken off".to_owned()), "{keys:?}");
        }
        assert!(of(&[b'x'; LONGEST + 1]).is_err());
    }
}
