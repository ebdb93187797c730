//! The command line: one file per noun; every online command goes through the vault's own API.

mod about;
mod account;
mod advice;
mod arguments;
mod backup;
mod basis;
mod bench;
mod caller;
mod clock;
mod config;
mod connection;
mod demo;
mod dev;
mod error;
mod exit;
mod files;
mod gaps;
mod hint;
mod host;
mod init;
mod inspect;
mod keys;
mod ledger;
mod made_up;
mod member;
mod party;
mod passphrase;
mod policy;
mod progress;
mod reload;
mod report;
mod rest;
mod restore;
mod root;
mod sample;
mod scope;
mod screen;
mod sealed;
mod serve;
mod signals;
mod status;
mod stop;
mod table;
mod trust;
mod unseal;
mod usable;
mod value;
mod verify;
mod view;
mod wire;

use std::ffi::OsString;
use std::time::Duration;

use clap::Parser as _;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::cli::arguments::{Cli, Command};
use crate::cli::error::Error;
use crate::cli::screen::{Color, Format, Screen};

pub use crate::cli::exit::Exit;

/// Does what the arguments say, the program's name first, and tells on the standard error stream what went wrong.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let wants_json =
        arguments.iter().skip(1).take_while(|argument| *argument != "--").any(|argument| argument == "--json");
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(told) if told.use_stderr() => {
            if wants_json {
                screen::fail(&usage_json(&told).to_string());
            } else {
                drop(told.print());
            }
            return Exit::Usage;
        }
        Err(help) => {
            // It goes to the standard output, and is no error; where nobody listens, there is nobody to tell.
            drop(help.print());
            return Exit::Done;
        }
    };
    let format = if cli.json { Format::Json } else { Format::Text };
    let color = if cli.no_color { Color::Never } else { Color::Allowed };
    let screen = Screen::new(format, color);
    match dispatch(cli.command, screen) {
        Ok(exit) => exit,
        Err(error) => {
            let exit = error.exit();
            if exit != Exit::Done {
                screen.fail(&error);
            }
            exit
        }
    }
}

/// A command line that cannot be understood, told as other failures are.
fn usage_json(told: &clap::Error) -> Value {
    let text = told.render().to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let why: Vec<&str> = lines.collect();
    json!({ "error": { "message": message, "reason": null, "why": why, "findings": null, "advice": null,
        "exit_code": Exit::Usage.code() } })
}

/// Does it; what a command answers may decide how the program ends.
fn dispatch(command: Command, screen: Screen) -> Result<Exit, Error> {
    let done = match command {
        Command::Member(command) => return block_on(command.run(screen)),
        Command::Demo(demo) => block_on(demo.run(screen)),
        Command::Init(init) => init.run(screen),
        Command::Serve(serve) => block_on(serve.run(screen)),
        Command::Config(command) => command.run(screen),
        Command::Policy(command) => command.run(screen),
        Command::Party(command) => block_on(command.run(screen)),
        Command::Basis(command) => block_on(command.run(screen)),
        Command::Caller(command) => block_on(command.run(screen)),
        Command::Keys(command) => block_on(command.run(screen)),
        Command::Ledger(command) => block_on(command.run(screen)),
        Command::Unseal(unseal) => block_on(unseal.run(screen)),
        Command::Seal(seal) => block_on(seal.run(screen)),
        Command::Status(status) => block_on(status.run(screen)),
        Command::Backup(command) => block_on(command.run(screen)),
        Command::Restore(restore) => block_on(restore.run(screen)),
        Command::Verify(verify) => block_on(verify.run(screen)),
        Command::Bench(command) => block_on(command.run(screen)),
        Command::Version => about::version(screen),
        Command::Completions(completions) => completions.run(),
        Command::Man(manual) => manual.run(),
    };
    done.map(|()| Exit::Done)
}

fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = Builder::new_multi_thread().enable_all().build().map_err(Error::Runtime)?;
    let done = runtime.block_on(work);
    // Work that does not end by itself must not keep the program.
    runtime.shutdown_timeout(Duration::from_secs(1));
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_that_cannot_be_understood_is_told_to_programs_too() {
        let told = Cli::try_parse_from(["fubako", "--json", "member", "disclose", "--colour"]).map(drop);
        let json = told.map_err(|told| usage_json(&told)).err().unwrap_or_default();
        let message = json.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
        assert!(message.contains("--colour"), "{json}");
        assert_eq!(json.pointer("/error/exit_code").and_then(Value::as_u64), Some(2));
    }
}
