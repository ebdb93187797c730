//! A new root key: where it is to be kept, checked whole before anything is made, and what its owner is told once.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use fubako_keys::{FileRoot, NewRoot, RootError, RootMaker as _, ShareDeal};
use ring::rand::SystemRandom;

use crate::cli::error::Error;
use crate::cli::passphrase;
use crate::cli::root::keeper::{hsm, transit};
use crate::config::settings::{Pkcs11Source, TransitSource};

/// What a root key is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(in crate::cli) enum NewKind {
    /// 32 random bytes in a file
    File,
    /// A passphrase
    Passphrase,
    /// A random key, wrapped by a key that never leaves an HSM
    Pkcs11,
    /// A random key, wrapped by a key that never leaves `OpenBao` or Vault (transit engine)
    Transit,
    /// A random key, split into shares that people bring at each start
    Shares,
}

/// Where those who keep a root key are.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Root key in other hands")]
pub(in crate::cli) struct KeeperArgs {
    /// The HSM's PKCS#11 library, such as /usr/lib/softhsm/libsofthsm2.so
    #[arg(long, value_name = "FILE")]
    pkcs11_module: Option<PathBuf>,
    /// The label of the HSM's token
    #[arg(long, value_name = "LABEL")]
    pkcs11_token: Option<String>,
    /// The label of the token's key; it is made if there is none
    #[arg(long, value_name = "LABEL")]
    pkcs11_key: Option<String>,
    /// A file with the token user's PIN on its first line [default: it is asked for]
    #[arg(long, value_name = "FILE")]
    pkcs11_pin_file: Option<PathBuf>,
    /// The address of the transit engine's server
    #[arg(long, value_name = "URL")]
    transit_address: Option<String>,
    /// The authority of that server's certificate, in PEM
    #[arg(long, value_name = "FILE")]
    transit_ca: Option<PathBuf>,
    /// Where the transit engine is mounted [default: transit]
    #[arg(long, value_name = "PATH")]
    transit_mount: Option<String>,
    /// The name of the transit engine's key
    #[arg(long, value_name = "NAME")]
    transit_key: Option<String>,
    /// A file with the token that the server knows the vault by, on its first line
    #[arg(long, value_name = "FILE")]
    transit_token_file: Option<PathBuf>,
    /// How many shares to deal
    #[arg(long, value_name = "N")]
    shares: Option<u8>,
    /// How many of the shares are enough
    #[arg(long, value_name = "K")]
    threshold: Option<u8>,
}

/// Where a root key is to come from.
#[derive(PartialEq, Eq, Debug)]
pub(in crate::cli) enum RootPlan {
    NewFile(PathBuf),
    PassphraseFile(PathBuf),
    Prompt,
    Pkcs11(Pkcs11Source),
    Transit(TransitSource),
    Shares(ShareDeal),
}

/// A root key, and how the configuration says where it is.
pub(in crate::cli) struct Root {
    pub(in crate::cli) made: NewRoot,
    pub(in crate::cli) setting: String,
    pub(in crate::cli) advice: String,
}

impl KeeperArgs {
    /// The plan for a kind that somebody else keeps; none for a file or a passphrase. What is given and not needed, or
    /// needed and not given, is refused.
    pub(in crate::cli) fn plan(&self, kind: Option<NewKind>) -> Result<Option<RootPlan>, Error> {
        for (of, flags) in self.given() {
            if let Some(flag) = flags.first().filter(|_| kind != Some(of)) {
                return Err(refused(format!("{flag} is for --{} only", told(of))));
            }
        }
        match kind {
            Some(NewKind::Pkcs11) => self.pkcs11().map(Some),
            Some(NewKind::Transit) => self.transit().map(Some),
            Some(NewKind::Shares) => self.dealt().map(Some),
            Some(NewKind::File | NewKind::Passphrase) | None => Ok(None),
        }
    }

