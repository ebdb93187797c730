//! The root key of a vault, from where its configuration says.

use std::path::Path;

use fubako_keys::{KeyringError, KeyringHeader, Passphrase, PassphraseKdf, RootKey, RootOrigin};

use crate::cli::error::Error;
use crate::cli::passphrase;
use crate::config::settings::RootSource;
use crate::vault::create::keyring_header;

/// The root key that opens the vault in a folder.
pub(super) fn root_key(source: &RootSource, folder: &Path) -> Result<RootKey, Error> {
    root_key_of(source, &keyring_header(folder)?)
}

/// The root key that opens a keyring.
pub(super) fn root_key_of(source: &RootSource, header: &KeyringHeader) -> Result<RootKey, Error> {
    let root = match (source, header.root()) {
        (RootSource::File(file), RootOrigin::File) => RootKey::load_file(file)?,
        (RootSource::PassphraseFile(file), RootOrigin::Passphrase(kdf)) => derived(&passphrase::from_file(file)?, kdf)?,
        (RootSource::Prompt, RootOrigin::Passphrase(kdf)) => return prompted(kdf, header),
        (RootSource::File(_), RootOrigin::Passphrase(_)) => {
            return Err(Error::argument(
                ROOT,
                "this vault's root key is a passphrase, not a key file; give `passphrase_file` or `prompt`",
            ));
        }
        (RootSource::PassphraseFile(_) | RootSource::Prompt, RootOrigin::File) => {
            return Err(Error::argument(
                ROOT,
                "this vault's root key is a key file, not a passphrase; name it with `file`",
            ));
        }
    };
    expect(header, root)
}

/// A passphrase asked for on the terminal, again where it was mistyped.
fn prompted(kdf: &PassphraseKdf, header: &KeyringHeader) -> Result<RootKey, Error> {
    let mut question = "Passphrase: ";
    for _ in 1..TRIES {
        let root = derived(&passphrase::asked(question)?, kdf)?;
        if root.id() == header.root_id() {
            return Ok(root);
        }
        question = "That is not this vault's. Passphrase: ";
    }
    expect(header, derived(&passphrase::asked(question)?, kdf)?)
}

fn derived(passphrase: &Passphrase, kdf: &PassphraseKdf) -> Result<RootKey, Error> {
    RootKey::from_passphrase(passphrase, kdf).map_err(|error| Error::Passphrase(Box::new(error)))
}

fn expect(header: &KeyringHeader, root: RootKey) -> Result<RootKey, Error> {
    if root.id() == header.root_id() {
        Ok(root)
    } else {
        Err(KeyringError::OtherRoot { wanted: header.root_id(), given: root.id() }.into())
    }
}

const ROOT: &str = "the configuration's `[root]`";
/// How often a passphrase may be typed.
const TRIES: u32 = 3;
