//! `fubako init`: a new vault, with its root key, its policy and a configuration to begin with.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use ring::rand::SystemRandom;
use serde_json::json;

use crate::cli::clock::sound_now;
use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::root::plan::{KeeperArgs, NewKind, Root, RootPlan};
use crate::cli::sample;
use crate::cli::screen::{Screen, facts};
use crate::model::ids::VaultId;
use crate::policy::table::Policy;
use crate::vault::create::{NewVault, NoVault, create, expect_vault};

/// Makes a vault.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct Init {
    /// The folder to make it in: configuration, policy and data
    #[arg(default_value = "fubako")]
    folder: PathBuf,
    /// The policy to keep to; it is copied [default: the sample policy that comes with the program]
    #[arg(long, env = "FUBAKO_POLICY", value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What the root key is made of [default: a file, or the passphrase in the file that --passphrase-file names]
    #[arg(long, value_enum)]
    root: Option<NewKind>,
    /// Where to put the root key; better outside the folder, on another disk [default: FOLDER/root.key]
    #[arg(long, env = "FUBAKO_ROOT_FILE", value_name = "FILE")]
    root_file: Option<PathBuf>,
    /// A file with the passphrase on its first line [default: it is asked for]
    #[arg(long, env = "FUBAKO_PASSPHRASE_FILE", value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    keeper: KeeperArgs,
    /// The address the server is to listen on
    #[arg(long, default_value = "127.0.0.1:7443", value_name = "ADDRESS")]
    listen: SocketAddr,
}

impl Init {
    pub(super) fn run(self, screen: Screen) -> Result<(), Error> {
        let now = sound_now()?;
        let plan = self.root_plan()?;
        let text = match &self.policy {
            Some(file) => files::read_text(file)?,
            None => sample::TEXT.to_owned(),
        };
        let source = self.policy.as_deref().unwrap_or(Path::new(sample::FILE)).display().to_string();
        let policy = Policy::parse(&text).map_err(|findings| Error::Policy { file: source, findings })?;
        let policy_file = self.folder.join("policy.toml");
        let is_in_place = self.policy.as_deref().is_some_and(|file| is_same(file, &policy_file));
        let config = self.folder.join("fubako.toml");
        // All of it before anything is made: what a half-done `init` leaves would stand in the way of the next.
        self.ensure_no_vault()?;
        ensure_absent(&config)?;
        if !is_in_place {
            ensure_absent(&policy_file)?;
        }
        if let RootPlan::NewFile(file) = &plan {
            ensure_absent(file)?;
        }
        files::make_folder(&self.folder)?;
        let root = plan.carry_out()?;
        if !is_in_place {
            files::write_new(&policy_file, &text, Readers::Everybody)?;
        }
        let new = NewVault { folder: &self.folder.join("vault"), policy_text: &text, policy_file: &policy_file };
        let vault = create(&new, root.made.key(), now, &SystemRandom::new())?;
        files::write_new(&config, configuration(&root.setting, self.listen), Readers::Everybody)?;
        self.tell(screen, (vault, &policy), &root, &config)
    }

    /// Refuses a folder that is, or has, the data folder of a vault.
    fn ensure_no_vault(&self) -> Result<(), Error> {
        for folder in [self.folder.clone(), self.folder.join("vault")] {
            if matches!(expect_vault(&folder), Ok(_) | Err(NoVault::MarkerLost { .. })) {
                let why = format!("`{}` is a vault's data folder; choose another place", folder.display());
                return Err(Error::argument("the folder", why));
            }
        }
        Ok(())
    }

    fn root_plan(&self) -> Result<RootPlan, Error> {
        let refused = |why| Err(Error::argument("the root key", why));
        if let Some(plan) = self.keeper.plan(self.root)? {
            return match (&self.root_file, &self.passphrase_file) {
                (None, None) => Ok(plan),
                (Some(_), _) => refused("--root-file (FUBAKO_ROOT_FILE) is for --root file only"),
                (None, Some(_)) => refused("--passphrase-file (FUBAKO_PASSPHRASE_FILE) is for --root passphrase only"),
            };
        }
        let is_passphrase = self.root == Some(NewKind::Passphrase);
        match (is_passphrase, &self.root_file, &self.passphrase_file) {
            (_, Some(_), Some(_)) => {
                refused("give --root-file (FUBAKO_ROOT_FILE) or --passphrase-file (FUBAKO_PASSPHRASE_FILE), not both")
            }
            (false, None, Some(_)) if self.root.is_some() => {
                refused("--passphrase-file (FUBAKO_PASSPHRASE_FILE) is not for --root file")
            }
            (true, Some(_), None) => refused("--root-file (FUBAKO_ROOT_FILE) is not for --root passphrase"),
            (_, None, Some(file)) => Ok(RootPlan::PassphraseFile(file.clone())),
            (true, None, None) => Ok(RootPlan::Prompt),
            (false, file, None) => Ok(RootPlan::NewFile(file.clone().unwrap_or_else(|| self.folder.join("root.key")))),
        }
    }

