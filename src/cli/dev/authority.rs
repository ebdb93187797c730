//! A little certificate authority; its key is never written down, so that nothing else can be issued in its name.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ED25519, SanType, date_time_ymd,
};

use crate::cli::error::Error;

/// Issues certificates that are good for ten years.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    first_year: i16,
}

/// A certificate and its private key, or a public key and its private one, in PEM.
pub(super) struct Pair {
    pub(super) public: String,
    pub(super) private: String,
}

impl Authority {
    /// A new authority.
    pub(super) fn new(now: Timestamp) -> Result<Self, Error> {
        let first_year = now.to_zoned(TimeZone::UTC).year();
        let mut params = params("Fubako development authority", Vec::new(), first_year)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)?, first_year })
    }

    /// The authority's own certificate.
    pub(super) fn certificate(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a server on this machine.
    pub(super) fn server(&self) -> Result<Pair, Error> {
        let names = vec![
            SanType::DnsName(Ia5String::try_from("localhost")?),
            SanType::IpAddress(Ipv4Addr::LOCALHOST.into()),
            SanType::IpAddress(Ipv6Addr::LOCALHOST.into()),
        ];
        self.issue("Fubako development server", names, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate for a caller of that SPIFFE identity.
    pub(super) fn caller(&self, name: &str, identity: &str) -> Result<Pair, Error> {
        let names = vec![SanType::URI(Ia5String::try_from(identity)?)];
        self.issue(name, names, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn issue(&self, name: &str, names: Vec<SanType>, usage: ExtendedKeyUsagePurpose) -> Result<Pair, Error> {
        let mut params = params(name, names, self.first_year)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        Ok(Pair { public: params.signed_by(&key, &self.issuer)?.pem(), private: key.serialize_pem() })
    }
}

/// A key pair to sign assertions with (Ed25519).
pub(super) fn signing_pair() -> Result<Pair, Error> {
    let key = KeyPair::generate_for(&PKCS_ED25519)?;
    Ok(Pair { public: key.public_key_pem(), private: key.serialize_pem() })
}

fn params(name: &str, names: Vec<SanType>, first_year: i16) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.subject_alt_names = names;
    // From the year's first day, so that clocks of other machines may differ.
    params.not_before = date_time_ymd(i32::from(first_year), 1, 1);
    params.not_after = date_time_ymd(i32::from(first_year) + YEARS, 1, 1);
    Ok(params)
}

const YEARS: i32 = 10;
