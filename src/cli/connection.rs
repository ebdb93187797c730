//! The connection: where the vault is, with which certificate to call it, and for which member.

use std::path::{Path, PathBuf};

use clap::Args;
use fubako_proto::client::{Client, ClientConfig};

use crate::cli::error::Error;
use crate::cli::files;

/// Where the vault is, and who calls.
#[derive(Args, Debug)]
#[command(next_help_heading = "Connection")]
pub(super) struct Connection {
    /// The vault's address
    #[arg(long, env = "FUBAKO_SERVER", value_name = "URL", default_value = "https://localhost:7443")]
    server: String,
    /// The name the server's certificate must carry, where it is not the address's host
    #[arg(long, env = "FUBAKO_SERVER_NAME", value_name = "NAME")]
    server_name: Option<String>,
    /// The certificates that vouch for the server, in PEM
    #[arg(long, env = "FUBAKO_CA", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The caller's certificate, in PEM
    #[arg(long, env = "FUBAKO_CERT", value_name = "FILE")]
    cert: Option<PathBuf>,
    /// The private key of the caller's certificate, in PEM
    #[arg(long, env = "FUBAKO_KEY", value_name = "FILE")]
    key: Option<PathBuf>,
}

impl Connection {
    /// A connection to that server as the caller of that certificate.
    pub(super) fn to(server: String, ca: &Path, cert: PathBuf, key: PathBuf) -> Self {
        Self { server, server_name: None, ca: Some(ca.to_owned()), cert: Some(cert), key: Some(key) }
    }

    /// Connects; what the server makes of the certificate shows at the first call.
    pub(super) async fn open(&self) -> Result<Client, Error> {
        let (Some(ca), Some(cert), Some(key)) = (&self.ca, &self.cert, &self.key) else {
            return Err(Error::argument("--ca, --cert, --key", MISSING));
        };
        let mut config = ClientConfig::new(&self.server)
            .ca_pem(files::read(ca)?)
            .cert_pem(files::read(cert)?)
            .key_pem(files::read(key)?);
        if let Some(name) = &self.server_name {
            config = config.server_name(name);
        }
        Ok(Client::connect(&config).await?)
    }
}

const MISSING: &str = "all three are needed to call a vault, as flags or as FUBAKO_CA, FUBAKO_CERT and FUBAKO_KEY; beside a \
                       development server, `. fubako-dev/shop.env` sets them for the shop";
/// A connection on which a member may speak for themself.
#[derive(Args, Debug)]
pub(super) struct MemberConnection {
    /// An assertion, signed by an issuer of the server's configuration, that this member asks
    #[arg(long, env = "FUBAKO_ASSERTION", hide_env_values = true, value_name = "JWT")]
    assertion: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl MemberConnection {
    pub(super) async fn open(&self) -> Result<Client, Error> {
        let client = self.connection.open().await?;
        match &self.assertion {
            Some(assertion) => Ok(client.with_member_assertion(assertion)?),
            None => Ok(client),
        }
    }
}