    fn tell(
        &self,
        screen: Screen,
        (vault, policy): (VaultId, &Policy),
        root: &Root,
        config: &Path,
    ) -> Result<(), Error> {
        let data = self.folder.join("vault");
        screen.show(
            || {
                json!({
                    "vault": vault.to_string(), "config": config, "folder": data, "root_id": root.made.key().id().to_string(),
                    "policy": policy.id(), "policy_version": policy.version().0, "keep": root.advice,
                    "shares": root.shares(),
                })
            },
            || {
                let facts = facts(&[
                    ("vault", vault.to_string()),
                    ("data", data.display().to_string()),
                    ("policy", format!("{} version {}", policy.id(), policy.version())),
                    ("root key", root.made.key().id().to_string()),
                    ("configuration", config.display().to_string()),
                ]);
                let shares = root.shares().iter().fold(String::new(), |lines, share| format!("{lines}  {share}\n"));
                let shares = if shares.is_empty() { shares } else { format!("\n{shares}") };
                format!("{facts}{shares}\n{}\n\n{}", root.advice, next_steps(config))
            },
        )
    }
}

fn ensure_absent(path: &Path) -> Result<(), Error> {
    if path.exists() { Err(Error::Exists(path.to_owned())) } else { Ok(()) }
}

/// Whether both are there and one file.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

fn next_steps(config: &Path) -> String {
    let config = config.display();
    format!(
        "Next:
  1. put the server's certificate and key (mode 600), and your callers' authority, where `{config}` says
  2. name your callers there, then run: fubako config check --config {config}
  3. start it: fubako serve --config {config}
To try it out first, without certificates of your own: fubako serve --dev"
    )
}

fn configuration(root: &str, listen: SocketAddr) -> String {
    format!(
        "# The configuration of a Fubako server. Paths are seen from this file's folder.

[vault]
folder = \"vault\"
policy = \"policy.toml\"
# cache = \"512 MiB\"         # of the store; a quarter of the machine's memory if it is not said
disk_reserve = \"1 GiB\"      # free space below which nothing is written any more
expected_members = 100_000  # the size of the blind index; only the first start reads it

# [ledger]
# retention_months = 36       # how long the details of entries are kept, before `fubako ledger retire` takes them
# publish = \"127.0.0.1:7480\" # checkpoint and hash tiles over HTTP, for witnesses and monitors; never entries

# [metrics]
# listen = \"127.0.0.1:9464\"  # numbers for Prometheus at /metrics over HTTP, about nobody; for machines you trust

[root]
{root}

[server]
listen = \"{listen}\"
certificate = \"server.pem\"  # the server's certificate chain
key = \"server.key\"
client_ca = \"client-ca.pem\" # the authority of your callers' certificates

# A caller: the identity in its certificate, and what it may do.
# [[caller]]
# name = \"shop\"
# identity = \"spiffe://market.example/shop\"
# roles = [\"collector\", \"discloser\"]
# purposes = [\"transaction-notice\", \"transaction-with-seller\"]
# recipients = [\"class:marketplace\", \"class:seller\"]   # or one party: \"party:aoyama-books\"

# Who records the grounds of releases makes none of them.
# [[caller]]
# name = \"registry\"
# identity = \"spiffe://market.example/registry\"
# roles = [\"registrar\"]
# records = [\"transaction\", \"contract\", \"consent\"]

# Who signs that a member asks about themself.
# [[issuer]]
# name = \"portal\"
# algorithm = \"EdDSA\"       # or ES256
# public_key = \"portal.pem\"
# audience = \"fubako\"
"
    )
}

