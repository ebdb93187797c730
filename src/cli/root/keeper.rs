//! Keepers of root keys: an HSM and a transit engine, reached as a configuration or a command line says.

use fubako_keys::{Pkcs11Root, RootError, TransitRoot};

use crate::cli::error::Error;
use crate::cli::files;
use crate::cli::passphrase;
use crate::config::settings::{Pkcs11Source, TransitSource};

/// The key of an HSM; its PIN is asked for where no file has it.
pub(in crate::cli) fn hsm(source: &Pkcs11Source) -> Result<Pkcs11Root, Error> {
    let pin = match &source.pin_file {
        Some(file) => passphrase::from_file(file)?,
        None => passphrase::asked(&format!("PIN of token `{}`: ", source.token))?,
    };
    let root = Pkcs11Root::new(source.module.clone(), source.token.clone(), source.key.clone(), pin);
    Ok(root.map_err(RootError::from)?)
}

/// The key of a transit engine.
pub(in crate::cli) fn transit(source: &TransitSource) -> Result<TransitRoot, Error> {
    let ca = source.ca.as_deref().map(files::read).transpose()?;
    let token = passphrase::from_file(&source.token_file)?;
    let root = TransitRoot::new(&source.address, ca.as_deref(), token, source.mount.clone(), source.key.clone());
    Ok(root.map_err(RootError::from)?)
}
