//! `fubako init`: a new vault, with its root key, its policy and a configuration to begin with.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fubako_keys::{ArgonCost, PassphraseKdf, RootKey};
use ring::rand::SystemRandom;
use serde_json::json;

use crate::cli::clock::now;
use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::passphrase;
use crate::cli::sample;
use crate::cli::screen::{Screen, facts};
use crate::model::ids::VaultId;
use crate::policy::table::Policy;
use crate::vault::create::{NewVault, create};

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
    /// What the root key is made of
    #[arg(long, value_enum, default_value_t = RootKind::File)]
    root: RootKind,
    /// Where to put the root key; better outside the folder, on another disk [default: FOLDER/root.key]
    #[arg(long, env = "FUBAKO_ROOT_FILE", value_name = "FILE")]
    root_file: Option<PathBuf>,
    /// A file with the passphrase on its first line [default: it is asked for]
    #[arg(long, env = "FUBAKO_PASSPHRASE_FILE", value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The address the server is to listen on
    #[arg(long, default_value = "127.0.0.1:7443", value_name = "ADDRESS")]
    listen: SocketAddr,
}

/// What a root key is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum RootKind {
    /// 32 random bytes in a file
    File,
    /// A passphrase
    Passphrase,
}

/// A root key, and how the configuration says where it is.
struct Root {
    key: RootKey,
    setting: String,
    advice: String,
}

impl Init {
    pub(super) fn run(self, screen: Screen) -> Result<(), Error> {
        let config = self.folder.join("fubako.toml");
        if config.exists() {
            return Err(Error::Exists(config));
        }
        let text = match &self.policy {
            Some(file) => files::read_text(file)?,
            None => sample::TEXT.to_owned(),
        };
        let source = self.policy.as_deref().unwrap_or(Path::new(sample::FILE)).display().to_string();
        let policy = Policy::parse(&text).map_err(|findings| Error::Policy { file: source, findings })?;
        files::make_folder(&self.folder)?;
        let root = self.root()?;
        let policy_file = self.folder.join("policy.toml");
        files::write_new(&policy_file, &text, Readers::Everybody)?;
        let new = NewVault { folder: &self.folder.join("vault"), policy_text: &text, policy_file: &policy_file };
        let vault = create(&new, &root.key, now(), &SystemRandom::new())?;
        files::write_new(&config, &configuration(&root.setting, self.listen), Readers::Everybody)?;
        self.tell(screen, (vault, &policy), &root, &config)
    }

    fn root(&self) -> Result<Root, Error> {
        match self.root {
            RootKind::File => {
                let file = self.root_file.clone().unwrap_or_else(|| self.folder.join("root.key"));
                let key = RootKey::create_file(&file, &SystemRandom::new())?;
                let file = std::path::absolute(&file).unwrap_or(file);
                Ok(Root {
                    key,
                    setting: format!("file = {}", quoted(&file)),
                    advice: format!(
                        "`{}` is the only key to this vault. Copy it to two safe places now. Who has it and the \
                         vault's folder reads everything; without it nobody ever does.",
                        file.display()
                    ),
                })
            }
            RootKind::Passphrase => {
                let (passphrase, setting) = match &self.passphrase_file {
                    Some(file) => {
                        let absolute = std::path::absolute(file).unwrap_or_else(|_| file.clone());
                        (passphrase::from_file(file)?, format!("passphrase_file = {}", quoted(&absolute)))
                    }
                    None => (passphrase::asked_twice()?, "prompt = true".to_owned()),
                };
                let kdf = PassphraseKdf::new(ArgonCost::ROOT, &SystemRandom::new())?;
                let key =
                    RootKey::from_passphrase(&passphrase, &kdf).map_err(|error| Error::Passphrase(Box::new(error)))?;
                let advice = "The passphrase is the only key to this vault. Write it down in two safe places now; \
                              without it nobody ever reads what the vault holds."
                    .to_owned();
                Ok(Root { key, setting, advice })
            }
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
                    "vault": vault.to_string(), "config": config, "folder": data, "root_id": root.key.id().to_string(),
                    "policy": policy.id(), "policy_version": policy.version().0, "keep": root.advice,
                })
            },
            || {
                let facts = facts(&[
                    ("vault", vault.to_string()),
                    ("data", data.display().to_string()),
                    ("policy", format!("{} version {}", policy.id(), policy.version())),
                    ("root key", root.key.id().to_string()),
                    ("configuration", config.display().to_string()),
                ]);
                format!("{facts}\n{}\n\n{}", root.advice, next_steps(config))
            },
        )
    }
}

fn next_steps(config: &Path) -> String {
    let config = config.display();
    format!(
        "Next:
  1. put the server's certificate and key, and your callers' authority, where `{config}` says
  2. name your callers there, then run: fubako config check --config {config}
  3. start it: fubako serve --config {config}
To try it out first, without certificates of your own: fubako serve --dev"
    )
}

/// A path as a TOML string.
fn quoted(path: &Path) -> toml::Value {
    toml::Value::String(path.display().to_string())
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
  fubako init /srv/fubako --policy our-policy.toml --root-file /mnt/keys/fubako.key
  fubako init /srv/fubako --root passphrase";