const EXAMPLE: &str = "Examples:
  fubako init
  fubako init /srv/fubako --policy our-policy.toml \\
    --root-file /mnt/keys/fubako.key
  fubako init /srv/fubako --root passphrase
  fubako init /srv/fubako --root shares --shares 5 --threshold 3
  fubako init /srv/fubako --root pkcs11 --pkcs11-module /usr/lib/softhsm/libsofthsm2.so \\
    --pkcs11-token vault --pkcs11-key fubako --pkcs11-pin-file hsm.pin
  fubako init /srv/fubako --root transit --transit-address https://bao.internal:8200 \\
    --transit-ca bao-ca.pem --transit-key fubako --transit-token-file bao.token";

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::screen::{Color, Format};

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        init: Init,
    }

    fn init(folder: &Path, options: &[&str]) -> Init {
        let line = ["init", folder.to_str().unwrap()].into_iter().chain(options.iter().copied());
        Line::try_parse_from(line).unwrap().init
    }

    fn run(init: Init) -> Result<(), Error> {
        init.run(Screen::new(Format::Json, Color::Never))
    }

    #[test]
    fn what_a_root_key_is_made_of_is_said_once() {
        let folder = Path::new("site");
        let plan = |options: &[&str]| init(folder, options).root_plan().ok();
        assert_eq!(plan(&[]), Some(RootPlan::NewFile("site/root.key".into())));
        assert_eq!(plan(&["--root-file", "key"]), Some(RootPlan::NewFile("key".into())));
        assert_eq!(plan(&["--root", "passphrase"]), Some(RootPlan::Prompt));
        assert_eq!(plan(&["--passphrase-file", "words"]), Some(RootPlan::PassphraseFile("words".into())));
        assert_eq!(plan(&["--root", "file", "--passphrase-file", "words"]), None);
        assert_eq!(plan(&["--root", "passphrase", "--root-file", "key"]), None);
        assert_eq!(plan(&["--root-file", "key", "--passphrase-file", "words"]), None);
    }

    #[test]
    fn a_root_key_in_other_hands_is_said_whole_and_alone() {
        let folder = Path::new("site");
        let told = |line: &str| {
            let options: Vec<&str> = line.split(' ').collect();
            init(folder, &options).root_plan().map_or_else(|error| error.to_string(), |_| "planned".to_owned())
        };
        for (line, words) in [
            ("--root shares --shares 5 --threshold 3", "planned"),
            ("--root pkcs11 --pkcs11-module m --pkcs11-token t --pkcs11-key k", "planned"),
            ("--root transit --transit-address a --transit-key k --transit-token-file t", "planned"),
            ("--root shares --shares 5", "needs --shares and --threshold"),
            ("--root shares --shares 2 --threshold 3", "the root key cannot be used"),
            ("--root pkcs11 --pkcs11-module m --pkcs11-key k", "needs --pkcs11-module, --pkcs11-token and"),
            ("--root transit --transit-key k", "needs --transit-address, --transit-key and"),
            ("--pkcs11-token t", "--pkcs11-token is for --root pkcs11 only"),
            ("--root file --shares 5", "--shares is for --root shares only"),
            ("--root shares --shares 5 --threshold 3 --transit-key k", "--transit-key is for --root transit only"),
            (
                "--root shares --shares 5 --threshold 3 --root-file f",
                "--root-file (FUBAKO_ROOT_FILE) is for --root file only",
            ),
        ] {
            let found = told(line);
            assert!(found.contains(words), "{line}: {found}");
        }
    }

    #[test]
    fn shares_are_shown_and_the_configuration_says_that_people_bring_them() {
        let folder = tempfile::tempdir().unwrap();
        run(init(folder.path(), &["--root", "shares", "--shares", "3", "--threshold", "2"])).unwrap();
        let config = fs::read_to_string(folder.path().join("fubako.toml")).unwrap();
        assert!(config.contains("[root]\nshares = true\n") && !folder.path().join("root.key").exists(), "{config}");
    }

    #[test]
    fn a_policy_may_lie_in_the_folder_already() {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("policy.toml");
        fs::write(&policy, sample::TEXT).unwrap();
        assert!(matches!(run(init(folder.path(), &[])), Err(Error::Exists(_))));
        assert!(!folder.path().join("root.key").exists(), "a refused `init` makes nothing");
        run(init(folder.path(), &["--policy", policy.to_str().unwrap()])).unwrap();
        assert!(folder.path().join("fubako.toml").exists());
    }

    #[test]
    fn no_vault_is_made_in_one() {
        let folder = tempfile::tempdir().unwrap();
        run(init(folder.path(), &[])).unwrap();
        let inside = run(init(&folder.path().join("vault"), &[])).unwrap_err().to_string();
        assert!(inside.contains("is a vault's data folder"), "{inside}");
        fs::remove_file(folder.path().join("fubako.toml")).unwrap();
        assert!(run(init(folder.path(), &[])).is_err());
    }
}
