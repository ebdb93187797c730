//! The command line: one file per noun; every online command goes through the vault's own API.

mod about;
mod arguments;
mod basis;
mod caller;
mod clock;
mod config;
mod connection;
mod demo;
mod dev;
mod error;
mod exit;
mod files;
mod hint;
mod host;
mod init;
mod ledger;
mod member;
mod party;
mod passphrase;
mod policy;
mod progress;
mod sample;
mod scope;
mod screen;
mod serve;
mod signals;
mod status;
mod table;
mod usable;
mod value;
mod view;
mod wire;

use std::ffi::OsString;
use std::time::Duration;

use clap::Parser as _;
use clap::error::ErrorKind;
use tokio::runtime::Builder;

use crate::cli::arguments::{Cli, Command};
use crate::cli::error::Error;
use crate::cli::screen::{Color, Format, Screen};

pub use crate::cli::exit::Exit;

/// Does what the arguments say, the program's name first, and tells on the standard error stream what went wrong.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(told) => {
            // Help goes to the standard output, and is no error; where nobody listens, there is nobody to tell.
            drop(told.print());
            if told.kind() == ErrorKind::MissingRequiredArgument && told.to_string().contains("--cert ") {
                eprintln!("\n{ENV_TIP}");
            }
            return if told.use_stderr() { Exit::Usage } else { Exit::Done };
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
        Command::Ledger(command) => block_on(command.run(screen)),
        Command::Status(status) => block_on(status.run(screen)),
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

/// Where the arguments that say who calls come from.
const ENV_TIP: &str = "tip: who calls is said by these arguments or by FUBAKO_CA, FUBAKO_CERT and FUBAKO_KEY; `fubako serve \
--dev` writes a file of them for each of its callers, such as `. fubako-dev/shop.env`";
