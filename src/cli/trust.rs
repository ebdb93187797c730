//! Trust: certificates, callers and issuers, read from the files a configuration names.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::cli::error::Error;
use crate::cli::files::{self, Readers};
use crate::config::settings::{Algorithm, Config, Issuer};
use crate::rpc::assertion::{self, Issuers, Signature};
use crate::rpc::callers::Callers;
use crate::rpc::security::Security;
use crate::rpc::tls::{Part, ServerTls, TlsPem};

/// Who is trusted, as the files say at this instant.
pub(super) fn security(config: &Config, now: Timestamp) -> Result<Security, Error> {
    let tls = tls(config, now)?;
    let callers = Callers::new(config.callers().iter().cloned()).map_err(|error| Error::Serve(Box::new(error)))?;
    let issuers = config.issuers().iter().map(issuer).collect::<Result<_, _>>()?;
    Ok(Security::new(tls, callers, Issuers::new(issuers)))
}

/// The server's side of TLS, with a certificate that clients accept at this instant.
pub(super) fn tls(config: &Config, now: Timestamp) -> Result<ServerTls, Error> {
    let server = config.server();
    let (certificate, authorities) = (files::read(server.certificate())?, files::read(server.client_ca())?);
    let key = files::read_secret(server.key(), Readers::Group)?;
    let pem = TlsPem { cert_chain: &certificate, key: &key, client_ca: &authorities };
    let tls = ServerTls::from_pem(pem).and_then(|tls| tls.ensure_valid(now).map(|()| tls));
    tls.map_err(|source| {
        let file = match source.part() {
            Part::Certificate => server.certificate(),
            Part::Key => server.key(),
            Part::ClientCa => server.client_ca(),
        };
        Error::Tls { file: file.to_owned(), source: Box::new(source) }
    })
}

/// Someone whose assertions are believed.
pub(super) fn issuer(issuer: &Issuer) -> Result<assertion::Issuer, Error> {
    let signature = match issuer.algorithm() {
        Algorithm::EdDsa => Signature::EdDsa,
        Algorithm::Es256 => Signature::Es256,
    };
    let file = issuer.public_key();
    let key = files::read_text(file)?;
    assertion::Issuer::new(issuer.name().to_owned(), signature, &key, issuer.audience().to_owned())
        .map_err(|source| Error::IssuerKey { file: PathBuf::from(file), source })
}

/// What to say of a server certificate that expires soon; nothing of one that does not.
pub(super) fn expiry_warning(expires: Timestamp, now: Timestamp) -> Option<String> {
    let left = expires.duration_since(now);
    (left < WARNING_AHEAD).then(|| {
        let days = left.as_hours() / 24;
        format!(
            "the server certificate expires at {expires}, in {days} days; put a new one in its place and send SIGHUP"
        )
    })
}

const WARNING_AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_warned_of_in_its_last_two_weeks() {
        let at = |day: i64| Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap_or_default();
        assert_eq!(expiry_warning(at(14), at(0)), None);
        assert!(expiry_warning(at(13), at(0)).is_some_and(|told| told.contains("in 13 days")));
    }
}
