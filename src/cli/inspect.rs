//! Inspection: what a start would find wrong in the files and folders a right configuration names.

use jiff::Timestamp;

use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::cli::passphrase;
use crate::cli::root::keeper::{hsm, transit};
use crate::cli::root::root_key;
use crate::cli::trust::{expiry_warning, issuer, tls};
use crate::config::settings::{Config, RootSource};
use crate::vault::create::expect_vault;

/// What was found; nothing was changed.
#[derive(Debug, Default)]
pub(super) struct Inspection {
    /// What a start would be refused for.
    pub(super) mistakes: Vec<Error>,
    /// What will be wrong soon.
    pub(super) warnings: Vec<String>,
}

impl Inspection {
    /// Looks at everything the configuration names; a passphrase is asked for only at a start.
    pub(super) fn of(config: &Config, now: Timestamp) -> Self {
        let mut found = Self::default();
        if let Some(tls) = found.sound(tls(config, now)) {
            found.warnings.extend(expiry_warning(tls.expires(), now));
        }
        for each in config.issuers() {
            found.sound(issuer(each));
        }
        found.root(config);
        found
    }

    fn root(&mut self, config: &Config) {
        let folder = config.vault().folder();
        let is_vault = self.sound(expect_vault(folder).map_err(Error::from)).is_some();
        match config.root() {
            // What people type is asked for at a start.
            RootSource::Prompt | RootSource::Shares => {}
            RootSource::Pkcs11(hsm) if hsm.pin_file.is_none() => {}
            RootSource::File(_) | RootSource::PassphraseFile(_) | RootSource::Pkcs11(_) | RootSource::Transit(_)
                if is_vault =>
            {
                self.sound(root_key(config.root(), folder));
            }
            RootSource::File(file) => {
                self.sound(files::read_secret(file, Readers::Owner));
            }
            RootSource::PassphraseFile(file) => {
                self.sound(passphrase::from_file(file));
            }
            RootSource::Pkcs11(source) => drop(self.sound(hsm(source))),
            RootSource::Transit(source) => drop(self.sound(transit(source))),
        }
    }

    /// The part, if it is sound.
    fn sound<T>(&mut self, part: Result<T, Error>) -> Option<T> {
        part.map_err(|error| self.mistakes.push(error)).ok()
    }
}
