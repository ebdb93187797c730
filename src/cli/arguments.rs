//! The command line: nouns and verbs, and what all of them share.

use clap::builder::FalseyValueParser;
use clap::{Parser, Subcommand};

use crate::cli::about::{Completions, Manual};
use crate::cli::backup::BackupCommand;
use crate::cli::basis::BasisCommand;
use crate::cli::bench::BenchCommand;
use crate::cli::caller::CallerCommand;
use crate::cli::config::ConfigCommand;
use crate::cli::demo::Demo;
use crate::cli::exit::HELP;
use crate::cli::init::Init;
use crate::cli::keys::KeysCommand;
use crate::cli::ledger::LedgerCommand;
use crate::cli::member::MemberCommand;
use crate::cli::party::PartyCommand;
use crate::cli::policy::PolicyCommand;
use crate::cli::restore::Restore;
use crate::cli::serve::Serve;
use crate::cli::status::Status;
use crate::cli::unseal::{Seal, Unseal};
use crate::cli::verify::Verify;

/// A vault for personal data: the smallest view that serves a purpose, on a recorded basis, written down first
#[derive(Parser, Debug)]
#[command(name = "fubako", version, after_help = HELP)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Cli {
    /// Answer in JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Answer without colours
    #[arg(long, global = true, env = "NO_COLOR", hide_env = true, value_parser = FalseyValueParser::new())]
    pub(super) no_color: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What can be done.
#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// See it all at work in a few seconds: a vault, a server, members, and what each recipient gets
    Demo(Demo),
    /// Make a new vault, with its root key and a configuration to begin with
    Init(Init),
    /// Serve a vault
    Serve(Box<Serve>),
    /// Check a server's configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Read and check a policy, without a server
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Register the parties data may go to
    #[command(subcommand)]
    Party(PartyCommand),
    /// Record the legal bases that releases rest on
    #[command(subcommand)]
    Basis(BasisCommand),
    /// Collect, show, release, change and erase a member's data
    #[command(subcommand)]
    Member(Box<MemberCommand>),
    /// Stop a calling service at once
    #[command(subcommand)]
    Caller(CallerCommand),
    /// Rotate keys, take versions out of use, replace the root key
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Read what happened
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Open a sealed vault with a share, or with what else it takes
    Unseal(Unseal),
    /// Seal a running vault: its keys leave memory, the server stays
    Seal(Seal),
    /// Ask a running vault how it is
    Status(Status),
    /// Make copies of a running vault, check them, and keep track of them
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Make a vault again of a backup, in an empty folder
    Restore(Restore),
    /// Check that everything stored is what was written, without showing any of it
    Verify(Verify),
    /// Measure what a vault bears on this machine
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Print the program's version
    Version,
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page of the program or of a command
    Man(Manual),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_says_what_it_is_for() {
        fn silent(command: &clap::Command, path: &str) -> Vec<String> {
            let path = format!("{path} {}", command.get_name());
            let own = command.get_about().is_none().then(|| path.clone());
            let arguments = command.get_arguments().filter(|argument| argument.get_help().is_none());
            let arguments = arguments.map(|argument| format!("{path} {}", argument.get_id()));
            let below = command.get_subcommands().flat_map(|command| silent(command, &path));
            own.into_iter().chain(arguments).chain(below).collect()
        }
        assert_eq!(silent(&Cli::command(), ""), Vec::<String>::new());
    }
}