    /// The flags that are given, by the kind they are for.
    fn given(&self) -> [(NewKind, Vec<&'static str>); 3] {
        let given = |flags: &[(bool, &'static str)]| {
            flags.iter().filter(|(given, _)| *given).map(|(_, flag)| *flag).collect::<Vec<_>>()
        };
        [
            (
                NewKind::Pkcs11,
                given(&[
                    (self.pkcs11_module.is_some(), "--pkcs11-module"),
                    (self.pkcs11_token.is_some(), "--pkcs11-token"),
                    (self.pkcs11_key.is_some(), "--pkcs11-key"),
                    (self.pkcs11_pin_file.is_some(), "--pkcs11-pin-file"),
                ]),
            ),
            (
                NewKind::Transit,
                given(&[
                    (self.transit_address.is_some(), "--transit-address"),
                    (self.transit_ca.is_some(), "--transit-ca"),
                    (self.transit_mount.is_some(), "--transit-mount"),
                    (self.transit_key.is_some(), "--transit-key"),
                    (self.transit_token_file.is_some(), "--transit-token-file"),
                ]),
            ),
            (NewKind::Shares, given(&[(self.shares.is_some(), "--shares"), (self.threshold.is_some(), "--threshold")])),
        ]
    }

    fn pkcs11(&self) -> Result<RootPlan, Error> {
        let (Some(module), Some(token), Some(key)) = (&self.pkcs11_module, &self.pkcs11_token, &self.pkcs11_key) else {
            return Err(refused("a root key in an HSM needs --pkcs11-module, --pkcs11-token and --pkcs11-key"));
        };
        Ok(RootPlan::Pkcs11(Pkcs11Source {
            module: module.clone(),
            token: token.clone(),
            key: key.clone(),
            pin_file: self.pkcs11_pin_file.as_deref().map(absolute),
        }))
    }

    fn transit(&self) -> Result<RootPlan, Error> {
        let (Some(address), Some(key), Some(token_file)) =
            (&self.transit_address, &self.transit_key, &self.transit_token_file)
        else {
            return Err(refused(
                "a root key with a transit engine needs --transit-address, --transit-key and --transit-token-file",
            ));
        };
        Ok(RootPlan::Transit(TransitSource {
            address: address.clone(),
            ca: self.transit_ca.as_deref().map(absolute),
            token_file: absolute(token_file),
            mount: self.transit_mount.clone().unwrap_or_else(|| TransitSource::MOUNT.to_owned()),
            key: key.clone(),
        }))
    }

    fn dealt(&self) -> Result<RootPlan, Error> {
        let (Some(count), Some(threshold)) = (self.shares, self.threshold) else {
            return Err(refused(
                "a root key in shares needs --shares and --threshold, such as --shares 5 --threshold 3",
            ));
        };
        Ok(RootPlan::Shares(ShareDeal::new(threshold, count).map_err(RootError::from)?))
    }
}

impl RootPlan {
    /// Makes the root key; it is durable with its keeper, or in the shares that are answered.
    pub(in crate::cli) fn carry_out(self) -> Result<Root, Error> {
        let random = SystemRandom::new();
        let (made, setting, advice) = match self {
            Self::NewFile(file) => {
                let made = FileRoot::new(file.clone()).make(&random)?;
                let file = absolute(&file);
                (made, format!("file = {}", quoted(&file)), kept_in_file(&file))
            }
            Self::PassphraseFile(file) => {
                let made = passphrase::from_file(&file)?.make(&random)?;
                (made, format!("passphrase_file = {}", quoted(&absolute(&file))), PASSPHRASE.to_owned())
            }
            Self::Prompt => {
                (passphrase::asked_twice()?.make(&random)?, "prompt = true".to_owned(), PASSPHRASE.to_owned())
            }
            Self::Pkcs11(source) => {
                let advice = format!(
                    "Key `{}` of token `{}` is the only key to this vault. Have the HSM's own backup hold it; without it \
                     nobody ever reads what the vault holds.",
                    source.key, source.token
                );
                (hsm(&source)?.make(&random)?, pkcs11_setting(&source), advice)
            }
            Self::Transit(source) => {
                let advice = format!(
                    "Key `{}` of the transit engine at {} is the only key to this vault. Back that server up and never \
                     delete the key; without it nobody ever reads what the vault holds.",
                    source.key, source.address
                );
                (transit(&source)?.make(&random)?, transit_setting(&source), advice)
            }
            Self::Shares(deal) => (deal.make(&random)?, "shares = true".to_owned(), SHARES.to_owned()),
        };
        Ok(Root { made, setting, advice })
    }
}

impl Root {
    /// The shares to be handed out, each a line; none if something keeps the key.
    pub(in crate::cli) fn shares(&self) -> Vec<String> {
        self.made.shares().iter().map(|share| share.to_line().to_string()).collect()
    }
}

fn pkcs11_setting(source: &Pkcs11Source) -> String {
    let pin = source.pin_file.as_deref().map(|file| format!("\npkcs11_pin_file = {}", quoted(file)));
    format!(
        "pkcs11_module = {}\npkcs11_token = {}\npkcs11_key = {}{}",
        quoted(&source.module),
        text(&source.token),
        text(&source.key),
        pin.unwrap_or_default()
    )
}

fn transit_setting(source: &TransitSource) -> String {
    let ca = source.ca.as_deref().map(|file| format!("\ntransit_ca = {}", quoted(file)));
    format!(
        "transit_address = {}{}\ntransit_mount = {}\ntransit_key = {}\ntransit_token_file = {}",
        text(&source.address),
        ca.unwrap_or_default(),
        text(&source.mount),
        text(&source.key),
        quoted(&source.token_file)
    )
}

fn kept_in_file(file: &Path) -> String {
    format!(
        "`{}` is the only key to this vault. Copy it to two safe places now. Who has it and the vault's folder reads \
         everything; without it nobody ever does.",
        file.display()
    )
}

/// A path that means the same from any folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A path as a TOML string.
fn quoted(path: &Path) -> toml::Value {
    text(&path.display().to_string())
}

/// A text as a TOML string.
fn text(text: &str) -> toml::Value {
    toml::Value::String(text.to_owned())
}

/// How a kind is asked for.
fn told(kind: NewKind) -> &'static str {
    match kind {
        NewKind::File => "root file",
        NewKind::Passphrase => "root passphrase",
        NewKind::Pkcs11 => "root pkcs11",
        NewKind::Transit => "root transit",
        NewKind::Shares => "root shares",
    }
}

fn refused(why: impl std::fmt::Display) -> Error {
    Error::argument("the root key", why)
}

const PASSPHRASE: &str = "The passphrase is the only key to this vault. Write it down in two safe places now; without it \
                          nobody ever reads what the vault holds.";
const SHARES: &str = "Give each share to another person now; they are shown this once and kept nowhere. At each start, as many of \
                      their holders as the threshold says run `fubako unseal`, as a caller with the role `operator`; with \
                      fewer shares left nobody ever reads what the vault holds.";
