//! `fubako version`, `completions` and `man`: what the program says of itself.

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use serde_json::json;

use crate::cli::arguments::Cli;
use crate::cli::error::Error;
use crate::cli::screen::{Screen, print};

/// Which shell to complete for.
#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

/// Which command's page to write.
#[derive(Args, Debug)]
pub(super) struct Manual {
    /// The command, such as `member disclose` [default: the program]
    command: Vec<String>,
}

/// Prints the version.
pub(super) fn version(screen: Screen) -> Result<(), Error> {
    screen.show(|| json!({ "version": VERSION }), || format!("fubako {VERSION}"))
}

impl Completions {
    pub(super) fn run(self) -> Result<(), Error> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "fubako", &mut script);
        print(&String::from_utf8_lossy(&script))
    }
}

impl Manual {
    pub(super) fn run(self) -> Result<(), Error> {
        let mut command = Cli::command();
        command.build();
        let mut page = command.clone();
        for name in &self.command {
            let found = page.find_subcommand(name).cloned();
            page = found.ok_or_else(|| Error::argument("the command", format!("there is no `{name}`")))?;
        }
        let mut text = Vec::new();
        Man::new(page).render(&mut text).map_err(Error::Output)?;
        print(&String::from_utf8_lossy(&text))
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
