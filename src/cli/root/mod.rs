//! The root key of a vault, from where its configuration says.

pub(super) mod keeper;
pub(super) mod plan;

use std::path::{Path, PathBuf};

use fubako_keys::{
    FileRoot, KeyringHeader, RootClaim, RootError, RootKey, RootKind, RootProvider as _, Share, ShareTally, Tallied,
};

use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::passphrase;
use crate::cli::root::keeper::{hsm, transit};
use crate::config::settings::RootSource;
use crate::vault::create::keyring_header;

/// The root key that opens the vault in a folder; shares and passphrases are asked for on the terminal.
pub(super) fn root_key(source: &RootSource, folder: &Path) -> Result<RootKey, Error> {
    root_key_with(source, folder, &[])
}

/// The root key that opens a keyring that lies elsewhere.
pub(super) fn root_key_of(source: &RootSource, header: &KeyringHeader) -> Result<RootKey, Error> {
    opened(source, header.root(), &[])
}

/// The same as [`root_key`], with shares from these files before any are asked for.
pub(super) fn root_key_with(source: &RootSource, folder: &Path, share_files: &[PathBuf]) -> Result<RootKey, Error> {
    opened(source, keyring_header(folder)?.root(), share_files)
}

fn opened(source: &RootSource, claim: &RootClaim, share_files: &[PathBuf]) -> Result<RootKey, Error> {
    expect_kind(source, claim)?;
    Ok(match source {
        RootSource::File(file) => FileRoot::new(file.clone()).open(claim)?,
        RootSource::PassphraseFile(file) => passphrase::from_file(file)?.open(claim)?,
        RootSource::Prompt => prompted(claim)?,
        RootSource::Pkcs11(source) => hsm(source)?.open(claim)?,
        RootSource::Transit(source) => transit(source)?.open(claim)?,
        RootSource::Shares => put_together(claim, share_files)?,
    })
}

/// Refuses a configuration by which the vault in a folder could not be opened: its root key is of another kind.
pub(super) fn expect_own_kind(source: &RootSource, folder: &Path) -> Result<(), Error> {
    expect_kind(source, keyring_header(folder)?.root())
}

/// Refuses a source of another kind before anything is asked or loaded for it.
fn expect_kind(source: &RootSource, claim: &RootClaim) -> Result<(), Error> {
    let given = match source {
        RootSource::File(_) => RootKind::File,
        RootSource::PassphraseFile(_) | RootSource::Prompt => RootKind::Passphrase,
        RootSource::Pkcs11(_) => RootKind::Pkcs11,
        RootSource::Transit(_) => RootKind::Transit,
        RootSource::Shares => RootKind::Shares,
    };
    let wanted = claim.origin().kind();
    if wanted == given { Ok(()) } else { Err(RootError::OtherKind { wanted, given }.into()) }
}

/// A passphrase asked for on the terminal, again where it was mistyped.
fn prompted(claim: &RootClaim) -> Result<RootKey, Error> {
    let mut question = "Passphrase: ";
    for _ in 1..TRIES {
        match passphrase::asked(question)?.open(claim) {
            Err(RootError::Wrong(_)) => question = "That is not this vault's. Passphrase: ",
            opened => return Ok(opened?),
        }
    }
    Ok(passphrase::asked(question)?.open(claim)?)
}

/// Shares from files, and then from the terminal until they are enough; a mistyped one is asked for again.
fn put_together(claim: &RootClaim, files: &[PathBuf]) -> Result<RootKey, Error> {
    let mut tally = ShareTally::new(claim)?;
    for file in files {
        for line in share_lines(file)? {
            if let Tallied::Opened(root) = tally.add(line).map_err(RootError::from)? {
                return Ok(*root);
            }
        }
    }
    let mut trouble = String::new();
    loop {
        let (have, threshold) = (tally.have(), tally.set().threshold());
        let question = format!("{trouble}Share ({have} of {threshold} are there): ");
        let typed = passphrase::asked(&question).map_err(Error::Share)?;
        match typed.as_share().and_then(|share| tally.add(share)) {
            Ok(Tallied::Opened(root)) => return Ok(*root),
            Ok(Tallied::Waiting) => trouble.clear(),
            Err(error) => trouble = format!("{error}.\n"),
        }
    }
}

/// The shares in a file that is its owner's alone, one a line; lines that are empty or begin with `#` do not count.
pub(super) fn share_lines(file: &Path) -> Result<Vec<Share>, Error> {
    let text = files::read_secret(file, Readers::Owner)?;
    let mut shares = Vec::new();
    for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        if !line.is_empty() && !line.starts_with(b"#") {
            let line = std::str::from_utf8(line).map_err(passphrase::Error::from)?;
            shares.push(Share::parse(line).map_err(RootError::from)?);
        }
    }
    Ok(shares)
}

/// Where a vault's root key is kept, in words.
pub(super) fn whereabouts(source: &RootSource) -> String {
    match source {
        RootSource::File(file) => format!("key file `{}`", file.display()),
        RootSource::PassphraseFile(file) => format!("passphrase in `{}`", file.display()),
        RootSource::Prompt => "passphrase, asked for at the start".to_owned(),
        RootSource::Shares => "shares; the server starts sealed, and `fubako unseal` takes them".to_owned(),
        RootSource::Pkcs11(hsm) => format!("wrapped by key `{}` of token `{}`", hsm.key, hsm.token),
        RootSource::Transit(transit) => format!("wrapped by key `{}` at {}", transit.key, transit.address),
    }
}

/// How often a passphrase may be typed.
const TRIES: u32 = 3;
