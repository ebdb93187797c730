//! `fubako config`: checking a server's configuration without starting it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::clock::sound_now;
use crate::cli::error::Error;
use crate::cli::inspect::Inspection;
use crate::cli::root::whereabouts;
use crate::cli::screen::{Screen, facts};
use crate::config;
use crate::config::environment::Environment;
use crate::config::settings::{Config, Issuer};
use crate::model::caller::Role;

/// What to do with a configuration.
#[derive(Subcommand, Debug)]
pub(super) enum ConfigCommand {
    /// Check a configuration with its policy and the files it names, and tell everything that is wrong
    Check(Check),
}

/// The configuration to check.
#[derive(Args, Debug)]
pub(super) struct Check {
    /// The configuration's file
    #[arg(long, env = "FUBAKO_CONFIG", value_name = "FILE", default_value = "fubako.toml")]
    config: PathBuf,
}

impl ConfigCommand {
    pub(super) fn run(self, screen: Screen) -> Result<(), Error> {
        match self {
            Self::Check(check) => {
                let config = config::load(&check.config, &Environment::read())?;
                let Inspection { mistakes, warnings } = Inspection::of(&config, sound_now()?);
                if !mistakes.is_empty() {
                    return Err(Error::Inspection { file: check.config, found: mistakes });
                }
                screen.show(|| summary_json(&config, &warnings), || summary(screen, &config, &warnings))
            }
        }
    }
}

fn summary_json(config: &Config, warnings: &[String]) -> serde_json::Value {
    json!({
        "ok": true,
        "warnings": warnings,
        "config": config.file(),
        "folder": config.vault().folder(),
        "policy": config.vault().policy_file(),
        "cache_bytes": config.vault().cache().get(),
        "disk_reserve_bytes": config.vault().disk_reserve().get(),
        "listen": config.server().listen().to_string(),
        "callers": config.callers().iter().map(|caller| caller.name.as_str()).collect::<Vec<_>>(),
        "issuers": config.issuers().iter().map(Issuer::name).collect::<Vec<_>>(),
    })
}

fn summary(screen: Screen, config: &Config, warnings: &[String]) -> String {
    let facts = facts(&[
        ("vault", config.vault().folder().display().to_string()),
        ("root", whereabouts(config.root())),
        ("policy", config.vault().policy_file().display().to_string()),
        ("cache", config.vault().cache().to_string()),
        ("reserve", config.vault().disk_reserve().to_string()),
        ("listens on", config.server().listen().to_string()),
    ]);
    let mut table = screen.ruled_table(&["caller", "identity", "roles", "purposes", "asks for", "records"]);
    for caller in config.callers() {
        let classes = caller.classes.iter().map(ToString::to_string);
        let parties = caller.parties.iter().map(|party| format!("party {party}"));
        table.add_row([
            caller.name.to_string(),
            caller.identity.to_string(),
            lines(caller.roles.iter().copied().map(Role::name)),
            lines(caller.purposes.iter()),
            lines(classes.chain(parties)),
            lines(caller.records.iter()),
        ]);
    }
    let warnings = warnings.iter().fold(String::new(), |text, warning| format!("{text}warning: {warning}\n"));
    format!(
        "the configuration `{}` is right, and so is what it names\n{warnings}{facts}{table}\n",
        config.file().display()
    )
}

fn lines<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join("\n")
}
