//! `fubako member assertion`: an assertion that a member asks, for trying out self-service.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::cli::clock::now;
use crate::cli::dev::assertion::sign;
use crate::cli::error::Error;
use crate::cli::files;
use crate::cli::screen::Screen;

/// Signs an assertion about a member, good for five minutes.
#[derive(Args, Debug)]
pub(in crate::cli) struct Assertion {
    /// The member
    id: String,
    /// The issuer's private key, Ed25519, in PEM
    #[arg(long, env = "FUBAKO_ISSUER_KEY", value_name = "FILE")]
    issuer_key: PathBuf,
    /// The issuer's name in the server's configuration
    #[arg(long, env = "FUBAKO_ISSUER", default_value = "portal")]
    issuer: String,
    /// The audience in the server's configuration
    #[arg(long, env = "FUBAKO_AUDIENCE", default_value = "fubako")]
    audience: String,
}

impl Assertion {
    pub(super) fn run(self, screen: Screen) -> Result<(), Error> {
        let token = sign(&files::read(&self.issuer_key)?, &self.issuer, &self.audience, &self.id, now())?;
        screen.show(|| json!({ "assertion": token }), || token.clone())
    }
}

/// How to use it.
pub(super) const EXAMPLE: &str = "Example, with the files that `fubako serve --dev` makes:
  . fubako-dev/portal.env
  fubako member review ID --assertion \"$(fubako member assertion ID)\"

In production, the service that signs members in issues assertions; the vault knows its public key only.";
